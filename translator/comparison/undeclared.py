"""Inputs of functions that kfp 1.8 does not declare: those that a task passes nothing to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.comparison.lightweight import defaults
from translator.model import UNSET, ParameterType

if TYPE_CHECKING:
    from translator.comparison.facts import Facts
    from translator.comparison.instances import Instance
    from translator.model import Container, Parameter

__all__ = ["UNDECLARED", "undeclared"]

#: The tolerance of such an input.
UNDECLARED = "undeclared"


def undeclared(found: Facts, one: Instance, container: Container) -> Facts:
    """Facts about inputs that a function has its own defaults for, and that no task passes."""
    known = defaults(container)
    given = one.task.parameters if one.task else {}
    names = {
        sources.Name(one, "inputs", name)
        for name, declared in one.component.inputs.parameters.items()
        if name in known and name not in given and known[name] == _default_text(declared)
    }
    places = {(kind, name) for name in names for kind in ("input", "value of input")}
    return {
        what: fact._replace(reason=UNDECLARED) for what, fact in found.items() if what in places
    }


def _default_text(declared: Parameter) -> str:
    """The default in JSON, with whole numbers as the type has them; ``null`` without one."""
    default = None if declared.default is UNSET else declared.default
    is_whole = isinstance(default, float) and default.is_integer()
    if is_whole and declared.type is ParameterType.NUMBER_INTEGER:
        default = int(default)  # type: ignore[arg-type]
    return json.dumps(default)
