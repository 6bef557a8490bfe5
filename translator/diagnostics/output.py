"""TR120–TR129, TR188: finding the files to read, and putting a bundle on the disk."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

FOREIGN_FILE = Rule(
    "TR120",
    Severity.ERROR,
    what="`{name}` is there already and was not written by `translator`",
    hint="choose another folder with `-o`, or pass `--force` to overwrite it",
)

EDITED_FILE = Rule(
    "TR121",
    Severity.ERROR,
    what="`{name}` was edited since `translator` wrote it",
    hint="keep the edits by choosing another folder with `-o`, or pass `--force` to lose them",
)

IN_THE_WAY = Rule(
    "TR122",
    Severity.ERROR,
    what="a {found} stands where {wanted} has to be written",
    hint="move it away, or choose another folder with `-o`",
)

SYMLINK_IN_THE_WAY = Rule(
    "TR123",
    Severity.ERROR,
    what="`{name}` is a symbolic link, which is not written through",
    hint="choose another folder with `-o`, or pass `--force` to replace the link itself",
)

NOT_PERMITTED = Rule(
    "TR124",
    Severity.ERROR,
    what="writing is not permitted: {reason}",
    hint="choose a folder that you may write to with `-o`",
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
    hint="check the path and who may read it",
)

SAME_FOLDER = Rule(
    "TR128",
    Severity.ERROR,
    what="`{first}` would be written to the same folder `{folder}`",
    hint="convert the two one at a time, each with its own `-o`",
)

CHANGED_MEANWHILE = Rule(
    "TR129",
    Severity.ERROR,
    what="the file changed while it was translated, so what was read may be a part of it",
    hint="run it again when the file is whole",
)

NOT_REMOVED = Rule(
    "TR188",
    Severity.WARNING,
    what="`.translator.json` lists {names}, which is not removed: {reason}",
    hint="delete it if nothing else needs it",
)
