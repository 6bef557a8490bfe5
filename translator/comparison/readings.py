"""How the functions of kfp 1 read texts: as booleans, lists and objects.

Schema 2.0.0 has no such types. A value is a text there, and what reads it decides: the executor of
kfp 1 (``_get_input_parameter_value`` in kfp/v2/components/executor.py) and a loop
(``ParameterIteratorSpec`` in pipeline_spec.proto) read it as JSON. In schema 2.1.0 the compiler
declares the type that they read. A value that anything else reads stays a text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from translator.comparison import sources
from translator.comparison.facts import Fact
from translator.comparison.lightweight import is_converted
from translator.model import OLDER_SCHEMA, SCHEMA, Container, ExecutorRef, ParameterType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.comparison.facts import Facts, What
    from translator.comparison.instances import Instance
    from translator.comparison.sources import Name, Value
    from translator.model import Executor

__all__ = [
    "OLDER_TYPES",
    "add_input_formats",
    "add_readings",
    "add_statuses",
    "are_read_alike",
    "reads_texts",
]

#: The tolerance of a text that is read as something else.
OLDER_TYPES = "older-types"
_TEXT = ParameterType.STRING.value
_STATUS = ParameterType.TASK_FINAL_STATUS.value
_JSON = {
    ParameterType.BOOLEAN.value: bool,
    ParameterType.LIST.value: list,
    ParameterType.STRUCT.value: dict,
}
_NUMBERS = (ParameterType.NUMBER_INTEGER.value, ParameterType.NUMBER_DOUBLE.value)
_ITEM: What = ("loop item", "type")
_CONDITION: What = ("condition",)
#: What starts a function of kfp 1. A pipeline of schema 2.1.0 converts its values to texts for it.
_EXECUTOR = "kfp.v2.components.executor_main"
#: What passes values on, or names tasks: no program reads them there.
_UNREAD = frozenset({"passed values", "group", "runs after"})
#: What programs never get, and `setting_facts` has the readings of.
_SETTINGS = frozenset({"display name", "retries"})


def add_statuses(tasks: Mapping[Instance, Facts]) -> None:
    """Makes the types of a status equal: every program gets the same JSON text."""
    for facts in tasks.values():
        for what, fact in facts.items():
            is_type = what[-1] == "type" and fact.value in (_TEXT, _STATUS)
            if is_type and isinstance(_value_of(facts, what), sources.Status):
                facts[what] = fact._replace(ways=frozenset({_STATUS}), reason=OLDER_TYPES)


def are_read_alike(what: What, one: Fact, other: Fact) -> bool:
    """Whether two different facts have a reading in common. Two texts are two values."""
    is_text = isinstance(one.value, str) and isinstance(other.value, str)
    is_constant = OLDER_TYPES in (one.reason, other.reason) and what[-1] != "type"
    return bool(one.ways & other.ways) and not (is_constant and is_text)


def add_input_formats(
    tasks: Mapping[Instance, Facts], executors: Mapping[str, Executor], schema: str
) -> None:
    """Adds which format of the executor input, ``{{$}}``, programs for kfp 1 get.

    It is that of the schema, unless a wrapper converts it.
    """
    for one, facts in tasks.items():
        body = one.component.body
        executor = executors.get(body.label) if isinstance(body, ExecutorRef) else None
        if not isinstance(executor, Container) or not one.component.inputs.parameters:
            continue
        command = [str(word) for word in executor.command]
        if not any(_EXECUTOR in word for word in (*command, *map(str, executor.args))):
            continue
        is_older = schema == OLDER_SCHEMA or is_converted(command)
        form, what = OLDER_SCHEMA if is_older else SCHEMA, ("format of the executor input",)
        if ("source",) not in facts:
            facts[what] = Fact(form, executor.origin)
        elif not is_older:  # versions between kfp 1.8 and 2 read that format
            facts[what] = Fact(sources.ABSENT, executor.origin, form, "bootstrap")


def reads_texts(tasks: Mapping[Instance, Facts], schema: str) -> bool:
    """Whether values of any type are texts: in schema 2.0.0, and for functions of kfp 1."""
    return schema == OLDER_SCHEMA or any(map(_is_function, tasks.values()))


def add_readings(tasks: Mapping[Instance, Facts], whole: Facts, *, texts: bool) -> None:
    """Adds to types and constants what they may be read as. ``texts``: see ``reads_texts``."""
    for facts in (*tasks.values(), whole):
        for what, fact in facts.items():
            if not fact.reason and not fact.ways:
                facts[what] = fact._replace(ways=frozenset(_own_ways(what, fact)))
    if not texts:
        return
    functions = {one for one, facts in tasks.items() if _is_function(facts)}
    read = {
        name
        for one, facts in [*tasks.items(), (None, whole)]
        for what, fact in facts.items()
        if what[0] not in _UNREAD
        for name in _read_as_text(what, fact.value, is_function=one in functions)
        if what != _CONDITION or not _is_boolean(name, tasks)
    }
    for facts in [*(tasks[one] for one in functions), whole]:
        for what, fact in facts.items():
            facts[what] = _read(what, fact, read)
    for facts in tasks.values():
        for what, fact in facts.items():
            facts[what] = _of_number(facts, what, _of_item(what, fact))


def _of_item(what: What, fact: Fact) -> Fact:
    """The type of an item of a loop, which is always a text."""
    if what != _ITEM or fact.value != _TEXT or fact.reason:
        return fact
    return fact._replace(ways=frozenset({_TEXT, *_JSON, *_NUMBERS}), reason=OLDER_TYPES)


def _of_number(facts: Facts, what: What, fact: Fact) -> Fact:
    """A constant for a number: a text, if kfp 1 has taken it from the file of a component."""
    declared = facts.get(("input", what[-1], "type")) if what[0] == "value of input" else None
    if declared is None or declared.value not in _NUMBERS or not isinstance(fact.value, str):
        return fact
    numbers = {_json(one) for one in _parsed(fact.value, (int, float))}
    ways = frozenset(one for one in numbers if one == fact.value)
    return fact._replace(ways=fact.ways | ways, reason=OLDER_TYPES) if ways else fact


def _own_ways(what: What, fact: Fact) -> Iterator[str]:
    """The type, or the constant in JSON; nothing for other facts."""
    if what[0] not in ("input", "output", "value of input") and what != _ITEM:
        return
    if what[-1] == "type":
        yield str(fact.value)
    elif (what[0] == "value of input" or what[-1] == "default") and _is_json(fact.value):
        yield _json(fact.value)


def _json(value: Any) -> str:
    """A value as JSON, in which a whole number has no fraction: those of a spec are doubles."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, (str, int, float))


