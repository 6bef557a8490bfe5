"""Bytes → source: recognised by content, decoded, and parsed into documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Findings, Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.source import yaml_text
from translator.source.cursor import Cursor
from translator.source.nodes import (
    MAX_DEPTH,
    Fate,
    Mapping,
    Scalar,
    below,
    children,
    leaves,
    mark,
    pointers,
)
from translator.source.secret_places import SecretPlaces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from translator.diagnostics import Diagnostic, Rule
    from translator.diagnostics.rewrites import Rewrite
    from translator.source.left_out import LeftOut
    from translator.source.nodes import AnyNode
    from translator.source.secret_places import Span

#: The maximum bytes of a file. The largest known compiled pipelines have a few megabytes.
MAX_BYTES = 100_000_000
#: How many unread keys get a suggestion; each takes up to a millisecond.
_SPELLED = 200
#: The first bytes of a package: zip files, the second for an empty one, and gzip files.
ZIP, GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Source:
    """A file that has been read: its documents, with the fate of each leaf."""

    def __init__(self, file: str, text: str, roots: list[AnyNode], *, is_json: bool) -> None:
        self.file = file
        self.text = text
        self.is_json = is_json
        #: The places of values with the names of secrets in the text; None if not looked for.
        self.secrets: list[Span] | None = None
        #: The text of a KFP v1 workflow, set by its reader; None for other formats.
        self.workflow: str | None = None
        #: The findings of reading, in their order.
        self.diagnostics = Findings()
        #: What became another thing in the pipeline, for a reason that the file does not say.
        self.rewrites: list[Rewrite] = []
        self._roots = roots
        #: Fate → number of leaves, after reading.
        self._met: dict[Fate, int] = {}
        #: The pointers of the leaves that are Kubernetes settings.
        self._settings: tuple[str, ...] = ()
        self.documents = tuple(Cursor(root, file, self.diagnostics) for root in roots)

    def unread(self, rule: Rule = rules.UNREAD_FIELD) -> list[Diagnostic]:
        """One finding for each topmost subtree that was not read, which is then reported.

        This ends reading: fates do not change afterwards.
        """
        self._met = self._met or self._counted()
        if Fate.UNREAD not in self._met:
            return []  # true for nearly every file
        self._met = {}
        spelled = iter(range(_SPELLED))
        unread = [found for root in self._roots for found in _unread(root, "", spelled)]
        for _, node, _ in unread:
            mark(node, Fate.REPORTED)
        findings = Findings()
        for pointer, node, meant in unread:
            origin = Origin(self.file, node.line + 1, node.column + 1, pointer)
            facts = {
                "field": pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~"),
                "pointer": pointer,
                "leaves": sum(1 for _ in leaves(node)),
            }
            findings.add(rule.at(origin, **facts, **({"meant": meant} if meant else {})))
        return findings

    def leaves(self) -> dict[Fate, int]:
        """Fate → number of leaves."""
        self._met = self._met or self._counted()
        return self._met

    def _counted(self) -> dict[Fate, int]:
        met: list[Fate] = []
        self._settings = tuple(
            (f"#{number}" if number else "") + pointer
            for number, root in enumerate(self._roots)
            for pointer in pointers(root, Fate.SETTING, met)
        )
        return {fate: number for fate in Fate if (number := met.count(fate))}

    def ledger(self) -> dict[str, Fate]:
        """JSON pointer of each leaf → its fate. Pointers of later documents begin with ``#N``."""
        return {
            (f"#{number}" if number else "") + pointer: node.fate
            for number, root in enumerate(self._roots)
            for pointer, node in leaves(root)
        }

    def left_out(self) -> tuple[LeftOut, ...]:
        """What is not in the model, and reported; after ``unread``."""
        if Fate.REPORTED not in self.leaves():
            return ()
        from translator.source.left_out import left_out

        return tuple(left_out(self._roots, self.file))

    def settings(self) -> tuple[str, ...]:
        """The JSON pointers of the leaves that are Kubernetes settings."""
        self.leaves()
        return self._settings


