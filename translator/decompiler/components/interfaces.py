"""Whether a function has the inputs and outputs that its component has in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import UNSET, Artifact, Parameter, ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.components.signatures import Signature
    from translator.model import Component, Interface

__all__ = ["difference", "undescribed"]

#: The types that versions without ``TASK_FINAL_STATUS`` gave to it.
_OF_STATUS = (ParameterType.STRUCT, ParameterType.STRING)


def difference(component: Component, read: Signature) -> str:
    """Why the component that kfp compiles from a function would not be ``component``, or nothing.

    An input that the component leaves out, or has without its default, is no difference: as before,
    the function takes its default where a task has no value. kfp 1.x wrote components in this way.
    It also left out the status of a task, which kfp 2 gives to a function that takes one.
    """
    inputs, expected = _ports(component.inputs), _ports(read.inputs)
    for name, port in inputs.items():
        if name not in expected:
            return f"the component has an input `{name}`, the function has not"
        found = _of_port(port, expected[name])
        if found:
            return f"{found} of its input `{name}` differs between component and function"
    for name, port in expected.items():
        is_given = isinstance(port, Parameter) and port.type is ParameterType.TASK_FINAL_STATUS
        if name not in inputs and (is_given or not port.optional):
            return f"the function has an input `{name}`, the component has not"
    outputs, expected = _ports(component.outputs), _ports(read.outputs)
    if outputs.keys() != expected.keys():
        names = ", ".join(f"`{one}`" for one in sorted(outputs.keys() ^ expected.keys()))
        return f"not both the component and the function have the output {names}"
    for name, port in outputs.items():
        found = _of_port(port, expected[name])
        if found:
            return f"{found} of its output `{name}` differs between component and function"
    return ""


def _ports(interface: Interface) -> dict[str, Parameter | Artifact]:
    return {**interface.parameters, **interface.artifacts}


def _of_port(given: Parameter | Artifact, read: Parameter | Artifact) -> str:
    """What differs in an input or output, or nothing."""
    if isinstance(given, Artifact) and isinstance(read, Artifact):
        if given.is_list != read.is_list or _title(given) != read.schema_title:
            return "the type"
        return "" if given.schema_version in (read.schema_version, "") else "the version"
    if not isinstance(given, Parameter) or not isinstance(read, Parameter):
        return "the kind"
    is_status = read.type is ParameterType.TASK_FINAL_STATUS and given.type in _OF_STATUS
    if given.type is not read.type and not is_status:
        return "the type"
    if given.literals is not None:
        return "the list of values"
    if given.default not in (UNSET, read.default):
        return "the default"
    return ""


def _title(artifact: Artifact) -> str:
    """The title of a type, which schema 2.0.0 can have as text of YAML: ``title: kfp.Dataset``."""
    first = artifact.instance_schema.partition("\n")[0]
    return artifact.schema_title or first.removeprefix("title: ").replace("kfp.", "system.", 1)


def undescribed(component: Component, docstring: str) -> bool:
    """Whether descriptions of a component are not in the docstring of its function."""
    ports: Mapping[str, Parameter | Artifact] = {
        **_ports(component.inputs),
        **{f"-> {name}": port for name, port in _ports(component.outputs).items()},
    }
    known = " ".join(docstring.split())
    told = [component.description, *(port.description for port in ports.values())]
    return any(" ".join(one.split()) not in known for one in told if one)
