"""Loop items that kfp's compiler loses: in texts, where no task takes one, entries in inner groups.

It finds values in a text by their names, and takes an item for an input of the pipeline. It passes
the list of a loop inside a group only if a task takes an item, and groups the entries of constant
items, where the tasks in them look for the whole item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.expressions import lone_input
from translator.decompiler.nodes import (
    Branches,
    Call,
    Given,
    Item,
    Literal,
    Loop,
    calls_in,
    sources_in,
    walk,
)
from translator.decompiler.waits import producers
from translator.model import Items
from translator.model.channels import is_channel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from translator.decompiler.nodes import Flow, Path, Value

__all__ = ["WITH_ITEMS", "lost_loops", "takers"]

#: ``channel_inputs`` are what kfp passes to the groups around a task, ``inputs`` to the task; it
#: selects the entry of an item in the task.
WITH_ITEMS = '''
def with_items(task, *items):
    """Passes items of loops to a task.

    kfp's compiler loses those in texts, and entries of constant items in groups inside the loop.
    """
    for item in items:
        name = f"pipelinechannel--{item.full_name}"
        texts = {key: one for key, one in task.inputs.items() if isinstance(one, str)}
        for key, text in texts.items():
            if item.pattern in text:
                new = f"{{{{$.inputs.parameters['{name}']}}}}"
                task.inputs.update({key: text.replace(item.pattern, new), name: item})
        others = [one for one in task.channel_inputs if one.full_name != item.full_name]
        task.channel_inputs[:] = [*others, vars(item).get("loop_argument", item)]
    return task
'''.strip("\n")


def lost_loops(flow: Flow) -> dict[Path, Path]:
    """Loops whose lists do not reach a group around them → their first call.

    The list comes from outside of the group, no task takes an item but in texts, and no other task
    in the group takes the list.
    """
    taken = {item.loop for item in takers(flow)}
    found: dict[Path, Path] = {}
    for node in walk(flow.body):
        if not isinstance(node, Loop) or isinstance(node.items, Items) or node.path in taken:
            continue
        calls = [one.path for one in calls_in(node.body)]
        if calls and not _reaches(flow, node.items, node.path, taken):
            found[node.path] = calls[0]
    return found


def _reaches(flow: Flow, items: Value, loop: Path, taken: Collection[Path]) -> bool:
    """Whether a list reaches all groups around a loop."""
    users = {
        node.path
        for node, value in sources_in(flow.body)
        if value == items and (not isinstance(node, Loop) or node.path in taken)
    }
    made = () if isinstance(items, Given) else producers(items)
    if not made and not isinstance(items, Given):
        return True
    groups = [loop[:size] for size in range(1, len(loop))]
    outside = [
        one for one in groups if not all(path[: len(one)] == one for path in made) or not made
    ]
    return all(any(path[: len(one)] == one for path in users) for one in outside)


def takers(flow: Flow) -> dict[Item, list[Path]]:
    """Item → the calls that have it as an argument, and the branches that compare it."""
    found: dict[Item, list[Path]] = {}
    for node, value in sources_in(flow.body):
        if isinstance(value, Item) and not isinstance(node, Call):
            paths = [branch.path for branch in node.branches] if isinstance(node, Branches) else []
            found.setdefault(value, []).extend([*paths, node.path])
    for call in calls_in(flow.body):
        entries = {name for one in call.values.values() for name in _in_entries(one)}
        for name, value in call.values.items():
            if isinstance(value, Item) and (name in entries or not is_channel(name)):
                found.setdefault(value, []).append(call.path)
    return found


def _in_entries(value: Value) -> Iterator[str]:
    """The inputs whose values are entries of a constant list or object."""
    for text in _texts(value):
        if text is not getattr(value, "value", None) and (name := lone_input(text)):
            yield name


def _texts(value: Value) -> Iterator[str]:
    """The texts in a constant."""
    waiting = [value.value] if isinstance(value, Literal) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (list, dict)):
            waiting += one.values() if isinstance(one, dict) else one
