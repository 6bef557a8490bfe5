"""Leaves that are known to break the law: where they stand → why."""

from __future__ import annotations

_SCHEMA = "KFP 2 knows artifacts by their title alone; what else their old schema says has no place"
_COMPONENTS = "/pipelineSpec/components/*"
KNOWN = {
    f"{_COMPONENTS}/inputDefinitions/artifacts/*/artifactType/instanceSchema": _SCHEMA,
    f"{_COMPONENTS}/outputDefinitions/artifacts/*/artifactType/instanceSchema": _SCHEMA,
    "/pipelineSpec/deploymentSpec/executors/*/importer/typeSchema/instanceSchema": _SCHEMA,
}
#: Of those some are known in some files only: where → what is looked for in the file's path.
IN_FILES: dict[str, str] = {}
