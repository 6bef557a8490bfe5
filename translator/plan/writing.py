"""Plan → YAML with comments. Texts of pipelines are quoted, and escaped in comments."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics import TranslationError
from translator.diagnostics.redaction import guarded, shortened, told
from translator.plan.kinds import ENTRYPOINTS, KINDS, PIPELINES
from translator.plan.needed import is_known
from translator.plan.reading import VERSION, VERSION_KEY, read_plan
from translator.plan.yaml_values import yaml_entry, yaml_key
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.diagnostics import Origin
    from translator.model import Json
    from translator.plan.document import Plan
    from translator.plan.kinds import Kind
    from translator.plan.needed import Needed

__all__ = ["plan_text"]

_HEAD = (
    "# Decisions about pipelines: `translator convert PIPELINE --plan FILE` applies them.",
    "# A decision that is null is open; its line has a TODO. `translator plan --check FILE` lists "
    "the open ones.",
    f"{VERSION_KEY}: {VERSION}",
)
_WIDTH = 98
#: How many places or tasks a comment names.
_NAMES = 3
#: The command that shows the entrypoint of an image.
_SHOW = "docker image inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}'"
#: An open decision on one line; what is behind the number sign is a comment.
_OPEN = re.compile(r"( *)\S.*:\s*(?:null|~)?\s*(?:#.*)?")


class _Line(NamedTuple):
    """A decision in the text of a plan."""

    kind: Kind
    key: str
    written: Json
    pipeline: str = ""
    need: Needed | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to it."""
        above = (PIPELINES, self.pipeline) if self.pipeline else ()
        return (*above, self.kind.section, *[self.key] * self.kind.has_keys)

    def text(self, margin: str) -> list[str]:
        """Its lines: comments, then the entry."""
        need = self.need
        lines = [f"{margin}# {line}" for line in _comments(need)] if need else []
        note = f"TODO: {self.kind.wanted}" if self.written is None else ""
        if need is not None and self.written is not None and not need.has_default:
            note = "proposed"
        return [*lines, *yaml_entry(self.key or self.kind.section, self.written, margin, note)]


def plan_text(plan: Plan, needed: Iterable[Needed]) -> str:
    """The text of a plan with the decisions that it has and those that pipelines need.

    Decisions of the plan are kept, and so is its text, to which missing decisions are added. Open
    ones get their value where it is known.
    """
    needs = [need for need in needed if _is_text(need.key + need.pipeline)]
    by_place = {(need.pipeline, need.kind, need.key): need for need in needs}
    lines = [_Line(e.kind, e.key, e.written, e.pipeline) for e in plan.entries]
    lines = [_filled(one, by_place.get((one.pipeline, one.kind, one.key))) for one in lines]
    added = [
        _Line(need.kind, need.key, need.written, need.pipeline, need)
        for need in needs
        if not is_known(plan, need)
    ]
    wanted = {line.path: line.written for line in (*lines, *added)}
    if plan.text.strip():
        text = _extended(plan, lines, added)
        if _decided(text, plan.file) == wanted:
            return text
    return _whole([*lines, *added])


def _filled(line: _Line, need: Needed | None) -> _Line:
    if line.written is None and need is not None and need.written is not None:
        return line._replace(written=need.written, need=need)
    return line


#: Key → the block or the decision below it.
_Tree: TypeAlias = "dict[str, _Tree | _Line]"


def _tree(lines: Iterable[_Line]) -> _Tree:
    """The decisions by their keys, in the order of a plan."""
    tree: _Tree = {}
    place = {kind: number for number, kind in enumerate(KINDS)}
    for line in sorted(lines, key=lambda one: (one.pipeline, place[one.kind])):
        block = tree
        for key in line.path[:-1]:
            inner = block.setdefault(key, {})
            assert isinstance(inner, dict)
            block = inner
        block[line.path[-1]] = line
    return tree


def _whole(lines: Iterable[_Line]) -> str:
    """A new text."""
    text = list(_HEAD)
    for key, block in _tree(lines).items():
        text += ["", *_block(key, block, "")]
    return "\n".join(text) + "\n"


def _block(key: str, block: _Tree | _Line, margin: str) -> Iterator[str]:
    """The lines of a section, of a pipeline in it, or of a decision."""
    if not margin:
        yield from (f"# {line}" for line in wrap(_about(key), _WIDTH))
    if isinstance(block, _Line):
        yield from block.text(margin)
        return
    yield from yaml_key(key, margin)
    for inner, below in block.items():
        yield from _block(inner, below, f"{margin}  ")


