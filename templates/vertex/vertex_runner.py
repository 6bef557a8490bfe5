"""Runs a pipeline on Vertex AI Pipelines: command line → request → SDK.

The same for every pipeline: main.py has what is of one, and calls `run`. Settings are
checked here only where neither the SDK nor Vertex AI reports them.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pipeline_inputs import (
    Flags,
    Input,
    checked_settings,
    declare,
    parse_flags,
    parts_of,
    read_values,
    v1_text,
    without_secrets,
)
from script_support import (
    SLIPS,
    Failure,
    Json,
    exit_with,
    from_environment,
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


class Settings(NamedTuple):
    """What is used where no flag is given. Empty is not set."""

    project: str = ""
    location: str = ""
    pipeline_root: str = ""
    display_name: str = ""
    service_account: str = ""
    network: str = ""
    reserved_ip_ranges: Sequence[str] = ()
    psc_network_attachment: str = ""
    encryption_key: str = ""
    labels: Mapping[str, str] = {}
    experiment: str = ""
    cache: bool | None = None  # None: as set for each task
    failure_policy: str = ""
    schedule: str = ""


# Variables of the environment that are used where the setting is not set.
PROJECT = "GOOGLE_CLOUD_PROJECT, CLOUD_ML_PROJECT_ID, CLOUDSDK_CORE_PROJECT"
LOCATION = "GOOGLE_CLOUD_REGION, CLOUD_ML_REGION, CLOUDSDK_AI_REGION, CLOUDSDK_COMPUTE_REGION"
EPILOG = f"""\
The value of an input is that of its flag, else that of --params-file, else the one in
the pipeline. In a value the job id replaces {{{{workflow.uid}}}} and
{{{{workflow.name}}}}, the time {{{{workflow.creationTimestamp}}}}, the bucket of the
pipeline root {{{{kfp-default-bucket}}}}, and the project {{{{kfp-project-id}}}}.

environment, used where neither a flag nor SETTINGS in main.py has a value:
  project: {PROJECT}
  location: {LOCATION};
    else us-central1
  credentials: GOOGLE_APPLICATION_CREDENTIALS, else of `gcloud auth application-default login`

exit status:
  0  done: the run was accepted; with --wait it succeeded
  1  Vertex AI did not accept it; with --wait: the run failed, was cancelled or paused
  2  wrong usage or values; nothing was sent
