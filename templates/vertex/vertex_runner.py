"""Runs a pipeline on Vertex AI Pipelines: command line → request → SDK.

The same for every pipeline: main.py has what is of one, and calls `run`.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from pipeline_inputs import (
    SLIPS,
    Failure,
    Input,
    Json,
    check_settings,
    check_spec,
    checked_values,
    declare,
    exit_with,
    given_values,
    installed,
    mapping,
    parse_flags,
    print_json,
    quoted,
    read_pipeline,
    say,
    show_warnings_of,
    stop_on,
    tasks_of,
    warn_of_lost_digits,
    watch,
    without_secrets,
)
from vertex_settings import (
    EPILOG,
    FLAGS,
    Settings,
    iso,
    schedule_problems,
    setting_problems,
    with_defaults,
)

__all__ = ["Input", "Settings", "run"]

Args = argparse.Namespace
Inputs = list[Input]

# Resolved by a cluster, and not by Vertex AI. The first differ from run to run.
RESOLVED = re.compile(
    r"\{\{(?:\s*workflow\.(uid|name|creationTimestamp)\s*"
    r"|kfp-(default-bucket|project-id))\}\}"
)
NOT_RESOLVED = re.compile(r"\{\{\s*(?:workflow|pod|node)\.[^{}]*\}\}")


def run(
    pipeline: str, inputs: Inputs, settings: Settings, *, as_text: bool = False
) -> NoReturn:
    """Runs the command line for the pipeline file beside this module, and exits.

    `as_text`: the pipeline is of KFP v1, where the value of every input is a text.
    """
    path = Path(__file__).resolve().parent / pipeline
    exit_with(lambda: status(path, inputs, settings, as_text))


def status(path: Path, inputs: Inputs, settings: Settings, as_text: bool) -> int:
    """The exit status, once everything is done."""
    check_settings(settings)
    try:
        spec = load_spec(path)
        errors = declare(inputs, spec)
    except Failure:
        parse(inputs, settings, {})  # the help does without the pipeline
        raise
    args = parse(inputs, settings, spec)
    args.pipeline, args.run_id = path, args.job_id or new_job_id(spec)
    errors += check(args, spec)
    values = make_values(args, spec, inputs, errors, as_text)
    stop_on(errors)
    if not args.dry_run:
        return deploy(args, make_request(args, spec, values))
    say("dry run: nothing is sent; the request:")
    print_json(make_request(args, spec, without_secrets(inputs, values)))
    return 0


def load_spec(path: Path) -> Json:
    file = read_pipeline(path)
    check_spec(file)
    spec, *others = file.documents
    if others or spec["schemaVersion"] not in ("2.0.0", "2.1.0"):
        known = "one document of schemaVersion 2.0.0 or 2.1.0"
        got = f"{1 + len(others)} of {spec['schemaVersion']}"
        raise Failure(f"{path}: Vertex AI takes {known}, got {got}.", status=2)
    return dict(spec)


# The command line


def parse(inputs: Inputs, settings: Settings, spec: Json) -> Args:
    info, root = mapping(spec.get("pipelineInfo")), str(spec.get("defaultPipelineRoot"))
    name = str(info.get("displayName") or info.get("name") or "pipeline")
    settings = with_defaults(settings, name, root)
    defaults = settings._asdict()
    defaults["reserved_ip_range"] = " ".join(settings.reserved_ip_ranges)
    defaults["label"] = " ".join(map("=".join, settings.labels.items()))
    about = "Run this pipeline on Vertex AI Pipelines."
    args = parse_flags(about, EPILOG, FLAGS, defaults, inputs)
    args.labels = {**settings.labels, **dict(args.label)}
    args.artifacts = dict(args.artifact)
    args.reserved_ip_ranges = args.reserved_ip_range or [*settings.reserved_ip_ranges]
    return args


def check(args: Args, spec: Json) -> Iterator[str]:
    """Problems with the flags, except those of inputs."""
    if not args.project:
        yield "No project: give --project ID or set GOOGLE_CLOUD_PROJECT."
    if not args.pipeline_root:
        # The SDK would make up a bucket, another one each time.
        yield "No pipeline root: give --pipeline-root gs://BUCKET/PATH."
    yield from setting_problems(vars(args))
    yield from schedule_problems(vars(args))
    if args.reserved_ip_ranges and not args.network:
        yield "--reserved-ip-range: give the --network that it is of."
    if (own := "vertex-ai-pipelines-run-billing-id") in args.labels:
        say(f"warning: Label {own!r} is set by Vertex AI; yours is overwritten.")
    definitions = mapping(mapping(spec["root"]).get("inputDefinitions"))
    known = mapping(definitions.get("artifacts"))
    for name, artifact in args.artifacts.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            yield f"Artifact {name} is not known. Known: {listed}."
        elif not re.fullmatch(r"[^/\s]+", artifact):
            advice = "give the id only, the last part of .../artifacts/ID"
            yield f"Artifact {name}: {advice}, got {quoted(artifact)}."
    for name, artifact in known.items():
        if name not in args.artifacts and not mapping(artifact).get("isOptional"):
            yield f"Artifact {name} is missing. Pass --artifact {name}=ID."


# Values


def make_values(
    args: Args, spec: Json, inputs: Inputs, errors: list[str], as_text: bool
) -> Json:
    """The values of inputs, in the form of the pipeline's schema."""
    values = given_values(args, inputs, errors)
    is_old = spec["schemaVersion"] == "2.0.0"
    if is_old:  # it has no types for these; they are the texts that the SDK makes
        odd = {n: v for n, v in values.items() if isinstance(v, (bool, list, dict))}
        values |= {name: json.dumps(value) for name, value in odd.items()}
    values = checked_values(inputs, values, errors, as_text=as_text)
    if is_old:
        errors += [
            f"Parameter {name}: {value} does not fit into 64 bits."
            for name, value in values.items()
            if isinstance(value, int) and not -(2**63) <= value < 2**63
        ]
    else:
        warn_of_lost_digits(inputs, values)
    values = with_run_texts(args, inputs, values, errors)
    return typed(inputs, values) if is_old else values


