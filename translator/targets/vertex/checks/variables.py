"""``$(NAME)`` in a container if only Kubernetes settings set the variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.kfp_v1 import DROPPED_VARIABLE
from translator.expansion import references
from translator.model import KFP_V1, Container
from translator.model.kubernetes import AllKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def dropped_variables(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """References to variables that are dropped with the settings that set them.

    The reader of KFP v1 reports those to other variables than those from secrets.
    """
    for container in pipeline.executors.values():
        if isinstance(container, Container):
            named = [one for one in container.pod.variables if not isinstance(one, AllKeys)]
            names = {one.variable for one in named} - {variable.name for variable in container.env}
            is_read = pipeline.dialect == KFP_V1
            read = sorted(container.referred & names)
            for name in read if is_read else _referred(container, names):
                yield DROPPED_VARIABLE.at(container.origin, name=name)


def _referred(container: Container, names: Iterable[str]) -> list[str]:
    """The variables to which texts of a container of KFP v2 refer."""
    texts = (*container.command, *container.args, *(one.value for one in container.env))
    found = dict.fromkeys(one for text in texts for one in references(str(text), names))
    return [one[2:-1] for one in found if one != "$$"]
