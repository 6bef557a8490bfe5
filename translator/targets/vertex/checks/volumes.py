"""Volumes, which Vertex AI does not have, and the paths of a container that lead into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import (
    UNSET,
    Constant,
    Container,
    ExecutorRef,
    FromParent,
    walk_tasks,
)
from translator.mounts import SHARED_MEMORY, container_mounts, credentials, points_into, volumes_of
from translator.targets.vertex.checks.platform_settings import Names
from translator.targets.vertex.passes.claims import keys_of_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.diagnostics import Diagnostic
    from translator.model import Executor, Json, Pipeline, Setting, Unset
    from translator.mounts import Mount

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
    mounts = {label: list(container_mounts(pipeline, label)) for label in pipeline.executors}
    names = Names(pipeline)
    keys = keys_of_mounts(pipeline)
    calls = _calls(pipeline) if any(mounts.values()) else {}
    for label, mounted in mounts.items():
        executor = pipeline.executors.get(label)
        lost = credentials(executor, mounted)
        if mounted:
            texts = [*_own_texts(executor, lost), *calls.get(label, ())]
            for mount in mounted:
                if names.goes_with_its_maker(label, mount.source):
                    continue
                variables = _assignments(executor, {n for n, at in lost.items() if at is mount})
                is_v1 = mount.setting.name == "volumeMounts"
                named = _pod_name(mount) if is_v1 else names.of(label, mount.source)
                key = keys.get((label, mount.path), "")
                yield _finding(mount, named, _uses(texts, mount.path), variables, key)
        if isinstance(executor, Container):
            yield from _unmounted(executor.kubernetes, {mount.volume for mount in mounted})
    everywhere = {mount.volume for mounted in mounts.values() for mount in mounted}
    yield from _unmounted(pipeline.kubernetes, everywhere)


def _assignments(executor: Executor | None, names: set[str]) -> list[str]:
    """``NAME=value`` of the environment variables with these names."""
    variables = executor.env if isinstance(executor, Container) else ()
    return [f"{one.name}={one.value}" for one in variables if one.name in names]


def _unmounted(settings: Iterable[Setting], mounted: set[str]) -> Iterator[Diagnostic]:
    for setting in settings:
        for volume in volumes_of((setting,)):
            name = str(volume.get("name", ""))
            if name not in mounted:
                kind = " ".join(key for key in volume if key != "name")
                facts = {"setting": f"volume {name} ({kind})", "why": "no container mounts it"}
                yield rules.NO_EFFECT.at(setting.origin, **facts)


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
    path, kind, origin = mount.path, mount.kind, mount.setting.origin
    if variables:
        named = ", ".join(f"`{variable}`" for variable in variables)
        of = f"Kubernetes secret `{name}`" if kind == "secret" else f"volume `{name}`"
        return rules.CREDENTIALS_FILE.at(origin, source=of, path=path, variables=named, uses=uses)
    if kind in ("secret", "configMap"):
        used = f"the files at `{path}`{uses} come"
        if kind == "secret":
            return rules.SECRET.at(origin, used=used, secret=name)
        return rules.CONFIG_MAP.at(origin, used=used, config_map=name)
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


def _pod_name(mount: Mount) -> str:
    """The name of the secret or config map of KFP v1, or else of the volume."""
    key = {"secret": "secretName", "configMap": "name"}.get(mount.kind, "")
    return str(mount.source.get(key) or mount.volume)


def _size(mount: Mount) -> str:
    size = mount.source.get("sizeLimit") or mount.source.get("size")
    return f" to {size}" if size else ""
