"""The environment variables of a container, and ``$(NAME)`` in its text, which refers to them.

Kubernetes replaces references when it starts a container; what Vertex AI does with them in
command and args is not documented. So they are replaced here. Variables hold Argo's text, whose own
references are resolved where the text ends up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.expansion import expand, expand_parts, references
from translator.model import Setting
from translator.readers.argo.command_matching import Hole
from translator.readers.argo.reading import scalar_text
from translator.records import NamedTuple
from translator.source.go_yaml import string_text

if TYPE_CHECKING:
    from translator.readers.argo.command_matching import Argument
    from translator.source import Cursor

#: Characters that references may add to one container. Linux takes 2 MB of arguments and variables.
MAX_ADDED = 500_000
#: What names of variables look like that come from all keys of a secret or config map.
_FROM_KEY = r"[A-Z_][A-Z0-9_]*"


class Variable(NamedTuple):
    """A variable whose value the file has."""

    #: Its value, with Argo's references and without Kubernetes'.
    text: str
    cursor: Cursor


class Variables:
    """The variables of a container. Of several with the same name the last one counts."""

    def __init__(self, container: Cursor, unread: frozenset[str] = frozenset()) -> None:
        """``unread`` names those that are left out, and are accounted for elsewhere."""
        self.container = container
        self.known: dict[str, Variable] = {}
        #: Those whose value Kubernetes looks up, as settings.
        self.looked_up: dict[str, Setting] = {}
        self.unread = unread
        self.prefixes = self._prefixes()
        #: Characters that references have added, and the names in them so far.
        self.added = 0
        self.used: set[str] = set()
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
        """What names of variables begin with that come from all keys of something."""
        found = self.container.get("envFrom").peek()
        entries = found if isinstance(found, list) else []
        return [str(entry.get("prefix") or "") for entry in entries if isinstance(entry, dict)]

    def expanded(self, text: str, place: Cursor) -> str:
        """The text with references to variables replaced."""
        return expand(text, lambda name: self._value(name, place))

    def expanded_argument(self, argument: Argument, place: Cursor) -> Argument:
        """The argument with references replaced.

        An input's value that refers to a variable is text here, and no longer of that input.
        """
        names = (*self.known, *self.looked_up)
        parts = [
            part.text if isinstance(part, Hole) and references(part.text, names) else part
            for part in argument
        ]
        return expand_parts(parts, lambda name: self._value(name, place))

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
        """Whether it is a variable that only Kubernetes sets."""
        if name in self.looked_up or name in self.unread:
            return True
        return any(
            name.startswith(prefix) and re.fullmatch(_FROM_KEY, name) for prefix in self.prefixes
        )
