PROJECT_VARIABLES = (
    "GOOGLE_CLOUD_PROJECT",
    "CLOUD_ML_PROJECT_ID",
    "CLOUDSDK_CORE_PROJECT",
)
LOCATION_VARIABLES = (
    "GOOGLE_CLOUD_REGION",
    "CLOUD_ML_REGION",
    "CLOUDSDK_AI_REGION",
    "CLOUDSDK_COMPUTE_REGION",
)

EPILOG = """\
The value of an input is that of its flag, else that of --params-file, else the one in
the pipeline. {{workflow.uid}} and {{workflow.name}} in a value become the job id,
{{workflow.creationTimestamp}} the time of submission, {{kfp-default-bucket}} the
bucket of the pipeline root, {{kfp-project-id}} the project.

environment, where neither a flag nor SETTINGS in this script says:
  the project: GOOGLE_CLOUD_PROJECT, CLOUD_ML_PROJECT_ID, CLOUDSDK_CORE_PROJECT
  the location: GOOGLE_CLOUD_REGION, CLOUD_ML_REGION, CLOUDSDK_AI_REGION,
    CLOUDSDK_COMPUTE_REGION; else us-central1
  who you are: GOOGLE_APPLICATION_CREDENTIALS; else as
    `gcloud auth application-default login` says

exit status:
  0  done: the run was accepted; with --wait it succeeded
  1  Vertex AI did not accept it; with --wait: the run failed, was cancelled or paused
  2  wrong usage or values; nothing was sent
"""


