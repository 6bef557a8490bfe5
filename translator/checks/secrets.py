"""Values of a pipeline that look like passwords or keys."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics import pipeline as rules
from translator.diagnostics.redaction import secret_name, secret_value
from translator.model import Constant, Container, Dag, FromParent
from translator.model.channels import author_name
from translator.model.kubernetes import AllKeys, SecretVariable, SecretVolume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Component, Pipeline
    from translator.model.kubernetes import Reference

    KindOf: TypeAlias = Callable[[str], str]

_BY_NAME = "a password or a key, by its name"
#: A shorter value (in characters) is not reported.
_LEAST = 4
#: Argo's reference to an input.
_REFERENCE = r"\{\{(?:inputs|workflow)\.parameters\.([^{}]+)\}\}"


def secrets(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Findings about literals that look like secrets; messages do not repeat the values.

    One finding for each place and kind, however many such values are in it.
    """
    known = set()
    references = _names_of_secrets(pipeline)
    for finding in _secrets(pipeline):
        if finding.facts["kind"] == _BY_NAME and finding.facts["name"] in references:
            continue
        facts = finding.origin, finding.facts["where"], finding.facts["kind"]
        if facts not in known:
            known.add(facts)
            yield finding


def _secrets(pipeline: Pipeline) -> Iterator[Diagnostic]:
    kind_of = cache(secret_value)  # texts repeat
    for name, value in pipeline.submission.arguments.items():
        where = f"the value of input `{name}`"
        at = pipeline.submission.origin or pipeline.origin
        yield from _reported(where, _found(kind_of, name, value), at)
    for label, component in {"": pipeline.root, **pipeline.components}.items():
        yield from _component(label, component, kind_of)
    for label, executor in pipeline.executors.items():
        if isinstance(executor, Container):
            for variable in executor.env:
                where = f"environment variable `{variable.name}` of `{label}`"
                at = variable.origin or executor.origin
                found = _found(kind_of, variable.name, str(variable.value))
                yield from _reported(where, found, at)
            argv = [str(argument) for argument in (*executor.command, *executor.args)]
            where = f"an argument of `{label}`"
            for name, value in _arguments(argv):
                yield from _reported(where, _found(kind_of, name, value), executor.origin)


def _names_of_secrets(pipeline: Pipeline) -> set[str]:
    """The inputs with names of Kubernetes secrets, which are no secrets themselves."""
    pods = [pipeline.pod]
    pods += [one.pod for one in pipeline.executors.values() if isinstance(one, Container)]
    found: list[Reference | None] = []
    for pod in pods:
        volumes = [*(mount.volume for mount in pod.mounts), *pod.unmounted.values()]
        found += [one.secret for one in volumes if isinstance(one, SecretVolume)]
        variables = (SecretVariable, AllKeys)
        found += [one.secret for one in pod.variables if isinstance(one, variables)]
        found += pod.pull_secrets
    names = [one.name for one in found if one is not None]
    inputs = {author_name(name.name) for name in names if isinstance(name, FromParent)}
    # A text that is not resolved has Argo's reference to the input.
    texts = [str(name.value) for name in names if isinstance(name, Constant)]
    open_ones = [text for text in texts if "{{" in text]
    return inputs | {name for text in open_ones for name in re.findall(_REFERENCE, text)}


def _component(label: str, component: Component, kind_of: KindOf) -> Iterator[Diagnostic]:
    of = f" of `{label}`" if label else ""
    for name, parameter in component.inputs.parameters.items():
        if found := _found(kind_of, name, parameter.default):
            at = parameter.origin or component.origin
            yield from _reported(f"the default of input `{name}`{of}", found, at)
    tasks = component.body.tasks if isinstance(component.body, Dag) else {}
    for task_name, task in tasks.items():
        for name, source in task.parameters.items():
            if isinstance(source, Constant) and (found := _found(kind_of, name, source.value)):
                at = source.origin or task.origin
                yield from _reported(f"input `{name}` of task `{task_name}`", found, at)


def _found(kind_of: KindOf, name: str, value: object) -> list[tuple[str, str]]:
    """The kinds and names of what looks like a secret in a named value, or inside it."""
    if isinstance(value, str):
        kind = kind_of(value)
        if not kind and len(value) >= _LEAST and secret_name(name, value):
            kind = _BY_NAME
        return [(kind, name)] if kind else []
    if isinstance(value, dict):
        return [one for key, entry in value.items() for one in _found(kind_of, key, entry)]
    if isinstance(value, list):
        return [one for entry in value for one in _found(kind_of, name, entry)]
    return []


def _reported(
    where: str, found: Iterable[tuple[str, str]], at: Origin | None
) -> Iterator[Diagnostic]:
    for kind, name in found:
        yield rules.SECRET_IN_SIGHT.at(at, where=where, kind=kind, name=author_name(name))


def _arguments(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names and values: ``--password hunter2``, ``--password=hunter2``, ``TOKEN=abcd``."""
    for number, argument in enumerate(arguments):
        following = arguments[number + 1] if number + 1 < len(arguments) else ""
        name, equals, value = argument.partition("=")
        if "\n" in argument or " " in name:  # a program
            name, value = "", argument
        elif not equals:
            is_value = name.startswith("-") and not following.startswith("-")
            name, value = (name, following) if is_value else ("", argument)
        yield name, value
