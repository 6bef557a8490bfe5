"""Tasks that create volumes, which KFP's driver performs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.targets.vertex.passes.claims import Claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def volume_tasks(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each task that creates a volume for which the user has to choose a folder."""
    claims = Claims(pipeline)
    for place, verb in claims.verbs.items():
        is_claim = verb == "creates" and not claims.is_snapshot(place)
        for volume in claims.handled(place) if is_claim else ():
            assert volume is not None
            how, advice = "", f" or `--volume {volume.key}=run`"
            if volume.contents:
                how = f" from {volume.contents}"
                advice = ", a folder with its files"
            elif volume.is_repeated:
                how = ", another one in each iteration of a loop or each call of a DAG"
                advice = f" or `--volume {volume.key}=run`, one folder for all of them"
            facts = {"task": place.name, "volume": volume.key, "how": how, "advice": advice}
            yield rules.DRIVER_TASK.at(claims.task(place).origin, **facts)