def with_run_texts(args: Args, inputs: Inputs, values: Json, errors: list[str]) -> Json:
    """The values, and those defaults in which a placeholder is resolved for the run."""
    texts = {
        "uid": args.run_id,
        "name": args.run_id,
        "creationTimestamp": iso(datetime.datetime.now(datetime.timezone.utc)),
        "default-bucket": bucket_of(args),
        "project-id": args.project,
    }
    resolved = dict(values)
    for one in inputs:
        text = json.dumps(values.get(one.name, one.default))
        title, advice = f"Parameter {one.name}:", f"Pass {one.flags[0]} VALUE."
        found = ", ".join(sorted({match[0] for match in RESOLVED.finditer(text)}))
        if args.schedule and "workflow" in found:
            why = "differs from run to run, and a schedule cannot resolve it."
            errors.append(f"{title} {found} {why} {advice}")
        elif found:
            new = RESOLVED.sub(lambda it: json.dumps(texts[it[1] or it[2]])[1:-1], text)
            resolved[one.name] = json.loads(new)
            shown = one.shown(resolved[one.name])
            say(f"note: {title} {found} is resolved: {shown}")
        for other in sorted(set(NOT_RESOLVED.findall(RESOLVED.sub("", text)))):
            why = "is not resolved by Vertex AI; the container gets it as it is."
            say(f"warning: {title} {other} {why} {advice}")
    return resolved


def bucket_of(args: Args) -> str:
    return str(args.pipeline_root.removeprefix("gs://").partition("/")[0])


def typed(inputs: Inputs, values: Json) -> Json:
    """The values, and the defaults of the others, as schema 2.0.0 has them."""
    found, keys = {}, {"NUMBER_INTEGER": "intValue", "NUMBER_DOUBLE": "doubleValue"}
    for one in inputs:
        if (value := values.get(one.name, one.default)) is not None:
            key = keys.get(one.kind, "stringValue")
            # Protobuf writes integers of 64 bits as text.
            found[one.name] = {key: str(value) if key == "intValue" else value}
    return found