"""
FLAGS: Flags = {
    "where it runs": {
        "--project": "id of the Google Cloud project",
        "--location": "region, like us-central1",
        "--pipeline-root": "gs://BUCKET/PATH for artifacts; created if missing",
        "--network": "network to peer with: projects/NUMBER/global/networks/NAME",
        "--reserved-ip-range": ("of the network; may be repeated", "list"),
        "--psc-network-attachment": "attachment for Private Service Connect, full name",
        "--api-endpoint": "host of the API, instead of the region's own",
        "--api-transport": ("grpc if not given", {"choices": ("grpc", "rest")}),
    },
    "how it runs": {
        "--display-name": "name for the console",
        "--job-id": "id of the run (the pipeline's name and the time)",
        "--service-account": "service account of the tasks (that of Compute Engine)",
        "--encryption-key": "projects/P/locations/REGION/keyRings/R/cryptoKeys/K",
        "--label": ("of the run; may be repeated", "pairs"),
        "--artifact": ("id of an input artifact; may be repeated", "pairs"),
        "--experiment": "experiment of the run; created if missing",
        "--cache": ("reuse cached results, or never (as set for each task)", "on/off"),
        "--failure-policy": (
            "after a failure, slow: run independent tasks; fast: start none",
            {"choices": ("slow", "fast")},
        ),
    },
    "when it runs": {
        "--schedule": "run it regularly instead of once: MINUTE HOUR DAY MONTH WEEKDAY in UTC, or "
        "in a zone before them, TZ=Europe/Paris; an empty text runs it once",
        "--schedule-name": "name of the schedule (that of the run)",
        "--schedule-start": "not before this time: 2030-01-31T08:00:00Z",
        "--schedule-end": "no run after this time",
        "--schedule-max-runs": ("end after this many runs", "number"),
        "--schedule-max-concurrent-runs": ("how many at once (1)", "number"),
        "--schedule-allow-queueing": ("queue runs above that, skip none", "switch"),
    },
    "what is done": {
        "--wait": ("wait until the run ends; print its state", "switch"),
        "--poll-seconds": ("with --wait (5)", "seconds"),
        "--dry-run": ("print the request as JSON; send nothing, no SDK", "switch"),
    },
}
# Resolved by a cluster, and not by Vertex AI. The first differ from run to run.
RESOLVED = re.compile(
    r"\{\{(?:\s*workflow\.(uid|name|creationTimestamp)\s*|kfp-(default-bucket|project-id))\}\}"
)
NOT_RESOLVED = re.compile(r"\{\{\s*(?:workflow|pod|node)\.[^{}]*\}\}")


def run(pipeline: str, inputs: Inputs, settings: Settings, *, as_text: bool = False) -> NoReturn:
    """Runs the command line for the pipeline file beside this module, and exits.

    `as_text`: the pipeline is of KFP v1, where the value of every input is a text.
    """
    path = Path(__file__).resolve().parent / pipeline
    exit_with(lambda: status(path, inputs, settings, as_text))


def status(path: Path, inputs: Inputs, settings: Settings, as_text: bool) -> int:
    """The exit status, once everything is done."""
    try:
        file = read_pipeline(path)
        spec, errors = file.spec, declare(inputs, file.spec)
    except Failure:
        parse(inputs, settings, {})  # the help does without the pipeline
        raise
    args = parse(inputs, settings, spec)
    args.pipeline, args.run_id = path, args.job_id or new_job_id(spec)
    version, count = spec["schemaVersion"], len(file.documents)
    if count > 1 or version not in ("2.0.0", "2.1.0"):
        known = "Vertex AI takes one document of schemaVersion 2.0.0 or 2.1.0"
        errors.append(f"{path}: {known}, got {count} of {version}.")
    errors += check(args, spec)
    values = make_values(args, spec, inputs, errors, as_text)
    stop_on(errors)
    if not args.dry_run:
        return deploy(args, make_request(args, spec, values))
    say("dry run: nothing is sent; the request:")
    print_json(make_request(args, spec, without_secrets(inputs, values)))
    return 0


# The command line


def parse(inputs: Inputs, settings: Settings, spec: Json) -> Args:
    defaults = checked_settings(with_defaults(settings, spec))
    defaults["label"] = " ".join(f"{key}={value}" for key, value in settings.labels.items())
    defaults["reserved_ip_range"] = " ".join(map(str, settings.reserved_ip_ranges))
    args = parse_flags("Run this pipeline on Vertex AI.", EPILOG, FLAGS, defaults, inputs)
    args.bucket = args.pipeline_root.removeprefix("gs://").partition("/")[0]
    args.labels = {**settings.labels, **dict(args.label)}
    args.artifacts = dict(args.artifact)
    args.reserved_ip_ranges = args.reserved_ip_range or settings.reserved_ip_ranges
    return args


def with_defaults(settings: Settings, spec: Json) -> Settings:
    """The settings; what is not set is that of the environment or the pipeline."""
    info, root = mapping(spec.get("pipelineInfo")), str(spec.get("defaultPipelineRoot"))
    name = str(info.get("displayName") or info.get("name") or "pipeline")
    return settings._replace(
        project=settings.project or from_environment(PROJECT),
        location=settings.location or from_environment(LOCATION) or "us-central1",
        pipeline_root=settings.pipeline_root or (root if root[:5] == "gs://" else ""),
        display_name=settings.display_name or name[:128],
    )


def check(args: Args, spec: Json) -> Iterator[str]:
    """Problems with the flags, except those of inputs."""
    if not args.project:
        yield "No project: give --project ID or set GOOGLE_CLOUD_PROJECT."
    # Without a root the SDK would make up a bucket, another one each time.
    if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?", args.pipeline_root):
        got = f", got {args.pipeline_root}" if args.pipeline_root else ""
        yield f"No pipeline root: give --pipeline-root gs://BUCKET/PATH{got}."
    if args.reserved_ip_ranges and not args.network:
        yield "--reserved-ip-range: give the --network that it is of."
    if (own := "vertex-ai-pipelines-run-billing-id") in args.labels:
        say(f"warning: Label {own!r} is set by Vertex AI; yours is overwritten.")
    yield from schedule_problems(args)
    known = parts_of(spec, "artifacts")
    for name, artifact in args.artifacts.items():
        if name not in known:
            yield f"Artifact {name} is not known. Known: {', '.join(known) or 'none'}."
        elif not re.fullmatch(r"[^/\s]+", artifact):
            advice = "give the id only, the last part of .../artifacts/ID"
            yield f"Artifact {name}: {advice}, got {artifact!r}."
    for name, artifact in known.items():
        if name not in args.artifacts and not mapping(artifact).get("isOptional"):
            yield f"Artifact {name} is missing. Pass --artifact {name}=ID."


def schedule_problems(args: Args) -> Iterator[str]:
    """Flags that need a schedule, or that a schedule cannot have."""
    if args.schedule and args.job_id:
        yield "--job-id: a schedule has none; its runs get ids of their own."
    if args.schedule and args.wait:
        yield "--wait: a schedule has no end."
    if args.schedule and args.experiment:
        yield "--experiment: a schedule cannot have one; --schedule '' runs once."
    for flag in () if args.schedule else list(FLAGS["when it runs"])[1:]:
        if getattr(args, flag[2:].replace("-", "_")):
            yield f"{flag}: give --schedule too."


# The request


def make_values(args: Args, spec: Json, inputs: Inputs, errors: list[str], as_text: bool) -> Json:
    """The values of inputs, in the form of the pipeline's schema."""
    if spec["schemaVersion"] != "2.0.0":
        values = read_values(args, inputs, errors, v1_text if as_text else None)
        return with_run_texts(args, inputs, values, errors)
    # It has no types but these; of other values the SDK makes texts.
    keys = {"NUMBER_INTEGER": "intValue", "NUMBER_DOUBLE": "doubleValue"}
    values = read_values(args, inputs, errors, json.dumps, as_doubles=False)
    values = with_run_texts(args, inputs, values, errors)
    typed: Json = {}
    for one in inputs:
        if (value := values.get(one.name, one.default)) is not None:
            key = keys.get(one.kind, "stringValue")
            # Protobuf writes integers of 64 bits as text.
            typed[one.name] = {key: str(value) if key == "intValue" else value}
    return typed


