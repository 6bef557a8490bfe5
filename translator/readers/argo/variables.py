"""The environment variables of a container, and ``$(NAME)`` in its text, which refers to them.

Kubernetes resolves these references when it starts a container; for Vertex AI it is not documented
for command and args. So they are resolved here. Values of variables are Argo's text, whose own
references are resolved by the user of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.expansion import expand, expand_parts, references
from translator.model import Constant, FromParent, Setting
from translator.readers.argo.command_matching import Hole
from translator.readers.argo.reading import scalar_text
from translator.records import NamedTuple
from translator.source.go_yaml import string_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.model import InputSource
    from translator.readers.argo.command_matching import Argument
    from translator.source import Cursor

#: The most characters that references add to a container. Linux allows 2 MB of arguments.
MAX_ADDED = 500_000
#: The form of variable names that come from all keys of a secret or config map.
_FROM_KEY = r"[A-Z_][A-Z0-9_]*"


class Variable(NamedTuple):
    """A variable with a value in the file."""

    #: Its value, with Argo's references, and Kubernetes' resolved.
    text: str
    cursor: Cursor


class Variables:
    """The variables of a container. Of several with the same name the last one applies."""

    def __init__(self, container: Cursor, unread: frozenset[str] = frozenset()) -> None:
        """``unread``: names of variables that are not read here."""
        self.container = container
        self.known: dict[str, Variable] = {}
        #: Variables with a source (``valueFrom``), as settings.
        self.looked_up: dict[str, Setting] = {}
        self.unread = unread
        self.prefixes = self._prefixes()
        #: The number of characters that references have added, and the names in them so far.
        self.added = 0
        self.used: set[str] = set()
        #: Variables from secrets to which arguments refer: a decision may set them.
        self.referred: set[str] = set()
        found = container.find("env")
        entries: dict[str, Cursor] = {}
        for entry in () if found is None else found.elements():
            if str(entry.get("name").peek()) not in unread:
                name = entry.take("name", str)
                if (other := entries.get(name)) is not None:
                    other.rewritten() if name in self.used else other.inert()
                entries[name] = entry
                self._read(name, entry)

    def _read(self, name: str, entry: Cursor) -> None:
        self.known.pop(name, None)
        self.looked_up.pop(name, None)
        self.used.discard(name)
        if entry.find("valueFrom") is not None:
            setting = Setting(name="env", value=entry.setting(), origin=entry.origin)
            self.looked_up[name] = setting
        else:
            text = scalar_text(entry, "value", string_text) or ""
            self.known[name] = Variable(self.expanded(text, entry), entry)

    def _prefixes(self) -> list[str]:
        """The prefixes of variables that come from all keys of a secret or config map."""
        found = self.container.get("envFrom").peek()
        entries = found if isinstance(found, list) else []
        return [str(entry.get("prefix") or "") for entry in entries if isinstance(entry, dict)]

    def expanded(self, text: str, place: Cursor) -> str:
        """The text with references to variables replaced."""
        return expand(text, lambda name: self._value(name, place))

    def expanded_argument(self, argument: Argument, place: Cursor) -> Argument:
        """The argument with references replaced.

        If the value of an input refers to a variable, its part of the argument becomes text.
        """
        names = (*self.known, *self.looked_up)
        parts = [
            part.text if isinstance(part, Hole) and references(part.text, names) else part
            for part in argument
        ]
        found = expand_parts(parts, lambda name: self._argument_value(name, place))
        for name in self._ambiguous(parts, found):
            place.report(rules.DROPPED_VARIABLE, name=name)
        return found

    def _argument_value(self, name: str, place: Cursor) -> str | None:
        """The value of a variable; None for one from a secret, whose reference stays."""
        if name not in self.looked_up or not _is_from_secret(self.looked_up[name]):
            return self._value(name, place)
        self.referred.add(name)
        return None

    def _ambiguous(self, before: Argument, after: Argument) -> list[str]:
        """The variables whose references that stay cannot be told from text, as of ``$$(NAME)``."""
        if not self.referred:
            return []
        flat, made = _flat(before), _flat(after)
        kept = references(flat, self.referred)
        return [one for one in self.referred if made.count(f"$({one})") > kept.count(f"$({one})")]

    def _value(self, name: str, place: Cursor) -> str | None:
        if (variable := self.known.get(name)) is not None:
            self.used.add(name)
            self.added += len(variable.text)
            if self.added > MAX_ADDED:
                if self.added - len(variable.text) <= MAX_ADDED:
                    what = f"text that grows by more than {MAX_ADDED:,} characters with `$(NAME)`"
                    place.report(rules.NOT_TRANSLATED, what=what)
                return ""
            return variable.text
        if self._is_dropped(name):
            place.report(rules.DROPPED_VARIABLE, name=name)
        return None

    def _is_dropped(self, name: str) -> bool:
        """Whether only Kubernetes sets the variable."""
        if name in self.looked_up or name in self.unread:
            return True
        return any(
            name.startswith(prefix) and re.fullmatch(_FROM_KEY, name) for prefix in self.prefixes
        )


def _is_from_secret(setting: Setting) -> bool:
    """Whether a variable has the value of a key of a secret."""
    value = setting.value if isinstance(setting.value, dict) else {}
    source = value.get("valueFrom")
    return isinstance(source, dict) and "secretKeyRef" in source


def _flat(argument: Argument) -> str:
    """The text of an argument, with a null character for each part that is not text."""
    return "".join(part if isinstance(part, str) else "\0" for part in argument)


def report_references(
    inputs: Iterable[str],
    variables: frozenset[str],
    parameters: Mapping[str, InputSource],
    items: Callable[[FromParent], list[str]],
    place: Cursor,
) -> None:
    """Reports values with ``$(NAME)``, which Kubernetes resolves after Argo has substituted them.

    ``inputs`` and ``variables`` are those of a component, ``parameters`` what a task passes to it.
    ``items`` returns the values of a DAG's input, if it takes the item of a loop.
    """
    for own in inputs:
        match parameters.get(own):
            case Constant(value=str(text)):
                texts = [text]
            case FromParent() as source:
                texts = items(source)
            case _:
                continue
        for text in texts:
            if found := references(text, variables):
                place.report(rules.REFERENCE_IN_VALUE, input=own, text=found[0])
                break
