"""The names of secrets, config maps and claims, also where a value of the pipeline has them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from translator.model import Constant, FromParent, FromTask, Parameter
from translator.platforms import Scopes, driver_tasks, makers
from translator.upstream import ROOT, End

if TYPE_CHECKING:
    from translator.model import Pipeline
    from translator.model.kubernetes import Reference, Volume

__all__ = ["Names", "in_option"]

#: The name of an object of Kubernetes, or a key.
_NAME = r"[-._a-zA-Z0-9]{1,253}"


class Names:
    """Resolves the names in the settings of executors."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    @cached_property
    def scopes(self) -> Scopes:
        """The DAGs, followed only where a setting refers to them."""
        return Scopes(self.pipeline)

    @cached_property
    def verbs(self) -> dict[tuple[str, str], str]:
        """The tasks of KFP's driver."""
        return driver_tasks(self.pipeline)

    def goes_with_its_maker(self, label: str, volume: Volume) -> bool:
        """Whether a driver task creates the volume, and is reported with it."""
        from translator.mounts import object_of

        reference = object_of(volume) if self.verbs else None
        return reference is not None and any(
            makers(self.scopes, call.holder, reference.name, self.verbs)
            for call in self.scopes.places.get(label, ())
        )

    def of(self, label: str, reference: Reference) -> str:
        """The name of an object, in a setting of the executor with the label."""
        source = reference.name
        if isinstance(source, Constant):
            return str(source.value)
        calls = self.scopes.places.get(label, ())
        ends = [end for call in calls for end in self.scopes.ends(call.holder, source)]
        names = dict.fromkeys(_end_name(self.pipeline, end) for end in ends)
        return " or ".join(names) or _end_name(self.pipeline, End(ROOT, source))


def in_option(name: str, otherwise: str = "NAME") -> str:
    """A name or key in an option of a message; a placeholder if it is not known."""
    return name if re.fullmatch(_NAME, name) else otherwise


def _end_name(pipeline: Pipeline, end: End) -> str:
    """The value if it is known, else a description of its source."""
    match end.source:
        case Constant(value=value):
            return str(value)
        case Parameter() as parameter:
            given = pipeline.submission.arguments.get(end.name)
            known = parameter.default if given is None else given
            return known if isinstance(known, str) and known else f"<value of input {end.name}>"
        case FromTask(task=task):
            return f"<output of task {task}>"
        case FromParent(name=name):
            return f"<value of input {name}>"
        case _:
            return f"<value of input {end.name}>"
