"""Convert compiled Kubeflow pipelines for Vertex AI or Kubeflow.

>>> import translator
>>> files = translator.translate("examples/hello/pipeline.yaml", to="vertex").files
>>> [name for name in files if "_" not in name]
['main.py', 'pipeline.yaml', 'requirements.txt', 'REPORT.md']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.api import (
        Reading,
        Translation,
        check,
        compare,
        decompile,
        load,
        load_text,
        render,
        translate,
    )
    from translator.comparison import Comparison, Difference
    from translator.decompiler import Decompiled
    from translator.diagnostics import Diagnostic, Severity, TranslationError
    from translator.plan.reading import load_plan
    from translator.readers.options import ReadOptions
    from translator.version import __version__

__all__ = [
    "Comparison",
    "Decompiled",
    "Diagnostic",
    "Difference",
    "ReadOptions",
    "Reading",
    "Severity",
    "Translation",
    "TranslationError",
    "__version__",
    "check",
    "compare",
    "decompile",
    "load",
    "load_plan",
    "load_text",
    "render",
    "translate",
]


def __dir__() -> list[str]:
    """The public names, which are loaded on first use."""
    return sorted(__all__)


def __getattr__(name: str) -> object:
    """Loads a public name on first use: importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    homes = dict.fromkeys(("Diagnostic", "Severity", "TranslationError"), "diagnostics")
    homes |= {"ReadOptions": "readers.options", "__version__": "version"}
    homes |= {"load_plan": "plan.reading", "Decompiled": "decompiler"}
    homes |= dict.fromkeys(("Comparison", "Difference"), "comparison")
    return getattr(import_module(f"translator.{homes.get(name, 'api')}"), name)
