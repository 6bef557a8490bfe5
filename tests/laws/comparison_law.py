"""The law of comparisons: a change of a file is shown, or it is known to mean nothing.

``python tests/laws/comparison_law.py [--seed N] [--sample K] [--files N] FILE_OR_FOLDER...``
changes files as ``leaf_law`` does, one change at a time, and compares each with the file as it was.
Those that the comparison does not show, neither as a difference nor as a note, are listed; the exit
status is 1 if ``known.py`` does not have the reason.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import translator
from tests.laws.leaf_files import Leaf, as_json, at, dumped, read, walk
from tests.laws.leaf_law import MEANINGLESS, UNCOMPARED, _drawn, _fates_at, fates, pipelines
from tests.laws.mutations import Kind, Mutation
from translator.source import Fate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KINDS = tuple(Kind)


class Trial(NamedTuple):
    """A change of a file, and what the comparison shows."""

    file: str
    kind: Kind
    leaf: Leaf
    #: ``difference``, ``note``, ``refused`` for a file that is no pipeline then, ``inert`` for a
    #: value that has no meaning outside of the file, or a dependency that others imply; else
    #: ``silent``.
    verdict: str

    @property
    def known(self) -> str:
        """Why it is silent, if that is known; else empty."""
        shown = f"{self.leaf.pointer} = {as_json(self.leaf.value)}"
        for kind, place, reason in (*MEANINGLESS, *UNCOMPARED):
            if kind == self.kind.value and any(
                re.fullmatch(place, one) for one in (self.leaf.pattern, shown)
            ):
                return reason
        return ""

    @property
    def breaks_the_law(self) -> bool:
        """Whether it should be shown."""
        return self.verdict == "silent" and not self.known

    def __str__(self) -> str:
        value = as_json(self.leaf.value)[:200]
        return f"{self.kind.value} {self.leaf.pattern}\n    {self.leaf.pointer} = {value}"


def trials(
    path: Path, *, seed: int = 0, sample: int = 1, kinds: Sequence[Kind] = KINDS
) -> Iterator[Trial]:
    """A file, changed in so many places of each kind; none if it is no complete pipeline."""
    is_json = path.suffix == ".json"
    documents = read(path.read_text(encoding="utf-8"), is_json=is_json)
    text = dumped(documents, is_json=is_json)
    first = _read(text, path.name)
    if first is None:
        return
    ledger = fates(text, path.name)
    for change in _drawn(documents, kinds, sample, f"comparison {seed} {path.name}"):
        changed = change.text(documents, is_json=is_json)
        if changed != text:
            verdict = _verdict(first, change, changed, ledger)
            if verdict == "silent" and is_implied(change, documents):
                verdict = "inert"
            yield Trial(str(path), change.kind, change.leaf, verdict)


def _read(text: str, name: str) -> translator.Reading | None:
    try:
        reading = translator.load_text(text, name)
    except translator.TranslationError:
        return None
    return reading if reading.pipeline.complete else None


def _verdict(
    first: translator.Reading, change: Mutation, text: str, ledger: dict[str, Fate]
) -> str:
    name = "changed.json" if text.startswith("{") else "changed.yaml"
    second = _read(text, name)
    if second is None:
        return "refused"
    found = translator.compare(first, second)
    if found.differences or found.notes:
        return "difference" if found.differences else "note"
    is_there = change.kind in (Kind.VALUE, Kind.DELETE)
    met = _fates_at(change.leaf, ledger if is_there else fates(text, name))
    return "inert" if met == {Fate.INERT} else "silent"


# Dependencies


def is_implied(change: Mutation, documents: list[Any]) -> bool:
    """Whether a dependency that goes is one of a task that waits for the other one anyway."""
    leaf = change.leaf
    path = leaf.path if isinstance(leaf.path[-1], str) else leaf.path[:-1]
    if change.kind is not Kind.DELETE or path[-1:] not in (("dependentTasks",), ("dependencies",)):
        return False
    document = documents[leaf.document]
    tasks = at(document, path[:-2])
    named = dict(tasks) if isinstance(tasks, dict) else {one["name"]: one for one in tasks}
    name = str(path[-2]) if isinstance(tasks, dict) else tasks[path[-2]]["name"]
    named[name] = {**named[name], path[-1]: change.new if leaf.path != path else []}
    gone = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    return {*gone} <= _before(name, named)


def _before(name: str, tasks: dict[str, Any]) -> set[str]:
    """The tasks that have to succeed before a task starts."""
    found: set[str] = set()
    left = [name]
    while left:
        for one in _waits(tasks[left.pop()]) - found:
            found.add(one)
            policy = tasks[one].get("triggerPolicy") or {} if one in tasks else {}
            if one in tasks and policy.get("strategy") != "ALL_UPSTREAM_TASKS_COMPLETED":
                left.append(one)
    return found


def _waits(task: Any) -> set[str]:
    """The tasks that a task of either format waits for, by its own words."""
    listed = [*(task.get("dependentTasks") or ()), *(task.get("dependencies") or ())]
    values = [value for path, value in walk(task) if path[-1:] == ("producerTask",)]
    text = as_json(task)
    return {*listed, *values, *re.findall(r"{{tasks\.([\w-]+)\.", text)}


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what is silent; 1 if the law is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=int, default=1, help="changes of each kind in each file")
    parser.add_argument("--files", type=int, default=200, help="files that are drawn at most")
    parser.add_argument("--show", action="append", default=[], help="verdicts that are listed too")
    chosen = parser.parse_args(argv)
    paths = [path for path in pipelines(chosen.paths) if path.stat().st_size < 100_000]
    if len(paths) > chosen.files:
        paths = sorted(random.Random(chosen.seed).sample(paths, chosen.files))
    counts: Counter[str] = Counter()
    places: dict[tuple[str, str, str], list[Trial]] = {}
    for path in paths:
        for one in trials(path, seed=chosen.seed, sample=chosen.sample):
            counts[one.verdict] += 1
            if one.verdict == "silent" or one.verdict in chosen.show:
                key = one.verdict, one.kind.value, one.leaf.pattern
                places.setdefault(key, []).append(one)
    for (verdict, *_), group in sorted(places.items(), key=lambda entry: -len(entry[1])):
        first = group[0]
        print(f"{len(group):5} {verdict} {first}\n    {first.file}")
        if verdict == "silent":
            print("    known:" if first.known else "    not known", first.known)
    print(f"{sum(counts.values())} changes in {len(paths)} files:", dict(sorted(counts.items())))
    return int(any(one.breaks_the_law for group in places.values() for one in group))


if __name__ == "__main__":
    sys.exit(main())
