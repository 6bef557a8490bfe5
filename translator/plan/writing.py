"""Plan → YAML with comments. Texts of pipelines are quoted, and escaped in comments."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from translator.diagnostics import TranslationError
from translator.diagnostics.redaction import guarded, shortened, told
from translator.plan.kinds import ENTRYPOINTS, KINDS
from translator.plan.reading import VERSION, VERSION_KEY, read_plan
from translator.plan.yaml_values import yaml_entry
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    need: Needed | None = None

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
    needs = {(need.kind, need.key): need for need in needed if _is_text(need.key)}
    lines = [_Line(entry.kind, entry.key, entry.written) for entry in plan.entries]
    lines = [_filled(line, needs.get((line.kind, line.key))) for line in lines]
    known = {(line.kind, line.key) for line in lines}
    added = [
        _Line(kind, key, need.written, need)
        for (kind, key), need in needs.items()
        if (kind, key) not in known
    ]
    wanted = {(line.kind, line.key): line.written for line in (*lines, *added)}
    if plan.text.strip():
        text = _extended(plan, lines, added)
        if _decided(text, plan.file) == wanted:
            return text
    return _whole([*lines, *added])


def _filled(line: _Line, need: Needed | None) -> _Line:
    if line.written is None and need is not None and need.written is not None:
        return line._replace(written=need.written, need=need)
    return line


def _whole(lines: Sequence[_Line]) -> str:
    """A new text."""
    text = list(_HEAD)
    for kind in KINDS:
        own = [line for line in lines if line.kind is kind]
        if own:
            text += ["", *_section(kind, own)]
    return "\n".join(text) + "\n"


def _section(kind: Kind, lines: Iterable[_Line], margin: str = "  ") -> Iterator[str]:
    about = kind.help
    if kind is ENTRYPOINTS:
        about += (
            " Pull the images and run the commands below, or `crane config IMAGE`; "
            "`translator plan --look-up-images` asks the registries."
        )
    yield from (f"# {line}" for line in wrap(about, _WIDTH))
    if kind.has_keys:
        yield f"{kind.section}:"
    for line in lines:
        yield from line.text(margin if kind.has_keys else "")


def _extended(plan: Plan, lines: Sequence[_Line], added: Sequence[_Line]) -> str:
    """The text of the plan, in block style, with more decisions. Other styles get a wrong text."""
    text = plan.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    starts = {entry.kind: entry for entry in reversed(plan.entries)}
    inserted: dict[int, list[str]] = {}
    for kind in KINDS:
        own = [line for line in added if line.kind is kind]
        if own and kind in starts:
            first = starts[kind].origin
            margin = " " * (first.column - 1)
            end = _end(text, first.line)
            inserted[end] = [row for line in own for row in line.text(margin)]
        elif own:
            inserted.setdefault(len(text), []).extend(["", *_section(kind, own)])
    for entry, line in zip(plan.entries, lines, strict=True):
        at = entry.origin.line - 1
        if entry.written is None and line.written is not None and at < len(text):
            found = _OPEN.fullmatch(text[at])
            text[at] = "\n".join(line.text(found[1] if found else ""))
    for at in sorted(inserted, reverse=True):
        text[at:at] = inserted[at]
    return "\n".join(text) + "\n"


def _end(text: Sequence[str], line: int) -> int:
    """The index after the last line of the section with an entry on a line."""
    end = line
    for at in range(line, len(text)):
        if text[at][:1] not in ("", " ", "#"):
            break
        if text[at].strip() and text[at][0] == " ":
            end = at + 1
    return end


def _decided(text: str, file: str) -> Mapping[tuple[Kind, str], Json]:
    try:
        return {(entry.kind, entry.key): entry.written for entry in read_plan(text, file).entries}
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
