"""What kfp's compiler loses or refuses: loop items in inner groups and in texts, lists, statuses.

kfp 2.17 compiles some of it without a message, to references to inputs that do not exist.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.expressions import NoExpressionError
from translator.decompiler.loop_items import takers
from translator.decompiler.nodes import Exit, Given, Item, Literal, Output, calls_in, walk
from translator.model import Items, ParameterType, Strategy
from translator.placeholders import Placeholder, parse_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.decompiler.nodes import Call, Flow, Loop, Path, Value
    from translator.decompiler.types import Types
    from translator.model import Artifact, Json, Parameter

__all__ = ["Limits"]

#: What kfp accepts for the key of an item (``LEGAL_SUBVAR_NAME_REGEX``), but for names of Python.
_ATTRIBUTE = re.compile(r"(?!__)[a-zA-Z_][0-9a-zA-Z_]*")
#: Attributes that kfp itself reads from loop items.
_ATTRIBUTES_OF_KFP = frozenset(
    {"_referenced_subvars", "channel_type", "full_name", "name", "pattern", "task"}
)


class Limits:
    """The limits of kfp's compiler for the values of a function."""

    def __init__(self, flow: Flow, types: Types) -> None:
        self.flow = flow
        self.types = types
        self.takers = takers(flow)

    def check_items(self, items: Value) -> None:
        """Raises ``NoExpressionError`` for items that kfp's compiler refuses."""
        kinds = (None, ParameterType.LIST, ParameterType.STRING)
        if self.types.of(items) not in kinds and not isinstance(items, Item):
            raise NoExpressionError("dsl.ParallelFor takes values that are declared as lists only")

    def is_text(self, items: Value) -> bool:
        """Whether the list of a loop is a text, which ``dsl.ParallelFor`` refuses."""
        is_value = isinstance(items, (Given, Output))
        return is_value and self.types.of(items) is ParameterType.STRING

    def check_constants(self, items: Sequence[Json]) -> None:
        """Raises ``NoExpressionError`` for constant items that kfp's compiler refuses.

        It gives the loop item an attribute for each key of the first one (``LoopParameterArgument``
        in kfp/dsl/for_loop.py).
        """
        for key in items[0] if isinstance(items[0], dict) else ():
            if not _ATTRIBUTE.fullmatch(key) or key in _ATTRIBUTES_OF_KFP:
                raise NoExpressionError(f"the key `{key}` is no name for an attribute of its item")

    def loses(self, group: Path, value: Value) -> bool:
        """Whether kfp's compiler loses a value in a group: an entry of a constant item.

        It passes none to groups inside of the loop.
        """
        if not isinstance(value, Item) or not value.keys or len(group) <= len(value.loop):
            return False
        return isinstance(self.types.loops[value.loop].items, (Items, Literal))

    def check_operand(self, branch: Path, value: Value) -> None:
        """Raises ``NoExpressionError`` for a value that no condition can have where it is."""
        if self.loses(branch[:-1], value):
            raise NoExpressionError(
                "kfp's compiler passes no entries of constant items to groups inside a loop"
            )

    def check_type(self, value: Value, declared: Parameter | Artifact | None) -> None:
        """Raises ``NoExpressionError`` for a value of a type that kfp's compiler refuses."""
        why = self.types.refusal(value, declared) if declared is not None else ""
        if why:
            raise NoExpressionError(why)

    def loses_types(self, node: Loop) -> bool:
        """Whether an object is a text for a call, or its entries have several types.

        kfp gives an item the type ``Dict[str, str]``, by its first entry, and finds no such type in
        a text (``_PIPELINE_CHANNEL_PLACEHOLDER_REGEX`` in kfp/dsl/pipeline_channel.py).
        """
        if node.path in self.types.mixed:
            return True
        item = Item(loop=node.path)
        components = self.types.pipeline.components
        is_text = False
        for call in calls_in(node.body):
            declared = components[call.task.component].inputs.parameters
            for name in (name for name, value in call.values.items() if value == item):
                given = declared.get(name)
                is_text |= given is not None and given.type is ParameterType.STRING
                constants = [one for one in call.values.values() if isinstance(one, Literal)]
                is_text |= any(_is_in_text(one.value, name) for one in constants)
        return is_text and self.types.of(item) is ParameterType.STRUCT

    def check_status(self, node: Call, declared: Parameter | None) -> None:
        """Raises ``NoExpressionError`` for a status in a task that kfp gives none."""
        if declared is None or declared.type is not ParameterType.TASK_FINAL_STATUS:
            raise NoExpressionError("only parameters of type PipelineTaskFinalStatus take a status")
        exits = {one.exit_task.path for one in walk(self.flow.body) if isinstance(one, Exit)}
        strategy = node.task.trigger.strategy if node.task.trigger else None
        completed = strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED
        if node.path not in exits and not completed:
            raise NoExpressionError("kfp gives a status to exit tasks only")

    def in_text(self, node: Call, item: Item) -> bool:
        """Whether kfp's compiler finds an item in a text of a call.

        It knows the item there by its name only (``extract_pipeline_channels_from_string`` in
        kfp/dsl/pipeline_channel.py): that of an outermost loop, and inside groups in the loop if
        something in them takes the item too.
        """
        takers = self.takers.get(item, ())
        if item.keys or len(item.loop) > 1:
            return False
        # The conditions around a task count as its own.
        if any(node.path[: len(path)] == path for path in takers):
            return True
        groups = range(len(item.loop) + 1, len(node.path))
        return all(any(path[:size] == node.path[:size] for path in takers) for size in groups)


def _is_in_text(value: Json, name: str, *, inner: bool = False) -> bool:
    """Whether a text has the value of an input in it. One alone in a list or object is none."""
    if isinstance(value, str):
        parts = parse_text(value).parts
        is_alone = inner and len(parts) == 1
        return not is_alone and any(
            isinstance(one, Placeholder) and one.name == name for one in parts
        )
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_in_text(one, name, inner=True) for one in inside)
