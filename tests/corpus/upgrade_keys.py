"""What ``--upgrade`` makes of each Kubernetes setting of KFP v1 files, by key.

``python tests/corpus/upgrade_keys.py [--each N] FILE_OR_FOLDER...`` changes one value at a time, of
each key in at most N files, converts, and compares pipeline.yaml and the findings with those of the
file as it was. It prints a table of the keys; the exit status is 1 if a change shows nowhere.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import yaml

import translator
import translator.api
from tests.laws.leaf_files import dumped, pointer_of, read
from tests.laws.leaf_law import fates
from tests.laws.mutations import Mutation, values
from translator.model import KFP_V1
from translator.source import Fate
from translator.targets.kubeflow import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.diagnostics import Diagnostic

#: Keys of a template or container → their place in a pod; names of the author's own are ``*``.
_OWN_NAMES = ("nodeSelector", "labels", "annotations", "matchLabels", "limits", "requests")
OPTIONS = Options(upgrade=True)


class Outcome(Enum):
    """What becomes of a setting."""

    #: Its value is in the platform document or the pipeline spec.
    CARRIED = "carried"
    #: pipeline.yaml or submit.py depends on it in another way.
    MAPPED = "mapped"
    #: A finding is about it.
    REPORTED = "reported"
    #: The file is refused, with it or without it.
    REFUSED = "refused"
    #: None of these.
    NEITHER = "neither"


class Conversion(NamedTuple):
    """What a file becomes."""

    #: pipeline.yaml and the values of submit.py; empty for a file that is refused.
    files: dict[str, str]
    findings: tuple[tuple[str, str], ...]
    #: The places of findings about settings, and of all that they are about.
    places: tuple[str, ...]


class Trial(NamedTuple):
    """A changed setting, and what became of it."""

    key: str
    pointer: str
    outcome: Outcome


def converted(text: str, name: str) -> Conversion | None:
    """The conversion of a text; None if it is not a KFP v1 file that can be read."""
    try:
        reading = translator.load_text(text, name)
    except translator.TranslationError:
        return None
    if reading.pipeline.dialect != KFP_V1:
        return None
    reading = reading._replace(sha256="")  # scripts have it
    found = (*reading.diagnostics, *translator.check(reading, "kubeflow", OPTIONS))
    files: dict[str, str] = {}
    if not any(finding.severity is translator.Severity.ERROR for finding in found):
        rendered = translator.render(reading, "kubeflow", OPTIONS, checked=True)
        files = {name: rendered[name] for name in ("pipeline.yaml", "submit.py")}
    left_out = (
        translator.api.target(reading, "kubeflow", OPTIONS)
        .decided(reading.pipeline, OPTIONS)
        .left_out
    )
    return Conversion(files, tuple(_told(found)), (*_places(found), *sorted(left_out)))


def _told(found: Iterable[Diagnostic]) -> Iterator[tuple[str, str]]:
    yield from sorted((one.rule.code, one.message) for one in found)


def _places(found: Iterable[Diagnostic]) -> Iterator[str]:
    for one in found:
        if one.origin is not None and one.rule.code.startswith("TR46"):
            yield one.origin.pointer


def settings(path: Path) -> Iterator[tuple[str, Mutation, str]]:
    """Each Kubernetes setting of a file: its key, the change of its value, and the changed text."""
    is_json = path.suffix == ".json"
    documents = read(path.read_text(encoding="utf-8"), is_json=is_json)
    ledger = fates(dumped(documents, is_json=is_json), path.name)
    for mutation in values(documents):
        if ledger.get(mutation.leaf.ledger_pointer) is Fate.SETTING:
            yield key_of(mutation), mutation, mutation.text(documents, is_json=is_json)


def key_of(mutation: Mutation) -> str:
    """The path of a setting, with ``[]`` for lists and ``*`` for names of the author's own."""
    path = [*mutation.leaf.path, *(mutation.leaf.inner or ())]
    words: list[str] = []
    for above, word in zip(["", *path], path, strict=False):
        if isinstance(word, int):
            words[-1] += "[]"
        else:
            words.append("*" if above in _OWN_NAMES else word)
    return re.sub(r"^spec\.(templates\[\]\.)?", lambda m: "" if m[1] else "spec.", ".".join(words))


def trials(path: Path, each: int, seen: Counter[str]) -> Iterator[Trial]:
    """The settings of a file, without keys that ``each`` files have had."""
    is_json = path.suffix == ".json"
    before: Conversion | None = None
    done: set[str] = set()
    for key, mutation, text in settings(path):
        if seen[key] >= each:
            continue
        if before is None:
            documents = read(path.read_text(encoding="utf-8"), is_json=is_json)
            before = converted(dumped(documents, is_json=is_json), path.name)
            if before is None or not before.files:
                return
        done.add(key)
        outcome = _outcome(before, converted(text, path.name), mutation)
        yield Trial(key, mutation.leaf.pointer, outcome)
    seen.update(done)


def _outcome(before: Conversion, after: Conversion | None, mutation: Mutation) -> Outcome:
    place = pointer_of(mutation.leaf.path)
    is_told = any(place == one or place.startswith(f"{one}/") for one in before.places)
    if after is None or not after.files:
        return Outcome.REPORTED if is_told else Outcome.REFUSED
    if before.files != after.files:
        return Outcome.CARRIED if _has(before, mutation.leaf.value) else Outcome.MAPPED
    is_told = is_told or before.findings != after.findings
    return Outcome.REPORTED if is_told else Outcome.NEITHER


def _has(conversion: Conversion, value: Any) -> bool:
    """Whether a document of pipeline.yaml has the value; integers may be text there."""
    found: set[str] = set()

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            for entry in part.values():
                collect(entry)
        elif isinstance(part, list):
            for entry in part:
                collect(entry)
        else:
            found.add(part if isinstance(part, str) else json.dumps(part))

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for document in yaml.load_all(conversion.files["pipeline.yaml"], loader):
        collect(document)
    written = value if isinstance(value, str) else json.dumps(value)
    return written in found or f"{written}.0" in found


def table(found: Iterable[Trial]) -> dict[str, Counter[Outcome]]:
    """Key → outcome → number of values."""
    rows: dict[str, Counter[Outcome]] = {}
    for trial in found:
        rows.setdefault(trial.key, Counter())[trial.outcome] += 1
    return dict(sorted(rows.items()))


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table, and the settings that show nowhere."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--each", type=int, default=3, help="files for each key")
    given = parser.parse_args(argv)
    found: list[Trial] = []
    seen: Counter[str] = Counter()
    lost: list[str] = []
    for path in _files(given.paths):
        of_file = list(trials(path, given.each, seen))
        found += of_file
        lost += [f"{path}{one.pointer}" for one in of_file if one.outcome is Outcome.NEITHER]
    names = [outcome.value for outcome in Outcome]
    print(f"| key | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for key, counts in table(found).items():
        print(f"| `{key}` | {' | '.join(str(counts[one] or '') for one in Outcome)} |")
    totals = Counter(trial.outcome for trial in found)
    print(f"| all | {' | '.join(str(totals[one]) for one in Outcome)} |")
    print(*lost, sep="\n")
    return 1 if lost else 0


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in inside if one.suffix in (".yaml", ".yml", ".json"))


if __name__ == "__main__":
    sys.exit(main())
