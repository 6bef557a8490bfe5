"""The folder of Cloud Storage that a volume becomes, as decided or by default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import Findings
from translator.diagnostics import vertex_volumes as rules
from translator.model.channels import free
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.decisions import Decisions
    from translator.targets.vertex.passes.claims import Volume

__all__ = ["Folder", "Folders", "plain"]

#: The decision for a folder below the pipeline root of the run.
RUN = "run"
#: An address in Cloud Storage, without characters that have a meaning in arguments of containers.
_ADDRESS = r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^\x00-\x1f\x7f{}$/]+)*/?"


class Folder(NamedTuple):
    """The folder of a volume in Cloud Storage."""

    #: ``gs://…``, with placeholders in a folder of the run.
    address: Text
    #: The address in messages.
    shown: str
    #: The path in a container; empty if only the run has it.
    path: str = ""


class Folders:
    """The folders of volumes."""

    def __init__(self, decisions: Decisions) -> None:
        self._given = decisions.volumes
        self._known: dict[Volume, Folder | None] = {}
        self._names: set[str] = set()
        #: The decisions that volumes have.
        self.used: set[tuple[str, str]] = set()
        self.problems = Findings()

    def is_decided(self, volume: Volume) -> bool:
        """Whether there is a decision about a volume."""
        return any(key in self._given for key in (volume.key, *volume.others))

    def value(self, volume: Volume) -> str:
        """The decision, or the default; empty if there is neither."""
        for key in (volume.key, *volume.others):
            if key in self._given:
                self.used.add(("volumes", key))
                return self._given[key]
        return RUN if volume.is_new else ""

    def of(self, volume: Volume) -> Folder | None:
        """The folder of a volume; None for an open decision."""
        if volume not in self._known:
            self._known[volume] = self._folder(volume, self.value(volume))
        return self._known[volume]

    def _folder(self, volume: Volume, value: str) -> Folder | None:
        if value == RUN:
            name = free(plain(volume.key), self._names)
            self._names.add(name)
            root, run = Placeholder(PlaceholderKind.RUN_ROOT), Placeholder(PlaceholderKind.RUN_NAME)
            address = Text((root, "/volumes/", run, f"/{name}"))
            return Folder(address, f"PIPELINE_ROOT/volumes/RUN/{name}")
        if not value:
            return None
        known = value.rstrip("/")
        if re.fullmatch(_ADDRESS, known) and ".." not in known.split("/"):
            path = "/gcs/" + known.removeprefix("gs://")
            return Folder(Text((known,)), known, path)
        advice = f"pass `--volume {volume.key}=run` or `--volume {volume.key}=gs://BUCKET/PREFIX`"
        facts = {"volume": volume.key, "why": f"`{value}` is not an address of Cloud Storage"}
        self.problems.add(rules.NO_FOLDER.at(None, **facts, advice=advice))
        return None


def plain(name: str) -> str:
    """The name of a folder for a volume."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:100] or "volume"
