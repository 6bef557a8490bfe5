"""Pipeline and findings → REPORT.md: what was rewritten, and what is left to do by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.accounts import goes_as_it_is, line
from translator.diagnostics import Severity
from translator.diagnostics.report import also, grouped
from translator.diagnostics.safe import masked
from translator.model import Container, Dag, ExecutorRef, walk_tasks
from translator.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic
    from translator.model import Component, Pipeline

__all__ = ["REPORT", "report"]

#: The name of the file.
REPORT = "REPORT.md"
#: What Markdown takes for its own inside a line, and what HTML does.
_SPECIAL = frozenset("\\`*_[]<>|~&$")
#: The shell's fixed words that stand before a command (docs/kfp-v1.md), by their names → what for.
_WRAPPERS = {
    "change-directory": "it runs in its working folder",
    "copy-output": "what it writes at a path of its own is copied to where KFP v2 takes it",
    "copy-value": "what it writes at a path of its own is handed on as a value",
    "default-value": "a value that it does not write has its default",
    "fill-failures": "how the tasks failed is told in the words of Argo",
    "fill-status": "how the pipeline ended is told in the words of Argo",
    "keep-printed": "what it prints is handed on as a value",
    "place-input": "a file is put where it looks for it",
    "run-script": "its text is run as a script",
    "set-environment": "a value known at run time goes into its environment",
    "trim-values": "Argo takes a newline off the end of a value, and KFP v2 does not",
    "write-input": "a value that it takes as a file is written to one",
}


def report(
    pipeline: Pipeline, diagnostics: Sequence[Diagnostic], balance: Mapping[str, int], to: str
) -> str:
    """The page. Texts of the pipeline stand in it as text, whatever is in them.

    ``balance`` is that of ``accounts``, for the target ``to``.
    """
    title = target(to).title
    lines = [f"# {_text(pipeline.display_name or pipeline.name)} for {title}", ""]
    sdk = f", compiled by {_text(pipeline.sdk_version)}" if pipeline.sdk_version else ""
    lines += [f"Translated from {pipeline.dialect}{sdk}.", ""]
    if balance:
        lines += [f"{line(balance)}.", ""]
        if balance.get("inert"):
            lines += ["Inert is what says nothing outside the file, or says it a second time.", ""]
    lines += _left_to_do(diagnostics)
    if not goes_as_it_is(pipeline, to):
        lines += _rewritten(pipeline)
    lines += _tasks(pipeline)
    return "\n".join(lines).rstrip() + "\n"


def _left_to_do(diagnostics: Sequence[Diagnostic]) -> list[str]:
    lines = ["## To do by hand", ""]
    warnings = [d for d in diagnostics if d.severity is not Severity.NOTE]
    notes = [d for d in diagnostics if d.severity is Severity.NOTE]
    if warnings:
        lines += [f"- [ ] {_finding(*group)}" for group in grouped(warnings)]
    else:
        lines.append("Nothing.")
    if notes:
        lines += ["", "## Worth knowing", ""]
        lines += [f"- {_finding(*group)}" for group in grouped(notes)]
    return [*lines, ""]


def _finding(one: Diagnostic, *others: Diagnostic) -> str:
    place = f", line {one.origin.line}" if one.origin and one.origin.line else ""
    more = also(one, others)
    told = f"**{one.rule.code}**{place}{f' ({more})' if more else ''}: {_prose(one.message)}."
    return f"{told} {_prose(one.help[:1].upper() + one.help[1:])}." if one.help else told


def _rewritten(pipeline: Pipeline) -> list[str]:
    rows = [*_decided(pipeline), *_wrapped(pipeline)]
    if not rows:
        return []
    table = ["| component | what | became | why |", "|---|---|---|---|"]
    cells = ((_text(label), *map(_prose, told)) for label, *told in rows)
    return ["## Rewritten, and why", "", *table, *map(_row, cells), ""]


def _decided(pipeline: Pipeline) -> Iterator[tuple[str, str, str, str]]:
    """The outputs that the reader made a parameter or an artifact of."""
    for label, component in pipeline.components.items():
        sides = (
            ("parameter", component.outputs.parameters),
            ("artifact", component.outputs.artifacts),
        )
        for kind, outputs in sides:
            for name, output in outputs.items():
                if output.why.startswith("taken"):
                    yield label, f"output `{name}`", kind, output.why


def _wrapped(pipeline: Pipeline) -> Iterator[tuple[str, str, str, str]]:
    """The commands that fixed words of a shell stand before; their names say what for."""
    for label, component in pipeline.components.items():
        for name in _wrappers(component, pipeline):
            yield label, "command", f"begins with `{name}`", _WRAPPERS[name]


def _wrappers(component: Component, pipeline: Pipeline) -> list[str]:
    if pipeline.source is None or not isinstance(component.body, ExecutorRef):
        return []
    executor = pipeline.executors.get(component.body.label)
    if not isinstance(executor, Container):
        return []
    words = [str(word) for word in executor.command]
    return [
        words[at + 3]
        for at in range(len(words) - 3)
        if words[at : at + 2] == ["sh", "-c"] and words[at + 3] in _WRAPPERS
    ]


def _tasks(pipeline: Pipeline) -> list[str]:
    rows = []
    for holder, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        runs = "a pipeline" if component and isinstance(component.body, Dag) else ""
        if component and isinstance(component.body, ExecutorRef):
            executor = pipeline.executors.get(component.body.label)
            runs = str(executor.image) if isinstance(executor, Container) else "an importer"
        rows.append((holder, name, task.display_name, runs))
    table = ["| in | task | shown as | runs |", "|---|---|---|---|"]
    return ["## Tasks", "", *table, *(_row(map(_text, row)) for row in rows), ""]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _prose(sentence: str) -> str:
    """A sentence of a rule, in which backticks stand around code."""
    parts = _printable(sentence).split("`")
    if len(parts) % 2 == 0:  # a backtick of the pipeline's is among them
        return _text(sentence)
    return "".join(f"`{part}`" if n % 2 and part else _text(part) for n, part in enumerate(parts))


def _text(text: str) -> str:
    """Text as Markdown shows it letter for letter, on one line."""
    shown = _printable(text)
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in shown)


def _printable(text: str) -> str:
    words = re.sub(r"[\s\x85\u2028\u2029]+", " ", masked(text))
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in words)
