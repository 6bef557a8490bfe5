"""Bytes → source: told apart by content, decoded, and made into documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.diagnostics.spelling import closest
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
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from translator.diagnostics import Diagnostic, Rule
    from translator.diagnostics.rewrites import Rewrite
    from translator.source.nodes import AnyNode

#: Bytes of one file. The largest compiled pipelines known have a few megabytes.
MAX_BYTES = 100_000_000
#: Unread keys for which the nearest known one is looked up; each takes up to a millisecond.
_SPELLED = 200
#: How a package begins: zip files, of which the second is an empty one, and gzip files.
ZIP, GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Source:
    """A file that has been read: its documents, and what became of each of their leaves."""

    def __init__(self, file: str, text: str, roots: list[AnyNode], *, is_json: bool) -> None:
        self.file = file
        self.text = text
        self.is_json = is_json
        #: The text of a KFP v1 workflow, which its reader finds; None in another format.
        self.workflow: str | None = None
        #: What was found while reading, in the order of finding.
        self.diagnostics: list[Diagnostic] = []
        #: What became another thing in the pipeline, for a reason that the file does not say.
        self.rewrites: list[Rewrite] = []
        self._roots = roots
        #: How many leaves each fate has met, when reading is over.
        self._met: dict[Fate, int] = {}
        self.documents = tuple(Cursor(root, file, self.diagnostics) for root in roots)

    def unread(self, rule: Rule = rules.UNREAD_FIELD) -> list[Diagnostic]:
        """One finding for each topmost subtree that nobody asked for, which is reported then.

        Reading is over with that: fates change no more.
        """
        self._met = self._met or self._counted()
        if Fate.UNREAD not in self._met:
            return []  # as for nearly every file
        self._met = {}
        spelled = iter(range(_SPELLED))
        unread = [found for root in self._roots for found in _unread(root, "", spelled)]
        for _, node, _ in unread:
            mark(node, Fate.REPORTED)
        return [
            rule.at(
                Origin(self.file, node.line + 1, node.column + 1, pointer),
                field=pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~"),
                pointer=pointer,
                leaves=sum(1 for _ in leaves(node)),
                **({"meant": meant} if meant else {}),
            )
            for pointer, node, meant in unread
        ]

    def leaves(self) -> dict[Fate, int]:
        """How many leaves each fate has met."""
        return self._met or self._counted()

    def _counted(self) -> dict[Fate, int]:
        met: list[Fate] = []
        rest = list(self._roots)
        while rest:
            node = rest.pop()
            if isinstance(node, Scalar) or not node.entries:
                met.append(node.fate)
            else:
                rest += node.entries.values() if isinstance(node, Mapping) else node.entries
        return {fate: met.count(fate) for fate in Fate if fate in met}

    def ledger(self) -> dict[str, Fate]:
        """JSON pointer of every leaf → what became of it. Later documents have ``#N`` before it."""
        return {
            (f"#{number}" if number else "") + pointer: node.fate
            for number, root in enumerate(self._roots)
            for pointer, node in leaves(root)
        }


def parse(data: bytes | str, file: str) -> Source:
    """The documents of YAML or JSON text. ``file`` is its name in messages.

    Raises ``TranslationError`` with TR101–TR113 for text that cannot be read at all; lesser
    findings are in the source's ``diagnostics``.
    """
    require_size(data, file)
    text = (data if isinstance(data, str) else _decoded(data, file)).removeprefix("\ufeff")
    if not text.strip():
        raise TranslationError([rules.EMPTY.at(Origin(file))])
    found: list[Diagnostic] = []
    roots, is_json = _roots(text, file, found)
    if not roots:
        raise TranslationError([*found, rules.EMPTY.at(Origin(file))])
    source = Source(file, text, roots, is_json=is_json)
    source.diagnostics += found
    return source


def read_some(stream: IO[bytes]) -> bytes:
    """The bytes of a stream, which may have no end; of too many, one more than is allowed."""
    return stream.read(MAX_BYTES + 1)


def require_size(data: bytes | str, file: str) -> None:
    """Raises ``TranslationError`` with TR107 for what is too large to look at."""
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


def _roots(text: str, file: str, found: list[Diagnostic]) -> tuple[list[AnyNode], bool]:
    if text.lstrip()[0] not in "{[":
        return yaml_text.read(text, file, found), False
    from translator.source import json_text

    try:
        return [json_text.read(text, file, found)], True
    except json_text.TooDeep as error:
        origin = Origin(file, *_place(text, error.args[0]))
        raise TranslationError([rules.TOO_DEEP.at(origin, limit=MAX_DEPTH)]) from error
    except ValueError as error:
        found.clear()
        return _braces(text, file, found, error), False


def _braces(text: str, file: str, found: list[Diagnostic], error: ValueError) -> list[AnyNode]:
    """YAML that looks like JSON; when it is neither, the JSON reader's complaint is told."""
    try:
        return yaml_text.read(text, file, found)
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
    """The topmost nodes below which no leaf was read, and what their misspelt keys mean.

    Where a key is like one that a reader looked for beside it in vain, the reader knows the mapping
    and not the key: then it is the key that is reported.
    """
    if not any(_leaves_are_unread(node)):
        return  # what nearly all of a file is
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
    """For each leaf whether nobody read it. A stack, since this is done for every leaf there is."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar) or not node.entries:
            yield node.fate is Fate.UNREAD
        else:
            stack += node.entries.values() if isinstance(node, Mapping) else node.entries
