"""Rewrites: what a reader changed, where, and why.

Every translation has many of them, so they are not findings: ``REPORT.md`` has a table of them, and
``inspect --why`` lists them.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.diagnostics import Origin

__all__ = ["Rewrite", "User", "UserKind", "reason"]

#: How many users of an output a message names.
_NAMED = 3


class UserKind(Enum):
    """What uses an output; the value is its name in messages, with its ``{name}``."""

    TASK = "`{name}`"
    CONDITION = "the condition of `{name}`"
    LOOP = "the loop `{name}`"
    #: A DAG that has it as its own output.
    DAG = "the outputs of `{name}`"
    ARGUMENT = "artifact `{name}`"
    #: A Kubernetes setting with a value of the pipeline.
    SETTING = "a Kubernetes setting of `{name}`"


class User(NamedTuple):
    """A part of a workflow that uses an output."""

    kind: UserKind
    #: Of the task, the DAG or the argument.
    name: str

    def __str__(self) -> str:
        return self.kind.value.replace("{name}", self.name)


class Rewrite(NamedTuple):
    """What an output of KFP v1 became: a parameter if it is used by value, else an artifact."""

    output: str
    is_parameter: bool
    #: What uses it so; empty for an artifact that no other task uses.
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
    """The reason, as a part of a sentence.

    >>> reason(Rewrite("out", True, (User(UserKind.TASK, "train"), User(UserKind.LOOP, "each"))))
    'used by value by `train`, the loop `each`'
    """
    if not rewrite.users:
        return "no other task uses it"
    named = ", ".join(map(str, rewrite.users[:_NAMED]))
    more = f" and {len(rewrite.users) - _NAMED} more" if len(rewrite.users) > _NAMED else ""
    return f"used {'by value' if rewrite.is_parameter else 'as a file'} by {named}{more}"
