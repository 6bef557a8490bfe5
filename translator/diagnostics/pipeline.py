"""TR2xx: the pipeline itself."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity
