"""TR1xx: reading a file."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity
