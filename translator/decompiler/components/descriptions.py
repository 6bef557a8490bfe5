"""Descriptions of a component, its inputs and its outputs, as a docstring that kfp reads.

kfp finds descriptions of inputs and outputs in the docstring (``extract_component_interface`` in
kfp/dsl/component_factory.py), and does not write that of a component.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.definitions import comment, described, docstring
from translator.diagnostics import decompiler_components as rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.components.words import Ports
    from translator.decompiler.definitions import Module
    from translator.model import Component, Interface

__all__ = ["documented"]

#: Lines by which docstring_parser recognises sections of its styles: Google, NumPy, reST, Epydoc.
_SECTION = re.compile(
    r"(?:Arg(?:ument)?s|Attributes|Examples?|Except(?:ion)?s?|Param(?:eter)?s|Raises|Returns?|"
    r"Yields):?|[:@].*|[-=]{2,}"
)


def documented(
    module: Module, function: str, component: Component, ports: Ports, order: Sequence[str]
) -> tuple[str, str]:
    """The comment before a function, and its docstring, with the descriptions of a component.

    ``order`` has the parameters as they are in the signature.

    The description of the component is a comment if kfp would read others from it.
    """
    inputs, outputs = (
        dict(sorted(one.items(), key=lambda entry: order.index(entry[0])))
        for one in (
            _descriptions(module, component, component.inputs, ports.inputs),
            _descriptions(module, component, component.outputs, ports.outputs),
        )
    )
    summary = _dedented(component.description)
    before = ""
    if any(_SECTION.fullmatch(line.strip()) for line in summary.split("\n")):
        summary, before = "", comment(summary)
    if not summary and any((*inputs.values(), *outputs.values())):
        summary = function.replace("_", " ").capitalize() + "."
    found = described(summary, inputs, outputs)
    return before, docstring(found) if found else ""


def _dedented(text: str) -> str:
    lines = [line.rstrip() for line in text.expandtabs().strip().split("\n")]
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line]
    return "\n".join([lines[0], *(line[min(margins, default=0) :] for line in lines[1:])])


def _descriptions(
    module: Module, component: Component, side: Interface, ports: Mapping[str, str]
) -> dict[str, str]:
    """Parameter of the function → description."""
    found: dict[str, str] = {}
    for name, port in ports.items():
        node = side.parameters.get(name) or side.artifacts[name]
        found[port] = node.description
        if node.description and not _is_kept(node.description, side is component.outputs):
            module.findings.add(rules.DESCRIPTION.at(component.origin, name=name))
            lines = [" ".join(line.split()) for line in node.description.strip().split("\n")]
            found[port] = "\n".join(lines)
    return found


def _is_kept(description: str, of_output: bool) -> bool:
    """Whether docstring_parser gives it back as it is.

    It removes the indentation that all lines but the first have, and blank lines at both ends.
    kfp replaces ``Returns:`` to read descriptions of outputs.
    """
    first, *others = description.split("\n")
    if "\t" in description or description.strip("\n") != description or first != first.strip():
        return False
    if of_output and "Returns:" in description:
        return False
    filled = [line for line in others if line.strip()]
    return not filled or any(not line[0].isspace() for line in filled)
