"""Changes to a parsed pipeline: a mutator that knows trees, names and references."""

from __future__ import annotations

import ast
import copy
import functools
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import translator

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["crossed", "mutated"]

#: A container, and the key or index in it.
Spot = tuple[Any, Any]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 10**4299),
    *(0.5, -0.0, 1e16, 1e308, 5e-324, float("inf"), float("-inf"), float("nan")),
)
_TEXTS = (
    *("", " ", "\n", "\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ud800", "\ufeff", "é", "😀"),
    *("'", '"', "\\", "`", "#", "---", "...", "- ", "? ", ": ", "&a", "*a", "!!int", "<<", "%"),
    *("null", "~", "yes", "1_000", "0o17", "0x_", "1:30", "1e999", "-1e999", ".nan", ".inf", "1e5"),
    *("9" * 5000, "a" * 300, "a/b", "a~1b", "../..", "-", "--", "__init__", "class", "{}", "[]"),
    *("{{", "}}", "{{}}", "{{.}}", "{{inputs.parameters.}}", "{{item}}", "{{item.a}}", "{{{{"),
    *("{{inputs.parameters.x}}", "{{tasks.x.outputs.parameters.y}}", "{{workflow.status}}"),
    *("{{workflow.uid}}", "{{workflow.failures}}", "{{=1}}", "{{$}}", "{{$.inputs}}"),
    *("{{$.x['y']}}", "{{$.inputs.parameters['x']}}", "{{$.outputs.artifacts['x'].path}}"),
    *("{{$.json_escape[1]}}", "inputs.parameter_values['x'] == 'y'", "item", "1 == 1", "=="),
    *("100m", "1Gi", "1e3Ki", "-1", "1.5.5", "9" * 400 + "Gi", "30s", "1h1m", "9" * 12 + "h"),
    *("P1D", "$"),
    *("{{x}} == y", "((((1))))", "!" * 200, "(" * 200 + ")" * 200, "a && b || c"),
    *("[1,2,3]", '["a"', '{"a": [{}]}', "[" * 250),
)
_MAX_REPEATS = 40
#: Places in a file that is changed; aliases of YAML can make any number of them.
_MAX_SPOTS = 50_000
#: Characters that come of a text in which a name is another one; it is a mutator's memory too.
_MAX_RENAMED = 20_000


@functools.cache
def _words() -> tuple[str, ...]:
    """What the package looks for: the short texts in its source, which are never out of date."""
    words: set[str] = set()
    folder = Path(translator.__file__).parent
    parts = ("readers", "checks", "targets")
    for path in (path for part in parts for path in folder.glob(f"{part}/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    return tuple(sorted(word for word in words if 0 < len(word) < 40 and word.count(" ") < 2))


def loaded(data: bytes) -> list[Any]:
    """The documents of a file. ``ValueError`` if it is none."""
    try:
        text = data.decode()
        return [json.loads(text)] if text.lstrip()[:1] in ("{", "[") else _yaml(text)
    except (yaml.YAMLError, RecursionError, LookupError, TypeError) as error:
        raise ValueError(str(error)) from error


def _yaml(text: str) -> list[Any]:
    return list(yaml.load_all(text, _LOADER))


def dumped(documents: list[Any], chance: random.Random) -> bytes:
    """The documents as JSON, or as YAML in some style."""
    if len(documents) == 1 and chance.random() < 0.6:
        indent = chance.choice((None, None, None, 1))
        # Lone surrogates survive as escapes.
        return json.dumps(documents[0], indent=indent).encode()
    flow = chance.choice((False, False, None))
    text = yaml.dump_all(
        documents, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, default_flow_style=flow
    )
    return text.encode("utf-8", "replace")


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """The file with one to a few changes to its tree. ``ValueError`` if it has none."""
    chance = random.Random(seed)
    documents = loaded(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        spots = _spots(documents)
        change = chance.choice(_CHANGES)
        change(spots, chance)
    try:
        changed = dumped(documents, chance)
    except (RecursionError, yaml.YAMLError, ValueError) as error:
        raise ValueError(str(error)) from error
    return changed if len(changed) <= max_size else data


def crossed(data: bytes, other: bytes, max_size: int, seed: int) -> bytes:
    """The file with a subtree of another one, under the same key where there is one."""
    chance = random.Random(seed)
    documents = loaded(data)
    there = _spots(loaded(other))
    here = _spots(documents)
    holder, key = chance.choice(here)
    fitting = [(h, k) for h, k in there if k == key and isinstance(key, str)] or there
    other_holder, other_key = chance.choice(fitting)
    holder[key] = other_holder[other_key]
    changed = dumped(documents, chance)
    return changed if len(changed) <= max_size else data


def _spots(documents: list[Any]) -> list[Spot]:
    """Every place in the documents, those of the documents themselves among them."""
    found: list[Spot] = []
    stack: list[Any] = [documents]
    while stack:
        holder = stack.pop()
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            found.append((holder, key))
            if len(found) > _MAX_SPOTS:
                raise ValueError("too much, perhaps of aliases")
            if isinstance(value, (dict, list)):
                stack.append(value)
    return found


def _value(spot: Spot) -> Any:
    return spot[0][spot[1]]


def _texts(spots: list[Spot]) -> list[Spot]:
    return [spot for spot in spots if isinstance(_value(spot), str)] or spots


def _delete(spots: list[Spot], chance: random.Random) -> None:
    holder, key = chance.choice(spots)
    del holder[key]


def _double(spots: list[Spot], chance: random.Random) -> None:
    """An entry once more, under the same name in a list, under another in a mapping."""
    holder, key = chance.choice(spots)
    entry = copy.deepcopy(holder[key])
    if isinstance(holder, list):
        times = chance.choice((1, 1, 1, min(_MAX_REPEATS, _MAX_SPOTS // len(spots))))
        holder[key:key] = [entry] * times
    else:
        holder[chance.choice((f"{key}-2", f"{key}x", _word(spots, chance)))] = entry


def _swap(spots: list[Spot], chance: random.Random) -> None:
    (one, first), (two, second) = chance.choice(spots), chance.choice(spots)
    one[first], two[second] = copy.deepcopy(two[second]), copy.deepcopy(one[first])


def _graft(spots: list[Spot], chance: random.Random) -> None:
    """A subtree over another, of the same key if there are two."""
    holder, key = chance.choice(spots)
    alike = [spot for spot in spots if spot[1] == key and spot[0] is not holder]
    holder[key] = copy.deepcopy(_value(chance.choice(alike or spots)))


def _retype(spots: list[Spot], chance: random.Random) -> None:
    holder, key = chance.choice(spots)
    value = holder[key]
    holder[key] = chance.choice(
        ([value], {"name": value}, [value, value], {}, [], None, True, False, str(value), "", 1)
    )


def _nest(spots: list[Spot], chance: random.Random) -> None:
    holder, key = chance.choice(spots)
    for _ in range(chance.choice((2, 5, 90, 190, 250))):
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}


def _number(spots: list[Spot], chance: random.Random) -> None:
    numbers = [spot for spot in spots if isinstance(_value(spot), (int, float))]
    holder, key = chance.choice(numbers if numbers and chance.random() < 0.7 else spots)
    number = chance.choice(_NUMBERS)
    holder[key] = str(number) if chance.random() < 0.3 and abs(number) < 10**400 else number


def _odd_text(spots: list[Spot], chance: random.Random) -> None:
    holder, key = chance.choice(_texts(spots))
    holder[key] = chance.choice(_TEXTS)


def _other_text(spots: list[Spot], chance: random.Random) -> None:
    """A name or reference that leads somewhere else."""
    texts = _texts(spots)
    holder, key = chance.choice(texts)
    holder[key] = _value(chance.choice(texts))


def _rename(spots: list[Spot], chance: random.Random) -> None:
    """A text, wherever it stands whole or in another text, and as a key."""
    found = _value(chance.choice(_texts(spots)))
    if not isinstance(found, str) or not 0 < len(found) < 60:
        return
    name = chance.choice((chance.choice(_TEXTS), _word(spots, chance), found.upper(), found + "-2"))
    for holder, key in spots:
        text = holder.get(key) if isinstance(holder, dict) else holder[key]
        if isinstance(text, str) and text.count(found) * len(name) < _MAX_RENAMED:
            holder[key] = text.replace(found, name)
        if key == found and key in holder:
            holder[name] = holder.pop(key)


def _rename_key(spots: list[Spot], chance: random.Random) -> None:
    holder, key = chance.choice(spots)
    if isinstance(holder, dict):
        holder[chance.choice((chance.choice(_TEXTS), _word(spots, chance)))] = holder.pop(key)


def _add(spots: list[Spot], chance: random.Random) -> None:
    """A key that the package knows, with something of the file or something odd under it."""
    holder, _ = chance.choice(spots)
    value = chance.choice(
        (_word(spots, chance), chance.choice(_TEXTS), copy.deepcopy(_value(chance.choice(spots))))
    )
    if isinstance(holder, dict):
        holder[_word(spots, chance)] = value
    else:
        holder.insert(chance.randint(0, len(holder)), value)


def _splice(spots: list[Spot], chance: random.Random) -> None:
    """Something in the middle of a text, or a piece of it less."""
    holder, key = chance.choice(_texts(spots))
    text = str(holder[key])
    start, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    odd = chance.choice((chance.choice(_TEXTS), _word(spots, chance), ""))
    holder[key] = text[:start] + odd + text[chance.choice((start, end)) :]


def _inside(spots: list[Spot], chance: random.Random) -> None:
    """A change to JSON that stands in a text."""
    found = [s for s in spots if isinstance(_value(s), str) and _value(s)[:1] in ("{", "[")]
    if not found:
        return
    holder, key = chance.choice(found)
    try:
        inner = [json.loads(holder[key])]
    except (ValueError, RecursionError):
        return
    chance.choice(_CHANGES[:-1])(_spots(inner), chance)
    if inner:
        holder[key] = json.dumps(inner[0])


def _word(spots: list[Spot], chance: random.Random) -> str:
    if chance.random() < 0.7:
        return chance.choice(_words())
    return str(chance.choice(spots)[1])


_CHANGES: tuple[Callable[[list[Spot], random.Random], None], ...] = (
    *(_delete, _double, _swap, _graft, _retype, _nest, _number, _odd_text, _other_text),
    *(_rename, _rename_key, _add, _add, _splice, _splice, _inside),
)
