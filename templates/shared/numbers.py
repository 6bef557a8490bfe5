# Numbers travel as doubles

# Integers beyond it lose digits.
EXACT = 2**53


def inexact(name: str, value: Any) -> Iterator[str]:
    """What becomes of integers in a value that lose digits."""
    for part in parts(value):
        if isinstance(part, int) and abs(part) > EXACT and int(as_double(part)) != part:
            yield (
                f"Parameter {name}: {part} will arrive as {as_double(part):.0f} "
                "(values travel as doubles)."
            )


def parts(value: Any) -> Iterator[Any]:
    """The value, and whatever is in it."""
    yield value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from parts(item)


def as_double(value: int | float) -> float:
    """The number as it travels."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
