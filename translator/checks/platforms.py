"""Whether platform settings refer to executors, inputs and outputs that exist for their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.references import Missing, looked_up
from translator.diagnostics import pipeline as rules
from translator.model import FromParent
from translator.platforms import Scopes, references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import FromTask, Pipeline
    from translator.platforms import Reference
    from translator.upstream import Call


def platforms(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each executor, input and output in settings that does not exist."""
    yield from looked_up((*_executors(pipeline), *_references(pipeline)))


def _executors(pipeline: Pipeline) -> Iterator[Missing]:
    for name, platform in pipeline.platforms.items():
        for label, settings in platform.executors.items():
            if label not in pipeline.executors and settings:
                facts = {"platform": name, "executor": label}
                finding = rules.SETTINGS_OF_NOTHING.at(settings[0].origin, **facts)
                yield Missing(finding, label, pipeline.executors)


def _references(pipeline: Pipeline) -> Iterator[Missing]:
    found = list(references(pipeline))
    if not found:
        return
    scopes = Scopes(pipeline)
    for one in found:
        calls = scopes.places.get(one.executor, ())
        if calls and scopes.rewritten(one) is None:
            ways = [(scopes.way(call.holder, one.source), call) for call in calls]
            lost = [call for way, call in ways if way is None]
            outside = [call for way, call in ways if way != one.source]
            yield _missing(scopes, one, (lost or outside)[0])
        elif calls and not isinstance(one.source, FromParent):
            yield from _output(scopes, one, one.source, calls[0])


def _missing(scopes: Scopes, one: Reference, call: Call) -> Missing:
    facts = {"setting": one.setting, "executor": one.executor, "task": call.name}
    at = one.origin
    if isinstance(one.source, FromParent):
        facts |= {"input": one.source.name, "component": call.holder}
        known = scopes.components[call.holder].inputs.parameters
        return Missing(rules.SETTING_INPUT.at(at, **facts), one.source.name, known)
    facts |= {"output": one.source.output, "producer": one.source.task}
    why = f"`{call.holder}` and the DAGs around it have no such task"
    finding = rules.SETTING_OUTPUT.at(at, **facts, why=why)
    return Missing(finding, one.source.task, scopes.tasks(call.holder))


def _output(scopes: Scopes, one: Reference, source: FromTask, call: Call) -> Iterator[Missing]:
    """A finding if the task exists, but has no such output."""
    for end in scopes.ends(call.holder, source):
        producer = scopes.components.get(scopes.tasks(end.holder)[source.task].component)
        if producer is not None and source.output not in producer.outputs.parameters:
            facts = {"setting": one.setting, "executor": one.executor, "task": call.name}
            facts |= {"output": source.output, "producer": source.task}
            why = f"`{source.task}` has no such output"
            finding = rules.SETTING_OUTPUT.at(one.origin, **facts, why=why)
            yield Missing(finding, source.output, producer.outputs.parameters)
            return
