#!/usr/bin/env python3
"""Submits the pipeline beside this script to Kubeflow Pipelines.

The client has to be there: pip install -r requirements.txt
(--help and --dry-run do without it). See --help for everything else.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import difflib
import functools
import hashlib
import http.client
import json
import os
import shlex
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PIPELINE = Path(__file__).resolve().parent / "pipeline.yaml"
# The name that the pipeline has on the server.
NAME = "Penguin training pipeline"

# What is used when the flag is not given.
SETTINGS: dict[str, Any] = {
    "host": "http://localhost:8080",
    "namespace": "",
    "experiment": "",
    "run_name": "",
    "service_account": "",
    "recurring": "",
}

# The inputs of the pipeline, with the flags that set them.
PARAMETERS: dict[str, dict[str, Any]] = {
    "data_url": {
        "flags": ["--data-url", "--data_url"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv",
    },
    "store_endpoint": {
        "flags": ["--store-endpoint", "--store_endpoint"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "http://minio-service.kubeflow:9000",
    },
    "bucket": {
        "flags": ["--bucket"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "mlpipeline",
    },
    "log_folder": {
        "flags": ["--log-folder", "--log_folder"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "penguins/{{workflow.uid}}/logs",
    },
    "model_folder": {
        "flags": ["--model-folder", "--model_folder"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "penguins/{{workflow.uid}}/model",
    },
    "settings_folder": {
        "flags": ["--settings-folder", "--settings_folder"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "penguins/{{workflow.uid}}/settings",
    },
    "plot_folder": {
        "flags": ["--plot-folder", "--plot_folder"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "plots/{{workflow.uid}}/",
    },
    "model_uri": {
        "flags": ["--model-uri", "--model_uri"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "s3://mlpipeline/penguins/{{workflow.uid}}/model",
    },
    "model_name": {
        "flags": ["--model-name", "--model_name"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "penguins",
    },
    "namespace": {
        "flags": ["--param-namespace"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "kubeflow-user-example-com",
    },
    "test_share": {
        "flags": ["--test-share", "--test_share"],
        "type": "NUMBER_DOUBLE",
        "required": False,
        "description": "",
        "default": "0.25",
    },
    "trees": {
        "flags": ["--trees"],
        "type": "NUMBER_INTEGER",
        "required": False,
        "description": "",
        "default": "200",
    },
    "weighted": {
        "flags": ["--weighted"],
        "type": "BOOLEAN",
        "required": False,
        "description": "",
        "default": "True",
    },
    "gateway": {
        "flags": ["--gateway"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "http://istio-ingressgateway.istio-system.svc.cluster.local",
    },
    "host": {
        "flags": ["--param-host"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": "penguins.kubeflow-user-example-com.example.com",
    },
    "question": {
        "flags": ["--question"],
        "type": "STRING",
        "required": False,
        "description": "",
        "default": '{"instances": [[39.1, 18.7, 181, 3750]]}',
    },
}

# Values that the pipeline's own file asks for; flags and --params-file win over them.
ARGUMENTS: dict[str, Any] = {}

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

NOTHING_ANSWERS = """\
nothing answers at {host} ({reason})
If Kubeflow Pipelines runs in a cluster of yours, forward its port in another terminal:
  kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80
Otherwise say where it is with --host."""
NOT_LET_IN = """\
{host} does not let us in ({reason})
Give --token, or --cookie 'NAME=VALUE' from a browser that is logged in. A multi-user
Kubeflow has its API below /pipeline: --host http://localhost:8080/pipeline"""
TOO_OLD = """\
{host} has no API v2beta1 (404): either it is not Kubeflow Pipelines, or one before 2.0
A multi-user Kubeflow has it below /pipeline: --host http://localhost:8080/pipeline"""

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