class Findings:
    """What is wrong or odd about what was asked for, told all at once."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def error(self, text: str) -> None:
        self.errors.append(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def tell(self) -> None:
        for kind in ("note", "warning", "error"):
            for text in getattr(self, f"{kind}s"):
                say(f"{kind}: {text}")
        if self.errors:
            say("nothing was sent")


def main() -> int:
    try:
        # The help shows what the pipeline says of its inputs, and does without it.
        spec, unfit = pipeline_of_this_script()
        missing = None
    except Failure as failure:
        spec, unfit, missing = {}, [], failure
    args = parse_args(missing)
    try:
        if missing:
            raise missing
        findings = Findings()
        for problem in unfit:
            findings.error(problem)
        request = make_request(args, spec, findings)
        findings.tell()
        if findings.errors:
            return 2
        if args.dry_run:
            say(f"a dry run; this would go to {endpoint(args)}")
            print(json.dumps(request, indent=2))
            return 0
        return deploy(args, request)
    except Failure as failure:
        failure.tell()
        return failure.status


# The command line


def parse_args(missing: Failure | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        usage="%(prog)s [options]",
        description="Run this pipeline on Vertex AI Pipelines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_place(parser.add_argument_group("where it runs"))
    add_run(parser.add_argument_group("how it runs"))
    add_schedule(parser.add_argument_group("when it runs"))
    add_actions(parser.add_argument_group("what is done"))
    about = f"their defaults are in {PIPELINE.name}. {missing}" if missing else None
    add_inputs(
        parser.add_argument_group("inputs of the pipeline", about and escaped(about))
    )
    return parser.parse_args(with_negative_numbers(sys.argv[1:]))


def with_negative_numbers(words: list[str]) -> list[str]:
    """The words, with ``--rate -1e-5`` as ``--rate=-1e-5``, which argparse can read."""
    flags = {flag for parameter in PARAMETERS.values() for flag in parameter["flags"]}
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in flags and word[:1] == "-" and is_number(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def add_place(group: argparse._ArgumentGroup) -> None:
    project = SETTINGS["project"] or from_environment(PROJECT_VARIABLES)
    location = SETTINGS["location"] or from_environment(LOCATION_VARIABLES)
    add(group, "--project", project, "id of the Google Cloud project")
    add(group, "--location", location or "us-central1", "region, like us-central1")
    add(
        group,
        "--pipeline-root",
        SETTINGS["pipeline_root"],
        "where artifacts go: gs://BUCKET/PATH; a bucket that is not there is made",
    )
    add(
        group,
        "--network",
        SETTINGS["network"],
        "network to peer with: projects/NUMBER/global/networks/NAME",
    )
    group.add_argument(
        "--reserved-ip-range",
        metavar="NAME",
        action="append",
        help="range of addresses of the network; may be repeated"
        + shown_default(" ".join(SETTINGS["reserved_ip_ranges"])),
    )
    add(
        group,
        "--psc-network-attachment",
        SETTINGS["psc_network_attachment"],
        "full name of a network attachment, for Private Service Connect",
    )
    add(group, "--api-endpoint", "", "host of the API, instead of the region's own")
    group.add_argument(
        "--api-transport", choices=("grpc", "rest"), help="the way to the API (grpc)"
    )


def add_run(group: argparse._ArgumentGroup) -> None:
    add(group, "--display-name", SETTINGS["display_name"], "name for the console")
    add(group, "--job-id", "", "id of the run (the pipeline's name and the time)")
    add(
        group,
        "--service-account",
        SETTINGS["service_account"],
        "account that the tasks run as (the project's Compute Engine account)",
    )
    add(
        group,
        "--encryption-key",
        SETTINGS["encryption_key"],
        "projects/P/locations/REGION/keyRings/R/cryptoKeys/K",
    )
    labels = " ".join("=".join(pair) for pair in SETTINGS["labels"].items())
    group.add_argument(
        "--label",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="label of the run; may be repeated" + shown_default(labels),
    )
    add(
        group,
        "--experiment",
        SETTINGS["experiment"],
        "experiment that the run belongs to; made if it is not there",
    )
    group.add_argument(
        "--cache",
        action=argparse.BooleanOptionalAction,
        default=SETTINGS["cache"],
        help="reuse results of earlier runs, or never (as each task says)",
    )
    group.add_argument(
        "--failure-policy",
        choices=("slow", "fast"),
        default=SETTINGS["failure_policy"] or None,
        help="after a failure, slow: run what still can; fast: start nothing new"
        + shown_default(SETTINGS["failure_policy"] or "slow"),
    )


def add_schedule(group: argparse._ArgumentGroup) -> None:
    add(
        group,
        "--schedule",
        SETTINGS["schedule"],
        "run it regularly instead of once: MINUTE HOUR DAY MONTH WEEKDAY, in UTC, or "
        "in a time zone that stands before them, as in TZ=Europe/Paris. An empty text "
        "runs it once",
        metavar="CRON",
    )
    add(group, "--schedule-name", "", "name of the schedule (that of the run)")
    add(group, "--schedule-start", "", "no run before this time: 2030-01-31T08:00:00Z")
    add(group, "--schedule-end", "", "no run after this time")
    group.add_argument(
        "--schedule-max-runs", type=int, metavar="N", help="end after this many runs"
    )
    group.add_argument(
        "--schedule-max-concurrent-runs",
        type=int,
        metavar="N",
        help="how many runs may be under way at once (1)",
    )
    group.add_argument(
        "--schedule-allow-queueing",
        action="store_true",
        help="runs that may not start yet wait, instead of being skipped",
    )


def add_actions(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--wait", action="store_true", help="wait for the end of the run, and tell it"
    )
    group.add_argument(
        "--poll-seconds",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="with --wait: how often to look (5)",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="print the request as JSON and send nothing; the SDK is not needed",
    )


def add_inputs(group: argparse._ArgumentGroup) -> None:
    for name, parameter in PARAMETERS.items():
        shown, *aliases = parameter["flags"]
        group.add_argument(
            shown,
            dest=f"input {name}",
            metavar=METAVARS[parameter["type"]],
            help=escaped(described(name, parameter)),
        )
        for alias in aliases:
            group.add_argument(alias, dest=f"input {name}", help=argparse.SUPPRESS)
    names = ", ".join(ARTIFACTS)
    group.add_argument(
        "--artifact",
        metavar="NAME=ID",
        action="append",
        default=[],
        help=f"artifact to start from ({escaped(names) or 'this pipeline takes none'})",
    )
    group.add_argument(
        "--params-file",
        type=Path,
        metavar="FILE",
        help="YAML or JSON: a mapping of inputs to values; flags win over it",
    )


def add(
    group: argparse._ArgumentGroup,
    flag: str,
    default: str,
    text: str,
    metavar: str | None = None,
) -> None:
    """Adds a flag whose value is text, and empty when nobody says."""
    text = escaped(text) + shown_default(default)
    metavar = metavar or flag.rpartition("-")[2].upper()
    group.add_argument(flag, default=default, metavar=metavar, help=text)


def shown_default(value: str) -> str:
    return f" [{escaped(value)}]" if value else ""


def from_environment(names: tuple[str, ...]) -> str:
    return next(filter(None, map(os.environ.get, names)), "")


def described(name: str, parameter: Json) -> str:
    """A line of help: what it is, and what it is when not given."""
    kind = parameter.get("declared") or parameter["type"]
    if name in ARGUMENTS or "default" in parameter:
        default = f"default: {quoted(ARGUMENTS.get(name, parameter.get('default')))}"
    elif "required" not in parameter:
        default = f"default: see {PIPELINE.name}"
    else:
        default = "required" if parameter["required"] else "optional"
    about = parameter["description"]
    return f"{about} [{kind}, {default}]" if about else f"[{kind}, {default}]"
