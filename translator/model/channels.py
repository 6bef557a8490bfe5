"""Generated input names (``pipelinechannel--…``), made as kfp's compiler makes them.

The rule is ``additional_input_name_for_pipeline_channel`` in kfp/compiler/compiler_utils.py. People
read names without the prefix: messages, ``inspect`` and command lines have ``author_name``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model.values import FromParent, FromTask

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["CHANNEL", "author_name", "channel_name", "free", "is_channel"]

#: The prefix of all of them.
CHANNEL = "pipelinechannel--"


def channel_name(source: FromParent | FromTask) -> str:
    """The name of the input that takes the value of ``source``."""
    base = source.name if isinstance(source, FromParent) else f"{source.task}-{source.output}"
    keys = () if source.selector is None else source.selector.path
    return CHANNEL + "-".join([author_name(base), *map(str, keys)])


def is_channel(name: str) -> bool:
    """Whether the name is generated."""
    return name.startswith(CHANNEL)


def author_name(name: str) -> str:
    """The name without the prefix of a compiler."""
    return name.removeprefix(CHANNEL)


def free(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it when it is taken: the first, if they were given in order.

    A binary search finds the number, as thousands may be taken.
    """
    if name not in taken:
        return name
    below, above = 1, 2
    while f"{name}-{above}" in taken:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if f"{name}-{middle}" in taken else (below, middle)
    return f"{name}-{above}"
