"""Checks of containers: resources, accelerators, environment variables, packages."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Container
from translator.model.channels import author_name
from translator.platforms import DRIVER_IMAGES
from translator.quantities import cores, gigabytes
from translator.targets.vertex.accelerator_types import ACCELERATORS, ENDED, key_of, proposal
from translator.targets.vertex.machine_types import MAX_CORES, MAX_GIGABYTES
from translator.targets.vertex.structs import unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Amount, Pipeline, Resources

#: Environment variables of one container (ContainerSpec.env of the API).
MAX_VARIABLES = 100
#: The arguments of `pip install`, on its own line; quoted, as kfp quotes it.
_INSTALL = r"pip\S{0,20} install ([^\n&|;]*)"
_LOOSE = r"'([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]']*\])?)'"
#: Variables that `set_debug_pause` of kfp-kubernetes sets to `true`.
_PAUSES = ("ARGO_DEBUG_PAUSE_BEFORE", "ARGO_DEBUG_PAUSE_AFTER")


def containers(pipeline: Pipeline) -> Iterator[Container]:
    """The executors that run a container."""
    for executor in pipeline.executors.values():
        if isinstance(executor, Container):
            yield executor


def amounts(pipeline: Pipeline) -> Iterator[Diagnostic]:
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


def run_time_amounts(pipeline: Pipeline) -> Iterator[Diagnostic]:
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


def requests_as_limits(pipeline: Pipeline) -> Iterator[Diagnostic]:
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


def accelerators(pipeline: Pipeline) -> Iterator[Diagnostic]:
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


def environment(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Environment variables that Vertex AI rejects or does not resolve."""
    for container in containers(pipeline):
        if (count := len(container.env)) > MAX_VARIABLES:
            facts = {"count": count, "limit": MAX_VARIABLES}
            yield rules.TOO_MANY_VARIABLES.at(container.origin, **facts)
        for variable in container.env:
            if variable.value.placeholders():
                yield rules.ENVIRONMENT_PLACEHOLDER.at(variable.origin, name=variable.name)
            elif not str(variable.value):
                yield rules.EMPTY_ENVIRONMENT.at(variable.origin, name=variable.name)


def run_time_images(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Images that are known at run time only."""
    for container in containers(pipeline):
        if container.image.placeholders():
            yield rules.IMAGE_PLACEHOLDER.at(container.origin, image=container.image)


def moving_images(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Images with a mutable tag."""
    for container in containers(pipeline):
        image = str(container.image)
        name = image.rpartition("/")[2]
        if "{{" in image or "@" in image or image in DRIVER_IMAGES:
            continue
        if name.partition(":")[2] in ("", "latest"):
            yield rules.MOVING_IMAGE.at(container.origin, image=image)


def loose_installs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Packages that are installed, unpinned, when the container starts."""
    for container in containers(pipeline):
        packages = sorted(
            {
                package
                for word in (*container.command, *container.args)
                for line in _installs(str(word))
                for package in re.findall(_LOOSE, line)
            }
        )
        if packages:
            yield rules.LOOSE_INSTALL.at(container.origin, packages=", ".join(packages))


def _installs(word: str) -> list[str]:
    """The arguments of each `pip install`."""
    return re.findall(_INSTALL, word) if " install " in word else []


def unresolved_structs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """JSON of ``IfPresent`` and ``Concat`` that the writer cannot resolve."""
    for label, container, name in unresolved(pipeline):
        why = (
            f"whether input `{name}` has a value is not known"
            if name
            else "kfp has no such placeholder"
        )
        yield rules.UNRESOLVED_STRUCT.at(container.origin, label=label, why=why)


def debug_pauses(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Pauses for debugging, which Argo implements."""
    for label, executor in pipeline.executors.items():
        for variable in executor.env if isinstance(executor, Container) else ():
            if variable.name in _PAUSES and str(variable.value) == "true":
                at = variable.origin or executor.origin
                yield rules.DEBUG_PAUSE.at(at, name=variable.name, label=label)
