"""What ``convert`` refuses of the options for Kubeflow: an impossible address or schedule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.targets.kubeflow.options import Options

__all__ = ["host_problem", "option_problems", "schedule_problem"]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_WEEKDAYS = "sun mon tue wed thu fri sat"
#: Field of a cron expression → its first and last number, and names that are used for numbers, as
#: Kubeflow's robfig/cron v1 has them.
_FIELDS = {
    "second": (0, 59, ""),
    "minute": (0, 59, ""),
    "hour": (0, 23, ""),
    "day": (1, 31, ""),
    "month": (1, 12, _MONTHS),
    "weekday": (0, 6, _WEEKDAYS),
}
_NICKNAMES = ("yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
_INTERVAL = re.compile(r"@every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+")


def option_problems(options: Options) -> Iterator[str]:
    """One sentence for each option that cannot be right."""
    if problem := host_problem(options.host):
        yield f"--host: {problem}"
    if problem := schedule_problem(options.recurring):
        yield f"--recurring: {problem}"


def host_problem(host: str) -> str:
    """Why a text is not the address of an API; empty if it is one. ``submit.py`` asks the same."""
    try:
        parts = urlsplit(host)
        is_url = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_url = False
    if is_url and host.isascii() and host.isprintable() and " " not in host:
        return ""
    return f"{host!r} is not an address like http://localhost:8080"


def schedule_problem(text: str) -> str:
    """Why a text is not a schedule; empty if it is one, or no schedule at all."""
    fields = text.split()
    if text.startswith("@"):
        if text.strip()[1:] in _NICKNAMES or _INTERVAL.fullmatch(text.strip()):
            return ""
        names = ", ".join(f"@{name}" for name in _NICKNAMES)
        return f"{text!r} is none of {names} and '@every 1h30m'"
    if fields and "=" in fields[0]:
        return "the time zone is the server's; leave it out"
    if fields and len(fields) not in (5, 6):
        return f"{text!r} has neither 5 nor 6 fields"
    known = list(_FIELDS.items())[len(_FIELDS) - len(fields) :]
    for field, (name, (low, high, names)) in zip(fields, known, strict=True):
        if not all(_is_part(part, low, high, names.split()) for part in field.split(",")):
            return (
                f"Cron {text!r}: {field!r} is not a {name}; that is {low} to {high}, * or "
                "several of them as in 1-5, 1,15 or */2."
            )
    return ""


def _is_part(part: str, low: int, high: int, names: list[str]) -> bool:
    """Whether it is a number, a range or a step of one field."""
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and step.isascii() and int(step) > 0):
        return False
    if span in ("*", "?"):
        return True
    ends = [_number(end, low, names) for end in span.split("-")]
    return len(ends) <= 2 and low <= ends[0] <= ends[-1] <= high


def _number(text: str, low: int, names: list[str]) -> int:
    """The number, or that of the name; -1 for neither."""
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else -1
