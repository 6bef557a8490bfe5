"""Small tasks that convert values to files and back, for containers that cannot be wrapped.

If a container has no command, its program is the image's entrypoint, which is not in the file, and
no wrapper can write or read a file for it. A separate task does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Container,
    ExecutorRef,
    FromTask,
    Importer,
    Interface,
    Parameter,
    ParameterType,
    RuntimeParameter,
    Task,
)
from translator.model.channels import free
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo.annotations import declared_artifact
from translator.readers.argo.values import bind, input_name
from translator.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.diagnostics import Origin
    from translator.model import InputSource
    from translator.readers.argo.context import Context
    from translator.readers.argo.values import Pieces
    from translator.readers.argo.workflow import Sequence

#: ``$1`` value, ``$2`` file.
_TO_FILE = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2"'
#: ``$1`` file, ``$2`` value. One newline at the end is removed, as by Argo.
_TO_VALUE = """value=$(cat "$1" && printf x) || exit; value=${value%x}
mkdir -p "$(dirname "$2")" && printf %s "${value%'
'}" > "$2\""""


#: ``$1`` start, ``$2`` what ``$3`` is, ``$4`` format, ``$5`` list. Numbers are those of Go's
#: ``strconv.Atoi``, which may begin with zeros; a shell reads those as octal.
_SEQUENCE = r"""number() {
digits=${1#[-+]}
case $digits in ''|*[!0-9]*) echo "withSequence: not an integer: $1" >&2; exit 1;; esac
while [ "${digits#0}" ] && [ "$digits" != "${digits#0}" ]; do digits=${digits#0}; done
case $1 in -*) n=-$digits;; *) n=$digits;; esac
}
number "$1"; start=$n
number "$3"; end=$n
mkdir -p "$(dirname "$5")"
if [ "$2" = count ]; then
if [ "$n" -eq 0 ]; then printf '[]' > "$5"; exit; fi
end=$((start + n - 1))
fi
step=1
if [ "$start" -gt "$end" ]; then step=-1; fi
i=$start
{
printf "[\"$4\"" "$i"
while [ "$i" -ne "$end" ]; do
i=$((i + step))
printf ",\"$4\"" "$i"
done
printf ']'
} > "$5"
"""


class Adapters:
    """The adapter tasks that the calls of one DAG need."""

    def __init__(self, context: Context, calls: Iterable[str], origin: Origin) -> None:
        self.context = context
        #: The place of the DAG.
        self.origin = origin
        self.tasks: dict[str, Task] = {}
        self._calls = calls

    def value_to_file(self, user: str, name: str, value: Pieces) -> FromTask:
        """An artifact with a value, written by a task in the DAG of its user."""
        component = Component(
            body=ExecutorRef(label="adapter-value-to-file"),
            inputs=Interface(parameters={"value": Parameter(type=ParameterType.STRING)}),
            outputs=Interface(artifacts={"file": declared_artifact(None)}),
            description="Writes a value to a file.",
            origin=self.origin,
        )
        argv = (
            Placeholder(PlaceholderKind.INPUT_VALUE, "value"),
            Placeholder(PlaceholderKind.OUTPUT_PATH, "file"),
        )
        self._declare(component, _TO_FILE, argv)
        task = f"{user}-{input_name(name)}-to-file"
        self._add(task, "adapter-value-to-file", {"value": value})
        return FromTask(task=task, output="file")

    def file_to_value(self, maker: str, output: str) -> FromTask:
        """The value in an artifact, read by a task in the DAG of its producer."""
        component = Component(
            body=ExecutorRef(label="adapter-file-to-value"),
            inputs=Interface(artifacts={"file": declared_artifact(None)}),
            outputs=Interface(parameters={"value": Parameter(type=ParameterType.STRING)}),
            description="Reads the value in a file.",
            origin=self.origin,
        )
        argv = (
            Placeholder(PlaceholderKind.INPUT_PATH, "file"),
            Placeholder(PlaceholderKind.OUTPUT_FILE, "value"),
        )
        self._declare(component, _TO_VALUE, argv)
        task = f"{maker}-{output}-to-value"
        file = FromTask(task=maker, output=output)
        self.tasks[task] = Task(
            component="adapter-file-to-value", artifacts={"file": file}, origin=self.origin
        )
        return FromTask(task=task, output="value")

    def sequence_items(
        self, user: str, sequence: Sequence, start: Pieces, bound: Pieces
    ) -> FromTask:
        """The items of a sequence as a list, made by a task in the DAG of the loop."""
        names = ("start", "kind", "bound", "format")
        component = Component(
            body=ExecutorRef(label="adapter-sequence"),
            inputs=Interface(parameters={n: Parameter(type=ParameterType.STRING) for n in names}),
            outputs=Interface(parameters={"items": Parameter(type=ParameterType.LIST)}),
            description="Counts the items of a loop.",
            origin=self.origin,
        )
        argv = (
            *(Placeholder(PlaceholderKind.INPUT_VALUE, name) for name in names),
            Placeholder(PlaceholderKind.OUTPUT_FILE, "items"),
        )
        self._declare(component, _SEQUENCE, argv)
        task = free(f"{user}-items", {*self._calls, *self.tasks})
        values: tuple[Pieces, ...] = (start, [sequence.kind], bound, [sequence.format])
        self._add(task, "adapter-sequence", dict(zip(names, values, strict=True)))
        return FromTask(task=task, output="items")

    def importer(self, name: str, uri: str) -> FromTask:
        """An artifact that exists, registered by an importer in the DAG of its user."""
        artifact = declared_artifact(None)
        self.context.components["adapter-importer"] = Component(
            body=ExecutorRef(label="adapter-importer"),
            inputs=Interface(parameters={"uri": Parameter(type=ParameterType.STRING)}),
            outputs=Interface(artifacts={"artifact": artifact}),
            origin=self.origin,
        )
        self.context.executors["adapter-importer"] = Importer(
            uri=RuntimeParameter(name="uri"), artifact=artifact, origin=self.origin
        )
        task = free(f"import-{input_name(name)}", {*self._calls, *self.tasks})
        self._add(task, "adapter-importer", {"uri": [uri]})
        return FromTask(task=task, output="artifact")

    def _add(self, task: str, component: str, values: Mapping[str, Pieces]) -> None:
        parameters: dict[str, InputSource] = {}
        for name, value in values.items():
            bind(parameters, name, value)
        self.tasks[task] = Task(component=component, parameters=parameters, origin=self.origin)

    def _declare(self, component: Component, script: str, argv: tuple[Placeholder, ...]) -> None:
        assert isinstance(component.body, ExecutorRef)
        # Components of templates have other names, which begin with `comp-`.
        label = component.body.label
        self.context.components[label] = component
        self.context.executors[label] = Container(
            image=Text((self.context.options.adapter_image,)),
            command=shell(script, label, *argv),
            origin=component.origin,
        )
