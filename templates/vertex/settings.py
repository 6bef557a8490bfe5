# What the run needs besides its inputs

# Where Vertex AI Pipelines runs (cloud.google.com/vertex-ai/docs/general/locations).
REGIONS = {
    "africa": "south1",
    "asia": "east1 east2 northeast1 northeast2 northeast3 south1 southeast1 southeast2",
    "australia": "southeast1 southeast2",
    "europe": "central2 north1 southwest1 west1 west2 west3 west4 west6 west8 west9 "
    "west12",
    "me": "central1 central2 west1",
    "northamerica": "northeast1 northeast2",
    "southamerica": "east1 west1",
    "us": "central1 east1 east4 east5 south1 west1 west2 west3 west4",
}
# Where other parts of Vertex AI run.
OTHERS = ("asia-south2", "europe-north2", "us-east7", "us-west8", "global", "us", "eu")

# What the value of a flag looks like, and what is said if it does not.
FORMS = {
    "project": (
        r"[a-z0-9][a-z0-9.:-]*",
        "Project {value}: give its id, as `gcloud projects list` shows it.",
    ),
    "pipeline_root": (
        r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^\x00-\x1f\x7f]*)?",
        "Pipeline root must be a Cloud Storage path gs://BUCKET/PATH, got {value}.",
    ),
    "job_id": (
        r"[a-z][a-z0-9-]{0,127}",
        "Job id {value}: use a lower-case letter, then up to 127 of a-z 0-9 -.",
    ),
    "display_name": (r".{0,128}", "--display-name: at most 128 characters."),
    "schedule_name": (r".{0,128}", "--schedule-name: at most 128 characters."),
    "service_account": (
        r"[^@\s]+@[a-z0-9.-]+\.gserviceaccount\.com",
        "Service account {value}: write NAME@PROJECT.iam.gserviceaccount.com.",
    ),
    "network": (
        r"projects/\d+/global/networks/[a-z][a-z0-9-]{0,62}",
        "Network {value}: write projects/NUMBER/global/networks/NAME; project NUMBER "
        "(digits), not id. To see it: "
        "gcloud projects describe ID --format='value(projectNumber)'",
    ),
    "psc_network_attachment": (
        r"(projects/[^/\s]+/regions/(?P<region>[^/\s]+)/networkAttachments/)?"
        r"[a-z][a-z0-9-]*",
        "Network attachment must be projects/PROJECT/regions/REGION/networkAttachments/"
        "NAME in {location}, got {value}.",
    ),
    "encryption_key": (
        r"projects/[^/\s]+/locations/(?P<region>[^/\s]+)"
        r"/keyRings/[^/\s]+/cryptoKeys/[^/\s]+",
        "Key must be projects/P/locations/REGION/keyRings/R/cryptoKeys/K "
        "in {location}, got {value}.",
    ),
}
BILLING_LABEL = "vertex-ai-pipelines-run-billing-id"


def check_settings(args: argparse.Namespace, findings: Findings) -> None:
    check_location(args.location, findings)
    if not args.project:
        findings.error("No project: give --project ID or set GOOGLE_CLOUD_PROJECT.")
    if not args.pipeline_root:
        # The SDK would make up a bucket, another one each time.
        findings.error("No pipeline root: give --pipeline-root gs://BUCKET/PATH.")
    for name, (form, text) in FORMS.items():
        value = getattr(args, name)
        match = re.fullmatch(form, value, re.DOTALL)
        region = match and match.groupdict().get("region")
        if value and (match is None or region not in (None, args.location)):
            findings.error(text.format(value=value, location=args.location))
    if all_ranges(args) and not args.network:
        findings.error("--reserved-ip-range: of which --network are the ranges?")
    check_labels(args, findings)
    check_artifacts(args, findings)
    check_schedule(args, findings)


def check_location(location: str, findings: Findings) -> None:
    regions = [f"{area}-{one}" for area in REGIONS for one in REGIONS[area].split()]
    if location in OTHERS:
        findings.warning(f"Vertex AI Pipelines is not listed in {location}.")
    elif location not in regions:
        near = difflib.get_close_matches(location.lower(), regions, n=3, cutoff=0)
        findings.error(
            f"Region {location} is not one where Vertex AI Pipelines runs. "
            f"Nearest: {', '.join(near)}."
        )


def check_labels(args: argparse.Namespace, findings: Findings) -> None:
    for pair in args.label:
        if "=" not in pair:
            findings.error(f"--label {pair}: write KEY=VALUE.")
    labels = all_labels(args)
    for key, value in labels.items():
        if not (is_label(key) and key[:1].isalpha()):
            findings.error(
                f"Label {key!r}: use a-z 0-9 _ -, at most 63, starting with a letter."
            )
        if not is_label(value):
            findings.error(
                f"Label {key!r}: its value {value!r} may hold a-z 0-9 _ -, at most 63."
            )
    if len(labels) > 64:
        findings.error(f"A run has at most 64 labels, not {len(labels)}.")
    if BILLING_LABEL in labels:
        text = f"Label {BILLING_LABEL!r} is set by Vertex AI; yours is overwritten."
        findings.warning(text)


