# The inputs of the pipeline

METAVARS = {
    "STRING": "TEXT",
    "NUMBER_INTEGER": "INT",
    "NUMBER_DOUBLE": "NUMBER",
    "BOOLEAN": "true|false",
    "LIST": "JSON",
    "STRUCT": "JSON",
}
TYPES: Json = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
# The words that KFP v1 reads as a truth value; where types are real, only the first.
TRUE = ("true", "t", "yes", "y", "on", "1")
FALSE = ("false", "f", "no", "n", "off", "0")


def gather_values(args: argparse.Namespace, findings: Findings) -> Json:
    """The value of each input that is given one: by flag, by file, or by ARGUMENTS."""
    values = {**ARGUMENTS, **read_params_file(args.params_file, findings)}
    for name, parameter in PARAMETERS.items():
        text = vars(args)[f"input {name}"]
        if text is not None:
            values[name] = from_text(parameter["type"], text)
    for name, parameter in PARAMETERS.items():
        check_given(name, parameter, values, findings)
    return {
        name: checked(name, parameter, values[name], findings)
        for name, parameter in PARAMETERS.items()
        if name in values
    }


def read_params_file(path: Path | None, findings: Findings) -> Json:
    """The values in a file of --params-file."""
    if path is None:
        return {}
    try:
        values = load_params(path)
    except (OSError, ValueError) as error:
        findings.error(f"--params-file: {error}")
        return {}
    if not isinstance(values, dict):
        findings.error(f"--params-file: {path} holds no mapping of inputs to values.")
        return {}
    for name in values:
        if name not in PARAMETERS:
            findings.error(unknown(f"Parameter {name}", str(name), list(PARAMETERS)))
    return values


def unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{what} is not known.{hint} Known: {', '.join(known) or 'none'}."


def from_text(kind: str, text: str) -> Any:
    """The value that a text stands for; the text itself if it is of another type."""
    try:
        match kind:
            case "NUMBER_INTEGER" | "NUMBER_DOUBLE":
                return number(text)
            case "BOOLEAN":
                return {"true": True, "false": False}.get(text.lower(), text)
            case "LIST" | "STRUCT":
                return json.loads(text)
    except (ValueError, RecursionError):
        pass
    return text


def number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def check_given(name: str, parameter: Json, values: Json, findings: Findings) -> None:
    """Each input has a value unless it can do without. The SDK drops null silently."""
    if values.get(name) is not None:
        return
    is_null = values.pop(name, 0) is None
    if parameter["required"]:
        kind = parameter.get("declared") or parameter["type"]
        advice = f"Pass {parameter['flags'][0]} VALUE or put it into --params-file."
        findings.error(f"Parameter {name} ({kind}) has no value. {advice}")
    elif is_null and "default" in parameter:
        default = quoted(parameter["default"])
        findings.warning(f"Parameter {name}: null is not sent; {default} is used.")


def checked(name: str, parameter: Json, value: Any, findings: Findings) -> Any:
    """The value as it is sent. Vertex AI would refuse one of another type."""
    if not is_json(name, value, findings):
        return None
    kind = parameter["type"]
    if parameter["as_text"] and kind == "STRING":
        value = as_text(value)
    elif SCHEMA_VERSION == "2.0.0" and kind == "STRING":
        value = as_json(value)
    if kind == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        value = int(value)
    is_bool = isinstance(value, bool)
    if not isinstance(value, TYPES[kind]) or is_bool != (kind == "BOOLEAN"):
        told = f"got {quoted(value)} ({type(value).__name__}).{remedy(kind, value)}"
        findings.error(f"Parameter {name} is {kind}, {told}")
    elif "literals" in parameter and value not in parameter["literals"]:
        allowed = ", ".join(map(quoted, parameter["literals"]))
        findings.error(f"Parameter {name} is one of {allowed}; got {quoted(value)}.")
    elif not reads_as(parameter.get("reads_as", "STRING"), value):
        declared = parameter["declared"]
        findings.error(f"Parameter {name} is {declared}, got {quoted(value)}.")
    return value


