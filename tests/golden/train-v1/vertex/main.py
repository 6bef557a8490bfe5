#!/usr/bin/env python3
"""Runs the pipeline beside this script on Vertex AI Pipelines.

The SDK has to be there: pip install -r requirements.txt
(--help does without it, --dry-run needs only PyYAML.) See --help for everything else.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import difflib
import json
import logging
import math
import os
import re
import sys
import time
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PIPELINE = Path(__file__).resolve().parent / "pipeline.yaml"
# What job ids begin with.
NAME = "penguin-training-pipeline"
# The schema of the pipeline, which says in which form values are sent.
SCHEMA_VERSION = "2.1.0"

# What is used when the flag is not given.
SETTINGS: Json = {
    "project": "",
    "location": "",
    "pipeline_root": "",
    "display_name": "Penguin training pipeline",
    "service_account": "",
    "network": "",
    "reserved_ip_ranges": [],
    "psc_network_attachment": "",
    "encryption_key": "",
    "labels": {},
    "experiment": "",
    "cache": None,
    "failure_policy": "fast",
    "schedule": "",
}

# The inputs of the pipeline, with the flags that set them. Their defaults are in
# pipeline.yaml, and nowhere else.
PARAMETERS: Json = {
    "data_url": {
        "flags": ["--data-url", "--data_url"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "store_endpoint": {
        "flags": ["--store-endpoint", "--store_endpoint"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "bucket": {
        "flags": ["--bucket"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "log_folder": {
        "flags": ["--log-folder", "--log_folder"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "model_folder": {
        "flags": ["--model-folder", "--model_folder"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "settings_folder": {
        "flags": ["--settings-folder", "--settings_folder"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "plot_folder": {
        "flags": ["--plot-folder", "--plot_folder"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "model_uri": {
        "flags": ["--model-uri", "--model_uri"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "model_name": {
        "flags": ["--model-name", "--model_name"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "namespace": {
        "flags": ["--namespace"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "test_share": {
        "flags": ["--test-share", "--test_share"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "Float",
        "reads_as": "NUMBER_DOUBLE",
    },
    "trees": {
        "flags": ["--trees"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "Integer",
        "reads_as": "NUMBER_INTEGER",
    },
    "weighted": {
        "flags": ["--weighted"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "Boolean",
        "reads_as": "BOOLEAN",
    },
    "gateway": {
        "flags": ["--gateway"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "host": {
        "flags": ["--host"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
    "question": {
        "flags": ["--question"],
        "type": "STRING",
        "description": "",
        "as_text": True,
        "declared": "String",
        "reads_as": "STRING",
    },
}

# The artifacts that the pipeline takes, and whether it needs them.
ARTIFACTS: Json = {}

# Values that the pipeline's own file asks for; flags and --params-file win over them.
ARGUMENTS: Json = {}

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


# What is printed


class Failure(Exception):
    """Something that the user has to know; ends the program."""

    def __init__(self, message: str, status: int = 1, advice: str = "") -> None:
        super().__init__(message)
        self.status = status
        # Lines of this script's own, which come after the message.
        self.advice = advice

    def tell(self) -> None:
        say(f"error: {self}")
        for line in self.advice.splitlines():
            say(line)


def say(text: str, *, result: bool = False) -> None:
    """Prints one line, whatever is in the text: results on stdout, all else on stderr.

    Every text that is not this script's own goes through here: those of a server or of
    a pipeline could steer a terminal.
    """
    line = printable(" ".join(text.splitlines()))
    print(line, file=sys.stdout if result else sys.stderr, flush=result)


def printable(text: str) -> str:
    """The text with what does not print spelled out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def warnings_of(name: str) -> None:
    """Has the warnings of a library told on one line each.

    Without a handler of ours, libraries tell all that they do, and with a traceback.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(in_one_line)
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    logging.getLogger(name).addHandler(handler)


def in_one_line(record: logging.LogRecord) -> bool:
    """Leaves out where in the library something went wrong that is not fatal."""
    told = record.getMessage()
    if record.exc_info:
        told = f"{told}: {record.exc_info[1]}"
        record.exc_info = record.exc_text = None
    record.msg, record.args = printable(" ".join(told.splitlines())), ()
    return True


def seconds(text: str) -> float:
    """A time to wait, from the command line."""
    value = float(text)
    if not 0 <= value <= 86_400:
        raise ValueError
    return max(value, 0.05)


def escaped(text: str) -> str:
    """The text for the help of argparse, which takes % for its own."""
    return printable(text).replace("%", "%%")


def quoted(value: object) -> str:
    """The value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


