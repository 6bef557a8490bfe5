"""Python identifiers for names of a pipeline."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

from translator.decompiler.imported import KFP_NAMES, TYPING_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RESERVED", "Names", "constant_name", "identifier", "is_identifier"]

#: Names that no variable or function has: keywords, builtins, and what pipeline.py may import.
RESERVED = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *(KFP_NAMES | TYPING_NAMES | {"inspect", "json", "re"}),
        *("compiler", "components", "dsl", "kfp", "kubernetes", "textwrap", "typing"),
        *("NamedTuple", "Dict", "List", "Optional"),
    }
)
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def identifier(wish: str, otherwise: str = "value") -> str:
    """The text as a name in snake case: ``Train model`` → ``train_model``; only ASCII letters.

    ``otherwise`` is for a text without a letter or digit.
    """
    snake = _SNAKE.sub("_", wish) if not wish.isupper() else wish
    found = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")
    if not found:
        return otherwise
    return f"{otherwise}_{found}" if found[0].isdigit() else found


def is_identifier(name: str) -> bool:
    """Whether Python reads the text as a name, and as this one: it changes others than ASCII."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def constant_name(wish: str) -> str:
    """The text as the name of a constant: ``train image`` → ``TRAIN_IMAGE``."""
    return identifier(wish, "constant").upper()


class Names:
    """The names of a scope. A name that is taken gets a number: ``train_2``."""

    def __init__(self, taken: Iterable[str] = (), around: Names | None = None) -> None:
        self._taken = set(taken)
        #: The names around it, which are not taken again: a local variable would hide them.
        self.around: Names | frozenset[str] = RESERVED if around is None else around

    def __contains__(self, name: str) -> bool:
        return name in RESERVED or name in self._taken or name in self.around

    def inner(self, taken: Iterable[str] = ()) -> Names:
        """A scope inside this one. What is named out here later has to differ on its own."""
        return Names(taken, self)

    def take(self, name: str) -> str:
        """Takes a name as it is, which has to be an identifier."""
        if not name.isidentifier():
            raise ValueError(f"not an identifier: {name!r}")
        self._taken.add(name)
        return name

    def new(self, wish: str, otherwise: str = "value") -> str:
        """A free name in snake case for a variable, a function or a parameter."""
        return self._free(identifier(wish, otherwise))

    def kept(self, wish: str) -> str:
        """A free name for a wish that is an identifier, spelt as it is: a class."""
        return self._free(wish)

    def constant(self, wish: str) -> str:
        """A free name in capitals."""
        return self._free(constant_name(wish))

    def _free(self, name: str) -> str:
        found, number = name, 2
        while found in self:
            found, number = f"{name}_{number}", number + 1
        self._taken.add(found)
        return found
