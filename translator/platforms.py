"""The references of platform settings, and the tasks whose executors have them.

A setting of kfp-kubernetes can use a value of the pipeline: ``secretNameParameter`` and similar
fields have an ``InputParameterSpec``, which refers to an input or an output in the DAG of the task
(kubernetes_platform/proto/kubernetes_executor_config.proto). Until 2026-03 (kubeflow/pipelines
#13128) kfp's compiler referred directly to values outside of a loop or condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    KUBERNETES,
    Constant,
    Container,
    ExecutorRef,
    FromParent,
    FromTask,
    Setting,
)
from translator.model.channels import channel_name
from translator.model.kubernetes import values_in
from translator.records import NamedTuple
from translator.upstream import ROOT, Call, Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from translator.diagnostics import Origin
    from translator.model import InputSource, Json, Pipeline
    from translator.model.kubernetes import Pod

    Source: TypeAlias = FromParent | FromTask

__all__ = [
    "DRIVER_IMAGES",
    "Reference",
    "Scopes",
    "changed",
    "driver_tasks",
    "key_of",
    "makers",
    "references",
    "source_of",
]

#: Image names for tasks that KFP's driver performs without a container (driver/k8s.go).
DRIVER_IMAGES = {"argostub/createpvc": "creates", "argostub/deletepvc": "deletes"}
#: Data of the author, which contains no references.
_DATA = frozenset({"runtimeValue", "labels", "annotations"})


class Reference(NamedTuple):
    """A setting with a value of the pipeline."""

    platform: str
    #: The executor that has the setting.
    executor: str
    #: The name and the place of the setting.
    setting: str
    origin: Origin | None
    source: Source


def source_of(entry: Json) -> InputSource | None:
    """The value of an ``InputParameterSpec``, or of the older form of ``pvcMount``."""
    if not isinstance(entry, dict):
        return None
    for parameter in ("pvcNameParameter", "secretNameParameter", "configMapNameParameter"):
        if isinstance(inner := entry.get(parameter), dict):
            return source_of(inner)
    value = entry.get("runtimeValue")
    if isinstance(value, dict) and "constant" in value:
        return Constant(value=value["constant"])
    name, output = entry.get("componentInputParameter"), entry.get("taskOutputParameter")
    if isinstance(name, str) and name:
        return FromParent(name=name)
    if isinstance(output, dict):
        task, key = output.get("producerTask"), output.get("outputParameterKey", "")
        if isinstance(task, str) and isinstance(key, str):
            return FromTask(task=task, output=key)
    return None


class Scopes(Upstream):
    """The DAGs of a pipeline, as platform settings refer to them."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        #: Executor → the tasks that it runs.
        self.places: dict[str, list[Call]] = {}
        for name, component in pipeline.components.items():
            if isinstance(component.body, ExecutorRef):
                label = component.body.label
                self.places.setdefault(label, []).extend(self.calls.get(name, ()))

    def way(self, holder: str, source: Source, seen: frozenset[str] = frozenset()) -> Source | None:
        """The source of the same value in the DAG of a component; None if there is none.

        An input of the DAG, or an output of a task in it, stays the same. A value from outside has
        to be passed down, with the input that kfp would generate.
        """
        component = self.components[holder]
        handed = FromParent(name=channel_name(source))
        if isinstance(source, FromParent):
            known = source.name in component.inputs.parameters
        else:
            known = source.task in self.tasks(holder)
        if known:
            return source
        if holder == ROOT or holder in seen:
            return None
        if handed.name in component.inputs.parameters:
            return handed
        calls = self.calls.get(holder, ())
        outside = [self.way(call.holder, source, seen | {holder}) for call in calls]
        return handed if outside and None not in outside else None

    def rewritten(self, reference: Reference) -> Source | None:
        """The source for the setting, the same for all tasks of its executor."""
        holders = dict.fromkeys(call.holder for call in self.places.get(reference.executor, ()))
        ways = [self.way(holder, reference.source) for holder in holders]
        same = bool(ways) and all(way == ways[0] for way in ways)
        return ways[0] if same else None


def driver_tasks(pipeline: Pipeline) -> dict[tuple[str, str], str]:
    """The tasks that only KFP's driver performs: component and name → the action on a volume."""
    verbs = {
        label: DRIVER_IMAGES[str(executor.image)]
        for label, executor in pipeline.executors.items()
        if isinstance(executor, Container) and str(executor.image) in DRIVER_IMAGES
    }
    if not verbs:
        return {}
    places = Scopes(pipeline).places
    return {
        (call.holder, call.name): verb
        for label, verb in verbs.items()
        for call in places.get(label, ())
    }


def makers(
    scopes: Scopes, holder: str, source: InputSource, verbs: Mapping[tuple[str, str], str]
) -> list[tuple[str, str]]:
    """The driver's tasks that create the volume of a source."""
    ends = scopes.ends(holder, source)
    tasks = [(end.holder, end.source.task) for end in ends if isinstance(end.source, FromTask)]
    return [task for task in tasks if verbs.get(task) == "creates"]


def references(pipeline: Pipeline) -> Iterator[Reference]:
    """The references of executor settings to the pipeline, each once for a setting."""
    for label, executor in pipeline.executors.items():
        if isinstance(executor, Container) and _may_refer(executor.pod):
            from translator.platform_document.writing import parts  # few pods do

            found = [
                Reference(KUBERNETES, label, part.setting, part.origin, source)
                for part in parts(executor.pod)
                for source in _sources(part.content)
            ]
            yield from {(one.setting, key_of(one.source)): one for one in found}.values()
    for name, platform in pipeline.platforms.items():
        for label, settings in platform.executors.items():
            for setting in settings:
                sources = {key_of(source): source for source in _sources(setting)}.values()
                yield from (
                    Reference(name, label, setting.name, setting.origin, source)
                    for source in sources
                )


def _may_refer(pod: Pod) -> bool:
    """Whether a pod has values of the pipeline, or raw settings, which may have some."""
    return bool(pod.others) or any(not isinstance(one, Constant) for one in values_in(pod))


def _sources(part: object) -> list[Source]:
    """The references in a part of a pod, or in a raw setting."""
    found: list[Source] = []

    def noted(source: Source) -> Source:
        found.append(source)
        return source

    if isinstance(part, Setting):
        changed(part.value, noted)
        return found
    return [value for value in values_in(part) if not isinstance(value, Constant)]


def changed(value: Json, change: Callable[[Source], Source]) -> Json:
    """The value, with other sources where needed."""
    if isinstance(value, list):
        return [changed(entry, change) for entry in value]
    if not isinstance(value, dict):
        return value
    rest = {key: entry if key in _DATA else changed(entry, change) for key, entry in value.items()}
    own = {key: value[key] for key in _FORMS if key in value}
    source = source_of(own)
    if not isinstance(source, FromParent | FromTask):
        return rest
    return {key: entry for key, entry in rest.items() if key not in _FORMS} | _form(change(source))


#: The fields of a source.
_FORMS = ("componentInputParameter", "taskOutputParameter")


def _form(source: Source) -> dict[str, Json]:
    if isinstance(source, FromParent):
        return {"componentInputParameter": source.name}
    output: Json = {"outputParameterKey": source.output, "producerTask": source.task}
    return {"taskOutputParameter": output}


def key_of(source: Source) -> tuple[str, ...]:
    """What is equal for the same value of the pipeline."""
    if isinstance(source, FromParent):
        return (source.name,)
    return source.task, source.output
