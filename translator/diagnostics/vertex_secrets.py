"""TR370–TR375, TR388: secrets of Secret Manager and config maps in containers on Vertex AI."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

WRONG_SECRET = Rule(
    "TR370",
    Severity.ERROR,
    what="the decision for secret `{decision}` {problem}",
    hint="use `--secret {key}=projects/PROJECT/secrets/SECRET`, with `/versions/VERSION` at its "
    "end for one version",
)

NEEDS_COMMAND = Rule(
    "TR371",
    Severity.ERROR,
    what="the container has no `command`; wrapping it to {purpose} needs the entrypoint of image "
    "`{image}`",
    hint="find the entrypoint with `docker image inspect`, and pass it with "
    "`--entrypoint {assignment}`",
)

READS_SECRETS = Rule(
    "TR372",
    Severity.NOTE,
    what="the container reads secrets of Secret Manager when it starts, for which image `{image}` "
    "needs a shell and `python3` or `curl`",
    hint="check an image that is not built on Python: without these programs the task ends with a "
    "message before its own program starts",
)

LATEST_VERSION = Rule(
    "TR373",
    Severity.NOTE,
    what="key `{key}` of secret `{secret}` has no version: each task reads the latest one of "
    "`{resource}`",
    hint="add `/versions/VERSION` to read the same value in every run",
)

DIFFERENCE = Rule(
    "TR374",
    Severity.WARNING,
    what="{what}",
    hint="{advice}",
)

CONFIG_MAP_KEY = Rule(
    "TR375",
    Severity.ERROR,
    what="config map `{config_map}` as given has no key `{key}`, which {used} needs",
    hint="add the key to the file of `--config-map {config_map}=FILE`",
)

FILLED_REFERENCE = Rule(
    "TR388",
    Severity.NOTE,
    what="{references} in the command is replaced by the value of the secret when the container "
    "starts: the value is an argument of the program, as on Kubernetes, which every process in the "
    "container can read",
    hint="no action needed; a program that reads the environment variable keeps the value out of "
    "its arguments",
)
