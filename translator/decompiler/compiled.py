"""What kfp's compiler writes for values that a pipeline does not set, for comparisons with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.decompiler.volume_tasks import newest_interface
from translator.model import Container, Dag, ExecutorRef
from translator.model.kubernetes import Reference
from translator.records import replace

if TYPE_CHECKING:
    from translator.model import Component, Executor, Pipeline, Retry
    from translator.model.kubernetes import Pod

__all__ = ["as_compiled", "newest_pod"]


def as_compiled(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the values that kfp 2.17 writes where there are none.

    Backends read an absent value as this one: delays of retries (``RetryPolicy.to_proto`` in
    kfp/dsl/structures.py), ``optional`` of secrets and config maps, the forms of their names. The
    components of ``CreatePVC`` and ``DeletePVC`` have the interface of kfp-kubernetes 2.17.
    """
    platforms = {
        name: one for name, one in pipeline.platforms.items() if one.settings or one.executors
    }
    executors = pipeline.executors
    components = {
        name: newest_interface(one, executors.get(one.body.label))
        if isinstance(one.body, ExecutorRef)
        else _component(one)
        for name, one in pipeline.components.items()
    }
    return replace(
        pipeline,
        root=_component(pipeline.root),
        components=components,
        executors={label: _executor(one) for label, one in executors.items()},
        platforms=platforms,
    )


def _component(component: Component) -> Component:
    body = component.body
    if not isinstance(body, Dag):
        return component
    tasks = {
        name: task if task.retry is None else replace(task, retry=_retry(task.retry))
        for name, task in body.tasks.items()
    }
    return replace(component, body=replace(body, tasks=tasks))


def _retry(retry: Retry) -> Retry:
    longest = retry.max_backoff_seconds
    return replace(
        retry,
        max_retries=retry.max_retries or None,
        backoff_seconds=float(retry.backoff_seconds or 0),
        backoff_factor=float(retry.backoff_factor or 2),
        max_backoff_seconds=3600.0 if longest is None else float(longest),
    )


def _executor(executor: Executor) -> Executor:
    if not isinstance(executor, Container):
        return executor
    return replace(executor, pod=newest_pod(executor.pod))


def newest_pod(pod: Pod) -> Pod:
    """The pod as kfp-kubernetes 2.17 has it, with an entry for each variable."""
    changes: dict[str, Any] = {
        "mounts": tuple(replace(mount, volume=_newest(mount.volume)) for mount in pod.mounts),
        "variables": tuple(map(_newest, pod.variables)),
        "pull_secrets": tuple(map(_newest, pod.pull_secrets)),
    }
    return replace(pod, **changes)


def _newest(part: Any) -> Any:
    if isinstance(part, Reference):
        return replace(part, forms=())
    fields = vars(part)
    changes = {key: _newest(one) for key, one in fields.items() if isinstance(one, Reference)}
    if "optional" in fields:
        changes["optional"] = bool(part.optional)
    if "joined" in fields:
        changes["joined"] = False
    if "default_storage_class" in fields:
        changes["default_storage_class"] = part.default_storage_class or None
    return replace(part, **changes)
