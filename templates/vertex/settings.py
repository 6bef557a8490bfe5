# What the run needs besides its inputs


def check_settings(args: argparse.Namespace, findings: Findings) -> None:
    if not args.location:
        findings.error("No region: give --location, like us-central1.")
    elif args.location in OTHERS:
        findings.warning(f"Vertex AI Pipelines is not listed in {args.location}.")
    if not args.project:
        findings.error("No project: give --project ID or set GOOGLE_CLOUD_PROJECT.")
    if not args.pipeline_root:
        # The SDK would make up a bucket, another one each time.
        findings.error("No pipeline root: give --pipeline-root gs://BUCKET/PATH.")
    for problem in setting_problems({**vars(args), "labels": all_labels(args)}):
        findings.error(problem)
    if all_ranges(args) and not args.network:
        findings.error("--reserved-ip-range: of which --network are the ranges?")
    check_labels(args, findings)
    check_artifacts(args, findings)
    check_schedule(args, findings)


def check_labels(args: argparse.Namespace, findings: Findings) -> None:
    for pair in args.label:
        if "=" not in pair:
            findings.error(f"--label {pair}: write KEY=VALUE.")
    if BILLING_LABEL in all_labels(args):
        text = f"Label {BILLING_LABEL!r} is set by Vertex AI; yours is overwritten."
        findings.warning(text)


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
    if args.job_id:
        findings.error("A schedule has no job id: leave out --job-id.")
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
