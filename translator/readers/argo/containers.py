"""A container template → a component, its executor, and what its inputs and outputs are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import reading as rules
from translator.model import (
    Artifact,
    Component,
    Container,
    ExecutorRef,
    Interface,
    Parameter,
    ParameterType,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo import annotations, kubernetes, lifting, text
from translator.readers.argo.lifting import Hole
from translator.readers.argo.names import input_name, unique

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.readers.argo.document import Template
    from translator.readers.argo.lifting import Word
    from translator.readers.argo.uses import Uses
    from translator.source import Cursor


class ContainerTemplate(NamedTuple):
    """What a container template becomes, and how to bind a task to it."""

    component: Component
    executor: Container
    #: Input parameter → the text it is given, with references in the template's own scope.
    values: Mapping[str, str]
    #: Input artifact → Argo's name of it.
    artifacts: Mapping[str, str]
    #: Argo's name of an output → the component's.
    outputs: Mapping[str, str]


def container_template(template: Template, uses: Uses) -> ContainerTemplate:
    """The component of a template that runs a container."""
    return _Builder(template, uses).build()


class _Builder:
    """Collects inputs and outputs while the words are read."""

    def __init__(self, template: Template, uses: Uses) -> None:
        self.template = template
        self.container = template.cursor.child("container")
        self.spec = annotations.component_spec(template)
        self.uses = uses
        self.taken: set[str] = set()
        self.parameters: dict[str, Parameter] = {}
        self.input_artifacts: dict[str, Artifact] = {}
        self.values: dict[str, str] = {}
        self.artifacts: dict[str, str] = {}
        self.output_parameters: dict[str, Parameter] = {}
        self.output_artifacts: dict[str, Artifact] = {}
        self.outputs: dict[str, str] = {}
        #: Author's or Argo's name of an input parameter → the component's.
        self.named: dict[str, str] = {}
        #: Path → the placeholder that stands for it.
        self.paths: dict[str, Placeholder] = {}
        self.mentioned: set[str] = set()

    def build(self) -> ContainerTemplate:
        self._declare_inputs()
        self._declare_artifacts()
        self._declare_outputs()
        command, args = self._words("command"), self._words("args")
        self._require_mentioned()
        environment, looked_up = kubernetes.environment(self.container)
        executor = Container(
            image=self._image(),
            command=command,
            args=args,
            env=environment,
            resources=kubernetes.resources(self.container, self.template),
            kubernetes=(*looked_up, *kubernetes.settings(self.container, self.template)),
            origin=self.template.cursor.origin,
        )
        component = Component(
            body=ExecutorRef(label=""),
            inputs=Interface(parameters=self.parameters, artifacts=self.input_artifacts),
            outputs=Interface(parameters=self.output_parameters, artifacts=self.output_artifacts),
            description=self.spec.description if self.spec else "",
            origin=self.template.cursor.origin,
        )
        return ContainerTemplate(component, executor, self.values, self.artifacts, self.outputs)

    def _declare_inputs(self) -> None:
        """An input for each argument by value that the annotations tell of."""
        if self.spec is None:
            return
        for entry in self.spec.inputs:
            if entry.name in self.spec.arguments:
                self._input(entry.name, self.spec.arguments[entry.name], entry)

    def _input(
        self, name: str, value: str, declared: annotations.Interface | None = None
    ) -> str:
        """The component's name of an input parameter, declared at its first use."""
        if name not in self.named:
            self.named[name] = own = unique(input_name(name), self.taken)
            self.values[own] = value
            self.parameters[own] = Parameter(
                type=ParameterType.STRING,
                declared_type=declared.type if declared else "",
                description=declared.description if declared else "",
            )
        return self.named[name]

    def _declare_artifacts(self) -> None:
        declared = {annotations.file_name(i.name): i for i in self.spec.inputs} if self.spec else {}
        for argo_name, port in self.template.input_artifacts.items():
            if port.raw is not None:
                port.raw.drop(rules.NOT_TRANSLATED, what="a value taken as a file (`raw`)")
            entry = declared.get(_inner_name(port.path, "inputs"))
            own = unique(input_name(entry.name if entry else argo_name), self.taken)
            self.artifacts[own] = argo_name
            self.input_artifacts[own] = Artifact(
                schema_title=annotations.schema_title(entry.type if entry else ""),
                schema_version="0.0.1",
                description=entry.description if entry else "",
                origin=port.cursor.origin,
            )
            self.paths[port.path] = Placeholder(PlaceholderKind.INPUT_PATH, own)

    def _declare_outputs(self) -> None:
        taken: set[str] = set()
        for path, argo_names in self._output_paths().items():
            entry = self._declared_output(path)
            shortened = min(argo_names, key=len).removeprefix(f"{self.template.name}-")
            own = unique(input_name(entry.name if entry else shortened), taken)
            self.outputs |= dict.fromkeys(argo_names, own)
            if self._is_taken_by_value(argo_names):
                self.output_parameters[own] = Parameter(
                    type=ParameterType.STRING,
                    declared_type=entry.type if entry else "",
                    description=entry.description if entry else "",
                )
                kind = PlaceholderKind.OUTPUT_FILE
            else:
                self.output_artifacts[own] = Artifact(
                    schema_title=annotations.schema_title(entry.type if entry else ""),
                    schema_version="0.0.1",
                    description=entry.description if entry else "",
                )
                kind = PlaceholderKind.OUTPUT_PATH
            self.paths[path] = Placeholder(kind, own)

    def _output_paths(self) -> dict[str, list[str]]:
        """Path → Argo's names of the outputs that stand there, artifacts first."""
        paths: dict[str, list[str]] = {}
        template = self.template
        for ports in (template.output_artifacts, template.output_parameters):
            for name, port in ports.items():
                if port.text is None:
                    port.cursor.report(rules.NOT_TRANSLATED, what="an output without a path")
                else:
                    names = paths.setdefault(port.text, [])
                    names += [name] if name not in names else []
        return paths

    def _declared_output(self, path: str) -> annotations.Interface | None:
        if self.spec is None:
            return None
        fixed = {p: name for name, p in (self.spec.container.get("fileOutputs") or {}).items()}
        for entry in self.spec.outputs:
            at = (fixed.get(path), _inner_name(path, "outputs"))
            if entry.name == at[0] or annotations.file_name(entry.name) == at[1]:
                return entry
        return None

    def _is_taken_by_value(self, argo_names: list[str]) -> bool:
        used = {(self.template.name, name) for name in argo_names}
        by_value, by_path = used & self.uses.by_value, used & self.uses.by_path
        if by_value and by_path:
            port = self.template.output_parameters[next(iter(by_value))[1]]
            port.cursor.report(
                rules.NOT_TRANSLATED, what="an output that is taken both by value and as a file"
            )
        return bool(by_value)

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
                name = self._input(piece.name, piece.text)
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
                if "{{$" in piece:
                    place.report(rules.NOT_TRANSLATED, what="text that holds a placeholder of KFP v2")
                parts += self._with_paths(piece)
                continue
            match piece.path:
                case ("inputs", "parameters", *name):
                    own = self._input(".".join(name), piece.text)
                    parts.append(Placeholder(PlaceholderKind.INPUT_VALUE, own))
                case ("workflow", "parameters", *name):
                    own = self._input(".".join(name), piece.text)
                    parts.append(Placeholder(PlaceholderKind.INPUT_VALUE, own))
                case ("inputs", "artifacts", *_, "path") | ("outputs", *_, "path"):
                    parts += self._path_reference(piece, place)
                case path if path in text.RUN_PLACEHOLDERS:
                    parts.append(text.RUN_PLACEHOLDERS[path])
                case _:
                    place.report(rules.NOT_TRANSLATED, what=f"the reference `{piece.text}`")
        return parts

    def _path_reference(self, piece: text.Reference, place: Cursor) -> list[str | Placeholder]:
        """``{{inputs.artifacts.x.path}}`` and its like."""
        side, kind, *name, _ = piece.path
        ports = {
            ("inputs", "artifacts"): {n: p.path for n, p in self.template.input_artifacts.items()},
            ("outputs", "artifacts"): {n: p.text for n, p in self.template.output_artifacts.items()},
            ("outputs", "parameters"): {n: p.text for n, p in self.template.output_parameters.items()},
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

    def _require_mentioned(self) -> None:
        """A path that no word names would need its file moved before or after the run."""
        template = self.template
        ports: list[tuple[str | None, Cursor]] = [
            *((port.path, port.cursor) for port in template.input_artifacts.values()),
            *((port.text, port.cursor) for port in template.output_artifacts.values()),
            *((port.text, port.cursor) for port in template.output_parameters.values()),
        ]
        told: set[str] = set()
        for path, cursor in ports:
            if path in self.paths and path not in self.mentioned | told:
                told.add(path)
                cursor.report(
                    rules.NOT_TRANSLATED, what=f"the file `{path}`, which no word of the container names,"
                )

    def _image(self) -> Text:
        image = self.container.take("image", str)
        if any(isinstance(piece, text.Reference) for piece in text.parse(image)):
            what = "an image taken from a parameter"
            self.container.child("image").report(rules.NOT_TRANSLATED, what=what)
        return Text((image,))


def _inner_name(path: str, side: str) -> str | None:
    """NAME of ``/tmp/inputs/NAME/data``, which is how kfp 1.x makes paths."""
    match = re.fullmatch(rf"/tmp/{side}/([^/]+)/data", path)
    return match[1] if match else None
