"""Functions of kfp 1.x in a pipeline of schema 2.1.0: a wrapper converts what they are given.

A program can take all its inputs at once, as the JSON text of ``{{$}}``, and the form of that is
of the pipeline's schema: ``parameters`` with ``stringValue`` and the like in 2.0.0,
``parameterValues`` in 2.1.0. The executor of kfp 1.x (kfp/v2/components/executor.py) knows the
first only, for inputs and for what a function returns. docs/schema-2-0-0.md has what it does.
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

__all__ = ["CONVERT", "Taker", "takers", "with_converted_input"]

#: The name of the wrapper, for reports; the word after the program.
NAME = "convert-executor-input"
#: The program of the wrapper, for Python 3.6 (that of kfp 1.8) and later. Its arguments: its name,
#: the types of inputs and of outputs that are not STRING, the position of the executor input among
#: the words that follow, and these words, which are the command. The function writes its output to
#: a temporary file, so that the real one, which may be on Cloud Storage, is written once.
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
#: How a command starts it, which proves that the container has the interpreter.
_START = (
    r"(?:^|[\s;&|(])([\w./-]*python[\d.]*) (?:-u )?"
    r'(?:-m kfp\.v2\.components\.executor_main\b|"\$program_path")'
)

#: Types of values as KFP v1 declares them; functions of kfp 1.x take such as parameters.
_VALUES = frozenset(
    ("string", "str", "integer", "int", "float", "bool", "jsonarray", "list", "jsonobject", "dict")
)


class Taker(NamedTuple):
    """A container that takes parameters, or gives some, by way of ``{{$}}``."""

    label: str
    container: Container
    #: The version of kfp 1.x whose executor it runs; empty for another program.
    kfp1: str
    #: What converts the executor input, as words before the command; none where that is impossible.
    wrapper: tuple[Text, ...]
    #: Why the function does not get or give all values, for messages.
    obstacle: str


def with_converted_input(pipeline: Pipeline) -> Pipeline:
    """The pipeline, where functions of kfp 1.x get and give values in the form that they know.

    In schema 2.0.0 they do so anyway.
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
    """Each of them, once. The form of artifacts is the same in both schemas."""
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
    return any(_ALL_INPUTS in word.parts for word in (*container.command, *container.args))


def _converts(container: Container) -> bool:
    """Whether the wrapper is there: the pipeline is one that was written here."""
    return [str(word) for word in container.command[1:4:2]] == ["-c", NAME]


def _kfp1(container: Container) -> str:
    words = [str(word) for word in (*container.command, *container.args)]
    if not any(executor in word for word in words for executor in _EXECUTORS):
        return ""
    return next((match[1] for word in words if (match := re.search(_KFP1, word))), "1.8")


def _wrapper(container: Container, components: list[Component]) -> tuple[Text, ...]:
    """The words of the wrapper.

    There are none where the image has the command, where the command does not name the interpreter,
    where the executor input is a part of a word or in several words, and where components that
    share the container have different types.
    """
    words = (*container.command, *container.args)
    positions = [n for n, word in enumerate(words) if _ALL_INPUTS in word.parts]
    types = {_types(component) for component in components}
    python = _python(container)
    if len(positions) > 1 or len(types) > 1 or not python or words[positions[0]].parts[1:]:
        return ()
    fixed = (python, "-c", CONVERT, NAME, *types, str(positions[0]))
    return tuple(Text((word,)) for word in fixed)


def _python(container: Container) -> str:
    """The interpreter that starts the executor, by one word of a shell or words of their own."""
    start = re.search(_START, " ".join(map(str, (*container.command, *container.args))))
    return start[1] if start and container.command else ""


def _obstacle(wrapper: tuple[Text, ...], components: list[Component]) -> str:
    if not wrapper:
        return "this command cannot be wrapped"
    files = ", ".join(f"`{name}`" for name in _values_as_files(components))
    return f"values of the function are files in the pipeline: {files}" if files else ""


def _values_as_files(components: list[Component]) -> list[str]:
    """The artifacts that are parameters of the function.

    KFP v1 declares types, and the use decides what is an artifact. (It starts no function with
    ``{{$}}``, unless by the launcher of its v2-compatible mode.)
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

    It is a list, as backends look into words that are JSON objects. In KFP v1 all values are text;
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
