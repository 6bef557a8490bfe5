"""What the runners share: errors, output, YAML.

This file is the same for Vertex AI and for Kubeflow Pipelines.
"""

from __future__ import annotations

import datetime
import importlib
import itertools
import json
import logging
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

Json = dict[str, Any]

# What libraries raise for what they did not expect, like `!!timestamp x` in YAML.
SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


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
    except KeyboardInterrupt:
        say("error: interrupted; a run that was started goes on")
        sys.exit(1)


def stop_on(errors: list[str]) -> None:
    """Ends the program with all errors, if there are any."""
    if errors:
        for error in errors[:-1]:
            say(f"error: {error}")
        raise Failure(errors[-1], "nothing was sent", status=2)


def from_environment(names: str) -> str:
    """The value of the first of these variables that has one."""
    return next(filter(None, map(os.environ.get, names.split(", "))), "")


def installed(module: str) -> Any:
    """A module of a package in requirements.txt."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = f"{sys.executable} -m pip install -r requirements.txt"
        raise Failure(f"{error}. Run: {command}") from error


# Output

# What GitHub Actions and Azure Pipelines take for a command in a log.
COMMAND = re.compile(r"^\s*:(?=:)|#(?=#[\w.-]*\[)")


def say(text: str, *, result: bool = False) -> None:
    """Prints one line: results on stdout, all else on stderr.

    Texts of a server or of a pipeline could steer a terminal, or the log of a CI
    service, so each is printed by this function, `print_json` or the help.
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


def quoted(value: object) -> str:
    """The value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


class OneLine(logging.Handler):
    """Prints a warning of a library on one line, without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        cause = f": {record.exc_info[1]}" if record.exc_info else ""
        say(f"warning: {record.getMessage()}{cause}")


def show_warnings_of(library: str) -> None:
    """Without a handler of ours, libraries print all that they do."""
    logging.getLogger(library).addHandler(OneLine(logging.WARNING))


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
                raise Failure(f"lost sight of the run, which goes on: {error}") from error
        if now == state:
            time.sleep(min(max(0.05, pause), 86_400))  # of nan, 0.05
        else:
            state = now
            say(f"{datetime.datetime.now():%H:%M:%S} {state}", result=True)
    return state


# YAML


class PipelineFile(NamedTuple):
    """The pipeline: its text, and its documents as nodes of PyYAML and as values."""

    path: Path
    text: str
    nodes: list[Any]
    documents: list[Any]

    @property
    def spec(self) -> Json:
        return mapping(self.documents[0])

    @property
    def is_workflow(self) -> bool:
        """Whether it is of KFP v1."""
        return self.spec.get("kind") == "Workflow"

    def v1_parameters(self) -> dict[str | None, Any]:
        """The parameters of a workflow of KFP v1 by name, as nodes."""
        node = self.nodes[0]
        for key in ("spec", "arguments", "parameters"):
            node = fields_of(node).get(key)
        entries = node.value if node and node.id == "sequence" else []
        return {text_of(fields_of(entry).get("name")): entry for entry in entries}

    def v1_defaults(self) -> dict[str | None, str | None]:
        """The values that a workflow of KFP v1 has, as they are written, like 1e-5."""
        known = self.v1_parameters().items()
        return {name: text_of(fields_of(entry).get("value")) for name, entry in known}

    def with_v1_values(self, values: dict[str, str]) -> str:
        """The text of a workflow with these values; its other values stay as they are.

        A server of KFP 2 ignores the parameters that a run has for a workflow of KFP v1.
        """
        if not values:
            return self.text
        yaml, known, text_tag = installed("yaml"), self.v1_parameters(), "tag:yaml.org,2002:str"
        for name, text in values.items():
            if name not in known:
                raise Failure(f"{self.path} has no place for {name}", status=2)
            key = yaml.ScalarNode(text_tag, "value")
            value = yaml.ScalarNode(text_tag, text, style='"')
            others = [pair for pair in known[name].value if pair[0].value != "value"]
            known[name].value = [*others, (key, value)]
        for node in self.nodes:
            use_blocks(node)
        # As nodes, whose scalars keep their text and their quotes.
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return str(yaml.serialize_all(self.nodes, Dumper=dumper, width=10**6))


def fields_of(node: Any) -> dict[str, Any]:
    pairs = node.value if node is not None and node.id == "mapping" else []
    return {key.value: value for key, value in pairs if key.id == "scalar"}


def text_of(node: Any) -> str | None:
    """A scalar as it is in the file; None for null and for anything else."""
    is_text = node is not None and node.id == "scalar"
    return node.value if is_text and not node.tag.endswith(":null") else None


def use_blocks(node: Any) -> None:
    """Block style: in {} and [], PyYAML puts quotes around a plain 12:30."""
    if node.id != "scalar":
        node.flow_style = False
        for part in node.value if node.id == "sequence" else itertools.chain(*node.value):
            use_blocks(part)


def read_pipeline(path: Path) -> PipelineFile:
    """The pipeline, of KFP v1 or v2; `Failure` if it is none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        nodes, documents = yaml_documents(text, limit=100_000_000)
        file = PipelineFile(path, text, nodes, documents or [None])
        json.dumps([] if file.is_workflow else documents)  # YAML also has dates and sets
    except (OSError, RecursionError, TypeError, ValueError) as error:
        raise Failure(f"cannot read the pipeline in {path}: {error}", status=2) from error
    for key in () if file.is_workflow else ("pipelineInfo", "root", "schemaVersion"):
        if key not in file.spec:
            raise Failure(f"{path} is not a KFP v2 pipeline: {key} is missing", status=2)
    return file


def yaml_documents(text: str, limit: int) -> tuple[list[Any], list[Any]]:
    """The documents of a YAML text as nodes and as values; `ValueError` if it is none.

    Also for duplicate keys, and for aliases that expand to more than `limit` characters.
    """
    yaml = installed("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        nodes = list(yaml.compose_all(text, loader))
        if sum(expanded_size(node, {}) for node in nodes) > limit:
            raise ValueError(f"with its aliases expanded it is larger than {limit:,} characters")
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


def tasks_of(spec: Json) -> Iterator[tuple[str, Json]]:
    """The tasks of the pipeline with their names, also those of inner pipelines."""
    for component in [spec["root"], *mapping(spec.get("components")).values()]:
        tasks = mapping(mapping(mapping(component).get("dag")).get("tasks"))
        yield from ((name, task) for name, task in tasks.items() if mapping(task))


def mapping(value: Any) -> Json:
    """The value; empty where an edited pipeline has something else than a mapping."""
    return value if isinstance(value, dict) else {}


def present(fields: Json) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value}
