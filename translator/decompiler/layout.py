"""Python source as a tree, printed as ``ruff format`` leaves it at a line length of 100.

A call, a list or a signature is printed on one line where it fits. Otherwise it has one line for
each entry, with a comma after the last one, by which formatters keep these lines.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from translator.records import NamedTuple, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "INDENT",
    "WIDTH",
    "Binary",
    "Chain",
    "Code",
    "Expression",
    "Group",
    "Parameter",
    "Place",
    "assigned",
    "call",
    "decorated",
    "entries",
    "for_statement",
    "item_of",
    "listed",
    "mapping",
    "named",
    "printed",
    "returned",
    "signature",
    "statement",
    "tuple_of",
    "width",
    "with_statement",
]

#: The longest line, in columns.
WIDTH = 100
INDENT = 4


class Place(NamedTuple):
    """Where an expression is printed."""

    #: The indentation of the line, which lines that follow have too.
    indent: int = 0
    #: Columns of the first line that are used, with the indentation.
    before: int = 0
    #: Columns that the last line needs after the expression.
    after: int = 0

    @property
    def room(self) -> int:
        """The columns for an expression on one line."""
        return WIDTH - self.before - self.after


class Expression(Record):
    """A Python expression."""

    def flat(self) -> str | None:
        """The expression on one line; None if it has a text of several lines."""
        raise NotImplementedError

    def broken(self, place: Place) -> str:
        """The expression on several lines, in brackets of its own."""
        raise NotImplementedError

    @property
    def takes_parentheses(self) -> bool:
        """Whether a statement that is too long has the expression on a line in parentheses."""
        return True


class Code(Expression):
    """An expression that is printed as it is: a name, a number, a dotted name."""

    text: str

    def flat(self) -> str | None:
        return self.text

    def broken(self, place: Place) -> str:
        return self.text


class Entry(NamedTuple):
    """An entry of a group: what is before its value (``key=``, ``"key": ``), and the value."""

    lead: str
    value: Expression


class Group(Expression):
    """Entries between brackets: a call, a list, a tuple, a dictionary, a subscription."""

    #: For example ``train(`` or ``[``.
    opening: str
    entries: tuple[Entry, ...]
    closing: str
    #: Whether a comma may be after the last entry; a subscription has none.
    comma: bool = True
    #: Whether the only entry has a comma on one line too: a tuple.
    lone_comma: bool = False

    def flat(self) -> str | None:
        parts = [(entry.lead, entry.value.flat()) for entry in self.entries]
        if any(value is None for _, value in parts):
            return None
        comma = "," if self.lone_comma and len(parts) == 1 else ""
        inner = ", ".join([f"{lead}{value}" for lead, value in parts])
        return f"{self.opening}{inner}{comma}{self.closing}"

    def broken(self, place: Place) -> str:
        if not self.entries:
            return self.opening + self.closing
        inside = place.indent + INDENT
        comma = "," if self.comma else ""
        lines = [
            " " * inside
            + entry.lead
            + printed(entry.value, Place(inside, inside + width(entry.lead), len(comma)))
            + comma
            for entry in self.entries
        ]
        return "\n".join([self.opening, *lines, " " * place.indent + self.closing])


class Chain(Expression):
    """A call, and calls of methods of its result: ``train(…).after(…).set_retry(…)``."""

    first: Expression
    #: Each opens with its method: ``.after(``.
    calls: tuple[Group, ...]

    def flat(self) -> str | None:
        parts = [self.first.flat(), *(one.flat() for one in self.calls)]
        return None if None in parts else "".join([part or "" for part in parts])

    def broken(self, place: Place) -> str:
        if len(self.calls) == 1:
            return self._of_one(place)
        inside = place.indent + INDENT
        flat = self.flat()
        parts = [self.first, *self.calls]
        if flat is not None and inside + width(flat) <= WIDTH:
            parts = [Code(text=flat)]
        lines = [" " * inside + printed(one, Place(inside, inside, 0)) for one in parts]
        return "\n".join(["(", *lines, " " * place.indent + ")"])

    def _of_one(self, place: Place) -> str:
        """The entries of one of both calls on lines: of the first, if it has any."""
        last = self.calls[0]
        flat_last = last.flat()
        if isinstance(self.first, Group) and self.first.entries and flat_last is not None:
            after = width(flat_last) + place.after
            if place.indent + len(self.first.closing) + after <= WIDTH:
                return self.first.broken(place._replace(after=after)) + flat_last
        first = printed(self.first, place._replace(after=len(last.opening)))
        used = width(first.rpartition("\n")[2]) + (0 if "\n" in first else place.before)
        return first + printed(last, place._replace(before=used))


class Binary(Expression):
    """Two operands with an operator between them."""

    left: Expression
    operator: str
    right: Expression

    def flat(self) -> str | None:
        left, right = self.left.flat(), self.right.flat()
        return None if left is None or right is None else f"{left} {self.operator} {right}"

    def broken(self, place: Place) -> str:
        inside = place.indent + INDENT
        left = printed(self.left, Place(inside, inside, 0))
        lead = f"{self.operator} "
        right = printed(self.right, Place(inside, inside + len(lead), 0))
        pad = " " * inside
        return f"(\n{pad}{left}\n{pad}{lead}{right}\n{' ' * place.indent})"


class Parameter(NamedTuple):
    """A parameter of a function."""

    name: str
    annotation: Expression | None = None
    default: Expression | None = None


def printed(expression: Expression, place: Place = Place()) -> str:  # noqa: B008 - frozen
    """The source of the expression: on one line if it fits there."""
    flat = expression.flat()
    return flat if flat is not None and width(flat) <= place.room else expression.broken(place)


def width(text: str) -> int:
    """The columns of a text on one line: wide characters have two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def named(name: str) -> Code:
    """A name, with or without dots."""
    return Code(text=name)


