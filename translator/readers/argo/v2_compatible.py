"""Reads the component of a container that the launcher of kfp's v2-compatible mode starts.

kfp 1.6 to 1.8 write the launcher as the command; the image, the types and the author's argv are in
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

#: Variables of the launcher, and the name of its volume and init container.
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
#: The folder for artifacts, `@dsl.pipeline(pipeline_root=…)`, in any mode of kfp 1.8.
ROOT = "pipeline-root"
#: With its other name, of kfp 1.5.
ROOTS = (ROOT, "pipeline-output-directory")
#: Keys of ``KFP_V2_RUNTIME_INFO``.
_PARTS = ("inputParameters", "outputParameters", "inputArtifacts", "outputArtifacts")
#: Arguments of the workflow that only the launcher reads.
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

    #: The type in KFP v1: Integer, Float or String.
    type: str
    #: The path of an output; empty for an input.
    path: str
    #: The value of an input, as text with references.
    value: str


class LaunchedArtifact(NamedTuple):
    """An input or output of the component that is a file."""

    #: The file in which launchers pass its metadata.
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
    """The component that a container's launcher runs; None for a container without launcher."""
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
    """The artifact of a component behind a launcher, whose kind may be in an older form."""
    if info.instance_schema and not info.schema_title:
        return Artifact(instance_schema=info.instance_schema, origin=origin)
    return Artifact(
        schema_title=info.schema_title or "system.Artifact",
        schema_version=info.schema_version or "0.0.1",
        origin=origin,
    )


def _variables(container: Cursor) -> dict[str, Cursor]:
    """The launcher's variables, which have no meaning for the program."""
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
    argv = [str(cursor.peek()) for cursor in cursors]
    if "--" not in argv:
        return {}
    between = slice(argv.index("--") + 1, len(argv) - argv[::-1].index("--") - 1)
    names = (argument.partition("=")[0] for argument in argv[between])
    return dict(zip(names, cursors[between], strict=True))


def _parameters(info: Cursor, values: Mapping[str, Cursor]) -> dict[str, LaunchedParameter]:
    return {
        name: LaunchedParameter(
            type=_TYPES.get(_first(entry, "type", "parameterType"), ""),
            path=_first(entry, "path", "filePath", "fileOutputPath"),
            value=_value(values[name])
            if name in values
            else _taken(entry, "value", "parameterValue"),
        )
        for name, entry in info.items()
    }


def _value(argument: Cursor) -> str:
    argument.rewritten()
    return str(argument.peek()).partition("=")[2]


def _artifacts(info: Cursor) -> dict[str, LaunchedArtifact]:
    return {
        name: LaunchedArtifact(
            path=_first(
                entry, "metadataPath", "metadataFilePath", "fileInputPath", "fileOutputPath"
            ),
            schema_title=_taken(entry, "schemaTitle"),
            schema_version=_taken(entry, "schemaVersion"),
            # It is not read if there is a title.
            instance_schema=""
            if _first(entry, "schemaTitle")
            else _taken(entry, "instanceSchema", "artifactSchema"),
        )
        for name, entry in info.items()
    }


def _first(entry: Cursor, *keys: str) -> str:
    """The value of the first key that exists; versions of kfp have different keys."""
    for key in keys:
        if (found := entry.find(key)) is not None and (value := found.peek()) != "":
            return str(value)
    return ""


def _taken(entry: Cursor, *keys: str) -> str:
    """The same for a value that becomes part of the model, and is marked so."""
    for key in keys:
        if (found := entry.find(key)) is not None and found.peek() != "":
            found.rewritten()
            break
    return _first(entry, *keys)
