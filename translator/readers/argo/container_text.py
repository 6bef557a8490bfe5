"""Text of a container → text with placeholders in place of references and paths."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.readers.argo import references
from translator.readers.argo.annotations import Declared, declared_parameter
from translator.readers.argo.command_matching import Hole
from translator.readers.argo.values import input_name, unique
from translator.readers.argo.variables import Variables
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.model import Parameter
    from translator.readers.argo.command_matching import Argument
    from translator.readers.argo.references import Parts
    from translator.readers.argo.workflow import Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor


class Written(NamedTuple):
    """The text that is passed to an input parameter, in the scope of the template."""

    parts: Parts
    #: Its place in the file.
    place: Cursor


class Literals:
    """Reads the text of one container, and collects the inputs that its references need."""

    #: Environment variables without a meaning for the container's program.
    unread_variables: frozenset[str] = frozenset()

    def __init__(self, template: Template, options: ReadOptions) -> None:
        self.template = template
        self.options = options
        assert template.container is not None
        self.container = template.container
        self.variables = Variables(self.container, self.unread_variables)
        self.taken: set[str] = set()
        self.parameters: dict[str, Parameter] = {}
        #: Input parameter → the text that is passed to it.
        self.values: dict[str, Written] = {}
        #: The author's name of an input parameter, or its reference → the component's name.
        self.named: dict[str, str] = {}
        #: Path → the placeholder that replaces it.
        self.paths: dict[str, Placeholder] = {}
        #: Path in a volume that other tasks see too → the placeholder of the output that its file
        #: is copied to.
        self.stored: dict[str, Placeholder] = {}
        self.mentioned: set[str] = set()
        #: Inputs, by their author's names, whose places in the argv are known.
        self.filled: set[str] = set()
        #: ``status`` and ``failures`` of the workflow → the marker in their place.
        self.marks: dict[str, str] = {}

    def input(self, key: str, name: str, value: Written, declared: Declared | None = None) -> str:
        """The component's name of an input parameter, declared at its first use."""
        if key not in self.named:
            self.named[key] = own = unique(input_name(name), self.taken)
            self.values[own] = value
            self.parameters[own] = declared_parameter(declared, typed=self.options.declared_types)
        return self.named[key]

    def argv(self, argv: Sequence[Argument], places: Sequence[Cursor]) -> tuple[Text, ...]:
        """Arguments at these places, in parts if they were matched with the component's."""
        return tuple([self._argument(one, place) for one, place in zip(argv, places, strict=True)])

    def _argument(self, argument: Argument, place: Cursor) -> Text:
        parts: list[str | Placeholder] = []
        for piece in self._expanded(argument, place):
            if not isinstance(piece, Hole):
                parts += self.literal(piece, place)
            elif piece.kind == "inputValue":
                name = self.named.get(piece.name) or self.input(
                    piece.name, piece.name, Written(references.parse(piece.text), place)
                )
                self.filled.add(piece.name)
                parts.append(Placeholder(PlaceholderKind.INPUT_VALUE, name))
            elif piece.text in self.paths:
                parts.append(self._path(piece.text))
            else:  # an output that the workflow does not declare
                parts.append(piece.text)
        return Text(tuple([part for part in parts if part]))

    def _expanded(self, argument: Argument, place: Cursor) -> Argument:
        for part in argument:
            if "$" in (part if isinstance(part, str) else part.text):
                return self.variables.expanded_argument(argument, place)
        return argument

    def embedded(self, written: str, place: Cursor) -> Text:
        """Text outside of the argv, which may contain references."""
        return Text(tuple(self.literal(written, place)))

    def value(self, written: str, place: Cursor) -> Text:
        """The value of an output, which may contain references; paths in it are text."""
        parts: list[str | Placeholder] = []
        for piece in references.parse(written):
            parts += [piece] if isinstance(piece, str) else self._reference(piece, place)
        return Text(tuple(parts))

    def literal(self, written: str, place: Cursor) -> list[str | Placeholder]:
        """Text of the author, which may contain references and paths."""
        if "{{" not in written:
            return self._with_paths(written) if written else []
        parts: list[str | Placeholder] = []
        for piece in references.parse(written):
            if not isinstance(piece, str):
                parts += self._reference(piece, place)
                continue
            for part in parse_text(piece).parts:
                if isinstance(part, str):
                    parts += self._with_paths(part)
                else:
                    parts.append(self._of_v2(part, place))
        return parts

    def _reference(self, piece: references.Reference, place: Cursor) -> list[str | Placeholder]:
        filled_in = self.options.placeholders
        if filled_in and (given := filled_in.get(piece.name)) is not None:
            return [given]
        match piece.path:
            case ("inputs", _, *_, "path") | ("outputs", _, *_, "path"):
                return self._path_reference(piece, place)
            case ("inputs" | "workflow", "parameters", *name):
                own = self.input(piece.text, ".".join(name), Written((piece,), place))
                return [Placeholder(PlaceholderKind.INPUT_VALUE, own)]
            case ("workflow", "status" | "failures" as what):
                return [self._mark(what)]
            case path if path in references.RUN_PLACEHOLDERS:
                return [references.RUN_PLACEHOLDERS[path]]
        references.report(rules.UNKNOWN_REFERENCE, piece, place)
        return []

    def _mark(self, what: str) -> str:
        """The marker in place of the final status, which a wrapper replaces."""
        if what not in self.marks:
            if what == "failures":
                self.container.report(rules.FAILURES)
            mark = f"<workflow.{what}>"
            while mark in json.dumps(self.container.peek()):
                mark = f"<{mark}>"
            self.marks[what] = mark
        return self.marks[what]

    def _of_v2(self, written: Placeholder, place: Cursor) -> Placeholder:
        """A placeholder of KFP v2, from a component of KFP v2 in a pipeline of KFP v1."""
        if written.kind is PlaceholderKind.UNKNOWN:
            return written  # of another language; KFP v2 leaves it unchanged too
        place.report(rules.V2_PLACEHOLDER, placeholder=written)
        own = input_name(written.name) if written.name else ""
        found = {
            path
            for path, placeholder in self.paths.items()
            if written.kind is PlaceholderKind.EXECUTOR_INPUT or placeholder.name == own
        }
        self.mentioned |= found
        for port in self.template.output_artifacts.values():
            if port.text in found:  # the program gets a different path
                port.cursor.get("path").inert()
        return written._replace(name=own)

    def _path_reference(
        self, piece: references.Reference, place: Cursor
    ) -> list[str | Placeholder]:
        """``{{inputs.artifacts.x.path}}`` and ``{{outputs.….x.path}}``."""
        side, kind, *name, _ = piece.path
        if (side, kind) == ("inputs", "parameters"):
            value = Written((references.reference("inputs", "parameters", *name),), place)
            own = self.input(piece.text, ".".join(name), value)
            return [Placeholder(PlaceholderKind.INPUT_VALUE, own)]
        template = self.template
        ports: dict[tuple[str, str], Mapping[str, str | None]] = {
            ("inputs", "artifacts"): {n: p.path for n, p in template.input_artifacts.items()},
            ("outputs", "artifacts"): {n: p.text for n, p in template.output_artifacts.items()},
            ("outputs", "parameters"): {n: p.text for n, p in template.output_parameters.items()},
        }
        path = ports.get((side, kind), {}).get(".".join(name))
        if path and path in self.paths:
            return [self._path(path)]
        if path:  # a wrapper writes a value there, or the path does not exist
            if side == "inputs":
                template.input_artifacts[".".join(name)].used("path")
            return [path]
        references.report(rules.UNKNOWN_REFERENCE, piece, place)
        return []

    def _with_paths(self, literal: str) -> list[str | Placeholder]:
        """The text with paths of inputs and outputs replaced, except within longer paths."""
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
