"""Loop items that kfp's compiler loses: in texts, where no task takes one, entries in inner groups.

It finds values in a text by their names, and takes an item for an input of the pipeline. It passes
the list of a loop inside a group only if a task takes an item, and groups the entries of constant
items, where the tasks in them look for the whole item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.nodes import Branches, Call, Given, Item, Loop, sources_in, walk
from translator.decompiler.waits import producers
from translator.model import Items
from translator.model.channels import is_channel

if TYPE_CHECKING:
    from translator.decompiler.nodes import Flow, Path

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
    """Loops inside of groups of whose items no task takes one but in texts → their first call."""
    taken = {item.loop for item in takers(flow)}
    found: dict[Path, Path] = {}
    for node in walk(flow.body):
        if not isinstance(node, Loop) or isinstance(node.items, Items) or node.path in taken:
            continue
        is_outside = isinstance(node.items, Given) or any(
            one[:-1] != node.path[:-1] for one in producers(node.items)
        )
        calls = [one.path for one in walk(node.body) if isinstance(one, Call)]
        if len(node.path) > 1 and is_outside and calls:
            found[node.path] = calls[0]
    return found


def takers(flow: Flow) -> dict[Item, list[Path]]:
    """Item → the calls that have it as an argument, and the branches that compare it."""
    found: dict[Item, list[Path]] = {}
    for node, value in sources_in(flow.body):
        if isinstance(value, Item) and not isinstance(node, Call):
            paths = [branch.path for branch in node.branches] if isinstance(node, Branches) else []
            found.setdefault(value, []).extend([*paths, node.path])
    for node in walk(flow.body):
        if isinstance(node, Call):
            for name, value in node.values.items():
                if isinstance(value, Item) and not is_channel(name):
                    found.setdefault(value, []).append(node.path)
    return found