# What is read from files

# The largest --params-file, in bytes, and in characters once its aliases are expanded.
PARAMS_LIMIT = 1_000_000
# What PyYAML raises for values like `!!timestamp x`, beside errors of its own.
YAML_SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def yaml_module() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise Failure(f"{error}. Run: {install()}") from error
    return yaml


def install() -> str:
    return f"{sys.executable} -m pip install -r requirements.txt"


def load_params(path: Path) -> Any:
    """The value in a file of --params-file; ValueError or OSError if there is none."""
    text = limited_text(path)
    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError:
        pass
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return load_yaml(text)


def limited_text(path: Path) -> str:
    """The text of a file. Devices and pipes may never end, or never begin."""
    from_shell = str(path).startswith(("/dev/fd/", "/dev/stdin"))  # like <(command)
    if path.exists() and not path.is_file() and not from_shell:
        raise ValueError(f"{path} is not a regular file")
    with path.open("rb") as file:
        data = file.read(PARAMS_LIMIT + 1)
    if len(data) > PARAMS_LIMIT:
        raise ValueError(f"{path} is larger than {PARAMS_LIMIT:,} bytes")
    return data.decode("utf-8-sig")


def unique(pairs: list[tuple[str, Any]]) -> Json:
    """The JSON object of these pairs, whose keys have to differ."""
    value: Json = {}
    for key, item in pairs:
        if key in value:
            raise ValueError(f"the key {quoted(key)} occurs twice")
        value[key] = item
    return value


def load_yaml(text: str) -> Any:
    """The value of a YAML text, whose keys have to differ and whose aliases are few."""
    yaml = yaml_module()
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        if expanded_size(node, {}) > PARAMS_LIMIT:
            limit = f"{PARAMS_LIMIT:,} characters"
            raise ValueError(f"with its aliases expanded it is larger than {limit}")
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(f"neither JSON nor YAML: {error}") from error
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise
    except YAML_SLIPS as error:
        raise ValueError(f"neither JSON nor YAML: {error!r}") from error


