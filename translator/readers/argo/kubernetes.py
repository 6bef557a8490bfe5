"""The parts of a template that are Kubernetes' own: resources, environment, retries, settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Accelerator, Amount, Caching, EnvVariable, Resources, Retry, Setting
from translator.placeholders import Text
from translator.readers.argo.document import scalar_text
from translator.readers.argo.metadata import PREFIX, is_kfps

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.readers.argo.document import Template
    from translator.source import Cursor

ACCELERATOR_LABEL = "cloud.google.com/gke-accelerator"
_GPU = "nvidia.com/gpu"
#: Fields of a template that other functions read; every other one is a setting.
_TEMPLATE_FIELDS = frozenset(
    {
        "name",
        "container",
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
_CONTAINER_FIELDS = frozenset({"image", "command", "args", "name", "source"})
#: A duration of ISO 8601 that is none: ``P0D``, ``PT0S``.
_NO_TIME = re.compile(r"P(?:0+[YMWD])*(?:T(?:0+[HMS])+)?")
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def resources(
    container: Cursor, template: Template, text_of: Callable[[str, Cursor], Text]
) -> Resources | None:
    """CPU, memory and accelerators of a container. ``text_of`` reads text with references."""
    found = container.find("resources")
    if found is None:
        return None
    limits, requests = found.find("limits"), found.find("requests")
    return Resources(
        cpu_limit=_amount(limits, "cpu", text_of),
        cpu_request=_amount(requests, "cpu", text_of),
        memory_limit=_amount(limits, "memory", text_of),
        memory_request=_amount(requests, "memory", text_of),
        accelerator=_accelerator(limits, template, text_of),
        origin=found.origin,
    )


def _amount(
    cursor: Cursor | None, key: str, text_of: Callable[[str, Cursor], Text]
) -> Amount | None:
    amount = None if cursor is None else scalar_text(cursor, key)
    if cursor is None or amount is None:
        return None
    place = cursor.child(key)
    return Amount(text=text_of(amount, place), origin=place.origin)


def _accelerator(
    limits: Cursor | None, template: Template, text_of: Callable[[str, Cursor], Text]
) -> Accelerator | None:
    """The number from the limits, the kind from the node selector, as kfp 2 writes them."""
    count = None if limits is None else scalar_text(limits, _GPU)
    if limits is None or count is None:
        return None
    place = limits.child(_GPU)
    selector = template.cursor.find("nodeSelector")
    label = None if selector is None else scalar_text(selector, ACCELERATOR_LABEL)
    kind = label.upper().replace("-", "_") if label and "{{" not in label else label or _GPU
    return Accelerator(type=text_of(kind, place), count=text_of(count, place), origin=place.origin)


def environment(
    container: Cursor, unread: frozenset[str] = frozenset()
) -> tuple[list[tuple[EnvVariable, str, Cursor]], tuple[Setting, ...]]:
    """The variables with the text of their value, and those that Kubernetes looks up elsewhere.

    Those named in ``unread`` are left out.
    """
    found = container.find("env")
    variables: list[tuple[EnvVariable, str, Cursor]] = []
    settings: list[Setting] = []
    for entry in () if found is None else found.elements():
        written = entry.get("name").peek()
        if isinstance(written, str) and written in unread:
            continue
        elif entry.find("valueFrom") is not None:
            settings.append(Setting(name="env", value=entry.setting(), origin=entry.origin))
        else:
            variable = EnvVariable(name=entry.take("name", str), value=Text(), origin=entry.origin)
            variables.append((variable, scalar_text(entry, "value") or "", entry))
    return variables, tuple(settings)


def settings(container: Cursor, template: Template) -> tuple[Setting, ...]:
    """All else that the container and its pod say."""
    found = [
        Setting(name=key, value=entry.setting(), origin=entry.origin)
        for key, entry in container.items()
        if key not in _CONTAINER_FIELDS | {"env", "resources"}
    ]
    found += _other_resources(container)
    found += [
        Setting(name=key, value=entry.setting(), origin=entry.origin)
        for key, entry in template.cursor.items()
        if key not in _TEMPLATE_FIELDS
    ]
    found += _pod_metadata(template)
    selector = template.cursor.get("nodeSelector").get(ACCELERATOR_LABEL)
    if container.get("resources").get("limits").get(_GPU).peek() is not None:
        selector.rewritten()  # it is the accelerator's type
    return tuple(found)


def _other_resources(container: Cursor) -> list[Setting]:
    resources_ = container.find("resources")
    known = {"limits": {"cpu", "memory", _GPU}, "requests": {"cpu", "memory"}}
    settings_: list[Setting] = []
    for key, names in known.items():
        found = None if resources_ is None else resources_.find(key)
        for name, entry in () if found is None else found.items():
            if name not in names:
                value = {name: entry.setting()}
                settings_.append(Setting(name=f"resources.{key}", value=value, origin=entry.origin))
    return settings_


def _pod_metadata(template: Template) -> list[Setting]:
    metadata = template.cursor.find("metadata")
    settings_: list[Setting] = []
    for key in ("annotations", "labels"):
        found = None if metadata is None else metadata.find(key)
        for name, entry in () if found is None else found.items():
            if not is_kfps(name):
                value = {name: entry.setting()}
                settings_.append(Setting(name=f"metadata.{key}", value=value, origin=entry.origin))
    return settings_


def caching(template: Template) -> Caching:
    """Whether earlier results may be used: yes, unless a label or annotation says otherwise.

    The backend's webhook labels every pod of KFP for caching (kfp 1.x, cache/server/mutation.go).
    """
    about = template.cursor.get("metadata")
    labels, annotations = about.get("labels"), about.get("annotations")
    age = annotations.get(PREFIX + "max_cache_staleness")
    said = [labels.get(PREFIX + "enable_caching"), labels.get(PREFIX + "cache_enabled")]
    offs = [place for place in said if place.peek() in ("false", False)]
    offs += [age] * (_NO_TIME.fullmatch(str(age.peek())) is not None)
    if not offs:
        if age.peek() is not None:
            age.report(rules.CACHE_AGE, age=age.peek())
        return Caching(enabled=True)
    for place in (*said, age):
        if offs != [place]:
            place.inert()  # another one says so already
    return Caching(enabled=False)


def retry(template: Template) -> Retry | None:
    """``retryStrategy`` as a retry policy."""
    found = template.cursor.find("retryStrategy")
    if found is None:
        return None
    limit = scalar_text(found, "limit")
    if limit is None or not limit.isdigit():
        found.report(rules.NOT_TRANSLATED, what="a retry limit that is not a number")
    policy = found.take("retryPolicy", str, "")
    if policy not in ("", "Always", "OnFailure"):
        found.child("retryPolicy").report(rules.RETRY_POLICY, policy=policy)
    else:
        found.get("retryPolicy").inert()  # what KFP v2 does
    if (expression := found.find("expression")) is not None:
        expression.drop(rules.NOT_TRANSLATED, what="a retry expression")
    backoff = found.find("backoff")
    if backoff is not None and (longest := backoff.find("maxDuration")) is not None:
        longest.report(rules.RETRY_TIME)
    return Retry(
        max_retries=int(limit) if limit and limit.isdigit() else None,
        backoff_seconds=_seconds(backoff, "duration"),
        backoff_factor=_factor(backoff),
        max_backoff_seconds=_seconds(backoff, "maxDuration"),
        origin=found.origin,
    )


def _factor(backoff: Cursor | None) -> float | None:
    written = None if backoff is None else scalar_text(backoff, "factor")
    try:
        return None if written is None else float(written)
    except ValueError:
        assert backoff is not None
        backoff.child("factor").report(rules.NOT_TRANSLATED, what=f"the factor `{written}`")
        return None


def _seconds(backoff: Cursor | None, key: str) -> float | None:
    """Argo's duration, ``5`` or ``2m`` or ``1h30m``, in seconds."""
    written = None if backoff is None else scalar_text(backoff, key)
    if backoff is None or not written:
        return None
    match = _DURATION.fullmatch(written)
    if match is None:
        backoff.child(key).report(rules.NOT_TRANSLATED, what=f"the duration `{written}`")
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
