"""Diagnostics as JUnit XML, which GitLab, Jenkins and Azure Pipelines show as tests.

Elements and attributes are those of Jenkins (``junit-10.xsd`` of its xunit plugin): each input is a
test, which fails if it has errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.diagnostics import report as text_report
from translator.diagnostics.internal import UNEXPECTED
from translator.diagnostics.redaction import guarded, told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic

__all__ = ["document"]

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def document(
    found: Mapping[str, Sequence[Diagnostic]], command: str, skipped: Collection[str] = ()
) -> str:
    """The document for the findings of each input; ``skipped`` are inputs that are no pipelines."""
    failed = {name for name, ones in found.items() if _of(ones, Severity.ERROR)}
    broken = {name for name in failed if _is_internal(found[name])}
    numbers = {"tests": len(found), "failures": len(failed - broken), "errors": len(broken)}
    counts = "".join(f' {name}="{number}"' for name, number in numbers.items())
    name = _escaped(f"translator {command}")
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites name="{name}"{counts}>']
    others = len(set(skipped) - failed)
    lines.append(f'<testsuite name="{name}"{counts} skipped="{others}">')
    for file, ones in found.items():
        lines += _case(file, ones, command, is_skipped=file in skipped)
    return "".join(f"{guarded(line)}\n" for line in [*lines, "</testsuite>", "</testsuites>"])


def _case(
    file: str, found: Sequence[Diagnostic], command: str, *, is_skipped: bool
) -> Iterator[str]:
    opening = f'<testcase name="{_escaped(told(file))}" classname="translator.{_escaped(command)}"'
    errors, others = _of(found, Severity.ERROR), _of(found, Severity.WARNING)
    if not (errors or others or is_skipped):
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    if errors:
        tag = "error" if _is_internal(errors) else "failure"
        codes = ", ".join(dict.fromkeys(one.rule.code for one in errors))
        number = f"{len(errors):,} error{'s' if len(errors) > 1 else ''}"
        first = _escaped(errors[0].message)
        yield f'<{tag} type="{codes}" message="{number}: {first}">{_text(errors)}</{tag}>'
    elif is_skipped:
        yield f'<skipped message="{_escaped(found[0].message if found else "no pipeline")}"/>'
    if others:
        yield f"<system-out>{_text(others)}</system-out>"
    yield "</testcase>"


def _of(found: Sequence[Diagnostic], severity: Severity) -> list[Diagnostic]:
    return [one for one in found if one.severity is severity]


def _is_internal(found: Sequence[Diagnostic]) -> bool:
    return any(one.rule.code == UNEXPECTED.code for one in found)


def _text(found: Sequence[Diagnostic]) -> str:
    return guarded("\n".join(map(_escaped, text_report.text(found).splitlines())))


def _escaped(text: str) -> str:
    """Text for an element, or an attribute in double quotes."""
    return told(text).translate(_ESCAPES)
