"""Kubeflow Pipelines: the checks, and ``submit.py``."""

from translator.targets.kubeflow.options import Options

__all__ = ["Options"]
