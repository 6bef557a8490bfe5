"""What kfp's v2-compatible mode (1.6 to 1.8) says of a container that its launcher starts.

The launcher is the command; the image, the types and the author's words are beside it: in
``KFP_V2_IMAGE``, ``KFP_V2_RUNTIME_INFO`` and ``args`` (kfp/compiler/v2_compat.py of kfp 1.8).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.readers.argo.document import Workflow
    from translator.source import Cursor

#: What the launcher alone needs: variables, and the names of its volume and first container.
VARIABLES = frozenset(
    {
        "KFP_POD_NAME",
        "KFP_POD_UID",
        "KFP_NAMESPACE",
        "KFP_RUN_ID",
        "WORKFLOW_ID",
        "ENABLE_CACHING",
        "KFP_V2_IMAGE",
        "KFP_V2_RUNTIME_INFO",
    }
)
VOLUME = "kfp-launcher"
#: Where artifacts go: what `@dsl.pipeline(pipeline_root=…)` says, in any mode of kfp 1.8.
ROOT = "pipeline-root"
#: Arguments of the workflow that the launcher alone reads.
_ARGUMENTS = ("pipeline-name", ROOT, "pipeline-output-directory")
_TYPES = {
    "INT": "Integer",
    "NUMBER_INTEGER": "Integer",
    "DOUBLE": "Float",
    "NUMBER_DOUBLE": "Float",
    "STRING": "String",
}


class LaunchedParameter(NamedTuple):
    """An input or output of the component that is a value."""

    #: As KFP v1 calls it: Integer, Float or String.
    type: str
    #: Where an output is written; empty for an input.
    path: str
    #: What an input is given, as text with references.
    value: str


class LaunchedArtifact(NamedTuple):
    """An input or output of the component that is a file."""

    #: The file in which the launchers tell each other of it.
    path: str
    schema_title: str
    schema_version: str
    instance_schema: str


class Launched(NamedTuple):
    """The component behind a launcher."""

    image: str
    inputs: Mapping[str, LaunchedParameter]
    outputs: Mapping[str, LaunchedParameter]
    input_artifacts: Mapping[str, LaunchedArtifact]
    output_artifacts: Mapping[str, LaunchedArtifact]


def launched(template: Cursor) -> Launched | None:
    """The component that a template's launcher runs; None for templates without one."""
    container = template.find("container")
    variables = {} if container is None else _variables(container)
    if container is None or not {"KFP_V2_IMAGE", "KFP_V2_RUNTIME_INFO"} <= variables.keys():
        return None
    try:
        info = json.loads(variables["KFP_V2_RUNTIME_INFO"])
        values = _values(container)
        return Launched(
            image=variables["KFP_V2_IMAGE"],
            inputs=_parameters(info["inputParameters"], values),
            outputs=_parameters(info["outputParameters"], {}),
            input_artifacts=_artifacts(info["inputArtifacts"]),
            output_artifacts=_artifacts(info["outputArtifacts"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def is_v2_compatible(workflow: Workflow) -> bool:
    """Whether kfp compiled the workflow in its v2-compatible mode."""
    return any(template.launched is not None for template in workflow.templates.values())


def added_arguments(workflow: Workflow) -> tuple[str, ...]:
    """The arguments of the workflow that kfp may have added to those of the author."""
    return _ARGUMENTS if is_v2_compatible(workflow) else (ROOT,)


def _variables(container: Cursor) -> dict[str, str]:
    found = container.find("env")
    entries = [] if found is None else [entry.peek() for entry in found.elements()]
    return {
        str(entry["name"]): str(entry["value"])
        for entry in entries
        if isinstance(entry, dict) and str(entry.get("name")) in VARIABLES and "value" in entry
    }


def _values(container: Cursor) -> dict[str, str]:
    """Input → value, from the words ``name=value`` between the two ``--`` of the command."""
    found = container.find("command")
    words = [] if found is None else [str(word.peek()) for word in found.elements()]
    if "--" not in words:
        return {}
    first = words.index("--")
    last = len(words) - words[::-1].index("--") - 1
    pairs = (word.partition("=") for word in words[first + 1 : last])
    return {name: value for name, _, value in pairs}


def _parameters(info: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, LaunchedParameter]:
    return {
        name: LaunchedParameter(
            type=_TYPES.get(_first(entry, "type", "parameterType"), ""),
            path=_first(entry, "path", "filePath", "fileOutputPath"),
            value=values.get(name, _first(entry, "value", "parameterValue")),
        )
        for name, entry in info.items()
    }


def _artifacts(info: Mapping[str, Any]) -> dict[str, LaunchedArtifact]:
    return {
        name: LaunchedArtifact(
            path=_first(
                entry, "metadataPath", "metadataFilePath", "fileInputPath", "fileOutputPath"
            ),
            schema_title=_first(entry, "schemaTitle"),
            schema_version=_first(entry, "schemaVersion"),
            instance_schema=_first(entry, "instanceSchema", "artifactSchema"),
        )
        for name, entry in info.items()
    }


def _first(entry: Mapping[str, Any], *keys: str) -> str:
    """The first of the keys that is there; each age of kfp has its own."""
    return next((str(entry[key]) for key in keys if entry.get(key) not in (None, "")), "")
