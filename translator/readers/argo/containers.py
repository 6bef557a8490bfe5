"""A template that runs a container → a component, its executor, and the arguments of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.expansion import escape, references
from translator.model import (
    Component,
    Container,
    EnvVariable,
    ExecutorRef,
    Interface,
    Parameter,
    ParameterType,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo import command_matching, kubernetes, shell_wrappers
from translator.readers.argo.annotations import (
    Declared,
    declared_artifact,
    declared_parameter,
    file_name,
    inner_name,
    own_name,
)
from translator.readers.argo.container_text import Literals, Written
from translator.readers.argo.outputs import with_entrypoint
from translator.readers.argo.pods import pod, refers
from translator.readers.argo.references import parse, quoted
from translator.readers.argo.values import unique
from translator.records import NamedTuple, replace
from translator.shell import can_be_set, set_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Origin
    from translator.diagnostics.rewrites import Rewrite
    from translator.model import Artifact, Setting
    from translator.readers.argo.outputs import Outputs
    from translator.readers.argo.pod_volumes import Defined
    from translator.readers.argo.workflow import Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

#: In the argv of components that kfp 1.x made from functions. They write outputs exactly as the
#: function returns them.
_FUNCTION = "_output_files"
#: Fields that mount volumes in a container.
_WITH_MOUNTS = frozenset({"volumeMounts", "podSpecPatch"})
#: The executor of a component, until ``distinct_components`` names it.
_EXECUTOR = ExecutorRef(label="")


class ContainerTemplate(NamedTuple):
    """The component of a template, and where the values of its inputs come from."""

    component: Component
    executor: Container
    #: Input parameter → the text that is passed to it.
    values: Mapping[str, Written]
    #: Input parameter that a wrapper writes to a file → Argo's name of the input artifact.
    files: Mapping[str, str]
    #: Input artifact → Argo's name of it.
    artifacts: Mapping[str, str]
    #: Input artifact that an adapter makes from a value → Argo's name of it.
    adapted: Mapping[str, str]
    #: The names of its environment variables.
    variables: frozenset[str]
    #: Whether a setting of its pod has a reference.
    refers: bool
    #: Output → parameter or artifact, if its uses decided that.
    decided: Mapping[str, Rewrite]

    def rewrites(self, component: str) -> list[Rewrite]:
        """The ``decided`` of its outputs, in their order, under the name of the component."""
        outputs = (*self.component.outputs.parameters, *self.component.outputs.artifacts)
        decided = [self.decided[output] for output in outputs if output in self.decided]
        return [one._replace(component=component) for one in decided]


class Given(NamedTuple):
    """Input artifacts of a template, by Argo's names, that calls do not pass as artifacts."""

    #: Those to which a value is passed.
    values: frozenset[str]
    #: Optional ones that are not set.
    nothing: frozenset[str]


