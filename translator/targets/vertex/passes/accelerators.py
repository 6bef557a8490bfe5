"""``--accelerator KEY=TYPE``: the types of accelerators on Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import decisions as rules
from translator.model import Container
from translator.placeholders import Text
from translator.records import replace
from translator.targets.vertex.accelerator_types import (
    ACCELERATORS,
    ENDED,
    as_on_vertex,
    key_of,
    proposal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Executor, Pipeline

__all__ = ["accelerators"]


def accelerators(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the decided types of accelerators, and the types that must be decided.

    A key is the type in the file, the value of the node label of GKE (``nvidia-tesla-v100``), or
    the resource ``nvidia.com/gpu`` for an accelerator without a type.
    """
    if wrong := tuple(_wrong(pipeline, decisions.accelerators)):
        return Decided(pipeline, wrong)
    executors: dict[str, Executor] = dict(pipeline.executors)
    findings: list[Diagnostic] = []
    used: set[tuple[str, str]] = set()
    needs: dict[str, Need] = {}
    for label, executor in pipeline.executors.items():
        if not isinstance(executor, Container) or executor.resources is None:
            continue
        accelerator = executor.resources.accelerator
        key = "" if accelerator is None else key_of(accelerator)
        if accelerator is None or not key:
            continue
        rule = _rule(key, decisions.accelerators)
        if rule:
            kind = decisions.accelerators[rule]
            used.add(("accelerators", rule))
            changed = replace(accelerator, type=Text((kind,)))
            resources = replace(executor.resources, accelerator=changed)
            executors[label] = replace(executor, resources=resources)
            if changed != accelerator:
                what = f"accelerator `{key}` is replaced by `{kind}`"
                decision = f"--accelerator {rule}={kind}"
                findings.append(rules.DECIDED.at(accelerator.origin, what=what, decision=decision))
        if key not in ACCELERATORS or key in ENDED:
            _add(needs, rule or key, decisions.accelerators.get(rule, ""), accelerator.origin)
    changed_pipeline = replace(pipeline, executors=executors) if used else pipeline
    return Decided(changed_pipeline, tuple(findings), frozenset(used), tuple(needs.values()))


def _add(needs: dict[str, Need], key: str, value: str, origin: Origin | None) -> None:
    why = f"`{key}` is not an accelerator type of Vertex AI"
    if key in ENDED:
        why = f"Vertex AI has no accelerators of type `{key}` since {ENDED[key]}"
    new = Need("accelerators", key, value or proposal(key), why, is_proposal=not value)
    known = needs.get(key, new)
    needs[key] = known._replace(origins=tuple(dict.fromkeys([*known.origins, origin])))


def _rule(key: str, known: Mapping[str, str]) -> str:
    """The key of the decision about an accelerator; empty if there is none."""
    if key in known:
        return key
    return next((rule for rule in known if as_on_vertex(rule) == as_on_vertex(key)), "")


def _wrong(pipeline: Pipeline, known: Mapping[str, str]) -> Iterator[Diagnostic]:
    for key, kind in known.items():
        if kind not in ACCELERATORS:
            names = ", ".join(f"`{name}`" for name in ACCELERATORS if name not in ENDED)
            facts = {"rule": f"{key}={kind}", "type": kind, "known": names}
            meant = _meant(kind)
            yield rules.WRONG_ACCELERATOR.at(pipeline.origin, **facts, meant=meant)


def _meant(kind: str) -> str:
    """The type that is meant: of the same model, else one with a similar name."""
    from translator.diagnostics.spelling import closest

    known = [name for name in ACCELERATORS if name not in ENDED]
    model = kind.upper().replace("-", "_").rpartition("_")[2]
    of_model = [name for name in known if name.rpartition("_")[2] == model]
    return of_model[0] if len(of_model) == 1 else closest(kind, known)
