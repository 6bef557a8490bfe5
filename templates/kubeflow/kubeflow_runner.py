"""Submits a pipeline to Kubeflow Pipelines: command line → what is sent → kfp's client.

The same for every pipeline: submit.py has what is of one, and calls `run`. What kfp's
client and the server check is not checked here.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import hashlib
import io
import json
import logging
import os
import re
import shlex
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pipeline_inputs import (
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
    SLIPS,
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
    show_warnings_of,
    stop_on,
    tasks_of,
    watch,
)

__all__ = ["Input", "Settings", "run"]

Args = argparse.Namespace
Inputs = list[Input]

EPILOG = """\
environment variables are those of kfp's client: KF_PIPELINES_ENDPOINT is the default of
--host, KFP_EXISTING_TOKEN of --token, KF_PIPELINES_DEFAULT_EXPERIMENT_NAME of --experiment;
KF_PIPELINES_SA_TOKEN_PATH is a file with a token of a service account. The client also
reads ~/.config/kfp/context.json, which can have a namespace and a cookie.

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


FORWARD = """\
If Kubeflow Pipelines runs in your own cluster, forward its port in another terminal:
  kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80
Otherwise give its address with --host."""
BELOW = "A multi-user Kubeflow has its API at a path: --host http://localhost:8080/pipeline"
LOG_IN = f"Give --token, or --cookie 'NAME=VALUE' from a browser that is logged in.\n{BELOW}"
NOT_FOUND = f"It is not Kubeflow Pipelines, or one before 2.0.\n{BELOW}"
NO_V1 = """\
The server refuses pipelines of KFP v1 (BLOCK_V1_PIPELINES). Ask its administrator to
add the namespace to V1_ALLOWED_NAMESPACES in the ConfigMap pipeline-install-config, or
convert the pipeline to KFP v2: `translator convert --to kubeflow --upgrade`."""
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
        "--recurring": "run it on a schedule: SECOND MINUTE HOUR DAY MONTH WEEKDAY, or the usual "
        "five fields, which get second 0. @daily and '@every 1h' work too. The time zone is the "
        "server's, UTC by default. An empty text runs it once",
        "--max-concurrency": ("with --recurring: how many runs at once, up to 10 (1)", "number"),
        "--no-catchup": ("with --recurring: skip missed runs", "switch"),
        "--upload-only": ("upload it, run nothing", "switch"),
        "--wait": ("wait for the end of the run", "switch"),
        "--poll-seconds": ("with --wait (5)", "seconds"),
        "--dry-run": ("print what would be sent; send nothing", "switch"),
    },
}
V2_FLAGS: Flags = {  # a workflow of KFP v1 has these settings in itself
    "how its tasks run": {
        "--pipeline-root": "where artifacts go: minio://, s3:// or gs://",
        "--cache": ("reuse cached results, or never (as set for each task)", "on/off"),
    }
}
# What finds a pipeline or version of a name on the server.
NAMED = '{"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": %s}]}'


def run(pipeline: str, inputs: Inputs, settings: Settings, *, as_text: bool = False) -> NoReturn:
    """Runs the command line for the pipeline file beside this module, and exits.

    `as_text`: the pipeline was of KFP v1, where the value of every input is a text.
    """
    path = Path(__file__).resolve().parent / pipeline
    exit_with(lambda: status(path, inputs, settings, as_text))


def status(path: Path, inputs: Inputs, settings: Settings, as_text: bool = False) -> int:
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
        text = pipeline.with_v1_values(values)
    else:
        text = with_caching(pipeline, None if args.upload_only else args.cache)
    sent = without_secrets(inputs, values) if args.dry_run else values
    plan = plan_of(args, pipeline, sent)
    if args.dry_run:
        print_json(plan)
        print_needs(settings, args.namespace or "NAMESPACE")
        return 0
    with server_errors(args.host), tempfile.TemporaryDirectory() as folder:
        client = connect(args)
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


def parse(inputs: Inputs, settings: Settings, is_v1: bool) -> Args:
    defaults, environment = checked_settings(settings), os.environ.get
    defaults["host"] = environment("KF_PIPELINES_ENDPOINT") or settings.host
    about = "Submit this pipeline to Kubeflow Pipelines."
    table = FLAGS if is_v1 else FLAGS | V2_FLAGS
    args = parse_flags(about, EPILOG, table, defaults, inputs)
    # The help does not show it.
    args.token = args.token or environment("KFP_EXISTING_TOKEN")
    # In the client's own order of precedence.
    name = args.experiment or environment("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME") or "Default"
    args.experiment = environment("KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME") or name
    args.name = settings.name
    return args


