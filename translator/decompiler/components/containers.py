"""Components that run a container: ``@dsl.container_component`` functions.

The environment, resources and Kubernetes settings of a container are those of its tasks
(``settings`` and ``kubernetes`` of the decompiler).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.components.descriptions import documented
from translator.decompiler.components.lightweight_v1 import RUN_SCRIPTS, function_of, program
from translator.decompiler.components.loaded import loaded
from translator.decompiler.components.ports import (
    can_keep_names,
    defaults,
    kept_names,
    parameter_names,
    parameters,
    port_names,
)
from translator.decompiler.components.words import Words, is_of_output, placeholders
from translator.decompiler.components.wrapper_kinds import METRICS_PROGRAM, hashed
from translator.decompiler.components.wrappers import (
    metrics_program,
    renamed_options,
    without_executor_input,
    wrapper_call,
    wrapper_length,
)
from translator.decompiler.definitions import Definition
from translator.decompiler.layout import (
    Code,
    Entry,
    Group,
    call,
    listed,
    named,
    returned,
    signature,
)
from translator.decompiler.literals import TextLiteral, text
from translator.decompiler.names import RESERVED, identifier
from translator.decompiler.volume_tasks import volume_note
from translator.diagnostics import decompiler_components as rules
from translator.model.channels import is_channel
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from translator.decompiler.components.words import Ports
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression, Parameter
    from translator.model import Component, Container, Pipeline
    from translator.placeholders import Text

__all__ = ["Shared", "definition", "function_name", "shared"]

#: The fewest characters of a text that is a constant because several components have it.
_LONG_TEXT = 200
#: A text of more lines is a constant in any case: it would hide the command that it is in.
_MOST_LINES = 60


class Shared(NamedTuple):
    """Texts that several components of a pipeline have, which become constants."""

    images: frozenset[str]
    texts: frozenset[str]


def shared(containers: Iterable[Container]) -> Shared:
    """The images and long texts that several of these containers have."""
    images: list[str] = []
    texts: list[str] = []
    for container in containers:
        images.append(str(container.image))
        words = {str(word) for word in (*_after_wrappers(container.command), *container.args)}
        texts += [word for word in words if len(word) >= _LONG_TEXT]
    return Shared(_repeated(images), _repeated(texts))


def _repeated(found: list[str]) -> frozenset[str]:
    return frozenset({one for one in found if found.count(one) > 1})


def function_name(module: Module, component: str) -> str:
    """A free name for the function of a component: that of its first task, or its own."""
    wish = module.titles.get(component, component.removeprefix("comp-"))
    if identifier(wish) in RESERVED:
        wish += "_op"
    return module.names.new(wish, "component")


def definition(
    module: Module,
    pipeline: Pipeline,
    name: str,
    component: Component,
    container: Container,
    repeated: Shared,
) -> Definition:
    """The function of a component, or its YAML text where no function can have its names."""
    _report_settings(module, component, container)
    function = function_name(module, name)
    programs = _programs(container)
    # A call of a component has a `self` of its own.
    taken = {"dsl", "self", *programs}
    while True:
        ports = parameter_names(component, pipeline.dialect, taken)
        if not _says(component, container, ports):
            if not can_keep_names(component, taken):
                return loaded(module, name, function, component, container)
            ports = kept_names(component)
        body = _Body(module, function, Words(component, ports), repeated, programs, container)
        spec = body.spec(container, ports)
        names = {*ports.inputs.values(), *ports.outputs.values()}
        hidden = (body.used & {*names, *body.programs}) | (names & body.programs.keys())
        if not hidden:
            break
        taken |= hidden  # by a parameter or a program's function of the same name
        programs -= hidden
    _report_names(module, name, component, ports)
    given = parameters(module, component, ports, _order(component, container, ports))
    order = [one.name for one in given]
    return Definition(
        function=function,
        code=_code(module, function, component, ports, given, body, spec),
        inputs=dict(sorted(ports.inputs.items(), key=lambda pair: order.index(pair[1]))),
        outputs=ports.outputs,
        defaults=defaults(component),
    )


def _programs(container: Container) -> set[str]:
    """The functions of KFP v1 in its command. One named `dsl` would hide what the body calls."""
    words = (*container.command, *container.args)
    return {function_of(str(word)) for word in words} - {"", "dsl"}


def _code(
    module: Module,
    function: str,
    component: Component,
    ports: Ports,
    given: Sequence[Parameter],
    body: _Body,
    spec: Expression,
) -> str:
    """The source of the function."""
    module.use("from kfp import dsl")
    programs = body.programs.values()
    comment, docstring = documented(module, function, component, ports, [one.name for one in given])
    lines = [
        comment or volume_note(component, body.image),
        "@dsl.container_component",
        signature(function, given),
        f"{docstring}\n" if docstring and programs else docstring,
        *[f"{source}\n" for source in programs],
        returned(spec),
    ]
    return "\n".join([line for line in lines if line])


def _after_wrappers(command: tuple[Text, ...]) -> tuple[Text, ...]:
    while length := wrapper_length(command):
        command = command[length:]
    return command


def _says(component: Component, container: Container, ports: Ports) -> bool:
    """Whether the command names inputs and outputs in a way that allows to rename them."""
    words = Words(component, ports)
    command = without_executor_input(container.command)
    return all(words.says(word) for word in (container.image, *command, *container.args))


class _Body:
    """The ``dsl.ContainerSpec`` of a function."""

    def __init__(
        self,
        module: Module,
        function: str,
        words: Words,
        repeated: Shared,
        lifted: Collection[str],
        container: Container,
    ) -> None:
        self._module, self._function = module, function
        self._words, self._repeated, self._lifted = words, repeated, lifted
        self._origin = container.origin
        #: Functions of KFP v1 in programs, by name: those of ``lifted`` whose program is rebuilt.
        self.programs: dict[str, str] = {}
        self.image = ""
        #: The names of the module that the body uses.
        self.used: set[str] = set()

    def spec(self, container: Container, ports: Ports) -> Expression:
        """The call of ``dsl.ContainerSpec``."""
        self.image = str(container.image)
        given: dict[str, Expression] = {"image": self._image(container.image)}
        if container.command:
            given["command"] = self._command(container.command, ports)
        if container.args:
            given["args"] = listed([self._word(word) for word in container.args])
        return call("dsl.ContainerSpec", **given)

    def _image(self, image: Text) -> Expression:
        if any(is_channel(placeholder.name) for placeholder in image.placeholders()):
            return text("")  # each task sets it, to a value of the pipeline
        if image.placeholders() or str(image) not in self._repeated.images:
            found = self._words.word(image)
            # kfp takes a text for the image.
            return TextLiteral(pieces=(found,)) if isinstance(found, Code) else found
        last = str(image).partition("@")[0].rpartition("/")[2].partition(":")[0]
        return self._constant(f"{identifier(last, 'container')} image", image)

    def _command(self, command: tuple[Text, ...], ports: Ports) -> Expression:
        found: list[Entry] = []
        while length := wrapper_length(command):
            wrapper = renamed_options(command[:length], ports.outputs)
            entry, names = wrapper_call(self._module, wrapper, self._words)
            self.used |= names
            found.append(entry)
            command = command[length:]
        while command:
            entry, length = self._entry(command)
            found.append(entry)
            command = command[length:]
        if len(found) == 1 and found[0].lead:
            return found[0].value
        return Group(opening="[", entries=tuple(found), closing="]")

    def _entry(self, command: tuple[Text, ...]) -> tuple[Entry, int]:
        """The first words of a command, and their number."""
        before = [*map(str, command[:3])]
        if before[:2] == ["sh", "-ec"] and before[2:] and before[2] in RUN_SCRIPTS and command[3:]:
            made = self._rebuilt(str(self._words.renamed(command[3])), before[2])
            if made is not None:
                return Entry("*", made), 4
        return Entry("", self._word(command[0])), 1

    def _word(self, word: Text) -> Expression:
        source = str(self._words.renamed(word))
        rebuilt = self._rebuilt(source)
        if rebuilt is not None:
            return rebuilt
        if str(word) in RUN_SCRIPTS:
            return self._using(self._module.helpers.constant("run program", text(source)))
        if hashed(source) == METRICS_PROGRAM:
            return self._using(metrics_program(self._module, source))
        is_shared = str(word) in self._repeated.texts
        if not word.placeholders() and (is_shared or _is_long(str(word))):
            is_install = " pip install " in source and not _is_long(source)
            wish = "install packages" if is_install else f"{self._function} script"
            return self._constant(wish, word)
        return self._words.word(word)

    def _rebuilt(self, source: str, run: str = "") -> Expression | None:
        """A program of KFP v1 as its function, or the whole command with the script ``run``."""
        if function_of(source) not in self._lifted:
            return None
        rebuilt = program(self._module, source, self._origin, run)
        if rebuilt is None:
            return None
        self.used |= rebuilt.names
        self.programs[rebuilt.function] = rebuilt.code
        return rebuilt.expression

    def _using(self, name: str) -> Expression:
        self.used.add(name)
        return named(name)

    def _constant(self, wish: str, value: Text) -> Expression:
        return self._using(self._module.constant(wish, text(str(value))))


def _is_long(value: str) -> bool:
    return value.count("\n") > _MOST_LINES


def _order(component: Component, container: Container, ports: Ports) -> list[str]:
    """The parameters in the order of the signature.

    It is that of the file, or that of the command where the file has none: kfp writes names in
    alphabetical order, and values apart from artifacts.
    """
    inputs, outputs = port_names(component)
    sides = (component.inputs.parameters, component.inputs.artifacts)
    found: list[str] = []
    if all(sides) or all(list(one) == sorted(one) for one in sides):
        for word in (*container.command, *container.args):
            for placeholder in placeholders(word):
                side = ports.outputs if is_of_output(placeholder) else ports.inputs
                found += [side[placeholder.name]] if placeholder.name in side else []
    found += [*(ports.inputs[one] for one in inputs), *(ports.outputs[one] for one in outputs)]
    return list(dict.fromkeys(found))


def _report_settings(module: Module, component: Component, container: Container) -> None:
    """Reports what no function of kfp has."""
    for what, setting in (
        ("`taskConfigPassthroughs` of a component with a container", component.config_passthroughs),
        ("`singlePlatformSpecs` of a component", component.platform_specs),
        ("`lifecycle` of a container", container.lifecycle),
    ):
        if setting:
            module.findings.add(rules.LEFT_OUT.at(component.origin, what=what))


def _report_names(module: Module, name: str, component: Component, ports: Ports) -> None:
    pairs = (*ports.inputs.items(), *ports.outputs.items())
    changed = [f"`{old}` is `{new}`" for old, new in pairs if old != new]
    if changed:
        facts = {"component": name, "names": ", ".join(changed)}
        module.findings.add(rules.RENAMED.at(component.origin, **facts))
