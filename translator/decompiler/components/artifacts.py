"""Artifact types as classes of Python: kfp's, Google's, or one of pipeline.py itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.layout import INDENT, assigned, named
from translator.decompiler.literals import text
from translator.decompiler.names import identifier
from translator.diagnostics import decompiler_components as rules

if TYPE_CHECKING:
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Code
    from translator.diagnostics import Origin
    from translator.model import Artifact

__all__ = ["artifact_class", "type_of_kfp"]

_VERSION = "0.0.1"
#: The classes of ``kfp.dsl`` (kfp/dsl/types/artifact_types.py): ``system.`` and their names.
_OF_KFP = frozenset(
    {
        *("Artifact", "ClassificationMetrics", "Dataset", "HTML", "Markdown", "Metrics", "Model"),
        "SlicedClassificationMetrics",
    }
)
#: The module of google-cloud-pipeline-components, and its classes: ``google.`` and their names.
_GOOGLE = "google_cloud_pipeline_components.types.artifact_types"
_OF_GOOGLE = frozenset(
    {
        *("BQMLModel", "BQTable", "ClassificationMetrics", "ForecastingMetrics"),
        *("RegressionMetrics", "UnmanagedContainerModel", "VertexBatchPredictionJob"),
        *("VertexDataset", "VertexEndpoint", "VertexModel"),
    }
)
#: The title in an instance schema, the older form of a type: ``title: kfp.Dataset``.
_INSTANCE = re.compile(r"^title:\s*[\"']?(?P<title>[\w.]+)", re.MULTILINE)


def artifact_class(module: Module, artifact: Artifact, origin: Origin | None = None) -> Code:
    """The class of an artifact's type. What it needs is imported or defined in the module.

    kfp accepts types of the namespaces ``system`` and ``google`` only, with a version of three
    parts (``validate_schema_title`` and ``…_version`` in kfp/dsl/types/type_utils.py).
    Any other becomes ``dsl.Artifact``, with a finding at ``origin``.
    """
    title, version = type_of_kfp(artifact)
    place = origin or artifact.origin
    given = artifact.schema_title or _instance_title(artifact.instance_schema)
    if given != title:
        is_older = not artifact.schema_title and given == title.replace("system.", "kfp.", 1)
        facts = {"given": given, "type": title} if is_older else {"type": given or "(none)"}
        rule = rules.OLDER_TYPE if is_older else rules.UNKNOWN_TYPE
        module.findings.add(rule.at(place, **facts))
    namespace, _, name = title.partition(".")
    if namespace == "google" and name in _OF_GOOGLE and version == _VERSION:
        return named(_of_google(module, name))
    if namespace != "system" or name not in _OF_KFP or version != _VERSION:
        return named(_own(module, title, version))
    module.use("from kfp import dsl")
    return named(f"dsl.{name}")


def type_of_kfp(artifact: Artifact) -> tuple[str, str]:
    """The title and version of the class that is written for an artifact's type."""
    older = _instance_title(artifact.instance_schema).replace("kfp.", "system.", 1)
    title = artifact.schema_title or older
    namespace, _, name = title.partition(".")
    version = artifact.schema_version or _VERSION
    is_accepted = name and "." not in name and len(version.split(".")) == 3
    if namespace in ("system", "google") and is_accepted:
        return title, version
    return "system.Artifact", _VERSION


def _instance_title(schema: str) -> str:
    match = _INSTANCE.search(schema)
    return match["title"] if match else ""


def _of_google(module: Module, name: str) -> str:
    module.use("from google_cloud_pipeline_components.types import artifact_types")
    return f"artifact_types.{name}"


def _own(module: Module, title: str, version: str) -> str:
    """A class of pipeline.py for a type of a name or version that no package has."""
    module.use("from kfp import dsl")
    name = "".join(part.capitalize() for part in identifier(title.partition(".")[2]).split("_"))
    source = "\n".join(
        [
            f"class {name}(dsl.Artifact):",
            assigned("schema_title", text(title), INDENT),
            assigned("schema_version", text(version), INDENT),
        ]
    )
    return module.helper(name, source)