def expanded_size(node: Any, sizes: dict[int, int]) -> int:
    """The characters of a node of YAML, where each alias counts as what it repeats."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = (
        PARAMS_LIMIT + 1
    )  # as long as it is looked at: it may be in itself
    size = 1
    if isinstance(node.value, str):
        size += len(node.value)
    elif node.id == "sequence":
        size += sum(expanded_size(item, sizes) for item in node.value)
    else:
        seen = set()
        for key, value in node.value:
            if key.id == "scalar" and (key.tag, key.value) in seen:
                raise ValueError(f"the key {quoted(key.value)} occurs twice")
            seen.add((key.tag, str(key.value) if key.id == "scalar" else id(key)))
            size += expanded_size(key, sizes) + expanded_size(value, sizes)
    sizes[id(node)] = size
    return size


def read_pipeline_text() -> str:
    """The text of the pipeline beside this script, with the line ends that it has."""
    try:
        return PIPELINE.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"No pipeline beside this script: {error}"
        raise Failure(message, status=2) from error
    except ValueError as error:
        raise Failure(f"{PIPELINE} is not text: {error}", status=2) from error


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


# What pipeline.yaml says of the inputs: this script has no copy of it


def mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def load_spec() -> tuple[Json, list[Any]]:
    """The pipeline beside this script, and the documents after it."""
    text = read_pipeline_text()
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        spec, *others = yaml.load_all(text, loader)
        json.dumps([spec, others])  # YAML also has dates and sets
    except (yaml.YAMLError, RecursionError, *YAML_SLIPS) as error:
        message = f"{PIPELINE} is no pipeline in YAML: {error}"
        raise Failure(message, status=2) from error
    for key in ("pipelineInfo", "root", "schemaVersion"):
        if key not in mapping(spec):
            message = f"{PIPELINE} is not a KFP v2 pipeline: {key} is missing."
            raise Failure(message, status=2)
    return spec, others


def complete_parameters(spec: Json, roots: tuple[str, ...]) -> list[str]:
    """Adds to PARAMETERS what the pipeline says: defaults, and which may be left out.

    Returns what does not fit, where one of the two files was edited.
    """
    root = spec.get("defaultPipelineRoot")
    if not SETTINGS["pipeline_root"] and str(root).startswith(roots):
        SETTINGS["pipeline_root"] = root
    inputs = mapping(mapping(mapping(spec.get("root")).get("inputDefinitions")))
    declared = mapping(inputs.get("parameters"))
    for name, parameter in PARAMETERS.items():
        known = mapping(declared.get(name))
        if "defaultValue" in known:
            parameter["default"] = known["defaultValue"]
        if isinstance(known.get("literals"), list):
            parameter["literals"] = known["literals"]
        parameter["required"] = not ("defaultValue" in known or known.get("isOptional"))
    return list(edited_apart(declared))


def edited_apart(declared: Json) -> Iterator[str]:
    """What this script and the pipeline say of the inputs in different ways."""
    for name, parameter in PARAMETERS.items():
        if name not in declared:
            yield f"{PIPELINE.name} has no input {name}; PARAMETERS here has."
            continue
        kind = kind_of(declared[name]) or parameter["type"]
        if kind != parameter["type"]:
            yield (
                f"Parameter {name} is {kind} in {PIPELINE.name} and "
                f"{parameter['type']} in PARAMETERS of this script."
            )
    for name, known in declared.items():
        # Nobody but the backend gives a value for other types.
        if name not in PARAMETERS and kind_of(known) in METAVARS:
            yield f"{PIPELINE.name} has an input {name}; PARAMETERS here has not."


def kind_of(declared: Any) -> str:
    """The type of an input, by its name of today where schema 2.0.0 has another."""
    known = mapping(declared)
    kind = str(known.get("parameterType") or known.get("type") or "")
    return {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}.get(kind, kind)


# The inputs of the pipeline

METAVARS = {
    "STRING": "TEXT",
    "NUMBER_INTEGER": "INT",
    "NUMBER_DOUBLE": "NUMBER",
    "BOOLEAN": "true|false",
    "LIST": "JSON",
    "STRUCT": "JSON",
}
TYPES: Json = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
# The words that KFP v1 reads as a truth value; where types are real, only the first.
TRUE = ("true", "t", "yes", "y", "on", "1")
FALSE = ("false", "f", "no", "n", "off", "0")


def gather_values(args: argparse.Namespace, findings: Findings) -> Json:
    """The value of each input that is given one: by flag, by file, or by ARGUMENTS."""
    values = {**ARGUMENTS, **read_params_file(args.params_file, findings)}
    for name, parameter in PARAMETERS.items():
        text = vars(args)[f"input {name}"]
        if text is not None:
            values[name] = from_text(parameter["type"], text)
    for name, parameter in PARAMETERS.items():
        check_given(name, parameter, values, findings)
    return {
        name: checked(name, parameter, values[name], findings)
        for name, parameter in PARAMETERS.items()
        if name in values
    }


def read_params_file(path: Path | None, findings: Findings) -> Json:
    """The values in a file of --params-file."""
    if path is None:
        return {}
    try:
        values = load_params(path)
    except (OSError, ValueError) as error:
        findings.error(f"--params-file: {error}")
        return {}
    if not isinstance(values, dict):
        findings.error(f"--params-file: {path} holds no mapping of inputs to values.")
        return {}
    for name in values:
        if name not in PARAMETERS:
            findings.error(unknown(f"Parameter {name}", str(name), list(PARAMETERS)))
    return values


def unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{what} is not known.{hint} Known: {', '.join(known) or 'none'}."


def from_text(kind: str, text: str) -> Any:
    """The value that a text stands for; the text itself if it is of another type."""
    try:
        match kind:
            case "NUMBER_INTEGER" | "NUMBER_DOUBLE":
                return number(text)
            case "BOOLEAN":
                return {"true": True, "false": False}.get(text.lower(), text)
            case "LIST" | "STRUCT":
                return json.loads(text)
    except (ValueError, RecursionError):
        pass
    return text


def number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def check_given(name: str, parameter: Json, values: Json, findings: Findings) -> None:
    """Each input has a value unless it can do without. The SDK drops null silently."""
    if values.get(name) is not None:
        return
    is_null = values.pop(name, 0) is None
    if parameter["required"]:
        kind = parameter.get("declared") or parameter["type"]
        advice = f"Pass {parameter['flags'][0]} VALUE or put it into --params-file."
        findings.error(f"Parameter {name} ({kind}) has no value. {advice}")
    elif is_null and "default" in parameter:
        default = quoted(parameter["default"])
        findings.warning(f"Parameter {name}: null is not sent; {default} is used.")


def checked(name: str, parameter: Json, value: Any, findings: Findings) -> Any:
    """The value as it is sent. Vertex AI would refuse one of another type."""
    if not is_json(name, value, findings):
        return None
    kind = parameter["type"]
    if parameter["as_text"] and kind == "STRING":
        value = as_text(value)
    elif SCHEMA_VERSION == "2.0.0" and kind == "STRING":
        value = as_json(value)
    if kind == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        value = int(value)
    is_bool = isinstance(value, bool)
    if not isinstance(value, TYPES[kind]) or is_bool != (kind == "BOOLEAN"):
        told = f"got {quoted(value)} ({type(value).__name__}).{remedy(kind, value)}"
        findings.error(f"Parameter {name} is {kind}, {told}")
    elif "literals" in parameter and value not in parameter["literals"]:
        allowed = ", ".join(map(quoted, parameter["literals"]))
        findings.error(f"Parameter {name} is one of {allowed}; got {quoted(value)}.")
    elif not reads_as(parameter.get("reads_as", "STRING"), value):
        declared = parameter["declared"]
        findings.error(f"Parameter {name} is {declared}, got {quoted(value)}.")
    return value


def as_text(value: Any) -> Any:
    """The text that KFP v1's own client makes of a value; there all values are text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def as_json(value: Any) -> Any:
    """The text that the SDK makes of a value for which schema 2.0.0 has no type."""
    return json.dumps(value) if isinstance(value, (bool, list, dict)) else value


