"""A container template → a component, its executor, and what its inputs and outputs are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import reading as rules
from translator.model import (
    Component,
    Container,
    ExecutorRef,
    Interface,
    Parameter,
    ParameterType,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.readers.argo import kubernetes, lifting, metadata, text, wrappers
from translator.readers.argo.lifting import Hole
from translator.readers.argo.names import input_name, unique
from translator.readers.argo.outputs import outputs_of
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Artifact, EnvVariable, Setting
    from translator.readers.argo.document import Template
    from translator.readers.argo.lifting import Word
    from translator.readers.argo.uses import Uses
    from translator.source import Cursor


#: Programs whose presence proves that the image has a shell, or as good as.
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "python", "python3"})


class ContainerTemplate(NamedTuple):
    """What a container template becomes, and how to bind a task to it."""

    component: Component
    executor: Container
    #: Input parameter → the text it is given, with references in the template's own scope.
    values: Mapping[str, str]
    #: Input parameter that becomes a file → Argo's name of the artifact that it was.
    files: Mapping[str, str]
    #: Input artifact → Argo's name of it.
    artifacts: Mapping[str, str]
    #: Argo's name of an output that is taken by value → the component's.
    output_parameters: Mapping[str, str]
    #: Argo's name of an output that is taken as a file → the component's.
    output_artifacts: Mapping[str, str]


def container_template(template: Template, uses: Uses, files: frozenset[str]) -> ContainerTemplate:
    """The component of a template that runs a container.

    ``files`` are the input artifacts, by Argo's name, that are given a value instead.
    """
    return Builder(template, uses, files).build()


class Builder:
    """Collects inputs and outputs of a container while its words are read."""

    #: Environment variables that say nothing to the container's program.
    unread_variables: frozenset[str] = frozenset()

    def __init__(self, template: Template, uses: Uses, files: frozenset[str]) -> None:
        self.template = template
        self.container = template.cursor.child("container")
        self.spec = template.component
        self.uses = uses
        self.value_files = files
        self.taken: set[str] = set()
        self.parameters: dict[str, Parameter] = {}
        self.input_artifacts: dict[str, Artifact] = {}
        self.values: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.artifacts: dict[str, str] = {}
        self.outputs = outputs_of(template, uses)
        #: Author's name, or the reference, of an input parameter → the component's.
        self.named: dict[str, str] = {}
        #: Path → the placeholder that stands for it.
        self.paths: dict[str, Placeholder] = {}
        self.mentioned: set[str] = set()
        #: ``status`` and ``failures`` of the workflow → the mark in their place.
        self.marks: dict[str, str] = {}
        #: What runs before the container's own words.
        self.wrappers: list[tuple[Text, ...]] = []

    def build(self) -> ContainerTemplate:
        """The component."""
        self._declare_inputs()
        self._declare_artifacts()
        self.paths |= self.outputs.paths
        command, args = self._words("command"), self._words("args")
        self._wrap_unmentioned()
        for source, target in self.outputs.copies:
            self.wrappers.append(wrappers.copy_output(source, target))
        environment, looked_up = self._environment()
        self._wrap_status()
        executor = Container(
            image=self._image(),
            command=self._wrapped(command),
            args=args,
            env=environment,
            resources=kubernetes.resources(self.container, self.template, self._embedded),
            kubernetes=(*looked_up, *self._settings()),
            origin=self.template.cursor.origin,
        )
        component = Component(
            body=ExecutorRef(label=""),
            inputs=Interface(parameters=self.parameters, artifacts=self.input_artifacts),
            outputs=Interface(parameters=self.outputs.parameters, artifacts=self.outputs.artifacts),
            description=self.spec.description if self.spec else "",
            origin=self.template.cursor.origin,
        )
        return ContainerTemplate(
            component,
            executor,
            self.values,
            self.files,
            self.artifacts,
            self.outputs.named_parameters,
            self.outputs.named_artifacts,
        )

    def _declare_inputs(self) -> None:
        """An input for each argument by value that the annotations tell of."""
        if self.spec is None:
            return
        for entry in self.spec.inputs:
            if entry.name in self.spec.arguments:
                self._input(entry.name, entry.name, self.spec.arguments[entry.name], entry)

    def _input(
        self, key: str, name: str, value: str, declared: metadata.Interface | None = None
    ) -> str:
        """The component's name of an input parameter, declared at its first use."""
        if key not in self.named:
            self.named[key] = own = unique(input_name(name), self.taken)
            self.values[own] = value
            self.parameters[own] = metadata.parameter(declared)
        return self.named[key]

    def _declare_artifacts(self) -> None:
        declared = {metadata.file_name(i.name): i for i in self.spec.inputs} if self.spec else {}
        for argo_name, port in self.template.input_artifacts.items():
            entry = declared.get(metadata.inner_name(port.path, "inputs"))
            own = unique(input_name(entry.name if entry else argo_name), self.taken)
            if argo_name in self.value_files:
                self._file(own, argo_name, port.path, entry)
                continue
            self.artifacts[own] = argo_name
            artifact = metadata.artifact(entry, port.cursor.origin)
            self.input_artifacts[own] = replace(artifact, optional=port.optional)
            self.paths[port.path] = Placeholder(PlaceholderKind.INPUT_PATH, own)

    def _file(
        self, own: str, argo_name: str, path: str, declared: metadata.Interface | None
    ) -> None:
        """A value that the container takes as a file: it is written to the path first."""
        self.files[own] = argo_name
        self.parameters[own] = metadata.parameter(declared)
        value = Placeholder(PlaceholderKind.INPUT_VALUE, own)
        self.wrappers.append(wrappers.write_input(value, path))

    def _words(self, key: str) -> tuple[Text, ...]:
        cursors = [] if (found := self.container.find(key)) is None else list(found.elements())
        # `lifted` needs both lists at once; each is read here for its own places.
        words = self._lifted()[key == "args"]
        places = cursors if len(cursors) == len(words) else [self.container] * len(words)
        return tuple(self._text(word, place) for word, place in zip(words, places, strict=True))

    def _lifted(self) -> lifting.Words:
        command, args = self._strings("command"), self._strings("args")
        found = self.spec and lifting.lifted(self.spec, self.template, command, args)
        return found or lifting.plain(command, args)

    def _strings(self, key: str) -> list[str]:
        found = self.container.find(key)
        return [] if found is None else [word.string() for word in found.elements()]

    def _text(self, word: Word, place: Cursor) -> Text:
        parts: list[str | Placeholder] = []
        for piece in word:
            if not isinstance(piece, Hole):
                parts += self._literal(piece, place)
            elif piece.kind == "inputValue":
                name = self._input(piece.name, piece.name, piece.text)
                parts.append(Placeholder(PlaceholderKind.INPUT_VALUE, name))
            elif piece.text in self.paths:
                parts.append(self._path(piece.text))
            else:  # an output that the workflow does not collect
                parts.append(piece.text)
        return Text(tuple(part for part in parts if part != ""))

    def _literal(self, written: str, place: Cursor) -> list[str | Placeholder]:
        """Text that the author wrote, in which references and paths may stand."""
        parts: list[str | Placeholder] = []
        for piece in text.parse(written):
            if isinstance(piece, str):
                for part in parse_text(piece).parts:
                    if isinstance(part, str):
                        parts += self._with_paths(part)
                    else:
                        parts.append(self._of_v2(part, place))
                continue
            match piece.path:
                case ("inputs", _, *_, "path") | ("outputs", _, *_, "path"):
                    parts += self._path_reference(piece, place)
                case ("inputs" | "workflow", "parameters", *name):
                    own = self._input(piece.text, ".".join(name), piece.text)
                    parts.append(Placeholder(PlaceholderKind.INPUT_VALUE, own))
                case ("workflow", "status" | "failures" as what):
                    parts.append(self._mark(what))
                case path if path in text.RUN_PLACEHOLDERS:
                    parts.append(text.RUN_PLACEHOLDERS[path])
                case _:
                    place.report(rules.NOT_TRANSLATED, what=f"the reference `{piece.text}`")
        return parts

    def _mark(self, what: str) -> str:
        """The text that stands for how the pipeline ended, until a wrapper knows it."""
        if what not in self.marks:
            if what == "failures":
                self.container.report(rules.FAILURES)
            mark = f"<workflow.{what}>"
            while mark in json.dumps(self.container.peek()):
                mark = f"<{mark}>"
            self.marks[what] = mark
        return self.marks[what]

    def _wrap_status(self) -> None:
        """How the pipeline ended comes as a struct; the program expects words."""
        if not self.marks:
            return
        own = unique("workflow_status", self.taken)
        self.parameters[own] = Parameter(type=ParameterType.TASK_FINAL_STATUS)
        status = Placeholder(PlaceholderKind.INPUT_VALUE, own)
        fill = {"status": wrappers.fill_status, "failures": wrappers.fill_failures}
        self.wrappers[:0] = [fill[what](status, mark) for what, mark in self.marks.items()]

    def _of_v2(self, written: Placeholder, place: Cursor) -> Placeholder:
        """A placeholder of KFP v2, from a component of KFP v2 in a pipeline of KFP v1."""
        if written.kind is PlaceholderKind.UNKNOWN:
            return written  # of some other language; KFP v2 leaves it alone too
        place.report(rules.V2_PLACEHOLDER, placeholder=written)
        own = input_name(written.name) if written.name else ""
        self.mentioned |= {
            path
            for path, placeholder in self.paths.items()
            if written.kind is PlaceholderKind.EXECUTOR_INPUT or placeholder.name == own
        }
        return written._replace(name=own)

    def _path_reference(self, piece: text.Reference, place: Cursor) -> list[str | Placeholder]:
        """``{{inputs.artifacts.x.path}}`` and its like."""
        side, kind, *name, _ = piece.path
        if (side, kind) == ("inputs", "parameters"):
            own = self._input(
                piece.text, ".".join(name), "{{inputs.parameters." + ".".join(name) + "}}"
            )
            return [Placeholder(PlaceholderKind.INPUT_VALUE, own)]
        ports: dict[tuple[str, str], Mapping[str, str | None]] = {
            ("inputs", "artifacts"): {n: p.path for n, p in self.template.input_artifacts.items()},
            ("outputs", "artifacts"): {
                n: p.text for n, p in self.template.output_artifacts.items()
            },
            ("outputs", "parameters"): {
                n: p.text for n, p in self.template.output_parameters.items()
            },
        }
        path = ports.get((side, kind), {}).get(".".join(name))
        if path in self.paths and path is not None:
            return [self._path(path)]
        place.report(rules.NOT_TRANSLATED, what=f"the reference `{piece.text}`")
        return []

    def _with_paths(self, literal: str) -> list[str | Placeholder]:
        """The text, with the paths of inputs and outputs replaced where they stand whole."""
        known = [path for path in self.paths if path and path in literal]
        if not known:
            return [literal]
        longest_first = sorted(known, key=len, reverse=True)
        pattern = rf"(?<![\w./-])({'|'.join(map(re.escape, longest_first))})(?![\w-]|\.\w)"
        pieces = re.split(pattern, literal)
        return [
            self._path(piece) if index % 2 else piece
            for index, piece in enumerate(pieces)
            if index % 2 or piece
        ]

    def _path(self, path: str) -> Placeholder:
        self.mentioned.add(path)
        return self.paths[path]

    def _wrap_unmentioned(self) -> None:
        """Files that the container finds at paths of its own, which no word of it names."""
        for path, placeholder in self.paths.items():
            if path in self.mentioned:
                continue
            if placeholder.kind is PlaceholderKind.INPUT_PATH:
                self.wrappers.append(wrappers.place_input(placeholder, path))
            else:
                optional = path in self.outputs.optional
                self.wrappers.append(wrappers.copy_output(path, placeholder, optional=optional))

    def _wrapped(self, command: tuple[Text, ...]) -> tuple[Text, ...]:
        """The command with its wrappers, which need one to run, and a shell."""
        if not self.wrappers:
            return command
        if not command:
            what = "a container without a command, whose files have to be moved before or after it,"
            self.container.report(rules.NEEDS_COMMAND, what=what)
        elif str(command[0]).rpartition("/")[2] not in _SHELLS:
            self.container.report(rules.NEEDS_SHELL, image=self.container.get("image").peek())
        return (*(word for wrapper in self.wrappers for word in wrapper), *command)

    def _environment(self) -> tuple[tuple[EnvVariable, ...], tuple[Setting, ...]]:
        """The variables; those whose value is known only at run time are set by a wrapper."""
        variables, looked_up = kubernetes.environment(self.container, self.unread_variables)
        fixed: list[EnvVariable] = []
        for variable, written, place in variables:
            value = self._embedded(written, place)
            marked = any(mark in str(value) for mark in self.marks.values())
            if marked or any(p.kind is PlaceholderKind.INPUT_VALUE for p in value.placeholders()):
                self.wrappers.append(wrappers.set_environment(variable.name, value))
            else:
                fixed.append(replace(variable, value=value))
        return tuple(fixed), looked_up

    def _settings(self) -> tuple[Setting, ...]:
        return kubernetes.settings(self.container, self.template)

    def _embedded(self, written: str, place: Cursor) -> Text:
        """Text outside the words, in which references may stand."""
        return Text(tuple(self._literal(written, place)))

    def _image(self) -> Text:
        return self._embedded(self.container.take("image", str), self.container.child("image"))
