"""The inputs of a pipeline: flags and --params-file → checked values.

Types, defaults and allowed values of inputs are in pipeline.yaml only; the `Input`s
of a script add what it does not have. Printing is here too. This file is the same
for Vertex AI and for Kubeflow Pipelines.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import logging
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

Json = dict[str, Any]

# Type of an input → how its flag is shown, the types of its values in Python, and the
# types of KFP v1 whose texts have to read as it.
KINDS: dict[str, tuple[str, tuple[type, ...], tuple[str, ...]]] = {
    "STRING": ("TEXT", (str,), ()),
    "NUMBER_INTEGER": ("INT", (int,), ("integer",)),
    "NUMBER_DOUBLE": ("NUMBER", (int, float), ("float", "double")),
    "BOOLEAN": ("true|false", (bool,), ("bool", "boolean")),
    "LIST": ("JSON", (list,), ("jsonarray", "list")),
    "STRUCT": ("JSON", (dict,), ("jsonobject", "dict")),
}
V1_KINDS = {name: kind for kind, (_, _, names) in KINDS.items() for name in names}
V1_BOOLEANS = ("true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0")
# The largest --params-file in bytes; it and a pipeline with their aliases expanded.
PARAMS_LIMIT, PIPELINE_LIMIT = 1_000_000, 100_000_000
# What libraries raise for what they did not expect, like `!!timestamp x` in YAML.
SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What is shown instead of a secret.
HIDDEN = "(not shown)"


@dataclass
class Input:
    """An input of the pipeline. Everything but its name can be left out."""

    name: str
    _: KW_ONLY
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


class Failure(Exception):
    """Ends the program: a message for the user, and lines of advice."""

    def __init__(self, message: str, advice: str = "", status: int = 1) -> None:
        super().__init__(message)
        self.advice, self.status = advice, status


def exit_with(work: Callable[[], int]) -> NoReturn:
    """Exits with the status that `work` returns, or with the message of a `Failure`."""
    for stream in (sys.stdout, sys.stderr):
        # Texts of the pipeline may have characters that the terminal cannot show.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(work())
    except Failure as failure:
        for line in (f"error: {failure}", *failure.advice.splitlines()):
            say(line)
        sys.exit(failure.status)


def stop_on(errors: list[str]) -> None:
    """Ends the program with all errors, if there are any."""
    if errors:
        for error in errors[:-1]:
            say(f"error: {error}")
        raise Failure(errors[-1], "nothing was sent", status=2)


def installed(module: str) -> Any:
    """A module of a package in requirements.txt."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = f"{sys.executable} -m pip install -r requirements.txt"
        raise Failure(f"{error}. Run: {command}") from error


def check_settings(settings: Any) -> None:
    """Ends the program if a value in SETTINGS has a wrong type."""
    errors = []
    for name, value in settings._asdict().items():
        if wanted := wanted_type(settings._field_defaults.get(name, ""), value):
            errors.append(f"SETTINGS: {name} must be {wanted}, got {quoted(value)}.")
    stop_on(errors)


def wanted_type(default: Any, value: Any) -> str:
    """The type of a setting with this default; empty if the value has it."""
    if isinstance(default, str):
        return "" if isinstance(value, str) else "a text"
    if isinstance(default, dict):
        is_dict = isinstance(value, dict)
        return (
            ""
            if is_dict and are_texts([*value, *value.values()])
            else "a dict of texts"
        )
    if default is None:
        return "" if isinstance(value, (bool, type(None))) else "True, False or None"
    is_list = isinstance(value, (list, tuple))
    return "" if is_list and are_texts(value) else "a list of texts"


def are_texts(values: Any) -> bool:
    return all(isinstance(one, str) for one in values)


# pipeline.yaml


@dataclass
class PipelineFile:
    """A YAML file: its text, and its documents as nodes of PyYAML and as values."""

    path: Path
    text: str
    nodes: list[Any]
    documents: list[Any]