def check(args: Args, settings: Settings, is_v1: bool) -> Iterator[str]:
    """Problems with the flags, except those of inputs."""
    if is_v1 and (settings.pipeline_root or settings.cache is not None):
        yield "SETTINGS: pipeline_root and cache are of KFP v2 only."
    if not args.host.startswith(("http://", "https://")):
        yield f"--host: {args.host!r} is not an address like http://localhost:8080"
    for flag, text in (("--token", args.token), ("--cookie", args.cookie)):
        if text and not (text.isascii() and text.isprintable()):
            yield f"{flag}: it has characters that no header can hold"
    if args.recurring and args.wait:
        yield "--wait: a recurring run has no end; leave out one of the two"
    if args.upload_only and (args.recurring or args.wait):
        yield "--upload-only: runs nothing, so no --recurring and no --wait"


# What is sent


def declared(inputs: Inputs, pipeline: PipelineFile) -> list[str]:
    """Reads types and defaults of the inputs; returns problems."""
    if not pipeline.is_workflow:
        return declare(inputs, pipeline.spec)
    defaults = pipeline.v1_defaults()
    for one in inputs:
        one.kind, one.default = "STRING", defaults.get(one.name)
        one.required = one.default is None
    return []


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


def plan_of(args: Args, pipeline: PipelineFile, values: Json) -> Json:
    """What is to be sent where, as `--dry-run` prints it."""
    file, is_v1 = pipeline.path.name, pipeline.is_workflow
    plan: Json = {"host": args.host.rstrip("/")}
    namespace = present({"namespace": args.namespace})
    if is_v1 or args.upload_only:
        plan["upload"] = {"file": file, "name": args.name, **namespace}
    if is_v1 and values:
        plan["upload"]["values_written_into_it"] = values
    if args.upload_only:
        return plan
    plan["experiment"] = {"display_name": args.experiment, **namespace}
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
    if args.recurring:
        fields = args.recurring.split()
        cron = " ".join(["0", *fields] if len(fields) == 5 else fields)
        body["trigger"] = {"cron_schedule": {"cron": cron}}
        body["max_concurrency"] = args.max_concurrency or 1
        body["no_catchup"] = args.no_catchup
    plan["recurring_run" if args.recurring else "run"] = body
    return plan


# The server


def connect(args: Args) -> Any:
    """kfp's client, which has had an answer from the server.

    The client reads the rest of the environment itself.
    """
    kfp = installed("kfp")
    if kfp.__version__.startswith(("0.", "1.")):
        raise Failure(f"kfp {kfp.__version__} is too old; install that of requirements.txt.")
    warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # of each attempt
    show_warnings_of("")
    known = {"host": args.host, "existing_token": args.token, "cookies": args.cookie or None}
    if os.environ.get("KF_PIPELINES_SA_TOKEN_PATH"):
        known["credentials"] = kfp.client.ServiceAccountTokenVolumeCredentials()
    client = client_class(args.host)(**known)
    client.get_kfp_healthz()
    return client


def client_class(host: str) -> Any:
    """kfp's client; it asks once whether the server is there, and follows no redirect.

    kfp's own asks for 25 seconds, and would take the values to the page for the login.
    """
    import kfp
    import urllib3

    class Client(kfp.Client):  # type: ignore[misc]
        def _load_config(self, *given: Any) -> Any:
            config = super()._load_config(*given)
            config.retries = urllib3.Retry(2, redirect=False, respect_retry_after_header=False)
            return config

        def get_kfp_healthz(self, sleep_duration: int = 0) -> Any:
            api = self._healthz_api
            pool = api.api_client.rest_client.pool_manager
            send = pool.request  # to which the client gives no limit, in seconds
            pool.request = lambda *words, **more: send(*words, **{**more, "timeout": 60})
            try:
                health = api.healthz_service_get_healthz()
            except (urllib3.exceptions.HTTPError, OSError) as error:
                message = f"nothing answers at {host} ({error.__cause__ or error})"
                port = urllib3.util.parse_url(host).port or 8080
                raise Failure(message, advice=FORWARD.format(port=port)) from error
            if not api.api_client.last_response.data.lstrip().startswith("{"):
                raise Failure(f"{host} answers with a page, not with data", advice=LOG_IN)
            return health

    return Client


