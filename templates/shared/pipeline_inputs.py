"""The inputs of a pipeline: flags and --params-file → checked values.

Types, defaults and allowed values of inputs are in pipeline.yaml only; the `Input`s
of a script add what it does not have. Printing is here too. This file is the same
for Vertex AI and for Kubeflow Pipelines.
"""

from __future__ import annotations

import argparse
import datetime
import difflib
import json
import logging
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# Type of an input → how its flag is shown, and the types of its values in Python.
KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "STRING": ("TEXT", (str,)),
    "NUMBER_INTEGER": ("INT", (int,)),
    "NUMBER_DOUBLE": ("NUMBER", (int, float)),
    "BOOLEAN": ("true|false", (bool,)),
    "LIST": ("JSON", (list,)),
    "STRUCT": ("JSON", (dict,)),
}
# What schema 2.0.0 calls them.
OLD_KINDS = {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}
# Type that KFP v1 declares → what the text of a value has to read as.
V1_KINDS = {"integer": "NUMBER_INTEGER", "float": "NUMBER_DOUBLE"}
V1_KINDS |= {"double": "NUMBER_DOUBLE", "bool": "BOOLEAN", "boolean": "BOOLEAN"}
V1_KINDS |= {"jsonarray": "LIST", "list": "LIST"}
V1_KINDS |= {"jsonobject": "STRUCT", "dict": "STRUCT"}
V1_BOOLEANS = ("true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0")
# The largest --params-file, in bytes, and in characters once its aliases are expanded.
PARAMS_LIMIT = 1_000_000
# The characters of a pipeline, once its aliases are expanded.
PIPELINE_LIMIT = 100_000_000
# What PyYAML raises for values like `!!timestamp x`, beside errors of its own.
YAML_SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What is shown instead of a secret.
HIDDEN = "(not shown)"


@dataclass
class Input:
    """An input of the pipeline. Everything but its name can be left out."""

    name: str
    help: str = ""
    declared: str = ""  # the type that KFP v1 declares for a text
    value: Any = None  # used instead of the default in pipeline.yaml
    flag: str = ""  # instead of the name; without dashes before it
    secret: bool = False  # its value is not printed
    # Of pipeline.yaml; `declare` sets them.
    kind: str = field(default="", init=False)
    default: Any = field(default=None, init=False)
    required: bool = field(default=False, init=False)
    literals: list[Any] = field(default_factory=list, init=False)

    @property
    def flags(self) -> list[str]:
        """--learning-rate, and --learning_rate as well."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")
        names = [self.flag] if self.flag else [plain, self.name]
        return [f"--{name}" for name in dict.fromkeys(names)]

    @property
    def reads_as(self) -> str:
        """The type of its values; of a text in KFP v1, what it has to read as."""
        known = V1_KINDS if self.kind == "STRING" else {}
        return known.get(self.declared.lower(), self.kind)

    def shown(self, value: object) -> str:
        return HIDDEN if self.secret else quoted(value)

    def summary(self) -> str:
        """A line of help: what it is, and its value when none is given."""
        value = self.default if self.value is None else self.value
        if value is not None:
            default = f"default: {self.shown(value)}"
        elif self.kind:
            default = "required" if self.required else "optional"
        else:
            default = "default: see pipeline.yaml"
        facts = ", ".join(filter(None, [self.declared or self.kind, default]))
        return f"{self.help} [{facts}]".lstrip()


class Findings:
    """What is wrong or odd about values and settings, to be reported all at once."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def report(self) -> None:
        for kind in ("note", "warning", "error"):
            for text in getattr(self, f"{kind}s"):
                say(f"{kind}: {text}")
        if self.errors:
            say("nothing was sent")


# pipeline.yaml


@dataclass
class PipelineFile:
    """A YAML file: its text, and its documents as nodes of PyYAML and as values."""

    path: Path
    text: str
    nodes: list[Any]
    documents: list[Any]


def load_pipeline(path: Path) -> list[Any]:
    """The documents of a KFP v2 pipeline: its spec, then settings for platforms."""
    file = read_pipeline(path)
    check_spec(file)
    return file.documents


