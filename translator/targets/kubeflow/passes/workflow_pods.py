"""The settings of a KFP v1 workflow for all its pods → those of each container.

The precedence is Argo's (``workflow/controller/workflowpod.go``, ``addSchedulingConstraints`` and
``addMetadata``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from translator.diagnostics import Origin
    from translator.model.kubernetes import Pod, SecurityContext

__all__ = ["overridden", "with_workflow_settings"]

#: Fields of a template that replace those of the workflow.
_REPLACING = ("node_selector", "tolerations")


def with_workflow_settings(pod: Pod, workflow: Pod) -> Pod:
    """The pod of a container, which has the settings of the workflow where it has none of its own.

    Labels and annotations are merged by name, security contexts by field. A selector, an affinity
    or tolerations replace those of the workflow as a whole.
    """
    names = [name for name in _REPLACING if not getattr(pod, name)]
    if not _has_affinity(pod):
        names += ["node_affinity", "pod_affinity"]
    changes = {name: getattr(workflow, name) for name in names}
    for name in ("labels", "annotations"):
        changes[name] = {**getattr(workflow, name), **getattr(pod, name)}
    own = [one.name for one in pod.pull_secrets]
    of_all = [one for one in workflow.pull_secrets if one.name not in own]
    changes["pull_secrets"] = (*of_all, *pod.pull_secrets)
    changes["security_context"] = _merged(pod.security_context, workflow.security_context)
    origins = {name: at for name, at in workflow.origins.items() if name not in pod.origins}
    return replace(pod, **changes, origins={**origins, **pod.origins})


def overridden(workflow: Pod, pods: Sequence[Pod]) -> Iterator[tuple[str, Origin | None]]:
    """The settings of the workflow that each container has its own of, with their places."""

    def always(field: str, key: str = "") -> bool:
        return all(key in getattr(pod, field) if key else getattr(pod, field) for pod in pods)

    if workflow.node_selector and always("node_selector"):
        yield "node selector", workflow.place("node_selector")
    if workflow.tolerations and always("tolerations"):
        yield "tolerations", workflow.tolerations[0].origin
    affinity = (*workflow.node_affinity, *workflow.pod_affinity)
    if affinity and all(map(_has_affinity, pods)):
        yield "affinity", affinity[0].origin
    for field in ("labels", "annotations"):
        for key in getattr(workflow, field):
            if always(field, key):
                yield f"pod {field.removesuffix('s')} `{key}`", workflow.place(field, key)
    context = workflow.security_context
    place = None if context is None else context.origin
    for name in sorted(_fields(context)):
        if all(name in _fields(pod.security_context) for pod in pods):
            yield f"`{name}` of the security context", place


def _fields(context: SecurityContext | None) -> set[str]:
    """The fields that are set."""
    fields = {} if context is None else vars(context)
    return {name for name, value in fields.items() if name != "origin" and value is not None}


def _has_affinity(pod: Pod) -> bool:
    is_raw = any(one.name == "affinity" for one in pod.others)
    return bool(pod.node_affinity or pod.pod_affinity or is_raw)


def _merged(own: SecurityContext | None, of_all: SecurityContext | None) -> SecurityContext | None:
    if own is None or of_all is None:
        return own or of_all
    missing = {
        field: value
        for field, value in vars(of_all).items()
        if field != "origin" and getattr(own, field) is None
    }
    return replace(own, **missing)
