"""TR456–TR459: graphs and pages about pipelines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

NO_LAYOUT = Rule(
    "TR456",
    Severity.ERROR,
    what="SVG and HTML need the package graphlay, which is not installed",
    hint="`pip install 'kfp-translator[graph]'`, or use --format mermaid or dot",
)