def remedy(kind: str, value: Any) -> str:
    """What to do about a value of a wrong type, where it is plain."""
    if kind == "STRING":
        return " Quote it."
    if isinstance(value, str) and not isinstance(from_text(kind, value), str):
        # YAML takes 1e-5 for a text.
        return " Write it without quotes, and 1e-5 as 1.0e-5."
    return ""


def reads_as(kind: str, text: Any) -> bool:
    """Whether a text reads as the type that KFP v1 declares."""
    if kind == "STRING" or "{{" in text:
        return True
    if kind == "BOOLEAN":
        return text.lower() in TRUE + FALSE
    value = from_text(kind, text)
    if kind == "NUMBER_INTEGER":
        return isinstance(value, int)
    return isinstance(value, TYPES[kind])


def is_json(name: str, value: Any, findings: Findings) -> bool:
    """Whether the value, with all that is in it, is JSON."""
    try:
        problems = {problem for part in parts(value) for problem in why_not(part)}
    except RecursionError:
        problems = {"nested too deeply."}
    for problem in sorted(problems):
        findings.error(f"Parameter {name}: {problem}")
    if problems:
        return False
    if SCHEMA_VERSION == "2.0.0" and PARAMETERS[name]["type"] == "NUMBER_INTEGER":
        return has_64_bits(name, value, findings)
    for told in inexact(name, value):
        findings.warning(told)
    return True


def has_64_bits(name: str, value: Any, findings: Findings) -> bool:
    """Whether a whole number is one of schema 2.0.0, which sends it digit for digit."""
    fits = not isinstance(value, int) or -(2**63) <= value < 2**63
    if not fits:
        findings.error(f"Parameter {name}: {value} does not fit into 64 bits.")
    return fits


