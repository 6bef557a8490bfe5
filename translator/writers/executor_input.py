"""Functions of kfp 1.x in a pipeline of schema 2.1.0: a wrapper converts the executor input.

A program can take all its inputs as one JSON text, ``{{$}}``, whose form depends on the schema of
the pipeline: ``parameters`` with ``stringValue``, ``intValue`` or ``doubleValue`` in 2.0.0,
``parameterValues`` in 2.1.0. The executor of kfp 1.x (kfp/v2/components/executor.py) supports only
the first, for inputs and for the outputs of a function. docs/schema-2-0-0.md has the details.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.model import SCHEMA, Container, ExecutorRef
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Component, Pipeline

__all__ = ["CONVERT", "NAME", "Taker", "takers", "with_converted_input"]

#: The name of the wrapper, for reports; the argument after the program.
NAME = "convert-executor-input"
#: The program of the wrapper, for Python 3.6 (that of kfp 1.8) and later. Its arguments: its name,
#: the types of inputs and of outputs that are not STRING, the position of the executor input in the
#: argv that follows, and that argv. The function writes its output to a temporary file, so that the
#: real one, which may be on Cloud Storage, is written once.
CONVERT = """\
# Converts the executor input and output between the schemas 2.1.0 and 2.0.0 (kfp 1.x).
import json, os, signal, subprocess, sys, tempfile

def older(value, kind):
    if kind == "NUMBER_INTEGER":
        return {"intValue": str(int(value))}
    if kind == "NUMBER_DOUBLE":
        return {"doubleValue": float(value)}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}

def newer(typed, kind):
    (value,) = typed.values()
    if kind == "STRING":
        return value if isinstance(value, str) else json.dumps(value)
    return json.loads(value) if isinstance(value, str) else value

def converted(values, convert, kinds):
    return {name: convert(value, kinds.get(name, "STRING"))
            for name, value in values.items() if value is not None}

kinds, position, command = json.loads(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
given = json.loads(command[position])
values = given.get("inputs", {}).pop("parameterValues", {})
given.setdefault("inputs", {}).setdefault("parameters", {}).update(
    converted(values, older, kinds[0]))
target = given["outputs"]["outputFile"]
written = given["outputs"]["outputFile"] = os.path.join(tempfile.mkdtemp(), "output.json")
command[position] = json.dumps(given)
child = subprocess.Popen(command)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: child.send_signal(number))
status = child.wait()
if os.path.exists(written):
    with open(written) as file:
        output = json.load(file)
    if "parameters" in output:
        output["parameterValues"] = converted(output.pop("parameters"), newer, kinds[1])
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(target, "w") as file:
        json.dump(output, file)
