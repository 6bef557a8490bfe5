"""What kfp's compiler loses or refuses: loop items in inner groups and in texts, lists, statuses.

kfp 2.17 compiles some of it without a message, to references to inputs that do not exist.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.expressions import NoExpressionError
from translator.decompiler.loop_items import takers
from translator.decompiler.nodes import Exit, Given, Item, Literal, Output, walk
from translator.model import OLDER_SCHEMA, Items, ParameterType, Strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.decompiler.nodes import Call, Flow, Path, Value
    from translator.decompiler.types import Types
    from translator.model import Json

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
        is_older = self.types.pipeline.schema_version == OLDER_SCHEMA  # lists are texts there
        is_value = isinstance(items, (Given, Output))
        return is_value and not is_older and self.types.of(items) is ParameterType.STRING

    def check_constants(self, items: Sequence[Json]) -> None:
        """Raises ``NoExpressionError`` for constant items that kfp's compiler refuses.

        It gives the loop item an attribute for each key of the first one (``LoopParameterArgument``
        in kfp/dsl/for_loop.py).
        """
        for key in items[0] if isinstance(items[0], dict) else ():
            if not _ATTRIBUTE.fullmatch(key) or key in _ATTRIBUTES_OF_KFP:
                raise NoExpressionError(f"the key `{key}` is no name for an attribute of its item")

    def check_item(self, group: Path, value: Value) -> None:
        """Raises ``NoExpressionError`` where kfp's compiler fails: an entry in an inner group."""
        if not isinstance(value, Item) or not value.keys or len(group) <= len(value.loop):
            return
        if isinstance(self.types.loops[value.loop].items, (Items, Literal)):
            raise NoExpressionError(
                "kfp's compiler passes no entries of constant items to groups inside a loop"
            )

    def check_status(self, node: Call) -> None:
        """Raises ``NoExpressionError`` for a status in a task that kfp gives none."""
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
