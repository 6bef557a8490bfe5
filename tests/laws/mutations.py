"""Changes of a file beside that of a leaf's value: what goes, comes, comes twice or changes places.

Each is of one kind and at one place, and makes another text of the file. Places in a list are
numbered as in the changed file.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.laws.leaf_files import (
    Leaf,
    as_json,
    at,
    changed,
    dumped,
    json_inside,
    leaves,
    template_kind,
    with_change,
    with_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A key that no format has, and the beginning of one that is to be there twice.
UNKNOWN, TWICE = "unknownField", "\u02ad"
#: A label or annotation of the author's own.
OWN, OWN_VALUE = "example.com/own", "x"


class Kind(Enum):
    """What happens to a file."""

    #: A leaf gets another value.
    VALUE = "value"
    #: An entry of a mapping or list goes.
    DELETE = "delete"
    #: A mapping gets a key that no format has, a list an entry like its last.
    ADD = "add"
    #: An entry of a list is there once more.
    DUPLICATE = "duplicate"
    #: A key of a mapping is there once more, with another value.
    TWICE = "twice"
    #: Two entries of a list change places.
    REORDER = "reorder"
    #: What has metadata gets one more label or annotation.
    LABEL = "label"
    ANNOTATION = "annotation"

    @property
    def renumbers(self) -> bool:
        """Whether entries of a list get other numbers."""
        return self in (Kind.DELETE, Kind.DUPLICATE, Kind.REORDER)


class Mutation(NamedTuple):
    """A change, not yet made."""

    kind: Kind
    #: Where it is made: the place of what goes, comes, or is another one then.
    leaf: Leaf
    #: What is written anew, by its path in the document or the JSON text, and what it is then.
    base: tuple[str | int, ...] = ()
    new: Any = None

    def text(self, documents: list[Any], *, is_json: bool) -> str:
        """The changed file."""
        if self.kind is Kind.VALUE:
            return dumped(with_change(documents, self.leaf), is_json=is_json)
        leaf, done = self.leaf, list(documents)
        path, new = self.base, self.new
        if leaf.inner is not None:
            inside = json.loads(at(done[leaf.document], leaf.path))
            path, new = leaf.path, as_json(with_value(inside, path, new))
        done[leaf.document] = with_value(done[leaf.document], path, new)
        return dumped(done, is_json=is_json).replace(TWICE, "")


def mutations(documents: list[Any]) -> Iterator[Mutation]:
    """All of a file, but for those that change a value."""
    for leaf, holder in _holders(documents):
        if isinstance(holder, dict):
            yield from _of_mapping(leaf, holder)
        else:
            yield from _of_list(leaf, holder)
    yield from _of_metadata(documents)


def values(documents: list[Any]) -> Iterator[Mutation]:
    """Those that change the value of a leaf."""
    for leaf in leaves(documents):
        yield Mutation(Kind.VALUE, leaf)


def _holders(documents: list[Any]) -> Iterator[tuple[Leaf, Any]]:
    """Every mapping and list with something in it, also in JSON that is text."""
    for number, document in enumerate(documents):
        for path, value in _nodes(document):
            kind = template_kind(document, path)
            inside = json_inside(document, path, value)
            if inside is None:
                if isinstance(value, (dict, list)) and value:
                    yield Leaf(number, path, None, None, kind), value
                continue
            for inner, holder in _nodes(inside):
                if isinstance(holder, (dict, list)) and holder:
                    yield Leaf(number, path, None, inner, kind), holder


def _nodes(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    if isinstance(value, (dict, list)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _nodes(entry, (*path, key))


def _of_mapping(leaf: Leaf, holder: dict[Any, Any]) -> Iterator[Mutation]:
    for key, value in holder.items():
        rest = {other: entry for other, entry in holder.items() if other != key}
        yield _made(Kind.DELETE, leaf, key, value, rest)
        if isinstance(key, str):
            yield _made(Kind.TWICE, leaf, key, value, {**holder, TWICE + key: _like(value)})
    yield _made(Kind.ADD, leaf, UNKNOWN, "y", {**holder, UNKNOWN: "y"})


def _of_list(leaf: Leaf, holder: list[Any]) -> Iterator[Mutation]:
    for index, value in enumerate(holder):
        before, after = holder[:index], holder[index + 1 :]
        yield _made(Kind.DELETE, leaf, index, value, before + after)
        yield _made(Kind.DUPLICATE, leaf, index + 1, value, [*before, value, value, *after])
        if after and after[0] != value:
            swapped = [*before, after[0], value, *after[1:]]
            yield _made(Kind.REORDER, leaf, index, after[0], swapped)
    new = _like(holder[-1])
    yield _made(Kind.ADD, leaf, len(holder), new, [*holder, new])


def _made(kind: Kind, holder: Leaf, key: str | int, value: Any, new: Any) -> Mutation:
    """A change of the entry ``key`` of a mapping or list, which becomes ``new``."""
    if holder.inner is None:
        leaf = holder._replace(path=(*holder.path, key), value=value)
        return Mutation(kind, leaf, holder.path, new)
    leaf = holder._replace(inner=(*holder.inner, key), value=value)
    return Mutation(kind, leaf, holder.inner, new)


def _like(entry: Any) -> Any:
    """Another entry of the same kind: with another name, or another value."""
    if isinstance(entry, dict) and entry:
        key = "name" if "name" in entry else next(iter(entry))
        return {**entry, key: _like(entry[key])}
    return [*entry, *entry[-1:]] if isinstance(entry, list) else changed(entry)


def _of_metadata(documents: list[Any]) -> Iterator[Mutation]:
    """Labels and annotations, where a workflow, a template or a run may have them."""
    for number, document in enumerate(documents):
        if not isinstance(document, dict):
            continue
        if "spec" in document:
            yield from _own_metadata(number, document, ())
            for index, _ in enumerate(document["spec"].get("templates") or ()):
                yield from _own_metadata(number, document, ("spec", "templates", index))
        if "pipelineSpec" in document:
            labels = {**(document.get("labels") or {}), OWN: OWN_VALUE}
            place = Leaf(number, ("labels", OWN), OWN_VALUE)
            yield Mutation(Kind.LABEL, place, (), {**document, "labels": labels})


def _own_metadata(number: int, document: Any, path: tuple[str | int, ...]) -> Iterator[Mutation]:
    holder = at(document, path)
    about = holder.get("metadata") or {}
    for key, kind in (("labels", Kind.LABEL), ("annotations", Kind.ANNOTATION)):
        entries = {**(about.get(key) or {}), OWN: OWN_VALUE}
        new = {**holder, "metadata": {**about, key: entries}}
        place = Leaf(number, (*path, "metadata", key, OWN), OWN_VALUE)
        yield Mutation(kind, place._replace(kind=template_kind(document, path)), path, new)