# The request


def make_request(args: Args, spec: Json, values: Json) -> Json:
    """The request for a run or a schedule, as JSON of the API's own messages."""
    is_old = spec["schemaVersion"] == "2.0.0"
    policy, key = args.failure_policy.upper(), args.encryption_key
    attachment = args.psc_network_attachment
    artifacts = {name: {"artifactId": given} for name, given in args.artifacts.items()}
    runtime = {
        "gcsOutputDirectory": args.pipeline_root,
        "parameters" if is_old else "parameterValues": values,
        "inputArtifacts": artifacts or None,
        "failurePolicy": policy and f"PIPELINE_FAILURE_POLICY_FAIL_{policy}",
    }
    job = without_empty(
        {
            "displayName": "" if args.schedule else args.display_name,
            "labels": args.labels or None,
            "serviceAccount": args.service_account,
            "network": args.network,
            "reservedIpRanges": args.reserved_ip_ranges,
            "pscInterfaceConfig": attachment and {"networkAttachment": attachment},
            "encryptionSpec": key and {"kmsKeyName": key},
            "runtimeConfig": without_empty(runtime),
            "pipelineSpec": with_caching(spec, args.cache),
        }
    )
    parent = f"projects/{args.project}/locations/{args.location}"
    if args.schedule:
        return {"parent": parent, "schedule": make_schedule(args, parent, job)}
    return {"parent": parent, "pipelineJobId": args.run_id, "pipelineJob": job}


def without_empty(fields: Json) -> Json:
    return {key: it for key, it in fields.items() if it not in (None, "", [], False)}


def make_schedule(args: Args, parent: str, job: Json) -> Json:
    """The schedule. Its runs get ids and names of their own."""
    return without_empty(
        {
            "displayName": args.schedule_name or args.display_name,
            "cron": args.schedule,
            "startTime": args.schedule_start,
            "endTime": args.schedule_end,
            "maxRunCount": args.schedule_max_runs,
            "maxConcurrentRunCount": args.schedule_max_concurrent_runs or 1,
            "allowQueueing": args.schedule_allow_queueing,
            "createPipelineJobRequest": {"parent": parent, "pipelineJob": job},
        }
    )


def new_job_id(spec: Json) -> str:
    """The pipeline's name and the time; a letter comes first, then at most 127."""
    name = str(mapping(spec["pipelineInfo"]).get("name")).lower()
    name = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    name = name if name[:1].isalpha() else f"pipeline-{name}"
    return f"{name[:113].rstrip('-')}-{datetime.datetime.now():%Y%m%d%H%M%S}"


def with_caching(spec: Json, enabled: bool | None) -> Json:
    """The pipeline, with caching on or off for all tasks if that is asked for."""
    for name, task in tasks_of(spec) if enabled is not None else ():
        if mapping(task.get("cachingOptions")).get("cacheKey"):
            say(f"warning: Task {name}: --cache and --no-cache drop its cacheKey.")
        task["cachingOptions"] = {"enableCache": enabled}
    return spec


# Vertex AI


def deploy(args: Args, request: Json) -> int:
    """Sends the request by way of the SDK, and returns the exit status."""
    show_warnings_of("google.cloud.aiplatform")
    aiplatform = installed("google.cloud.aiplatform")
    with service_errors(args):
        # Without a project the SDK talks to another server in another way.
        aiplatform.init(
            project=args.project,
            location=args.location,
            api_endpoint=args.api_endpoint or None,
            api_transport=args.api_transport or None,
        )
        job = aiplatform.PipelineJob(
            display_name=args.display_name,
            template_path=str(args.pipeline),
            job_id=args.run_id,
            pipeline_root=args.pipeline_root,
        )
        if args.schedule:
            create_schedule(aiplatform, job, args, request["schedule"])
            return 0
        look_at_bucket(args)
        submit(job, args, request["pipelineJob"])
    show_made("Run", "runs", job.resource_name, args)
    return wait(job, args.poll_seconds) if args.wait else 0