def is_label(text: str) -> bool:
    """Letters of other alphabets are fine, capitals are not."""
    return len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower()) for char in text
    )


def all_labels(args: argparse.Namespace) -> dict[str, str]:
    given = (pair.partition("=") for pair in args.label)
    return {**SETTINGS["labels"], **{key: value for key, _, value in given}}


def all_ranges(args: argparse.Namespace) -> list[str]:
    return list(args.reserved_ip_range or SETTINGS["reserved_ip_ranges"])


def check_artifacts(args: argparse.Namespace, findings: Findings) -> None:
    given = all_artifacts(args)
    for name, artifact in given.items():
        if name not in ARTIFACTS:
            findings.error(unknown(f"Artifact {name}", name, list(ARTIFACTS)))
        elif not re.fullmatch(r"[^/\s]+", artifact):
            findings.error(
                f"Artifact {name}: give the id only, the last part of "
                f".../artifacts/ID, got {quoted(artifact)}."
            )
    for name, needed in ARTIFACTS.items():
        if needed and name not in given:
            findings.error(f"Artifact {name} is missing. Pass --artifact {name}=ID.")


def all_artifacts(args: argparse.Namespace) -> dict[str, str]:
    given = (pair.partition("=") for pair in args.artifact)
    return {name: artifact for name, _, artifact in given}


# Schedules

CRON_FIELDS = {
    "minute": (0, 59, ""),
    "hour": (0, 23, ""),
    "day": (1, 31, ""),
    "month": (1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    "weekday": (0, 7, "sun mon tue wed thu fri sat"),
}
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def check_schedule(args: argparse.Namespace, findings: Findings) -> None:
    times = {
        "--schedule-start": args.schedule_start,
        "--schedule-end": args.schedule_end,
    }
    limits = {
        "--schedule-max-runs": args.schedule_max_runs,
        "--schedule-max-concurrent-runs": args.schedule_max_concurrent_runs,
    }
    if not args.schedule:
        if any([args.schedule_name, *times.values(), *limits.values()]):
            findings.error("--schedule-... says how to run regularly: give --schedule.")
        return
    check_cron(args.schedule, findings)
    if args.job_id or args.experiment:
        findings.error(
            "A schedule cannot carry a job id or an experiment: leave out --job-id and "
            "--experiment, or run once with --schedule ''."
        )
    if args.wait:
        findings.error("--wait: a schedule has no end; leave out one of the two.")
    for flag, limit in limits.items():
        if limit is not None and limit < 1:
            findings.error(f"{flag}: at least 1.")
    for flag, text in times.items():
        if text and utc(text) is None:
            example = "2030-01-31T08:00:00Z"
            findings.error(f"{flag} {text}: write a time with its zone: {example}.")


def utc(text: str) -> str | None:
    """The time in UTC, as the API has it; None if it is no time with a zone."""
    try:
        moment = datetime.datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return f"{moment.astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def check_cron(cron: str, findings: Findings) -> None:
    fields = cron.split()
    if fields and fields[0].startswith(("TZ=", "CRON_TZ=")):
        zone = fields.pop(0).partition("=")[2]
        zones = zoneinfo.available_timezones()
        if zones and zone not in zones:
            findings.error(unknown_zone(zone, zones))
    if len(fields) != 5:
        findings.error(
            f"Cron {cron!r}: Vertex AI wants five fields, MINUTE HOUR DAY MONTH WEEKDAY"
            f"{cron_hint(fields)}."
        )
        return
    for field, name in zip(fields, CRON_FIELDS, strict=True):
        low, high, names = CRON_FIELDS[name]
        items = field.split(",")
        if not all(is_cron(item, low, high, names.split()) for item in items):
            findings.error(
                f"Cron {cron!r}: {field!r} is no {name}; that is {low} to {high}, * or "
                "several of them as in 1-5, 1,15 or */2."
            )


def unknown_zone(zone: str, zones: set[str]) -> str:
    near = difflib.get_close_matches(zone, sorted(zones), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"Time zone {zone} is not known.{hint} Write it as in TZ=Europe/Paris."


def cron_hint(fields: list[str]) -> str:
    if len(fields) == 6:
        same = f"; write '{' '.join(fields[1:])}'" if fields[0] == "0" else ""
        return f". KFP's six-field form has seconds first{same}"
    if len(fields) == 1 and fields[0].lower() in NICKNAMES:
        return f"; write '{NICKNAMES[fields[0].lower()]}'"
    return ""


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
