"""The texts of a rule without a finding: its messages and its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.diagnostics import Rule

__all__ = ["advice", "page", "sentence"]

#: A placeholder without a space before it: an optional part of the message.
_OPTIONAL = re.compile(r"(?<=[\w`)}])\{\w+\}(?![`:])")


def sentence(text: str) -> str:
    """A rule's message with the names of its facts in capitals instead of the facts."""
    return _OPTIONAL.sub("", text).format_map(_Names())


def advice(rule: Rule) -> str:
    """The action for findings of the rule."""
    return sentence(rule.hint) or f"`translator explain {rule.code}` tells more"


def page(code: str) -> str:
    """The page that is shipped for the code; empty when there is none."""
    from importlib.resources import files

    found = files("translator.diagnostics") / "pages" / f"{code}.md"
    return found.read_text(encoding="utf-8") if found.is_file() else ""


class _Names(dict[str, "_Name"]):
    def __missing__(self, name: str) -> _Name:
        return _Name(name.upper())


class _Name(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)
