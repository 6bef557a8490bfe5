#!/usr/bin/env python3
"""Submits the pipeline beside this script to Kubeflow Pipelines.

The client has to be there: pip install -r requirements.txt
(--help does without it, --dry-run needs only PyYAML.) See --help for everything else.
"""

# Written by kfp-translator 0.1.0, which puts no conditions on this file.

from __future__ import annotations

import argparse
import contextlib
import datetime
import difflib
import functools
import hashlib
import http.client
import io
import json
import logging
import math
import os
import queue
import re
import shlex
import ssl
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PIPELINE = Path(__file__).resolve().parent / "pipeline.yaml"
# The name that the pipeline has on the server.
NAME = "Penguin training pipeline"

# What is used when the flag is not given.
SETTINGS: Json = {
    "host": "http://localhost:8080",
    "namespace": "",
    "experiment": "",
    "run_name": "",
    "service_account": "",
    "recurring": "",
}

# The inputs of the pipeline, with the flags that set them. Their defaults are in
# pipeline.yaml, and nowhere else.
PARAMETERS: dict[str, Json] = {
    "data_url": {
        "flags": ["--data-url", "--data_url"],
        "type": "STRING",
        "description": "",
    },
    "store_endpoint": {
        "flags": ["--store-endpoint", "--store_endpoint"],
        "type": "STRING",
        "description": "",
    },
    "bucket": {"flags": ["--bucket"], "type": "STRING", "description": ""},
    "log_folder": {
        "flags": ["--log-folder", "--log_folder"],
        "type": "STRING",
        "description": "",
    },
    "model_folder": {
        "flags": ["--model-folder", "--model_folder"],
        "type": "STRING",
        "description": "",
    },
    "settings_folder": {
        "flags": ["--settings-folder", "--settings_folder"],
        "type": "STRING",
        "description": "",
    },
    "plot_folder": {
        "flags": ["--plot-folder", "--plot_folder"],
        "type": "STRING",
        "description": "",
    },
    "model_uri": {
        "flags": ["--model-uri", "--model_uri"],
        "type": "STRING",
        "description": "",
    },
    "model_name": {
        "flags": ["--model-name", "--model_name"],
        "type": "STRING",
        "description": "",
    },
    "namespace": {
        "flags": ["--param-namespace"],
        "type": "STRING",
        "description": "",
    },
    "test_share": {
        "flags": ["--test-share", "--test_share"],
        "type": "NUMBER_DOUBLE",
        "description": "",
    },
    "trees": {"flags": ["--trees"], "type": "NUMBER_INTEGER", "description": ""},
    "weighted": {"flags": ["--weighted"], "type": "BOOLEAN", "description": ""},
    "gateway": {"flags": ["--gateway"], "type": "STRING", "description": ""},
    "host": {"flags": ["--param-host"], "type": "STRING", "description": ""},
    "question": {"flags": ["--question"], "type": "STRING", "description": ""},
}

# Values that the pipeline's own file asks for; flags and --params-file win over them.
ARGUMENTS: Json = {}

# What the cluster must have, with the commands that create it.
NEEDS: list[dict[str, Any]] = []

EPILOG = """\
environment (all of it as the KFP client has it):
  KF_PIPELINES_ENDPOINT                  the host, where --host does not say
  KFP_EXISTING_TOKEN                     the token, where --token does not say
  KF_PIPELINES_DEFAULT_EXPERIMENT_NAME   the experiment, where nothing else says
  KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME  the experiment, whatever else says
  KF_PIPELINES_SA_TOKEN_PATH             a projected service account token
  KF_PIPELINES_IAP_OAUTH2_CLIENT_ID      and the rest of Identity-Aware Proxy
  ~/.config/kfp/context.json             namespace and cookie

exit status:
  0  done; with --wait: the run succeeded
  1  not submitted; with --wait: the run failed, was cancelled or lost from sight
  2  wrong usage or values; nothing was sent
"""

