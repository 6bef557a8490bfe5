"""What a container takes from Kubernetes secrets or config maps: the keys, and where values go."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias

from translator.decisions import Decided
from translator.diagnostics import Findings
from translator.model import Constant, Container, ExecutorRef, FromTask, Parameter, walk_tasks
from translator.model.channels import author_name
from translator.model.kubernetes import (
    AllKeys,
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    FieldVariable,
    Mount,
    SecretVariable,
    SecretVolume,
)
from translator.platforms import Scopes
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from translator.decisions import Need
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Pipeline
    from translator.model.kubernetes import Pod, Reference, Variable, Volume

    #: The name of the secret, or of the config map, that a setting refers to.
    ReferenceOf: TypeAlias = Callable[[Variable | Volume], Reference | None]

__all__ = [
    "KEY",
    "Changes",
    "Lookup",
    "Name",
    "Needs",
    "Use",
    "Value",
    "config_map_of",
    "in_claims",
    "name_of_run",
    "secret_of",
    "uses",
    "without",
]

#: The keys of secrets and config maps.
KEY = r"(?!\.\.?$)[-._a-zA-Z0-9]{1,253}"
#: Argo's reference to an input, which has its name in the workflow.
_REFERENCE = r"\{\{(?:inputs|workflow)\.parameters\.([^{}]+)\}\}"
#: Kubernetes' permissions of the files, without ``defaultMode``.
_MODE = 0o644
#: Texts in a path that something would replace: Argo, KFP's driver, Kubernetes; and characters
#: that no path in a command can have.
_OPEN = r"\{\{|\$\$|\$\(|[\0-\x1f\x7f]"


class Name(NamedTuple):
    """The name of a secret or config map."""

    text: str
    #: What has it in a run, ``input `x```; empty for a constant. Then ``text`` is the default of
    #: the input, or represents what only a run has: ``INPUT``, ``TASK.OUTPUT``.
    source: str = ""


class Value(NamedTuple):
    """A key, and where its value goes."""

    name: str
    key: str
    #: An environment variable, or the path of a file.
    where: str
    #: The permissions of the file; None for a variable.
    mode: int | None
    #: Whether the key may be missing.
    optional: bool
    origin: Origin | None


class Use(NamedTuple):
    """A setting of a container with values of a secret or config map."""

    setting: Variable | Mount
    name: Name
    #: The keys that are known to be used.
    values: tuple[Value, ...]
    optional: bool
    #: What comes from it, with the verb: ``environment variable `A` comes``.
    shown: str


class Needs:
    """Collects the decisions that a pipeline needs, each with all its places."""

    def __init__(self) -> None:
        self._origins: dict[Need, dict[Origin | None, None]] = {}

    def add(self, need: Need, origin: Origin | None) -> None:
        """Adds a place of a need, which has none itself."""
        self._origins.setdefault(need, {})[origin] = None

    def all(self) -> tuple[Need, ...]:
        """Each need once."""
        return tuple(one._replace(origins=tuple(found)) for one, found in self._origins.items())


class Changes:
    """What a pass about secrets or config maps collects while it changes containers."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.lookup = Lookup(pipeline)
        self.findings = Findings()
        self.used: set[tuple[str, str]] = set()
        self.needs = Needs()

    def container(self, label: str, container: Container) -> Container:
        """The container with what is decided; itself if nothing is."""
        raise NotImplementedError

    def result(self, labels: Iterable[str]) -> Decided:
        """The pipeline with these executors changed."""
        changed = {
            label: new
            for label in labels
            if isinstance(old := self.pipeline.executors[label], Container)
            and (new := self.container(label, old)) is not old
        }
        executors = {**self.pipeline.executors, **changed}
        return Decided(
            replace(self.pipeline, executors=executors) if changed else self.pipeline,
            tuple(self.findings),
            frozenset(self.used),
            self.needs.all(),
        )


def in_claims(container: Container, uses: Iterable[Use]) -> Iterator[Diagnostic]:
    """Findings for files inside the mount of a claim, whose folder other tasks see."""
    outer = [one.path.rstrip("/") for one in container.pod.mounts if isinstance(one.volume, Claim)]
    for use in uses:
        path = use.setting.path if isinstance(use.setting, Mount) else ""
        for around in outer:
            if path.startswith(f"{around}/"):
                is_secret = isinstance(use.setting, Mount) and secret_of(use.setting.volume)
                files = "links to the files" if is_secret else "the files"
                what = (
                    f"{files} of `{use.name.text}` at `{path}` are in the volume at `{around}`: "
                    "they replace files of the same names there, for other tasks too"
                )
                if is_secret:
                    what += "; the values stay in the memory of the task"
                advice = f"mount it outside of `{around}` in the pipeline"
                from translator.diagnostics.vertex_secrets import DIFFERENCE

                yield DIFFERENCE.at(use.setting.origin, what=what, advice=advice)


