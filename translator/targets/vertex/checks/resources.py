"""Checks of the CPU, memory and accelerators that containers request."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model.channels import author_name
from translator.quantities import cores, gigabytes
from translator.targets.vertex.accelerator_types import ACCELERATORS, ENDED, key_of, proposal
from translator.targets.vertex.features import containers
from translator.targets.vertex.machine_types import MAX_CORES, MAX_GIGABYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Amount, Pipeline, Resources


def resources(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Findings about amounts, and then about accelerators."""
    for check in (_too_much, _run_time_amounts, _requests_as_limits, _accelerators):
        yield from check(pipeline)


def _too_much(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """More CPU or memory than a step can have."""
    for container in containers(pipeline):
        resources = container.resources
        if resources is None:
            continue
        cpu = _number(resources.cpu_limit or resources.cpu_request, cores)
        memory = _number(resources.memory_limit or resources.memory_request, gigabytes)
        if cpu is not None and cpu > MAX_CORES:
            yield rules.TOO_MUCH_CPU.at(resources.origin, amount=f"{cpu:g}", limit=MAX_CORES)
        if memory is not None and memory > MAX_GIGABYTES:
            facts = {"amount": f"{memory:g}", "limit": MAX_GIGABYTES}
            yield rules.TOO_MUCH_MEMORY.at(resources.origin, **facts)


def _run_time_amounts(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Amounts and accelerators that come from an input at run time."""
    for container in containers(pipeline):
        resources = container.resources
        if resources is None:
            continue
        known = [(resource, one.text, one.origin) for resource, one in _amounts(resources) if one]
        if (accelerator := resources.accelerator) is not None:
            known.append(("accelerator type", accelerator.type, accelerator.origin))
            known.append(("number of accelerators", accelerator.count, accelerator.origin))
        for resource, text, origin in known:
            if text is not None and (found := text.placeholders()):
                names = (author_name(p.name) or str(p) for p in found)
                inputs = ", ".join(f"`{name}`" for name in names)
                at = origin or resources.origin
                yield rules.RUN_TIME_AMOUNT.at(at, resource=resource, inputs=inputs)


def _amounts(resources: Resources) -> Iterator[tuple[str, Amount | None]]:
    """Names and amounts that apply: limits, or requests without a limit."""
    for resource, limit, request in (
        ("CPU", resources.cpu_limit, resources.cpu_request),
        ("memory", resources.memory_limit, resources.memory_request),
    ):
        yield f"{resource} {'limit' if limit else 'request'}", limit or request


def _requests_as_limits(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Requests that the writer turns into limits, because there is no limit."""
    for container in containers(pipeline):
        resources = container.resources
        if resources is None:
            continue
        for resource, amount in _amounts(resources):
            if amount is not None and resource.endswith("request"):
                facts = {"resource": resource.split()[0], "amount": _shown(amount)}
                yield rules.REQUEST_AS_LIMIT.at(amount.origin or resources.origin, **facts)


def _shown(amount: Amount) -> str:
    return f"`{amount.text if amount.text is not None else f'{amount.number:g}'}`"


def _number(amount: Amount | None, read: Callable[[str], float | None]) -> float | None:
    if amount is None or amount.number is not None or amount.text is None:
        return None if amount is None else amount.number
    return None if amount.text.placeholders() else read(str(amount.text))


def _accelerators(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Accelerators of no, unknown or retired kind, or in a number that no machine has."""
    for container in containers(pipeline):
        accelerator = container.resources.accelerator if container.resources else None
        kind = str(accelerator.type) if accelerator and accelerator.type else ""
        if accelerator is None or "{{" in kind:
            continue
        key = key_of(accelerator)
        facts: dict[str, object] = {
            "type": kind,
            "decision": quote(f"{key}={proposal(key) or 'TYPE'}"),
        }
        if "/" in kind or kind.lower() in ("", "gpu"):
            facts["type"] = kind or "any"
            yield rules.NO_ACCELERATOR_TYPE.at(accelerator.origin, **facts)
        elif kind in ENDED:
            yield rules.ACCELERATOR_ENDED.at(accelerator.origin, since=ENDED[kind], **facts)
        elif kind not in ACCELERATORS:
            yield rules.UNKNOWN_ACCELERATOR.at(accelerator.origin, **facts)
        else:
            count = str(accelerator.count or "1")
            allowed = ", ".join(map(str, ACCELERATORS[kind]))
            if "{{" not in count and count not in allowed.split(", "):
                facts = {"count": count, "type": kind, "allowed": allowed}
                yield rules.ACCELERATOR_COUNT.at(accelerator.origin, **facts)