def why_not(part: Any) -> Iterator[str]:
    """Why something is not JSON. YAML also knows dates, sets and keys of any type."""
    if isinstance(part, dict):
        for key in part:
            if not isinstance(key, str):
                yield f"the key {key} is not JSON. Quote it."
    elif isinstance(part, (int, float)):
        if not math.isfinite(as_double(part)):
            yield f"{as_double(part)} is not a JSON number."
    elif part is not None and not isinstance(part, (str, list)):
        yield f"{type(part).__name__} is not JSON. Quote it."


# What KFP v1 fills in on the cluster; nothing on Vertex AI does so for a value.
SERVER_TEXT = re.compile(r"\{\{kfp-(default-bucket|project-id)\}\}")
RUN_TEXT = re.compile(
    r"\{\{\s*(?:"
    r"(?P<id>workflow\.(?:uid|name))"
    r"|(?P<time>workflow\.creationTimestamp)"
    r")\s*\}\}"
)
OTHER_TEXT = re.compile(r"\{\{\s*(?:workflow|pod|node)\.[^{}]*\}\}")


def with_run_texts(
    args: argparse.Namespace, values: Json, job_id: str, findings: Findings
) -> Json:
    """The values, and the defaults that are other values for each run, filled in."""
    filled = dict(values)
    bucket = args.pipeline_root.removeprefix("gs://").partition("/")[0]
    server = {"default-bucket": bucket, "project-id": args.project}
    now = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    for name, parameter in PARAMETERS.items():
        value = values.get(name, parameter.get("default"))
        if SERVER_TEXT.search(json.dumps(value)):
            value = substituted(value, SERVER_TEXT, lambda match: server[match[1]])
            filled[name] = value
            findings.note(f"Parameter {name}: filled in: {quoted(value)}")
        text = json.dumps(value)
        advice = f"Pass {parameter['flags'][0]} VALUE."
        found = ", ".join(sorted({match[0] for match in RUN_TEXT.finditer(text)}))
        if found and args.schedule:
            findings.error(
                f"Parameter {name}: {found} differs from run to run, and a schedule "
                f"cannot fill it in. {advice}"
            )
        elif found:
            filled[name] = substituted(
                value, RUN_TEXT, lambda match: job_id if match["id"] else now
            )
            told = quoted(filled[name])
            findings.note(f"Parameter {name}: {found} filled in: {told}")
        for other in sorted(set(OTHER_TEXT.findall(RUN_TEXT.sub("", text)))):
            findings.warning(
                f"Parameter {name}: {other} reaches the container as it stands, since "
                f"Vertex AI does not fill it in. {advice}"
            )
    return filled


def substituted(value: Any, pattern: re.Pattern[str], text_for: Any) -> Any:
    """The value, where the pattern is another text in all texts of it."""
    if isinstance(value, str):
        return pattern.sub(text_for, value)
    if isinstance(value, list):
        return [substituted(item, pattern, text_for) for item in value]
    if isinstance(value, dict):
        return {k: substituted(item, pattern, text_for) for k, item in value.items()}
    return value


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


# What is sent

# How schema 2.0.0 says what a value is.
VALUE_KEYS = {
    "STRING": "stringValue",
    "NUMBER_INTEGER": "intValue",
    "NUMBER_DOUBLE": "doubleValue",
}


def make_request(args: argparse.Namespace, spec: Json, findings: Findings) -> Json:
    """The request for a run or a schedule, as JSON of the API's own messages."""
    check_settings(args, findings)
    values = gather_values(args, findings)
    job_id = args.job_id or default_job_id()
    values = with_run_texts(args, values, job_id, findings)
    parent = f"projects/{args.project}/locations/{args.location}"
    job = make_job(args, values, with_caching(spec, args.cache, findings))
    if args.schedule:
        return {"parent": parent, "schedule": make_schedule(args, parent, job)}
    name = {"displayName": args.display_name}
    return {"parent": parent, "pipelineJobId": job_id, "pipelineJob": {**name, **job}}


def default_job_id() -> str:
    return f"{NAME}-{datetime.datetime.now():%Y%m%d%H%M%S}"


