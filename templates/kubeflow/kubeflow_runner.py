"""Submits a pipeline to Kubeflow Pipelines: command line → what is sent → kfp's client.

The same for every pipeline: submit.py has what is of one, and calls `run`.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from kubeflow_client import (
    client_output,
    connect,
    is_address,
    required_id,
    server_errors,
    upload,
)
from pipeline_inputs import (
    HIDDEN,
    Flags,
    Input,
    checked_settings,
    declare,
    parse_flags,
    read_values,
    v1_text,
    without_secrets,
)
from script_support import (
    Failure,
    Json,
    PipelineFile,
    exit_with,
    installed,
    mapping,
    present,
    print_json,
    read_pipeline,
    say,
    stop_on,
    tasks_of,
    watch,
)

__all__ = ["Input", "Settings", "run"]

EPILOG = """\
environment variables, as for kfp's client:
  KF_PIPELINES_ENDPOINT                  default of --host
  KFP_EXISTING_TOKEN                     default of --token
  KF_PIPELINES_DEFAULT_EXPERIMENT_NAME   default of --experiment
  KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME  wins over --experiment
  KF_PIPELINES_SA_TOKEN_PATH             file with a service account token
  KF_PIPELINES_IAP_OAUTH2_CLIENT_ID      and the others of Identity-Aware Proxy
~/.config/kfp/context.json can have a namespace and a cookie.

exit status:
  0  done; with --wait: the run succeeded
  1  not submitted; with --wait: the run did not succeed, or its state is unknown
  2  wrong usage or values; nothing was sent
