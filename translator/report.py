"""Pipeline and findings → REPORT.md: manual steps, notes, rewrites and tasks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.report import also, grouped
from translator.graph.drawing import drawing
from translator.graph.mermaid import MAX_ARROWS, MAX_LENGTH, mermaid
from translator.leaf_counts import line
from translator.markdown import prose as _prose
from translator.markdown import row as _row
from translator.markdown import text as _text
from translator.model import KFP_V1, Container, Dag, ExecutorRef, Resource, walk_tasks
from translator.platforms import DRIVER_IMAGES
from translator.readers.kfp_outline import of_pipeline
from translator.targets.base import PYTHON, Table
from translator.task_places import TaskPlaces
from translator.version import NOTICE, __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic
    from translator.diagnostics.rewrites import Rewrite
    from translator.model import Component, Executor, Pipeline
    from translator.plan.made import Made
    from translator.targets.base import BaseOptions, Target

__all__ = ["REPORT", "report", "wrappers"]

#: The name of the file.
REPORT = "REPORT.md"
#: How many tasks an entry names.
_NAMES = 20
#: Name of a wrapper before a command (docs/kfp-v1.md) → its purpose.
_WRAPPERS = {
    "change-directory": "changes to the working directory of the container",
    "convert-executor-input": "converts inputs and outputs of a kfp 1.x function (schema 2.0.0)",
    "copy-output": "copies an output from its fixed path to where KFP v2 collects it",
    "copy-value": "copies an output value from its fixed path to where KFP v2 collects it",
    "default-value": "sets the default of an output value that is not written",
    "fetch-secrets": "reads secrets of Secret Manager",
    "fill-failures": "writes the failures in the format of Argo",
    "fill-references": "replaces `$(NAME)` in the command by values of secrets",
    "fill-status": "writes the final status in the format of Argo",
    "keep-printed": "collects the standard output as an output value",
    "place-input": "copies an input file to its fixed path",
    "run-script": "runs the script of the template",
    "set-environment": "sets an environment variable that is known only at run time",
    "show-metrics": "converts metrics and visualizations of KFP v1 to artifacts",
    "trim-values": "removes the newline at the end of a value, as Argo does",
    "write-config-maps": "writes values of config maps to files and environment variables",
    "write-input": "writes an input value to a file",
}


def report(
    pipeline: Pipeline,
    diagnostics: Sequence[Diagnostic],
    balance: Mapping[str, int],
    to: Target,
    options: BaseOptions | None = None,
    *,
    file: str = "",
    sha256: str = "",
    rewrites: Sequence[Rewrite] = (),
    decisions: Sequence[Made] = (),
) -> str:
    """The page. Texts of the pipeline are escaped in it.

    ``balance`` is that of ``leaf_counts``, for the target ``to``. Only the base name of ``file`` is
    used, so that the page does not depend on the folder.
    """
    lines = [f"# {_text(pipeline.display_name or pipeline.name)} for {to.product}", ""]
    lines += [_origin(pipeline, file, sha256), ""]
    options = options or to.options()
    lines += _counts(balance, "pipeline.py" if options.style == PYTHON else "pipeline.yaml")
    if diagnostics:
        lines += ["Lines are those of that file. `translator explain CODE` explains a code.", ""]
    needs = _needs(to.needs(pipeline, options), to)
    places = TaskPlaces(pipeline) if diagnostics else None
    lines += _left_to_do(places, diagnostics, step=to.step_of_needs if needs else "")
    lines += needs
    lines += _accepted(places, diagnostics)
    lines += _worth_knowing(places, diagnostics)
    lines += _decisions(decisions)
    written = to.rewritten(pipeline)
    if to.needs_lowering:
        lines += _rewritten(pipeline, written, rewrites)
    lines += _tables(to.tables(pipeline))
    lines += _tasks(pipeline, written)
    lines.append(NOTICE)
    return "\n".join(lines) + "\n"


def _origin(pipeline: Pipeline, file: str, sha256: str) -> str:
    """The file, its compiler and the version of this tool."""
    facts = [pipeline.dialect]
    if pipeline.sdk_version:
        facts[0] += f", compiled by {_text(pipeline.sdk_version)}"
    if sha256:
        facts.append(f"SHA-256 `{sha256}`")
    about = "; ".join(facts)
    source = f"{_text(os.path.basename(file))} ({about})" if file else about
    return f"Translated from {source} by translator {__version__}."


def _counts(balance: Mapping[str, int], file: str) -> list[str]:
    """How many values of the file met each fate, and what the fates mean.

    ``file`` is that of the bundle with the pipeline.
    """
    if not balance:
        return []
    meanings = {
        "rewritten": f"a rewritten value has another form in `{file}`",
        "reported": "a reported value is in an entry below, which can be about many values",
        "inert": "a value without effect has no meaning outside of the file, or is a repetition",
    }
    about = "; ".join(meaning for fate, meaning in meanings.items() if balance.get(fate))
    lines = [f"{line(balance)}.", ""]
    return [*lines, f"{about[0].upper()}{about[1:]}.", ""] if about else lines


def _left_to_do(
    places: TaskPlaces | None, diagnostics: Sequence[Diagnostic], step: str
) -> list[str]:
    warnings = [d for d in diagnostics if d.severity is not Severity.NOTE]
    lines = [f"- [ ] {entry}" for entry in _findings(places, warnings)]
    if step:
        lines.append(f"- [ ] {step}")
    return ["## Manual steps", "", *(lines or ["None."]), ""]


def _needs(needs: Iterable[Any], to: Target) -> list[str]:
    """What must be there before a run, each with the command that creates it."""
    lines: list[str] = []
    for need in needs:
        lines += [f"- {_prose(need.what)}", "", "  ```sh", f"  {need.command}", "  ```", ""]
    if not lines:
        return []
    return [f"## {to.title_of_needs}", "", to.about_needs, "", *lines]


def _accepted(places: TaskPlaces | None, diagnostics: Sequence[Diagnostic]) -> list[str]:
    """The findings that the plan accepts, each with the reason of the user."""
    found = [d for d in diagnostics if d.accepted]
    entries = [f"- {entry}" for entry in _findings(places, found)]
    about = "These findings need no action, by the section `accepted` of the plan."
    return ["## Accepted", "", about, "", *entries, ""] if found else []


def _worth_knowing(places: TaskPlaces | None, diagnostics: Sequence[Diagnostic]) -> list[str]:
    notes = [d for d in diagnostics if d.severity is Severity.NOTE and not d.accepted]
    entries = [f"- {entry}" for entry in _findings(places, notes)]
    return ["## Notes", "", *entries, ""] if notes else []


def _decisions(decisions: Iterable[Made]) -> list[str]:
    """The decisions of the user, and those that are made by default."""
    rows = tuple((one.thing, one.key, one.value, _names(one.tasks)) for one in decisions)
    about = "Change them with a plan (`translator plan`) or with options of `translator convert`."
    table = Table("Decisions", about, ("kind", "name", "value", "used by"), rows)
    return _tables([table] if rows else [])


def _names(tasks: Sequence[str]) -> str:
    more = f" and {len(tasks) - _NAMES} more" if len(tasks) > _NAMES else ""
    return ", ".join(tasks[:_NAMES]) + more


def _findings(places: TaskPlaces | None, diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """An entry for each group of equal findings, with their places and tasks."""
    for group in grouped(diagnostics):
        one, *others = group
        tasks = places.at(found.origin for found in group) if places else []
        yield _finding(one, also(one, others), tasks)


def _finding(one: Diagnostic, others: str, tasks: list[str]) -> str:
    place = f", line {one.origin.line}" if one.origin and one.origin.line else ""
    place += f" ({others})" if others else ""
    if tasks:
        place += f", {'task' if len(tasks) == 1 else 'tasks'} {_text(_names(tasks))}"
    told = f"**{one.rule.code}**{place}: {_prose(one.message)}."
    if one.accepted:  # which is text of the user, without Markdown
        return f"{told} No action needed: {_text(one.reason)}"
    advice = one.help
    return f"{told} {_prose(advice[:1].upper() + advice[1:])}." if advice else told


def _rewritten(pipeline: Pipeline, written: Pipeline, rewrites: Sequence[Rewrite]) -> list[str]:
    rows = [*_decided(rewrites), *_wrapped(pipeline, written)]
    if not rows:
        return []
    table = ["| component | what | became | why |", "|---|---|---|---|"]
    cells = ((_text(label), *(_prose(it, in_table=True) for it in told)) for label, *told in rows)
    return ["## Rewritten", "", *table, *map(_row, cells), ""]


def _decided(rewrites: Iterable[Rewrite]) -> Iterator[tuple[str, str, str, str]]:
    """The outputs that other tasks use, which made them a parameter or an artifact."""
    taken = [one for one in rewrites if one.users]
    if taken:
        from translator.diagnostics.rewrites import reason  # only the reader of KFP v1 makes them

        for one in taken:
            yield one.component, f"output `{one.output}`", one.became, reason(one)


def _wrapped(pipeline: Pipeline, written: Pipeline) -> Iterator[tuple[str, str, str, str]]:
    """The commands with a wrapper, each with the purpose of the wrapper."""
    for label, component in written.components.items():
        # The wrappers of a KFP v2 file are its own.
        own = [] if pipeline.dialect == KFP_V1 else wrappers(component, pipeline)
        for name in wrappers(component, written):
            if name not in own:
                yield label, "command", f"begins with `{name}`", _WRAPPERS[name]


def wrappers(component: Component, pipeline: Pipeline) -> list[str]:
    """The names of the wrappers before the command of a component."""
    if not isinstance(component.body, ExecutorRef):
        return []
    executor = pipeline.executors.get(component.body.label)
    if not isinstance(executor, Container):
        return []
    words = [str(word) for word in executor.command]
    return [
        words[at + 3]
        for at in range(len(words) - 3)
        if words[at + 1] == "-c" and words[at + 3] in _WRAPPERS
    ]


def _tables(tables: Iterable[Table]) -> list[str]:
    """The sections that only this target has."""
    lines: list[str] = []
    for one in tables:
        head = [_row(one.columns), "|" + "---|" * len(one.columns)]
        rows = (_row(map(_text, row)) for row in one.rows)
        lines += [f"## {one.title}", "", one.about, "", *head, *rows, ""]
    return lines


def _graph(pipeline: Pipeline) -> list[str]:
    """The graph of the tasks for GitHub and GitLab; nothing if it is too large for Mermaid."""
    if sum(1 for _ in walk_tasks(pipeline)) > MAX_ARROWS:
        return []
    picture = drawing(of_pipeline(pipeline), pipeline.name)
    text = mermaid(picture)
    if len(text) > MAX_LENGTH or sum(1 for _ in picture.all_arrows()) > MAX_ARROWS:
        return []
    return ["```mermaid", *text.splitlines(), "```", ""]


def _tasks(pipeline: Pipeline, written: Pipeline) -> list[str]:
    rows = []
    for holder, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        runs = "a pipeline" if component and isinstance(component.body, Dag) else ""
        if component and isinstance(component.body, ExecutorRef):
            executor = pipeline.executors.get(component.body.label)
            runs = _runs(executor)
        rows.append((holder, name, task.display_name, runs))
    table = ["| DAG | task | display name | runs |", "|---|---|---|---|"]
    shown = [*table, *(_row(map(_text, row)) for row in rows)]
    return ["## Tasks", "", *_graph(written), *shown, ""]


def _runs(executor: Executor | None) -> str:
    """What an executor runs, in a few words."""
    match executor:
        case Container(image=image):
            verb = DRIVER_IMAGES.get(str(image))
            return f"{verb} a volume" if verb else str(image)
        case Resource(action=action, kind=kind):
            return f"resource {action} {kind}".rstrip()
        case _:
            return "an importer"
