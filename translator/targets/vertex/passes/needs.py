"""Decisions that Vertex AI needs about tasks, images and defaults: where checks have findings."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

from translator.checks.texts import texts
from translator.decisions import Decided, Need
from translator.diagnostics import Diagnostic
from translator.model import Container, Resource
from translator.targets.vertex.checks.surroundings import is_local, signs_of_cluster, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decisions import Decisions
    from translator.diagnostics import Origin
    from translator.model import Executor, Json, Pipeline

__all__ = ["cluster_tasks", "key_of", "rule_for", "unreachable_values"]

#: Scheme and host, or bucket, up to a part that is known only at run time.
_START = r"\w+://[^/{]*/?|[^/{]+"


def cluster_tasks(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """A need for each task that uses the cluster and whose outputs no other task uses.

    A pipeline has to have a task, so its only one is not left out.
    """
    signs = signs_of_cluster(pipeline)
    reasons = {
        label: reason
        for label, executor in pipeline.executors.items()
        if (reason := _use_of_cluster(executor, signs.get(label, "")))
    }
    if not reasons:
        return Decided(pipeline)
    from translator.passes.needed_tasks import needed_tasks
    from translator.passes.task_names import matching, shown_names
    from translator.platforms import Scopes
    from translator.upstream import ROOT

    scopes = Scopes(pipeline)
    names, needed = shown_names(pipeline), needed_tasks(pipeline, scopes)
    found = {name: matching(pipeline, scopes, name) for name in decisions.dropped_tasks}
    chosen = {place: name for name, place in found.items() if not isinstance(place, Diagnostic)}
    needs = []
    for label, reason in reasons.items():
        for call in scopes.places.get(label, ()):
            place = call.holder, call.name
            is_last = len(scopes.tasks(ROOT)) == 1 and call.holder == ROOT
            if place not in needed and (place in chosen or not is_last):
                why = f"task `{names[place]}` {reason}"
                key = chosen.get(place, names[place])
                value = "true" if place in chosen else ""
                origins = (call.task.origin,)
                needs.append(Need("dropped_tasks", key, value, why, origins, is_own=True))
    return Decided(pipeline, needs=tuple(needs))


def _use_of_cluster(executor: Executor, sign: str) -> str:
    """How a task uses the cluster, as a part of a sentence; empty if it does not."""
    if isinstance(executor, Resource):
        from translator.checks.cluster_objects import Object

        facts = Object("", executor, None).facts
        return f"{facts['verb']} {facts['object']} in the cluster"
    return f"uses the cluster that it runs in (`{sign}`)" if sign else ""


def unreachable_values(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """A need for each image, default and other address that Vertex AI does not reach."""
    needs: dict[tuple[str, str], Need] = {}
    places: dict[tuple[str, str], dict[Origin | None, None]] = {}

    def add(kind: str, key: str, value: str, why: str, origin: Origin | None) -> None:
        needs.setdefault((kind, key), Need(kind, key, value, why, is_own=kind == "defaults"))
        places.setdefault((kind, key), {})[origin] = None

    for executor in pipeline.executors.values():
        if isinstance(executor, Container) and is_local(str(executor.image)):
            from translator.passes.images import rule_of

            image = str(executor.image)
            rule = rule_of(executor.image, decisions.images)
            why = f"image `{image}` is in a local or cluster-internal registry"
            add("images", rule or image, decisions.images.get(rule, ""), why, executor.origin)
    addresses = cache(unreachable)  # texts repeat
    for written in texts(pipeline):
        for address in addresses(written.text, written.is_value):
            name = written.parameter
            rule = rule_for(address, decisions.addresses)
            if rule or not name:
                why = f"`{address}` is an address that Vertex AI does not reach"
                value = decisions.addresses.get(rule, "")
                add("addresses", rule or key_of(address), value, why, written.origin)
                continue
            value = _text(decisions.defaults[name]) if name in decisions.defaults else ""
            why = f"input `{name}` has the default `{address}`, which Vertex AI does not reach"
            add("defaults", name, value, why, written.origin)
    found = (need._replace(origins=tuple(places[key])) for key, need in needs.items())
    return Decided(pipeline, needs=tuple(found))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def rule_for(address: str, known: Mapping[str, str]) -> str:
    """The longest key of decisions that an address begins with; empty if there is none."""
    return max((key for key in known if key and address.startswith(key)), key=len, default="")


def key_of(address: str) -> str:
    """The key of a new decision about an address: its scheme with host or bucket."""
    found = re.match(_START, address)
    return found[0] if found else address
