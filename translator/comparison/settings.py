"""The facts of the settings of a task: its name, caching, retries, condition and loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.cel import condition_text, operand_text
from translator.comparison import sources
from translator.comparison.facts import Fact, words
from translator.comparison.values import input_value, is_generated, item_type, type_of
from translator.model import FromParent, ParameterType, Strategy
from translator.model.expressions import Boolean, Cast, Input, String, inputs_of, simplified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.comparison.facts import What
    from translator.comparison.instances import Instance
    from translator.diagnostics import Origin
    from translator.model import Retry, Task
    from translator.model.expressions import Condition, Operand

__all__ = ["setting_facts"]

#: The display name of a task that has none of its own: compilers write the name of the task.
NO_NAME = "\0"
#: What backends do without these fields (``RetryPolicy`` of pipeline_spec.proto). A number that
#: is 0 is one that is not set; the longest delay is a message, which can be 0.
_RETRIES = {
    "max_retries": 0,
    "backoff_seconds": 0,
    "backoff_factor": 2,
    "max_backoff_seconds": 3600,
}
_INTEGER, _BOOLEAN = ParameterType.NUMBER_INTEGER.value, ParameterType.BOOLEAN.value


def setting_facts(one: Instance, task: Task) -> Iterator[tuple[What, Fact]]:
    """The facts, beside those of its inputs and outputs."""
    place = task.origin
    shown = task.display_name or one.name
    names = {task.display_name or NO_NAME, *([NO_NAME] if shown == one.name else [])}
    yield ("display name",), Fact(shown, place, ways=frozenset(names))
    about = one.component.description
    if about:
        described = Fact(sources.ABSENT, one.component.origin, about, "component-description")
        yield ("component description",), described
    enabled = task.caching.enabled if task.caching else None
    written = "not set" if task.caching is None else "empty" if enabled is None else enabled
    yield ("caching",), Fact(bool(enabled) and one.dag is None, place, written, "caching")
    if task.caching and task.caching.key:
        yield ("cache key",), Fact(task.caching.key, task.caching.origin or place)
    if task.retry is not None:
        yield from _retries(task.retry, place)
    if task.trigger is not None:
        at = task.trigger.origin or place
        if task.trigger.condition is not None:
            yield ("condition",), _condition(task.trigger.condition, one, at)
        if task.trigger.strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED:
            yield ("trigger strategy",), Fact(task.trigger.strategy.value, at)
    if task.parallelism is not None:
        yield ("parallelism",), Fact(task.parallelism, place)
    yield from _loop(one, task)


def _retries(retry: Retry, place: Origin | None) -> Iterator[tuple[What, Fact]]:
    """The numbers, and one fact for all of them where only one pipeline has retries."""
    place = retry.origin or place
    times = retry.max_retries or 0
    if times:
        yield ("retries",), Fact(f"{times} times", place, ways=frozenset({"retries"}))
    else:
        yield ("retries",), Fact(sources.ABSENT, place, "0 times", "retry-defaults")
    for field, default in _RETRIES.items():
        value = getattr(retry, field)
        is_unset = value is None or (value == 0 and field != "max_backoff_seconds")
        found = default if is_unset else value
        yield ("retries", words(field)), Fact(found, place, value, "retry-defaults")


def _loop(one: Instance, task: Task) -> Iterator[tuple[What, Fact]]:
    loop = task.iterator
    if loop is None:
        return
    place = loop.origin or task.origin
    if isinstance(loop.items, FromParent):
        kind = "artifacts" if loop.over_artifacts else "parameters"
        yield ("loop over",), Fact(input_value(one, kind, loop.items.name), place)
    else:
        yield ("loop over",), Fact(str(loop.items), place)
    kind = item_type(one)
    if kind == ParameterType.STRUCT.value:
        yield ("loop item", "type"), Fact(ParameterType.STRING.value, place, kind, "item-type")
    else:
        yield ("loop item", "type"), Fact(kind, place)
    name = "" if is_generated(loop.item_input) else loop.item_input
    yield ("loop item", "name"), Fact("", place, name, "renamed")


def _condition(condition: Condition, of: Instance, place: Origin | None) -> Fact:
    exact = condition_value(condition, of)
    return Fact(condition_value(condition, of, plain=True), place, exact, "typed-conditions")


def condition_value(condition: Condition, of: Instance, *, plain: bool = False) -> sources.Value:
    """A condition as a text with the sources of its operands in it.

    ``plain``: values that are declared as integers without ``int()``, and booleans as texts.
    """
    values: list[sources.Value] = []

    def kind(name: str) -> str:
        return type_of(input_value(of, "parameters", name))

    def spelled(given: Input) -> str:
        values.append(input_value(of, "parameters", given.name))
        is_integer = given.written.endswith(".int_value") and kind(given.name) == _INTEGER
        return "int(\0)" if is_integer and not plain else "\0"

    def operand(given: Operand) -> str:
        match given:
            case Cast(to="int", value=Input(name=name)) if plain and kind(name) == _INTEGER:
                given = given.value
            case Boolean(value=value) if plain:
                return f"'{value}'".lower()
            case String(value="true" | "false") if plain and _BOOLEAN in map(kind, names):
                return f"text {operand_text(given)}"
        return operand_text(given, spelled)

    names = inputs_of(condition)
    texts = condition_text(simplified(condition), operand).split("\0")
    parts: list[sources.Value] = [texts[0]]
    for value, text in zip(values, texts[1:], strict=True):
        parts += [value, text]
    return sources.Joined(tuple(parts))
