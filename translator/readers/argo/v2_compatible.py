"""What kfp's v2-compatible mode (1.6 to 1.8) writes about a container that its launcher starts.

The launcher is the command; the image, the types and the author's words are beside it: in
``KFP_V2_IMAGE``, ``KFP_V2_RUNTIME_INFO`` and ``args`` (kfp/compiler/v2_compat.py of kfp 1.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Artifact
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Origin
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
#: Where artifacts go: what `@dsl.pipeline(pipeline_root=…)` has, in any mode of kfp 1.8.
ROOT = "pipeline-root"
#: What kfp 1.5 calls it, beside that.
ROOTS = (ROOT, "pipeline-output-directory")
#: What the launcher gets about a component.
_PARTS = ("inputParameters", "outputParameters", "inputArtifacts", "outputArtifacts")
#: Arguments of the workflow that the launcher alone reads.
ARGUMENTS = frozenset({"pipeline-name", *ROOTS})
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

    #: The file by which the launchers hand it on.
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


def launched(container: Cursor) -> Launched | None:
    """The component that a container's launcher runs; None for containers of others."""
    variables = _variables(container)
    if not {"KFP_V2_IMAGE", "KFP_V2_RUNTIME_INFO"} <= variables.keys():
        return None
    place = variables["KFP_V2_RUNTIME_INFO"]
    info = place.embedded()
    if not isinstance(info, dict) or not all(isinstance(info.get(part), dict) for part in _PARTS):
        return None
    place.inert()
    inputs, outputs, input_artifacts, output_artifacts = map(place.child, _PARTS)
    variables["KFP_V2_IMAGE"].rewritten()
    return Launched(
        image=str(variables["KFP_V2_IMAGE"].peek()),
        inputs=_parameters(inputs, _values(container)),
        outputs=_parameters(outputs, {}),
        input_artifacts=_artifacts(input_artifacts),
        output_artifacts=_artifacts(output_artifacts),
    )


def launched_artifact(info: LaunchedArtifact, origin: Origin | None = None) -> Artifact:
    """The artifact of a component behind a launcher, which may have its kind in an older way."""
    if info.instance_schema and not info.schema_title:
        return Artifact(instance_schema=info.instance_schema, origin=origin)
    return Artifact(
        schema_title=info.schema_title or "system.Artifact",
        schema_version=info.schema_version or "0.0.1",
        origin=origin,
    )


def _variables(container: Cursor) -> dict[str, Cursor]:
    """The launcher's own variables, which have no meaning for anything else."""
    found = container.find("env")
    variables: dict[str, Cursor] = {}
    for entry in () if found is None else found.elements():
        name = str(entry.get("name").peek())
        if name in VARIABLES:
            entry.inert()
            if (value := entry.find("value")) is not None:
                variables[name] = value
    return variables


def _values(container: Cursor) -> dict[str, Cursor]:
    """Input → the argument ``name=value`` between the two ``--`` of the launcher's command."""
    found = container.find("command")
    if found is None or found.kind != "sequence":
        return {}
    found.inert()
    cursors = list(found.elements())
    words = [str(cursor.peek()) for cursor in cursors]
    if "--" not in words:
        return {}
    between = slice(words.index("--") + 1, len(words) - words[::-1].index("--") - 1)
    names = (word.partition("=")[0] for word in words[between])
    return dict(zip(names, cursors[between], strict=True))


def _parameters(info: Cursor, words: Mapping[str, Cursor]) -> dict[str, LaunchedParameter]:
    return {
        name: LaunchedParameter(
            type=_TYPES.get(_first(entry, "type", "parameterType"), ""),
            path=_first(entry, "path", "filePath", "fileOutputPath"),
            value=_value(words[name])
            if name in words
            else _taken(entry, "value", "parameterValue"),
        )
        for name, entry in info.items()
    }


def _value(word: Cursor) -> str:
    word.rewritten()
    return str(word.peek()).partition("=")[2]


def _artifacts(info: Cursor) -> dict[str, LaunchedArtifact]:
    return {
        name: LaunchedArtifact(
            path=_first(
                entry, "metadataPath", "metadataFilePath", "fileInputPath", "fileOutputPath"
            ),
            schema_title=_taken(entry, "schemaTitle"),
            schema_version=_taken(entry, "schemaVersion"),
            # Beside a title it is not read.
            instance_schema=""
            if _first(entry, "schemaTitle")
            else _taken(entry, "instanceSchema", "artifactSchema"),
        )
        for name, entry in info.items()
    }


def _first(entry: Cursor, *keys: str) -> str:
    """The first of the keys that is there; each age of kfp has its own."""
    for key in keys:
        if (found := entry.find(key)) is not None and (value := found.peek()) != "":
            return str(value)
    return ""


def _taken(entry: Cursor, *keys: str) -> str:
    """The same of what goes into the model; the rest only shows what belongs together."""
    for key in keys:
        if (found := entry.find(key)) is not None and found.peek() != "":
            found.rewritten()
            break
    return _first(entry, *keys)
