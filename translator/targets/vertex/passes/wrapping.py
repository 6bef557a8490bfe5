"""Wrappers before the command of a container."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from translator.diagnostics.vertex_secrets import NEEDS_COMMAND
from translator.placeholders import Text
from translator.records import replace

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic
    from translator.model import Container

__all__ = ["can_be_set", "no_command", "wrapped"]

#: Variables that a shell can set and that have no meaning to it, nor to our scripts, whose own
#: variables begin with ``_`` and a small letter.
_SET = re.compile(r"(?:[A-Za-z]|_(?![a-z]))[A-Za-z0-9_]*")
_OF_SHELLS = re.compile(
    r"BASH.*|COMP_.*|DIRSTACK|E?UID|EPOCH.*|FUNCNAME|GROUPS|HISTCMD|IFS|LINENO|OPT(?:ARG|ERR|IND)|"
    r"(?:OLD)?PWD|PIPESTATUS|PPID|PS[124]|S?RANDOM|SECONDS|SHELLOPTS|SHLVL"
)


def can_be_set(name: str) -> bool:
    """Whether every shell can set an environment variable of this name."""
    return _SET.fullmatch(name) is not None and _OF_SHELLS.fullmatch(name) is None


def wrapped(container: Container, wrapper: tuple[Text, ...]) -> Container:
    """The container with a wrapper before its command, which it must have.

    ``env`` sets variables again that shells drop or change.
    """
    odd = [one for one in container.env if not can_be_set(one.name)]
    words = [Text(("env",)), Text(("--",))] if odd else []
    words += [Text((f"{one.name}=", *one.value.parts)) for one in odd]
    return replace(container, command=(*wrapper, *words, *container.command))


def no_command(container: Container, purpose: str) -> Diagnostic:
    """The finding for a container that needs a wrapper and has no command."""
    image = str(container.image)
    facts = {"purpose": purpose, "image": image, "assignment": shlex.quote(f"{image}=COMMAND")}
    return NEEDS_COMMAND.at(container.origin, **facts)