def make_job(args: argparse.Namespace, values: Json, spec: Json) -> Json:
    runtime: Json = {"gcsOutputDirectory": args.pipeline_root}
    if SCHEMA_VERSION == "2.0.0":
        runtime["parameters"] = typed(values, spec)
    else:
        runtime["parameterValues"] = values
    artifacts = all_artifacts(args)
    if artifacts:
        runtime["inputArtifacts"] = {
            name: {"artifactId": artifact} for name, artifact in artifacts.items()
        }
    if args.failure_policy:
        policy = f"PIPELINE_FAILURE_POLICY_FAIL_{args.failure_policy.upper()}"
        runtime["failurePolicy"] = policy
    key, attachment = args.encryption_key, args.psc_network_attachment
    optional = {
        "labels": all_labels(args),
        "serviceAccount": args.service_account,
        "network": args.network,
        "reservedIpRanges": all_ranges(args),
        "pscInterfaceConfig": {"networkAttachment": attachment} if attachment else None,
        "encryptionSpec": {"kmsKeyName": key} if key else None,
    }
    given = {field: value for field, value in optional.items() if value}
    return {**given, "runtimeConfig": runtime, "pipelineSpec": spec}


def typed(values: Json, spec: Json) -> Json:
    """The values, and the defaults of the others, as schema 2.0.0 has them."""
    declared = spec.get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    defaults = {
        name: parameter["defaultValue"]
        for name, parameter in declared.items()
        if name in PARAMETERS and parameter.get("defaultValue") is not None
    }
    return {
        name: typed_value(PARAMETERS[name]["type"], value)
        for name, value in {**defaults, **values}.items()
    }


def typed_value(kind: str, value: Any) -> Json:
    # Protobuf writes integers of 64 bits as text.
    return {VALUE_KEYS[kind]: str(value) if kind == "NUMBER_INTEGER" else value}


def plain_values(runtime: Json) -> Json:
    """The values as the SDK takes them, which makes the same of them."""
    if SCHEMA_VERSION != "2.0.0":
        return dict(runtime["parameterValues"])
    return {
        name: value
        for name, entry in runtime["parameters"].items()
        for value in entry.values()
    }


def make_schedule(args: argparse.Namespace, parent: str, job: Json) -> Json:
    """The schedule; its runs have no ids and no display names of ours."""
    schedule: Json = {"displayName": args.schedule_name or args.display_name}
    schedule["cron"] = args.schedule
    if args.schedule_start:
        schedule["startTime"] = utc(args.schedule_start)
    if args.schedule_end:
        schedule["endTime"] = utc(args.schedule_end)
    if args.schedule_max_runs:
        schedule["maxRunCount"] = args.schedule_max_runs
    schedule["maxConcurrentRunCount"] = args.schedule_max_concurrent_runs or 1
    if args.schedule_allow_queueing:
        schedule["allowQueueing"] = True
    schedule["createPipelineJobRequest"] = {"parent": parent, "pipelineJob": job}
    return schedule


def pipeline_of_this_script() -> tuple[Json, list[str]]:
    """The pipeline beside this script, and what this script says otherwise."""
    spec, others = load_spec()
    if others:
        raise Failure(f"{PIPELINE} is no single YAML document.", status=2)
    if spec["schemaVersion"] != SCHEMA_VERSION:
        message = (
            f"schemaVersion {spec['schemaVersion']} of {PIPELINE.name} is not known to "
            f"this script, only {SCHEMA_VERSION} is. Convert the pipeline anew."
        )
        raise Failure(message, status=2)
    return spec, complete_parameters(spec, roots=("gs://",))


def with_caching(spec: Json, enabled: bool | None, findings: Findings) -> Json:
    """The pipeline with caching on or off for all tasks, as the SDK does it."""
    if not is_overridden(spec, enabled):
        return spec
    for component in [spec["root"], *spec["components"].values()]:
        for name, task in component.get("dag", {}).get("tasks", {}).items():
            if task.get("cachingOptions", {}).get("cacheKey"):
                findings.warning(
                    f"Task {name}: --cache and --no-cache drop its cacheKey."
                )
            task["cachingOptions"] = {"enableCache": enabled}
    return spec


