"""The leaves of a file, found and changed without the package's own readers.

A leaf is a scalar, or a mapping or list with nothing in it. Where a workflow holds JSON as text,
the leaves are those of that JSON. Keys are no leaves.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator


class Leaf(NamedTuple):
    """A leaf of a file: where it stands, and its value."""

    #: Number of the document.
    document: int
    path: tuple[str | int, ...]
    value: Any
    #: The path in the JSON text that stands at ``path``; None for what is no JSON text.
    inner: tuple[str | int, ...] | None = None
    #: For a leaf of a workflow's template, of which kind that is.
    kind: str = ""

    @property
    def outer_pointer(self) -> str:
        """As the ledger calls it; for a leaf of JSON text, that of the text."""
        return (f"#{self.document}" if self.document else "") + pointer_of(self.path)

    @property
    def ledger_pointer(self) -> str:
        """As the ledger calls it where the JSON text that it stands in was opened."""
        return self.outer_pointer + ("" if self.inner is None else pointer_of(self.inner))

    @property
    def pointer(self) -> str:
        """Where it stands; the path in a JSON text comes after a ``#``."""
        return self.outer_pointer + ("" if self.inner is None else f"#{pointer_of(self.inner)}")

    @property
    def pattern(self) -> str:
        """The pointer with ``*`` for numbers and for names that the author chose.

        Behind that of a template stands its kind: ``/spec/templates/*(dag)/…``.
        """
        outer = _pattern(self.path)
        if self.kind:
            outer = outer.replace("/*", f"/*({self.kind})", 1)
        inner = "" if self.inner is None else f"#{_pattern(self.inner, self.path)}"
        return ("#*" if self.document else "") + outer + inner


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's, but for dates, which stay text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """PyYAML's, without aliases, and with each text on one line: a change moves no other line."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _text_node(dumper: Any, text: str) -> yaml.ScalarNode:
    style = '"' if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def read(text: str, *, is_json: bool) -> list[Any]:
    """The documents of a text. JSON in it that is text is written anew, as changes will be."""
    documents = [json.loads(text)] if is_json else list(yaml.load_all(text, _Loader))
    for number, document in enumerate(documents):
        for path, value in list(walk(document)):
            if (inside := json_inside(document, path, value)) is not None:
                documents[number] = with_value(documents[number], path, as_json(inside))
    return documents


def dumped(documents: list[Any], *, is_json: bool) -> str:
    """The documents as text again. What differs in them differs in the text, and nothing else."""
    if is_json:
        return as_json(documents[0])
    # Flow style for the innermost collections: one that was empty stays on its line.
    options = {"sort_keys": False, "allow_unicode": True, "width": 2**30}
    return yaml.dump_all(documents, Dumper=_Dumper, default_flow_style=None, **options)


def leaves(documents: list[Any]) -> Iterator[Leaf]:
    """Every leaf, in the order of the file."""
    for number, document in enumerate(documents):
        for path, value in walk(document):
            kind = template_kind(document, path)
            inside = json_inside(document, path, value)
            if inside is None:
                yield Leaf(number, path, value, kind=kind)
            else:
                yield from (Leaf(number, path, v, inner, kind) for inner, v in walk(inside))


#: What a template can be. One that kfp's launcher starts says most things twice.
_KINDS = ("container", "dag", "steps", "script", "resource", "suspend")


def template_kind(document: Any, path: tuple[str | int, ...]) -> str:
    if path[:2] != ("spec", "templates") or len(path) < 3:
        return ""
    template = at(document, path[:3])
    kind = next((key for key in _KINDS if template.get(key)), "other")
    variables = (template["container"].get("env") or []) if kind == "container" else []
    launched = any(variable.get("name") == "KFP_V2_RUNTIME_INFO" for variable in variables)
    return "launched" if launched else kind


