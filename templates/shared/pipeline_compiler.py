"""Compiles the pipeline of pipeline.py, for the script that runs it.

This file is the same for Vertex AI and for Kubeflow Pipelines.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from pipeline_inputs import installed

__all__ = ["compiled"]


def compiled(function: Any) -> str:
    """The path of the compiled pipeline, which is removed when the script ends.

    `function` is that of `@dsl.pipeline`. What kfp's compiler raises is shown as it is.
    """
    folder = tempfile.mkdtemp(prefix="pipeline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = str(Path(folder) / "pipeline.yaml")
    installed("kfp.compiler").Compiler().compile(function, path)
    return path
