"""``--default INPUT=VALUE``: other defaults for inputs of the pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from translator.decisions import Decided
from translator.diagnostics import decisions as rules
from translator.diagnostics.spelling import closest
from translator.model import UNSET, ParameterType
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic
    from translator.model import Json, Parameter, Pipeline

__all__ = ["defaults"]

#: Type of an input → how messages name its values, and their types in Python.
_KINDS: Mapping[ParameterType, tuple[str, tuple[type, ...]]] = {
    ParameterType.STRING: ("a text", (str,)),
    ParameterType.NUMBER_INTEGER: ("an integer", (int,)),
    ParameterType.NUMBER_DOUBLE: ("a number", (int, float)),
    ParameterType.BOOLEAN: ("`true` or `false`", (bool,)),
    ParameterType.LIST: ("a JSON list", (list,)),
    ParameterType.STRUCT: ("a JSON object", (dict,)),
}


def defaults(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the decided defaults of its inputs.

    A text is the value of an input of type STRING; for another type it is JSON, which has to be of
    that type. Values that the file sets for a run (a PipelineJob) are replaced too, because they
    override the default.
    """
    if not decisions.defaults:
        return Decided(pipeline)
    parameters = dict(pipeline.root.inputs.parameters)
    arguments = dict(pipeline.submission.arguments)
    findings: list[Diagnostic] = []
    used: set[tuple[str, str]] = set()
    for name, given in decisions.defaults.items():
        parameter = parameters.get(name)
        if parameter is None:
            findings.append(_unknown(pipeline, name))
            continue
        used.add(("defaults", name))
        try:
            value = _value(parameter, given)
        except ValueError as error:
            advice = f"use {_KINDS[parameter.type][0]}" if parameter.type in _KINDS else "leave it"
            facts = {"input": name, "problem": str(error), "advice": advice}
            findings.append(rules.WRONG_DEFAULT.at(parameter.origin, **facts))
            continue
        optional = parameter.optional or parameter.default is UNSET
        parameters[name] = replace(parameter, default=value, optional=optional)
        if name in arguments:
            arguments[name] = value
        facts = {"what": f"the default of input `{name}` is replaced"}
        finding = rules.DECIDED.at(parameter.origin, decision=f"--default {name}=…", **facts)
        findings.append(finding)
    root = pipeline.root
    root = replace(root, inputs=replace(root.inputs, parameters=parameters))
    submission = replace(pipeline.submission, arguments=arguments)
    changed = replace(pipeline, root=root, submission=submission)
    return Decided(changed, tuple(findings), frozenset(used))


def _unknown(pipeline: Pipeline, name: str) -> Diagnostic:
    known = list(pipeline.root.inputs.parameters)
    shown = ", ".join(f"`{one}`" for one in known[:20]) or "none"
    return rules.WRONG_DEFAULT.at(
        pipeline.origin,
        input=name,
        problem="the pipeline has no such input",
        advice=f"use one of its inputs: {shown}",
        meant=closest(name, known),
    )


def _value(parameter: Parameter, given: Json) -> Json:
    """The value for an input; ``ValueError`` names the problem, without the value."""
    if parameter.type not in _KINDS:
        raise ValueError(f"an input of type {parameter.type.value} is set by the backend")
    wanted, types = _KINDS[parameter.type]
    value = given
    if parameter.type is not ParameterType.STRING and isinstance(given, str):
        try:
            value = json.loads(given, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise ValueError(f"the value is not JSON, and the input takes {wanted}") from None
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ValueError(f"the value is not {wanted}")
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise ValueError("the value does not fit into 64 bits")
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        raise ValueError("the value cannot be written as JSON") from None
    if parameter.literals is not None and value not in parameter.literals:
        raise ValueError("the value is not one of those that the input allows")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)
