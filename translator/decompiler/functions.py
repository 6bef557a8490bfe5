"""Pipeline functions: decorator, signature, docstring, body and what they return."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from translator.decompiler import kubernetes
from translator.decompiler.annotations import annotation
from translator.decompiler.definitions import described, docstring
from translator.decompiler.expressions import NoExpressionError, expression, typed
from translator.decompiler.flow import Body
from translator.decompiler.layout import (
    INDENT,
    Parameter,
    assigned,
    call,
    decorated,
    item_of,
    named,
    returned,
    signature,
)
from translator.decompiler.lists import list_annotation
from translator.decompiler.literals import literal
from translator.decompiler.names import identifier
from translator.decompiler.nodes import Given, Loop, walk
from translator.diagnostics import decompiler as rules
from translator.diagnostics.decompiler_components import LEFT_OUT
from translator.model import UNSET, Artifact, ParameterType
from translator.model.channels import author_name
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Collection

    from translator.decompiler.definitions import Module
    from translator.decompiler.flow import Function
    from translator.decompiler.layout import Expression
    from translator.model import Component, Interface, Json, Pipeline
    from translator.model import Parameter as ModelParameter

__all__ = ["defaults", "output_names", "parameter_names", "pipeline_function", "title_of"]

#: A pipeline's name, as kfp requires it (``validate_pipeline_name`` in kfp/dsl/utils.py).
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
#: What ends a comment in YAML, or is not allowed in it.
_NO_COMMENT = re.compile("[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Names that the body of each function uses, and that of kfp's call of a component.
_USED = frozenset({"dsl", "kubernetes", "self"})
#: The name of the only output of a function that returns it alone. No parameter may have it.
_SINGLE = "Output"


def parameter_names(component: Component) -> dict[str, str]:
    """Input of a pipeline → the parameter of its function."""
    found: dict[str, str] = {}
    names = (*component.inputs.parameters, *component.inputs.artifacts)
    kept = {name for name in names if _is_parameter(name)}
    for name in names:
        found[name] = name if name in kept else _free(author_name(name), {*found.values(), *kept})
    return found


def output_names(component: Component) -> dict[str, str]:
    """Output of a pipeline → its name in Python; not those that kfp up to 2.7 has added.

    It added the metrics of tasks, under a name with dashes, which no function can return.
    """
    found: dict[str, str] = {}
    for name, one in _ports(component.outputs).items():
        if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name) and not keyword.iskeyword(name):
            found[name] = name
        elif not (isinstance(one, Artifact) and one.schema_title.endswith("Metrics")):
            found[name] = _free(author_name(name), {*found.values(), *_ports(component.outputs)})
    return found


def _is_parameter(name: str) -> bool:
    is_name = re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name) is not None
    return is_name and not keyword.iskeyword(name) and name not in {*_USED, _SINGLE}


def _free(name: str, taken: Collection[str]) -> str:
    wish = identifier(name, "input")
    if not _is_parameter(wish):
        wish = f"{wish}_"
    found, number = wish, 2
    while found in taken:
        found, number = f"{wish}_{number}", number + 1
    return found


def defaults(component: Component) -> dict[str, Json]:
    """Input of a pipeline → its default."""
    return {
        name: typed(one.default, one.type)
        for name, one in component.inputs.parameters.items()
        if one.default is not UNSET
    }


def pipeline_function(module: Module, function: Function, name: str, *, is_root: bool) -> str:
    """The source of a pipeline function."""
    for one, parameter in function.parameters.items():
        if is_root and one != parameter:
            facts = {"input": one, "name": parameter}
            module.findings.add(rules.RENAMED.at(function.component.origin, **facts))
    for one, declared in function.component.inputs.parameters.items() if is_root else ():
        if isinstance(declared.default, str) and _NO_COMMENT.search(declared.default):
            place = declared.origin or function.component.origin
            module.findings.add(rules.COMMENT.at(place, input=one))
    body = Body(module, _with_outputs(module, function))
    statements = body.body()
    outputs = _outputs(module, function, body, name)
    head = decorated(_decorator(module, function, name, is_root=is_root))
    told, needs_description = _documentation(function, name, is_root=is_root)
    if needs_description:
        head = decorated(_decorator(module, function, name, is_root=is_root, described=True))
    parameters = _parameters(module, function)
    lines = [f"{outputs.code}\n\n"] if outputs.code else []
    lines += [head, signature(name, parameters, outputs.returns)]
    lines += [told] if told else []
    lines.append("\n\n".join([one for one in (statements, outputs.ending) if one] or ["    pass"]))
    if is_root and not _NAME.fullmatch(function.pipeline.name):
        lines.append(_exact_name(module, function.pipeline, name))
    return "\n".join(lines)


def _decorator(
    module: Module, function: Function, name: str, *, is_root: bool, described: bool = False
) -> Expression:
    pipeline = function.pipeline
    module.use("from kfp import dsl")
    if not is_root:
        return named("dsl.pipeline")
    given: dict[str, Expression] = {"name": literal(_pipeline_name(pipeline))}
    if pipeline.display_name:
        given["display_name"] = literal(pipeline.display_name)
    if pipeline.description and described:
        given["description"] = literal(pipeline.description)
    if pipeline.default_root:
        given["pipeline_root"] = literal(pipeline.default_root)
    config = kubernetes.pipeline_config(pipeline, module.findings)
    if config is not None:
        given["pipeline_config"] = config
    return call("dsl.pipeline", **given)


def _pipeline_name(pipeline: Pipeline) -> str:
    if _NAME.fullmatch(pipeline.name):
        return pipeline.name
    return re.sub("[^a-z0-9]+", "-", pipeline.name.lower()).strip("-")[:128] or "pipeline"


def _exact_name(module: Module, pipeline: Pipeline, function: str) -> str:
    """The statement that sets the name of the pipeline, which the decorator refuses."""
    facts = {"name": _pipeline_name(pipeline), "given": pipeline.name}
    module.findings.add(rules.PIPELINE_NAME.at(pipeline.origin, **facts))
    value = literal(pipeline.name)
    exact = assigned(f"{function}.pipeline_spec.pipeline_info.name", value, 0)
    return f"\n\n# The decorator accepts lower-case letters, digits and dashes only.\n{exact}"


def _documentation(function: Function, name: str, *, is_root: bool) -> tuple[str, bool]:
    """The docstring, and whether the decorator has the description of the pipeline.

    Descriptions of inputs and outputs are read from a docstring only, whose first line kfp takes
    for the description of the pipeline if the decorator has none.
    """
    component = function.component
    inputs = {
        function.parameters[one]: text for one, text in _descriptions(component.inputs).items()
    }
    outputs = _descriptions(component.outputs)
    description = function.pipeline.description if is_root else ""
    if not inputs and not outputs:
        return "", bool(description)
    if not is_root:  # kfp keeps no description of a pipeline that others call
        title = f"{name.replace('_', ' ').capitalize()}."
        return docstring(described(title, inputs, outputs)), False
    if not description and not outputs:
        # docstring_parser takes a first line ``Args:`` for the summary.
        lines = [f":param {one}: {_continued(text)}" for one, text in inputs.items()]
        is_long = any("\n" in one for one in lines)  # formatters indent as the first line
        return docstring("\n" * is_long + "\n".join(lines)), False
    is_kept = not description or _is_summary(description)
    summary = description if is_kept else f"{title_of(function.pipeline)}."
    return docstring(described(summary, inputs, outputs)), summary != description


def _descriptions(interface: Interface) -> dict[str, str]:
    return {name: one.description for name, one in _ports(interface).items() if one.description}


def _ports(interface: Interface) -> dict[str, ModelParameter | Artifact]:
    return {**interface.parameters, **interface.artifacts}


def _continued(text: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(f"    {line}" if line else "" for line in others)])


def _is_summary(text: str) -> bool:
    return bool(text) and text == text.strip() and "\n" not in text and not text.startswith(":")


def title_of(pipeline: Pipeline) -> str:
    """The display name of a pipeline, or its name with spaces."""
    if " " in pipeline.display_name:
        return pipeline.display_name
    return re.sub("[-_]+", " ", pipeline.display_name or pipeline.name).strip().capitalize()


def _parameters(module: Module, function: Function) -> list[Parameter]:
    """The parameters: those without a default first."""
    inputs = function.component.inputs
    found = [_artifact(module, function, name, one) for name, one in inputs.artifacts.items()]
    lists = _looped(function)
    for name, one in inputs.parameters.items():
        kind: Expression = annotation(module, one)
        if one.literals is not None:
            what = f"the list of allowed values of input `{name}`"
            module.findings.add(LEFT_OUT.at(one.origin, what=what))
        if name in lists:
            kind = named(lists[name])
        default: Expression | None = None
        if one.default is None or (one.default is UNSET and one.optional):
            module.use("from typing import Optional")
            kind, default = item_of("Optional", kind), named("None")
        elif one.default is not UNSET:
            default = _default(module, function.parameters[name], typed(one.default, one.type))
        found.append(Parameter(function.parameters[name], kind, default))
    return sorted(found, key=lambda one: one.default is not None)


def _default(module: Module, name: str, value: Json) -> Expression:
    """The default of a parameter: a constant for what all calls would share."""
    if isinstance(value, (dict, list)):
        return named(module.constant(f"default {name}", literal(value)))
    return literal(value)


def _artifact(module: Module, function: Function, name: str, artifact: Artifact) -> Parameter:
    kind = item_of("dsl.Input", annotation(module, artifact))
    default = named("None") if artifact.optional else None
    return Parameter(function.parameters[name], kind, default)


def _looped(function: Function) -> dict[str, str]:
    """Input that is looped over → its annotation, if its items are no texts."""
    found: dict[str, str] = {}
    for node in walk(function.flow.body):
        if isinstance(node, Loop) and isinstance(node.items, Given):
            kind = list_annotation(function.pipeline, node)
            declared = function.component.inputs.parameters.get(node.items.name)
            is_text = declared is not None and declared.type is ParameterType.STRING
            if kind and not is_text:
                found[node.items.name] = kind
    return found


def _with_outputs(module: Module, function: Function) -> Function:
    """The function without outputs that it cannot return, which are reported."""
    names, component = output_names(function.component), function.component
    declared = _ports(component.outputs)
    outputs = {one: value for one, value in function.flow.outputs.items() if one in declared}
    for output in (one for one in outputs if one not in names):
        facts = {"output": output, "pipeline": "the pipeline"}
        module.findings.add(rules.METRICS.at(component.origin, **facts))
    written = {one: value for one, value in outputs.items() if one in names}
    return function._replace(flow=replace(function.flow, outputs=written))


class _Outputs(NamedTuple):
    """What a function returns."""

    returns: Expression | None = None
    #: The statement that returns it.
    ending: str = ""
    #: The named tuple of several values.
    code: str = ""


def _outputs(module: Module, function: Function, body: Body, name: str) -> _Outputs:
    """The annotation of what the function returns, and the statement that returns it."""
    names = output_names(function.component)
    kinds = {
        names.get(output, output): annotation(module, one)
        for output, one in _ports(function.component.outputs).items()
    }
    values: dict[str, Expression] = {}
    for output, value in body.function.flow.outputs.items():
        try:
            body.limits.check_type(value, _ports(function.component.outputs)[output])
            values[names[output]] = expression(body.scope, value)
        except NoExpressionError as error:
            facts = {"output": output, "pipeline": "the pipeline", "why": str(error)}
            module.findings.add(rules.OUTPUT.at(function.component.origin, **facts))
    if not values:
        return _Outputs()
    if [*values] == [_SINGLE]:
        return _Outputs(kinds[_SINGLE], returned(values[_SINGLE]))
    module.use("from typing import NamedTuple")
    fields = "\n".join(f"    {one}: {kinds[one].flat()}" for one in values)
    title = "".join(part.capitalize() for part in name.split("_")) + "Outputs"
    made = module.names.kept(title)
    code = f"class {made}(NamedTuple):\n{fields}"
    return _Outputs(named(made), returned(call(made, **values), INDENT), code)
