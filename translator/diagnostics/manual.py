"""What there is to say about a rule without a finding: its sentences, its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.diagnostics import Rule

__all__ = ["advice", "page", "sentence"]

#: A fact without a space before it: a part of the sentence that not every finding has.
_OPTIONAL = re.compile(r"(?<=[\w`)])\{\w+\}(?![`:])")


def sentence(text: str) -> str:
    """A rule's sentence with the names of its facts where the facts would stand."""
    return _OPTIONAL.sub("", text).format_map(_Names())


def advice(rule: Rule) -> str:
    """What to do about findings of the rule."""
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
