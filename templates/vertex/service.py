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
