"""``--image OLD=NEW``: other images for containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decisions import Decided
from translator.diagnostics import decisions as rules
from translator.model import Constant, Container, ExecutorRef, FromParent, Parameter
from translator.placeholders import PlaceholderKind, Text
from translator.records import replace
from translator.upstream import ROOT, Upstream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic
    from translator.model import Executor, Pipeline
    from translator.upstream import End

__all__ = ["images", "rule_of"]

#: How a rule for the beginning of an image ends.
_PREFIX = ("/", ":")
#: An image, or a part of it, that is an input.
_OF_INPUT = (PlaceholderKind.INPUT_VALUE,)
#: The characters of image names (distribution/reference).
_NAME = r"\w[\w.:/@+-]*"


def images(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the images that the decisions replace.

    A rule is for one image, or for all that begin with its text if that ends with ``/`` or ``:``.
    The rule of one image wins, then the longest. Of an image with placeholders the constant text
    before the first one counts, for which only a prefix fits.
    """
    if not decisions.images:
        return Decided(pipeline)
    if wrong := tuple(_wrong(pipeline, decisions.images)):
        return Decided(pipeline, wrong)
    executors: dict[str, Executor] = dict(pipeline.executors)
    findings: list[Diagnostic] = []
    used: set[tuple[str, str]] = set()
    from_inputs: list[str] = []
    for label, executor in pipeline.executors.items():
        if not isinstance(executor, Container):
            continue
        rule = rule_of(executor.image, decisions.images)
        if not rule:
            from_inputs.append(label)
            continue
        used.add(("images", rule))
        changed = _changed(executor.image, rule, decisions.images[rule])
        if changed != executor.image:
            executors[label] = replace(executor, image=changed)
            decision = f"--image {rule}={decisions.images[rule]}"
            what = f"image `{executor.image}` is replaced by `{changed}`"
            findings.append(rules.DECIDED.at(executor.origin, what=what, decision=decision))
    findings += _of_inputs(pipeline, from_inputs, decisions.images) if from_inputs else ()
    return Decided(replace(pipeline, executors=executors), tuple(findings), frozenset(used))


def _of_inputs(
    pipeline: Pipeline, labels: Collection[str], known: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """Findings for images from inputs whose values have a rule: it does not change values."""
    upstream = Upstream(pipeline)
    for name, component in pipeline.components.items():
        label = component.body.label if isinstance(component.body, ExecutorRef) else ""
        executor = pipeline.executors[label] if label in labels else None
        if not isinstance(executor, Container):
            continue
        inputs = [one for one in executor.image.placeholders() if one.kind in _OF_INPUT]
        for end in (e for one in inputs for e in upstream.ends(name, FromParent(name=one.name))):
            image = _value(end)
            if rule := rule_of(Text((image,)), known):
                facts = {"rule": f"{rule}={known[rule]}", "image": image, "input": end.name}
                advice = "write the other image into the pipeline"
                if end.holder == ROOT and end.name:
                    advice = f"pass `--default {end.name}=IMAGE`"
                yield rules.IMAGE_OF_INPUT.at(executor.origin, **facts, advice=advice)


def _value(end: End) -> str:
    """The value that the file has at the end of an input, if it is a text."""
    source = end.source
    value = source.default if isinstance(source, Parameter) else None
    value = source.value if isinstance(source, Constant) else value
    return value if isinstance(value, str) else ""


def rule_of(image: Text, known: Mapping[str, str]) -> str:
    """The rule for an image, by its key; empty if there is none."""
    start = image.parts[0] if image.parts else ""
    if not isinstance(start, str):
        return ""
    if len(image.parts) == 1 and start in known:
        return start
    fitting = [key for key in known if key.endswith(_PREFIX) and start.startswith(key)]
    return max(fitting, key=len, default="")


def _changed(image: Text, old: str, new: str) -> Text:
    first, *others = image.parts
    assert isinstance(first, str)
    return Text((new + first[len(old) :], *others))


def _wrong(pipeline: Pipeline, known: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Rules that would make something else than an image."""
    for old, new in known.items():
        problem = ""
        if not old:
            problem = "the name of the image to replace is missing"
        elif not re.fullmatch(_NAME, new, re.ASCII):
            problem = f"`{new}` is not the name of an image"
        elif old[-1] != new[-1] and {old[-1], new[-1]} & {*_PREFIX}:
            problem = f"`{old}` and `{new}` have different ends"
        if problem:
            yield rules.WRONG_IMAGE.at(pipeline.origin, rule=f"{old}={new}", problem=problem)
