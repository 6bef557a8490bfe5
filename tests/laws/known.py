"""Leaves that are known to break the law: where they stand → why."""

from __future__ import annotations

KNOWN = {
    "/pipelineSpec/components/*/outputDefinitions/artifacts/*/artifactType/instanceSchema": (
        "KFP 2 knows artifacts by their title alone; what else their old schema says has no place"
    ),
}
#: Of those some are known in some files only: where → what is looked for in the file's path.
IN_FILES: dict[str, str] = {}
