"""The kinds of decisions, one table: options of the command line, and sections of a plan."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.model import Json

__all__ = [
    "ACCEPTED",
    "ENTRYPOINTS",
    "IMAGES",
    "KINDS",
    "METRICS",
    "PIPELINES",
    "Command",
    "Form",
    "Kind",
    "parsed",
]

#: The section with decisions about single pipelines: a file → sections.
PIPELINES = "pipelines"
#: The longest text of a key or value.
MAX_TEXT = 2000


class Form(Enum):
    """The form of the values of a kind."""

    #: A text that its pattern matches.
    TEXT = "text"
    #: A file with the keys of a config map; in a plan also the keys and values themselves.
    FILE = "file"
    #: Any JSON value.
    JSON = "json"
    #: ``true`` or ``false``.
    SWITCH = "switch"
    #: A ``Command``: a list, a text that is split as a shell does, or both lists of an image.
    COMMAND = "command"


class Kind(NamedTuple):
    """A kind of decisions."""

    #: The field of ``Decisions`` (or of ``ReadOptions``: ``entrypoints``), also in ``Need.kind``.
    field: str
    #: The section in a plan.
    section: str
    #: The option, ``--volume``, and what the help shows for its value and about it. Without an
    #: option, only plans have the kind.
    flag: str
    metavar: str
    help: str
    #: What a key is, for messages: ``volume``.
    thing: str
    #: A valid value, for messages and comments.
    wanted: str
    form: Form = Form.TEXT
    #: The regular expression of all valid values, without anchors: one of ECMA 262 too.
    pattern: str = ""
    #: The same of all valid keys; empty for any.
    key_pattern: str = ""
    #: Whether the value begins after the last equals sign of an option, not after the first.
    last_sign: bool = False

    @property
    def has_keys(self) -> bool:
        """Whether the decisions are about things with names; else there is one in a plan."""
        return bool(self.thing)


_BUCKET = r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
#: A folder: neither ``.`` nor ``..``, and no character with a meaning in a shell or a placeholder.
_FOLDER = r"(?!\.\.?(/|$))[A-Za-z0-9_.=+@,:~-]+"


class Command(NamedTuple):
    """The command of an image."""

    entrypoint: tuple[str, ...] = ()
    #: Cmd: the arguments of a container that has neither a command nor arguments.
    arguments: tuple[str, ...] = ()


ENTRYPOINTS = Kind(
    *("entrypoints", "entrypoints", "--entrypoint", "IMAGE=COMMAND"),
    "The entrypoint of an image, for containers without a command.",
    thing="entrypoint of image",
    wanted="[PROGRAM, ARGUMENT], or {entrypoint: [PROGRAM], cmd: [ARGUMENT]}",
    form=Form.COMMAND,
)
IMAGES = Kind(
    *("images", "images", "--image", "OLD=NEW"),
    "Replace an image, or with / or : at the end of both, the beginning of images.",
    thing="image",
    wanted="an image that replaces it",
    pattern=r"[A-Za-z0-9_.:/@+-]+",
)
METRICS = Kind(
    *("metrics", "metrics", "--metrics/--no-metrics", ""),
    "Convert mlpipeline-metrics and mlpipeline-ui-metadata of KFP v1 to artifacts of KFP v2. "
    "Default: convert.",
    thing="",
    wanted="true or false",
    form=Form.SWITCH,
)
ACCEPTED = Kind(
    *("accepted", "accepted", "", ""),
    "Warnings that need no action, with the reason. A key is the code of all, or CODE/SUBJECT.",
    thing="finding",
    wanted="the reason why it needs no action",
    pattern=r"\s*\S[\s\S]*",
    key_pattern=r"TR\d{3}(/[\s\S]+)?",
)
#: All kinds, in the order of a plan.
KINDS = (
    ENTRYPOINTS,
    IMAGES,
    Kind(
        *("volumes", "volumes", "--volume", "NAME=gs://BUCKET/PREFIX|run"),
        "The folder in Cloud Storage for a volume or PersistentVolumeClaim; run: a folder under "
        "the pipeline root of each run.",
        thing="volume",
        wanted="gs://BUCKET/PREFIX, or run",
        pattern=rf"run|{_BUCKET}(/{_FOLDER})*/?",
    ),
    Kind(
        *("secrets", "secrets", "--secret"),
        "NAME/KEY=projects/P/secrets/S[/versions/V]",
        "The secret in Secret Manager for a key of a Kubernetes secret.",
        thing="secret",
        wanted="projects/PROJECT/secrets/SECRET, perhaps with /versions/N",
        pattern=r"projects/[a-z0-9][a-z0-9.:-]*/secrets/[A-Za-z0-9_-]{1,255}"
        r"(/versions/[A-Za-z0-9_-]{1,63})?",
    ),
    Kind(
        *("config_maps", "config-maps", "--config-map", "NAME=FILE"),
        "The file with the keys and values of a config map.",
        thing="config map",
        wanted="a file, or the keys with their values",
        form=Form.FILE,
    ),
    Kind(
        *("accelerators", "accelerators", "--accelerator", "RESOURCE=TYPE"),
        "The accelerator of Vertex AI for a resource or node label, for example "
        "nvidia.com/gpu=NVIDIA_TESLA_T4.",
        thing="resource or node label",
        wanted="an accelerator type such as NVIDIA_TESLA_T4",
        pattern=r"[A-Z][A-Z0-9_]{1,60}",
        last_sign=True,
    ),
    Kind(
        *("addresses", "addresses", "--address", "OLD=NEW|keep"),
        "Replace the beginning of addresses of services and storage, for example "
        "s3://data=gs://my-data; keep: the containers reach the address.",
        thing="address",
        wanted="the beginning of an address, or keep",
        pattern=r"keep|[a-z][a-z0-9+.-]*://[A-Za-z0-9_.~:/@%+,-]*",
    ),
    Kind(
        *("defaults", "defaults", "--default", "INPUT=VALUE"),
        "The default of an input of the pipeline; JSON for an input that is not text.",
        thing="input",
        wanted="a value of the type of the input",
        form=Form.JSON,
    ),
    Kind(
        *("dropped_tasks", "drop-tasks", "--drop-task", "NAME"),
        "Leave a task out of each pipeline that has it, if no other task needs its outputs.",
        thing="task",
        wanted="true to leave it out, or false",
        form=Form.SWITCH,
    ),
    METRICS,
    ACCEPTED,
)


def parsed(kind: Kind, value: Json) -> Any:
    """The value of a decision from an option or a plan. ``ValueError`` tells what is expected.

    The value of ``Form.FILE`` is only checked: its file is read by the caller.
    """
    if not _fits(kind, value):
        raise ValueError(f"expected {kind.wanted}")
    if kind.form is Form.COMMAND:
        return _command(value)
    if kind.form is Form.TEXT and isinstance(value, str):
        return value.rstrip("/") if kind.field == "volumes" else value
    return value


def _fits(kind: Kind, value: Json) -> bool:
    if kind.form is Form.JSON:
        return value is not None
    if kind.form is Form.SWITCH:
        return isinstance(value, bool)
    if isinstance(value, str):
        if not value or len(value) > MAX_TEXT:
            return False
        return kind.form is not Form.TEXT or re.fullmatch(kind.pattern, value) is not None
    if kind.form is Form.FILE:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if kind.form is Form.COMMAND and isinstance(value, dict):
        lists = [_words(entry) for entry in value.values()]
        return {*value} <= {*_OF_IMAGE} and None not in lists and any(lists)
    return kind.form is Form.COMMAND and bool(_words(value))


#: The keys of a command as registries have it, in lower case.
_OF_IMAGE = ("entrypoint", "cmd")


def _words(value: Json) -> tuple[str, ...] | None:
    """The words of a command; None if it is not a list of texts that begins with a program."""
    if not isinstance(value, list) or (value and not value[0]):
        return None
    words = tuple(one for one in value if isinstance(one, str) and "\0" not in one)
    return words if len(words) == len(value) else None


def _command(value: Json) -> Command:
    if isinstance(value, dict):
        return Command(*(_words(value.get(key, [])) or () for key in _OF_IMAGE))
    if isinstance(value, list):
        return Command(_words(value) or ())
    import shlex  # rarely given

    try:
        words = tuple(shlex.split(str(value)))
    except ValueError as error:
        raise ValueError(f"expected a command ({str(error)[:1].lower()}{str(error)[1:]})") from None
    if not words or not words[0]:
        raise ValueError("expected a command")
    return Command(words)
