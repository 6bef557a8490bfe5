"""The URIs that importers register, as far as the file has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.texts import listed
from translator.model import Constant, ExecutorRef, Importer, Items, Iterator, Parameter
from translator.records import NamedTuple
from translator.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator as Iterating

    from translator.diagnostics import Origin
    from translator.model import Json, Node, Pipeline
    from translator.model.expressions import Selector
    from translator.upstream import Call, End

__all__ = ["Import", "imports"]


class Import(NamedTuple):
    """A URI that an importer may register."""

    uri: str
    origin: Origin | None
    #: The part of the pipeline that has it.
    holder: Node


def imports(pipeline: Pipeline) -> Iterating[Import]:
    """Each URI: of the importer itself, and of tasks, loops and inputs from which it may come."""
    importers = {k: e for k, e in pipeline.executors.items() if isinstance(e, Importer)}
    if not importers:
        return
    upstream = Upstream(pipeline)
    for name, component in pipeline.components.items():
        if not isinstance(component.body, ExecutorRef):
            continue
        importer = importers.get(component.body.label)
        if importer is not None:
            for call in upstream.calls.get(name, ()):
                yield from _of_call(pipeline, upstream, importer, call)


def _of_call(
    pipeline: Pipeline, upstream: Upstream, importer: Importer, call: Call
) -> Iterating[Import]:
    if isinstance(importer.uri, Constant):
        yield from _addresses(importer.uri.value, importer.origin, importer)
        # kfp writes the same URI into the task too.
        for given in call.task.parameters.values():
            if isinstance(given, Constant) and given.value == importer.uri.value:
                yield from _addresses(given.value, importer.origin, given)
        return
    source = call.task.parameters.get(importer.uri.name)
    for end in () if source is None else upstream.ends(call.holder, source):
        at = end.source.origin if end.source is not None else None
        for value, holder in _values(pipeline, upstream, end):
            yield from _addresses(value, at or importer.origin, holder)


def _addresses(value: Json, origin: Origin | None, holder: Node) -> Iterating[Import]:
    if isinstance(value, str):
        yield Import(value, origin, holder)


def _values(pipeline: Pipeline, upstream: Upstream, end: End) -> Iterating[tuple[Json, Node]]:
    """The values at the upstream end of an input, if the file has them."""
    found: list[tuple[Json, Node]] = []
    match end.source:
        case Constant() as constant:
            found.append((constant.value, constant))
        case Parameter() as parameter:
            if isinstance(parameter.default, (str, list, dict)):
                found.append((parameter.default, parameter))
            if end.name in pipeline.submission.arguments:
                found.append((pipeline.submission.arguments[end.name], pipeline.submission))
        case Iterator() as loop if end.call is not None:
            if isinstance(loop.items, Items):
                found += [(item, loop) for item in loop.items.values]
            elif (source := end.call.task.parameters.get(loop.items.name)) is not None:
                for other in upstream.ends(end.holder, source):
                    for items, holder in _values(pipeline, upstream, other):
                        found += [(item, holder) for item in listed(items)]
    for value, holder in found:
        yield _picked(value, end.selectors), holder


def _picked(value: Json, selectors: tuple[Selector, ...]) -> Json:
    """The part of a value that the selectors select; null if an entry does not exist."""
    for selector in selectors:
        if isinstance(value, str):  # an item may be a mapping or the JSON text of one
            value = next(iter(listed(f"[{value}]")), None)
        if not selector.path:
            return None
        for key in selector.path:
            value = value.get(key) if isinstance(value, dict) and isinstance(key, str) else None
    return value
