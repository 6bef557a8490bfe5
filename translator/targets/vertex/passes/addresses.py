"""``--address OLD=NEW|keep``: addresses of services and storage that Vertex AI does not reach.

Defaults of inputs have a decision of their own (``--default``); this one is for all values and
arguments, and for addresses with a part that is known only at run time: ``s3://{bucket}/data``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from translator.checks.texts import texts
from translator.decisions import Decided
from translator.diagnostics import decisions as rules
from translator.model import Constant, Container, Dag, Items, Unset
from translator.placeholders import Text
from translator.records import replace
from translator.targets.vertex.checks.surroundings import reported, unreachable
from translator.targets.vertex.passes.needs import rule_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic
    from translator.model import Component, Json, Parameter, Pipeline
    from translator.placeholders import Placeholder

    Part: TypeAlias = str | Placeholder

__all__ = ["KEEP", "addresses"]

#: The decision that the containers reach an address as it is.
KEEP = "keep"
#: What follows ``s3://`` in a program that makes the address.
_MADE_BY_CODE = r"%s|\{(?!\{)|[\s\"'\\),;]"


def addresses(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the addresses that the decisions replace.

    No check reports an address that is decided to be kept.
    """
    known = decisions.addresses
    if not known:
        return Decided(pipeline)
    used: dict[str, None] = {}
    accepted: set[tuple[str, str]] = set()
    changes: dict[str, str] = {}
    findings: list[Diagnostic] = []
    for written in texts(pipeline):
        for address in unreachable(written.text, written.is_value):
            rule = rule_for(address, known)
            if not rule:
                continue
            used[rule] = None
            kept = known[rule] == KEEP
            if kept:
                accepted.add(reported(address))
            else:
                changes[rule] = known[rule]
            what = f"address `{address}` is {'kept' if kept else 'replaced'}"
            decision = f"--address {rule}={known[rule]}"
            findings.append(rules.DECIDED.at(written.origin, what=what, decision=decision))
    changed = _Change(changes).pipeline(pipeline) if changes else pipeline
    decided = frozenset(("addresses", rule) for rule in used)
    return Decided(changed, tuple(findings), decided, accepted=frozenset(accepted))


class _Change:
    """Replaces the beginnings of addresses in all values and arguments."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        longest = sorted(map(re.escape, known), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest)})")

    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        arguments = {name: self.json(v) for name, v in pipeline.submission.arguments.items()}
        executors = {
            label: self.container(executor) if isinstance(executor, Container) else executor
            for label, executor in pipeline.executors.items()
        }
        return replace(
            pipeline,
            root=self.component(pipeline.root, is_root=True),
            components={k: self.component(v) for k, v in pipeline.components.items()},
            executors=executors,
            submission=replace(pipeline.submission, arguments=arguments),
        )

    def component(self, component: Component, *, is_root: bool = False) -> Component:
        """With its tasks; of the top, with the defaults of the pipeline's inputs."""
        if is_root:
            parameters = {k: self.input(p) for k, p in component.inputs.parameters.items()}
            component = replace(component, inputs=replace(component.inputs, parameters=parameters))
        if not isinstance(component.body, Dag):
            return component
        tasks = {}
        for name, task in component.body.tasks.items():
            given = {
                key: replace(source, value=self.json(source.value))
                if isinstance(source, Constant)
                else source
                for key, source in task.parameters.items()
            }
            loop = task.iterator
            if loop is not None and isinstance(loop.items, Items):
                values = tuple(map(self.json, loop.items.values))
                if values != loop.items.values:
                    loop = replace(loop, items=replace(loop.items, values=values, written=""))
            tasks[name] = replace(task, parameters=given, iterator=loop)
        return replace(component, body=replace(component.body, tasks=tasks))

    def input(self, parameter: Parameter) -> Parameter:
        if isinstance(parameter.default, Unset):
            return parameter
        return replace(parameter, default=self.json(parameter.default))

    def container(self, container: Container) -> Container:
        return replace(
            container,
            command=tuple(self.text(one, is_code=True) for one in container.command),
            args=tuple(self.text(one, is_code=True) for one in container.args),
            env=tuple(replace(v, value=self.text(v.value)) for v in container.env),
        )

    def text(self, text: Text, *, is_code: bool = False) -> Text:
        *others, last = text.parts or ("",)
        parts = [self.part(part, is_code) for part in others]
        return Text((*parts, self.part(last, is_code, is_last=True)))

    def part(self, part: Part, is_code: bool, *, is_last: bool = False) -> Part:
        return self.string(part, is_code, is_last=is_last) if isinstance(part, str) else part

    def json(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            return {key: self.json(entry) for key, entry in value.items()}
        return [self.json(entry) for entry in value] if isinstance(value, list) else value

    def string(self, text: str, is_code: bool = False, *, is_last: bool = True) -> str:
        """The text; in a program, an address that it makes itself stays: ``f"s3://{bucket}"``."""

        def replaced(found: re.Match[str]) -> str:
            key, rest = found[0], text[found.end() :]
            ends = not rest and is_last
            is_made = is_code and key.endswith("://") and (ends or re.match(_MADE_BY_CODE, rest))
            return key if is_made else self.known[key]

        return self.pattern.sub(replaced, text)
