"""TR9xx: mistakes of ours."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity
