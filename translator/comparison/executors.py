"""The facts of what a task runs: a container, an importer, or another executor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.comparison.facts import Fact, flat, text_value
from translator.comparison.lightweight import lightweight, unconverted
from translator.model import Amount, Container
from translator.quantities import cores, gigabytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.comparison.facts import What
    from translator.comparison.instances import Instance
    from translator.comparison.sources import Value
    from translator.diagnostics import Origin
    from translator.model import Accelerator, EnvVariable, Executor, Resources
    from translator.placeholders import Text

__all__ = ["executor_facts"]

_LEFT = frozenset({"image", "command", "args", "env", "resources", "pod"})
_ANY_KFP = re.compile(r"kfp(?:-dsl)?==[\w.+!-]+")


def executor_facts(executor: Executor, of: Instance) -> Iterator[tuple[What, Fact]]:
    """The facts of an executor that a task runs."""
    place = executor.origin
    if not isinstance(executor, Container):
        kind = type(executor).__name__.lower()
        yield from flat((kind,), executor, place, of)
        return
    yield ("image",), Fact(text_value(executor.image, of, resolved=True), place)
    yield from _command(executor, of)
    yield ("arguments",), Fact(_texts(executor.args, of), place)
    yield from _variables(executor.env, place, of)
    if executor.resources is not None:
        yield from _resources(executor.resources, executor.resources.origin or place, of)
    for what, fact in flat((), executor, place, of, leave=_LEFT):
        if what:
            yield what, fact
    for what, fact in flat(("Kubernetes",), executor.pod, place, of):
        if len(what) > 1:
            yield what, fact


def _texts(texts: Iterable[Text], of: Instance) -> tuple[Value, ...]:
    return tuple(text_value(text, of) for text in texts)


def _command(container: Container, of: Instance) -> Iterator[tuple[What, Fact]]:
    place, command = container.origin, _texts(container.command, of)
    texts = [one for one in command if isinstance(one, str)]
    found = lightweight(texts) if len(texts) == len(command) else None
    if found is None:
        yield ("command",), Fact(tuple(unconverted(command)), place)
        return
    yield ("source",), Fact(found.source, place)
    texts.remove(texts[-1])
    yield ("bootstrap",), Fact("", place, tuple(_without_packages(texts)), "bootstrap")
    packages = tuple(sorted(found.packages))
    yield ("packages to install",), Fact(packages, place, found.packages, "pip-order")
    version = "kfp" if _ANY_KFP.fullmatch(found.kfp) else found.kfp
    yield ("package of kfp",), Fact(version, place, found.kfp, "kfp-version")
    yield ("pip options",), Fact(found.options, place)
    yield ("virtual environment",), Fact(found.environment, place)


def _without_packages(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield re.sub(r"\s+", " ", re.sub(r"'[^']*'", "", text))


def _variables(
    variables: tuple[EnvVariable, ...], place: Origin | None, of: Instance
) -> Iterator[tuple[What, Fact]]:
    """Each by its name; all in order where one may refer to those before it or names repeat."""
    names = [variable.name for variable in variables]
    is_ordered = any("$(" in str(variable.value) for variable in variables)
    if is_ordered or len(set(names)) != len(names):
        listed = tuple((one.name, text_value(one.value, of)) for one in variables)
        yield ("environment variables",), Fact(listed, place)
        return
    for one in variables:
        what = ("environment variable", one.name)
        yield what, Fact(text_value(one.value, of), one.origin or place)


def _resources(
    resources: Resources, place: Origin | None, of: Instance
) -> Iterator[tuple[What, Fact]]:
    for field, words in (
        ("cpu_limit", "CPU limit"),
        ("cpu_request", "CPU request"),
        ("memory_limit", "memory limit"),
        ("memory_request", "memory request"),
    ):
        amount: Amount | None = getattr(resources, field)
        if amount is not None:
            measure = cores if field.startswith("cpu") else gigabytes
            yield (words,), _amount(amount, measure, place, of)
    if resources.accelerator is not None:
        yield from _accelerator(resources.accelerator, place, of)


def _amount(amount: Amount, measure: object, place: Origin | None, of: Instance) -> Fact:
    """An amount, by the text where there is one: the newest backends read it first."""
    assert callable(measure)
    number = amount.number
    written: Value = None
    if amount.text is not None:
        written = text_value(amount.text, of, resolved=True)
        found = measure(written) if isinstance(written, str) else None
        if found is None or number not in (None, found):
            both = (written, number)  # texts with placeholders; fields that contradict each other
            return Fact(both if number is not None else written, amount.origin or place)
        number = found
    return Fact(number, amount.origin or place, (written, amount.number), "resource-fields")


def _accelerator(
    accelerator: Accelerator, place: Origin | None, of: Instance
) -> Iterator[tuple[What, Fact]]:
    place = accelerator.origin or place
    for words, text in (
        ("accelerator type", accelerator.type),
        ("accelerator count", accelerator.count),
    ):
        if text is not None:
            yield (words,), Fact(text_value(text, of, resolved=True), place)