def fill(resource: Any, asked: Json) -> None:
    """Sets the request that the SDK sends; its own arguments cover a part of it."""
    resource._gca_resource = type(resource._gca_resource).from_json(json.dumps(asked))


def submit(job: Any, args: Args, asked: Json) -> None:
    fill(job, asked)
    try:
        job.submit(experiment=args.experiment or None)
    except (AttributeError, RuntimeError) as error:
        if not job._gca_resource.name:
            raise
        # The SDK joins it once it is accepted, and fails in two ways when it cannot.
        reason = error.__cause__ or error.__context__ or error
        say(f"warning: the run is not in experiment {args.experiment}: {reason}")


def create_schedule(aiplatform: Any, job: Any, args: Args, asked: Json) -> None:
    """Creates the schedule. Each call makes another one."""
    name = asked["displayName"]
    made = aiplatform.PipelineJobSchedule(pipeline_job=job, display_name=name)
    fill(made, asked)
    at_once = asked["maxConcurrentRunCount"]
    made.create(cron=args.schedule, max_concurrent_run_count=at_once)
    show_made("Schedule", "schedules", made.resource_name, args)


def show_made(title: str, kind: str, name: str, args: Args) -> None:
    say(f"{title}: {name}", result=True)
    page = f"locations/{args.location}/pipelines/{kind}/{name.rpartition('/')[2]}"
    console = "https://console.cloud.google.com/vertex-ai"
    say(f"See: {console}/{page}?project={args.project}", result=True)


def look_at_bucket(args: Args) -> None:
    """Warns where the SDK would make the bucket, or where it is far away."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    name = bucket_of(args)
    try:
        client = installed("google.cloud.storage").Client(project=args.project)
        bucket = client.lookup_bucket(name, timeout=10, retry=None)
    except OSError as error:
        say(f"warning: no answer from Cloud Storage, the SDK may try for long: {error}")
        return
    except (GoogleAPIError, GoogleAuthError, ValueError):
        return  # perhaps only its objects may be seen; Vertex AI says more
    if bucket is None:
        say(f"warning: bucket {name} is missing; the SDK makes it in {args.location}")
    elif bucket.location and bucket.location.lower() != args.location:
        say(f"warning: bucket {name} is in {bucket.location}, not {args.location}")


@contextlib.contextmanager
def service_errors(args: Args) -> Iterator[None]:
    """Turns what the SDK raises into a message."""
    from google.api_core import exceptions
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    try:
        yield
    except DefaultCredentialsError as error:
        login = "Run `gcloud auth application-default login`"
        message = f"no credentials. {login} or set GOOGLE_APPLICATION_CREDENTIALS."
        raise Failure(message) from error
    except exceptions.AlreadyExists as error:
        message = f"A run with id {args.run_id} exists; give another --job-id, or none."
        raise Failure(message) from error
    except (exceptions.GoogleAPIError, GoogleAuthError) as error:
        raise Failure(f"Vertex AI did not accept it: {error}") from error
    except (RuntimeError, *SLIPS) as error:
        raise Failure(f"the SDK did not accept it: {error}") from error


def wait(job: Any, pause: float) -> int:
    """The exit status. (To the SDK's own wait(), a cancelled run is a success.)"""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    def look() -> str:
        return str(job.state.name.removeprefix("PIPELINE_STATE_"))

    ends = ("SUCCEEDED", "FAILED", "CANCELLED", "PAUSED")
    try:
        state = watch(look, ends, (GoogleAPIError, GoogleAuthError, OSError), pause)
    except KeyboardInterrupt:
        raise Failure("no longer watching; the run goes on") from None
    return 0 if state == "SUCCEEDED" else report_failure(job.gca_resource, state)


def report_failure(job: Any, state: str) -> int:
    say(f"error: the run ended as {state}")
    if job.error.message:
        say(f"  {job.error.message}")
    for task in job.job_detail.task_details:
        if task.state.name == "FAILED":
            say(f"  task {task.task_name} failed. {task.error.message}")
    return 1
