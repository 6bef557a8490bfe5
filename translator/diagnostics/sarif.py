"""Diagnostics as SARIF 2.1.0, the exchange format of static analysis tools."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.manual import advice, page, sentence
from translator.diagnostics.places import relative
from translator.diagnostics.redaction import masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.diagnostics import Diagnostic, Origin, Rule

__all__ = ["SCHEMA", "VERSION", "document"]

VERSION = "2.1.0"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Characters of links in messages (SARIF 2.1.0, section 3.11.6).
_SPECIAL = re.compile(r"[\[\]\\]")
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def document(
    diagnostics: Sequence[Diagnostic], version: str, status: int, base: str = "."
) -> dict[str, Any]:
    """The log of one run as JSON values, with each finding as a result, in their order.

    ``version`` is that of the translator, ``status`` its exit status, and ``base`` the folder for
    relative paths. A rule has its own level, a result the level under the policy of the run.
    """
    rules = {finding.rule.code: finding.rule for finding in diagnostics}
    index = {code: number for number, code in enumerate(sorted(rules))}
    driver = {
        "name": "translator",
        "version": version,
        "rules": [_rule(rules[code]) for code in index],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": status < 2, "exitCode": status}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule.code], base) for finding in diagnostics],
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    told = {"text": sentence(rule.what)}
    manual = page(rule.code)
    return {
        "id": rule.code,
        "shortDescription": told,
        "fullDescription": told,
        "help": {"text": advice(rule), **({"markdown": manual} if manual else {})},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Diagnostic, index: int, base: str) -> dict[str, Any]:
    told = f"{finding.message}\nhelp: {finding.help}" if finding.help else finding.message
    told = _SPECIAL.sub(r"\\\g<0>", told)
    location = _location(finding.origin, base) if finding.origin else {}
    suppression = {"kind": "external", "status": "accepted", "justification": finding.reason}
    return {
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": told},
        "locations": [location] if location else [],
        **({"suppressions": [suppression]} if finding.accepted else {}),
    }


def _location(origin: Origin, base: str) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if origin.file:
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(origin.file, base)}}
        if origin.line:
            columns = {"startColumn": origin.column} if origin.column else {}
            location["physicalLocation"]["region"] = {"startLine": origin.line, **columns}
    if origin.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": masked(origin.pointer)}]
    return location


def _uri(file: str, base: str) -> str:
    from urllib.parse import quote

    path = relative(file, base)
    if not os.path.isabs(path):
        return quote(path, errors="surrogatepass")
    absolute = quote(path, safe="/:", errors="surrogatepass")
    return f"file://{absolute}" if absolute.startswith("/") else f"file:///{absolute}"
