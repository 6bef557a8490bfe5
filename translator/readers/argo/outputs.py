"""The outputs of container templates: parameters or artifacts, decided from all their uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.diagnostics.rewrites import Rewrite
from translator.model import ParameterType
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo.annotations import (
    declared_artifact,
    declared_parameter,
    file_name,
    inner_name,
    own_name,
)
from translator.readers.argo.references import RESULT
from translator.readers.argo.v2_compatible import launched_artifact
from translator.readers.argo.values import unique
from translator.records import Record, replace

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from translator.diagnostics.rewrites import User
    from translator.model import Artifact, Parameter
    from translator.readers.argo.annotations import Declared
    from translator.readers.argo.output_uses import Uses
    from translator.readers.argo.v2_compatible import Launched
    from translator.readers.argo.workflow import Port, Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

#: Optional files that the user interface of KFP v1 reads (kfp 1.x, dsl/_container_op.py).
_OPTIONAL = frozenset({"mlpipeline-ui-metadata", "mlpipeline-metrics"})


def outputs_of(template: Template, container: Cursor, uses: Uses, options: ReadOptions) -> Outputs:
    """The outputs of a template that runs a container."""
    made: _Outputs
    can_wrap, typed = _has_command(container, options), options.declared_types
    if template.launched is not None:
        made = _Launched(template, template.launched, typed=typed)
    else:
        made = _Decided(template, uses, can_wrap=can_wrap, typed=typed)
    made.can_wrap = can_wrap
    return Outputs(**{name: getattr(made, name) for name in Outputs._fields})


def _has_command(container: Cursor, options: ReadOptions) -> bool:
    """Whether the command of a container is known, so that it can be wrapped."""
    return "command" in container or _of_image(container, options) is not None


def with_entrypoint(
    command: tuple[Text, ...], args: tuple[Text, ...], container: Cursor, options: ReadOptions
) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Command and arguments; without a command those of the image, if the options have them."""
    if command or (known := _of_image(container, options)) is None:
        return command, args
    from translator.passes.entrypoints import program

    return program(*known, args)