NOTHING_ANSWERS = "nothing answers at {host} ({reason})"
FORWARD = """\
If Kubeflow Pipelines runs in a cluster of yours, forward its port in another terminal:
  kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80
Otherwise say where it is with --host."""
NOT_LET_IN = "{host} does not let us in ({reason})"
LOG_IN = """\
Give --token, or --cookie 'NAME=VALUE' from a browser that is logged in. A multi-user
Kubeflow has its API below /pipeline: --host http://localhost:8080/pipeline"""
TOO_OLD = """\
{host} has no API v2beta1 (404): it is not Kubeflow Pipelines, or one before 2.0"""
BELOW = """\
A multi-user Kubeflow has it below /pipeline: --host http://localhost:8080/pipeline"""
# What a server says that does not take pipelines of KFP v1.
V1_REFUSED = re.compile(
    r"V1 pipeline specs are not allowed|is not allowed to run v1 pipelines", re.I
)
NO_V1 = """\
This server takes no pipelines of KFP v1 here (BLOCK_V1_PIPELINES). Either ask its
administrator to add the namespace to V1_ALLOWED_NAMESPACES in the ConfigMap
pipeline-install-config, or convert the pipeline for KFP v2: compile its source with
kfp 2 (https://www.kubeflow.org/docs/components/pipelines/user-guides/migration/)."""

READERS: dict[str, Callable[[str], Any]] = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": float,
    "BOOLEAN": lambda text: {"true": True, "false": False}[text.lower()],
    "LIST": json.loads,
    "STRUCT": json.loads,
}
TYPES: dict[str, Any] = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
EXPECTED = {
    "STRING": "text",
    "NUMBER_INTEGER": "a whole number",
    "NUMBER_DOUBLE": "a number",
    "BOOLEAN": "true or false",
    "LIST": "a JSON list",
    "STRUCT": "a JSON object",
}
METAVARS = {
    "STRING": "TEXT",
    "NUMBER_INTEGER": "INT",
    "NUMBER_DOUBLE": "NUMBER",
    "BOOLEAN": "true|false",
    "LIST": "JSON",
    "STRUCT": "JSON",
}


def main() -> int:
    try:
        # The help shows what the pipeline says of its inputs, and does without it.
        unfit, missing = complete(), None
    except Failure as failure:
        unfit, missing = [], failure
    args = parse_args(missing)
    try:
        if missing:
            raise missing
        if unfit:
            raise Failure(" ".join(unfit), status=2)
        arguments = gather_arguments(args)
        plan = make_plan(args, arguments)
        if args.dry_run:
            print_json(plan)
            for line in cluster_needs(args.namespace).splitlines():
                say(line)
            return 0
        require_server(args)
        with server_errors(args.host), tempfile.TemporaryDirectory() as folder:
            client = connect(args)
            file = prepare(Path(folder), args, arguments)
            return submit(client, args, plan, file)
    except Failure as failure:
        failure.tell()
        return failure.status


# The command line


