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
