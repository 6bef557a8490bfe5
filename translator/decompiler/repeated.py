"""Kubernetes settings that several tasks of a function share, written once in a loop over them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.kubernetes import call_statement
from translator.decompiler.layout import INDENT, for_statement, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from translator.decompiler.kubernetes import PodCalls
    from translator.decompiler.kubernetes_calls import Call
    from translator.decompiler.names import Names
    from translator.decompiler.nodes import Path

__all__ = ["Repeated"]

_TASK = "task"


class Repeated:
    """The settings that are written behind all tasks of a function.

    Each is one that tasks have with equal calls: then the order of these calls is that of the file.
    """

    def __init__(
        self,
        made: Mapping[Path, PodCalls],
        variables: Mapping[object, str],
        items: Collection[str],
    ) -> None:
        """``items`` are the variables of loops, which mean something else behind their loop."""
        owners: dict[tuple[str, ...], list[tuple[Path, str]]] = {}
        for path, one in made.items():
            for setting, calls in one.calls.items() if not one.others else ():
                key = tuple(call_statement(call, _TASK, 2 * INDENT) for call in calls)
                if not {*re.findall(r"\w+", "\n".join(key))} & {*items}:
                    owners.setdefault(key, []).append((path, setting))
        #: Task → its settings that are written in a loop.
        self.apart: dict[Path, set[str]] = {}
        #: The variables of tasks → the calls about each.
        self._loops: dict[tuple[str, ...], list[Call]] = {}
        for key, found in owners.items():
            if not _is_shorter(key, len(found)):
                continue
            (path, setting), *_ = found
            tasks = tuple(variables[path] for path, _ in found)
            self._loops.setdefault(tasks, []).extend(made[path].calls[setting])
            for path, setting in found:
                self.apart.setdefault(path, set()).add(setting)

    def statements(self, names: Names) -> Iterator[str]:
        """The loops."""
        variable = names.new(_TASK) if self._loops else ""
        for tasks, calls in self._loops.items():
            head = for_statement(variable, [named(one) for one in tasks])
            lines = [call_statement(one, variable, 2 * INDENT) for one in calls]
            yield "\n".join([head, *lines])


def _is_shorter(calls: tuple[str, ...], tasks: int) -> bool:
    """Whether a loop is worth it: it has a line for its head, and a blank line before it."""
    lines = sum(one.count("\n") + 1 for one in calls)
    return tasks > 1 and tasks * lines > lines + 3