def read_pipeline(path: Path) -> PipelineFile:
    """The pipeline, of whatever version; `Failure` if it is not YAML."""
    text, yaml = read_text(path), yaml_module()
    try:
        nodes, documents = yaml_documents(text, PIPELINE_LIMIT)
    except (yaml.YAMLError, RecursionError, *YAML_SLIPS) as error:
        raise Failure(f"{path} is not a pipeline in YAML: {error}", status=2) from error
    return PipelineFile(path, text, nodes, documents or [None])


def check_spec(file: PipelineFile) -> None:
    """Fails if the file is not a KFP v2 pipeline."""
    try:
        json.dumps(file.documents)  # YAML also has dates and sets
    except (TypeError, ValueError, RecursionError) as error:
        told = f"{file.path} is not a pipeline in YAML: {error}"
        raise Failure(told, status=2) from error
    for key in ("pipelineInfo", "root", "schemaVersion"):
        if key not in mapping(file.documents[0]):
            message = f"{file.path} is not a KFP v2 pipeline: {key} is missing."
            raise Failure(message, status=2)


def yaml_documents(text: str, limit: int) -> tuple[list[Any], list[Any]]:
    """The documents of a YAML text as nodes and as values.

    `ValueError` for a few lines of aliases that stand for more than `limit` characters.
    """
    yaml = yaml_module()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    nodes = list(yaml.compose_all(text, loader))
    if sum(expanded_size(node, {}) for node in nodes) > limit:
        told = f"with its aliases expanded it is larger than {limit:,} characters"
        raise ValueError(told)
    # Parsed once more: merge keys (<<) are resolved in the nodes that become values.
    return nodes, list(yaml.load_all(text, loader))


def mapping(value: Any) -> Json:
    """The value; empty where an edited pipeline has something else than a mapping."""
    return value if isinstance(value, dict) else {}


def tasks_of(spec: Json) -> Iterator[tuple[str, Json]]:
    """The tasks of the pipeline with their names, also those of inner pipelines."""
    for component in [spec["root"], *mapping(spec.get("components")).values()]:
        tasks = mapping(mapping(mapping(component).get("dag")).get("tasks"))
        yield from ((name, task) for name, task in tasks.items() if mapping(task))


def declare(inputs: list[Input], spec: Json) -> list[str]:
    """Reads types, defaults and allowed values; returns what does not fit."""
    definitions = mapping(mapping(spec["root"]).get("inputDefinitions"))
    declared = mapping(definitions.get("parameters"))
    for one in inputs:
        known = mapping(declared.get(one.name))
        one.kind = kind_of(known)
        one.default = known.get("defaultValue")
        one.required = not ("defaultValue" in known or known.get("isOptional"))
        one.literals = list(known.get("literals") or ())
    # Values of other types come from the backend.
    names = [name for name, known in declared.items() if kind_of(known) in KINDS]
    listed = [one.name for one in inputs]
    return [f"pipeline.yaml has no input {n}." for n in listed if n not in names] + [
        f"Input {n} of pipeline.yaml is not in INPUTS."
        for n in names
        if n not in listed
    ]


def kind_of(declared: Any) -> str:
    known = mapping(declared)
    kind = str(known.get("parameterType") or known.get("type") or "")
    return OLD_KINDS.get(kind, kind)


