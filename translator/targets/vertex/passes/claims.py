"""The volumes of a pipeline: which claims are the same one, and the key of its decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model import Constant, Dag, FromTask, Parameter
from translator.model.channels import free
from translator.platforms import Scopes, driver_tasks
from translator.records import NamedTuple
from translator.upstream import ROOT, End

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import InputSource, Json, Pipeline, Task
    from translator.model.kubernetes import Value

__all__ = ["Claims", "Place", "Volume"]

#: The inputs of a task that creates a claim, as kfp-kubernetes names them.
NAME, SUFFIX = "pvc_name", "pvc_name_suffix"
#: The output with the name of the claim.
CREATED = "name"
#: Inputs of such a task that give the new volume contents, and how a message names them.
_CONTENTS = {"volume_name": "an existing disk", "data_source": "a snapshot or another volume"}
#: The annotation with which Rok fills a new volume.
_ROK = "rok/origin"


class Place(NamedTuple):
    """A task: the component with its DAG, and its name there."""

    holder: str
    name: str


class Volume(NamedTuple):
    """A volume that tasks create, mount or delete."""

    #: The key of its decision.
    key: str
    #: Other keys that a decision may have: the claim's name, where the key is that of an input.
    others: tuple[str, ...] = ()
    #: The tasks that create it; none for a claim that is in the cluster already.
    makers: tuple[Place, ...] = ()
    #: Where a new volume gets files from; empty if it is empty.
    contents: str = ""
    #: Whether it is created more than once in a run, each time another volume.
    is_repeated: bool = False


class Claims:
    """Resolves the names of claims to volumes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.scopes = Scopes(pipeline)
        #: The tasks of KFP's driver → ``creates`` or ``deletes``.
        self.verbs = {Place(*place): verb for place, verb in driver_tasks(pipeline).items()}
        self._given: Mapping[str, Json] = pipeline.submission.arguments
        self._volumes: dict[tuple[str, ...], Volume] = {}
        #: Task that creates a claim → what identifies the claim.
        self._made: dict[Place, tuple[str, ...]] = {}
        for place, verb in self.verbs.items():
            if verb == "creates":
                self._add_made(place)

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
        name = self.task(place).parameters.get(NAME)
        return list(dict.fromkeys(self.of(place.holder, name))) if name is not None else []

    def mounted(self, label: str, name: Value) -> list[Volume | None]:
        """The volumes that the tasks of an executor mount by this name, each once.

        None is a volume that only the run chooses: the claim is an item of a loop, or a part of a
        value.
        """
        places = self.scopes.places.get(label, ())
        found = [volume for call in places for volume in self.of(call.holder, name)]
        return list(dict.fromkeys(found))

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
            case Constant(value=str(name)) if name:
                return ("claim", name)
            case Parameter() if end.holder == ROOT:
                return ("input", end.name)
            case FromTask(task=task, output=output):
                place = Place(end.holder, task)
                return self._made.get(place, ("output", *place, output))
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
        task = self.task(place)
        mark: tuple[str, ...] = ("made", *place)
        key, *others = [self._suffix(place).strip("-") or place.name]
        if (named := task.parameters.get(NAME)) is not None:
            ends = list(self._ends(place.holder, named))
            found = self._mark(ends[0]) if len(ends) == 1 else None
            if found is not None and found[0] in ("claim", "input"):
                mark = found
                key, *others = self._keys(ends[0])
        self._made[place] = mark
        known = self._volumes.get(mark) or Volume(key=self._free(key), others=tuple(others))
        repeated = mark[0] == "made" and not self._runs_once(place)
        self._volumes[mark] = known._replace(
            makers=(*known.makers, place),
            contents=known.contents or self._contents(place),
            is_repeated=known.is_repeated or repeated,
        )

    def _free(self, key: str) -> str:
        return free(key, {volume.key for volume in self._volumes.values()})

    def _suffix(self, place: Place) -> str:
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
        """The name of a claim that a task creates with a suffix, or without a name."""
        suffix = self._suffix(place).strip("-") or place.name
        return Constant(value="{{$.pipeline_job_name}}-" + suffix)
