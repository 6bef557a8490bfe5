# What the values of settings look like; `translator convert` asks the same of them

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
        "Pipeline root must be a Cloud Storage path gs://BUCKET/PATH, got {value}. The "
        "name of a bucket has 3 to 222 of a-z 0-9 . _ -.",
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


def setting_problems(settings: Json) -> Iterator[str]:
    """What Vertex AI would refuse of these settings; what is empty is not set."""
    location = settings["location"]
    if location and location not in OTHERS:
        yield from location_problems(location)
    for name, (form, text) in FORMS.items():
        value = settings[name]
        match = re.fullmatch(form, value, re.DOTALL)
        region = match and match.groupdict().get("region")
        if value and (match is None or (region and location not in ("", region))):
            yield text.format(value=value, location=location or "its region")
    yield from label_problems(settings["labels"])
    if settings["schedule"]:
        yield from schedule_problems(settings["schedule"])
    if settings["schedule"] and settings["experiment"]:
        yield (
            "A schedule cannot carry an experiment: leave out --experiment, or run "
            "once with --schedule ''."
        )


def location_problems(location: str) -> Iterator[str]:
    regions = [f"{area}-{one}" for area in REGIONS for one in REGIONS[area].split()]
    if location not in regions:
        near = difflib.get_close_matches(location.lower(), regions, n=3, cutoff=0)
        yield (
            f"Region {location} is not one where Vertex AI Pipelines runs. "
            f"Nearest: {', '.join(near)}."
        )


def label_problems(labels: dict[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        if not (is_label(key) and key[:1].isalpha()):
            yield f"Label {key!r}: use a-z 0-9 _ -, at most 63, starting with a letter."
        if not is_label(value):
            yield (
                f"Label {key!r}: its value {value!r} may hold a-z 0-9 _ -, at most 63."
            )
    if len(labels) > 64:
        yield f"A run has at most 64 labels, not {len(labels)}."


def is_label(text: str) -> bool:
    """Letters of other alphabets are fine, capitals are not."""
    return len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower()) for char in text
    )


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


def schedule_problems(cron: str) -> Iterator[str]:
    fields = cron.split()
    if fields and fields[0].startswith(("TZ=", "CRON_TZ=")):
        zone = fields.pop(0).partition("=")[2]
        zones = zoneinfo.available_timezones()
        if zones and zone not in zones:
            yield unknown_zone(zone, zones)
    if len(fields) != 5:
        yield (
            f"Cron {cron!r}: Vertex AI wants five fields, MINUTE HOUR DAY MONTH WEEKDAY"
            f"{cron_hint(fields)}."
        )
        return
    yield from cron_problems(cron, fields, CRON_FIELDS)


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