def read_text(path: Path) -> str:
    """The text of the pipeline, with the line ends that it has."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Failure(f"No pipeline in {path}: {error}", status=2) from error


def yaml_module() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise Failure(f"{error}. Run: {install()}") from error
    return yaml


def install() -> str:
    return f"{sys.executable} -m pip install -r requirements.txt"


# Flags


def add_flags(group: argparse._ArgumentGroup, inputs: list[Input]) -> None:
    """Adds the flags of the inputs, and --params-file."""
    for one in inputs:
        dest, about = f"input {one.name}", escaped(one.summary())
        metavar = KINDS[one.reads_as][0] if one.kind in KINDS else "VALUE"
        for flag in one.flags:
            group.add_argument(flag, dest=dest, metavar=metavar, help=about)
            about = argparse.SUPPRESS  # for the second spelling
    about = "YAML or JSON: a mapping of inputs to values; flags win over it"
    group.add_argument("--params-file", type=Path, metavar="FILE", help=about)


def add_table(
    parser: argparse.ArgumentParser,
    table: dict[str, dict[str, str | Json]],
    defaults: Json,
) -> None:
    """Adds flags by group of the help: flag → its help, or arguments of `add_argument`.

    `defaults` are by name; the help shows those that are texts.
    """
    for title, flags in table.items():
        group = parser.add_argument_group(title)
        for flag, known in flags.items():
            default = defaults.get(flag[2:].replace("-", "_"), "")
            options = {"help": known} if isinstance(known, str) else dict(known)
            options.setdefault("default", default)
            if "choices" not in options and options.get("action", "append") == "append":
                options["metavar"] = flag.rpartition("-")[2].upper()
            shown = f" [{default}]" if default and isinstance(default, str) else ""
            options["help"] = escaped(f"{options['help']}{shown}")
            group.add_argument(flag, **options)


def with_negative_numbers(argv: list[str], inputs: list[Input]) -> list[str]:
    """The arguments, with `--rate -1e-5` as `--rate=-1e-5`, which argparse can read."""
    flags = {flag for one in inputs for flag in one.flags}
    joined: list[str] = []
    for text in argv:
        is_value = joined and joined[-1] in flags and text.startswith("-")
        if is_value and not isinstance(from_text("NUMBER_DOUBLE", text), str):
            joined[-1] += f"={text}"
        else:
            joined.append(text)
    return joined


# Values


def given_values(args: Any, inputs: list[Input], findings: Findings) -> Json:
    """What is given for each input: by flag, else by --params-file, else by INPUTS."""
    values = {one.name: one.value for one in inputs if one.value is not None}
    values |= read_params_file(args.params_file, inputs, findings)
    for one in inputs:
        if (text := vars(args)[f"input {one.name}"]) is not None:
            values[one.name] = text
        elif one.name in values and values[one.name] is None:
            del values[one.name]  # servers drop null in silence
            if one.default is not None:
                told = f"null is not sent; {one.shown(one.default)} is used."
                findings.warnings.append(f"Parameter {one.name}: {told}")
    return values


def require(inputs: list[Input], values: Json, findings: Findings) -> None:
    """Reports the inputs that need a value and have none."""
    for one in inputs:
        if one.required and one.name not in values:
            kind, flag = one.declared or one.kind, one.flags[0]
            advice = f"Pass {flag} VALUE or put it into --params-file."
            told = f"Parameter {one.name} ({kind}) has no value. {advice}"
            findings.errors.append(told)


def checked_values(
    inputs: list[Input], values: Json, findings: Findings, *, as_text: bool = False
) -> Json:
    """The values as they are sent, in the order of the inputs. Reports misfits.

    A text for an input of another type is read, wherever it is from. `as_text` is for
    KFP v1: another value for a text becomes the text that its client makes of it.
    """
    checked: Json = {}
    for one in inputs:
        if one.name not in values or one.kind not in KINDS:  # which is reported
            continue
        value = values[one.name]
        problems = list(not_json(value))
        if not problems:
            value = converted(one, value, as_text)
            problems = list(not_json(value)) or list(misfits(one, value))
        if not problems:
            checked[one.name] = value
        findings.errors += [f"Parameter {one.name}{text}" for text in problems]
    return checked


def converted(one: Input, value: Any, as_text: bool) -> Any:
    if one.kind == "STRING" and as_text and not isinstance(value, str):
        return json.dumps(value) if isinstance(value, (list, dict)) else str(value)
    if isinstance(value, str):
        value = from_text(one.kind, value)
    if one.kind == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def from_text(kind: str, text: str) -> Any:
    """What a text reads as; the text itself where it is not of this type."""
    try:
        if kind.startswith("NUMBER"):
            return float(text) if set(".en") & set(text.lower()) else int(text)
        if kind == "BOOLEAN":
            return {"true": True, "false": False}.get(text.lower(), text)
        return text if kind == "STRING" else json.loads(text)
    except (ValueError, RecursionError):
        return text


def misfits(one: Input, value: Any) -> Iterator[str]:
    """Why a value is not one for this input."""
    got, is_bool = f"got {one.shown(value)}", isinstance(value, bool)
    if not isinstance(value, KINDS[one.kind][1]) or is_bool != (one.kind == "BOOLEAN"):
        advice = " Quote it." if one.kind == "STRING" else ""
        yield f" is {one.kind}, {got} ({type(value).__name__}).{advice}"
    elif one.literals and value not in one.literals:
        yield f" is one of {', '.join(map(quoted, one.literals))}; {got}."
    elif one.reads_as != one.kind and not is_declared(one.reads_as, str(value)):
        yield f" is {one.declared}, {got}."


def is_declared(kind: str, text: str) -> bool:
    """Whether a text of KFP v1 reads as this type."""
    if "{{" in text:  # resolved later, like {{workflow.uid}}
        return True
    if kind == "BOOLEAN":
        return text.lower() in V1_BOOLEANS
    return isinstance(from_text(kind, text), KINDS[kind][1])


def not_json(value: Any) -> Iterator[str]:
    """Why a value is not JSON. YAML also has dates, sets and keys of any type."""
    try:
        found = list(parts(value))
    except RecursionError:
        found = []
        yield ": nested too deeply."
    for part in found:
        if isinstance(part, dict):
            odd = (key for key in part if not isinstance(key, str))
            yield from (f": the key {key} is not JSON. Quote it." for key in odd)
        elif isinstance(part, (int, float)):
            if not math.isfinite(as_double(part)):
                yield f": {as_double(part)} is not a JSON number."
        elif part is not None and not isinstance(part, (str, list)):
            yield f": {type(part).__name__} is not JSON. Quote it."


def warn_of_lost_digits(name: str, value: Any, findings: Findings) -> None:
    """Values travel as doubles, in which integers above 2**53 lose digits."""
    for part in parts(value):
        if isinstance(part, int) and int(as_double(part)) != part:
            arrives = f"{part} will arrive as {as_double(part):.0f}"
            told = f"Parameter {name}: {arrives} (values travel as doubles)."
            findings.warnings.append(told)


def parts(value: Any) -> Iterator[Any]:
    """The value, and all values in it."""
    yield value
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts(item)


def as_double(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


# --params-file


def read_params_file(path: Any, inputs: list[Input], findings: Findings) -> Json:
    if path is None:
        return {}
    try:
        values = load_params(path)
        if not isinstance(values, dict):
            raise ValueError(f"{path} is not a mapping of inputs to values")
    except RecursionError:
        findings.errors.append(f"--params-file: {path} is nested too deeply")
        return {}
    except (OSError, ValueError) as error:
        findings.errors.append(f"--params-file: {error}")
        return {}
    known = [one.name for one in inputs]
    for name in (name for name in values if name not in known):
        findings.errors.append(unknown(f"Parameter {name}", str(name), known))
    return values


def unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{what} is not known.{hint} Known: {', '.join(known) or 'none'}."


def load_params(path: Path) -> Any:
    text = limited_text(path)
    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError:
        yaml = yaml_module()
    try:
        nodes, values = yaml_documents(text, PARAMS_LIMIT)
        if len(nodes) > 1:
            raise ValueError(f"{path} has several documents")
        for node in nodes:
            check_keys(node)
    except ValueError:
        raise
    except (yaml.YAMLError, *YAML_SLIPS) as error:
        is_deep = "nesting depth" in str(error)
        told = "nested too deeply" if is_deep else f"neither JSON nor YAML: {error!r}"
        raise ValueError(told) from error
    return values[0] if values else None


def limited_text(path: Path) -> str:
    """The text of a file. Devices and pipes may never end, or never begin."""
    from_shell = str(path).startswith(("/dev/fd/", "/dev/stdin"))  # like <(command)
    if path.exists() and not path.is_file() and not from_shell:
        raise ValueError(f"{path} is not a regular file")
    with path.open("rb") as file:
        data = file.read(PARAMS_LIMIT + 1)
    if len(data) > PARAMS_LIMIT:
        raise ValueError(f"{path} is larger than {PARAMS_LIMIT:,} bytes")
    return data.decode("utf-8-sig")


def unique(pairs: list[tuple[str, Any]]) -> Json:
    """The JSON object of these pairs, whose keys have to differ."""
    value: Json = {}
    for key, item in pairs:
        if key in value:
            raise ValueError(f"the key {quoted(key)} occurs twice")
        value[key] = item
    return value


def check_keys(node: Any) -> None:
    """Raises `ValueError` if a key occurs twice in a mapping of YAML."""
    if node.id == "sequence":
        for item in node.value:
            check_keys(item)
    elif node.id == "mapping":
        keys = set()
        for key, value in node.value:
            if key.id == "scalar" and (key.tag, key.value) in keys:
                raise ValueError(f"the key {quoted(key.value)} occurs twice")
            keys.add((key.tag, key.value if key.id == "scalar" else id(key)))
            check_keys(value)


def expanded_size(node: Any, sizes: dict[int, float]) -> float:
    """The characters of a node of YAML, where each alias counts as what it repeats."""
    if id(node) not in sizes:
        sizes[id(node)] = math.inf  # until it is known: a node may be in itself
        inner = [] if node.id == "scalar" else node.value
        if node.id == "mapping":
            inner = [part for pair in inner for part in pair]
        size = 1 + len(node.value) + sum(expanded_size(part, sizes) for part in inner)
        sizes[id(node)] = size
    return sizes[id(node)]


# Printing

# What GitHub Actions and Azure Pipelines take for a command in a log.
COMMAND = re.compile(r"^\s*:(?=:)|#(?=#[\w.-]*\[)")


class Failure(Exception):
    """Something that ends the program; its message is for the user."""

    def __init__(self, message: str, status: int = 1, advice: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.advice = advice  # lines after the message

    def report(self) -> None:
        for line in (f"error: {self}", *self.advice.splitlines()):
            say(line)


def say(text: str, *, result: bool = False) -> None:
    """Prints one line: results on stdout, all else on stderr.

    Texts of a server or of a pipeline could steer a terminal, or the log of a CI
    service, so each is printed by this function or the next but one.
    """
    print(printable(text), file=sys.stdout if result else sys.stderr, flush=result)


def printable(text: str) -> str:
    """One line, with what does not print, or is a command to a log, spelled out."""
    line = " ".join(text.splitlines())
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
    return COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):x}", line)


def print_json(value: object) -> None:
    """Prints a JSON document; no log takes a text in it for a command."""
    print(json.dumps(value, indent=2).replace("##", "#\\u0023"))


def escaped(text: str) -> str:
    """The text for the help of argparse, which takes % for its own and breaks lines."""
    return printable(text).replace("::", "\\x3a:").replace("%", "%%")


def quoted(value: object) -> str:
    """The value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


def watch(
    look: Callable[[], str],
    ends: tuple[str, ...],
    slips: tuple[type[Exception], ...],
    pause: float,
) -> str:
    """Prints each state of a run, until it is one of `ends`, and returns that.

    `slips` are what `look` raises when a network fails; four in a row are forgiven.
    """
    state, failures = "", 0
    while state not in ends:
        try:
            now = look()
        except slips as error:
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
        time.sleep(min(max(0.05, pause), 86_400))  # of nan, 0.05
    return state


class OneLine(logging.Formatter):
    """A warning of a library on one line, without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        cause = f": {record.exc_info[1]}" if record.exc_info else ""
        return printable(f"warning: {record.getMessage()}{cause}")


def show_warnings_of(library: str) -> None:
    """Without a handler of ours, libraries print all that they do."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(OneLine())
    logging.getLogger(library).addHandler(handler)