def call(function: str, /, *positional: Expression, **keywords: Expression) -> Group:
    """A call of a function by its name."""
    return Group(opening=f"{function}(", entries=entries(positional, keywords), closing=")")


def entries(
    positional: Iterable[Expression], keywords: Mapping[str, Expression] = {}
) -> tuple[Entry, ...]:
    """The entries of a call. ``ValueError`` for a keyword that is no name: it would be code."""
    for name in keywords:
        if not name.isidentifier():
            raise ValueError(f"not an identifier: {name!r}")
    named_ones = [Entry(f"{name}=", value) for name, value in keywords.items()]
    return (*(Entry("", value) for value in positional), *named_ones)


def listed(items: Iterable[Expression]) -> Group:
    """A list."""
    return Group(opening="[", entries=entries(items), closing="]")


def tuple_of(items: Iterable[Expression]) -> Group:
    """A tuple."""
    return Group(opening="(", entries=entries(items), closing=")", lone_comma=True)


def mapping(pairs: Iterable[tuple[Expression, Expression]]) -> Group:
    """A dictionary. Keys are printed on one line; ``ValueError`` for one that has several."""
    pairs = [*pairs]
    if any(key.flat() is None for key, _ in pairs):
        raise ValueError("a key of several lines")
    found = tuple(Entry(f"{key.flat()}: ", value) for key, value in pairs)
    return Group(opening="{", entries=found, closing="}")


def item_of(value: str, key: Expression) -> Group:
    """A subscription, ``value[key]``."""
    return Group(opening=f"{value}[", entries=(Entry("", key),), closing="]", comma=False)


def statement(expression: Expression, indent: int = 0) -> str:
    """An expression as a statement, without a newline after it."""
    return " " * indent + printed(expression, Place(indent, indent, 0))


def assigned(target: str, expression: Expression, indent: int = 0) -> str:
    """``target = expression``."""
    return _led(f"{target} = ", expression, indent)


def returned(expression: Expression, indent: int = INDENT) -> str:
    """``return expression``."""
    return _led("return ", expression, indent)