def read_pipeline(path: Path) -> PipelineFile:
    """The pipeline, of whatever version; `Failure` if it is not YAML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        nodes, documents = yaml_documents(text, PIPELINE_LIMIT)
    except (OSError, ValueError) as error:
        message = f"cannot read the pipeline in {path}: {error}"
        raise Failure(message, status=2) from error
    return PipelineFile(path, text, nodes, documents or [None])


def check_spec(file: PipelineFile) -> None:
    """Fails if the file is not a KFP v2 pipeline."""
    try:
        json.dumps(file.documents)  # YAML also has dates and sets
        for key in ("pipelineInfo", "root", "schemaVersion"):
            if key not in mapping(file.documents[0]):
                raise ValueError(f"{key} is missing")
    except (TypeError, ValueError, RecursionError) as error:
        message = f"{file.path} is not a KFP v2 pipeline: {error}"
        raise Failure(message, status=2) from error


def yaml_documents(text: str, limit: int) -> tuple[list[Any], list[Any]]:
    """The documents of a YAML text as nodes and as values; `ValueError` if it is none.

    Also for duplicate keys, and for a few lines of aliases that expand to more than
    `limit` characters.
    """
    yaml = installed("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        nodes = list(yaml.compose_all(text, loader))
        if sum(expanded_size(node, {}) for node in nodes) > limit:
            message = (
                f"with its aliases expanded it is larger than {limit:,} characters"
            )
            raise ValueError(message)
        # Once more: merge keys (<<) are resolved in the nodes that become values.
        return nodes, list(yaml.load_all(text, loader))
    except ValueError:
        raise
    except (yaml.YAMLError, RecursionError, *SLIPS) as error:
        raise ValueError(f"it is not YAML: {error}") from error


def expanded_size(node: Any, sizes: dict[int, float]) -> float:
    """The characters of a node of YAML, where each alias counts as what it repeats."""
    if id(node) not in sizes:
        sizes[id(node)] = math.inf  # until it is known: a node may be in itself
        inner = [] if node.id == "scalar" else node.value
        if node.id == "mapping":
            unique([((k.tag, k.value), v) for k, v in inner if k.id == "scalar"])
            inner = [part for pair in inner for part in pair]
        size = 1 + len(node.value) + sum(expanded_size(part, sizes) for part in inner)
        sizes[id(node)] = size
    return sizes[id(node)]


def unique(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """The mapping of these pairs; `ValueError` for a duplicate key."""
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            name = key if isinstance(key, str) else key[-1]
            raise ValueError(f"the key {quoted(name)} occurs twice")
        found[key] = value
    return found


def mapping(value: Any) -> Json:
    """The value; empty where an edited pipeline has something else than a mapping."""
    return value if isinstance(value, dict) else {}


def tasks_of(spec: Json) -> Iterator[tuple[str, Json]]:
    """The tasks of the pipeline with their names, also those of inner pipelines."""
    for component in [spec["root"], *mapping(spec.get("components")).values()]:
        tasks = mapping(mapping(mapping(component).get("dag")).get("tasks"))
        yield from ((name, task) for name, task in tasks.items() if mapping(task))


def declare(inputs: list[Input], spec: Json) -> list[str]:
    """Reads types, defaults and allowed values of the inputs; returns problems."""
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
    missing = [name for name in listed if name not in names]
    others = [name for name in names if name not in listed]
    problems = [f"pipeline.yaml has no input {name}." for name in missing]
    return problems + [f"Input {n} of pipeline.yaml is not in INPUTS." for n in others]


def kind_of(declared: Any) -> str:
    known = mapping(declared)
    kind = str(known.get("parameterType") or known.get("type") or "")
    # As schema 2.0.0 has them.
    return {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}.get(kind, kind)


# Flags


def parse_flags(
    about: str,
    epilog: str,
    table: dict[str, dict[str, str | Json]],
    defaults: Json,
    inputs: list[Input],
) -> argparse.Namespace:
    """The values of the flags of a table, and of those of the inputs.

    The table has groups of the help: flag → its help, or arguments of `add_argument`.
    `defaults` are by name; the help shows those that are texts.
    """
    parser = argparse.ArgumentParser(
        usage="%(prog)s [options]",
        description=about,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # For --rate -1e-5; where argparse does not have it, write --rate=-1e-5.
    parser._negative_number_matcher = re.compile(r"-\.?\d")
    for title, flags in table.items():
        group = parser.add_argument_group(title)
        for flag, known in flags.items():
            options: Json = {"help": known} if isinstance(known, str) else known
            default = defaults.get(flag[2:].replace("-", "_"), "")
            shown = f" [{default}]" if default and isinstance(default, str) else ""
            text = escaped(f"{options['help']}{shown}")
            group.add_argument(flag, **{"default": default, **options, "help": text})
    group = parser.add_argument_group("inputs of the pipeline")
    for one in inputs:
        metavar = KINDS[one.reads_as][0] if one.kind in KINDS else "VALUE"
        text = escaped(one.summary())
        for flag in one.flags:
            dest = f"input {one.name}"
            group.add_argument(flag, dest=dest, metavar=metavar, help=text)
            text = argparse.SUPPRESS  # for the second spelling
    text = "YAML or JSON: a mapping of inputs to values; flags win over it"
    group.add_argument("--params-file", type=Path, metavar="FILE", help=text)
    return parser.parse_args()


# Values


def given_values(args: Any, inputs: list[Input], errors: list[str]) -> Json:
    """The value of each input: from its flag, else --params-file, else INPUTS."""
    values = {one.name: one.value for one in inputs if one.value is not None}
    if args.params_file:
        try:
            values |= read_params_file(args.params_file)
        except (OSError, ValueError) as error:
            errors.append(f"--params-file {args.params_file}: {error}")
    known = [one.name for one in inputs]
    for name in (name for name in values if name not in known):
        listed = ", ".join(known) or "none"
        errors.append(f"Parameter {name} is not known. Known: {listed}.")
    for one in inputs:
        if (text := vars(args)[f"input {one.name}"]) is not None:
            values[one.name] = text
        elif one.name in values and values[one.name] is None:
            del values[one.name]  # servers drop null in silence
            if one.default is not None:
                used = f"null is not sent; {one.shown(one.default)} is used."
                say(f"warning: Parameter {one.name}: {used}")
        if one.required and one.name not in values:
            kind, flag = one.declared or one.kind, one.flags[0]
            advice = f"Pass {flag} VALUE or put it into --params-file."
            errors.append(f"Parameter {one.name} ({kind}) has no value. {advice}")
    return values


def read_params_file(path: Path) -> Json:
    """The values in a file; `ValueError` if it has something else."""
    with path.open("rb") as file:
        data = file.read(PARAMS_LIMIT + 1)  # some devices never end
    if len(data) > PARAMS_LIMIT:
        raise ValueError(f"it is larger than {PARAMS_LIMIT:,} bytes")
    text = data.decode("utf-8-sig")
    try:
        values = [json.loads(text, object_pairs_hook=unique)]
    except (json.JSONDecodeError, RecursionError):
        values = yaml_documents(text, PARAMS_LIMIT)[1]
    if len(values) != 1 or not isinstance(values[0], dict):
        raise ValueError("it is not a mapping of inputs to values")
    return values[0]


def checked_values(
    inputs: list[Input], values: Json, errors: list[str], *, as_text: bool = False
) -> Json:
    """The values as they are sent, in the order of the inputs. Reports misfits.

    A text for an input of another type is read, wherever it is from. `as_text` is for
    KFP v1: another value for a text becomes the text that its client makes of it.
    """
    checked: Json = {}
    for one in inputs:
        if one.name not in values or one.kind not in KINDS:  # which is reported
            continue
        value, problem = values[one.name], not_json(values[one.name])
        if not problem:
            value = converted(one, value, as_text)
            problem = not_json(value) or misfit(one, value)
        if problem:
            errors.append(f"Parameter {one.name} {problem}")
        else:
            checked[one.name] = value
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


def misfit(one: Input, value: Any) -> str:
    """Why a value is not one for this input; empty if it is."""
    got, is_bool = f"got {one.shown(value)}", isinstance(value, bool)
    if not isinstance(value, KINDS[one.kind][1]) or is_bool != (one.kind == "BOOLEAN"):
        advice = " Quote it." if one.kind == "STRING" else ""
        return f"is {one.kind}, {got} ({type(value).__name__}).{advice}"
    if one.literals and value not in one.literals:
        return f"is one of {', '.join(map(quoted, one.literals))}; {got}."
    if one.reads_as != one.kind and not is_declared(one.reads_as, str(value)):
        return f"is {one.declared}, {got}."
    return ""


def is_declared(kind: str, text: str) -> bool:
    """Whether a text of KFP v1 reads as this type."""
    if "{{" in text:  # resolved later, like {{workflow.uid}}
        return True
    if kind == "BOOLEAN":
        return text.lower() in V1_BOOLEANS
    return isinstance(from_text(kind, text), KINDS[kind][1])


def not_json(value: Any) -> str:
    """Why a value is not JSON. YAML also has dates, sets and keys of any type."""
    try:
        text = json.dumps(value)
        json.dumps(as_doubles(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    is_same = json.loads(text) == value
    return "" if is_same else "is not JSON: a key is not a text. Quote it."


def as_doubles(value: Any) -> Any:
    """The value as it arrives: integers above 2**53 lose digits as doubles."""
    return json.loads(json.dumps(value), parse_int=float)


def warn_of_lost_digits(inputs: list[Input], values: Json) -> None:
    for one in inputs:
        value = values.get(one.name)
        if (arrives := as_doubles(value)) != value:
            digits = f"{one.shown(value)} arrives as {one.shown(arrives)}"
            say(f"warning: Parameter {one.name}: {digits} (values travel as doubles).")


# Printing

# What GitHub Actions and Azure Pipelines take for a command in a log.
COMMAND = re.compile(r"^\s*:(?=:)|#(?=#[\w.-]*\[)")


def say(text: str, *, result: bool = False) -> None:
    """Prints one line: results on stdout, all else on stderr.

    Texts of a server or of a pipeline could steer a terminal, or the log of a CI
    service, so each is printed by this function, `print_json` or `escaped`.
    """
    print(printable(text), file=sys.stdout if result else sys.stderr, flush=result)


def printable(text: str) -> str:
    """One line, with what does not print, or is a command to a log, spelled out."""
    line = " ".join(text.splitlines())
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
    return COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):x}", line)


def without_secrets(inputs: list[Input], values: Json) -> Json:
    """The values as they are printed."""
    secret = {one.name for one in inputs if one.secret}
    return {name: HIDDEN if name in secret else it for name, it in values.items()}


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
            now, failures = look(), 0
        except slips as error:
            now, failures = state, failures + 1
            if failures == 5:
                message = f"lost sight of the run, which goes on: {error}"
                raise Failure(message) from error
        if now == state:
            time.sleep(min(max(0.05, pause), 86_400))  # of nan, 0.05
        else:
            state = now
            say(f"{datetime.datetime.now():%H:%M:%S} {state}", result=True)
    return state


class OneLine(logging.Handler):
    """Prints a warning of a library on one line, without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        cause = f": {record.exc_info[1]}" if record.exc_info else ""
        say(f"warning: {record.getMessage()}{cause}")


def show_warnings_of(library: str) -> None:
    """Without a handler of ours, libraries print all that they do."""
    logging.getLogger(library).addHandler(OneLine(logging.WARNING))
