"""Volumes, which Vertex AI does not have, and the paths of a container that lead into them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import UNSET, Constant, Container, ExecutorRef, FromParent, walk_tasks
from translator.model.kubernetes import Claim, EmptyDir, EphemeralVolume
from translator.mounts import SHARED_MEMORY, credentials, kind_of, object_of, points_into
from translator.targets.vertex.checks.names import Names, in_option
from translator.targets.vertex.passes.claims import keys_of_mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from translator.diagnostics import Diagnostic
    from translator.model import Executor, Json, Pipeline, Unset
    from translator.model.kubernetes import Mount, Pod, Reference

#: Folders that every image has and every container can write to.
_SCRATCH = ("/tmp", "/var/tmp")
#: Volumes that are empty when a task starts and are deleted when it ends.
_EMPTY = ("emptyDir", "ephemeral")
#: The most values that a message lists.
_SHOWN = 4
#: The most characters of each.
_WIDTH = 60


def volumes(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each volume of a container, with the values that are paths in it."""
    pods = {
        label: executor.pod
        for label, executor in pipeline.executors.items()
        if isinstance(executor, Container)
    }
    names = Names(pipeline)
    keys = keys_of_mounts(pipeline)
    calls = _calls(pipeline) if any(pod.mounts for pod in pods.values()) else {}
    for label, pod in pods.items():
        executor = pipeline.executors[label]
        lost = credentials(executor)
        texts = [*_own_texts(executor, lost), *calls.get(label, ())] if pod.mounts else []
        for mount in pod.mounts:
            if not names.goes_with_its_maker(label, mount.volume):
                variables = _assignments(executor, {n for n, at in lost.items() if at is mount})
                name = _name(mount, partial(names.of, label))
                key = keys.get((label, mount.path), "")
                yield _finding(mount, name, _uses(texts, mount.path), variables, key)
        yield from _unmounted(pod)
    for mount in pipeline.pod.mounts:
        yield _finding(mount, _name(mount, partial(names.of, "")), "", [])
    yield from _unmounted(pipeline.pod)


def _assignments(executor: Executor | None, names: set[str]) -> list[str]:
    """``NAME=value`` of the environment variables with these names."""
    variables = executor.env if isinstance(executor, Container) else ()
    return [f"{one.name}={one.value}" for one in variables if one.name in names]


def _unmounted(pod: Pod) -> Iterator[Diagnostic]:
    for name, volume in pod.unmounted.items():
        facts = {"setting": f"volume {name} ({kind_of(volume)})", "why": "no container mounts it"}
        yield rules.NO_EFFECT.at(pod.place("unmounted", name), **facts)


def _own_texts(executor: Executor | None, lost: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Texts of a container: environment variables as name and value, arguments without a name."""
    if isinstance(executor, Container):
        for variable in executor.env:
            if variable.name not in lost:
                yield variable.name, str(variable.value)
        for argument in (*executor.command, *executor.args):
            yield "", str(argument)


def _calls(pipeline: Pipeline) -> dict[str, list[tuple[str, str]]]:
    """Executor → the texts that tasks pass to its container, with the names of its inputs."""
    found: dict[str, list[tuple[str, str]]] = {}
    for holder, _, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is None or not isinstance(component.body, ExecutorRef):
            continue
        texts = found.setdefault(component.body.label, [])
        for name, declared in component.inputs.parameters.items():
            value: Json | Unset = UNSET
            match task.parameters.get(name):
                case Constant(value=value):
                    pass
                case FromParent(name=source) if holder == "root":
                    value = _input(pipeline, source)
                case None:
                    value = declared.default
            if isinstance(value, str):
                texts.append((name, value))
    return found


def _input(pipeline: Pipeline, name: str) -> Json | Unset:
    """The value of an input of the pipeline in the run settings, else its default."""
    declared = pipeline.root.inputs.parameters.get(name)
    return pipeline.submission.arguments.get(name, declared.default if declared else UNSET)


def _uses(texts: Iterable[tuple[str, str]], path: str) -> str:
    """The values with paths in the folder, in brackets; empty if there are none."""
    found = dict.fromkeys(
        f"`{_short(f'{name}={below}' if name else below)}`"
        for name, text in texts
        for below in points_into(text, path)
    )
    shown = list(found)[:_SHOWN]
    more = [f"{len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return f" ({', '.join([*shown, *more])})" if found else ""


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _finding(
    mount: Mount, name: str, uses: str, variables: Sequence[str], key: str = ""
) -> Diagnostic:
    path, kind, origin = mount.path, kind_of(mount.volume), mount.origin
    if variables:
        named = ", ".join(f"`{variable}`" for variable in variables)
        of = f"Kubernetes secret `{name}`" if kind == "secret" else f"volume `{name}`"
        return rules.CREDENTIALS_FILE.at(origin, source=of, path=path, variables=named, uses=uses)
    if kind in ("secret", "configMap"):
        used = f"the files at `{path}`{uses} come"
        if kind == "secret":
            decision = f"{in_option(name)}/KEY"
            return rules.SECRET.at(origin, used=used, secret=name, decision=decision)
        facts = {"used": used, "config_map": name, "decision": in_option(name)}
        return rules.CONFIG_MAP.at(origin, **facts)
    if kind in _EMPTY and path == SHARED_MEMORY:
        return rules.SHARED_MEMORY.at(origin, size=_size(mount))
    if kind in _EMPTY and path in _SCRATCH:
        facts = {"setting": f"volume {name} at {path}", "why": "every container has that folder"}
        return rules.NO_EFFECT.at(origin, **facts)
    advice = _CREATE_IT if kind in _EMPTY else _CLOUD_STORAGE
    if key:
        advice = f"pass `--volume {key}=gs://BUCKET/PREFIX`, the folder in Cloud Storage for it"
    return rules.VOLUME.at(origin, volume=name, path=path, uses=uses, advice=advice)


_CREATE_IT = "create the folder in the image, or when the program starts"
_CLOUD_STORAGE = "use `/gcs/BUCKET/PATH`, where every container finds Cloud Storage as files"


def _name(mount: Mount, name_of: Callable[[Reference], str]) -> str:
    """The name of the secret or config map, or else of the volume."""
    reference = object_of(mount.volume)
    if reference is None or (isinstance(mount.volume, Claim) and mount.name):
        return mount.name
    return name_of(reference)


def _size(mount: Mount) -> str:
    match mount.volume:
        case EmptyDir(size_limit=size) | EphemeralVolume(size=size):
            return f" to {size}" if size else ""
    return ""
