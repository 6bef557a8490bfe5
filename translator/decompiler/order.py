"""The order in which an author writes tasks: after what they depend on, and otherwise as kfp has
numbered them.

kfp's compiler numbers tasks of one name, and groups, in the order of their calls: ``train`` is
called before ``train-2``, ``condition-1`` opens before ``for-loop-2``. Tasks without a connection
follow each other as in the file.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from translator.decompiler.nodes import Branches, Exit, leaks, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from translator.decompiler.nodes import Node
    from translator.model import Task

__all__ = [
    "is_branches_name",
    "is_group_name",
    "is_named",
    "not_of_groups",
    "ordered",
    "stem",
]

_GROUP = re.compile(r"(?:condition|condition-branches|for-loop|exit-handler)-\d+")
#: What kfp names groups → what a function is named instead.
_OTHERS = {
    "condition": "branch",
    "condition-branches": "branches",
    "for-loop": "loop",
    "exit-handler": "exit",
}


def is_group_name(name: str) -> bool:
    """Whether kfp's compiler gives such a name to a group."""
    return _GROUP.fullmatch(name) is not None


def not_of_groups(name: str) -> str:
    """The name for a function, changed if tasks of it could be named as groups are.

    kfp's compiler takes a task and a group of one name for one when it collects dependencies
    (``get_dependencies`` in kfp/compiler/compiler_utils.py).
    """
    kebab = re.sub(r"[^a-z0-9]+", "-", name.lower())
    match = re.fullmatch(rf"({'|'.join(_OTHERS)})(-\d+)?", kebab)
    return name if match is None else f"{_OTHERS[match[1]]}{match[2] or ''}"


def is_named(task: Task) -> bool:
    """Whether the author has named a group."""
    return bool(task.display_name) and not is_group_name(task.display_name)


def is_branches_name(name: str) -> bool:
    """Whether kfp's compiler gives such a name to an If with its Elifs."""
    return is_group_name(name) and name.startswith("condition-branches-")


def stem(name: str) -> tuple[str, int]:
    """The name without its number, and the number: 1 if there is none."""
    match = re.fullmatch(r"(.+?)-(\d+)", name)
    if match is None or int(match[2]) < 2:
        return name, 1
    return match[1], int(match[2])


def ordered(nodes: Sequence[Node], upstream: Mapping[str, Iterable[str]]) -> list[Node]:
    """The nodes of a DAG in order; ``upstream`` has the dependencies of its tasks."""
    owner = {name: i for i, node in enumerate(nodes) for name in _names(node)}
    needs = [
        {owner[up] for name in _names(node) for up in upstream.get(name, ()) if up in owner} - {i}
        for i, node in enumerate(nodes)
    ]
    later = _numbered(nodes)
    leaking = {i for i, node in enumerate(nodes) if leaks(node)}
    others = {*range(len(nodes))} - leaking
    later = [
        (one & leaking) | others if i in leaking else one - leaking for i, one in enumerate(later)
    ]
    parts, levels = _parts(needs), _levels(needs)
    found: list[int] = []
    waiting = {*range(len(nodes))}
    while waiting:
        ready = [i for i in waiting if not needs[i] & waiting] or [*waiting]
        free = [i for i in ready if not later[i] & waiting] or ready
        following = min(free, key=lambda i: (parts[i], levels[i], i))
        found.append(following)
        waiting.remove(following)
    return [nodes[i] for i in found]


def _names(node: Node) -> list[str]:
    """The tasks of the DAG that are written with this node."""
    names = [node.path[-1]]
    if isinstance(node, Exit):
        names.append(node.exit_task.path[-1])
    if isinstance(node, Branches) and node.wrapper is None:
        names += [branch.path[-1] for branch in node.branches]
    return [*dict.fromkeys(names)]


def _numbered(nodes: Sequence[Node]) -> list[set[int]]:
    """For each node the nodes with the lower number of one of its names, or of its groups'."""
    series: dict[str, list[tuple[int, int]]] = {}
    for i, node in enumerate(nodes):
        for inner in walk([node]):
            name = inner.path[-1]
            if is_group_name(name):
                series.setdefault("", []).append((int(name.rpartition("-")[2]), i))
            else:
                of, number = stem(name)
                series.setdefault(of, []).append((number, i))
    found: list[set[int]] = [set() for _ in nodes]
    for numbers in series.values():
        numbers.sort()
        for (_, before), (_, after) in itertools.pairwise(numbers):
            if before != after:
                found[after].add(before)
    return found


def _parts(needs: Sequence[set[int]]) -> list[int]:
    """For each node the first of those that it is connected with."""
    found = [*range(len(needs))]

    def root(i: int) -> int:
        while found[i] != i:
            found[i] = found[found[i]]
            i = found[i]
        return i

    for i, others in enumerate(needs):
        for other in others:
            first, last = sorted((root(i), root(other)))
            found[last] = first
    return [root(i) for i in range(len(needs))]


def _levels(needs: Sequence[set[int]]) -> list[int]:
    """For each node the number of nodes on the longest way to it."""
    found = [0] * len(needs)
    waiting = {*range(len(needs))}
    level = 0
    while waiting:
        ready = {i for i in waiting if not needs[i] & waiting} or waiting
        for i in ready:
            found[i] = level
        waiting = waiting - ready
        level += 1
    return found
