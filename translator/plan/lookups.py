"""Entrypoints of images from their registries, for a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import plan as rules
from translator.passes.images import rule_of
from translator.placeholders import Text
from translator.plan.kinds import ENTRYPOINTS, IMAGES
from translator.plan.needed import Needed
from translator.registries import RegistryError, look_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.diagnostics import Diagnostic
    from translator.model import Json
    from translator.plan.document import Plan
    from translator.registries import Config

__all__ = ["with_lookups"]

#: How many registries are asked at once.
_AT_ONCE = 8


def with_lookups(
    plan: Plan, needed: Sequence[Needed]
) -> tuple[Sequence[Needed], Sequence[Diagnostic]]:
    """The needs with the entrypoints that the plan does not decide, as the registries have them.

    Each such image is pinned by its digest, as its tag may get another entrypoint, unless there is
    another decision about the image. With a finding for each image that cannot be looked up.
    """
    from concurrent.futures import ThreadPoolExecutor

    replaced = {need.key for need in needed if need.kind is IMAGES}
    made = {entry.key for entry in plan.entries if entry.kind is ENTRYPOINTS and entry.value}
    wanted = [need for need in needed if need.kind is ENTRYPOINTS and need.key not in made]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(_asked, (need.key for need in wanted)))
    found: dict[str, Needed] = {}
    pinned: list[Needed] = []
    problems: list[Diagnostic] = []
    for need, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, RegistryError):
            facts = {"image": need.key, "problem": str(answer)}
            problems.append(rules.NOT_LOOKED_UP.at(next(iter(need.origins), None), **facts))
            continue
        found[need.key] = need._replace(written=_command(answer))
        image = need.key
        replaces = image in replaced or rule_of(Text((image,)), plan.decisions.images)
        if "@" not in image and not replaces:
            pinned.append(_pinned(need, answer.digest))
    changed = [found.get(one.key, one) if one.kind is ENTRYPOINTS else one for one in needed]
    return [*changed, *pinned], problems


def _asked(image: str) -> Config | RegistryError:
    try:
        found = look_up(image)
    except RegistryError as error:
        return error
    if not found.entrypoint and not found.cmd:
        return RegistryError("the image has neither an entrypoint nor a Cmd")
    return found


def _command(config: Config) -> Json:
    """The command as in a plan."""
    lists: Mapping[str, list[Json]] = {
        "entrypoint": list(config.entrypoint),
        "cmd": list(config.cmd),
    }
    return {key: words for key, words in lists.items() if words}


def _pinned(need: Needed, digest: str) -> Needed:
    image = need.key
    tag = image.rpartition("/")[2].partition(":")[2]
    name = image.removesuffix(f":{tag}")
    why = "the image whose entrypoint was looked up; its tag may be moved to another image"
    return Needed(IMAGES, image, f"{name}@{digest}", (why,), need.origins, need.tasks, False)
