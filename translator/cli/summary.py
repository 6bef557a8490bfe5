"""The contents of a pipeline, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.pointers import enclosing
from translator.diagnostics.redaction import kept_back, told
from translator.diagnostics.rewrites import reason
from translator.model import UNSET, Amount, Parameter, ParameterType, Pipeline, Resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.api import Survey
    from translator.outline import Outline, Step

#: Width of a shown default or description.
_WIDTH = 60
#: Characters of the details of a task that are shown.
_NOTES = 400
#: Levels of nested DAGs that are shown.
_DEPTH = 30


def text(survey: Survey, file: str, *, verbose: bool = False, why: bool = False) -> str:
    """A page about the pipeline, with control characters escaped."""
    pipeline, outline = survey.pipeline, survey.outline
    codes = _codes(survey)
    parameters = pipeline.root.inputs.parameters
    lines = [f"{told(pipeline.name)}  ({told(file)})", f"  {_format(pipeline)}"]
    if pipeline.description:
        lines.append(f"  {_cut(pipeline.description, 100)}")
    if pipeline.default_root:
        lines.append(f"  pipeline root: {_cut(pipeline.default_root)}")
    if "" in codes:
        lines.append(f"  {_refused(codes[''])}")
    lines += ["", f"parameters ({len(parameters)})"]
    lines += _table(
        [name, _type(parameter), _default(name, parameter), _about(parameter, verbose)]
        for name, parameter in parameters.items()
    )
    artifacts = pipeline.root.inputs.artifacts
    if artifacts:
        lines += ["", f"artifacts ({len(artifacts)})"]
        lines += _table([name, one.schema_title] for name, one in artifacts.items())
    lines += ["", f"tasks ({sum(1 for _ in outline.steps())})"]
    lines += _table(_branch(outline, codes, outline.root, "", {outline.root}), last=_NOTES)
    if why:
        lines += ["", "outputs", *_table(_reasons(survey))]
    images = outline.images()
    lines += ["", f"images ({len(images)})"]
    lines += [
        f"  {told(image)}" + (f"  × {count}" if count > 1 else "")
        for image, count in images.items()
    ]
    return "".join(f"{line}\n" for line in lines)


def as_json(survey: Survey) -> dict[str, Any]:
    """The same as JSON values."""
    pipeline, outline = survey.pipeline, survey.outline
    codes = _codes(survey)
    page: dict[str, Any] = {
        "name": pipeline.name,
        "display_name": pipeline.display_name,
        "description": pipeline.description,
        "format": pipeline.dialect,
        "sdk_version": pipeline.sdk_version,
        "pipeline_root": pipeline.default_root,
        "errors": codes.get("", []),
        "parameters": [
            _parameter_json(name, parameter)
            for name, parameter in pipeline.root.inputs.parameters.items()
        ],
        "outputs": [
            {"component": component, "name": name, "kind": kind, "why": why}
            for component, name, kind, why in _reasons(survey)
        ],
        "artifacts": [
            {"name": name, "type": artifact.schema_title}
            for name, artifact in pipeline.root.inputs.artifacts.items()
        ],
        "tasks": [
            {"in": "root" if dag == outline.root else dag, **_task_json(step, codes)}
            for dag, step in outline.steps()
        ],
        "images": outline.images(),
    }
    kept: dict[str, Any] = kept_back("", page)
    return kept


def _codes(survey: Survey) -> dict[str, list[str]]:
    """Place → codes of the errors there; errors outside of tasks have the place ``""``."""
    places = {place for _, step in survey.outline.steps() for place in step.places}
    codes: dict[str, list[str]] = {}
    for finding in (*survey.diagnostics, *survey.lowering):
        if finding.severity is Severity.ERROR:
            pointer = finding.origin.pointer if finding.origin else ""
            found = codes.setdefault(enclosing(pointer, places), [])
            found += [finding.rule.code] * (finding.rule.code not in found)
    return codes


def _codes_of(step: Step, codes: Mapping[str, list[str]]) -> list[str]:
    return sorted({code for place in step.places for code in codes.get(place, ())})


def _refused(codes: Iterable[str]) -> str:
    return f"not converted: {', '.join(codes)}"


def _format(pipeline: Pipeline) -> str:
    sdk = told(pipeline.sdk_version)
    return f"{told(pipeline.dialect)}, compiled by {sdk or 'an unknown SDK'}"


def _type(parameter: Parameter) -> str:
    known = parameter.type.value
    written = parameter.declared_type
    return f"{known} ({written})" if written and written.upper() != known else known


def _default(name: str, parameter: Parameter) -> str:
    if parameter.default is not UNSET:
        value = kept_back(name, parameter.default)
        if parameter.type is ParameterType.NUMBER_INTEGER and isinstance(value, float):
            value = int(value) if value.is_integer() else value
        return f"= {json.dumps(value, ensure_ascii=False)}"
    return "optional" if parameter.optional else "required"


def _about(parameter: Parameter, verbose: bool) -> str:
    return parameter.description if verbose else ""


def _parameter_json(name: str, parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "type": parameter.type.value,
        "declared_type": parameter.declared_type,
        "required": parameter.default is UNSET and not parameter.optional,
        "description": parameter.description,
    }
    if parameter.default is not UNSET:
        described["default"] = kept_back(name, parameter.default)
    return described


def _reasons(survey: Survey) -> Iterator[list[str]]:
    """Component, output, what it became, and why, for outputs that the reader decided about."""
    for one in survey.rewrites:
        yield [one.component, one.output, one.became, reason(one)]


def _branch(
    outline: Outline, codes: Mapping[str, list[str]], dag: str, lead: str, opened: set[str]
) -> list[list[str]]:
    """A row for each task: its name in the tree, its image or work, its details."""
    rows: list[list[str]] = []
    steps = outline.dags.get(dag, ())
    for number, step in enumerate(steps, start=1):
        last = number == len(steps)
        nested = step.component in outline.dags
        # Each DAG is expanded once: components that use each other would fill the screen.
        closed = nested and (step.component in opened or len(lead) > 2 * _DEPTH)
        particular = _particular(step, codes) + ["tasks as above"] * closed
        name, title = step.name, step.display_name
        shown = name if title in ("", name) else f"{name} ({title})"
        rows.append(
            [
                f"{lead}{'└' if last else '├'} {shown}",
                step.image or step.work,
                "; ".join(particular),
            ]
        )
        if nested and not closed:
            opened.add(step.component)
            rows += _branch(outline, codes, step.component, lead + ("  " if last else "│ "), opened)
    return rows


def _task_json(step: Step, codes: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "name": step.name,
        "display_name": step.display_name,
        "component": step.component,
        "depends_on": list(step.after),
        "after_failure": step.always,
        "condition": step.condition,
        "branch": step.branch,
        "loop": _loop(step),
        "image": step.image,
        "work": step.work,
        "resources": dict(_resources(step.resources)),
        "errors": _codes_of(step, codes),
    }


def _particular(step: Step, codes: Mapping[str, list[str]]) -> list[str]:
    """Errors, dependencies, loop, condition, resources and retries of a task."""
    notes = [_refused(found)] if (found := _codes_of(step, codes)) else []
    if step.after:
        notes.append(f"after {', '.join(step.after)}" + ", even if one failed" * step.always)
    if step.loop:
        notes.append(f"for each of {_cut(_loop(step), 2 * _WIDTH)}")
    if step.when:
        notes.append(step.when)
    notes += [f"{name} {amount}" for name, amount in _resources(step.resources)]
    if step.retry and step.retry.max_retries:
        notes.append(f"{step.retry.max_retries} retries")
    return notes


def _loop(step: Step) -> str:
    """The loop items of the task, with stars for secrets in JSON items."""
    try:
        items = json.loads(step.loop)
    except (ValueError, RecursionError):
        return step.loop
    kept = kept_back("", items)
    return step.loop if kept == items else json.dumps(kept, ensure_ascii=False)


def _resources(resources: Resources | None) -> Iterator[tuple[str, str]]:
    """The limits of a container, or its requests if it has no limits."""
    if resources is None:
        return
    for name, amount in (
        ("cpu", resources.cpu_limit or resources.cpu_request),
        ("memory", resources.memory_limit or resources.memory_request),
    ):
        if amount:
            yield name, _amount(amount, "" if name == "cpu" else " GB")
    accelerator = resources.accelerator
    if accelerator:
        count, kind = str(accelerator.count or "1"), str(accelerator.type or "")
        yield "accelerator", f"{count} × {kind}" if kind else count


def _amount(amount: Amount, unit: str) -> str:
    return str(amount.text) if amount.text else f"{amount.number:g}{unit}"


def _table(rows: Iterable[list[str]], last: int = _WIDTH) -> list[str]:
    """Rows in columns as wide as they need, indented; the last cell of a row is never padded.

    ``last`` is how many columns that one may have.
    """
    shown = [[*map(_cut, row[:-1]), *(_cut(cell, last) for cell in row[-1:])] for row in rows]
    widths: dict[int, int] = {}
    for row in shown:
        for column, cell in enumerate(row):
            widths[column] = max(widths.get(column, 0), len(cell))
    return [
        "  " + "  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip()
        for row in shown
    ]


def _cut(value: str, width: int = _WIDTH) -> str:
    shown = told(value)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
