# What the values of settings look like; `translator convert` asks the same of them

CRON_FIELDS = {
    "second": (0, 59, ""),
    "minute": (0, 59, ""),
    "hour": (0, 23, ""),
    "day": (1, 31, ""),
    "month": (1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    "weekday": (0, 6, "sun mon tue wed thu fri sat"),
}
NICKNAMES = ("yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
INTERVAL = re.compile(r"@every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+")


def setting_problems(settings: Json) -> Iterator[str]:
    """What is wrong with the address and the schedule."""
    if problem := host_problem(settings["host"]):
        yield f"--host: {problem}"
    for problem in schedule_problems(settings["recurring"]):
        yield f"--recurring: {problem}"


def host_problem(host: str) -> str:
    if not host.startswith(("http://", "https://")):
        return f"{host!r} does not begin with http:// or https://"
    if not host.isascii() or not host.isprintable() or " " in host:
        return f"{host!r} has characters that no address has"
    try:
        parts = urllib.parse.urlsplit(host)
        is_address = bool(parts.hostname and (parts.port is None or parts.port > 0))
    except ValueError as error:
        return f"{host!r}: {error}"
    return "" if is_address else f"{host!r} is not an address"


def schedule_problems(text: str) -> Iterator[str]:
    fields = text.split()
    if text.startswith("@"):
        if text.strip()[1:] not in NICKNAMES and not INTERVAL.fullmatch(text.strip()):
            names = ", ".join(f"@{name}" for name in NICKNAMES)
            yield f"{text!r} is none of {names} and '@every 1h30m'"
    elif fields and "=" in fields[0]:
        yield "the time zone is the server's; leave it out"
    elif len(fields) in (5, 6):
        known = dict(list(CRON_FIELDS.items())[-len(fields) :])
        yield from cron_problems(text, fields, known)
    elif fields:
        yield f"{text!r} has neither 5 nor 6 fields"
