"""Dependencies that kfp's compiler refuses: on a task in a condition or exit handler from outside.

``get_dependencies`` in kfp/compiler/compiler_utils.py raises ``InvalidTopologyException`` for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.nodes import Branches, Call, Exit, sources_in, walk
from translator.decompiler.waits import producers
from translator.diagnostics import decompiler as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.decompiler.nodes import Flow, Node, Path
    from translator.diagnostics import Diagnostic, Origin

__all__ = ["refused"]


def refused(flow: Flow) -> Iterator[Diagnostic]:
    """A finding for each dependency that kfp's compiler refuses."""
    nodes = {node.path: node for node in reversed([*walk(flow.body)])}
    exits = {node.exit_task.path for node in nodes.values() if isinstance(node, Exit)}
    for node, upstream in _dependencies(flow):
        facts = {"task": node.path[-1], "upstream": upstream[-1]}
        group = _group(nodes, node.path, upstream)
        if upstream in exits:
            yield rules.EXIT_TASK.at(_origin(node), **facts)
        elif group is not None:
            kind = "If" if isinstance(group, Branches) else "ExitHandler"
            yield rules.OUTSIDE.at(_origin(node), group=kind, **facts)


def _dependencies(flow: Flow) -> Iterator[tuple[Node, Path]]:
    for node, value in sources_in(flow.body):
        yield from ((node, path) for path in producers(value))
    for node in walk(flow.body):
        if isinstance(node, Call):
            yield from ((node, path) for path in node.after)


def _group(nodes: Mapping[Path, Node], path: Path, upstream: Path) -> Node | None:
    """The group around the upstream task that the other one is not in, if kfp refuses that."""
    size = 0
    while size < min(len(path), len(upstream)) and path[size] == upstream[size]:
        size += 1
    around = nodes.get(upstream[: size + 1])
    if around is None:
        return None
    is_refused = (isinstance(around, Exit) and around.path != upstream) or (
        isinstance(around, Branches) and around.is_alone and around.wrapper is None
    )
    return around if is_refused else None


def _origin(node: Node) -> Origin | None:
    return node.branches[0].task.origin if isinstance(node, Branches) else node.task.origin
