"""Tasks that create or delete volumes are left out: Vertex AI has no volumes.

The tasks after them wait for those before them. One whose condition decides about other tasks, or
whose output is more than a value of a task, becomes a container that returns the name of the
volume. One that creates a volume with the files of another becomes a container that copies them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Caching,
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    upstream_tasks,
)
from translator.model.channels import author_name, free
from translator.passes.task_removal import without_tasks, without_unused
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import replace
from translator.shell import shell
from translator.targets.vertex.passes.claims import CREATED, NAME, Claims, Place
from translator.targets.vertex.passes.mount_wrappers import link_folder
from translator.upstream import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from translator.model import InputSource, Pipeline, Task

__all__ = ["IMAGE", "VolumeTasks", "shown_source"]

#: The image of added containers; it has ``sh`` and the tools of BusyBox.
IMAGE = "alpine:3.20"
#: Returns a name. ``$1`` name, ``$2`` output.
_RETURN = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2"'
#: Copies the files of a volume first. The dot keeps ``cp`` from copying the folder or link itself.
_COPY = f"cp -R /source/. /target && {_RETURN}"


class VolumeTasks:
    """Leaves out tasks that create or delete volumes.

    ``copies`` are those that stay, to copy a folder into another: task → both addresses.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        claims: Claims,
        chosen: Collection[Place],
        copies: Mapping[Place, tuple[Text, Text]],
    ) -> None:
        self._pipeline = pipeline
        self._claims = claims
        self._chosen = chosen
        self._copies = copies
        self._components = {ROOT: pipeline.root, **pipeline.components}
        #: Task that creates a claim → the tasks that get its name as a value.
        self.named: dict[Place, list[str]] = {}
        for holder in dict.fromkeys(place.holder for place in chosen):
            self._pass_names(holder)
        #: The tasks that stay, as containers that return the name.
        self.stay: set[Place] = set(copies)
        self._gone = self._left_out()

    def result(self) -> Pipeline:
        """The pipeline without the tasks."""
        executors = dict(self._pipeline.executors)
        for place in self._chosen:
            if place in self.stay:
                label = free("volume-copy" if place in self._copies else "volume-name", executors)
                executors[label] = self._returning(label, self._copies.get(place))
                self._return_name(place, label)
        root = self._components.pop(ROOT)
        changed = replace(
            self._pipeline, root=root, components=self._components, executors=executors
        )
        return without_unused(self._pipeline, without_tasks(changed, self._gone))

    def name_of(self, place: Place) -> InputSource:
        """The name of the claim of a task, from where it comes in its DAG."""
        named = self._tasks(place.holder)[place.name].parameters.get(NAME)
        if named is None or self._claims.is_snapshot(place):
            return self._claims.made_name(place)
        if isinstance(named, FromTask) and named.output == CREATED:
            other = Place(place.holder, named.task)
            if other in self._chosen and other != place:
                return self.name_of(other)
        return named

    # Names of created volumes

    def _pass_names(self, holder: str) -> None:
        """The tasks of a DAG get names from where the tasks that create volumes have them."""
        component = self._components[holder]
        assert isinstance(component.body, Dag)
        tasks = dict(component.body.tasks)
        for name, task in tasks.items():
            given = {
                key: self.name_of(place)
                for key, source in task.parameters.items()
                if isinstance(source, FromTask)
                and (place := Place(holder, source.task)) in self._chosen
                and source == FromTask(task=source.task, output=CREATED)
            }
            if given:
                after = (*task.depends_on, *upstream_tasks(task))
                parameters = {**task.parameters, **given}
                changed = replace(task, parameters=parameters, depends_on=())
                others = [one for one in after if one not in upstream_tasks(changed)]
                tasks[name] = replace(changed, depends_on=tuple(dict.fromkeys(others)))
                self._note_names(holder, name, task, given)
        self._components[holder] = replace(component, body=replace(component.body, tasks=tasks))

    def _note_names(self, holder: str, name: str, task: Task, given: Collection[str]) -> None:
        if Place(holder, name) in self._chosen:
            return  # a task that deletes the volume
        for key in given:
            source = task.parameters[key]
            assert isinstance(source, FromTask)
            if self._is_used(task, key):
                self.named.setdefault(Place(holder, source.task), []).append(name)

    def _is_used(self, task: Task, key: str) -> bool:
        """Whether a task uses an input for more than the mounts of tasks inside it."""
        component = self._components.get(task.component)
        if component is None or not isinstance(component.body, Dag) or task.trigger is not None:
            return True
        return any(
            isinstance(source, FromParent) and source.name == key and self._is_used(inner, name)
            for inner in component.body.tasks.values()
            for name, source in inner.parameters.items()
        )

    # Which tasks go

    def _left_out(self) -> set[Place]:
        """The tasks that go: the chosen ones, and DAGs with nothing else."""
        gone: set[Place] = set()
        while True:
            empty = {label for label in self._components if self._is_empty(label, gone)}
            found = {
                Place(call.holder, call.name)
                for label in empty - {ROOT}
                for call in self._claims.scopes.calls.get(label, ())
            }
            going = {place for place in self._chosen if place not in self.stay} | found
            kept = {place for place in going if self._is_needed(place, going)}
            if ROOT in empty and not kept:
                kept = {place for place in going if place.holder == ROOT}
            stay = self.stay | {inner for place in kept for inner in self._inside(place)}
            if stay == self.stay and going == gone:
                return gone
            if stay != self.stay:
                self.stay, going = stay, set()
            gone = going

    def _is_empty(self, label: str, gone: Collection[Place]) -> bool:
        body = self._components[label].body
        return (
            isinstance(body, Dag)
            and bool(body.tasks)
            and all(Place(label, name) in gone for name in body.tasks)
        )

    def _inside(self, place: Place) -> Iterator[Place]:
        """The chosen tasks that a task runs."""
        if place in self._chosen:
            yield place
            return
        label = self._tasks(place.holder)[place.name].component
        for name in self._tasks(label):
            yield from self._inside(Place(label, name))

    def _is_needed(self, place: Place, going: Collection[Place]) -> bool:
        """Whether other parts of the pipeline need the task itself, not only its name."""
        holder, name = place
        body = self._components[holder].body
        assert isinstance(body, Dag)
        outputs = (*body.parameter_outputs.values(), *body.artifact_outputs.values())
        if any(source.task == name for output in outputs for source in output.sources):
            return True
        task = body.tasks[name]
        if (task.trigger or task.iterator) and self._is_awaited(place, going):
            return True  # tasks that wait for a skipped one are skipped too
        return any(
            isinstance(source, FromTask | FinalStatus) and source.task == name
            for other_name, other in body.tasks.items()
            if Place(holder, other_name) not in going
            for source in (*other.parameters.values(), *other.artifacts.values())
        )

    def _is_awaited(self, place: Place, going: Collection[Place]) -> bool:
        """Whether a task that stays waits for a task, also through others that go."""
        waiting = [place.name]
        tasks = self._tasks(place.holder)
        for name in waiting:  # which grows
            for other, task in tasks.items():
                if other not in waiting and name in upstream_tasks(task):
                    if Place(place.holder, other) not in going:
                        return True
                    waiting.append(other)
        return False

    def _tasks(self, holder: str) -> Mapping[str, Task]:
        component = self._components.get(holder)
        return component.body.tasks if component and isinstance(component.body, Dag) else {}

    # The result

    def _return_name(self, place: Place, label: str) -> None:
        """Runs another component in place of a task that stays."""
        component = self._components[place.holder]
        assert isinstance(component.body, Dag)
        task = component.body.tasks[place.name]
        before = upstream_tasks(task)
        named = {NAME: self.name_of(place)}
        changed = replace(
            task, component=label, parameters=named, depends_on=(), caching=Caching(enabled=False)
        )
        after = tuple(name for name in before if name not in upstream_tasks(changed))
        tasks = {**component.body.tasks, place.name: replace(changed, depends_on=after)}
        body = replace(component.body, tasks=tasks)
        self._components[place.holder] = replace(component, body=body)

    def _returning(self, label: str, copy: tuple[Text, Text] | None) -> Container:
        """A container that returns the name, and its component."""
        string = Parameter(type=ParameterType.STRING)
        self._components[label] = Component(
            body=ExecutorRef(label=label),
            inputs=Interface(parameters={NAME: string}),
            outputs=Interface(parameters={CREATED: string}),
            description="Copies a volume." if copy else "Returns the name of a volume.",
        )
        script = _RETURN if copy is None else _COPY
        name = Placeholder(PlaceholderKind.INPUT_VALUE, NAME)
        command = shell(script, label, name, Placeholder(PlaceholderKind.OUTPUT_FILE, CREATED))
        if copy is not None:
            source, target = copy
            before = (*link_folder(source, "/source"), *link_folder(target, "/target"))
            command = (*before, *command)
        return Container(image=Text((IMAGE,)), command=command)


def shown_source(source: InputSource) -> str:
    """A source in a message."""
    match source:
        case Constant(value=value):
            return str(value)
        case FromParent(name=name):
            return f"the value of input {author_name(name)}"
        case FromTask(task=task):
            return f"an output of task {task}"
    return ""
