# Schedules


def cron_problems(cron: str, fields: list[str], known: Json) -> Iterator[str]:
    """What is wrong with the fields of a schedule, which are those of `known`."""
    for field, (name, (low, high, words)) in zip(fields, known.items(), strict=True):
        if not all(
            is_cron(item, low, high, words.split()) for item in field.split(",")
        ):
            yield (
                f"Cron {cron!r}: {field!r} is no {name}; that is {low} to {high}, * or "
                "several of them as in 1-5, 1,15 or */2."
            )


def is_cron(item: str, low: int, high: int, names: list[str]) -> bool:
    """Whether it is a number, a range or a step of one field."""
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and step.isascii() and int(step) > 0):
        return False
    if span in ("*", "?"):
        return True
    ends = [cron_number(end, low, names) for end in span.split("-")]
    return len(ends) <= 2 and low <= ends[0] <= ends[-1] <= high


def cron_number(text: str, low: int, names: list[str]) -> int:
    """The number, or that of the name; -1 for neither."""
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else -1
