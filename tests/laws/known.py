"""Leaves that are known to break the law: where they stand → why. There is none."""

from __future__ import annotations

KNOWN: dict[str, str] = {}
#: Of those some are known in some files only: where → what is looked for in the file's path.
IN_FILES: dict[str, str] = {}
