"""Kubernetes settings of a template: resources, retries, caching, and all others."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Accelerator, Amount, Caching, Resources, Retry, Setting
from translator.readers.argo.annotations import PREFIX, is_kfps
from translator.readers.argo.reading import scalar_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.model import Container
    from translator.placeholders import Text
    from translator.readers.argo.workflow import Template
    from translator.source import Cursor

ACCELERATOR_LABEL = "cloud.google.com/gke-accelerator"
_GPU = "nvidia.com/gpu"
#: The labels that turn caching off.
_SWITCHES = (PREFIX + "enable_caching", PREFIX + "cache_enabled")
_SELECTOR = "nodeSelector"
#: Fields of a template that other functions read; all others are settings.
_TEMPLATE_FIELDS = frozenset(
    {
        "name",
        "container",
        "daemon",
        "dag",
        "inputs",
        "outputs",
        "metadata",
        "retryStrategy",
        "resource",
        "script",
        "steps",
    }
)
_CONTAINER_FIELDS = frozenset({"image", "command", "args", "name", "source", "workingDir"})
#: Fields of a container that a patch must not change: what it runs.
_PROGRAM = frozenset({"image", "command", "args", "env", "envFrom", "workingDir"})
#: An ISO 8601 duration of zero: ``P0D``, ``PT0S``.
_NO_TIME = r"P(?:0+[YMWD])*(?:T(?:0+[HMS])+)?"
_DURATION = r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?"
_FACTOR = r"[0-9]+(?:\.[0-9]+)?"


def resources(
    container: Cursor, template: Template, text_of: Callable[[str, Cursor], Text]
) -> Resources | None:
    """CPU, memory and accelerators of a container. ``text_of`` reads text with references."""
    patch = pod_patch(template)
    containers = [container] if patch is None else [*_main_containers(patch), container]
    found = [place for one in containers if (place := one.find("resources")) is not None]
    if not found:
        return None
    limits, requests = _each(found, "limits"), _each(found, "requests")
    selectors = _each([template.cursor] if patch is None else [patch, template.cursor], _SELECTOR)
    return Resources(
        cpu_limit=_amount(limits, "cpu", text_of),
        cpu_request=_amount(requests, "cpu", text_of),
        memory_limit=_amount(limits, "memory", text_of),
        memory_request=_amount(requests, "memory", text_of),
        accelerator=_accelerator(limits, selectors, text_of),
        origin=found[0].origin,
    )


def pod_patch(template: Template) -> Cursor | None:
    """``podSpecPatch``, JSON or YAML that is merged into the pod; None if it cannot be read.

    Argo resolves references before it parses the text, so the value of one without quotes can be
    any JSON or YAML.
    """
    found = template.cursor.find("podSpecPatch")
    return found if found is not None and opened_patch(found) else None


def opened_patch(found: Cursor) -> bool:
    """Whether a ``podSpecPatch`` is a mapping. Text is parsed, and replaced by its content."""
    if found.kind == "scalar":
        found.embedded(or_yaml=True)
    return found.kind == "mapping"


def _main_containers(patch: Cursor) -> list[Cursor]:
    """The entries for the main container of the pod."""
    found = patch.find("containers")
    if found is None or found.kind != "sequence":
        return []
    return [entry for entry in found.elements() if entry.get("name").peek() == "main"]


def _each(owners: list[Cursor], key: str) -> list[Cursor]:
    return [found for owner in owners if (found := owner.find(key)) is not None]


def _first(owners: list[Cursor], key: str) -> tuple[str, Cursor] | None:
    """The scalar of the first owner that has the key, which overrides those of the others."""
    found = [(text, one) for one in owners if (text := scalar_text(one, key)) is not None]
    for _, hidden in found[1:]:
        hidden.child(key).rewritten()
    return (found[0][0], found[0][1].child(key)) if found else None


def _amount(
    owners: list[Cursor], key: str, text_of: Callable[[str, Cursor], Text]
) -> Amount | None:
    if (found := _first(owners, key)) is None:
        return None
    amount, place = found
    return Amount(text=text_of(amount, place), origin=place.origin)


def _accelerator(
    limits: list[Cursor], selectors: list[Cursor], text_of: Callable[[str, Cursor], Text]
) -> Accelerator | None:
    """The number from the limits, the kind from the node selector, as kfp 2 writes them."""
    if (found := _first(limits, _GPU)) is None:
        return None
    count, place = found
    labelled = _first(selectors, ACCELERATOR_LABEL)
    label = labelled[0] if labelled else None
    kind = label.upper().replace("-", "_") if label and "{{" not in label else label or _GPU
    return Accelerator(type=text_of(kind, place), count=text_of(count, place), origin=place.origin)


def account_credentials(container: Cursor, executor: Container) -> None:
    """Marks variables with a path in a volume of credentials, which are kept or dropped with it."""
    if not executor.pod.mounts:
        return
    from translator.mounts import credentials

    lost = credentials(executor)
    for entry in container.get("env").elements() if lost else ():
        if entry.get("name").peek() in lost:
            for key in ("name", "value"):
                entry.get(key).setting()


def settings(container: Cursor, template: Template) -> tuple[Setting, ...]:
    """All fields of the container and its pod that no other function reads.

    Of two values of a setting, the first one applies: of a patch before what it patches, and of the
    container before the pod.
    """
    patch = pod_patch(template)
    of_container, of_pod = ([], []) if patch is None else patch_settings(patch)
    of_container += _container_settings(container, _CONTAINER_FIELDS | {"env"})
    of_pod += [
        _setting(key, entry)
        for key, entry in template.cursor.items()
        if key not in _TEMPLATE_FIELDS and not (patch is not None and key == "podSpecPatch")
    ]
    of_pod += _pod_metadata(template)
    _account_accelerator(container, template, patch)
    return (*of_container, *of_pod)


def patch_settings(patch: Cursor) -> tuple[list[Setting], list[Setting]]:
    """The fields of a ``podSpecPatch`` for the main container and for its pod."""
    of_container: list[Setting] = []
    of_pod = [
        _setting(key, entry)
        for key, entry in patch.items()
        if key != "containers" or entry.kind != "sequence"
    ]
    containers = patch.get("containers")
    for entry in containers.elements() if containers.kind == "sequence" else ():
        if entry.get("name").peek() == "main":
            entry.get("name").rewritten()
            for key in sorted(_PROGRAM & entry.keys()):
                what = f"`{key}` of the main container in `podSpecPatch`"
                entry.child(key).drop(rules.NOT_TRANSLATED, what=what)
            of_container += _container_settings(entry, _PROGRAM | {"name"})
        else:
            of_pod.append(_setting("containers", entry))
    return of_container, of_pod


def _setting(name: str, entry: Cursor) -> Setting:
    return Setting(name=name, value=entry.setting(), origin=entry.origin)


def _container_settings(container: Cursor, read: frozenset[str]) -> list[Setting]:
    """Fields of a container that no other function reads, and its other resources."""
    found = [
        _setting(key, entry)
        for key, entry in container.items()
        if key != "resources" and key not in read
    ]
    return found + _other_resources(container)


def _account_accelerator(container: Cursor, template: Template, patch: Cursor | None) -> None:
    """Marks the node's label that became the accelerator's type."""
    mains = [] if patch is None else _main_containers(patch)
    having = [one.get("resources") for one in (container, *mains) if "resources" in one]
    limits = [resources_.get("limits").get(_GPU).peek() for resources_ in having]
    if any(limit is not None for limit in limits):
        for pod in (template.cursor, *([] if patch is None else [patch])):
            pod.get("nodeSelector").get(ACCELERATOR_LABEL).rewritten()


def _other_resources(container: Cursor) -> list[Setting]:
    if (resources_ := container.find("resources")) is None:
        return []
    known = {"limits": {"cpu", "memory", _GPU}, "requests": {"cpu", "memory"}}
    settings_: list[Setting] = []
    for key, names in known.items():
        found = resources_.find(key)
        for name, entry in () if found is None else found.items():
            if name not in names:
                value = {name: entry.setting()}
                settings_.append(Setting(name=f"resources.{key}", value=value, origin=entry.origin))
    return settings_


def _pod_metadata(template: Template) -> list[Setting]:
    metadata = template.cursor.find("metadata")
    settings_: list[Setting] = []
    for key in ("annotations", "labels"):
        if metadata is None or (found := metadata.find(key)) is None:
            continue
        names = found.keys()
        for name in names:
            if not is_kfps(name):
                entry = found.get(name)
                value = {name: entry.setting()}
                settings_.append(Setting(name=f"metadata.{key}", value=value, origin=entry.origin))
    return settings_


def policies(template: Template) -> tuple[Caching, Retry | None]:
    """The caching options and the retry policy of a template."""
    return _caching(template), retry(template)


def _caching(template: Template) -> Caching:
    """Whether cached results may be used: yes, unless a label or annotation turns it off.

    The backend's webhook turns caching on for every pod of KFP (kfp 1.x,
    cache/server/mutation.go).
    """
    metadata = template.cursor.get("metadata")
    labels, annotations = metadata.get("labels"), metadata.get("annotations")
    age = annotations.get(PREFIX + "max_cache_staleness")
    present = labels.keys()
    switches = [labels.get(key) for key in _SWITCHES if key in present]
    offs = [place for place in switches if place.peek() in ("false", False)]
    written = age.peek()
    if written is not None and re.fullmatch(_NO_TIME, str(written)):
        offs.append(age)
    if not offs:
        if written is not None:
            age.report(rules.CACHE_AGE, age=written)
        return Caching(enabled=True)
    for place in (*switches, age):
        if offs != [place]:
            place.inert()  # another one has turned it off
    return Caching(enabled=False)


def retry(template: Template) -> Retry | None:
    """``retryStrategy`` as a retry policy."""
    found = template.cursor.find("retryStrategy")
    if found is None:
        return None
    from translator.quantities import integer

    limit = integer(scalar_text(found, "limit") or "")
    if limit is None or limit < 0:
        found.report(rules.NOT_TRANSLATED, what="a retry limit that is not a number of 32 bits")
    policy = found.take("retryPolicy", str, "")
    if policy not in ("", "Always", "OnFailure"):
        found.child("retryPolicy").report(rules.RETRY_POLICY, policy=policy)
    else:
        found.get("retryPolicy").inert()  # the behaviour of KFP v2
    if (expression := found.find("expression")) is not None:
        expression.drop(rules.NOT_TRANSLATED, what="a retry expression")
    backoff = found.find("backoff")
    if backoff is not None and (longest := backoff.find("maxDuration")) is not None:
        longest.report(rules.RETRY_TIME)
    return Retry(
        max_retries=limit,
        backoff_seconds=_seconds(backoff, "duration"),
        backoff_factor=_factor(backoff),
        max_backoff_seconds=_seconds(backoff, "maxDuration"),
        origin=found.origin,
    )


def _factor(backoff: Cursor | None) -> float | None:
    written = None if backoff is None else scalar_text(backoff, "factor")
    if backoff is None or written is None:
        return None
    if re.fullmatch(_FACTOR, written) and math.isfinite(factor := float(written)):
        return factor
    backoff.child("factor").report(rules.NOT_TRANSLATED, what=f"the factor `{written}`")
    return None


def _seconds(backoff: Cursor | None, key: str) -> float | None:
    """A duration of Argo, ``5`` or ``2m`` or ``1h30m``, in seconds."""
    written = None if backoff is None else scalar_text(backoff, key)
    if backoff is None or not written:
        return None
    if (match := re.fullmatch(_DURATION, written, re.ASCII)) is not None:
        from translator.quantities import MAX_SECONDS

        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        if (total := hours * 3600 + minutes * 60 + seconds) <= MAX_SECONDS:
            return total
    backoff.child(key).report(rules.NOT_TRANSLATED, what=f"the duration `{written}`")
    return None