def parse(data: bytes | str, file: str) -> Source:
    """The documents of YAML or JSON text. ``file`` is its name in messages.

    Raises ``TranslationError`` with TR101–TR113 for text that cannot be parsed; other findings are
    in the source's ``diagnostics``.
    """
    require_size(data, file)
    text = (data if isinstance(data, str) else _decoded(data, file)).removeprefix("\ufeff")
    if not text or text.isspace():
        raise TranslationError([rules.EMPTY.at(Origin(file))])
    found: list[Diagnostic] = []
    secrets = SecretPlaces()
    roots, is_json = _roots(text, file, found, secrets)
    if not roots:
        raise TranslationError([*found, rules.EMPTY.at(Origin(file))])
    source = Source(file, text, roots, is_json=is_json)
    source.secrets = None if is_json else secrets.found
    for finding in found:
        source.diagnostics.add(finding)
    return source


def read_some(stream: IO[bytes]) -> bytes:
    """The bytes of a stream, at most one more than the limit."""
    return stream.read(MAX_BYTES + 1)


def require_size(data: bytes | str, file: str) -> None:
    """Raises ``TranslationError`` with TR107 for data over the limit."""
    if len(data) > MAX_BYTES:
        problem = rules.TOO_LARGE.at(Origin(file), what="its size", limit=f"{MAX_BYTES:,} bytes")
        raise TranslationError([problem])


def _decoded(data: bytes, file: str) -> str:
    # Windows PowerShell's `>` writes UTF-16.
    encoding = next((e for mark, e in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding).removeprefix("\ufeff")
        origin = Origin(file, *_place(before, len(before)))
        problem = rules.ENCODING.at(origin, encoding=encoding, byte=f"{data[error.start]:#04x}")
        raise TranslationError([problem]) from error


def _roots(
    text: str, file: str, found: list[Diagnostic], secrets: SecretPlaces
) -> tuple[list[AnyNode], bool]:
    if text.lstrip()[0] not in "{[":
        return yaml_text.read(text, file, found, secrets), False
    from translator.source import json_text

    try:
        return [json_text.read(text, file, found)], True
    except json_text.TooDeep as error:
        origin = Origin(file, *_place(text, error.args[0]))
        raise TranslationError([rules.TOO_DEEP.at(origin, limit=MAX_DEPTH)]) from error
    except ValueError as error:
        found.clear()
        return _braces(text, file, found, secrets, error), False


def _braces(
    text: str, file: str, found: list[Diagnostic], secrets: SecretPlaces, error: ValueError
) -> list[AnyNode]:
    """YAML that looks like JSON; if it is neither, the error of the JSON parser is reported."""
    try:
        return yaml_text.read(text, file, found, secrets)
    except TranslationError as complaint:
        if complaint.diagnostics[-1].rule is not rules.SYNTAX:
            raise
        origin = Origin(file, *_place(text, getattr(error, "pos", 0)))
        problem = getattr(error, "msg", str(error))
        raise TranslationError([rules.SYNTAX.at(origin, problem=problem)]) from error


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _unread(
    node: AnyNode, pointer: str, spelled: Iterator[int], meant: str = ""
) -> Iterator[tuple[str, AnyNode, str]]:
    """The topmost nodes below which no leaf was read, with suggestions for misspelt keys.

    If a key is similar to a sibling key that a reader did not find, the reader supports the mapping
    and the key is misspelt: then the key is reported, not the mapping.
    """
    if not any(_leaves_are_unread(node)):
        return  # true for nearly all of a file
    from translator.diagnostics.spelling import closest

    missed = sorted((isinstance(node, Mapping) and node.missed) or ())
    like = {
        key: closest(str(key), missed)
        for key, _ in (children(node) if missed else ())
        if next(spelled, None) is not None
    }
    if all(_leaves_are_unread(node)) and not any(like.values()):
        yield pointer, node, meant
        return
    for key, entry in children(node):
        yield from _unread(entry, below(pointer, key), spelled, like.get(key, ""))


def _leaves_are_unread(node: AnyNode) -> Iterator[bool]:
    """For each leaf whether it was not read. With a stack, because this runs for every leaf."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar) or not node.entries:
            yield node.fate is Fate.UNREAD
        else:
            stack += node.entries.values() if isinstance(node, Mapping) else node.entries