def is_overridden(spec: Json, enabled: bool | None) -> bool:
    """Whether the SDK is told about caching; without components it breaks."""
    return enabled is not None and "components" in spec


def endpoint(args: argparse.Namespace) -> str:
    if args.api_endpoint:
        return str(args.api_endpoint)
    if args.location in ("us", "eu"):
        return f"aiplatform.{args.location}.rep.googleapis.com"
    prefix = "" if args.location == "global" else f"{args.location}-"
    return f"{prefix}aiplatform.googleapis.com"


# Vertex AI

CONSOLE = "https://console.cloud.google.com/vertex-ai"
NO_CREDENTIALS = """\
no credentials. Run `gcloud auth application-default login` \
or set GOOGLE_APPLICATION_CREDENTIALS."""
# States that a run does not leave by itself.
ENDS = ("SUCCEEDED", "FAILED", "CANCELLED", "PAUSED")


def deploy(args: argparse.Namespace, request: Json) -> int:
    """Sends the request by way of the SDK, and returns the exit status."""
    aiplatform = sdk()
    with service_errors(request):
        # Without a project the SDK talks to another server in another way.
        aiplatform.init(
            project=args.project,
            location=args.location,
            api_endpoint=args.api_endpoint or None,
            api_transport=args.api_transport,
        )
        if "schedule" in request:
            create_schedule(aiplatform, args, request)
            return 0
        body = request["pipelineJob"]
        job = new_job(aiplatform, args, body, request["pipelineJobId"])
        look_at_bucket(args)
        submit(job, args, body)
    say(f"Run: {job.resource_name}", result=True)
    say(f"See: {page(args, 'runs', job.resource_name)}", result=True)
    return wait(job, args.poll_seconds) if args.wait else 0


def sdk() -> Any:
    warnings_of("google.cloud.aiplatform")
    try:
        from google.cloud import aiplatform
    except ImportError as error:
        raise Failure(f"{error}. Run: {install()}") from error
    return aiplatform


def new_job(
    aiplatform: Any, args: argparse.Namespace, body: Json, job_id: str | None
) -> Any:
    overridden = is_overridden(body["pipelineSpec"], args.cache)
    return aiplatform.PipelineJob(
        display_name=args.display_name,
        template_path=str(PIPELINE),
        job_id=job_id,
        pipeline_root=args.pipeline_root,
        parameter_values=plain_values(body["runtimeConfig"]),
        input_artifacts=all_artifacts(args),
        # Only when asked: it replaces what each task says.
        enable_caching=args.cache if overridden else None,
        encryption_spec_key_name=args.encryption_key or None,
        labels=body.get("labels"),
        project=args.project,
        location=args.location,
        failure_policy=args.failure_policy,
    )


def submit(job: Any, args: argparse.Namespace, body: Json) -> None:
    add_networking(job._gca_resource, body)
    try:
        job.submit(
            service_account=args.service_account or None,
            network=args.network or None,
            reserved_ip_ranges=body.get("reservedIpRanges"),
            experiment=args.experiment or None,
        )
    except (AttributeError, RuntimeError) as error:
        if not job._gca_resource.name:
            raise
        # The SDK joins it once it is accepted, and fails in two ways when it cannot.
        reason = error.__cause__ or error.__context__ or error
        say(f"warning: the run is not in experiment {args.experiment}: {reason}")


def create_schedule(aiplatform: Any, args: argparse.Namespace, request: Json) -> None:
    """Creates the schedule. Each call makes another one."""
    asked = request["schedule"]
    body = asked["createPipelineJobRequest"]["pipelineJob"]
    made = aiplatform.PipelineJobSchedule(
        # The id is not sent; given so that the SDK makes none up.
        pipeline_job=new_job(aiplatform, args, body, job_id=default_job_id()),
        display_name=asked["displayName"],
    )
    add_networking(made._gca_resource.create_pipeline_job_request.pipeline_job, body)
    made.create(
        cron=asked["cron"],
        start_time=asked.get("startTime"),
        end_time=asked.get("endTime"),
        allow_queueing=args.schedule_allow_queueing,
        max_run_count=asked.get("maxRunCount"),
        max_concurrent_run_count=asked["maxConcurrentRunCount"],
        service_account=args.service_account or None,
        network=args.network or None,
    )
    say(f"Schedule: {made.resource_name}", result=True)
    say(f"See: {page(args, 'schedules', made.resource_name)}", result=True)


