"""References in the settings of a pod, for example the name of a claim, resolved for each task.

A name that an input of the pipeline or an output of a task gives becomes a source in the DAG of
the task, as kfp-kubernetes writes it. Other settings of KFP v2 are texts: a reference in them is
resolved if its value is known, or if it is a property of the run. What is left is as in the file,
and the checks of a target that writes it report it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Constant, FromParent, FromTask
from translator.model.channels import channel_name
from translator.model.kubernetes import Claim, map_texts, map_values, values_in
from translator.placeholders import Placeholder, PlaceholderKind
from translator.readers.argo import references
from translator.readers.argo.container_text import Written
from translator.readers.argo.values import input_name, is_constant, unique
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model.kubernetes import Mount, Pod, Value
    from translator.readers.argo.references import Parts
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.values import Pieces
    from translator.readers.argo.workflow import DagTask, Template

__all__ = ["Named", "makers", "named", "sources"]

#: The beginning of the name of a claim that is different for each run.
_RUN = "{{workflow.name}}"


class Named(NamedTuple):
    """A pod whose references are resolved for a task."""

    pod: Pod
    #: Input that a path in a volume needs → the text that is passed to it.
    inputs: dict[str, Written]


def sources(pod: Pod) -> list[FromParent | FromTask]:
    """The values of the pipeline in a pod, apart from constants."""
    return [value for value in values_in(pod) if not isinstance(value, Constant)]


def makers(pod: Pod) -> list[str]:
    """The tasks whose outputs a pod needs."""
    return [source.task for source in sources(pod) if isinstance(source, FromTask)]


def named(pod: Pod, scope: Scope, call: DagTask, template: Template, taken: set[str]) -> Named:
    """The pod for a call of its template. ``taken`` are the names of inputs of its component."""
    names = _Names(scope, call, template)
    pod = replace(pod, mounts=tuple(map(names.linked, pod.mounts)))
    pod = map_texts(map_values(pod, names.value), names.text)
    inputs: dict[str, Written] = {}
    mounts = []
    for mount in pod.mounts:
        written = references.parse(mount.sub_path)
        if any(not isinstance(part, str) for part in written) and names.is_known(written):
            own = unique(input_name(f"{mount.name}-path"), taken)
            inputs[own] = Written(written, template.cursor)
            place = Placeholder(PlaceholderKind.INPUT_VALUE, own)
            mount = replace(mount, sub_path=str(place))
        mounts.append(mount)
    return Named(replace(pod, mounts=tuple(mounts)), inputs)


class _Names:
    """Resolves references in the settings of a template at one call of it."""

    def __init__(self, scope: Scope, call: DagTask, template: Template) -> None:
        self.scope = scope
        self.call = call
        self.template = template

    def value(self, value: Value) -> Value:
        """A name as a value in the DAG of the call."""
        if not isinstance(value, Constant) or not isinstance(value.value, str):
            return value
        match found := self._pieces(value.value):
            case [FromParent() | FromTask() as source]:
                return replace(source, origin=value.origin)
            case list() if is_constant(found) and "".join(map(str, found)) != value.value:
                return replace(value, value="".join(map(str, found)))
        return value

    def text(self, text: str) -> str:
        """A text, unless it has a value that only the run has."""
        found = self._pieces(text)
        return text if found is None or not is_constant(found) else "".join(map(str, found))

    def linked(self, mount: Mount) -> Mount:
        """A mount of a claim whose name is that of a claim that a task of the pipeline creates."""
        if not isinstance(mount.volume, Claim):
            return mount
        name = mount.volume.claim.name
        if not isinstance(name, Constant) or not str(name.value).startswith(_RUN):
            return mount
        source = _created(self.scope, str(name.value).removeprefix(_RUN), self.call)
        if source is None:
            return mount
        claim = replace(mount.volume.claim, name=source)
        return replace(mount, volume=replace(mount.volume, claim=claim))

    def is_known(self, written: Parts) -> bool:
        """Whether all references can be resolved for the call."""
        return all(isinstance(part, str) or self._can(part) for part in written)

    def _can(self, reference: references.Reference) -> bool:
        if reference.name in self.scope.context.options.placeholders:
            return True
        match reference.path:
            case ("inputs", "parameters", *name):
                return ".".join(name) in self.template.parameters
            case ("workflow", "parameters", *name):
                return ".".join(name) in self.scope.context.workflow.arguments
            case ("tasks", task, "outputs", "parameters", *_):
                return any(task in scope.calls for scope in _around(self.scope))
            case path:
                return path in references.RUN_PLACEHOLDERS

    def _pieces(self, text: str) -> Pieces | None:
        """The value of a text; None if it has no reference, or one that cannot be resolved."""
        written = references.parse(text)
        if all(isinstance(part, str) for part in written) or not self.is_known(written):
            return None
        found: Pieces = []
        for part in written:
            found += self._piece(part)
        return found

    def _piece(self, part: str | references.Reference) -> Pieces:
        if isinstance(part, str) or part.path[0] != "tasks":
            return self.scope.filled(self.call, self.template, (part,), self.template.cursor)
        return self._output(self.scope, part)

    def _output(self, scope: Scope, part: references.Reference) -> Pieces:
        """An output of a task of a DAG, or of one around it: volumes of a workflow name those."""
        if part.path[1] in scope.calls or scope.parent is None:
            return scope.reference(part, self.template.cursor)
        return scope.inside("-".join(part.path[1::3]), self._output(scope.parent, part))


def _around(scope: Scope) -> Iterator[Scope]:
    """The DAG, and those around it."""
    while True:
        yield scope
        if scope.parent is None:
            return
        scope = scope.parent


def _created(scope: Scope, suffix: str, user: DagTask) -> FromParent | FromTask | None:
    """The name of the claim that a task before ``user`` creates with that end of its name."""
    for name, call in scope.calls.items():
        made = scope.context.objects.get(call.template)
        given = None if made is None else made.arguments.get("pvc_name_suffix")
        if given is None or given.value != suffix or call.items is not None or not suffix:
            continue
        if not _waits(scope, name, user.name):
            return FromTask(task=name, output="name")
    if scope.parent is None or scope.call is None:
        return None
    found = _created(scope.parent, suffix, scope.call)
    return None if found is None else FromParent(name=scope.need(channel_name(found), [found]))


def _waits(scope: Scope, name: str, other: str) -> bool:
    """Whether a task is another one, or waits for it."""
    waiting, seen = [name], set()
    while waiting:
        one = waiting.pop()
        if one == other:
            return True
        if one in scope.calls and one not in seen:
            seen.add(one)
            waiting += scope.calls[one].dependencies
    return False
