"""Compiles the pipeline of pipeline.py, for the script that runs it.

This file is the same for Vertex AI and for Kubeflow Pipelines.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from script_support import installed

__all__ = ["compiled"]


def compiled(function: Any) -> str:
    """The path of the compiled pipeline, which is removed when the script ends.

    `function` is that of `@dsl.pipeline`. What kfp's compiler raises is shown as it is.
    """
    folder = tempfile.mkdtemp(prefix="pipeline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "pipeline.yaml"
    installed("kfp.compiler").Compiler().compile(function, str(path))
    path.write_text(_without_comments(function), encoding="utf-8")
    return str(path)


def _without_comments(function: Any) -> str:
    """The documents that kfp's compiler writes below its comments.

    It writes the defaults of inputs into comments as they are, so that a default of
    several lines would become a part of the pipeline.
    """
    specs = [function.pipeline_spec]
    if function.platform_spec.platforms:
        specs.append(function.platform_spec)
    as_dict = installed("google.protobuf.json_format").MessageToDict
    documents = [as_dict(spec) for spec in specs]
    return str(installed("yaml").dump_all(documents, sort_keys=True))
