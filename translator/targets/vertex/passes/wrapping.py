"""Wrappers before the command of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import replace
from translator.shell import can_be_set, set_variables

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic
    from translator.model import Container
    from translator.placeholders import Text

__all__ = ["no_command", "wrapped"]


def wrapped(container: Container, wrapper: tuple[Text, ...]) -> Container:
    """The container with a wrapper before its command, which it must have.

    Variables that shells drop or change are set again behind it.
    """
    odd = [(one.name, one.value) for one in container.env if not can_be_set(one.name)]
    return replace(container, command=(*wrapper, *set_variables(odd), *container.command))


def no_command(container: Container, purpose: str) -> Diagnostic:
    """The finding for a container that needs a wrapper and has no command."""
    import shlex

    from translator.diagnostics.vertex_secrets import NEEDS_COMMAND

    image = str(container.image)
    facts = {"purpose": purpose, "image": image, "assignment": shlex.quote(f"{image}=COMMAND")}
    return NEEDS_COMMAND.at(container.origin, **facts)