def _about(section: str) -> str:
    """The comment above a section."""
    if section == PIPELINES:
        return (
            "Decisions about single pipelines, which override those above. A path is relative to "
            "the folder of this file."
        )
    if section == ENTRYPOINTS.section:
        return (
            f"{ENTRYPOINTS.help} Pull the images and run the commands below, or `crane config "
            "IMAGE`; `translator plan --look-up-images` asks the registries."
        )
    return next(kind.help for kind in KINDS if kind.section == section)


def _extended(plan: Plan, lines: Sequence[_Line], added: Iterable[_Line]) -> str:
    """The text of the plan, in block style, with more decisions. Other styles get a wrong text."""
    text = plan.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    inserted: dict[int, list[str]] = {}
    _insert(_Blocks(plan, text), (), _tree(added), inserted)
    for entry, line in zip(plan.entries, lines, strict=True):
        at = entry.origin.line - 1
        if entry.written is None and line.written is not None and at < len(text):
            found = _OPEN.fullmatch(text[at])
            text[at] = "\n".join(line.text(found[1] if found else ""))
    for at in sorted(inserted, reverse=True):
        text[at:at] = inserted[at]
    return "\n".join(text) + "\n"


class _Blocks:
    """The mappings in block style of a plan's text."""

    def __init__(self, plan: Plan, text: Sequence[str]) -> None:
        self.text = text
        #: The keys on the way to a block → the place of its first key.
        self.first: dict[tuple[str, ...], Origin] = {}
        for path, place in plan.places.items():
            self.first.setdefault(path[:-1], place)

    def margin(self, path: tuple[str, ...]) -> str:
        """The blanks before the keys of a block."""
        return " " * (self.first[path].column - 1) if path else ""

    def end(self, path: tuple[str, ...]) -> int:
        """The index after the last line of a block."""
        if not path:
            return len(self.text)
        margin, end = self.margin(path), self.first[path].line
        for at in range(end, len(self.text)):
            line = self.text[at]
            if line.strip() and line[0] != "#" and not line.startswith(margin or "#"):
                break
            if line.strip() and line.startswith(margin):
                end = at + 1
        return end


def _insert(
    blocks: _Blocks, path: tuple[str, ...], tree: _Tree, inserted: dict[int, list[str]]
) -> None:
    """Adds the lines of decisions to blocks of a plan: index → lines before it."""
    for key, below in tree.items():
        inner = (*path, key)
        if isinstance(below, dict) and inner in blocks.first:
            _insert(blocks, inner, below, inserted)
        else:
            rows = inserted.setdefault(blocks.end(path), [])
            rows += [*[""] * (not path), *_block(key, below, blocks.margin(path))]


def _decided(text: str, file: str) -> Mapping[tuple[str, ...], Json]:
    try:
        entries = read_plan(text, file).entries
        return {_Line(e.kind, e.key, e.written, e.pipeline).path: e.written for e in entries}
    except TranslationError:
        return {}


def _comments(need: Needed) -> Iterator[str]:
    """What needs the decision and where, on lines of limited width."""
    for why in need.why[:_NAMES]:
        yield from _wrapped(_escaped(why))
    if places := _places(need):
        tasks = need.tasks
        by = f"; {'task' if len(tasks) == 1 else 'tasks'} {_listed(tasks)}" if tasks else ""
        yield from _wrapped(f"at {_listed(places)}{by}")
    if need.kind is ENTRYPOINTS:
        yield f"{_SHOW} {_quoted(need.key)}"


def _places(need: Needed) -> list[str]:
    """The lines of each file."""
    lines: dict[str, list[str]] = {}
    for origin in need.origins:
        known = lines.setdefault(origin.file, [])
        known += [str(origin.line)] * (str(origin.line) not in known)
    return [f"{file}:{_listed(known)}" for file, known in lines.items()]


def _quoted(image: str) -> str:
    """An image as a word of a shell."""
    import shlex

    return shlex.quote(_escaped(image))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(map(_escaped, names[:_NAMES])) + more


def _wrapped(text: str) -> list[str]:
    return wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _escaped(text: str) -> str:
    """A text on one line of a comment, without secrets, control characters and commands."""
    line = guarded(told(" ".join(shortened(text).split())))
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def _is_text(key: str) -> bool:
    """Whether YAML can hold a key: it has no lone surrogates."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
