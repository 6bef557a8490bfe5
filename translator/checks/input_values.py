"""The values of inputs that no task sets: run settings in the file, and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import walk_tasks
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Origin
    from translator.model import Component, Pipeline


class InputText(NamedTuple):
    """A text with placeholders in the value of an input."""

    text: str
    #: The input, as messages name it.
    place: str
    origin: Origin | None


def texts_of_inputs(pipeline: Pipeline) -> Iterator[InputText]:
    """The values of the pipeline's inputs, and the defaults that its tasks use."""
    given = pipeline.submission.arguments
    for name, value in given.items():
        if isinstance(value, str) and "{{$" in value:
            origin = pipeline.submission.origin
            yield InputText(value, f"the value of input `{name}`", origin)
    yield from _defaults(pipeline.root, given, "")
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is not None:
            yield from _defaults(component, task.parameters, name)


def _defaults(component: Component, given: Mapping[str, object], task: str) -> Iterator[InputText]:
    for name, parameter in component.inputs.parameters.items():
        value = parameter.default
        if isinstance(value, str) and "{{$" in value and name not in given:
            whose = f" of task `{task}`" if task else ""
            yield InputText(value, f"the default of input `{name}`{whose}", parameter.origin)
