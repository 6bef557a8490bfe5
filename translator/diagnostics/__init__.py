"""What is said about a pipeline: rules, the findings made from them, the error that has them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from translator.diagnostics.safe import printable, shortened, told
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Diagnostic", "Origin", "Rule", "Severity", "TranslationError"]


class Severity(Enum):
    """How much a finding weighs."""

    #: No truthful pipeline can be written; nothing is.
    ERROR = "error"
    #: The bundle is written, but something behaves differently or needs a hand.
    WARNING = "warning"
    #: Worth knowing; shown with ``-v``.
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
    """One kind of finding: its code, its weight, and its sentences with ``{facts}`` left open."""

    code: str
    severity: Severity
    #: What is wrong. Never advises.
    what: str
    #: What to do about it. Never explains.
    hint: str = ""
    #: Whether a report may show the line of the file.
    shows_line: bool = True
    #: About the translation of KFP v1 into KFP v2; it does not apply where the file itself is run.
    lowering: bool = False

    def at(self, origin: Origin | None, **facts: object) -> Diagnostic:
        """A finding of this rule at ``origin``."""
        return Diagnostic(rule=self, origin=origin, facts=facts)


class Diagnostic(NamedTuple):
    """One finding: which rule, where, and the facts that fill its sentences."""

    rule: Rule
    origin: Origin | None = None
    #: ``meant`` is one that every rule knows: the name that a misspelt one is taken for.
    facts: Mapping[str, object] = {}
    #: What a ``Policy`` makes of the severity; None leaves it to the rule.
    weight: Severity | None = None

    @property
    def severity(self) -> Severity:
        """The weight that the rule gives it, or a policy."""
        return self.weight or self.rule.severity

    @property
    def message(self) -> str:
        """What is wrong, with the facts filled in; nothing in it can steer a terminal."""
        return told(self.rule.what.format_map(self._shown()))

    @property
    def help(self) -> str:
        """What to do, with the facts filled in; empty when there is nothing to do."""
        shown = self._shown()
        advice = self.rule.hint.format_map(shown)
        if meant := shown.get("meant"):
            advice = f"did you mean `{meant}`?" + (f" if not, {advice}" if advice else "")
        return told(advice)

    def _shown(self) -> Mapping[str, object]:
        shown = {name: shortened(fact) for name, fact in self.facts.items()}
        return self.facts if shown == self.facts else shown

    def __str__(self) -> str:
        place = f"{printable(str(self.origin))}: " if self.origin else ""
        return f"{place}{self.severity.value}[{self.rule.code}]: {self.message}"


class TranslationError(Exception):
    """A pipeline could not be read or written truthfully. ``diagnostics`` holds every finding."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        super().__init__("\n".join(str(d) for d in errors or self.diagnostics))
