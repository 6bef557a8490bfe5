"""``$(NAME)`` in a container of KFP v2 if only platform settings set the variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.kfp_v1 import DROPPED_VARIABLE
from translator.expansion import references
from translator.model import Container
from translator.mounts import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting


def dropped_variables(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """References to variables that are dropped with the settings that set them.

    The reader reports those of KFP v1, where it replaces references to other variables.
    """
    for platform in pipeline.platforms.values():
        for label, settings in platform.executors.items():
            container = pipeline.executors.get(label)
            if not isinstance(container, Container):
                continue
            names = {name for setting in settings for name in _variables(setting)}
            names -= {variable.name for variable in container.env}
            texts = (*container.command, *container.args, *(v.value for v in container.env))
            found = [one for text in texts for one in references(str(text), names) if one != "$$"]
            for name in dict.fromkeys(found):
                yield DROPPED_VARIABLE.at(container.origin, name=name[2:-1])


def _variables(setting: Setting) -> Iterator[str]:
    """The environment variables that a setting of kfp-kubernetes sets."""
    for entry in setting.value if isinstance(setting.value, list) else ():
        known = mapping(entry)
        if setting.name in ("secretAsEnv", "configMapAsEnv"):
            pairs = known.get("keyToEnv")
            for pair in pairs if isinstance(pairs, list) else ():
                yield str(mapping(pair).get("envVar", ""))
        elif setting.name == "fieldPathAsEnv":
            yield str(known.get("name", ""))
