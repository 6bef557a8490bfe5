"""Policies: which findings are ignored, and which count as errors.

The library itself raises for errors of its rules only. A policy is applied to its results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.diagnostics import Diagnostic

__all__ = ["Policy"]


class Policy(NamedTuple):
    """Which findings are ignored, and which have a higher severity than their rule.

    >>> from translator.diagnostics import Severity
    >>> from translator.diagnostics.policy import Policy
    >>> from translator.diagnostics.reading import UNREAD_FIELD
    >>> found = [UNREAD_FIELD.at(None, field="oddField")]
    >>> [finding.severity.value for finding in Policy(strict=True).applied(found)]
    ['error']
    >>> Policy.of(ignore=["TR103"]).applied(found)
    []
    """

    #: Warnings are errors.
    strict: bool = False
    #: Codes of warnings and notes that are ignored.
    ignore: frozenset[str] = frozenset()
    #: Codes of warnings and notes that are errors, even if ``ignore`` has them.
    error: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, *, strict: bool = False, ignore: Iterable[str] = (), error: Iterable[str] = ()
    ) -> Policy:
        """A policy with these codes, case-insensitive.

        Raises ``ValueError`` for a code that does not exist, and for ignoring an error.
        """
        ignored, raised = frozenset(map(_known, ignore)), frozenset(map(_known, error))
        for code in sorted(ignored):
            if _severity(code) is Severity.ERROR:
                raise ValueError(f"{code} is an error, which cannot be ignored")
        return cls(strict, ignored, raised)

    def joined(self, other: Policy) -> Policy:
        """The union of two policies."""
        return Policy(
            self.strict or other.strict, self.ignore | other.ignore, self.error | other.error
        )

    def applied(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are not ignored, with their severity under the policy."""
        return [self._weighed(finding) for finding in diagnostics if not self._ignores(finding)]

    def refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether one of the findings is an error under the policy."""
        return any(finding.severity is Severity.ERROR for finding in self.applied(diagnostics))

    def _ignores(self, finding: Diagnostic) -> bool:
        code = finding.rule.code
        ignored = code in self.ignore and code not in self.error
        return ignored and finding.rule.severity is not Severity.ERROR

    def _weighed(self, finding: Diagnostic) -> Diagnostic:
        if finding.accepted:
            return finding
        strict = self.strict and finding.severity is Severity.WARNING
        if strict or finding.rule.code in self.error:
            return finding._replace(weight=Severity.ERROR)
        return finding


def _known(code: str) -> str:
    """The code in upper case; ``ValueError`` for an unknown code."""
    from translator.diagnostics.codes import RULES
    from translator.diagnostics.spelling import question

    if code.upper() not in RULES:
        raise ValueError(f"unknown code '{code}'{question(code, RULES)}")
    return code.upper()


def _severity(code: str) -> Severity:
    from translator.diagnostics.codes import RULES

    return RULES[code].severity
