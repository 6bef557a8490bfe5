"""Variables of a pipeline function: for the results that something uses, and for loop items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.names import identifier
from translator.decompiler.nodes import Call, Exit, Given, Item, Loop, OneOf, sources_in, walk
from translator.decompiler.order import stem
from translator.decompiler.waits import producers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decompiler.names import Names
    from translator.decompiler.nodes import Flow, Node, Path, Value

__all__ = ["item_key", "used_values", "variables"]

#: The most words and characters of a display name that becomes a variable.
_WORDS, _CHARACTERS = 3, 28


def item_key(loop: Path) -> Item:
    """The expression for the variable of a loop."""
    return Item(loop=loop)


def used_values(flow: Flow) -> list[Value]:
    """Each value that is written somewhere."""
    return [*(value for _, value in sources_in(flow.body)), *flow.outputs.values()]


def variables(
    flow: Flow,
    names: Names,
    needed: Iterable[Path],
    parameters: Mapping[str, str],
    functions: Mapping[str, str],
    loops: Iterable[Path] = (),
) -> dict[object, str]:
    """Path of a call or exit handler, loop item or ``dsl.OneOf`` → its variable.

    ``needed`` are calls that have one in any case, and ``loops`` loops whose items do;
    ``functions``: component → function.
    """
    used = {*needed, *_used(flow)}
    items = {*loops, *(one.loop for one in used_values(flow) if isinstance(one, Item))}
    found: dict[object, str] = {}
    for node in walk(flow.body):
        if isinstance(node, Loop) and node.path in items:
            found[item_key(node.path)] = _item(names, node, parameters, found)
        elif isinstance(node, Exit) and node.path in used:
            found[node.path] = names.new("exit_handler")
        elif not isinstance(node, Loop) and node.path in used:
            found.setdefault(node.path, _named(names, node, functions))
    for value in used_values(flow):
        if isinstance(value, OneOf) and value not in found:
            output = identifier(value.of[0].output)
            found[value] = _free(names, "result" if output == "output" else output)
    return found


def _used(flow: Flow) -> set[Path]:
    found = {path for value in used_values(flow) for path in producers(value)}
    for node in walk(flow.body):
        if isinstance(node, Exit):
            found.add(node.exit_task.path)
        found |= {*getattr(node, "after", ())}
    return found


def _named(names: Names, node: Node, functions: Mapping[str, str]) -> str:
    """The variable of a call: its display name, or its name without a number."""
    name = identifier(node.path[-1], "task")
    if not isinstance(node, Call):
        return _free(names, name)
    function = functions.get(node.task.component, "")
    own = function if re.fullmatch(rf"{re.escape(function)}_\d+", name) else name
    display = node.task.display_name
    is_short = len(display.split()) <= _WORDS and len(display) <= _CHARACTERS
    is_own = display not in ("", node.path[-1], stem(node.path[-1])[0])
    chosen = identifier(display, "task") if is_own and is_short else own
    return _free(names, chosen.removesuffix("_op"))


def _free(names: Names, wish: str) -> str:
    """The name, or with ``_task`` behind it where a function has it."""
    return names.new(f"{wish}_task" if wish in names.around else wish)


def _item(
    names: Names, loop: Loop, parameters: Mapping[str, str], found: Mapping[object, str]
) -> str:
    """The variable of a loop: loops that are not in each other can have one name."""
    wish = _item_wish(loop, parameters)
    used = {key.loop: name for key, name in found.items() if isinstance(key, Item)}
    around = {name for path, name in used.items() if loop.path[: len(path)] == path}
    for name in dict.fromkeys(used.values()):
        if re.fullmatch(rf"{re.escape(wish)}(?:_\d+)?", name) and name not in around:
            return name
    return names.new(wish)


def _item_wish(loop: Loop, parameters: Mapping[str, str]) -> str:
    """``model`` for the items of the input ``models``."""
    if isinstance(loop.items, Given):
        name = parameters.get(loop.items.name, "")
        if name.endswith("s") and not name.endswith("ss") and len(name) > 3:
            return name[:-1]
    return "item"
