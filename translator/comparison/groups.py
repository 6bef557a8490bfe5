"""Groups without an effect: without the DAG, its tasks run at the same time, on the same values.

A compiler or an author can put tasks into a nested pipeline. The driver of KFP starts its tasks
after those that the group waits for, and the group has ended when all of them have. If nothing else
depends on the group, the tasks in it do the same in the DAG around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.comparison.values import dag_output, declared_type, input_value, type_of
from translator.model import Parameter, Strategy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from translator.comparison.instances import Instance
    from translator.comparison.sources import Value
    from translator.model import Artifact, DagOutput

__all__ = ["only_wraps", "unwrapped"]

#: Types of constants → the types of parameters that keep them.
_KEPT = {
    bool: ("BOOLEAN",),
    int: ("NUMBER_INTEGER", "NUMBER_DOUBLE"),
    float: ("NUMBER_DOUBLE",),
    list: ("LIST",),
    dict: ("STRUCT",),
}


def only_wraps(one: Instance) -> bool:
    """Whether a task runs a DAG, always and once, and changes no value that passes it.

    ``unwrapped`` looks at what depends on it.
    """
    task, component = one.task, one.component
    if task is None or one.dag is None or not one.children:
        return False
    special = (task.iterator, task.trigger, task.retry, task.parallelism)
    of_component = (component.config_passthroughs, component.platform_specs)
    if any(part is not None for part in special) or any(of_component):
        return False
    if task.caching is not None and task.caching.key:
        return False
    unknown = [name for child in (one, *one.children.values()) for name in child.unknown_upstream()]
    return not unknown and all(_is_kept(*passed) for passed in _passed_values(one))


def _passed_values(one: Instance) -> Iterator[tuple[Parameter | Artifact | None, Value]]:
    """What each input and output of a DAG declares, and its value."""
    assert one.dag is not None
    for kind in ("parameters", "artifacts"):
        for name, declared in getattr(one.component.inputs, kind).items():
            yield declared, input_value(one, kind, name)
        outputs: dict[str, DagOutput] = getattr(one.dag, f"{kind[:-1]}_outputs")
        for name, output in outputs.items():
            declared = getattr(one.component.outputs, kind).get(name)
            yield declared, dag_output(one, kind, output)


def _is_kept(declared: Parameter | Artifact | None, value: Value) -> bool:
    """Whether a value passes an input or output as it is."""
    if declared is None or isinstance(value, (sources.Missing, sources.OneOf)):
        return False
    if isinstance(declared, Parameter) and declared.literals is not None:
        return False
    return declared_type(declared) in _KEPT.get(type(value), (type_of(value),))


def unwrapped(one: Instance) -> bool:
    """Puts the tasks of a group that only wraps into the DAG around it, if they run as before.

    False, and nothing changes, if the group is skipped or succeeds when not all of its tasks do.
    """
    parent, tasks = one.parent, list(one.children.values())
    assert parent is not None
    siblings = [task for task in parent.children.values() if task is not one]
    users = [task for task in siblings if one in task.upstream()]
    if not _runs_as_before(tasks, users, is_first=not one.upstream()):
        return False
    waits = {task: _united(task.upstream(), one.upstream()) for task in tasks}
    for task in siblings:
        above = task.upstream()
        at = above.index(one) if one in above else len(above)
        waits[task] = _united(above[:at], tasks if one in above else (), above[at + 1 :])
    for task, found in waits.items():
        task.waits = found
    children: dict[str, Instance] = {}
    for name, child in parent.children.items():
        if child is not one:
            children[name] = child
        for inner, task in one.children.items() if child is one else ():
            children[f"{name}/{inner}"] = task
            task.parent, task.within = parent, (one.name, *task.within)
    parent.children = children
    return True


def _runs_as_before(
    tasks: Collection[Instance], users: Collection[Instance], *, is_first: bool
) -> bool:
    """Whether no task in a group can be skipped where the group is not, or run where it is not."""
    if any(one.task and one.task.trigger for one in tasks) and (users or not is_first):
        return False
    triggers = [one.task.trigger for one in users if one.task and one.task.trigger]
    return all(one.strategy is not Strategy.ALL_UPSTREAM_TASKS_COMPLETED for one in triggers)


def _united(*parts: Collection[Instance]) -> list[Instance]:
    return list(dict.fromkeys(one for part in parts for one in part))
