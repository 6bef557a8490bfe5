# What is sent of the pipeline


def complete() -> list[str]:
    """Adds to PARAMETERS what the pipeline says, and returns what does not fit."""
    spec, _ = load_spec()
    return complete_parameters(spec, roots=("minio://", "s3://", "gs://"))


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def prepare(folder: Path, args: argparse.Namespace, arguments: dict[str, Any]) -> Path:
    """The file to send: the pipeline as it is, or a copy with other caching."""
    if args.cache is None or args.upload_only:
        return PIPELINE
    copy = folder / PIPELINE.name
    copy.write_text(with_caching(read_pipeline_text(), args.cache), encoding="utf-8")
    return copy


def with_caching(text: str, enabled: bool) -> str:
    """The pipeline with caching on or off for all tasks, also those of inner pipelines.

    The client's own enable_caching= leaves the inner ones out.
    """
    yaml = yaml_module()
    spec, *platforms = yaml.safe_load_all(text)
    for component in [spec["root"], *spec.get("components", {}).values()]:
        for task in component.get("dag", {}).get("tasks", {}).values():
            task.setdefault("cachingOptions", {})["enableCache"] = enabled
    changed: str = yaml.safe_dump_all([spec, *platforms], sort_keys=False)
    return changed