def _is_function(facts: Facts) -> bool:
    bootstrap = facts.get(("bootstrap",))
    return bootstrap is not None and _EXECUTOR in str(bootstrap.exact)


def _read_as_text(what: What, value: Value, *, is_function: bool) -> Iterator[Name]:
    """The inputs and outputs whose values are read as texts in this place."""
    is_whole = isinstance(value, (sources.PipelineInput, sources.Output))
    is_reader = what == ("loop over",) or (is_function and what[0] == "value of input")
    if not (is_whole and is_reader):
        yield from _names(value)


def _is_boolean(name: Name, tasks: Mapping[Instance, Facts]) -> bool:
    """Whether a function returns a value, which is the text ``true`` or ``false`` if boolean.

    It may write any text to a file (``OutputPath``).
    """
    source = tasks.get(name.of, {}).get(("source",))
    is_file = rf"\b{re.escape(name.name)}\s*:\s*(?:dsl\.)?OutputPath\b"
    return source is not None and not re.search(is_file, str(source.value))


def _names(value: Value) -> Iterator[Name]:
    """The inputs of the pipeline and outputs of tasks in a value."""
    if isinstance(value, (sources.PipelineInput, sources.Output)):
        yield value.name
    elif isinstance(value, (tuple, list)):
        for entry in value:
            yield from _names(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _names(entry)


def _value_of(facts: Facts, what: What) -> Value:
    """The value of the input that a fact is about; None for other facts."""
    given = facts.get(("value of input", what[1])) if what[0] == "input" else None
    return given.value if given is not None else None


def _read(what: What, fact: Fact, texts: set[Name]) -> Fact:
    """The fact with what the value may be read as."""
    is_text = len(what) > 1 and what[1] in texts and what[0] != "value of input"
    if not fact.ways or fact.reason or is_text or what[0] in _SETTINGS:
        return fact
    if what[-1] == "type" and fact.value == _TEXT:
        ways = {*_JSON}
    elif isinstance(fact.value, str) and what[-1] != "type":
        ways = {_json(one) for one in _parsed(fact.value)}
    else:
        return fact
    return fact._replace(ways=fact.ways | ways, reason=OLDER_TYPES)


def _parsed(text: str, kinds: tuple[type, ...] = tuple(_JSON.values())) -> Iterator[object]:
    """The boolean, list or object that a text is, as the executor of kfp 1 reads it."""
    for given in (text, text.lower()):
        try:
            found = json.loads(given)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, kinds) and (given == text or isinstance(found, bool)):
            yield found
