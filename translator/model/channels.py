"""Generated input names (``pipelinechannel--…``), made as kfp's compiler makes them.

The rule is ``additional_input_name_for_pipeline_channel`` in kfp/compiler/compiler_utils.py. People
read names without the prefix: messages, ``inspect`` and command lines have ``author_name``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model.values import FromParent, FromTask
from translator.placeholders import Placeholder, PlaceholderKind, parse_text

if TYPE_CHECKING:
    from collections.abc import Container

    from translator.placeholders import Text

__all__ = ["author_name", "channel", "channel_name", "free", "is_channel", "readable"]

_PREFIX = "pipelinechannel--"


def channel(name: str) -> str:
    """The generated name from which ``author_name`` makes this one."""
    return _PREFIX + name


def channel_name(source: FromParent | FromTask) -> str:
    """The name of the input that takes the value of ``source``."""
    base = source.name if isinstance(source, FromParent) else f"{source.task}-{source.output}"
    keys = () if source.selector is None else source.selector.path
    return channel("-".join([author_name(base), *map(str, keys)]))


def is_channel(name: str) -> bool:
    """Whether the name is generated."""
    return name.startswith(_PREFIX)


def author_name(name: str) -> str:
    """The name without the prefix of a compiler."""
    return name.removeprefix(_PREFIX)


def readable(text: Text | str) -> str:
    """The text as messages show it: the author's names of the task's inputs in single braces."""
    return "".join(
        [
            f"{{{author_name(part.name)}}}"
            if isinstance(part, Placeholder) and part.kind is PlaceholderKind.INPUT_VALUE
            else str(part)
            for part in (parse_text(text) if isinstance(text, str) else text).parts
        ]
    )


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
