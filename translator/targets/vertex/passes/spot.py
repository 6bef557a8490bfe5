"""Spot and preemptible nodes: a pipeline task of Vertex AI has no field for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided
from translator.diagnostics import decisions as rules
from translator.model import Container
from translator.records import replace

if TYPE_CHECKING:
    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Executor, Pipeline
    from translator.model.kubernetes import NodeAffinity, Pod, Toleration

__all__ = ["spot"]

#: The labels and taints of such nodes on GKE.
_LABELS = frozenset({"cloud.google.com/gke-spot", "cloud.google.com/gke-preemptible"})
#: Those, and the taint that ``use_preemptible_nodepool`` of kfp 1.x tolerates (kfp/gcp.py).
_TAINTS = _LABELS | {"preemptible"}


def spot(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline without the settings that select Spot nodes, and a note for each container.

    Retries stay: they are also for other failures.
    """
    executors: dict[str, Executor] = dict(pipeline.executors)
    findings: list[Diagnostic] = []
    for label, executor in pipeline.executors.items():
        if not isinstance(executor, Container):
            continue
        pod, places = _without(executor.pod)
        if places:
            executors[label] = replace(executor, pod=pod)
            name = next(iter(places))
            findings.append(rules.SPOT.at(places[name] or executor.origin, setting=name))
    if not findings:
        return Decided(pipeline)
    return Decided(replace(pipeline, executors=executors), tuple(findings))


def _without(pod: Pod) -> tuple[Pod, dict[str, Origin | None]]:
    """The pod without these settings; and their labels and taints, with their places."""
    places: dict[str, Origin | None] = {}
    if not (pod.node_selector or pod.node_affinity or pod.tolerations):
        return pod, places
    selector = dict(pod.node_selector)
    for key in pod.node_selector:
        if key in _LABELS and selector[key] == "true":
            del selector[key]
            places[key] = pod.place("node_selector", key)
    affinity = tuple(one for one in pod.node_affinity if not _selects(one))
    places |= {
        one.expressions[0].key: one.origin for one in pod.node_affinity if one not in affinity
    }
    tolerations = tuple(one for one in pod.tolerations if not _tolerates(one))
    if not places:
        places |= {one.key: one.origin for one in pod.tolerations if one not in tolerations}
    if not places:
        return pod, places
    changed = replace(pod, node_selector=selector, node_affinity=affinity, tolerations=tolerations)
    return changed, places


def _selects(affinity: NodeAffinity) -> bool:
    """Whether it selects Spot nodes, and nothing else."""
    return (
        bool(affinity.expressions)
        and not affinity.fields
        and affinity.json is None
        and all(
            one.key in _LABELS
            and (one.operator == "Exists" or (one.operator, one.values) == ("In", ("true",)))
            for one in affinity.expressions
        )
    )


def _tolerates(toleration: Toleration) -> bool:
    return toleration.json is None and toleration.key in _TAINTS
