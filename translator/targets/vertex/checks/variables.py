"""``$(NAME)`` in a container of KFP v2 if only platform settings set the variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.kfp_v1 import DROPPED_VARIABLE
from translator.expansion import references
from translator.model import KFP_V1, Container
from translator.model.kubernetes import AllKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def dropped_variables(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """References to variables that are dropped with the settings that set them.

    The reader reports those of KFP v1, where it replaces references to other variables.
    """
    if pipeline.dialect == KFP_V1:
        return
    for container in pipeline.executors.values():
        if not isinstance(container, Container):
            continue
        named = [one for one in container.pod.variables if not isinstance(one, AllKeys)]
        names = {one.variable for one in named} - {variable.name for variable in container.env}
        texts = (*container.command, *container.args, *(v.value for v in container.env))
        found = [one for text in texts for one in references(str(text), names) if one != "$$"]
        for name in dict.fromkeys(found):
            yield DROPPED_VARIABLE.at(container.origin, name=name[2:-1])
