"""The settings of a KFP v1 workflow for all its pods → those of each container.

The precedence is Argo's (``workflow/controller/workflowpod.go``, ``addSchedulingConstraints`` and
``addMetadata``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import replace

if TYPE_CHECKING:
    from translator.model.kubernetes import Pod, SecurityContext

__all__ = ["with_workflow_settings"]

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
