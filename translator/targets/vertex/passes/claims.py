"""The volumes of a pipeline: which claims are the same one, and the key of its decision."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from translator.model import Constant, Container, Dag, FromTask, Interface, Parameter, Resource
from translator.model.channels import free
from translator.model.kubernetes import Claim, OtherVolume
from translator.placeholders import Placeholder, Text, parse_text
from translator.platforms import Scopes, driver_tasks
from translator.records import NamedTuple
from translator.upstream import ROOT, End

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import InputSource, Json, Pipeline, Task
    from translator.model.kubernetes import Mount

__all__ = ["Claims", "Place", "Volume", "keys_of_mounts"]

#: The inputs of a task that creates a claim, as kfp-kubernetes names them.
NAME, SUFFIX, DATA_SOURCE = "pvc_name", "pvc_name_suffix", "data_source"
#: The output with the name of the claim, or of the snapshot.
CREATED = "name"
#: Inputs of such a task that give the new volume contents, and how a message names them.
_CONTENTS = {"volume_name": "an existing disk", DATA_SOURCE: "a snapshot or another volume"}
#: The field of a claim with the data source.
_DATA_SOURCE = "dataSource"
#: The annotation with which Rok fills a new volume.
_ROK = "rok/origin"
#: The name of the run, in Argo's spelling and in that of KFP v2.
_OF_RUN = ("{{workflow.name}}", "{{$.pipeline_job_name}}")
#: The kinds of objects, and what a task does with a volume or snapshot.
_CLAIM, _SNAPSHOT = "PersistentVolumeClaim", "VolumeSnapshot"
_KUBECTL_KINDS = ("pvc", "persistentvolumeclaim", "persistentvolumeclaims", "volumesnapshot")
#: What kfp 1.8 writes behind the name.
_KUBECTL_OPTIONS = frozenset({"--ignore-not-found", "--output", "name", "--wait=false"})
_VERBS = {"create": "creates", "apply": "creates", "delete": "deletes"}


class Place(NamedTuple):
    """A task: the component with its DAG, and its name there."""

    holder: str
    name: str


class Volume(NamedTuple):
    """A volume that tasks create, mount or delete; also a snapshot."""

    #: The key of its decision.
    key: str
    #: Other keys that a decision may have: the claim's name, where the key is that of an input.
    others: tuple[str, ...] = ()
    #: The tasks that create it; none for a claim that is in the cluster already.
    makers: tuple[Place, ...] = ()
    #: Where a new volume gets files from; empty if it is empty.
    contents: str = ""
    #: Whether a run creates it without a task, and deletes it (``volumeClaimTemplates``).
    is_of_run: bool = False
    #: Whether it is created more than once in a run, each time another volume.
    is_repeated: bool = False
    is_snapshot: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is empty at first, and made for the run."""
        is_made = self.is_of_run or bool(self.makers)
        return is_made and not self.contents and not self.is_repeated


#: What is equal for names of the same volume.
_Mark: TypeAlias = tuple[str, ...]


