"""Vertex AI Pipelines: the checks, and ``main.py``."""

from translator.targets.vertex.options import Options

__all__ = ["Options"]