"""


class Settings(NamedTuple):
    """What is used without flags and environment variables."""

    name: str  # of the pipeline on the server
    host: str = "http://localhost:8080"
    namespace: str = ""  # of a multi-user Kubeflow
    experiment: str = ""
    run_name: str = ""
    service_account: str = ""
    pipeline_root: str = ""  # KFP v2 only
    cache: bool | None = None  # KFP v2 only; None leaves it to each task
    recurring: str = ""  # a cron expression
    # What the cluster must have, and the command that creates it.
    needs: Sequence[tuple[str, str]] = ()


# The states in which a run ends.
ENDS = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")
RECURRING = (
    "run it on a schedule: SECOND MINUTE HOUR DAY MONTH WEEKDAY, or the usual five "
    "fields, which get second 0. @daily and '@every 1h' work too. The time zone is the "
    "server's, UTC by default. An empty text runs it once"
)
FLAGS: Flags = {
    "where it runs": {
        "--host": "address of the API",
        "--token": "bearer token for the API",
        "--cookie": "cookie for the API: NAME=VALUE",
        "--namespace": "your namespace; multi-user Kubeflow only",
        "--experiment": "experiment of the run; created if missing (Default)",
        "--run-name": "name of the run (that of the pipeline, and the time)",
        "--service-account": "Kubernetes service account of the pods",
    },
    "what is done": {
        "--recurring": RECURRING,
        "--max-concurrency": (
            "with --recurring: how many runs at once, 1 to 10 (1)",
            {"type": int, "default": 1, "choices": range(1, 11)},
        ),
        "--no-catchup": ("with --recurring: skip missed runs", "switch"),
        "--upload-only": ("upload it, run nothing", "switch"),
        "--wait": ("wait for the end of the run", "switch"),
        "--poll-seconds": ("with --wait (5)", "seconds"),
        "--dry-run": ("print what would be sent; send nothing", "switch"),
    },
}
# A workflow of KFP v1 has them in itself.
V2_FLAGS: Flags = {
    "how its tasks run": {
        "--pipeline-root": "where artifacts go: minio://, s3:// or gs://",
        "--cache": ("reuse cached results, or never (as set for each task)", "on/off"),
    }
}


def run(
    pipeline: str, inputs: list[Input], settings: Settings, *, as_text: bool = False
) -> NoReturn:
    """Runs the command line for the pipeline file beside this module, and exits.

    `as_text`: the pipeline was of KFP v1, where the value of every input is a text.
    """
    path = Path(__file__).resolve().parent / pipeline
    exit_with(lambda: status(path, inputs, settings, as_text))


def status(path: Path, inputs: list[Input], settings: Settings, as_text: bool = False) -> int:
    """The exit status, once everything is done."""
    try:
        pipeline = read_pipeline(path)
        errors = declared(inputs, pipeline)
    except Failure:
        parse(inputs, settings, is_v1=False)  # the help does without the pipeline
        raise
    is_v1 = pipeline.is_workflow
    own = str(pipeline.spec.get("defaultPipelineRoot"))
    if own.startswith(("minio://", "s3://", "gs://")) and not settings.pipeline_root:
        settings = settings._replace(pipeline_root=own)
    args = parse(inputs, settings, is_v1)
    errors += check(args, settings, is_v1)
    if args.upload_only:
        for one in inputs:
            one.required = False
    to_text = v1_text if as_text or is_v1 else None
    values = read_values(args, inputs, errors, to_text)
    stop_on(errors)
    if is_v1:
        text = with_values(pipeline, values)
    else:
        text = with_caching(pipeline, None if args.upload_only else args.cache)
    sent = without_secrets(inputs, values) if args.dry_run else values
    plan = plan_of(args, pipeline, sent, defaults_beside(inputs, values))
    if args.dry_run:
        print_json(plan)
        print_needs(settings, args.namespace or "NAMESPACE")
        return 0
    client = connect(args.host, args.token, args.cookie or None)
    with server_errors(args.host), tempfile.TemporaryDirectory() as folder:
        if text != pipeline.text:
            path = Path(folder) / path.name
            path.write_bytes(text.encode())
        return submit(client, args, plan, path)


def print_needs(settings: Settings, namespace: str) -> None:
    if settings.needs:
        say("The cluster must have, in the namespace of the run:")
    for what, command in settings.needs:
        say(f"- {what}")
        say(f"    {command} -n {shlex.quote(namespace)}")


# The command line


def parse(inputs: list[Input], settings: Settings, is_v1: bool) -> argparse.Namespace:
    defaults = checked_settings(settings)
    defaults["host"] = os.environ.get("KF_PIPELINES_ENDPOINT") or settings.host
    about = "Submit this pipeline to Kubeflow Pipelines."
    table = FLAGS if is_v1 else FLAGS | V2_FLAGS
    args = parse_flags(about, EPILOG, table, defaults, inputs)
    # The help does not show it.
    args.token = args.token or os.environ.get("KFP_EXISTING_TOKEN")
    args.name = settings.name
    return args


def check(args: argparse.Namespace, settings: Settings, is_v1: bool) -> Iterator[str]:
    """Problems with the flags, except those of inputs."""
    if is_v1 and (settings.pipeline_root or settings.cache is not None):
        yield "SETTINGS: pipeline_root and cache are of KFP v2 only."
    if not is_address(args.host):
        yield f"--host: {args.host!r} is not an address like http://localhost:8080"
    for flag, text in (("--token", args.token), ("--cookie", args.cookie)):
        if text and not (text.isascii() and text.isprintable()):
            yield f"{flag}: it has characters that no header can hold"
    if args.recurring and args.wait:
        yield "--wait: a recurring run has no end; leave out one of the two"
    if args.upload_only and (args.recurring or args.wait):
        yield "--upload-only: runs nothing, so no --recurring and no --wait"


# The pipeline


def declared(inputs: list[Input], pipeline: PipelineFile) -> list[str]:
    """Reads types and defaults of the inputs; returns problems."""
    if not pipeline.is_workflow:
        return declare(inputs, pipeline.spec)
    entries = map(fields_of, parameters_of(pipeline))
    defaults = {text_of(it.get("name")): text_of(it.get("value")) for it in entries}
    for one in inputs:
        one.kind, one.default = "STRING", defaults.get(one.name)
        one.required = one.default is None
    return []


def parameters_of(workflow: PipelineFile) -> list[Any]:
    """The parameters of a workflow of KFP v1, as nodes of PyYAML."""
    node = workflow.nodes[0]
    for key in ("spec", "arguments", "parameters"):
        node = fields_of(node).get(key)
    return node.value if node and node.id == "sequence" else []


def fields_of(node: Any) -> dict[str, Any]:
    pairs = node.value if node is not None and node.id == "mapping" else []
    return {key.value: value for key, value in pairs if key.id == "scalar"}


def text_of(node: Any) -> str | None:
    """A scalar as it is in the file, like 1e-5; None for null and for anything else."""
    is_text = node is not None and node.id == "scalar"
    return node.value if is_text and not node.tag.endswith(":null") else None


def with_values(workflow: PipelineFile, values: dict[str, str]) -> str:
    """The text of the workflow with these values; its other values stay as they are.

    A server of KFP 2 ignores the parameters that a run has for a workflow of KFP v1.
    """
    if not values:
        return workflow.text
    yaml, found, text_tag = installed("yaml"), set(), "tag:yaml.org,2002:str"
    for entry in parameters_of(workflow):
        if (name := text_of(fields_of(entry).get("name"))) in values:
            found.add(name)
            key = yaml.ScalarNode(text_tag, "value")
            value = yaml.ScalarNode(text_tag, values[name], style='"')
            others = [pair for pair in entry.value if pair[0].value != "value"]
            entry.value = [*others, (key, value)]
    if missing := ", ".join(values.keys() - found):
        raise Failure(f"{workflow.path} has no place for {missing}", status=2)
    for node in workflow.nodes:
        use_blocks(node)
    # As nodes, whose scalars keep their text and their quotes.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.serialize_all(workflow.nodes, Dumper=dumper, width=10**6))


def use_blocks(node: Any) -> None:
    """Block style: in {} and [], PyYAML puts quotes around a plain 12:30."""
    if node.id != "scalar":
        node.flow_style = False
        parts = node.value if node.id == "sequence" else itertools.chain(*node.value)
        for part in parts:
            use_blocks(part)


def with_caching(pipeline: PipelineFile, cache: bool | None) -> str:
    """The text of the pipeline with caching on or off for all tasks.

    The client's own enable_caching= leaves out those of pipelines in the pipeline.
    """
    if cache is None:
        return pipeline.text
    for _, task in tasks_of(pipeline.spec):
        caching = mapping(task.get("cachingOptions"))
        task["cachingOptions"] = {**caching, "enableCache": cache}
    return str(installed("yaml").safe_dump_all(pipeline.documents, sort_keys=False))


# What is sent


def defaults_beside(inputs: list[Input], values: Json) -> Json:
    """The defaults of the inputs that have no value."""
    rest = [one for one in inputs if one.name not in values and one.default is not None]
    return {one.name: HIDDEN if one.secret else one.default for one in rest}


def plan_of(args: argparse.Namespace, pipeline: PipelineFile, values: Json, defaults: Json) -> Json:
    """What is to be sent where, as `--dry-run` prints it."""
    file, is_v1 = pipeline.path.name, pipeline.is_workflow
    plan: Json = {"host": args.host.rstrip("/")}
    namespace = present({"namespace": args.namespace})
    if is_v1 or args.upload_only:
        plan["upload"] = {"file": file, "name": args.name, **namespace}
    if is_v1:
        inner = {"values_written_into_it": values, "values_that_are_in_it": defaults}
        plan["upload"] |= present(inner)
    if args.upload_only:
        return plan
    plan["experiment"] = {"display_name": experiment_name(args), **namespace}
    now = f"{datetime.datetime.now():%Y-%m-%d %H-%M-%S}"
    body: Json = {"display_name": args.run_name or f"{args.name} {now}"}
    body |= present({"service_account": args.service_account})
    if is_v1:
        body["pipeline_version_reference"] = "the version that was uploaded"
    else:
        body["pipeline_spec"] = file
        body |= {} if args.cache is None else {"caching_of_every_task": args.cache}
        root = present({"pipeline_root": args.pipeline_root})
        body["runtime_config"] = {"parameters": values, **root}
        body |= present({f"defaults_in_{file}": defaults})
    if args.recurring:
        fields = args.recurring.split()
        cron = " ".join(["0", *fields] if len(fields) == 5 else fields)
        body["trigger"] = {"cron_schedule": {"cron": cron}}
        body["max_concurrency"] = args.max_concurrency
        body["no_catchup"] = args.no_catchup
    plan["recurring_run" if args.recurring else "run"] = body
    return plan


def experiment_name(args: argparse.Namespace) -> str:
    """The experiment, in the client's own order of precedence."""
    override = os.environ.get("KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME")
    default = os.environ.get("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME")
    return override or args.experiment or default or "Default"


def submit(client: Any, args: argparse.Namespace, plan: Json, file: Path) -> int:
    """Sends what the plan has, and returns the exit status."""
    namespace = args.namespace or client.get_user_namespace() or None
    what: Json = {"service_account": args.service_account or None}
    if experiment := plan.get("experiment"):
        with client_output():
            name = experiment["display_name"]
            made = client.create_experiment(name, namespace=namespace)
            what["experiment_id"] = required_id(made.experiment_id, "experiment")
    if "upload" in plan:
        # A run has its ids: the client takes no workflow into the request for a run.
        with client_output():
            what |= upload(client, args.name, file, namespace)
    if args.upload_only:
        return 0
    body = plan.get("run") or plan["recurring_run"]
    what["job_name"] = body["display_name"]
    if config := body.get("runtime_config"):
        what |= {"pipeline_package_path": str(file), "params": config["parameters"]}
        what["pipeline_root"] = config.get("pipeline_root")
    if args.recurring:
        cron = body["trigger"]["cron_schedule"]["cron"]
        often = {key: body[key] for key in ("max_concurrency", "no_catchup")}
        made = client.create_recurring_run(cron_expression=cron, **often, **what)
        made_id = required_id(made.recurring_run_id, "recurring run")
        say(f"Recurring run: {made_id}", result=True)
        return 0
    with client_output():
        made = client.run_pipeline(**what)
        run_id = required_id(made.run_id, "run")
    say(f"Run: {run_id}", result=True)
    return wait(client, args.host, run_id, args.poll_seconds) if args.wait else 0


def wait(client: Any, host: str, run_id: str, pause: float) -> int:
    """The exit status, once the run has ended.

    The client's own wait_for_run_completion() never sees a cancelled run end.
    """

    def look() -> str:
        with server_errors(host):
            run = client.get_run(run_id)
            required_id(run.run_id, "run")
        last.append(run)
        return str(run.state)

    last: list[Any] = []
    state = watch(look, ENDS, (Failure,), pause)
    if state == "SUCCEEDED":
        return 0
    run = last[-1]
    say(f"error: run {run_id} ended as {state}")
    if run.error and run.error.message:
        say(f"  {run.error.message}")
    for task in (run.run_details and run.run_details.task_details) or []:
        if task.state == "FAILED":
            message = task.error.message if task.error else ""
            say(f"  task {task.display_name} failed. {message or ''}")
    return 1
