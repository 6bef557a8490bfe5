"""TR3xx: what Vertex AI Pipelines cannot run or does otherwise."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity
