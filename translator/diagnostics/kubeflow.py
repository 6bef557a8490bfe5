"""TR4xx: what a Kubeflow cluster needs beside the file."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity
