"""Puts folders of Cloud Storage in place of the volumes of a pipeline (``volumes``)."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import Findings
from translator.diagnostics import vertex_volumes as rules
from translator.model import (
    Caching,
    Constant,
    Container,
    Dag,
    ExecutorRef,
)
from translator.model.kubernetes import Claim, EmptyDir, EphemeralVolume, OtherVolume
from translator.mounts import SHARED_MEMORY
from translator.placeholders import Text
from translator.records import NamedTuple, replace
from translator.targets.vertex.passes.claims import Claims, Place, Volume
from translator.targets.vertex.passes.folders import Folder, Folders, plain
from translator.targets.vertex.passes.mount_forms import (
    below,
    empty_inside,
    no_shell,
    of_empty,
    of_others,
    path_of,
    problem_of,
    without_unmounted,
)
from translator.targets.vertex.passes.mount_paths import NotShownError, replaced_paths
from translator.targets.vertex.passes.mount_wrappers import empty_folder, link_folder
from translator.targets.vertex.passes.volume_tasks import VolumeTasks, shown_source
from translator.targets.vertex.passes.wrapping import wrapped
from translator.upstream import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Component, Executor, Pipeline
    from translator.model.kubernetes import Mount

__all__ = ["MountedFolders"]

#: Folders that every image has and every container can write to.
_SCRATCH = ("/tmp", "/var/tmp")
#: How many mounts a sentence lists.
_SHOWN = 4


class _Use(NamedTuple):
    """A mount of a volume."""

    label: str
    mount: Mount
    path: str


class MountedFolders:
    """Puts folders in place of the volumes of a pipeline."""

    def __init__(self, pipeline: Pipeline, decisions: Decisions, claims: Claims) -> None:
        self.pipeline = pipeline
        self.claims = claims
        self.folders = Folders(decisions)
        self.findings = Findings()
        self.uses: dict[Volume, list[_Use]] = {}
        self.executors: dict[str, Executor] = dict(pipeline.executors)
        #: Task → its inputs that are other paths now.
        self.inputs: dict[Place, dict[str, Constant]] = {}
        #: Image → the need of its entrypoint.
        self.programs: dict[str, Need] = {}

    def result(self) -> Decided:
        """The pipeline with the folders."""
        for label, executor in self.pipeline.executors.items():
            if isinstance(executor, Container):
                executor, found = without_unmounted(executor)
                self.findings += found
                self.executors[label] = self._container(label, executor)
        pipeline = self._with_inputs(replace(self.pipeline, executors=self.executors))
        pipeline = self._without_tasks(pipeline)
        for volume in self.claims:
            self.findings += self._of_volume(volume)
        needs = tuple(self._need(one) for one in self.claims if [*self._whys(one)])
        findings = (*self.folders.problems, *self.findings)
        needs = (*needs, *self.programs.values())
        return Decided(pipeline, findings, frozenset(self.folders.used), needs)

    # Containers

    def _container(self, label: str, executor: Container) -> Container:
        """The container, with commands that put folders at the paths of its mounts."""
        kept: list[Mount] = []
        wrappers: list[tuple[str, tuple[Text, ...]]] = []
        # Paths in a mount inside of another one are in the inner one.
        for mount in sorted(executor.pod.mounts, key=lambda one: -path_of(one).count("/")):
            path = path_of(mount)
            match mount.volume:
                case Claim() | OtherVolume():
                    folder = self._folder(label, mount, path)
                case EmptyDir() | EphemeralVolume() if outer := self._around(label, executor, path):
                    folder = None
                    self.findings.add(empty_inside(mount, path, outer))
                case EmptyDir() | EphemeralVolume() if self._is_local(executor, mount, path):
                    wrappers.append((path, empty_folder(path)))
                    self.findings.add(of_empty(mount, path))
                    continue
                case _:
                    folder = None
            if folder is None:
                kept.append(mount)
                continue
            self.findings += of_others(mount, path)
            if problem := problem_of(mount, path):
                self.findings.add(problem)
            elif why := no_shell(executor):
                executor = self._replaced(label, executor, _Use(label, mount, path), folder, why)
            else:
                wrappers.append((path, link_folder(below(folder.address, mount), path)))
        wrappers.sort(key=lambda one: one[0].count("/"))  # a mount can be inside another
        before = tuple(word for _, words in wrappers for word in words)
        executor = wrapped(executor, before) if before else executor
        kept.sort(key=executor.pod.mounts.index)
        return replace(executor, pod=replace(executor.pod, mounts=tuple(kept)))

    def _folder(self, label: str, mount: Mount, path: str) -> Folder | None:
        """The folder of a mount; None without a decision, or if tasks mount several volumes."""
        found = self.claims.mounted(label, mount)
        known = [volume for volume in found if volume is not None]
        for volume in known:
            self.uses.setdefault(volume, []).append(_Use(label, mount, path))
        folders = {self.folders.of(volume) for volume in known}
        if len(folders) == 1 and len(known) == len(found):
            return folders.pop()
        if folders - {None}:
            names = ", ".join(f"`{volume.key}`" for volume in known)
            others = "" if len(known) == len(found) else " and others, which only the run knows,"
            facts = {
                "volume": known[0].key,
                "why": f"a component mounts {names}{others} at `{path}`, one in each task",
                "advice": "decide on the same folder for them (`--volume`), or pass the folder as "
                "an input",
            }
            self.findings.add(rules.NO_FOLDER.at(mount.origin, **facts))
        return None

    def _around(self, label: str, executor: Container, path: str) -> str:
        """The path of a mount with a folder that a path is inside of; empty if there is none."""
        for mount in executor.pod.mounts:
            outer = path_of(mount)
            found = self.claims.mounted(label, mount) if path.startswith(f"{outer}/") else []
            if any(volume is not None and self.folders.of(volume) for volume in found):
                return outer
        return ""

    def _is_local(self, executor: Container, mount: Mount, path: str) -> bool:
        """Whether a command makes an empty folder for a mount; else a check reports it."""
        is_memory = isinstance(mount.volume, EmptyDir) and mount.volume.is_shared_memory
        is_known = is_memory or path == SHARED_MEMORY or path in _SCRATCH
        names = [one.name for one in executor.pod.mounts]
        is_once = not mount.name or names.count(mount.name) == 1
        is_plain = problem_of(mount, path) is None and not no_shell(executor)
        return not is_known and is_once and is_plain

    def _replaced(
        self, label: str, executor: Container, use: _Use, folder: Folder, why: str
    ) -> Container:
        """The container with other paths, where no command can link the path of a mount."""
        found = self.claims.mounted(label, use.mount)
        key = found[0].key if found[0] is not None else ""
        facts = {"volume": key, "path": use.path, "why": why}
        to = below(Text((folder.path,)), use.mount)
        try:
            if not folder.path or to.placeholders():
                raise NotShownError
            done = replaced_paths(
                self.claims.scopes, label, executor, use.path, str(to), self.inputs
            )
        except NotShownError:
            facts["advice"] = self._advice(executor, "" if folder.path else key)
            self.findings.add(rules.VOLUME_NEEDS_COMMAND.at(use.mount.origin, **facts))
            if not executor.command:
                why = f"a command has to link `{use.path}` to the folder of volume `{key}`"
                image = str(executor.image)
                need = Need("entrypoints", image, "", why, (use.mount.origin,))
                self.programs.setdefault(image, need)
            return executor
        for place, given in done.inputs.items():
            self.inputs.setdefault(place, {}).update(given)
        if inner := self._inner([use]):
            named = ", ".join(f"`{path}`" for path in inner)
            facts["why"] += f"; this folder does not contain the mount inside it ({named})"
        shown = ", ".join(f"`{one}`" for one in done.uses)
        facts |= {"uses": shown, "folder": str(to)}
        self.findings.add(rules.VOLUME_PATHS.at(use.mount.origin, **facts))
        return done.executor

    def _advice(self, executor: Container, key: str) -> str:
        command = "use an image that has `sh`"
        if not executor.command:
            word = quote(f"{executor.image}=COMMAND")
            command = f"pass `--entrypoint {word}` (`docker image inspect` shows the entrypoint)"
        if not key:  # there is a folder, but not all uses of the path are in sight
            return command
        return (
            f"{command}; or pass `--volume {key}=gs://BUCKET/PREFIX`, where all uses of the path "
            "are arguments, which become paths in `/gcs`"
        )

    # Tasks

    def _with_inputs(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline, whose tasks get other paths, and are not cached with a new volume.

        Its folder is empty in each run, and a cached task leaves no files in it.
        """
        new = {
            use.label
            for one, uses in self.uses.items()
            if (one.makers or one.is_of_run) and self.folders.of(one) is not None
            for use in uses
        }
        uncached = {
            name
            for name, component in pipeline.components.items()
            if isinstance(component.body, ExecutorRef) and component.body.label in new
        }

        def changed(holder: str, component: Component) -> Component:
            if not isinstance(component.body, Dag):
                return component
            tasks = dict(component.body.tasks)
            for name, task in tasks.items():
                parameters = {**task.parameters, **self.inputs.get(Place(holder, name), {})}
                caching = task.caching
                if task.component in uncached and caching is not None and caching.enabled:
                    caching = Caching(enabled=False, origin=caching.origin)
                tasks[name] = replace(task, parameters=parameters, caching=caching)
            if tasks == component.body.tasks:
                return component
            return replace(component, body=replace(component.body, tasks=tasks))

        components = {name: changed(name, one) for name, one in pipeline.components.items()}
        return replace(pipeline, root=changed(ROOT, pipeline.root), components=components)

    def _without_tasks(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline without the tasks that create a volume with a folder, or delete one."""
        chosen: dict[Place, Volume | None] = {}
        copies: dict[Place, tuple[Folder, Folder]] = {}
        for place, verb in self.claims.verbs.items():
            found = self.claims.handled(place)
            volume = found[0] if len(found) == 1 else None
            folder = self.folders.of(volume) if volume is not None else None
            source = self.claims.source(place) if verb == "creates" else None
            if verb == "deletes":
                if all(not one or not one.makers or self.folders.of(one) for one in found):
                    chosen[place] = volume
            elif folder is not None and source is None:
                chosen[place] = volume
            elif folder and source and (first := self.folders.of(source)) is not None:
                chosen[place] = volume
                copies[place] = (first, folder)
        self.claims.without_other_uses(chosen)
        if not chosen:
            return pipeline
        addresses = {
            place: (one.address, other.address)
            for place, (one, other) in copies.items()
            if place in chosen
        }
        tasks = VolumeTasks(pipeline, self.claims, chosen, addresses)
        for place, volume in chosen.items():
            self.findings.add(self._of_task(place, volume, tasks, copies.get(place)))
        return tasks.result()

    def _of_task(
        self,
        place: Place,
        volume: Volume | None,
        tasks: VolumeTasks,
        copy: tuple[Folder, Folder] | None,
    ) -> Diagnostic:
        verb, advice = self.claims.verbs[place], "no action needed"
        folder = self.folders.of(volume) if volume is not None else None
        change = "is left out"
        if copy is not None:
            change = f"copies the folder `{copy[0].shown}` to `{copy[1].shown}`"
        elif place in tasks.stay:
            change = "becomes a container that only returns the name"
        elif verb == "creates":
            change += ": the folder is made when it is mounted"
        if verb == "deletes":
            change += ": nothing is deleted"
            if folder is not None:
                advice = f"delete the folder `{folder.shown}` when you do not need it, or set a "
                advice += "lifecycle rule of the bucket"
        if named := tasks.named.get(place):
            users = ", ".join(f"`{name}`" for name in dict.fromkeys(named))
            change += f"; the name that {users} takes is `{shown_source(tasks.name_of(place))}`"
        thing = "snapshot" if self.claims.is_snapshot(place) else "volume"
        name = f"{thing} `{volume.key}`" if volume is not None else f"a {thing}"
        facts = {"task": place.name, "verb": verb, "volume": name, "change": change}
        return rules.VOLUME_TASK.at(self.claims.task(place).origin, **facts, advice=advice)

    # What each volume needs

    def _of_volume(self, volume: Volume) -> Iterator[Diagnostic]:
        folder = self.folders.of(volume)
        uses = self.uses.get(volume, [])
        if folder is None or not uses:
            return
        details = ""
        if read_only := [use for use in uses if use.mount.read_only]:
            shown = ", ".join(dict.fromkeys(f"`{use.path}`" for use in read_only))
            details += f"; a read-only mount ({shown}) can be written to"
        if inner := self._inner(uses):
            shown = ", ".join(f"`{path}`" for path in inner)
            details += f"; the mount inside it ({shown}) is a link, which other tasks see too"
        if (volume.makers or volume.is_of_run) and (cached := self._cached(uses)):
            named = _joined([f"`{name}`" for name in cached])
            details += f"; tasks that mount it are not cached ({named})"
        rule = rules.VOLUME_DECIDED if self.folders.is_decided(volume) else rules.VOLUME_OF_RUN
        facts = {"volume": volume.key, "folder": folder.shown, "details": details}
        yield rule.at(self._origins(volume)[0], **facts)

    def _cached(self, uses: Sequence[_Use]) -> list[str]:
        """The tasks with these mounts whose results the file lets Vertex AI reuse."""
        calls = [call for use in uses for call in self.claims.scopes.places.get(use.label, ())]
        return list(
            dict.fromkeys(
                call.name for call in calls if call.task.caching and call.task.caching.enabled
            )
        )

    def _inner(self, uses: Sequence[_Use]) -> list[str]:
        """The paths of other mounts inside of mounts."""
        found: dict[str, None] = {}
        for use in uses:
            executor = self.pipeline.executors[use.label]
            assert isinstance(executor, Container)
            for mount in executor.pod.mounts:
                if (path := path_of(mount)).startswith(use.path + "/"):
                    found[path] = None
        return list(found)

    def _origins(self, volume: Volume) -> list[Origin | None]:
        mounts = [use.mount.origin for use in self.uses.get(volume, [])]
        return [*mounts, *(self.claims.task(place).origin for place in volume.makers)]

    def _need(self, volume: Volume) -> Need:
        value = self.folders.value(volume) or f"gs://BUCKET/{plain(volume.key)}"
        why = _joined([*self._whys(volume)])
        origins = tuple(dict.fromkeys(self._origins(volume)))
        is_proposal = self.folders.of(volume) is None and not self.folders.is_decided(volume)
        is_own = volume.is_of_run or bool(volume.makers)
        return Need("volumes", volume.key, value, why, origins, is_proposal, is_own)

    def _whys(self, volume: Volume) -> Iterator[str]:
        if volume.is_of_run:
            yield "each run creates it" + (f" from {volume.contents}" if volume.contents else "")
        for place in volume.makers:
            source = self.claims.source(place)
            files = source.key if source is not None else volume.contents
            yield f"task {place.name} creates it" + (f" with files of {files}" if files else "")
        for place, verb in self.claims.verbs.items():
            if verb == "creates" and self.claims.source(place) == volume:
                yield f"task {place.name} copies it"
        mounts: dict[str, list[str]] = {}
        for use in self.uses.get(volume, []):
            calls = self.claims.scopes.places.get(use.label, ())
            read_only = " read-only" if use.mount.read_only else ""
            sub_path = f" ({use.mount.sub_path})" if use.mount.sub_path else ""
            named = mounts.setdefault(f"it{sub_path} at {use.path}{read_only}", [])
            named += [call.name for call in calls if call.name not in named]
        for mount, tasks in mounts.items():
            task, verb = ("tasks", "mount") if tasks[1:] else ("task", "mounts")
            yield f"{task} {_joined(tasks)} {verb} {mount}"


def _joined(sentences: Sequence[str]) -> str:
    """One sentence; a volume can have many mounts."""
    more = f" and {len(sentences) - _SHOWN} more" if len(sentences) > _SHOWN else ""
    return ", ".join(dict.fromkeys(sentences[:_SHOWN])) + more