def with_run_texts(args: Args, inputs: Inputs, values: Json, errors: list[str]) -> Json:
    """The values, and those defaults in which a placeholder is resolved for the run."""
    now = datetime.datetime.now(datetime.timezone.utc)
    texts = {
        "uid": args.run_id,
        "name": args.run_id,
        "creationTimestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "default-bucket": args.bucket,
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
            say(f"note: {title} {found} is resolved: {one.shown(resolved[one.name])}")
        for other in sorted(set(NOT_RESOLVED.findall(RESOLVED.sub("", text)))):
            why = "is not resolved by Vertex AI; the container gets it as it is."
            say(f"warning: {title} {other} {why} {advice}")
    return resolved


def make_request(args: Args, spec: Json, values: Json) -> Json:
    """The request for a run or a schedule, as JSON of the API's own messages."""
    key, attachment = args.encryption_key, args.psc_network_attachment
    policy = args.failure_policy and f"PIPELINE_FAILURE_POLICY_FAIL_{args.failure_policy.upper()}"
    artifacts = {name: {"artifactId": given} for name, given in args.artifacts.items()}
    runtime = {
        "gcsOutputDirectory": args.pipeline_root,
        "parameters" if spec["schemaVersion"] == "2.0.0" else "parameterValues": values,
        **present({"inputArtifacts": artifacts, "failurePolicy": policy}),
    }
    # Runs of a schedule get ids and names of their own.
    job = {
        "displayName": "" if args.schedule else args.display_name,
        "labels": args.labels,
        "serviceAccount": args.service_account,
        "network": args.network,
        "reservedIpRanges": args.reserved_ip_ranges,
        "pscInterfaceConfig": attachment and {"networkAttachment": attachment},
        "encryptionSpec": key and {"kmsKeyName": key},
        "runtimeConfig": runtime,
        "pipelineSpec": with_caching(spec, args.cache),
    }
    parent = f"projects/{args.project}/locations/{args.location}"
    request: Json = {"parent": parent, "pipelineJob": present(job)}
    if not args.schedule:
        return {**request, "pipelineJobId": args.run_id}
    schedule = {
        "displayName": args.schedule_name or args.display_name,
        "cron": args.schedule,
        "startTime": args.schedule_start,
        "endTime": args.schedule_end,
        "maxRunCount": args.schedule_max_runs,
        "maxConcurrentRunCount": args.schedule_max_concurrent_runs or 1,
        "allowQueueing": args.schedule_allow_queueing,
        "createPipelineJobRequest": request,
    }
    return {"parent": parent, "schedule": present(schedule)}


def new_job_id(spec: Json) -> str:
    """The pipeline's name and the time; a letter comes first, then at most 127."""
    own = str(mapping(spec["pipelineInfo"]).get("name"))
    name = re.sub(r"[^a-z0-9]+", "-", own.lower()).strip("-")
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
    with service_errors():
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
            made = create_schedule(aiplatform, job, args, request["schedule"])
        else:
            look_at_bucket(args)
            made = submit(job, args, request["pipelineJob"])
    title, kind = ("Schedule", "schedules") if args.schedule else ("Run", "runs")
    say(f"{title}: {made.resource_name}", result=True)
    page = f"{args.location}/pipelines/{kind}/{made.resource_name.rpartition('/')[2]}"
    console = "https://console.cloud.google.com/vertex-ai/locations"
    say(f"See: {console}/{page}?project={args.project}", result=True)
    return wait(job, args.poll_seconds) if args.wait else 0


def fill(resource: Any, asked: Json) -> None:
    """Sets the request that the SDK sends; its own arguments cover a part of it."""
    resource._gca_resource = type(resource._gca_resource).from_json(json.dumps(asked))


def submit(job: Any, args: Args, asked: Json) -> Any:
    fill(job, asked)
    try:
        job.submit(experiment=args.experiment or None)
    except (AttributeError, RuntimeError) as error:
        if not job._gca_resource.name:
            raise
        # The SDK joins it once it is accepted, and fails in two ways when it cannot.
        reason = error.__cause__ or error.__context__ or error
        say(f"warning: the run is not in experiment {args.experiment}: {reason}")
    return job


def create_schedule(aiplatform: Any, job: Any, args: Args, asked: Json) -> Any:
    """Creates the schedule. Each call makes another one."""
    made = aiplatform.PipelineJobSchedule(pipeline_job=job, display_name=asked["displayName"])
    fill(made, asked)
    made.create(cron=args.schedule, max_concurrent_run_count=asked["maxConcurrentRunCount"])
    return made


def look_at_bucket(args: Args) -> None:
    """Warns where the SDK would make the bucket, or where it is far away."""
    try:
        client = installed("google.cloud.storage").Client(project=args.project)
        bucket = client.lookup_bucket(args.bucket, timeout=10, retry=None)
    except OSError as error:
        say(f"warning: no answer from Cloud Storage, the SDK may try for long: {error}")
    except (*refusals(), ValueError):
        return  # perhaps only its objects may be seen; Vertex AI says more
    else:
        if bucket is None:
            say(f"warning: bucket {args.bucket} is missing; the SDK makes it in {args.location}")
        elif bucket.location.lower() != args.location:
            say(f"warning: bucket {args.bucket} is in {bucket.location}, not {args.location}")


def refusals() -> Any:
    """What the SDK raises when Vertex AI does not accept a request."""
    api = installed("google.api_core.exceptions")
    return (api.GoogleAPIError, installed("google.auth.exceptions").GoogleAuthError)


@contextlib.contextmanager
def service_errors() -> Iterator[None]:
    """Turns what the SDK raises into a message."""
    try:
        yield
    except refusals() as error:
        raise Failure(f"Vertex AI did not accept it: {error}") from error
    except (RuntimeError, installed("google.protobuf.json_format").Error, *SLIPS) as error:
        raise Failure(f"the SDK did not accept it: {error}") from error


def wait(job: Any, pause: float) -> int:
    """The exit status. (To the SDK's own wait(), a cancelled run is a success.)"""
    ends = ("SUCCEEDED", "FAILED", "CANCELLED", "PAUSED")
    slips = (*refusals(), OSError)
    state = watch(lambda: job.state.name.removeprefix("PIPELINE_STATE_"), ends, slips, pause)
    if state == "SUCCEEDED":
        return 0
    say(f"error: the run ended as {state}")
    if job.gca_resource.error.message:
        say(f"  {job.gca_resource.error.message}")
    for task in job.gca_resource.job_detail.task_details:
        if task.state.name == "FAILED":
            say(f"  task {task.task_name} failed. {task.error.message}")
    return 1
