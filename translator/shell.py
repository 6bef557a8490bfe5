"""Commands of ``sh`` in containers: wrappers before a program, and those of added tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.placeholders import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.placeholders import Placeholder

__all__ = ["can_be_set", "set_variables", "shell"]

#: Variables that a shell can set and that have no meaning to it, nor to our scripts, whose own
#: variables begin with ``_`` and a small letter.
_SET = r"(?:[A-Za-z]|_(?![a-z]))[A-Za-z0-9_]*"
_OF_SHELLS = (
    r"BASH.*|COMP_.*|DIRSTACK|E?UID|EPOCH.*|FUNCNAME|GROUPS|HISTCMD|IFS|LINENO|OPT(?:ARG|ERR|IND)|"
    r"(?:OLD)?PWD|PIPESTATUS|PPID|PS[124]|S?RANDOM|SECONDS|SHELLOPTS|SHLVL"
)


def can_be_set(name: str) -> bool:
    """Whether every shell can set an environment variable of this name."""
    return re.fullmatch(_SET, name) is not None and re.fullmatch(_OF_SHELLS, name) is None


def shell(script: str, name: str, *arguments: Placeholder | str) -> tuple[Text, ...]:
    """The argv that runs a script, which is a constant; ``$1`` is the first of the arguments."""
    # The argument after the script is $0, the prefix of the shell's messages.
    return tuple(Text((word,)) for word in ("sh", "-c", script, name, *arguments))


def set_variables(variables: Iterable[tuple[str, Text]]) -> tuple[Text, ...]:
    """The argv that sets variables of any name. Shells drop or change some: put it behind them."""
    settings = [Text((f"{name}=", *value.parts)) for name, value in variables]
    return (Text(("env",)), Text(("--",)), *settings) if settings else ()
