"""TR120–TR129, TR188: finding input files, and writing a bundle."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

FOREIGN_FILE = Rule(
    "TR120",
    Severity.ERROR,
    what="`{name}` already exists and was not written by `translator`",
    hint="choose another folder with `-o`, or pass `--force` to overwrite it",
)

EDITED_FILE = Rule(
    "TR121",
    Severity.ERROR,
    what="`{name}` was edited after `translator` wrote it",
    hint="choose another folder with `-o` to keep the edits, or pass `--force` to discard them",
)

IN_THE_WAY = Rule(
    "TR122",
    Severity.ERROR,
    what="cannot write {wanted}: a {found} of this name exists",
    hint="move it away, or choose another folder with `-o`",
)

SYMLINK_IN_THE_WAY = Rule(
    "TR123",
    Severity.ERROR,
    what="`{name}` is a symbolic link, and `translator` does not write through links",
    hint="choose another folder with `-o`, or pass `--force` to replace the link itself",
)

NOT_PERMITTED = Rule(
    "TR124",
    Severity.ERROR,
    what="no permission to write: {reason}",
    hint="choose a folder with write permission with `-o`",
)

DISK_FULL = Rule(
    "TR125",
    Severity.ERROR,
    what="the disk is full: {reason}",
    hint="free some space, or choose a folder on another disk with `-o`",
)

NOT_WRITTEN = Rule(
    "TR126",
    Severity.ERROR,
    what="the files could not be written: {reason}",
    hint="choose another folder with `-o`",
)

NOT_READABLE = Rule(
    "TR127",
    Severity.ERROR,
    what="the file could not be read: {reason}",
    hint="check the path and its read permission",
)

SAME_FOLDER = Rule(
    "TR128",
    Severity.ERROR,
    what="`{first}` is already written to this folder, `{folder}`",
    hint="convert the two separately, each with its own `-o`",
)

CHANGED_MEANWHILE = Rule(
    "TR129",
    Severity.ERROR,
    what="the file changed during the conversion, so what was read may be incomplete",
    hint="run the command again when the file is complete",
)

NOT_REMOVED = Rule(
    "TR188",
    Severity.WARNING,
    what="`.translator.json` lists {names}, which is not removed: {reason}",
    hint="delete it if nothing else needs it",
)
