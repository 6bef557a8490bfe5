"""Dependencies that no value implies, as ``.after()`` of a call.

kfp takes a dependency between two calls to the DAG that holds both: it is one between the groups,
or calls, there (``get_dependencies`` in kfp/compiler/compiler_utils.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.nodes import (
    Branches,
    Call,
    Collected,
    Exit,
    Loop,
    OneOf,
    Output,
    calls_in,
    sources_in,
    walk,
)
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.nodes import Node, Path, Value
    from translator.model import Task

__all__ = ["producers", "with_waits"]


def producers(value: Value) -> tuple[Path, ...]:
    """The calls whose outputs a value is."""
    match value:
        case Output():
            return (value.call,)
        case Collected():
            return (value.of.call,)
        case OneOf():
            return tuple(one.call for one in value.of)
    return ()


def with_waits(nodes: Sequence[Node], tasks: Mapping[Path, Mapping[str, Task]]) -> list[Node]:
    """The nodes, with what each call has to name in ``.after()``.

    ``tasks`` has the tasks of each DAG that is written in the function.
    """
    written = {node.path: node for node in reversed([*walk(nodes)])}
    found: dict[Path, list[Path]] = {}
    for path, of_dag in tasks.items():
        for name, task in of_dag.items():
            for upstream in task.depends_on:
                edge = _edge(written, (*path, name), (*path, upstream))
                if edge is not None:
                    found.setdefault(edge[0], []).append(edge[1])
    return [_waiting(node, found) for node in nodes]


def _edge(written: Mapping[Path, Node], name: Path, upstream: Path) -> tuple[Path, Path] | None:
    """The call that waits, and what it waits for; None if a value implies that."""
    node, before = _node(written, name), _node(written, upstream)
    if node is None or before is None or _is_exit_task(before, name):
        return None
    size = len(upstream)
    for _, value in sources_in([node]):
        if any(one[:size] == upstream for one in producers(value)):
            return None
    first = next((one.path for one in calls_in([node])), None)
    last = _last(before)
    return None if first is None or last is None else (first, last)


def _node(written: Mapping[Path, Node], path: Path) -> Node | None:
    found = written.get(path)
    if found is not None or len(path) < 2:
        return found
    # A branch next to others of its If.
    holders = (one for one in written.values() if isinstance(one, Branches))
    return next(
        (one for one in holders if any(branch.path == path for branch in one.branches)), None
    )


def _is_exit_task(node: Node, name: Path) -> bool:
    return isinstance(node, Exit) and node.exit_task.path == name


def _last(node: Node) -> Path | None:
    """What to name in ``.after()`` for a node."""
    if isinstance(node, (Call, Exit)):
        return node.path
    calls = [*calls_in([node])]
    return calls[-1].path if calls else None


def _waiting(node: Node, found: Mapping[Path, list[Path]]) -> Node:
    match node:
        case Call():
            after = tuple(dict.fromkeys(found.get(node.path, ())))
            return replace(node, after=after) if after else node
        case Loop():
            return replace(node, body=_all(node.body, found))
        case Exit():
            return replace(node, body=_all(node.body, found))
        case Branches():
            branches = [replace(one, body=_all(one.body, found)) for one in node.branches]
            return replace(node, branches=tuple(branches), rest=_all(node.rest, found))


def _all(nodes: Sequence[Node], found: Mapping[Path, list[Path]]) -> tuple[Node, ...]:
    return tuple(_waiting(one, found) for one in nodes)
