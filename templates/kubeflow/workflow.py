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
