"""Programs that take all their inputs at once, as the JSON text that ``{{$}}`` stands for.

Its form is that of the pipeline's schema: ``parameters`` with ``stringValue`` and the like in
2.0.0, ``parameterValues`` in 2.1.0. kfp 1.8's executor (kfp/v2/components/executor.py) knows the
first only, for inputs and for what a function returns; docs/schema-2-0-0.md has what it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from translator.model import Container, ExecutorRef
from translator.placeholders import Placeholder, PlaceholderKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Pipeline

_ALL_INPUTS = Placeholder(PlaceholderKind.EXECUTOR_INPUT)
_EXECUTOR = "kfp.v2.components.executor_main"
_KFP1 = re.compile(r"\bkfp==(1\.[\d.a-z]+)")


class Taker(NamedTuple):
    """A container that takes parameters, or gives some, by way of ``{{$}}``."""

    label: str
    container: Container
    #: The version of kfp whose executor it runs; empty for another program.
    kfp1: str


def takers(pipeline: Pipeline) -> Iterator[Taker]:
    """Each of them, once. The form of artifacts is the same in both schemas."""
    labels = dict.fromkeys(
        component.body.label
        for component in pipeline.components.values()
        if isinstance(component.body, ExecutorRef)
        and (component.inputs.parameters or component.outputs.parameters)
    )
    for label in labels:
        executor = pipeline.executors.get(label)
        if isinstance(executor, Container) and _takes_all(executor):
            yield Taker(label, executor, _kfp1(executor))


def _takes_all(container: Container) -> bool:
    return any(_ALL_INPUTS in word.parts for word in (*container.command, *container.args))


def _kfp1(container: Container) -> str:
    words = [str(word) for word in (*container.command, *container.args)]
    if not any(_EXECUTOR in word for word in words):
        return ""
    return next((match[1] for word in words if (match := _KFP1.search(word))), "1.8")
