"""Descriptions of a component, its inputs and its outputs, as a docstring that kfp reads.

kfp finds descriptions of inputs and outputs in the docstring (``extract_component_interface`` in
kfp/dsl/component_factory.py), and does not write that of a component.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.definitions import comment, described, docstring, is_dedented
from translator.decompiler.layout import INDENT, WIDTH
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
    summary = _summarised(component.description)
    before = ""
    if any(_SECTION.fullmatch(line.strip()) for line in summary.split("\n")):
        summary, before = "", comment(summary)
    if not summary and any((*inputs.values(), *outputs.values())):
        summary = function.replace("_", " ").capitalize() + "."
    found = described(summary, inputs, outputs)
    return before, docstring(found) if found else ""


def _summarised(text: str) -> str:
    """The description of a component: a summary, a blank line, and the others on lines that fit."""
    lines = [line.rstrip() for line in text.expandtabs().strip().split("\n")]
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line]
    others = [line[min(margins, default=0) :] for line in lines[1:]]
    blank = [""] if others and others[0] else []
    return "\n".join(part for line in (lines[0], *blank, *others) for part in _wrapped(line))


def _wrapped(line: str) -> list[str]:
    import textwrap

    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        WIDTH - INDENT - len('"""'),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


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
    """Whether kfp reads it as it is. It replaces ``Returns:`` to read descriptions of outputs."""
    lines = description.split("\n")
    if "\t" in description or description.endswith("\n") or not lines[0].strip():
        return False
    if of_output and "Returns:" in description:
        return False
    return is_dedented(lines[1:]) or is_dedented(lines)
