"""Names of inputs and outputs that differ between two pipelines without a difference in the runs.

A container reads values where its command and arguments have placeholders; it never reads a name,
unless it takes the whole executor input (``{{$}}``). The wrapper for metrics, which takes it, looks
for the names in its options. So an input may have another name in the
source from which a pipeline was compiled: kfp turns ``Host Name`` of KFP v1 into ``host_name``, and
refuses ``Output`` and an input and an output of one name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.comparison.facts import IF_PRESENT, SIDES, is_metrics_options, outputs_in
from translator.comparison.keys import named
from translator.comparison.sources import Name
from translator.model import Container, ExecutorRef
from translator.placeholders import Placeholder, PlaceholderKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from translator.comparison.instances import Instance
    from translator.model import Executor
    from translator.placeholders import Text

    _Way: TypeAlias = Callable[[Name], str]

__all__ = ["Naming"]

_WHOLE = (PlaceholderKind.EXECUTOR_INPUT, PlaceholderKind.UNKNOWN)


class Naming:
    """The names of one pipeline, as they are compared with those of another."""

    def __init__(self, executors: Mapping[str, Executor]) -> None:
        self._executors = executors
        #: Component → side and name → place.
        self._known: dict[int, dict[tuple[str, str], str]] = {}

    def place(self, one: Name) -> str:
        """What is equal for names in the same place: the first use in the command, else the name
        as kfp writes it.
        """
        component = one.of.component
        if id(component) not in self._known:
            self._known[id(component)] = self._places(one.of)
        return self._known[id(component)].get((one.side, one.name)) or sanitised(one.name)

    def is_fixed(self, of: Instance) -> bool:
        """Whether the executor of a task reads the names."""
        executor = self._executor(of)
        if executor is None:
            return False
        if not isinstance(executor, Container):
            return True
        words = (*_readers(executor.command), *executor.args)
        kinds = {p.kind for text in words for p in text.placeholders()}
        return not kinds.isdisjoint(_WHOLE)

    def names(self, of: Instance, side: str) -> list[str]:
        """The inputs or outputs of a component."""
        interface = of.component.inputs if side == "inputs" else of.component.outputs
        return [*interface.parameters, *interface.artifacts]

    def _executor(self, of: Instance) -> Executor | None:
        body = of.component.body
        return self._executors.get(body.label) if isinstance(body, ExecutorRef) else None

    def _places(self, of: Instance) -> dict[tuple[str, str], str]:
        if self.is_fixed(of):
            return {(side, name): name for side in SIDES for name in self.names(of, side)}
        executor = self._executor(of)
        found: dict[tuple[str, str], str] = {}
        for used in _used(executor) if isinstance(executor, Container) else ():
            found.setdefault(used, f"{used[0]} {len(found)}")
        return found

    def renamed(self, one: Instance, other: Instance, theirs: Naming) -> dict[tuple[str, str], str]:
        """Side and name in ``other`` → the name in ``one``, of two tasks that are one.

        Names that are equal come first, then those that kfp makes equal, then the places of use,
        then the only one that is left, if no container reads it.
        """
        found: dict[tuple[str, str], str] = {}
        is_fixed = self.is_fixed(one) or theirs.is_fixed(other)
        ways: tuple[tuple[_Way, _Way], ...] = ((named, named),)
        if not is_fixed:
            ways = (*ways, (_sanitised, _sanitised), (self.place, theirs.place))
        for side in SIDES:
            left = [Name(one, side, name) for name in self.names(one, side)]
            right = [Name(other, side, name) for name in theirs.names(other, side)]
            for ours, of_theirs in ways:
                free = {ours(name): name.name for name in left}
                for name in right:
                    match = free.pop(of_theirs(name), None)
                    if match is not None and (side, name.name) not in found:
                        found[side, name.name] = match
                taken = {name for (other_side, _), name in found.items() if other_side == side}
                left = [name for name in left if name.name not in taken]
                right = [name for name in right if (side, name.name) not in found]
            unread = not any(map(self._reads, left)) and not any(map(theirs._reads, right))
            if unread and not is_fixed and len(left) == len(right) == 1:
                found[side, right[0].name] = left[0].name
        return found

    def _reads(self, one: Name) -> bool:
        """Whether the container has the value of an input, or the place of an output."""
        self.place(one)
        return (one.side, one.name) in self._known[id(one.of.component)]


def _sanitised(one: Name) -> str:
    return sanitised(one.name)


def sanitised(name: str) -> str:
    """The name as kfp writes it: ``Host Name`` → ``host_name``."""
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")


def _readers(command: Sequence[Text]) -> Iterator[Text]:
    """The words of a command, without the executor input that the wrapper for metrics takes.

    The wrapper is ``sh -c SCRIPT show-metrics PROGRAM {{$}} OPTIONS``.
    """
    for at, word in enumerate(command):
        start = [str(one) for one in command[max(at - 5, 0) : at]]
        is_wrapper = start[:2] == ["sh", "-c"] and start[3:4] == ["show-metrics"]
        if not is_wrapper or not is_metrics_options("".join(map(str, command[at + 1 : at + 2]))):
            yield word


def _texts(container: Container) -> Iterator[Text]:
    yield container.image
    yield from container.command
    yield from container.args
    for variable in container.env:
        yield variable.value


def _used(container: Container) -> Iterator[tuple[str, str]]:
    """Side and name of what the container reads and writes, in the order of its texts."""
    for text in _texts(container):
        for part in text.parts:
            if isinstance(part, Placeholder):
                if part.kind in SIDES["inputs"]:
                    yield "inputs", part.name
                elif part.kind in SIDES["outputs"]:
                    yield "outputs", part.name
            else:
                for name in re.findall(IF_PRESENT, part):
                    yield "inputs", name
                for match in outputs_in(part):
                    yield "outputs", match[0]
