"""Rewrites: what a reader made of a part of the file, where, and because of what.

They are notes of every translation, too many to be findings: ``REPORT.md`` has them as a table, and
``inspect --why`` lists them.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.diagnostics import Origin

__all__ = ["Rewrite", "User", "UserKind", "reason"]

#: Users of an output that are named.
_NAMED = 3


class UserKind(Enum):
    """What takes an output; the value is how it is called, with its ``{name}``."""

    TASK = "`{name}`"
    CONDITION = "the condition of `{name}`"
    LOOP = "the loop `{name}`"
    #: A DAG that has it as its own output.
    DAG = "the outputs of `{name}`"
    ARGUMENT = "artifact `{name}`"


class User(NamedTuple):
    """Something in a workflow that takes an output."""

    kind: UserKind
    #: Of the task, the DAG or the argument.
    name: str

    def __str__(self) -> str:
        return self.kind.value.replace("{name}", self.name)


class Rewrite(NamedTuple):
    """What an output of KFP v1 became: a parameter if it is taken by value, else an artifact."""

    output: str
    is_parameter: bool
    #: What takes it so; empty for an artifact that no other task takes.
    users: tuple[User, ...]
    #: Where the file has the output.
    origin: Origin | None = None
    #: The component that has it.
    component: str = ""

    @property
    def became(self) -> str:
        """``parameter`` or ``artifact``."""
        return "parameter" if self.is_parameter else "artifact"


def reason(rewrite: Rewrite) -> str:
    """Why it became that, as a part of a sentence.

    >>> reason(Rewrite("out", True, (User(UserKind.TASK, "train"), User(UserKind.LOOP, "each"))))
    'taken by value by `train`, the loop `each`'
    """
    if not rewrite.users:
        return "no other task takes it"
    named = ", ".join(map(str, rewrite.users[:_NAMED]))
    more = f" and {len(rewrite.users) - _NAMED} more" if len(rewrite.users) > _NAMED else ""
    return f"taken {'by value' if rewrite.is_parameter else 'as a file'} by {named}{more}"
