"""Findings that a plan accepts: warnings that need no action, each with the reason of the user."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.diagnostics.redaction import masked, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic

__all__ = ["accepted", "is_acceptable", "key_of", "keys_of", "require_code", "used_keys"]

#: The first fact in a message.
_FACT = r"\{(\w+)\}"


def key_of(finding: Diagnostic) -> str:
    """The key of a finding in a plan: ``CODE/SUBJECT``, or ``CODE`` if its message has no facts.

    The subject is the first fact of the message, without secrets: a setting, a volume, an address.
    It does not depend on the place, so that an edit of the file does not change it.
    """
    code = finding.rule.code
    fact = re.search(_FACT, finding.rule.what)
    subject = masked(str(shortened(finding.facts.get(fact[1], "")))) if fact else ""
    return f"{code}/{subject}" if subject else code


def keys_of(finding: Diagnostic) -> tuple[str, str]:
    """The keys that accept a finding, that of its subject before that of its code."""
    return key_of(finding), finding.rule.code


def is_acceptable(finding: Diagnostic) -> bool:
    """Whether it is a warning by its rule: errors cannot be accepted, notes need no action."""
    return finding.rule.severity is Severity.WARNING


def accepted(findings: Iterable[Diagnostic], reasons: Mapping[str, str]) -> Iterator[Diagnostic]:
    """The findings, of which those that the plan accepts have the reason and are notes."""
    for finding in findings:
        key = _key_in(reasons, finding) if is_acceptable(finding) else ""
        yield finding._replace(accepted=reasons[key]) if key else finding


def used_keys(findings: Iterable[Diagnostic], reasons: Mapping[str, str]) -> set[str]:
    """The keys of the plan that findings have been accepted by."""
    return {_key_in(reasons, finding) for finding in findings if finding.accepted}


def _key_in(reasons: Mapping[str, str], finding: Diagnostic) -> str:
    return next((key for key in keys_of(finding) if key in reasons), "")


def require_code(key: str) -> None:
    """``ValueError`` if a key does not begin with the code of a warning or note."""
    from translator.diagnostics.codes import RULES
    from translator.diagnostics.spelling import question

    code = key.partition("/")[0]
    if code not in RULES:
        raise ValueError(f"unknown code `{code}`{question(code, RULES)}")
    if RULES[code].severity is Severity.ERROR:
        raise ValueError(f"{code} is an error, which cannot be accepted")
