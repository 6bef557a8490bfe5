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
    from translator.diagnostics.globs import Glob

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
    #: Codes of warnings and notes that are ignored, and ``CODE:FIELD`` for those at a field.
    ignore: frozenset[str] = frozenset()
    #: Codes of warnings and notes that are errors, even if ``ignore`` has them.
    error: frozenset[str] = frozenset()
    #: Pattern of files → what is ignored in them, as in ``ignore``.
    per_file: tuple[tuple[Glob, frozenset[str]], ...] = ()

    @classmethod
    def of(
        cls,
        *,
        strict: bool = False,
        ignore: Iterable[str] = (),
        error: Iterable[str] = (),
        per_file: Iterable[tuple[Glob, Iterable[str]]] = (),
    ) -> Policy:
        """A policy with these codes, case-insensitive.

        ``CODE:FIELD`` ignores the findings at a field, by the names of keys from the top of the
        file or from any level: ``TR304:metadata.annotations``. Raises ``ValueError`` for a code
        that does not exist, and for ignoring an error.
        """
        files = tuple((glob, frozenset(map(_ignorable, codes))) for glob, codes in per_file)
        return cls(strict, frozenset(map(_ignorable, ignore)), frozenset(map(_known, error)), files)

    def joined(self, other: Policy) -> Policy:
        """The union of two policies."""
        return Policy(
            self.strict or other.strict,
            self.ignore | other.ignore,
            self.error | other.error,
            (*self.per_file, *other.per_file),
        )

    def applied(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are not ignored, with their severity under the policy."""
        if not any(self):  # the default
            return list(diagnostics)
        return [self._weighed(finding) for finding in diagnostics if not self._ignores(finding)]

    def refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether one of the findings is an error under the policy."""
        return any(finding.severity is Severity.ERROR for finding in self.applied(diagnostics))

    def _ignores(self, finding: Diagnostic) -> bool:
        if finding.rule.code in self.error or finding.rule.severity is Severity.ERROR:
            return False
        file = finding.origin.file if finding.origin else ""
        return _is_in(finding, self.ignore) or any(
            _is_in(finding, codes) and glob.matches(file) for glob, codes in self.per_file
        )

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


def _ignorable(entry: str) -> str:
    """The code in upper case, with its field; ``ValueError`` for an unknown one or an error."""
    from translator.diagnostics.codes import RULES

    code, colon, field = entry.partition(":")
    code = _known(code)
    if colon and not field.strip(". "):
        raise ValueError(f"the field is missing in '{entry}'")
    if RULES[code].severity is Severity.ERROR:
        raise ValueError(f"{code} is an error, which cannot be ignored")
    return code + colon + field.strip(". ")


def _is_in(finding: Diagnostic, entries: frozenset[str]) -> bool:
    """Whether one of the entries is about the code of a finding, or about its field."""
    code = finding.rule.code
    if code in entries:
        return True
    fields = [entry[len(code) + 1 :] for entry in entries if entry.startswith(f"{code}:")]
    if not fields or finding.origin is None:
        return False
    keys = [key for key in finding.origin.pointer.split("/")[1:] if not key.isdecimal()]
    place = f".{'.'.join(keys)}.".replace("~1", "/").replace("~0", "~")
    return any(f".{field}." in place for field in fields)