@contextlib.contextmanager
def server_errors(host: str) -> Iterator[None]:
    """Turns what the client raises into a `Failure`."""
    refused = installed("kfp_server_api").ApiException
    try:
        yield
    except refused as error:
        message = str(error.body or error.reason)
        with contextlib.suppress(*SLIPS, RecursionError):
            body = json.loads(message)
            message = str(body.get("error_details") or body.get("message") or body["error"])
        if place := (error.headers or {}).get("Location"):
            message = f"it redirects to {place.partition('?')[0]}"
        advice = {401: LOG_IN, 403: LOG_IN, 404: NOT_FOUND}.get(error.status, "")
        if re.search("V1 pipeline specs are not|is not allowed to run v1", message, re.I):
            advice = NO_V1
        message = f"{host} refused ({error.status}): {message[:2000]}"
        raise Failure(message, advice=LOG_IN if place else advice) from error
    except (installed("urllib3").exceptions.HTTPError, OSError) as error:
        raise Failure(f"lost contact with {host}: {error}") from error
    except (RecursionError, *SLIPS) as error:
        read = f"the pipeline, its context.json or an answer of {host}"
        raise Failure(f"kfp's client cannot use {read}: {error!r}") from error


@contextlib.contextmanager
def client_output() -> Iterator[None]:
    """Prints what the client prints, with ids of the server, once all went well."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        yield
    for line in output.getvalue().splitlines():
        say(line, result=True)


def required_id(value: Any, what: str) -> str:
    """The id, if the server gave one: a login page would not."""
    if not isinstance(value, str) or not value:
        raise Failure(f"{what} without an id: is it Kubeflow Pipelines?", advice=LOG_IN)
    return value


def upload(client: Any, name: str, file: Path, namespace: str | None) -> Json:
    """The ids of the pipeline and of the version with this content, new if need be."""
    version = "sha256-" + hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    found = client.list_pipelines(filter=NAMED % json.dumps(name), namespace=namespace).pipelines
    if found:
        pipeline = required_id(found[0].pipeline_id, "pipeline")
        listed = client.list_pipeline_versions(pipeline, filter=NAMED % json.dumps(version))
        versions = listed.pipeline_versions or [
            client.upload_pipeline_version(str(file), version, pipeline_id=pipeline)
        ]
    else:
        # With a name, so that the client does not look for one in the file.
        made = client.upload_pipeline(str(file), pipeline_name=name, namespace=namespace)
        pipeline = required_id(made.pipeline_id, "pipeline")
        versions = client.list_pipeline_versions(pipeline).pipeline_versions
    first = versions[0].pipeline_version_id if versions else None
    version = required_id(first, "pipeline version")
    say(f"Pipeline: {pipeline}, version: {version}", result=True)
    return {"pipeline_id": pipeline, "version_id": version}


def submit(client: Any, args: Args, plan: Json, file: Path) -> int:
    """Sends what the plan has, and returns the exit status."""
    namespace = args.namespace or client.get_user_namespace() or None
    what: Json = {"service_account": args.service_account or None}
    with client_output():
        if "experiment" in plan:
            made = client.create_experiment(args.experiment, namespace=namespace)
            what["experiment_id"] = required_id(made.experiment_id, "experiment")
        if "upload" in plan:
            # A run has its ids: the client takes no workflow into the request for a run.
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
    return wait(client, args, run_id) if args.wait else 0


def wait(client: Any, args: Args, run_id: str) -> int:
    """The exit status, once the run has ended.

    The client's own wait_for_run_completion() never sees a cancelled run end.
    """
    runs: list[Any] = []

    def look() -> str:
        with server_errors(args.host):
            runs.append(client.get_run(run_id))
            required_id(runs[-1].run_id, "run")
        return str(runs[-1].state)

    ends = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")
    state = watch(look, ends, (Failure,), args.poll_seconds)
    if state == "SUCCEEDED":
        return 0
    run = runs[-1]
    reason = f": {run.error.message}" if run.error and run.error.message else ""
    say(f"error: run {run_id} ended as {state}{reason}")
    for task in (run.run_details and run.run_details.task_details) or []:
        if task.state == "FAILED":
            say(f"  task {task.display_name} failed. {task.error.message if task.error else ''}")
    return 1