def add_networking(resource: Any, body: Json) -> None:
    """Sets what the SDK's own arguments leave out: PSC, and ranges of a schedule."""
    if "pscInterfaceConfig" in body:
        attachment = body["pscInterfaceConfig"]["networkAttachment"]
        resource.psc_interface_config = {"network_attachment": attachment}
    if "reservedIpRanges" in body:
        resource.reserved_ip_ranges = body["reservedIpRanges"]


def page(args: argparse.Namespace, kind: str, name: str) -> str:
    """Where the console shows it."""
    where = f"{CONSOLE}/locations/{args.location}/pipelines/{kind}"
    return f"{where}/{name.rpartition('/')[2]}?project={args.project}"


def look_at_bucket(args: argparse.Namespace) -> None:
    """Says what the SDK does about a bucket that is not there, or is far away."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import storage

    name = args.pipeline_root.removeprefix("gs://").partition("/")[0]
    try:
        client = storage.Client(project=args.project)
        bucket = client.lookup_bucket(name, timeout=10, retry=None)
    except OSError as error:
        say(f"warning: no answer from Cloud Storage, the SDK may try for long: {error}")
        return
    except (GoogleAPIError, GoogleAuthError, ValueError):
        return  # perhaps only its objects may be seen; Vertex AI says more
    if bucket is None:
        say(f"warning: bucket {name} is not there; the SDK makes it in {args.location}")
    elif bucket.location and bucket.location.lower() != args.location:
        where = f"{bucket.location}, the job in {args.location}"
        say(f"warning: bucket {name} is in {where}")


@contextlib.contextmanager
def service_errors(request: Json) -> Iterator[None]:
    """Turns what the SDK raises into a message."""
    from google.api_core import exceptions
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    try:
        yield
    except DefaultCredentialsError as error:
        raise Failure(NO_CREDENTIALS) from error
    except GoogleAuthError as error:
        raise Failure(f"no access with these credentials: {error}") from error
    except exceptions.AlreadyExists as error:
        told = f"A run with id {request.get('pipelineJobId')} exists"
        raise Failure(f"{told}; give another --job-id, or none.") from error
    except exceptions.GoogleAPIError as error:
        raise Failure(f"Vertex AI did not accept it: {error}") from error
    except (ValueError, RuntimeError) as error:
        raise Failure(f"the SDK did not accept it: {error}") from error


def wait(job: Any, seconds: float) -> int:
    """The exit status, once the run has ended.

    The SDK's own wait() takes a cancelled run for a good one, and gives up on a run as
    soon as the network fails once.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    state, failures = "", 0
    try:
        while state not in ENDS:
            try:
                now = job.state.name.removeprefix("PIPELINE_STATE_")
            except (GoogleAPIError, GoogleAuthError, OSError) as error:
                failures += 1
                if failures == 5:
                    message = f"lost sight of the run, which goes on: {error}"
                    raise Failure(message) from error
            else:
                failures = 0
                if now != state:
                    state = now
                    say(f"{datetime.datetime.now():%H:%M:%S} {state}", result=True)
                    continue
            time.sleep(seconds)
    except KeyboardInterrupt:
        raise Failure("no longer watching; the run goes on") from None
    return 0 if state == "SUCCEEDED" else tell_failure(job, state)


def tell_failure(job: Any, state: str) -> int:
    """Says what is known about why a run did not succeed."""
    resource = job.gca_resource
    say(f"error: the run ended as {state}")
    if resource.error.message:
        say(f"  {resource.error.message}")
    for task in resource.job_detail.task_details:
        if task.state.name == "FAILED":
            say(f"  task {task.task_name} failed. {task.error.message}")
    return 1


if __name__ == "__main__":
    # Texts of the pipeline may hold what the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
