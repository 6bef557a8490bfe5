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