def json_inside(document: Any, path: tuple[str | int, ...], value: object) -> Any:
    """The value of JSON text in an annotation, or in a variable for kfp's launcher; else None."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    if "annotations" not in path[-2:-1] and path[-1:] != ("value",):
        return None
    if path[-1:] == ("value",) and at(document, path[:-1]).get("name") != "KFP_V2_RUNTIME_INFO":
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not isinstance(value, (dict, list)) or not value:
        yield path, value
        return
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        yield from walk(entry, (*path, key))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def with_value(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """A value with another one at the path. What does not hold it is shared."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = with_value(value[path[0]], path[1:], new)
    return copy


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def pointer_of(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{_key(key)}" for key in path)


def _key(key: str | int) -> str:
    # `on:` and `1:` are keys that PyYAML reads as something else than text.
    text = key if isinstance(key, str) else as_json(key)
    return text.replace("~", "~0").replace("/", "~1")


#: Below these keys stand names that the author chose.
_NAMES_BELOW = frozenset(
    {
        *("artifacts", "components", "executors", "parameters", "parameterValues", "tasks"),
        *("fileOutputs", "inputParameters", "inputArtifacts", "outputParameters"),
        "outputArtifacts",
    }
)


def _pattern(path: tuple[str | int, ...], above: tuple[str | int, ...] = ()) -> str:
    parts: list[str] = []
    for before, key in zip((above[-1] if above else "", *path), path, strict=False):
        chosen = before in _NAMES_BELOW or str(before).endswith("/arguments.parameters")
        parts.append("*" if isinstance(key, int) or chosen else _key(key))
    return "".join(f"/{part}" for part in parts)


# Changes


def with_change(documents: list[Any], leaf: Leaf) -> list[Any]:
    """The documents with another value for one leaf."""
    new = changed(leaf.value)
    if leaf.inner is not None:
        inside = json.loads(at(documents[leaf.document], leaf.path))
        new = as_json(with_value(inside, leaf.inner, new))
    done = list(documents)
    done[leaf.document] = with_value(done[leaf.document], leaf.path, new)
    return done


def changed(value: Any) -> Any:
    """Another value of the same kind; text for null, one entry for an empty collection."""
    match value:
        case None:
            return "x"
        case bool():
            return not value
        case int() | float():
            return value + 1 if value + 1 != value else 0
        case str():
            return changed_text(value)
        case dict():
            return {"x": "y"}
        case _:
            return ["x"]


#: Words of which a format knows only some: each becomes the next of its row.
_ROWS = (
    ("true", "false"),
    ("True", "False"),
    ("STRING", "NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT"),
    ("INT", "DOUBLE"),
    ("ALL_UPSTREAM_TASKS_SUCCEEDED", "ALL_UPSTREAM_TASKS_COMPLETED"),
    ("String", "Integer", "Float", "Bool", "JsonArray", "JsonObject", "List", "Dict"),
    ("Model", "Dataset", "Metrics", "HTML"),
    ("system.Artifact", "system.Model", "system.Dataset", "system.Metrics"),
    ("Always", "OnFailure"),
    ("2.0.0", "2.1.0"),
)
_NEXT = {word: row[(at + 1) % len(row)] for row in _ROWS for at, word in enumerate(row)}
_AMOUNT = re.compile(r"(P?)(\d+)((?:\.\d+)?(?:[smhdD]|[KMGTP]i?)?)")
_CLOSING = ('"', "'")


def changed_text(text: str) -> str:
    """Another text that says something of the same kind, where the text shows of which it is.

    >>> [changed_text(text) for text in ("true", "500m", "[1]", "{}", "'a' == 'b'", "a")]
    ['false', '501m', '[1, "x"]', '{"x": "y"}', "'a' == 'bx'", 'ax']
    """
    if text in _NEXT:
        return _NEXT[text]
    if match := _AMOUNT.fullmatch(text):
        return f"{match[1]}{int(match[2]) + 1}{match[3]}"
    for opening, closing, entry in ("[", "]", '"x"'), ("{", "}", '"x": "y"'):
        if text.startswith(opening) and text.endswith(closing) and _is_json(text):
            comma = ", " if text[1:-1].strip() else ""
            return f"{text[:-1]}{comma}{entry}{closing}"
    if text.endswith(_CLOSING):
        return f"{text[:-1]}x{text[-1]}"
    return f"{text}x"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