sys.exit(status if status >= 0 else 128 - status)
"""
_ALL_INPUTS = Placeholder(PlaceholderKind.EXECUTOR_INPUT)
#: The executor as a module, and as kfp 1.5 and 1.6 write it before the function's own text.
_EXECUTORS = ("kfp.v2.components.executor_main", "def _get_input_parameter_value(self, ")
_KFP1 = r"\bkfp==(1\.[\d.a-z]+)"
#: How a command starts it, which shows that the container has the interpreter.
_START = (
    r"(?:^|[\s;&|(])([\w./-]*python[\d.]*) (?:-u )?"
    r'(?:-m kfp\.v2\.components\.executor_main\b|"\$program_path")'
)

#: Types of KFP v1 that functions of kfp 1.x take as parameters.
_VALUES = frozenset(
    ("string", "str", "integer", "int", "float", "bool", "jsonarray", "list", "jsonobject", "dict")
)


class Taker(NamedTuple):
    """A container that reads or writes parameters by ``{{$}}``."""

    label: str
    container: Container
    #: The version of kfp 1.x whose executor it runs; empty for another program.
    kfp1: str
    #: The argv of the wrapper, before that of the container; empty if wrapping is impossible.
    wrapper: tuple[Text, ...]
    #: Why the function cannot read or write all values, for messages.
    obstacle: str


def with_converted_input(pipeline: Pipeline) -> Pipeline:
    """The pipeline with functions of kfp 1.x wrapped, so that they read and write schema 2.0.0.

    A pipeline of schema 2.0.0 is unchanged.
    """
    if pipeline.schema_version != SCHEMA:
        return pipeline
    wrapped = {
        taker.label: replace(taker.container, command=(*taker.wrapper, *taker.container.command))
        for taker in takers(pipeline)
        if taker.wrapper
    }
    return replace(pipeline, executors={**pipeline.executors, **wrapped}) if wrapped else pipeline


def takers(pipeline: Pipeline) -> Iterator[Taker]:
    """Each such container once. The form of artifacts is the same in both schemas."""
    users: dict[str, list[Component]] = {}
    for component in pipeline.components.values():
        if isinstance(component.body, ExecutorRef) and (
            component.inputs.parameters or component.outputs.parameters
        ):
            users.setdefault(component.body.label, []).append(component)
    for label, components in users.items():
        executor = pipeline.executors.get(label)
        if isinstance(executor, Container) and _takes_all(executor) and not _converts(executor):
            kfp1 = _kfp1(executor)
            wrapper = _wrapper(executor, components) if kfp1 else ()
            yield Taker(label, executor, kfp1, wrapper, _obstacle(wrapper, components))


def _takes_all(container: Container) -> bool:
    return any(_ALL_INPUTS in text.parts for text in (*container.command, *container.args))


def _converts(container: Container) -> bool:
    """Whether the container is wrapped already, in a pipeline that this package wrote."""
    return [str(text) for text in container.command[1:4:2]] == ["-c", NAME]


def _kfp1(container: Container) -> str:
    argv = [str(text) for text in (*container.command, *container.args)]
    if not any(executor in argument for argument in argv for executor in _EXECUTORS):
        return ""
    return next((match[1] for argument in argv if (match := re.search(_KFP1, argument))), "1.8")


def _wrapper(container: Container, components: list[Component]) -> tuple[Text, ...]:
    """The argv of the wrapper.

    It is empty if the image has the command, if the command does not name the interpreter, if the
    executor input is part of an argument or in several ones, or if components that share the
    container have different types.
    """
    argv = (*container.command, *container.args)
    positions = [n for n, text in enumerate(argv) if _ALL_INPUTS in text.parts]
    types = {_types(component) for component in components}
    python = _python(container)
    if len(positions) > 1 or len(types) > 1 or not python or argv[positions[0]].parts[1:]:
        return ()
    wrapper = (python, "-c", CONVERT, NAME, *types, str(positions[0]))
    return tuple(Text((argument,)) for argument in wrapper)


def _python(container: Container) -> str:
    """The interpreter that starts the executor, in a shell script or as arguments."""
    start = re.search(_START, " ".join(map(str, (*container.command, *container.args))))
    return start[1] if start and container.command else ""


def _obstacle(wrapper: tuple[Text, ...], components: list[Component]) -> str:
    if not wrapper:
        return "this command cannot be wrapped"
    files = ", ".join(f"`{name}`" for name in _values_as_files(components))
    return f"values of the function are files in the pipeline: {files}" if files else ""


def _values_as_files(components: list[Component]) -> list[str]:
    """The artifacts that are parameters of the function.

    In KFP v1 the uses of an output, not its type, decide whether it is an artifact. (Only the
    launcher of its v2-compatible mode starts functions with ``{{$}}``.)
    """
    return [
        name
        for component in components
        for side in (component.inputs, component.outputs)
        for name, artifact in side.artifacts.items()
        if artifact.declared_type.lower().removeprefix("typing.").partition("[")[0] in _VALUES
    ]


def _types(component: Component) -> str:
    """The types of inputs and outputs that are not STRING, as JSON.

    It is a list, as backends parse arguments that are JSON objects. In KFP v1 all values are text;
    a function that takes a float would get ``1`` as an integer.
    """
    inputs = {
        name: "NUMBER_DOUBLE" if parameter.declared_type == "Float" else parameter.type.value
        for name, parameter in component.inputs.parameters.items()
    }
    outputs = {name: one.type.value for name, one in component.outputs.parameters.items()}
    return json.dumps([_but_texts(inputs), _but_texts(outputs)])


def _but_texts(types: Mapping[str, str]) -> dict[str, str]:
    return {name: type_ for name, type_ in sorted(types.items()) if type_ != "STRING"}