class Claims:
    """Resolves the names of claims to volumes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        #: The snapshots that tasks create or delete.
        self._objects = self._snapshots()
        #: The tasks that delete one with kubectl → its name.
        self._deletions = self._kubectl_deletions()
        #: The tasks that create or delete volumes and snapshots → ``creates`` or ``deletes``.
        self.verbs = {Place(*place): verb for place, verb in driver_tasks(pipeline).items()}
        self.verbs |= {place: _VERBS[one.action] for place, one in self._objects.items()}
        self.verbs |= dict.fromkeys(self._deletions, "deletes")
        self._given: Mapping[str, Json] = pipeline.submission.arguments
        self._volumes: dict[_Mark, Volume] = {}
        #: Task that creates a volume → what identifies the volume.
        self._made: dict[Place, _Mark] = {}
        #: The end of a name that begins with that of the run → the same.
        self._by_suffix: dict[str, _Mark] = {}
        creating = [place for place, verb in self.verbs.items() if verb == "creates"]
        for place in creating:
            self._add_made(place)
        for place in creating:
            self._add_contents(place)

    @cached_property
    def scopes(self) -> Scopes:
        """The DAGs, collected only if the pipeline has volumes."""
        return Scopes(self._pipeline)

    def _snapshots(self) -> dict[Place, Resource]:
        return {
            Place(call.holder, call.name): executor
            for label, executor in self._pipeline.executors.items()
            if isinstance(executor, Resource)
            and executor.kind == _SNAPSHOT
            and executor.action in _VERBS
            for call in self.scopes.places.get(label, ())
        }

    def _kubectl_deletions(self) -> dict[Place, Text]:
        """``VolumeOp.delete()`` of kfp 1.8."""
        return {
            Place(call.holder, call.name): name
            for label, executor in self._pipeline.executors.items()
            if isinstance(executor, Container) and (name := _deleted(executor)) is not None
            for call in self.scopes.places.get(label, ())
            if self.scopes.components[call.task.component].outputs == Interface()
        }

    def task(self, place: Place) -> Task:
        """The task at a place."""
        return self.scopes.tasks(place.holder)[place.name]

    def __iter__(self) -> Iterator[Volume]:
        """Every volume that a task creates or ``of`` has returned, in the order of the file."""
        return iter(self._volumes.values())

    def handled(self, place: Place) -> list[Volume | None]:
        """The volumes that a task creates or deletes: one, or several that only the run knows."""
        if (mark := self._made.get(place)) is not None:
            return [self._volumes[mark]]
        if place in self._objects:
            known = self._of_snapshot(self._objects[place].name)
            return [known] if known is not None else []
        if (deleted := self._deletions.get(place)) is not None:
            return self._named(place, deleted)
        name = self.task(place).parameters.get(NAME)
        return self._each(place, name)

    def _each(self, place: Place, source: InputSource | None) -> list[Volume | None]:
        """The volumes of a name in the DAG of a task, each once."""
        return [] if source is None else list(dict.fromkeys(self.of(place.holder, source)))

    def _named(self, place: Place, name: Text, *, is_snapshot: bool = False) -> list[Volume | None]:
        """The volumes or snapshots of a name in the arguments of a task."""
        match name.parts:
            case (Placeholder(name=own),):
                return self._each(place, self.task(place).parameters.get(own))
        known = self._of_snapshot(str(name))
        if known is not None or is_snapshot:
            return [known] if known is not None else []
        return self.of(place.holder, Constant(value=str(name)))

    def without_other_uses(self, chosen: dict[Place, Volume | None]) -> None:
        """Leaves out the snapshots with outputs beside the name that other tasks use."""
        for place in [place for place in chosen if place in self._objects]:
            body = self.scopes.components[place.holder].body
            assert isinstance(body, Dag)
            sources = [
                source
                for name, task in body.tasks.items()
                if Place(place.holder, name) not in chosen
                for source in task.parameters.values()
            ]
            for output in body.parameter_outputs.values():
                sources += output.sources
            if any(
                isinstance(source, FromTask)
                and source.task == place.name
                and source.output != CREATED
                for source in sources
            ):
                del chosen[place]

    def is_snapshot(self, place: Place) -> bool:
        """Whether a task creates or deletes a snapshot."""
        return place in self._objects

    def mounted(self, label: str, mount: Mount) -> list[Volume | None]:
        """The volumes that the tasks of an executor mount there, each once; none of another kind.

        None is a volume that only the run chooses: the claim is an item of a loop, or a part of a
        value.
        """
        match mount.volume:
            case Claim(claim=claim):
                places = self.scopes.places.get(label, ())
                found = [volume for call in places for volume in self.of(call.holder, claim.name)]
                return list(dict.fromkeys(found))
            case OtherVolume(kind="volumeClaimTemplate", content=content):
                return [self._of_run(mount.name, content)]
        return []

    def _of_run(self, name: str, template: Json) -> Volume:
        """The volume of a template for claims, of which each run has one."""
        mark = ("template", name)
        spec = template.get("spec") if isinstance(template, dict) else None
        has_source = isinstance(spec, dict) and bool(spec.get(_DATA_SOURCE))
        contents = _CONTENTS[DATA_SOURCE] if has_source else ""
        if mark not in self._volumes:
            key = self._free(name)
            self._volumes[mark] = Volume(key=key, contents=contents, is_of_run=True)
        return self._volumes[mark]

    def of(self, holder: str, name: InputSource) -> list[Volume | None]:
        """The same for a name in the DAG of a component."""
        return [self._of_end(end) for end in self._ends(holder, name)]

    def _ends(self, holder: str, source: InputSource) -> Iterator[End]:
        """The final sources of a value, those of outputs of DAGs inside these DAGs."""
        for end in self.scopes.ends(holder, source):
            inner = list(self._inside(end))
            if not inner:
                yield end
            for found in inner:
                yield from self._ends(*found)

    def _inside(self, end: End) -> Iterator[tuple[str, FromTask]]:
        if not isinstance(end.source, FromTask) or end.selectors:
            return
        label = self.scopes.tasks(end.holder)[end.source.task].component
        component = self.scopes.components.get(label)
        if component is not None and isinstance(component.body, Dag):
            output = component.body.parameter_outputs.get(end.source.output)
            for source in output.sources if output is not None else ():
                yield label, source

    def _of_end(self, end: End) -> Volume | None:
        mark = self._mark(end)
        if mark is None:
            return None
        if mark not in self._volumes:
            key, *others = self._keys(end)
            self._volumes[mark] = Volume(key=self._free(key), others=tuple(others))
        return self._volumes[mark]

    def _mark(self, end: End) -> tuple[str, ...] | None:
        """What is equal for names of the same claim."""
        if end.selectors:
            return None
        match end.source:
            case Constant(value=str(name)) if name.startswith(_OF_RUN):
                # KFP v1 names claims of a run so.
                return self._by_suffix.get(name.partition("}}")[2])
            case Constant(value=str(name)) if name and "{{" not in name:
                return ("claim", name)
            case Parameter() if end.holder == ROOT:
                return ("input", end.name)
            case FromTask(task=task, output=output):
                place = Place(end.holder, task)
                made = self._made.get(place) if output == CREATED else None
                return made or ("output", *place, output)
        return None

    def _keys(self, end: End) -> list[str]:
        match end.source:
            case Constant(value=str(name)):
                return [name]
            case Parameter() as parameter:
                given = self._given.get(end.name, parameter.default)
                return [end.name, *([given] if isinstance(given, str) and given else [])]
            case FromTask(task=task, output=output):
                return [f"{task}.{output}"]
        raise AssertionError(end)

    def _add_made(self, place: Place) -> None:
        task, snapshot = self.task(place), self._objects.get(place)
        mark: _Mark = ("made", *place)
        key, *others = [self._suffix(place).strip("-") or place.name]
        if (named := task.parameters.get(NAME)) is not None and snapshot is None:
            ends = list(self._ends(place.holder, named))
            found = self._mark(ends[0]) if len(ends) == 1 else None
            if found is not None:
                mark = found
                if found[0] != "output":
                    key, *others = self._keys(ends[0])
        self._made[place] = mark
        if self._suffix(place):
            self._by_suffix.setdefault(self._suffix(place), mark)
        known = self._volumes.get(mark) or Volume(key=self._free(key), others=tuple(others))
        repeated = mark[0] in ("made", "output") and not self._runs_once(place)
        self._volumes[mark] = known._replace(
            makers=(*known.makers, place),
            is_repeated=known.is_repeated or repeated,
            is_snapshot=snapshot is not None,
        )

    # Files of new volumes

    def source(self, place: Place) -> Volume | None:
        """The volume or snapshot with the files that a task creates another one with."""
        task = self.task(place)
        found: list[Volume | None] = []
        if place in self._objects:
            found = self._each(place, task.parameters.get(NAME))
        elif isinstance(data := self._constant(place, DATA_SOURCE), dict):
            found = self._of_data(place, data)
        volumes = list(dict.fromkeys(found))
        return volumes[0] if len(volumes) == 1 else None

    def _add_contents(self, place: Place) -> None:
        """Notes where a new volume gets files from, if not from a volume of the pipeline."""
        contents = "a volume" if place in self._objects else self._contents(place)
        if contents and self.source(place) is None:
            mark = self._made[place]
            self._volumes[mark] = self._volumes[mark]._replace(contents=contents)

    def _of_data(self, place: Place, data: dict[str, Any]) -> list[Volume | None]:
        """The volume or snapshot that is the data source of a new volume."""
        name, kind = parse_text(str(data.get("name", ""))), data.get("kind")
        if kind not in (_CLAIM, _SNAPSHOT):
            return []
        return self._named(place, name, is_snapshot=kind == _SNAPSHOT)

    def _of_snapshot(self, name: str) -> Volume | None:
        """The snapshot of that name that a task creates."""
        for place, one in self._objects.items():
            if name and one.name == name and (mark := self._made.get(place)) is not None:
                return self._volumes[mark]
        return None

    def _free(self, key: str) -> str:
        return free(key, {volume.key for volume in self._volumes.values()})

    def _suffix(self, place: Place) -> str:
        if place in self._objects:
            parts = parse_text(self._objects[place].name).parts
            return "".join(part for part in parts if isinstance(part, str))
        value = self._constant(place, SUFFIX)
        return value if isinstance(value, str) else ""

    def _contents(self, place: Place) -> str:
        """Where the volume that a task creates gets files from."""
        for name, shown in _CONTENTS.items():
            if self._constant(place, name) not in (None, "", {}):
                return shown
        annotations = self._constant(place, "annotations")
        return "a snapshot" if isinstance(annotations, dict) and _ROK in annotations else ""

    def _constant(self, place: Place, name: str) -> Any:
        """The value of an input of a task; ``...`` if only the run has it."""
        source = self.task(place).parameters.get(name)
        if source is None:
            return None
        values = [
            end.source.value if isinstance(end.source, Constant) and not end.selectors else ...
            for end in self.scopes.ends(place.holder, source)
        ]
        return values[0] if values and all(value == values[0] for value in values) else ...

    def _runs_once(self, place: Place) -> bool:
        """Whether a task runs at most once in a run."""
        holder, name = place
        while True:
            if self.scopes.tasks(holder)[name].iterator is not None:
                return False
            if holder == ROOT:
                return True
            calls = self.scopes.calls.get(holder, ())
            if len(calls) != 1:
                return False
            holder, name = calls[0].holder, calls[0].name

    def made_name(self, place: Place) -> Constant:
        """The name of a claim or snapshot that a task creates for the run."""
        suffix = self._suffix(place).strip("-") or place.name
        return Constant(value="{{$.pipeline_job_name}}-" + suffix)


def _deleted(executor: Container) -> Text | None:
    """The name of the volume or snapshot that a container deletes; None for other containers."""
    words = (*executor.command, *executor.args)
    if len(words) < 4 or [str(word) for word in words[:2]] != ["kubectl", "delete"]:
        return None
    kind, name, options = str(words[2]), words[3], [str(word) for word in words[4:]]
    is_known = kind.lower() in _KUBECTL_KINDS and not str(name).startswith("-")
    return name if is_known and _KUBECTL_OPTIONS.issuperset(options) else None


def keys_of_mounts(pipeline: Pipeline) -> dict[tuple[str, str], str]:
    """Executor and path of a mounted claim → the key of the decision about it."""
    found: dict[tuple[str, str], str] = {}
    claims: Claims | None = None
    for label, executor in pipeline.executors.items():
        for mount in executor.pod.mounts if isinstance(executor, Container) else ():
            claims = claims or Claims(pipeline)
            volumes = claims.mounted(label, mount)
            if volumes and volumes[0] is not None:
                found[label, mount.path] = volumes[0].key
    return found
