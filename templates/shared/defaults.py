# What pipeline.yaml says of the inputs: this script has no copy of it


def mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def load_spec() -> tuple[Json, list[Any]]:
    """The pipeline beside this script, and the documents after it."""
    text = read_pipeline_text()
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        spec, *others = yaml.load_all(text, loader)
        json.dumps([spec, others])  # YAML also has dates and sets
    except (yaml.YAMLError, RecursionError, *YAML_SLIPS) as error:
        message = f"{PIPELINE} is no pipeline in YAML: {error}"
        raise Failure(message, status=2) from error
    for key in ("pipelineInfo", "root", "schemaVersion"):
        if key not in mapping(spec):
            message = f"{PIPELINE} is not a KFP v2 pipeline: {key} is missing."
            raise Failure(message, status=2)
    return spec, others


def complete_parameters(spec: Json, roots: tuple[str, ...]) -> list[str]:
    """Adds to PARAMETERS what the pipeline says: defaults, and which may be left out.

    Returns what does not fit, where one of the two files was edited.
    """
    root = spec.get("defaultPipelineRoot")
    if not SETTINGS["pipeline_root"] and str(root).startswith(roots):
        SETTINGS["pipeline_root"] = root
    inputs = mapping(mapping(mapping(spec.get("root")).get("inputDefinitions")))
    declared = mapping(inputs.get("parameters"))
    for name, parameter in PARAMETERS.items():
        known = mapping(declared.get(name))
        if "defaultValue" in known:
            parameter["default"] = known["defaultValue"]
        if isinstance(known.get("literals"), list):
            parameter["literals"] = known["literals"]
        parameter["required"] = not ("defaultValue" in known or known.get("isOptional"))
    return list(edited_apart(declared))


def edited_apart(declared: Json) -> Iterator[str]:
    """What this script and the pipeline say of the inputs in different ways."""
    for name, parameter in PARAMETERS.items():
        if name not in declared:
            yield f"{PIPELINE.name} has no input {name}; PARAMETERS here has."
            continue
        kind = kind_of(declared[name]) or parameter["type"]
        if kind != parameter["type"]:
            yield (
                f"Parameter {name} is {kind} in {PIPELINE.name} and "
                f"{parameter['type']} in PARAMETERS of this script."
            )
    for name, known in declared.items():
        # Nobody but the backend gives a value for other types.
        if name not in PARAMETERS and kind_of(known) in METAVARS:
            yield f"{PIPELINE.name} has an input {name}; PARAMETERS here has not."


def kind_of(declared: Any) -> str:
    """The type of an input, by its name of today where schema 2.0.0 has another."""
    known = mapping(declared)
    kind = str(known.get("parameterType") or known.get("type") or "")
    return {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}.get(kind, kind)