def as_text(value: Any) -> Any:
    """The text that KFP v1's own client makes of a value; there all values are text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def as_json(value: Any) -> Any:
    """The text that the SDK makes of a value for which schema 2.0.0 has no type."""
    return json.dumps(value) if isinstance(value, (bool, list, dict)) else value


def remedy(kind: str, value: Any) -> str:
    """What to do about a value of a wrong type, where it is plain."""
    if kind == "STRING":
        return " Quote it."
    if isinstance(value, str) and not isinstance(from_text(kind, value), str):
        # YAML takes 1e-5 for a text.
        return " Write it without quotes, and 1e-5 as 1.0e-5."
    return ""


def reads_as(kind: str, text: Any) -> bool:
    """Whether a text reads as the type that KFP v1 declares."""
    if kind == "STRING" or "{{" in text:
        return True
    if kind == "BOOLEAN":
        return text.lower() in TRUE + FALSE
    value = from_text(kind, text)
    if kind == "NUMBER_INTEGER":
        return isinstance(value, int)
    return isinstance(value, TYPES[kind])


def is_json(name: str, value: Any, findings: Findings) -> bool:
    """Whether the value, with all that is in it, is JSON."""
    try:
        problems = {problem for part in parts(value) for problem in why_not(part)}
    except RecursionError:
        problems = {"nested too deeply."}
    for problem in sorted(problems):
        findings.error(f"Parameter {name}: {problem}")
    if problems:
        return False
    if SCHEMA_VERSION == "2.0.0" and PARAMETERS[name]["type"] == "NUMBER_INTEGER":
        return has_64_bits(name, value, findings)
    for told in inexact(name, value):
        findings.warning(told)
    return True


def has_64_bits(name: str, value: Any, findings: Findings) -> bool:
    """Whether a whole number is one of schema 2.0.0, which sends it digit for digit."""
    fits = not isinstance(value, int) or -(2**63) <= value < 2**63
    if not fits:
        findings.error(f"Parameter {name}: {value} does not fit into 64 bits.")
    return fits


def why_not(part: Any) -> Iterator[str]:
    """Why something is not JSON. YAML also knows dates, sets and keys of any type."""
    if isinstance(part, dict):
        for key in part:
            if not isinstance(key, str):
                yield f"the key {key} is not JSON. Quote it."
    elif isinstance(part, (int, float)):
        if not math.isfinite(as_double(part)):
            yield f"{as_double(part)} is not a JSON number."
    elif part is not None and not isinstance(part, (str, list)):
        yield f"{type(part).__name__} is not JSON. Quote it."


# What KFP v1 fills in on the cluster; nothing on Vertex AI does so for a value.
SERVER_TEXT = re.compile(r"\{\{kfp-(default-bucket|project-id)\}\}")
RUN_TEXT = re.compile(
    r"\{\{\s*(?:"
    r"(?P<id>workflow\.(?:uid|name))"
    r"|(?P<time>workflow\.creationTimestamp)"
    r")\s*\}\}"
)
OTHER_TEXT = re.compile(r"\{\{\s*(?:workflow|pod|node)\.[^{}]*\}\}")


def with_run_texts(
    args: argparse.Namespace, values: Json, job_id: str, findings: Findings
) -> Json:
    """The values, and the defaults that are other values for each run, filled in."""
    filled = dict(values)
    bucket = args.pipeline_root.removeprefix("gs://").partition("/")[0]
    server = {"default-bucket": bucket, "project-id": args.project}
    now = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    for name, parameter in PARAMETERS.items():
        value = values.get(name, parameter.get("default"))
        if SERVER_TEXT.search(json.dumps(value)):
            value = substituted(value, SERVER_TEXT, lambda match: server[match[1]])
            filled[name] = value
            findings.note(f"Parameter {name}: filled in: {quoted(value)}")
        text = json.dumps(value)
        advice = f"Pass {parameter['flags'][0]} VALUE."
        found = ", ".join(sorted({match[0] for match in RUN_TEXT.finditer(text)}))
        if found and args.schedule:
            findings.error(
                f"Parameter {name}: {found} differs from run to run, and a schedule "
                f"cannot fill it in. {advice}"
            )
        elif found:
            filled[name] = substituted(
                value, RUN_TEXT, lambda match: job_id if match["id"] else now
            )
            told = quoted(filled[name])
            findings.note(f"Parameter {name}: {found} filled in: {told}")
        for other in sorted(set(OTHER_TEXT.findall(RUN_TEXT.sub("", text)))):
            findings.warning(
                f"Parameter {name}: {other} reaches the container as it stands, since "
                f"Vertex AI does not fill it in. {advice}"
            )
    return filled


def substituted(value: Any, pattern: re.Pattern[str], text_for: Any) -> Any:
    """The value, where the pattern is another text in all texts of it."""
    if isinstance(value, str):
        return pattern.sub(text_for, value)
    if isinstance(value, list):
        return [substituted(item, pattern, text_for) for item in value]
    if isinstance(value, dict):
        return {k: substituted(item, pattern, text_for) for k, item in value.items()}
    return value
