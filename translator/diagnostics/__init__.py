"""Diagnostics: rules, the findings made from them, and the error that carries findings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import printable, shortened, told
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Diagnostic",
    "Findings",
    "Origin",
    "Rule",
    "Severity",
    "TranslationError",
    "in_order",
    "without_errors",
]


class Severity(Enum):
    """The severity of a finding."""

    #: No equivalent pipeline can be written; nothing is written.
    ERROR = "error"
    #: The bundle is written, but something behaves differently or needs a manual step.
    WARNING = "warning"
    #: For information; shown with ``-v``.
    NOTE = "note"


class Origin(NamedTuple):
    """A place in an input file. Lines and columns count from 1; 0 means unknown."""

    #: The file as the user named it.
    file: str
    line: int = 0
    column: int = 0
    #: RFC 6901 JSON pointer inside the document.
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Rule(NamedTuple):
    """One kind of finding: its code, its severity, and its messages with ``{facts}`` as
    placeholders.
    """

    code: str
    severity: Severity
    #: The problem, without advice.
    what: str
    #: The action, without an explanation.
    hint: str = ""
    #: Whether a report may show the line of the file.
    shows_line: bool = True
    #: About the translation of KFP v1 into KFP v2; it does not apply where the file itself is run.
    lowering: bool = False

    def at(self, origin: Origin | None, **facts: object) -> Diagnostic:
        """A finding of this rule at ``origin``."""
        return Diagnostic(rule=self, origin=origin, facts=facts)


class Diagnostic(NamedTuple):
    """One finding: its rule, its place, and the facts for the placeholders of its messages."""

    rule: Rule
    origin: Origin | None = None
    #: Every rule supports ``meant``: the suggestion for a misspelt name.
    facts: Mapping[str, object] = {}
    #: The severity that a ``Policy`` sets; None for that of the rule.
    weight: Severity | None = None
    #: Why the user's plan accepts it: it is a note then. Empty if no plan does.
    accepted: str = ""

    @property
    def severity(self) -> Severity:
        """The severity set by a policy, or that of the rule; a note if a plan accepts it."""
        return Severity.NOTE if self.accepted else self.weight or self.rule.severity

    @property
    def message(self) -> str:
        """The problem, with the facts; control characters are escaped."""
        return told(self.rule.what.format_map(self._shown()))

    @property
    def help(self) -> str:
        """The action, with the facts, or the reason of a plan that accepts it; may be empty."""
        if self.accepted:
            return f"no action needed: {self.reason}"
        shown = self._shown()
        advice = self.rule.hint.format_map(shown)
        if meant := shown.get("meant"):
            advice = f"did you mean `{meant}`?" + (f" if not, {advice}" if advice else "")
        return told(advice)

    @property
    def reason(self) -> str:
        """Why the user's plan accepts it, for messages; empty if no plan does."""
        return told(str(shortened(" ".join(self.accepted.split()))))

    def _shown(self) -> Mapping[str, object]:
        shown = {name: shortened(fact) for name, fact in self.facts.items()}
        return self.facts if shown == self.facts else shown

    def __str__(self) -> str:
        place = f"{printable(str(self.origin))}: " if self.origin else ""
        return f"{place}{self.severity.value}[{self.rule.code}]: {self.message}"


class Findings(list[Diagnostic]):
    """Findings in the order in which they were added. A place has a finding once.

    A DAG of KFP v1 is read anew for each task that runs it, all arguments of a program have one
    place, and a text may name the same thing twice.
    """

    def __init__(self, findings: Iterable[Diagnostic] = ()) -> None:
        super().__init__()
        #: Place and code → the finding, or the messages of several. Making a message takes long.
        self._known: dict[object, Diagnostic | set[str]] = {}
        for finding in findings:
            self.add(finding)

    def add(self, finding: Diagnostic) -> None:
        """Adds a finding, once for each place."""
        place = finding.origin and finding.origin[:3], finding.rule.code
        known = self._known.get(place)
        if known is None:
            self._known[place] = finding
        else:
            if not isinstance(known, set):
                known = self._known[place] = {known.message}
            if finding.message in known:
                return
            known.add(finding.message)
        self.append(finding)


class TranslationError(Exception):
    """A pipeline could not be read or translated. ``diagnostics`` has every finding."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        super().__init__("\n".join(str(d) for d in errors or self.diagnostics))


def without_errors(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in order, if none of them is an error."""
    found = in_order(findings)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise TranslationError(found)
    return found


def in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in the order of the file."""

    def place(finding: Diagnostic) -> tuple[str, int, int, str]:
        file, line, column, _ = finding.origin or Origin("")
        return file, line, column, finding.rule.code

    return tuple(sorted(findings, key=place))
