"""TR363–TR369: volumes on Vertex AI, where tasks have Cloud Storage as files at ``/gcs``."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

_FOLDER = (
    "volume `{volume}` becomes the folder `{folder}` of Cloud Storage, which is not a POSIX file "
    "system: no file locks, a rename copies, an append writes the whole file again, and many small "
    "files are slow{details}"
)

VOLUME_OF_RUN = Rule(
    "TR363",
    Severity.WARNING,
    what=_FOLDER,
    hint="check that the programs work with this, and confirm it with `--volume {volume}=run`; "
    "`--volume {volume}=gs://BUCKET/PREFIX` uses a folder that all runs share",
)

VOLUME_DECIDED = Rule("TR364", Severity.NOTE, what=_FOLDER, hint="no action needed")

VOLUME_NEEDS_COMMAND = Rule(
    "TR365",
    Severity.ERROR,
    what="volume `{volume}` cannot be mounted at `{path}`: a command with `sh` has to link the "
    "path to Cloud Storage, but {why}",
    hint="{advice}",
)

VOLUME_PATHS = Rule(
    "TR366",
    Severity.WARNING,
    what="the paths in volume `{volume}` ({uses}) become paths below `{folder}`, instead of a link "
    "at `{path}`: {why}",
    hint="check that the program does not use `{path}` otherwise, for example as a default",
)

VOLUME_TASK = Rule(
    "TR367",
    Severity.NOTE,
    what="task `{task}`, which {verb} {volume}, {change}",
    hint="{advice}",
)

NO_FOLDER = Rule(
    "TR368",
    Severity.ERROR,
    what="volume `{volume}` cannot be a folder of Cloud Storage: {why}",
    hint="{advice}",
)

EMPTY_FOLDER = Rule(
    "TR369",
    Severity.NOTE,
    what="volume `{volume}` at `{path}` becomes an empty folder on the disk of the task{details}",
    hint="no action needed, if its files fit on the disk",
)