def name_of_run(use: Use) -> Diagnostic:
    """The finding for a secret or config map whose name a run can change."""
    name, source = use.name
    what = f"{use.shown} from `{name}` as decided, whatever name {source} has in a run"
    advice = "convert the pipeline once for each name"
    from translator.diagnostics.vertex_secrets import DIFFERENCE

    return DIFFERENCE.at(use.setting.origin, what=what, advice=advice)


def secret_of(setting: Variable | Volume) -> Reference | None:
    """The secret that a variable or volume has its values from."""
    if isinstance(setting, (AllKeys, SecretVariable, SecretVolume)):
        return setting.secret
    return None


def config_map_of(setting: Variable | Volume) -> Reference | None:
    """The config map that a variable or volume has its values from."""
    if isinstance(setting, (AllKeys, ConfigMapVariable, ConfigMapVolume)):
        return setting.config_map
    return None


class Lookup:
    """What is around the settings of executors: names of secrets and config maps, and texts."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._scopes: Scopes | None = None
        self._texts: dict[str, list[str]] | None = None

    def name(self, label: str, reference: Reference) -> Name | None:
        """The name; None if it is known only at run time, or differs between tasks."""
        if isinstance(reference.name, Constant):
            return self._of_text(reference.name.value)
        self._scopes = self._scopes or Scopes(self._pipeline)
        found: set[Name | None] = set()
        for call in self._scopes.places.get(label, ()):
            for end in self._scopes.ends(call.holder, reference.name):
                if end.selectors:
                    found.add(None)
                elif isinstance(end.source, Constant):
                    found.add(self._of_text(end.source.value))
                elif isinstance(end.source, Parameter):
                    found.add(self._of_input(end.name, end.source))
                elif isinstance(end.source, FromTask):
                    task, output = end.source.task, end.source.output
                    found.add(Name(f"{task}.{output}", f"output `{output}` of task `{task}`"))
                else:
                    found.add(None)
        return found.pop() if len(found) == 1 else None

    def _of_text(self, text: object) -> Name | None:
        if not isinstance(text, str) or not text:
            return None
        if "{{" not in text:
            return Name(text)
        if (reference := re.fullmatch(_REFERENCE, text)) is not None:
            parameter = self._pipeline.root.inputs.parameters.get(reference[1])
            return None if parameter is None else self._of_input(reference[1], parameter)
        return None

    def _of_input(self, name: str, parameter: Parameter) -> Name:
        given = self._pipeline.submission.arguments.get(name, parameter.default)
        known = given if isinstance(given, str) and given else author_name(name) or name
        return Name(known, f"input `{name}`")

    def texts(self, label: str) -> Iterator[str]:
        """Texts in which a container gets paths: its own, and constants of its tasks."""
        container = self._pipeline.executors.get(label)
        if isinstance(container, Container):
            yield from (str(text) for text in (*container.command, *container.args))
            yield from (str(variable.value) for variable in container.env)
        if self._texts is None:
            self._texts = {}
            for _, _, task in walk_tasks(self._pipeline):
                component = self._pipeline.components.get(task.component)
                if component is not None and isinstance(component.body, ExecutorRef):
                    defaults = (one.default for one in component.inputs.parameters.values())
                    sources = task.parameters.values()
                    given = (one.value for one in sources if isinstance(one, Constant))
                    found = (one for one in (*given, *defaults) if isinstance(one, str))
                    self._texts.setdefault(component.body.label, []).extend(found)
        yield from self._texts.get(label, ())


def uses(
    container: Container,
    label: str,
    lookup: Lookup,
    reference_of: ReferenceOf,
    keys_of: Callable[[str], Sequence[str]],
) -> Iterator[Use]:
    """What a container takes from secrets or config maps, in the order in which later ones win.

    ``keys_of`` are the known keys of a secret or config map, for settings that take all of them.
    """
    pod = container.pod
    last = {one.variable: one for one in pod.variables if not isinstance(one, AllKeys)}
    own = {*last, *(variable.name for variable in container.env)}
    # Variables with a name of their own win over those of all keys.
    for setting in sorted(pod.variables, key=lambda one: not isinstance(one, AllKeys)):
        reference = reference_of(setting)
        name = lookup.name(label, reference) if reference is not None else None
        if name is None or isinstance(setting, FieldVariable):
            continue
        if isinstance(setting, AllKeys):
            yield _all_keys(setting, name, keys_of(name.text), own)
        elif setting is last[setting.variable]:
            optional = setting.optional is True
            place = setting.variable, None, optional, setting.origin
            value = Value(name.text, setting.key, *place)
            shown = f"environment variable `{setting.variable}` comes"
            yield Use(setting, name, (value,), optional, shown)
    for mount in pod.mounts:
        volume = mount.volume
        reference = reference_of(volume)
        name = lookup.name(label, reference) if reference is not None else None
        if name is not None and isinstance(volume, (ConfigMapVolume, SecretVolume)):
            seen = () if volume.items else _seen_keys(mount, lookup.texts(label))
            use = _mounted(mount, volume, name, keys_of(name.text), seen)
            if use is not None:
                yield use


def without(pod: Pod, taken: Sequence[Variable | Mount]) -> Pod:
    """The pod without settings, and without variables that one of them replaces."""
    kept: list[Variable] = []
    replaced: set[str] = set()
    for one in reversed(pod.variables):
        if one in taken:
            replaced |= set() if isinstance(one, AllKeys) else {one.variable}
        elif isinstance(one, AllKeys) or one.variable not in replaced:
            kept.insert(0, one)
    mounts = tuple(mount for mount in pod.mounts if mount not in taken)
    return replace(pod, variables=tuple(kept), mounts=mounts)


def _all_keys(setting: AllKeys, name: Name, keys: Iterable[str], own: set[str]) -> Use:
    optional = setting.optional is True
    values = tuple(
        Value(name.text, key, setting.prefix + key, None, optional, setting.origin)
        for key in keys
        if setting.prefix + key not in own
    )
    return Use(setting, name, values, optional, "environment variables come")


def _mounted(
    mount: Mount,
    volume: ConfigMapVolume | SecretVolume,
    name: Name,
    keys: Iterable[str],
    seen: Iterable[str],
) -> Use | None:
    """The files of a mount; None for a mount that cannot be made of files."""
    modes = _modes(mount)
    paths = mount.path + mount.sub_path
    if modes is None or not mount.path.startswith("/") or re.search(_OPEN, paths):
        return None
    optional = volume.optional is True
    sub_path = posixpath.normpath(mount.sub_path) if mount.sub_path else ""
    items = dict(volume.items)
    if not items:
        listed = [sub_path] if sub_path else dict.fromkeys((*keys, *seen))
        items = {key: key for key in listed if re.fullmatch(KEY, key)}
    values = []
    for key, path in items.items():
        if path.startswith("/") or ".." in path.split("/") or not path or re.search(_OPEN, path):
            return None
        below = _below(posixpath.normpath(path), sub_path)
        if below is not None:
            where = posixpath.join(posixpath.normpath(mount.path), below) if below else mount.path
            mode = modes.get(key, modes[""])
            values.append(Value(name.text, key, where, mode, optional, mount.origin))
    if sub_path and not values:
        return None
    return Use(mount, name, tuple(values), optional, f"the files at `{mount.path}` come")


def _below(path: str, folder: str) -> str | None:
    """The path below a folder; empty for the folder itself, None outside of it."""
    if not folder:
        return path
    if path == folder:
        return ""
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None


def _modes(mount: Mount) -> dict[str, int] | None:
    """Key → permissions of its file, those of the others at ``""``.

    None if the mount has settings that files cannot have.
    """
    modes = {"": _MODE}
    for setting in mount.others:
        match setting.name, setting.value:
            case "defaultMode", int(mode) if _is_mode(mode):
                modes[""] = mode
            case "items", list(items):
                for item in items:
                    match item:
                        case {"key": str(key), "mode": int(mode), **rest} if (
                            _is_mode(mode) and not rest
                        ):
                            modes[key] = mode
                        case _:
                            return None
            case _:
                return None
    return modes


def _is_mode(mode: int) -> bool:
    return not isinstance(mode, bool) and 0 <= mode <= 0o777


def _seen_keys(mount: Mount, texts: Iterable[str]) -> Iterator[str]:
    """Keys of a mounted secret that paths in the pipeline name."""
    if mount.sub_path:
        return
    folder = mount.path.rstrip("/") + "/"
    for text in texts:
        from translator.mounts import points_into

        for path in points_into(text, mount.path):
            key = path.removeprefix(folder).rstrip(".")
            if path.startswith(folder) and re.fullmatch(KEY, key):
                yield key