def _of_image(
    container: Cursor, options: ReadOptions
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Entrypoint and Cmd of the image of a container without a command; None if unknown.

    Neither an entrypoint, nor Cmd, nor arguments of the container are no command either.
    """
    image = str(container.get("image").peek()) if options.entrypoints else ""
    if image not in options.entrypoints:
        return None
    known = options.entrypoints[image], options.default_arguments.get(image, ())
    return known if any(known) or container.get("args").peek() else None


class Outputs(Record):
    """The outputs of a container template, by names in Argo and in the component."""

    parameters: Mapping[str, Parameter]
    artifacts: Mapping[str, Artifact]
    #: Name in Argo → name in the component.
    named_parameters: Mapping[str, str]
    named_artifacts: Mapping[str, str]
    #: Argo's name of an output taken by value that another task has to read from an artifact,
    #: by the component's name of that.
    read_back: Mapping[str, str]
    #: Path → the placeholder that replaces it.
    paths: Mapping[str, Placeholder]
    #: The file at this path is copied to this artifact afterwards; it may be missing.
    copies: Sequence[tuple[str, Placeholder, bool]]
    #: The output that takes the standard output, if it is used.
    printed: Placeholder | None
    #: Paths of files that the program need not write.
    optional: Container[str]
    #: Path of a file that is used by value → the default if it is missing.
    defaults: Mapping[str, str]
    #: Paths of files that no other task uses.
    untaken: Container[str]
    #: Whether the command of the container is known, so that it can be wrapped.
    can_wrap: bool
    #: Name in the component → parameter or artifact, if the uses decided that.
    decided: Mapping[str, Rewrite]


#: The outputs of a template without any.
NO_OUTPUTS = Outputs(
    parameters={},
    artifacts={},
    named_parameters={},
    named_artifacts={},
    read_back={},
    paths={},
    copies=(),
    printed=None,
    optional=(),
    defaults={},
    untaken=(),
    can_wrap=False,
    decided={},
)


class _Outputs:
    """The same, while decisions are made."""

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.named_parameters: dict[str, str] = {}
        self.named_artifacts: dict[str, str] = {}
        self.read_back: dict[str, str] = {}
        self.paths: dict[str, Placeholder] = {}
        self.copies: list[tuple[str, Placeholder, bool]] = []
        self.printed: Placeholder | None = None
        self.optional: set[str] = set()
        self.defaults: dict[str, str] = {}
        self.untaken: set[str] = set()
        self.can_wrap = False
        self.decided: dict[str, Rewrite] = {}


class _Launched(_Outputs):
    """The outputs as declared by the component behind a launcher."""

    def __init__(self, template: Template, behind: Launched, *, typed: bool) -> None:
        super().__init__()
        for name, parameter in behind.outputs.items():
            self.parameters[name] = declared_parameter(None, parameter.type, typed=typed)
            self.named_parameters |= dict.fromkeys(
                _at(parameter.path, template.output_parameters), name
            )
        for name, artifact in behind.output_artifacts.items():
            self.artifacts[name] = launched_artifact(artifact)
            self.named_artifacts |= dict.fromkeys(
                _at(artifact.path, template.output_artifacts), name
            )


def _at(path: str, ports: Mapping[str, Port]) -> list[str]:
    """Argo's names of the outputs at a path."""
    return [name for name, port in ports.items() if port.text == path]


class _Decided(_Outputs):
    """Decides for each output file of a template whether it is a parameter or an artifact.

    Used by value: a parameter. Used as a file, or not at all: an artifact. Used both ways: both,
    and a wrapper copies the file; if the container cannot be wrapped, an artifact, whose value an
    adapter task reads.
    """

    def __init__(self, template: Template, uses: Uses, *, can_wrap: bool, typed: bool) -> None:
        super().__init__()
        self.template = template
        self.uses = uses
        self.can_wrap = can_wrap
        self.typed = typed
        taken: set[str] = set()
        for path, argo_names in self._by_path().items():
            self._declare(path, argo_names, taken)
        for name in _OPTIONAL & template.output_artifacts.keys():  # whatever their value
            if taken:
                template.output_artifacts[name].cursor.get("optional").inert()
        if (template.name, RESULT) in uses.by_value:
            own = unique("result", taken)
            self._parameter(own, [RESULT], None, uses.by_value[template.name, RESULT])
            self.printed = Placeholder(PlaceholderKind.OUTPUT_FILE, own)

    def _by_path(self) -> dict[str, list[str]]:
        """Path → Argo's names of the outputs there, artifacts first."""
        paths: dict[str, list[str]] = {}
        for ports in (self.template.output_artifacts, self.template.output_parameters):
            for name, port in ports.items():
                if port.text is None:
                    port.cursor.drop(rules.NOT_TRANSLATED, what="an output without a path")
                    continue
                if name not in (names := paths.setdefault(port.text, [])):
                    names.append(name)
        return paths

    def _declare(self, path: str, argo_names: list[str], taken: set[str]) -> None:
        declared = self._declared(path)
        own = unique(own_name(declared, self._shortened(argo_names, declared)), taken)
        ports = (self.template.output_artifacts.get(name) for name in argo_names)
        if _OPTIONAL & set(argo_names) or any(port and port.optional for port in ports):
            self.optional.add(path)
        by_value = self._users(argo_names, by_value=True)
        by_path = self._users(argo_names, by_value=False)
        self._default(path, argo_names, is_taken=bool(by_value))
        if not by_value:
            self._artifact(own, argo_names, declared, by_path)
            self.paths[path] = Placeholder(PlaceholderKind.OUTPUT_PATH, own)
            if not by_path:
                self.untaken.add(path)
        elif by_path and not self.can_wrap:
            self._artifact(own, argo_names, declared, by_path)
            self.paths[path] = Placeholder(PlaceholderKind.OUTPUT_PATH, own)
            self.read_back |= dict.fromkeys(argo_names, own)
        else:
            self._parameter(own, argo_names, declared, by_value)
            self.paths[path] = Placeholder(PlaceholderKind.OUTPUT_FILE, own)
            if by_path:
                target = unique(f"{own}_file", taken)
                self._artifact(target, argo_names, declared, by_path)
                copy = Placeholder(PlaceholderKind.OUTPUT_PATH, target)
                self.copies.append((path, copy, path in self.optional))

    def _default(self, path: str, argo_names: list[str], *, is_taken: bool) -> None:
        """The default of the file at a path; a file that is not an artifact may be missing."""
        for name, port in self.template.output_parameters.items():
            if name not in argo_names or port.default is None:
                continue
            if is_taken:
                self.defaults[path] = port.default
                port.defaulted()
            elif not self.template.output_artifacts.keys() & set(argo_names):
                self.optional.add(path)

    def _shortened(self, argo_names: list[str], declared: Declared | None) -> str:
        """The name of an output if its author's name is not known."""
        shortest = min(argo_names, key=len)
        sides = self.template.output_artifacts, self.template.output_parameters
        match [ports[shortest] for ports in sides if shortest in ports]:
            case [port] if declared is None:
                port.used()
        return shortest.removeprefix(f"{self.template.name}-")

    def _users(self, argo_names: list[str], *, by_value: bool) -> tuple[User, ...]:
        """What uses an output by value, or as a file."""
        used = self.uses.by_value if by_value else self.uses.by_path
        users = (by for name in argo_names for by in used.get((self.template.name, name), ()))
        return tuple(dict.fromkeys(users))

    def _parameter(
        self, own: str, argo_names: list[str], declared: Declared | None, users: tuple[User, ...]
    ) -> None:
        parameter = declared_parameter(declared, typed=self.typed)
        if any((self.template.name, name) in self.uses.as_items for name in argo_names):
            parameter = replace(parameter, type=ParameterType.LIST)
        self.parameters[own] = parameter
        self._decide(own, argo_names, users, is_parameter=True)
        self.named_parameters |= dict.fromkeys(argo_names, own)

    def _artifact(
        self, own: str, argo_names: list[str], declared: Declared | None, users: tuple[User, ...]
    ) -> None:
        self.artifacts[own] = declared_artifact(declared)
        self._decide(own, argo_names, users, is_parameter=False)
        self.named_artifacts |= dict.fromkeys(argo_names, own)

    def _decide(
        self, own: str, argo_names: list[str], users: tuple[User, ...], *, is_parameter: bool
    ) -> None:
        sides = self.template.output_artifacts, self.template.output_parameters
        ports = (ports.get(name) for name in argo_names for ports in sides)
        place = next((port.cursor for port in ports if port is not None), self.template.cursor)
        self.decided[own] = Rewrite(own, is_parameter, users, place.origin)

    def _declared(self, path: str) -> Declared | None:
        """The output as declared by its author, found by its path."""
        spec = self.template.component
        if spec is None:
            return None
        inner = inner_name(path, "outputs")
        for entry in spec.outputs:
            if spec.fixed_paths.get(entry.name) == path or file_name(entry.name) == inner:
                return entry
        return None