class Builder(Literals):
    """Makes the component of a container; it collects inputs and outputs from the argv."""

    def __init__(
        self,
        template: Template,
        outputs: Outputs,
        given: Given,
        options: ReadOptions,
        volumes: Mapping[str, Defined],
    ) -> None:
        """``volumes`` are those of the workflow."""
        super().__init__(template, options)
        self.volumes = volumes
        self.spec = template.component
        self.given = given
        self.input_artifacts: dict[str, Artifact] = {}
        self.files: dict[str, str] = {}
        self.artifacts: dict[str, str] = {}
        self.adapted: dict[str, str] = {}
        #: Whether a setting of the pod has a reference.
        self.refers = False
        self.can_wrap = outputs.can_wrap
        self.outputs = outputs
        self.output_artifacts = dict(outputs.artifacts)
        #: The argvs of wrappers around the container's own, the outermost first.
        self.wrappers: list[tuple[Text, ...]] = []
        #: Variables that are known only at run time, with names that no shell can set.
        self.odd_variables: list[tuple[str, Text]] = []

    def build(self) -> ContainerTemplate:
        """The component."""
        self._declare_inputs()
        self._declare_artifacts()
        self._collect_outputs()
        command, args = self._argv()
        self._account_inputs()
        command, args = with_entrypoint(command, args, self.container, self.options)
        environment = self._environment()
        self._change_directory()
        self._wrap(command, args)
        command = self._wrapped(command, environment)
        self._check_references((*command, *args), environment)
        executor = self._executor(command, args, environment)
        return ContainerTemplate(
            component=self._component(executor.origin),
            executor=executor,
            values=self.values,
            files=self.files,
            artifacts=self.artifacts,
            adapted=self.adapted,
            variables=frozenset(self.variables.known),
            refers=self.refers,
            decided=self.outputs.decided,
        )

    def _component(self, origin: Origin | None) -> Component:
        return Component(
            body=_EXECUTOR,
            inputs=Interface(parameters=self.parameters, artifacts=self.input_artifacts),
            outputs=Interface(parameters=self.outputs.parameters, artifacts=self.output_artifacts),
            description=self.spec.description if self.spec else "",
            origin=origin,
        )

    # Inputs

    def _declare_inputs(self) -> None:
        """Declares an input for each argument by value in the annotations."""
        if self.spec is None:
            return
        for entry in self.spec.inputs:
            if entry.name in self.spec.arguments:
                place = self.container
                if self.spec.given is not None:
                    place = self.spec.given.child(entry.name)
                    place.rewritten()
                value = Written(parse(self.spec.arguments[entry.name]), place)
                self.input(entry.name, entry.name, value, entry)

    def _account_inputs(self) -> None:
        """Marks the arguments that are not in the argv: they are kept because their inputs are."""
        for entry in self.spec.inputs if self.spec else ():
            if entry.name in self.named and entry.name not in self.filled:
                entry.used("name")

    def _declare_artifacts(self) -> None:
        declared = {file_name(i.name): i for i in self.spec.inputs} if self.spec else {}
        for argo_name, port in self.template.input_artifacts.items():
            if argo_name in self.given.nothing:
                continue  # its path is ordinary text, and the file does not exist
            entry = declared.get(inner_name(port.path, "inputs"))
            own = unique(own_name(entry, argo_name), self.taken)
            port.used("path", *["name"] * (entry is None))
            is_value = argo_name in self.given.values
            if is_value and self.can_wrap:
                self._declare_file(own, argo_name, port.path, entry)
                continue
            (self.adapted if is_value else self.artifacts)[own] = argo_name
            artifact = declared_artifact(entry, port.cursor.origin)
            if port.optional:
                artifact = replace(artifact, optional=True)
            self.input_artifacts[own] = artifact
            self.paths[port.path] = Placeholder(PlaceholderKind.INPUT_PATH, own)

    def _declare_file(self, own: str, argo_name: str, path: str, declared: Declared | None) -> None:
        """Declares a value that the container reads as a file. A wrapper writes the file."""
        self.files[own] = argo_name
        self.parameters[own] = declared_parameter(declared, typed=self.options.declared_types)
        value = Placeholder(PlaceholderKind.INPUT_VALUE, own)
        self.wrappers.append(shell_wrappers.write_input(value, _absolute(path)))

    def _collect_outputs(self) -> None:
        paths, template = self.outputs.paths, self.template
        if paths and not _WITH_MOUNTS.isdisjoint([*template.cursor.keys(), *self.container.keys()]):
            from translator.readers.argo.pod_volumes import in_shared_volumes

            self.stored = in_shared_volumes(paths, pod(self._settings(), self.volumes))
        self.paths |= {path: one for path, one in paths.items() if path not in self.stored}
        for port in (*template.output_artifacts.values(), *template.output_parameters.values()):
            port.found()

    # Command and arguments

    def _argv(self) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
        """Command and arguments."""
        places = [self._cursors(key) for key in ("command", "args")]
        command, args = ([place.string() for place in entries] for entries in places)
        found = self.spec and command_matching.matched(self.spec, self.template, command, args)
        matched = found or ([[text] for text in command], [[text] for text in args])
        argv = self.argv([*matched[0], *matched[1]], [*places[0], *places[1]])
        return argv[: len(command)], argv[len(command) :]

    def _cursors(self, key: str) -> list[Cursor]:
        return list(found.elements()) if (found := self.container.find(key)) is not None else []

    def _image(self) -> Text:
        return self.embedded(self.container.take("image", str), self.container.child("image"))

    # Wrappers

    def _wrap(self, command: tuple[Text, ...], args: tuple[Text, ...]) -> None:
        """Wraps the argv in commands that move data between the places of KFP v1 and of KFP v2."""
        self._wrap_values(command, args)
        self._wrap_unmentioned()
        for path, target, optional in self.outputs.copies:
            source = self.paths[path] if path in self.mentioned else path  # not copied there yet
            self.wrappers.append(shell_wrappers.copy_output(source, target, optional=optional))
        if self.outputs.printed is not None:
            self.wrappers.append(shell_wrappers.keep_printed(self.outputs.printed))
        self._wrap_status()
        if self.template.kind == "script":
            place = self.container.child("source")
            self.wrappers.append(shell_wrappers.run_script(self.embedded(place.string(), place)))

    def _wrap_values(self, command: tuple[Text, ...], args: tuple[Text, ...]) -> None:
        """Removes one newline at the end of values and sets defaults, as Argo does."""
        written = {
            path: placeholder
            for path, placeholder in self.paths.items()
            if placeholder.kind is PlaceholderKind.OUTPUT_FILE and path in self.mentioned
        }
        if not written and not self.outputs.defaults:
            return
        is_function = any(_FUNCTION in str(text) for text in (*command, *args))
        trims = bool(written) and not is_function and shell_wrappers.is_shell(command)
        if trims:
            self.wrappers.append(shell_wrappers.trim_values(list(written.values())))
        elif not is_function:
            for placeholder in written.values():
                self.container.report(rules.NEWLINE_KEPT, output=placeholder.name)
        for path, default in self.outputs.defaults.items():
            if path in self.mentioned:
                default = default if trims else default.removesuffix("\n")
                text = self.value(default, self.container)
                self.wrappers.append(shell_wrappers.default_value(self.paths[path], text))

    def _wrap_unmentioned(self) -> None:
        """Copies files to and from fixed paths that are not in the argv."""
        lost: list[str] = []
        for path, placeholder in self._unmentioned().items():
            if not self.can_wrap and path in self.outputs.untaken:
                lost.append(path)
                del self.output_artifacts[placeholder.name]
                for port in self.template.output_artifacts.values():
                    if port.text == path:
                        port.unused()
            elif placeholder.kind is PlaceholderKind.INPUT_PATH:
                optional = self.input_artifacts[placeholder.name].optional
                place = shell_wrappers.place_input(placeholder, _absolute(path), optional=optional)
                self.wrappers.append(place)
            elif placeholder.kind is PlaceholderKind.OUTPUT_FILE:
                written = self.outputs.defaults.get(path)
                default = None
                if written is not None:
                    default = self.value(written.removesuffix("\n"), self.container)
                self.wrappers.append(shell_wrappers.copy_value(path, placeholder, default))
            else:
                optional = path in self.outputs.optional
                self.wrappers.append(
                    shell_wrappers.copy_output(path, placeholder, optional=optional)
                )
        if lost:
            self.container.report(rules.NOT_COLLECTED, paths=", ".join(lost))

    def _unmentioned(self) -> dict[str, Placeholder]:
        """The paths that are not in the argv."""
        paths = self.paths | self.stored
        return {path: one for path, one in paths.items() if path not in self.mentioned}

    def _wrap_status(self) -> None:
        """Converts the final status, which KFP v2 has as a struct, to the text of KFP v1."""
        if not self.marks:
            return
        own = unique("workflow_status", self.taken)
        self.parameters[own] = Parameter(type=ParameterType.TASK_FINAL_STATUS)
        status = Placeholder(PlaceholderKind.INPUT_VALUE, own)
        fill = {"status": shell_wrappers.fill_status, "failures": shell_wrappers.fill_failures}
        self.wrappers[:0] = [fill[what](status, mark) for what, mark in self.marks.items()]

    def _wrapped(
        self, command: tuple[Text, ...], environment: tuple[EnvVariable, ...]
    ) -> tuple[Text, ...]:
        """The command with its wrappers, which need a shell and a command to run."""
        if not self.wrappers and not self.odd_variables:
            return command
        odd = [(v.name, v.value) for v in environment if not can_be_set(v.name)]
        image = str(self.container.get("image").peek())
        if not command:
            names = [str(wrapper[3]) for wrapper in self.wrappers]
            moved = ", ".join(dict.fromkeys([*names, *["env"] * bool(self.odd_variables)]))
            assignment = quoted(f"{image}=COMMAND")
            facts = {"moved": moved, "image": image, "assignment": assignment}
            self.container.report(rules.NEEDS_COMMAND, **facts)
        elif not (shell_wrappers.is_shell(command) or shell_wrappers.is_known_to_have_shell(image)):
            self.container.report(rules.NEEDS_SHELL, image=image)
        before = (argument for wrapper in self.wrappers for argument in wrapper)
        return (*before, *set_variables([*odd, *self.odd_variables]), *command)

    def _environment(self) -> tuple[EnvVariable, ...]:
        """The variables; a wrapper sets those whose value is known only at run time."""
        fixed: dict[str, EnvVariable] = {}
        for name, variable in self.variables.known.items():
            value = self.embedded(variable.text, variable.cursor)
            marked = any(mark in str(value) for mark in self.marks.values())
            filled_in = (p.kind is not PlaceholderKind.UNKNOWN for p in value.placeholders())
            if not marked and not any(filled_in):
                # Vertex AI replaces references in variables, as Kubernetes does.
                if references(str(value), fixed):
                    value = Text((escape(str(value)),))
                origin = variable.cursor.origin
                fixed[name] = EnvVariable(name=name, value=value, origin=origin)
            elif can_be_set(name):
                self.wrappers.append(shell_wrappers.set_environment(name, value))
            else:
                self.odd_variables.append((name, value))
        return tuple(fixed.values())

    def _check_references(
        self, argv: tuple[Text, ...], environment: tuple[EnvVariable, ...]
    ) -> None:
        """Reports text with references that must not be resolved again, as Kubernetes does."""
        # Placeholders have no references.
        marked = [a for a in argv for part in a.parts if type(part) is str and "$" in part]
        names = [variable.name for variable in environment]
        for argument in marked:
            if found := references(str(argument), names):
                self.container.report(rules.EXPANDED_AGAIN, text=found[0])
                return

    def _change_directory(self) -> None:
        """Sets the working directory, before wrappers with paths relative to it."""
        found = self.container.find("workingDir")
        folder = "" if found is None else found.string()
        if found is not None and folder:
            self.wrappers.insert(0, shell_wrappers.change_directory(self.embedded(folder, found)))

    def _executor(
        self,
        command: tuple[Text, ...],
        args: tuple[Text, ...],
        environment: tuple[EnvVariable, ...],
    ) -> Container:
        image = self._image()
        resources = kubernetes.resources(self.container, self.template, self.embedded)
        settings = (*self.variables.looked_up.values(), *self._settings())
        executor = Container(
            image=image,
            command=command,
            args=args,
            env=environment,
            resources=resources,
            pod=pod(settings, self.volumes),
            referred=frozenset(self.variables.referred),
            origin=self.template.cursor.origin,
        )
        if "env" in self.container:
            kubernetes.account_credentials(self.container, executor)
        self.refers = refers(executor.pod, settings, self.volumes)
        return executor

    def _settings(self) -> tuple[Setting, ...]:
        return kubernetes.settings(self.container, self.template)


def _absolute(path: str) -> str:
    """The absolute path of an input: the kubelet mounts it relative to the root."""
    return path if path.startswith("/") else f"/{path}"