def parse_args(missing: Failure | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Submit this pipeline to Kubeflow Pipelines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_target(parser.add_argument_group("where and how it runs"))
    add_actions(parser.add_argument_group("what is done"))
    about = f"their defaults are in {PIPELINE.name}. {missing}" if missing else None
    about = about and escaped(about)
    add_inputs(parser.add_argument_group("inputs of the pipeline", about))
    args = parser.parse_args()
    if problem := host_problem(args.host):
        parser.error(f"--host: {problem}")
    for flag, text in (("--token", args.token), ("--cookie", args.cookie)):
        if text and not (text.isascii() and text.isprintable()):
            parser.error(f"{flag}: it has characters that no header can hold")
    if args.recurring and args.wait:
        parser.error("--wait: a recurring run has no end; leave out one of the two")
    if args.upload_only and (args.recurring or args.wait):
        parser.error("--upload-only: runs nothing, so no --recurring and no --wait")
    return args


def add_target(group: argparse._ArgumentGroup) -> None:
    host: str = os.environ.get("KF_PIPELINES_ENDPOINT") or SETTINGS["host"]
    token = os.environ.get("KFP_EXISTING_TOKEN")
    add = group.add_argument
    add("--host", default=host, help=f"address of the API ({escaped(host)})")
    add("--token", default=token, help="bearer token that the API is called with")
    add("--cookie", help="cookie that the API is called with: NAME=VALUE")
    add(
        "--namespace",
        default=SETTINGS["namespace"],
        help="your namespace; multi-user Kubeflow only",
    )
    add(
        "--experiment",
        default=SETTINGS["experiment"],
        help="experiment of the run, made if it is not there (Default)",
    )
    add("--run-name", default=SETTINGS["run_name"], help="name and time if not given")
    add(
        "--service-account",
        default=SETTINGS["service_account"],
        help="Kubernetes service account that the pods run as",
    )
    # A KFP v1 workflow says itself where artifacts go and what is cached.


def add_actions(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--recurring",
        metavar="CRON",
        type=cron,
        default=SETTINGS["recurring"],
        help="run it regularly instead of once. Kubeflow counts in seconds first: "
        "SECOND MINUTE HOUR DAY MONTH WEEKDAY. The usual five fields get second 0 in "
        "front. @daily and '@every 1h' work too. The time zone is the server's (UTC "
        "unless it is set up otherwise). An empty text runs it once",
    )
    add(
        "--max-concurrency",
        type=int,
        choices=range(1, 11),
        metavar="1..10",
        default=1,
        help="with --recurring: how many runs may be under way at once (1)",
    )
    add(
        "--no-catchup",
        action="store_true",
        help="with --recurring: do not make up for runs that were missed",
    )
    add("--upload-only", action="store_true", help="store the pipeline, run nothing")
    add("--wait", action="store_true", help="wait for the end of the run")
    add(
        "--poll-seconds",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="with --wait: how often to look (5)",
    )
    add("--dry-run", action="store_true", help="print what would be sent; send nothing")


def add_inputs(group: argparse._ArgumentGroup) -> None:
    for name, parameter in PARAMETERS.items():
        shown, *aliases = parameter["flags"]
        read = functools.partial(from_text, parameter)
        group.add_argument(
            shown,
            dest=f"input {name}",
            metavar=METAVARS[parameter["type"]],
            type=read,
            help=escaped(described(name, parameter)),
        )
        for alias in aliases:
            group.add_argument(
                alias, dest=f"input {name}", type=read, help=argparse.SUPPRESS
            )
    group.add_argument(
        "--params-file",
        type=Path,
        metavar="FILE",
        help="YAML or JSON: a mapping of inputs to values; flags win over it",
    )


def described(name: str, parameter: dict[str, Any]) -> str:
    """A line of help: what it is, and what it is when not given."""
    if name in ARGUMENTS or "default" in parameter:
        value = ARGUMENTS.get(name, parameter.get("default"))
        default = f"default: {shown_value(parameter, value)}"
    elif "required" not in parameter:
        default = f"default: see {PIPELINE.name}"
    else:
        default = "required" if parameter["required"] else "optional"
    about = parameter["description"]
    return f"{about} ({default})" if about else default


def cron(text: str) -> str:
    """The schedule as Kubeflow reads it: with a field for seconds in front."""
    for problem in schedule_problems(text):
        raise argparse.ArgumentTypeError(problem)
    fields = text.split()
    return " ".join(["0", *fields] if len(fields) == 5 else fields)


# What is printed

# What GitHub Actions and Azure Pipelines take for a command in a log.
COMMAND = re.compile(r"^\s*:(?=:)|#(?=#[\w.-]*\[)")

# What is shown instead of a secret.
HIDDEN = "(not shown)"


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
    a pipeline could steer a terminal, or the log of a CI service.
    """
    line = printable(" ".join(text.splitlines()))
    print(line, file=sys.stdout if result else sys.stderr, flush=result)


def printable(text: str) -> str:
    """The line with what does not print, or is a command to a log, spelled out."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return COMMAND.sub(lambda told: f"{told[0][:-1]}\\x{ord(told[0][-1]):x}", line)


def print_json(value: object) -> None:
    """Prints a JSON document; no log takes a text in it for a command."""
    print(json.dumps(value, indent=2).replace("##", "#\\u0023"))


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
    """The text for the help of argparse, which takes % for its own and breaks lines."""
    return printable(text).replace("::", "\\x3a:").replace("%", "%%")


def shown_value(parameter: dict[str, Any], value: object) -> str:
    """The value of an input as JSON, shortened; of a secret nothing is shown."""
    return HIDDEN if "secret" in parameter else quoted(value)


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


# The inputs of the pipeline


def gather_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """The value of each input that is given one: by flag, by file, or by ARGUMENTS."""
    arguments = {**ARGUMENTS, **read_file(args.params_file)}
    for name in PARAMETERS:
        value = vars(args)[f"input {name}"]
        if value is not None:
            arguments[name] = value
    missing = [
        parameter["flags"][0]
        for name, parameter in PARAMETERS.items()
        if parameter["required"] and name not in arguments
    ]
    if missing and not args.upload_only:
        raise Failure(f"no value for {', '.join(missing)}", status=2)
    # Values are texts, which lose no digits.
    return arguments


def read_file(path: Path | None) -> dict[str, Any]:
    """The values in a file of --params-file."""
    if path is None:
        return {}
    try:
        values = load_params(path)
    except (OSError, ValueError) as error:
        raise Failure(f"--params-file: {error}", status=2) from error
    if not isinstance(values, dict):
        raise Failure(f"--params-file: {path} holds no mapping", status=2)
    return {name: from_file(name, value) for name, value in values.items()}


def from_file(name: str, value: Any) -> Any:
    """The value of an input as a file has it, checked."""
    if name not in PARAMETERS:
        near = difflib.get_close_matches(str(name), PARAMETERS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Failure(f"--params-file: no input {name!r}{hint}", status=2)
    parameter = PARAMETERS[name]
    try:
        if isinstance(value, str):
            return from_text(parameter, value)
        # In KFP v1 every value is text; this is the text that its own client sent.
        checked(parameter, value)
        return json.dumps(value) if isinstance(value, (list, dict)) else str(value)
    except argparse.ArgumentTypeError as error:
        raise Failure(f"--params-file: {name!r}: {error}", status=2) from error


def from_text(parameter: dict[str, Any], text: str) -> Any:
    """The value that a text on the command line stands for, checked."""

    if "{{" in text:
        return text  # filled in by the server, like {{workflow.uid}}
    try:
        value = READERS[parameter["type"]](text)
    except (ValueError, KeyError, RecursionError) as error:
        expected = EXPECTED[parameter["type"]]
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}") from error
    checked(parameter, value)
    return text


def checked(parameter: dict[str, Any], value: Any) -> Any:
    """The value, if it is of the input's type. The server would refuse any other."""
    kind = parameter["type"]
    fits = isinstance(value, TYPES[kind])
    fits = fits or (kind == "STRING" and isinstance(value, (int, float, list, dict)))
    if not fits:
        raise argparse.ArgumentTypeError(f"{value!r} is not {EXPECTED[kind]}")
    try:
        json.dumps(value, allow_nan=False)
        # Numbers become texts, of any size.
    except (ValueError, TypeError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not a JSON value: {error}") from error
    if "literals" in parameter and value not in parameter["literals"]:
        allowed = ", ".join(map(json.dumps, parameter["literals"]))
        raise argparse.ArgumentTypeError(f"{value!r} is none of {allowed}")
    return value


# What is sent


def make_plan(args: argparse.Namespace, arguments: dict[str, Any]) -> dict[str, Any]:
    """What is to be sent where, as --dry-run prints it."""
    plan: dict[str, Any] = {"host": args.host.rstrip("/")}
    namespace = {"namespace": args.namespace} if args.namespace else {}
    plan["upload"] = {"file": PIPELINE.name, "name": NAME, **namespace}
    if arguments:
        # Says now what would fail later.
        with_arguments(read_pipeline_text(), arguments)
        plan["upload"]["values_written_into_it"] = arguments
    if defaults := defaults_beside(arguments):
        plan["upload"]["values_that_are_in_it"] = defaults
    if args.upload_only:
        return plan
    plan["experiment"] = {"display_name": experiment_name(args), **namespace}
    run: dict[str, Any] = {"display_name": args.run_name or default_run_name()}
    if args.service_account:
        run["service_account"] = args.service_account
    run["pipeline_version_reference"] = "the version that was uploaded"
    if args.recurring:
        run["trigger"] = {"cron_schedule": {"cron": args.recurring}}
        run["max_concurrency"] = args.max_concurrency
        run["no_catchup"] = args.no_catchup
    plan["recurring_run" if args.recurring else "run"] = run
    return plan


def cluster_needs(namespace: str) -> str:
    """What the cluster must have, as --dry-run prints it."""
    text = ""
    for need in NEEDS:
        words = [*need["create"], "-n", namespace or "NAMESPACE"]
        manifest = need["manifest"]
        given = f"printf %s {shlex.quote(manifest)} | " if manifest else ""
        text += f"- {need['what']}\n    {given}{shlex.join(words)}\n"
    about = "The cluster must have, in the namespace of the run:\n"
    return about + text if text else ""


def defaults_beside(arguments: Json) -> Json:
    """The defaults of the inputs that are given no value."""
    return {
        name: HIDDEN if "secret" in parameter else parameter["default"]
        for name, parameter in PARAMETERS.items()
        if name not in arguments and "default" in parameter
    }


def experiment_name(args: argparse.Namespace) -> str:
    """The experiment, in the order that the client itself goes by."""
    return (
        os.environ.get("KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME")
        or args.experiment
        or os.environ.get("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME")
        or "Default"
    )


def default_run_name() -> str:
    return f"{NAME} {datetime.datetime.now():%Y-%m-%d %H-%M-%S}"


# What pipeline.yaml says of the inputs: this script has no copy of it


def complete() -> list[str]:
    """Adds to PARAMETERS the values that the workflow has for its arguments."""
    text = read_pipeline_text()
    try:
        entries = argument_nodes(text)
        for fields in ({key.value: value for key, value in e.value} for e in entries):
            value = fields.get("value")
            known = PARAMETERS.get(fields["name"].value, {})
            if value is not None and value.tag != "tag:yaml.org,2002:null":
                known["default"] = value.value
    except (yaml_module().YAMLError, RecursionError, *YAML_SLIPS) as error:
        message = f"{PIPELINE} is no workflow in YAML: {error}"
        raise Failure(message, status=2) from error
    for parameter in PARAMETERS.values():
        parameter["required"] = "default" not in parameter
    return []


def argument_nodes(text: str) -> list[Any]:
    """The arguments of the workflow, as nodes: their texts as they are in the file."""
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    node = next(yaml.compose_all(text, loader), None)
    for key in ("spec", "arguments", "parameters"):
        fields = {name.value: value for name, value in node.value} if node else {}
        node = fields.get(key)
    return node.value if node else []


# What is sent of the workflow


def prepare(folder: Path, args: argparse.Namespace, arguments: dict[str, Any]) -> Path:
    """The file to send: the workflow as it is, or a copy with the values in it."""
    if not arguments:
        return PIPELINE
    copy = folder / PIPELINE.name
    copy.write_bytes(with_arguments(read_pipeline_text(), arguments).encode("utf-8"))
    return copy


def with_arguments(text: str, arguments: dict[str, str]) -> str:
    """The workflow with these values as its own; all else in the text stays as it is.

    A server of KFP 2 ignores the arguments of a run of a v1 workflow, and takes the
    values that are written in it.
    """
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    unlike = (yaml.YAMLError, RecursionError, *YAML_SLIPS)
    try:
        root = next(yaml.compose_all(text, loader), None)
        changed = edited(text, root, arguments)
        expected = next(yaml.load_all(text, loader))
        entries = expected["spec"]["arguments"]["parameters"]
        for entry in entries:
            if entry["name"] in arguments:
                entry["value"] = arguments[entry["name"]]
        same = next(yaml.load_all(changed, loader)) == expected
    except unlike as error:
        raise Failure(f"no value fits into {PIPELINE}: {error!r}", status=2) from error
    unknown = arguments.keys() - {entry["name"] for entry in entries}
    if unknown or not same:
        names = ", ".join(sorted(unknown or arguments))
        raise Failure(f"{PIPELINE} has no place for the value of {names}", status=2)
    return changed


def edited(text: str, root: Any, arguments: dict[str, str]) -> str:
    """The text of a workflow, whose node is ``root``, with the values put in."""
    for key in ("spec", "arguments", "parameters"):
        root = {name.value: node for name, node in root.value}[key]
    edits = [edit(text, entry, arguments) for entry in root.value]
    for start, end, new in sorted(filter(None, edits), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def edit(
    text: str, entry: Any, arguments: dict[str, str]
) -> tuple[int, int, str] | None:
    """Where in the text the value of a parameter stands, and what is to stand there."""
    fields = {key.value: (key, value) for key, value in entry.value}
    key, name = fields["name"]
    if name.value not in arguments:
        return None
    # Quoted in ASCII: read the same by every reader of YAML.
    dump = functools.partial(yaml_module().safe_dump, default_style='"')
    new = dump(arguments[name.value], width=float("inf")).strip()
    if "value" not in fields:
        lead = ", " if entry.flow_style else "\n" + " " * key.start_mark.column
        word = '"value"' if key.style else "value"  # so that JSON stays JSON
        return name.end_mark.index, name.end_mark.index, f"{lead}{word}: {new}"
    value = fields["value"][1]
    start, end = value.start_mark.index, value.end_mark.index
    if start == end:  # nothing after the colon
        return start, end, f" {new}"
    return start, end, new + ("\n" if text[start:end].endswith("\n") else "")


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


# The server

# The longest that an answer may take, in seconds: it could come byte by byte.
PROBE_SECONDS = 10
ANSWER_SECONDS = 120
# The most that is read of the first answer, in bytes.
PROBE_BYTES = 1_000_000
# The most that any other answer may have; a pipeline comes back in some of them.
ANSWER_BYTES = 100_000_000
CONTEXT = Path.home() / ".config/kfp/context.json"


def within(limit: float, call: Callable[[], Any]) -> Any:
    """What the call returns; TimeoutError if that takes longer."""
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:  # raised below, in the thread that waits
            outcome.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = outcome.get(timeout=limit)
    except queue.Empty:
        raise TimeoutError(f"no whole answer within {limit} seconds") from None
    if error is not None:
        raise error
    return value


def server_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def elsewhere(url: str) -> str:
    """What is said of a server that sends requests on to another one."""
    scheme, host, port = server_of(url)
    return f"it redirects to another server, {scheme}://{host}:{port}"


class SameServer(urllib.request.HTTPRedirectHandler):
    """Follows no redirect to another server, which would get token and cookie."""

    def redirect_request(self, req: Any, *rest: Any) -> Any:
        url = rest[-1]
        if server_of(url) != server_of(req.full_url):
            raise PermissionError(elsewhere(url))
        return super().redirect_request(req, *rest)


def require_server(args: argparse.Namespace) -> None:
    """Fails, with what to do, if no Kubeflow Pipelines API answers at the host."""
    try:
        data = within(PROBE_SECONDS, lambda: probe(args))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise Failure(TOO_OLD.format(host=args.host), advice=BELOW) from error
        if error.code in (401, 403):
            refuse(args, f"HTTP status {error.code}")
            return
        raise no_answer(args, f"HTTP status {error.code}") from error
    except PermissionError as error:
        refuse(args, str(error))
        return
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        # The client has certificates of its own.
        if isinstance(reason, ssl.SSLError):
            return
        raise no_answer(args, reason) from error
    try:
        is_object = isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        refuse(args, "it answers with a page, not with data")


def probe(args: argparse.Namespace) -> bytes:
    """The beginning of what the server answers when it is asked whether it is well."""
    request = urllib.request.Request(args.host.rstrip("/") + "/apis/v2beta1/healthz")
    if args.token:
        request.add_header("Authorization", f"Bearer {args.token}")
    if args.cookie:
        request.add_header("Cookie", args.cookie)
    # Like the client, without the proxies of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), SameServer)
    with opener.open(request, timeout=PROBE_SECONDS) as response:
        data: bytes = response.read(PROBE_BYTES)
        return data


def refuse(args: argparse.Namespace, reason: str) -> None:
    """Fails, unless the client may know more than --token and --cookie say."""
    known = ("KF_PIPELINES_SA_TOKEN_PATH", "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID")
    google = args.host.rstrip("/").endswith(".googleusercontent.com")
    if not (google or CONTEXT.exists() or any(map(os.environ.get, known))):
        message = NOT_LET_IN.format(host=args.host, reason=reason)
        raise Failure(message, advice=LOG_IN)


def no_answer(args: argparse.Namespace, reason: object) -> Failure:
    port = urllib.parse.urlsplit(args.host).port or 8080
    message = NOTHING_ANSWERS.format(host=args.host, reason=reason)
    return Failure(message, advice=FORWARD.format(port=port))


def connect(args: argparse.Namespace) -> Any:
    """The KFP client; it reads the rest of the environment itself."""
    kfp = kfp_module()
    import urllib3

    warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")
    warnings_of("")
    check_context()
    credentials = None
    if os.environ.get("KF_PIPELINES_SA_TOKEN_PATH"):
        credentials = kfp.client.ServiceAccountTokenVolumeCredentials()
    plain = urllib3.PoolManager
    # The client takes no other way to its server, and asks it as soon as it is made.
    urllib3.PoolManager = one_server(args.host)  # type: ignore[misc]
    try:
        return kfp.Client(
            host=args.host,
            existing_token=args.token,
            cookies=args.cookie,
            credentials=credentials,
        )
    finally:
        urllib3.PoolManager = plain  # type: ignore[misc]


def one_server(server: str) -> Any:
    """The class of urllib3 that sends requests, for requests to this server only."""
    import urllib3

    class OneServer(urllib3.PoolManager):
        # Redirects come here too: with token, cookie and values of the pipeline.
        def urlopen(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
            if server_of(url) != server_of(server):
                message = NOT_LET_IN.format(host=server, reason=elsewhere(url))
                raise Failure(message, advice=LOG_IN)
            send = super().urlopen
            # The client has the whole answer read, of whatever size.
            is_whole = more.pop("preload_content", True)

            def answer() -> Any:
                response = send(method, url, *rest, preload_content=False, **more)
                return limited_answer(response) if is_whole else response

            return within(ANSWER_SECONDS, answer)

    return OneServer


def limited_answer(response: Any) -> Any:
    """The answer, read to its end; Failure if that is too far."""
    import urllib3

    data = bytearray()
    for part in response.stream(2**16):
        data += part
        if len(data) > ANSWER_BYTES:
            response.close()
            raise Failure(f"the server answers more than {ANSWER_BYTES:,} bytes")
    known = {"headers": response.headers, "status": response.status}
    return urllib3.HTTPResponse(bytes(data), reason=response.reason, **known)


def check_context() -> None:
    """Fails if the file of settings that the client reads is broken."""
    if not CONTEXT.exists():
        return
    try:
        found = json.loads(limited_text(CONTEXT))
        if not isinstance(found, dict) or "namespace" not in found:
            raise ValueError("it has no `namespace`")
    except (OSError, ValueError, RecursionError) as error:
        message = f"{CONTEXT}, which the KFP client reads, is broken: {error}"
        raise Failure(f"{message}. Repair or remove it.") from error


def kfp_module() -> Any:
    try:
        import kfp
    except ImportError as error:
        raise Failure(f"{error}; run: {install()}") from error
    if kfp.__version__.startswith(("0.", "1.")):
        raise Failure(f"kfp {kfp.__version__} is too old; run: {install()}")
    return kfp


@contextlib.contextmanager
def server_errors(host: str) -> Iterator[None]:
    """Turns what the client raises into a message."""
    kfp_module()
    import kfp_server_api
    import urllib3

    try:
        yield
    except kfp_server_api.ApiException as error:
        told = explanation(error)
        message = f"{host} refused ({error.status}): {told}"
        advice = NO_V1 if V1_REFUSED.search(told) else ""
        raise Failure(message, advice=advice) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Failure(f"lost contact with {host}: {error}") from error
    except (RecursionError, *YAML_SLIPS) as error:
        message = f"the KFP client cannot use the pipeline or an answer of {host}"
        raise Failure(f"{message}: {error!r}") from error


def explanation(error: Any) -> str:
    """What the server says about a refusal."""
    try:
        told = json.loads(error.body)
        return str(told.get("error_details") or told.get("message") or told["error"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return str(error.body or error.reason)


@contextlib.contextmanager
def said_by_the_client() -> Iterator[None]:
    """Prints what the client prints, with ids of the server, once all went well."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        yield
    for line in told.getvalue().splitlines():
        say(line, result=True)


def known_id(value: Any, what: str) -> str:
    """The id, if the server gave one: a page for logging in would not."""
    if not isinstance(value, str) or not value:
        message = f"the server answered without the id of the {what}"
        raise Failure(f"{message}: is it Kubeflow Pipelines?", advice=LOG_IN)
    return value


def submit(
    client: Any, args: argparse.Namespace, plan: dict[str, Any], file: Path
) -> int:
    """Sends what the plan says, and returns the exit status."""
    namespace = args.namespace or client.get_user_namespace() or None
    if args.upload_only:
        with said_by_the_client():
            upload(client, file, namespace)
        return 0
    name = plan["experiment"]["display_name"]
    with said_by_the_client():
        made = client.create_experiment(name, namespace=namespace)
        experiment = known_id(made.experiment_id, "experiment")
    body = plan.get("run") or plan["recurring_run"]
    # By its ids, since the client takes no v1 workflow into a request for a run.
    with said_by_the_client():
        what = upload(client, file, namespace)
    what["service_account"] = args.service_account or None
    if args.recurring:
        recur(client, experiment, body, what)
        return 0
    with said_by_the_client():
        made = client.run_pipeline(experiment, body["display_name"], **what)
        run = known_id(made.run_id, "run")
    say(f"Run: {run}", result=True)
    return wait(client, run, args.poll_seconds) if args.wait else 0


# Pipelines and runs on the server


def upload(client: Any, file: Path, namespace: str | None) -> dict[str, Any]:
    """The ids of the pipeline and of the version with this content, new if need be."""
    version = "sha256-" + hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    pipelines = client.list_pipelines(filter=named(NAME), namespace=namespace).pipelines
    if pipelines:
        pipeline = known_id(pipelines[0].pipeline_id, "pipeline")
        listed = client.list_pipeline_versions(pipeline, filter=named(version))
        versions = listed.pipeline_versions or [
            client.upload_pipeline_version(str(file), version, pipeline_id=pipeline)
        ]
    else:
        # The name is given so that the client does not look for one in the file.
        made = client.upload_pipeline(
            str(file), pipeline_name=NAME, namespace=namespace
        )
        pipeline = known_id(made.pipeline_id, "pipeline")
        versions = client.list_pipeline_versions(pipeline).pipeline_versions
    found = versions[0].pipeline_version_id if versions else None
    version = known_id(found, "pipeline version")
    say(f"Pipeline: {pipeline}, version: {version}", result=True)
    return {"pipeline_id": pipeline, "version_id": version}


def named(name: str) -> str:
    """The filter that finds what has this name."""
    predicate = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})


def recur(
    client: Any, experiment: str, body: dict[str, Any], what: dict[str, Any]
) -> None:
    """Has the server run it again and again."""
    made = client.create_recurring_run(
        experiment,
        body["display_name"],
        cron_expression=body["trigger"]["cron_schedule"]["cron"],
        max_concurrency=body["max_concurrency"],
        no_catchup=body["no_catchup"],
        **what,
    )
    made_id = known_id(made.recurring_run_id, "recurring run")
    say(f"Recurring run: {made_id}", result=True)


def wait(client: Any, run_id: str, seconds: float) -> int:
    """The exit status, once the run has ended.

    The client's own wait_for_run_completion() never sees a cancelled run end.
    """
    import kfp_server_api
    import urllib3

    state, failures = None, 0
    while state not in ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"):
        try:
            run = client.get_run(run_id)
            known_id(run.run_id, "run")
        except (
            *(kfp_server_api.ApiException, urllib3.exceptions.HTTPError),
            *(OSError, RecursionError, Failure),
        ) as error:
            failures += 1  # forwarded ports break now and then
            if failures == 5:
                message = f"lost sight of run {run_id}, which goes on: {error}"
                raise Failure(message) from error
        else:
            failures = 0
            if run.state != state:
                state = run.state
                say(f"{datetime.datetime.now():%H:%M:%S} {state}", result=True)
                continue
        time.sleep(seconds)
    return 0 if state == "SUCCEEDED" else tell_failure(run)


def tell_failure(run: Any) -> int:
    """Says what is known about why a run did not succeed."""
    say(f"error: run {run.run_id} ended as {run.state}")
    if run.error and run.error.message:
        say(f"  {run.error.message}")
    for task in (run.run_details and run.run_details.task_details) or []:
        if task.state == "FAILED":
            told = task.error.message if task.error else ""
            say(f"  task {task.display_name} failed. {told or ''}")
    return 1


if __name__ == "__main__":
    # Texts of the pipeline may hold what the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
