"""Kubernetes settings as calls of ``kfp.kubernetes``, and ``dsl.PipelineConfig``.

Each setting of the platform document is written by the functions of kfp-kubernetes if they make
all of it, else as it is to ``task.platform_config``, where these functions keep theirs too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from translator.decompiler.kubernetes_calls import WRITERS, NoFunctionError
from translator.decompiler.layout import Code, assigned, call, statement
from translator.decompiler.literals import key_literal, literal
from translator.diagnostics import decompiler_settings as rules
from translator.model import (
    KUBERNETES,
    Constant,
    Container,
    ExecutorRef,
    FromTask,
    Setting,
)
from translator.model.kubernetes import Pod, values_in
from translator.platform_document.writing import executor_settings, parts
from translator.quantities import integer
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from translator.decompiler.kubernetes_calls import Call
    from translator.decompiler.layout import Expression
    from translator.decompiler.settings import Owner
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Component, Json, Pipeline

__all__ = [
    "IMPORT",
    "PodCalls",
    "awaited",
    "call_statement",
    "has_settings",
    "pipeline_config",
    "pod_calls",
]

#: The line that pipeline.py needs for statements with ``kubernetes``.
IMPORT = "from kfp import kubernetes"
#: The fields of an ``InputParameterSpec`` that refer to a value of the pipeline.
_REFERENCES = frozenset({"componentInputParameter", "taskOutputParameter"})
#: Data of the author, which contains no references.
_DATA = frozenset({"runtimeValue", "labels", "annotations"})
#: Field of ``pipelineConfig`` → argument of ``dsl.PipelineConfig``.
_SECONDS = {
    "resourceTtlOnCompletion": "ttl_seconds_after_finished",
    "resourceTtlOnSuccess": "ttl_seconds_after_success",
    "resourceTtlOnFailure": "ttl_seconds_after_failure",
    "activeDeadlineSeconds": "active_deadline_seconds",
}
_INT32 = 2**31 - 1
#: What ``dsl.WorkspaceConfig`` accepts.
_SIZE = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[KMGTPE]i?)?")


def awaited(pod: Pod) -> frozenset[str]:
    """The sibling tasks whose outputs the settings take.

    kfp-kubernetes adds the dependencies on them, so that no ``.after()`` is needed.
    """
    return frozenset(one.task for one in values_in(pod) if isinstance(one, FromTask))


class PodCalls(NamedTuple):
    """What is written about a task."""

    #: Setting → the calls that make it: a function, and its arguments after the task.
    calls: Mapping[str, tuple[Call, ...]]
    #: Platform → settings that no function makes.
    others: Mapping[str, Mapping[str, Json]]

    def statements(self, variable: str, indent: int = 4, apart: Collection[str] = ()) -> list[str]:
        """The statements about the task of a variable, without the settings in ``apart``."""
        found = [
            call_statement(one, variable, indent)
            for setting, calls in self.calls.items()
            if setting not in apart
            for one in calls
        ]
        for name, kept in self.others.items():
            target = f"{variable}.platform_config[{key_literal(name).flat()}]"
            if name == KUBERNETES and self.calls:
                found.append(statement(call(f"{target}.update", _struct(kept)), indent))
            else:
                found.append(assigned(target, _struct(kept), indent))
        return found


def call_statement(made: Call, variable: str, indent: int) -> str:
    """The statement that calls a function of kfp-kubernetes for the task of a variable."""
    function, arguments = made
    return statement(call(f"kubernetes.{function}", Code(text=variable), **arguments), indent)


def has_settings(pipeline: Pipeline, component: Component) -> bool:
    """Whether there are statements about a task of the component after the one that makes it."""
    body = component.body
    executor = pipeline.executors.get(body.label) if isinstance(body, ExecutorRef) else None
    if not isinstance(executor, Container) or not isinstance(body, ExecutorRef):
        return False
    others = any(one.executors.get(body.label) for one in pipeline.platforms.values())
    return executor.pod != Pod() or others


def pod_calls(owner: Owner, pipeline: Pipeline) -> PodCalls:
    """The statements about a task, after the one that assigns it to a variable.

    Findings: settings without a function (TR443), and those that cannot be written (TR444).
    """
    executor, body = owner.executor, owner.component.body
    if not isinstance(executor, Container) or not isinstance(body, ExecutorRef):
        return PodCalls({}, {})
    raw: dict[str, dict[str, Json]] = {}
    calls = _calls(owner, executor.pod, raw)
    for name, platform in pipeline.platforms.items():
        for setting in platform.executors.get(body.label, ()):
            raw.setdefault(name, {})[setting.name] = setting.value
            _report(owner, setting.name, setting.origin, refers=_refers(setting.value))
    return PodCalls(calls, raw)


def _struct(value: Json | Mapping[str, Json]) -> Expression:
    """A literal of what protobuf keeps in a ``Struct``, whose numbers are all floats: 3 for 3.0."""

    def plain(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: plain(inner) for key, inner in one.items()}
        if isinstance(one, list):
            return list(map(plain, one))
        is_whole = isinstance(one, float) and one.is_integer() and abs(one) < 2**53
        return int(one) if is_whole else one

    return literal(plain(value))


def _calls(owner: Owner, pod: Pod, raw: dict[str, dict[str, Json]]) -> dict[str, tuple[Call, ...]]:
    """Setting → its calls. Settings that no function makes are added to ``raw``."""
    written = executor_settings(pod)
    contents: dict[str, list[object]] = {}
    places: dict[str, Origin | None] = {}
    for part in parts(pod):
        contents.setdefault(part.setting, []).append(part.content)
        places.setdefault(part.setting, part.origin)
    found: dict[str, tuple[Call, ...]] = {}
    for setting in sorted(written, key=_position):
        try:
            found[setting] = tuple(_made(setting, pod, contents[setting], owner))
        except NoFunctionError:
            raw.setdefault(KUBERNETES, {})[setting] = written[setting]
            refers = any(map(_has_references, contents[setting]))
            _report(owner, setting, places[setting], refers=refers)
    return {setting: calls for setting, calls in found.items() if calls}


def _position(setting: str) -> tuple[int, str]:
    return _ORDER.get(setting, len(_ORDER)), setting


_ORDER = {setting: number for number, setting in enumerate(WRITERS)}


def _made(setting: str, pod: Pod, contents: list[object], owner: Owner) -> Iterator[Call]:
    if setting not in WRITERS or any(isinstance(one, Setting) for one in contents):
        raise NoFunctionError
    return WRITERS[setting](pod, owner.channel)


def _report(owner: Owner, setting: str, origin: Origin | None, *, refers: bool) -> None:
    rule = rules.NO_REFERENCE if refers else rules.RAW
    place = origin or owner.task.origin
    owner.findings.append(rule.at(place, setting=setting, owner=owner.shown))


def _has_references(content: object) -> bool:
    if isinstance(content, Setting):
        return _refers(content.value)
    return any(not isinstance(value, Constant) for value in values_in(content))


def _refers(value: Json) -> bool:
    """Whether a raw setting refers to a value of the pipeline."""
    if isinstance(value, list):
        return any(map(_refers, value))
    if not isinstance(value, dict):
        return False
    inner = (entry for key, entry in value.items() if key not in _DATA)
    return bool(value.keys() & _REFERENCES) or any(map(_refers, inner))


# The whole run


def pipeline_config(pipeline: Pipeline, findings: list[Diagnostic]) -> Expression | None:
    """``dsl.PipelineConfig(…)`` for the decorator of the pipeline; None if it needs none.

    Findings: platform settings of the run that it does not have (TR440).
    """
    arguments: dict[str, Expression] = {}
    for name, platform in pipeline.platforms.items():
        for setting in platform.settings:
            fields = {setting.name: setting.value}
            if name == KUBERNETES and setting.name == "pipelineConfig":
                fields = setting.value if isinstance(setting.value, dict) else fields
            for field, value in fields.items():
                is_config = fields is setting.value
                if (found := _config(field, value) if is_config else None) is not None:
                    arguments |= found
                else:
                    findings.append(_no_config(pipeline, field, setting))
    order = ("workspace", *_SECONDS.values())
    given = {name: arguments[name] for name in order if name in arguments}
    return call("dsl.PipelineConfig", **given) if given else None


def _no_config(pipeline: Pipeline, field: str, setting: Setting) -> Diagnostic:
    return rules.LEFT_OUT.at(
        setting.origin or pipeline.origin,
        setting=f"the platform setting `{field}`",
        owner="the pipeline",
        why="`dsl.PipelineConfig` does not have it, or not with this value",
    )


def _config(field: str, value: Json) -> dict[str, Expression] | None:
    """The arguments for a field of ``pipelineConfig``; None if there are none."""
    if field in _SECONDS:
        seconds = integer(str(value)) if isinstance(value, (int, str)) else value
        if isinstance(seconds, float) and seconds.is_integer():
            seconds = int(seconds)
        if type(seconds) is not int or not 0 <= seconds <= _INT32:
            return None
        # Zero, which kfp leaves out, means that there is no limit.
        return {_SECONDS[field]: literal(seconds)} if seconds else {}
    return _workspace(value) if field == "workspace" and isinstance(value, dict) else None


def _workspace(value: Mapping[str, Json]) -> dict[str, Expression] | None:
    size, kubernetes = value.get("size"), value.get("kubernetes", {})
    if not isinstance(size, str) or not _SIZE.fullmatch(size) or not isinstance(kubernetes, dict):
        return None
    patch = kubernetes.get("pvcSpecPatch", {})
    if value.keys() - {"size", "kubernetes"} or kubernetes.keys() - {"pvcSpecPatch"}:
        return None
    arguments = {"size": literal(size)}
    if patch:
        patched = call("dsl.KubernetesWorkspaceConfig", pvcSpecPatch=_struct(patch))
        arguments["kubernetes"] = patched
    return {"workspace": call("dsl.WorkspaceConfig", **arguments)}