class Failure(Exception):
    """Something that the user has to know; ends the program."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def main() -> int:
    args = parse_args()
    try:
        arguments = gather_arguments(args)
        plan = make_plan(args, arguments)
        if args.dry_run:
            print(json.dumps(plan, indent=2))
            print(cluster_needs(args.namespace), end="", file=sys.stderr)
            return 0
        require_server(args)
        with server_errors(args.host), tempfile.TemporaryDirectory() as folder:
            client = connect(args)
            file = prepare(Path(folder), args, arguments)
            return submit(client, args, plan, file)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.status


# The command line


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Submit this pipeline to Kubeflow Pipelines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_target(parser.add_argument_group("where and how it runs"))
    add_actions(parser.add_argument_group("what is done"))
    add_inputs(parser.add_argument_group("inputs of the pipeline"))
    args = parser.parse_args()
    if not args.host.startswith(("http://", "https://")):
        parser.error(f"--host: {args.host!r} does not begin with http:// or https://")
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
        type=float,
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
    value = ARGUMENTS.get(name, parameter.get("default"))
    if name in ARGUMENTS or "default" in parameter:
        text = json.dumps(value)
        default = f"default: {text if len(text) <= 60 else text[:57] + '...'}"
    else:
        default = "required" if parameter["required"] else "optional"
    about = parameter["description"]
    return f"{about} ({default})" if about else default


def escaped(text: str) -> str:
    """The text for argparse, which takes % for its own, of characters that print."""
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return "".join(shown).replace("%", "%%")


def cron(text: str) -> str:
    """The schedule as Kubeflow reads it: with a field for seconds in front."""
    fields = text.split()
    if not fields or text.startswith("@"):
        return text.strip()
    if "=" in fields[0]:
        raise argparse.ArgumentTypeError("the time zone is the server's; leave it out")
    if len(fields) == 5:
        return " ".join(["0", *fields])
    if len(fields) == 6:
        return " ".join(fields)
    raise argparse.ArgumentTypeError(f"{text!r} has neither 5 nor 6 fields")


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
    return arguments


def read_file(path: Path | None) -> dict[str, Any]:
    """The values in a file of --params-file."""
    if path is None:
        return {}
    try:
        values = load(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise Failure(f"--params-file: {error}", status=2) from error
    if not isinstance(values, dict):
        raise Failure(f"--params-file: {path} holds no mapping", status=2)
    return {name: from_file(name, value) for name, value in values.items()}


def load(text: str) -> Any:
    """The value that a JSON or YAML text holds."""
    try:
        return json.loads(text)
    except ValueError:
        yaml = yaml_module()
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"neither JSON nor YAML: {error}") from error


def yaml_module() -> Any:
    try:
        import yaml
    except ImportError as error:
        command = f"{sys.executable} -m pip install pyyaml"
        raise Failure(f"{error}; run: {command}") from error
    return yaml


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
    except (ValueError, TypeError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not a JSON value: {error}") from error
    if "literals" in parameter and value not in parameter["literals"]:
        allowed = ", ".join(map(json.dumps, parameter["literals"]))
        raise argparse.ArgumentTypeError(f"{value!r} is none of {allowed}")
    return value


# What is sent


def make_plan(args: argparse.Namespace, arguments: dict[str, Any]) -> dict[str, Any]:
    """What is to be sent where, as --dry-run prints it."""
    if not PIPELINE.is_file():
        raise Failure(f"{PIPELINE} is missing: it belongs beside this script", status=2)
    plan: dict[str, Any] = {"host": args.host.rstrip("/")}
    namespace = {"namespace": args.namespace} if args.namespace else {}
    plan["upload"] = {"file": PIPELINE.name, "name": NAME, **namespace}
    if arguments:
        with_arguments(read_pipeline(), arguments)  # says now what would fail later
        plan["upload"]["values_written_into_it"] = arguments
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


def read_pipeline() -> str:
    # Not read_text(), which would change the line ends.
    return PIPELINE.read_bytes().decode("utf-8-sig")


def prepare(folder: Path, args: argparse.Namespace, arguments: dict[str, Any]) -> Path:
    """The file to send: the workflow as it is, or a copy with the values in it."""
    if not arguments:
        return PIPELINE
    copy = folder / PIPELINE.name
    copy.write_bytes(with_arguments(read_pipeline(), arguments).encode("utf-8"))
    return copy


def with_arguments(text: str, arguments: dict[str, str]) -> str:
    """The workflow with these values as its own; all else in the text stays as it is.

    A server of KFP 2 ignores the arguments of a run of a v1 workflow, and takes the
    values that are written in it.
    """
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    unlike = (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError)
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


# The server


def require_server(args: argparse.Namespace) -> None:
    """Fails, with what to do, if no Kubeflow Pipelines API answers at the host."""
    request = urllib.request.Request(args.host.rstrip("/") + "/apis/v2beta1/healthz")
    if args.token:
        request.add_header("Authorization", f"Bearer {args.token}")
    if args.cookie:
        request.add_header("Cookie", args.cookie)
    # Like the client, without the proxies of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            json.load(response)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise Failure(TOO_OLD.format(host=args.host)) from error
        if error.code in (401, 403):
            refuse(args, f"HTTP status {error.code}")
        else:
            raise no_answer(args, f"HTTP status {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        # The client has certificates of its own.
        if not isinstance(reason, ssl.SSLError):
            raise no_answer(args, reason) from error
    except ValueError:
        refuse(args, "it answers with a page, not with data")


def refuse(args: argparse.Namespace, reason: str) -> None:
    """Fails, unless the client may know more than --token and --cookie say."""
    known = ("KF_PIPELINES_SA_TOKEN_PATH", "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID")
    context = Path.home() / ".config/kfp/context.json"
    google = args.host.rstrip("/").endswith(".googleusercontent.com")
    if not (google or context.exists() or any(map(os.environ.get, known))):
        raise Failure(NOT_LET_IN.format(host=args.host, reason=reason))


def no_answer(args: argparse.Namespace, reason: object) -> Failure:
    port = urllib.parse.urlsplit(args.host).port or 8080
    return Failure(NOTHING_ANSWERS.format(host=args.host, reason=reason, port=port))


def connect(args: argparse.Namespace) -> Any:
    """The KFP client; it reads the rest of the environment itself."""
    kfp = kfp_module()
    warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")
    credentials = None
    if os.environ.get("KF_PIPELINES_SA_TOKEN_PATH"):
        credentials = kfp.client.ServiceAccountTokenVolumeCredentials()
    return kfp.Client(
        host=args.host,
        existing_token=args.token,
        cookies=args.cookie,
        credentials=credentials,
    )


def kfp_module() -> Any:
    command = f"{sys.executable} -m pip install -r requirements.txt"
    try:
        import kfp
    except ImportError as error:
        raise Failure(f"{error}; run: {command}") from error
    if kfp.__version__.startswith(("0.", "1.")):
        raise Failure(f"kfp {kfp.__version__} is too old; run: {command}")
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
        message = f"{host} refused ({error.status}): {explanation(error)}"
        raise Failure(message) from error
    except (urllib3.exceptions.HTTPError, TimeoutError) as error:
        raise Failure(f"lost contact with {host}: {error}") from error


def explanation(error: Any) -> str:
    """What the server says about a refusal."""
    try:
        told = json.loads(error.body)
        return str(told.get("error_details") or told.get("message") or told["error"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(error.body or error.reason)


def submit(
    client: Any, args: argparse.Namespace, plan: dict[str, Any], file: Path
) -> int:
    """Sends what the plan says, and returns the exit status."""
    namespace = args.namespace or client.get_user_namespace() or None
    if args.upload_only:
        upload(client, file, namespace)
        return 0
    name = plan["experiment"]["display_name"]
    experiment = client.create_experiment(name, namespace=namespace).experiment_id
    body = plan.get("run") or plan["recurring_run"]
    # By its ids, since the client takes no v1 workflow into a request for a run.
    what = upload(client, file, namespace)
    what["service_account"] = args.service_account or None
    if args.recurring:
        recur(client, experiment, body, what)
        return 0
    run = client.run_pipeline(experiment, body["display_name"], **what)
    print(f"Run: {run.run_id}")
    return wait(client, run.run_id, args.poll_seconds) if args.wait else 0


def upload(client: Any, file: Path, namespace: str | None) -> dict[str, Any]:
    """The ids of the pipeline and of the version with this content, new if need be."""
    version = "sha256-" + hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    pipelines = client.list_pipelines(filter=named(NAME), namespace=namespace).pipelines
    if pipelines:
        pipeline = pipelines[0].pipeline_id
        listed = client.list_pipeline_versions(pipeline, filter=named(version))
        versions = listed.pipeline_versions or [
            client.upload_pipeline_version(str(file), version, pipeline_id=pipeline)
        ]
    else:
        # The name is given so that the client does not look for one in the file.
        pipeline = client.upload_pipeline(
            str(file), pipeline_name=NAME, namespace=namespace
        ).pipeline_id
        versions = client.list_pipeline_versions(pipeline).pipeline_versions
    ids = {"pipeline_id": pipeline, "version_id": versions[0].pipeline_version_id}
    print(f"Pipeline: {ids['pipeline_id']}, version: {ids['version_id']}")
    return ids


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
    print(f"Recurring run: {made.recurring_run_id}")


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
        except (kfp_server_api.ApiException, urllib3.exceptions.HTTPError) as error:
            failures += 1  # forwarded ports break now and then
            if failures == 5:
                message = f"lost sight of run {run_id}, which goes on: {error}"
                raise Failure(message) from error
        else:
            failures = 0
            if run.state != state:
                state = run.state
                print(f"{datetime.datetime.now():%H:%M:%S} {state}", flush=True)
                continue
        time.sleep(seconds)
    return 0 if state == "SUCCEEDED" else tell_failure(run)


def tell_failure(run: Any) -> int:
    """Says what is known about why a run did not succeed."""
    print(f"error: run {run.run_id} ended as {run.state}", file=sys.stderr)
    if run.error and run.error.message:
        print(f"  {run.error.message}", file=sys.stderr)
    for task in (run.run_details and run.run_details.task_details) or []:
        if task.state == "FAILED":
            told = task.error.message if task.error else ""
            print(f"  task {task.display_name} failed. {told or ''}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    # Texts of the pipeline may hold what the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
