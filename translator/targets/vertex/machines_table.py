"""The section of ``REPORT.md`` about machine types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Container, ExecutorRef, walk_tasks
from translator.quantities import cores, gigabytes, integer
from translator.targets.base import Table
from translator.targets.vertex.accelerator_types import ACCELERATORS
from translator.targets.vertex.machine_types import DEFAULT, TPUS, smallest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.model import Accelerator, Amount, Pipeline, Resources

__all__ = ["machines"]

_ABOUT = (
    "Vertex AI selects the machine type of a task by its CPU, memory and accelerator. The smallest "
    "type that fits, by Google's tables of 2026-11-23 and with gigabytes of 10⁹ bytes, is an "
    f"estimate of it. Tasks that request none of them run on `{DEFAULT}`."
)
#: What is shown for a value that is known at run time only.
_LATER = "at run time"


def machines(pipeline: Pipeline) -> Iterator[Table]:
    """The table of the tasks that request CPU, memory or an accelerator, if there are any."""
    known = {
        label: (*shown, _LATER if _LATER in shown else _machine(one.resources))
        for label, one in pipeline.executors.items()
        if isinstance(one, Container)
        and one.resources is not None
        and any(shown := _requests(one.resources))
    }
    rows = []
    for _, name, task in walk_tasks(pipeline) if known else ():
        component = pipeline.components.get(task.component)
        body = component.body if component is not None else None
        if isinstance(body, ExecutorRef) and body.label in known:
            rows.append((name, *known[body.label]))
    if rows:
        columns = ("task", "CPU", "memory", "accelerator", "machine type")
        yield Table("Machines", _ABOUT, columns, tuple(rows))


def _requests(resources: Resources) -> tuple[str, str, str]:
    """CPU, memory and accelerator as in the file; empty for what is not set."""
    cpu, memory = _amounts(resources)
    return _shown(cpu), _shown(memory, " GB"), _accelerator(resources.accelerator)


def _machine(resources: Resources) -> str:
    """The machine type."""
    cpu, memory = _amounts(resources)
    known = _number(cpu, cores), _number(memory, gigabytes)
    accelerator = resources.accelerator
    kind = "" if accelerator is None else str(accelerator.type or "")
    count = 0 if accelerator is None else integer(str(accelerator.count or "1"))
    if known[0] is None or known[1] is None or count is None:
        return "unknown: invalid amount"
    if count and kind not in ACCELERATORS:
        return "unknown: no accelerator type of Vertex AI"
    if count and kind in TPUS:
        return TPUS[kind]
    return smallest(known[0], known[1], kind if count else "", count) or "none in the tables"


def _amounts(resources: Resources) -> tuple[Amount | None, Amount | None]:
    """CPU and memory: the limits, or the requests, which become limits."""
    cpu = resources.cpu_limit or resources.cpu_request
    return cpu, resources.memory_limit or resources.memory_request


def _accelerator(accelerator: Accelerator | None) -> str:
    if accelerator is None:
        return ""
    kind, count = str(accelerator.type or ""), str(accelerator.count or "1")
    if "{{" in kind + count:
        return _LATER
    return f"{count} × {kind}" if kind else count


def _number(amount: Amount | None, read: Callable[[str], float | None]) -> float | None:
    """The amount; None for an invalid one."""
    if amount is None:
        return 0
    if amount.number is not None:
        return amount.number
    return None if amount.text is None else read(str(amount.text))


def _shown(amount: Amount | None, unit: str = "") -> str:
    if amount is None:
        return ""
    if amount.text is None:
        return f"{amount.number:g}{unit}"
    return _LATER if amount.text.placeholders() else str(amount.text)
