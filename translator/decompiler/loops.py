"""What makes a loop, and what it loops over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.expressions import NoExpressionError, expression, filled, typed
from translator.decompiler.nodes import Literal
from translator.model import Items, ParameterType

if TYPE_CHECKING:
    from translator.decompiler.definitions import Module
    from translator.decompiler.expressions import Scope
    from translator.decompiler.layout import Expression
    from translator.decompiler.limits import Limits
    from translator.decompiler.nodes import Loop

__all__ = ["loop_items", "parallel_for"]

#: A loop over a text. The type of a channel counts when the loop is made, and when it is compiled.
_TEXT = '''
def parallel_for_text(items, **options):
    """A loop over a text that is a list in JSON: backends read it, kfp takes lists only."""
    kind, items.channel_type = items.channel_type, "List"
    loop = dsl.ParallelFor(items, **options)
    items.channel_type = kind
    return loop
'''.strip("\n")
#: A loop over objects, whose type is ``Dict[str, str]`` for kfp, or similar (``loses_types``).
_OBJECTS = '''
def parallel_for_objects(items, **options):
    """A loop over objects that are used in texts, or that have entries of several types."""
    loop = dsl.ParallelFor(items, **options)
    item = loop.loop_argument
    item.channel_type = "Dict"
    for entry in item._referenced_subvars.values():
        entry.channel_type = "String"
    return loop
'''.strip("\n")


def parallel_for(module: Module, limits: Limits, node: Loop) -> str:
    """What makes a loop: the name of a class or function."""
    if not isinstance(node.items, Items) and limits.is_text(node.items):
        module.helpers.use("from kfp import dsl")
        return module.helpers.helper("parallel_for_text", _TEXT)
    if limits.loses_types(node):
        module.helpers.use("from kfp import dsl")
        return module.helpers.helper("parallel_for_objects", _OBJECTS)
    return "dsl.ParallelFor"


def loop_items(scope: Scope, limits: Limits, node: Loop) -> Expression:
    """The items of a loop as an argument. Raises ``NoExpressionError``."""
    match node.items:
        case Items(values=values):
            if not values:
                raise NoExpressionError("dsl.ParallelFor takes no empty list")
            limits.check_constants(values)
            return filled(scope, list(values), {})
        case Literal(value=list() as values) if values:
            limits.check_constants(values)
            return filled(scope, typed(values, ParameterType.LIST), {})
        case Literal():
            raise NoExpressionError("its items are no list")
        case value:
            limits.check_items(value)
            return expression(scope, value)