def _led(lead: str, expression: Expression, indent: int) -> str:
    """A statement. What does not fit only because of ``lead`` has lines in parentheses.

    It has none if a line in them would be too long, too (``BestFitParenthesize`` of ruff).
    """
    pad, inside = " " * indent, indent + INDENT
    found = printed(expression, Place(indent, indent + width(lead), 0))
    is_wide = width(found.partition("\n")[0]) + indent + width(lead) > WIDTH
    if is_wide and expression.takes_parentheses:
        alone = " " * inside + printed(expression, Place(inside, inside, 0))
        fits = all(width(line) <= WIDTH for line in alone.split("\n"))
        if fits and not alone.lstrip().startswith("("):
            return f"{pad}{lead}(\n{alone}\n{pad})"
    return pad + lead + found


def with_statement(contexts: Sequence[tuple[Expression, str]], indent: int = INDENT) -> str:
    """``with context as target:``; an empty target is none.

    Several contexts are on lines in parentheses if they do not fit on one.
    """
    ends = [f" as {target}" if target else "" for _, target in contexts]
    pad = " " * indent
    flats = [context.flat() for context, _ in contexts]
    if None not in flats:
        line = f"{pad}with " + ", ".join(
            f"{flat}{end}" for flat, end in zip(flats, ends, strict=True)
        )
        if width(line) + 1 <= WIDTH:
            return f"{line}:"
    if len(contexts) == 1:
        place = Place(indent, indent + len("with "), width(ends[0]) + 1)
        return f"{pad}with {printed(contexts[0][0], place)}{ends[0]}:"
    inside = indent + INDENT
    lines = [
        " " * inside + printed(context, Place(inside, inside, width(end) + 1)) + end + ","
        for (context, _), end in zip(contexts, ends, strict=True)
    ]
    return "\n".join([f"{pad}with (", *lines, f"{pad}):"])


def for_statement(target: str, items: Sequence[Expression], indent: int = INDENT) -> str:
    """``for target in (item, …):``."""
    lead = f"for {target} in "
    place = Place(indent, indent + len(lead), len(":"))
    return f"{' ' * indent}{lead}{printed(tuple_of(items), place)}:"


def decorated(decorator: Expression, indent: int = 0) -> str:
    """``@decorator``."""
    return " " * indent + "@" + printed(decorator, Place(indent, indent + 1, 0))


def signature(
    name: str,
    parameters: Sequence[Parameter] = (),
    returns: Expression | None = None,
    indent: int = 0,
) -> str:
    """``def name(parameters) -> returns:``."""
    found = Group(
        opening=f"def {name}(",
        entries=tuple(Entry("", _ParameterCode(parameter=one)) for one in parameters),
        closing=")",
    )
    end = _returns(returns, Place(indent, 0, 0))
    flat = found.flat()
    pad = " " * indent
    if flat is not None:
        if indent + width(flat) + width(end) <= WIDTH and "\n" not in end:
            return pad + flat + end
        if not parameters:
            return pad + flat + _returns(returns, Place(indent, indent + width(flat), 0))
    found_end = _returns(returns, Place(indent, indent + 1, 0))
    return pad + found.broken(Place(indent, indent, 0)) + found_end


def _returns(returns: Expression | None, place: Place) -> str:
    if returns is None:
        return ":"
    before = place.before + len(" -> ")
    return f" -> {printed(returns, place._replace(before=before, after=1))}:"


class _ParameterCode(Expression):
    """A parameter as an entry of a signature."""

    parameter: Parameter

    def flat(self) -> str | None:
        name, annotation, default = self.parameter
        kind = None if annotation is None else annotation.flat()
        value = None if default is None else default.flat()
        if (annotation is not None and kind is None) or (default is not None and value is None):
            return None
        found = name if kind is None else f"{name}: {kind}"
        if value is None:
            return found
        return f"{found}={value}" if kind is None else f"{found} = {value}"

    def broken(self, place: Place) -> str:
        name, annotation, default = self.parameter
        lead = name
        if annotation is not None:
            start = Place(place.indent, place.before + len(name) + 2, 0)
            if default is None:
                return f"{name}: {printed(annotation, start._replace(after=place.after))}"
            lead += f": {annotation.flat() or annotation.broken(start)}"
        if default is None:
            return lead
        lead += "=" if annotation is None else " = "
        used = width(lead.rpartition("\n")[2]) + (0 if "\n" in lead else place.before)
        return lead + printed(default, Place(place.indent, used, place.after))
