"""The affinity of a pod, whose terms are those of kfp-kubernetes.

One record is one term: nodes fit if one of the required terms of a kind fits, as in Kubernetes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.fields import UnlikeError
from translator.model.kubernetes import NodeAffinity, PodAffinity, Requirement
from translator.readers.argo.pod_fields import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.diagnostics import Origin
    from translator.model import Json

__all__ = ["AFFINITIES"]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def _node_affinity(value: Json, origin: Origin | None) -> tuple[NodeAffinity, ...]:
    fields = Entry(value, origin)
    terms: list[NodeAffinity] = []
    if _REQUIRED in fields:
        required = fields.message(_REQUIRED)
        terms += [_node_term(term, None) for term in _some(required, "nodeSelectorTerms")]
        required.only(None)
    for preferred in fields.messages(_PREFERRED):
        weight = _weight(preferred)
        terms.append(preferred.only(_node_term(preferred.message("preference"), weight)))
    return fields.only(tuple(terms))


def _node_term(term: Entry, weight: int | None) -> NodeAffinity:
    return term.only(
        NodeAffinity(
            expressions=_requirements(term, "matchExpressions"),
            fields=_requirements(term, "matchFields"),
            weight=weight,
            origin=term.origin,
        )
    )


def _pod_affinity(
    value: Json, origin: Origin | None, *, anti: bool | None = None
) -> tuple[PodAffinity, ...]:
    fields = Entry(value, origin)
    terms: list[PodAffinity] = []
    if _REQUIRED in fields:
        terms += [_pod_term(term, None, anti) for term in _some(fields, _REQUIRED)]
    for preferred in fields.messages(_PREFERRED):
        weight = _weight(preferred)
        terms.append(preferred.only(_pod_term(preferred.message("podAffinityTerm"), weight, anti)))
    return fields.only(tuple(terms))


def _pod_anti_affinity(value: Json, origin: Origin | None) -> tuple[PodAffinity, ...]:
    return _pod_affinity(value, origin, anti=True)


def _pod_term(term: Entry, weight: int | None, anti: bool | None) -> PodAffinity:
    pods, namespaces = term.message("labelSelector"), Entry({}, term.origin)
    if "namespaceSelector" in term:
        namespaces = term.message("namespaceSelector")
        if not namespaces:  # all namespaces, which the record cannot hold
            raise UnlikeError
    made = PodAffinity(
        expressions=_requirements(pods, "matchExpressions"),
        labels=pods.labels("matchLabels"),
        topology_key=term.text("topologyKey"),
        namespaces=term.texts("namespaces"),
        namespace_expressions=_requirements(namespaces, "matchExpressions"),
        namespace_labels=namespaces.labels("matchLabels"),
        weight=weight,
        anti=anti,
        origin=term.origin,
    )
    return namespaces.only(pods.only(term.only(made)))


def _requirements(term: Entry, name: str) -> tuple[Requirement, ...]:
    return tuple(
        one.only(
            Requirement(
                key=one.text("key"),
                operator=one.text("operator"),
                values=one.texts("values"),
                origin=term.origin,
            )
        )
        for one in term.messages(name)
    )


def _some(fields: Entry, name: str) -> list[Entry]:
    """The terms; without any, no node fits, which no record can hold."""
    if not (terms := fields.messages(name)):
        raise UnlikeError
    return terms


def _weight(preferred: Entry) -> int:
    if (weight := preferred.number("weight")) is None:
        raise UnlikeError
    return weight


#: Part of ``affinity`` → the field of ``Pod`` with its terms, and what reads them.
AFFINITIES: Mapping[str, tuple[str, Callable[[Json, Origin | None], tuple[Any, ...]]]] = {
    "nodeAffinity": ("node_affinity", _node_affinity),
    "podAffinity": ("pod_affinity", _pod_affinity),
    "podAntiAffinity": ("pod_affinity", _pod_anti_affinity),
}
