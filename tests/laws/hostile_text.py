"""Nothing gets in: whatever stands in a pipeline's texts, it stays text in what is written.

``python tests/laws/hostile_text.py [--runs N] [--seed S] [--to TARGET] FILE_OR_FOLDER...`` draws a
file and one or several of its texts, names, keys and comments, puts hostile text there, translates,
and looks at the bundle and at all that is told (``hostile_checks``). The exit status is 1 if any
run breaks a law; it is told with the number of its run, which ``--only`` repeats.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import traceback
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import translator
from tests.laws import leaf_files, leaf_law
from tests.laws.hostile_checks import Seen, broken_by, told_of, written_values
from tests.laws.hostile_pictures import pictures, pictures_broken
from tests.laws.hostile_sandbox import Sandbox
from tests.laws.hostile_words import Word, hostile, mixed_in
from translator import api, bundle
from translator.graph import FORMATS, graph
from translator.graph.drawing import drawing
from translator.readers.options import ReadOptions
from translator.targets.kubeflow import writer as kubeflow
from translator.targets.vertex import writer as vertex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.api import Translation

TARGETS = ("vertex", "kubeflow")
#: Bytes above which a file is left out: each run translates all of it.
MAX_BYTES = 60_000
#: One run in so many looks at `--help` in this process, in another one, at the command line, and at
#: graphs and pages.
HELP_HERE, HELP_THERE, COMMAND_LINE, PICTURES = 40, 500, 20, 10
#: Below these keys, and outside of names, text is free: what else is written does not change.
_FREE = frozenset({"description", "displayName", "display_name"})


class Place(NamedTuple):
    """Where a text stands in the documents of a file."""

    document: int
    path: tuple[Any, ...]
    #: The path in the JSON text that stands at ``path``; None for what is no JSON text.
    inner: tuple[Any, ...] | None
    #: The last of the path is a key that is to be another one.
    is_key: bool
    #: Places of one kind have one pattern.
    pattern: str
    #: There is a text now.
    has_text: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing but the text itself may change with it."""
        path = self.path if self.inner is None else self.inner
        if self.is_key or not self.has_text or "templates" in self.path:  # equal ones are one
            return False
        in_executor = "deploymentSpec" in path and self.inner is None
        words = in_executor and (path[-2] in ("args", "command") or path[-1] in ("image", "value"))
        return words or path[-1] in _FREE


class Run(NamedTuple):
    """One translation of a file with hostile text in it."""

    number: int
    file: str
    target: str
    #: Pattern of the place, and kind of the word, for each change.
    changes: tuple[tuple[str, str], ...]
    #: ``bundle`` or ``refused``.
    outcome: str
    #: What of the laws it breaks.
    broken: tuple[str, ...]


class Given:
    """A file to put hostile text into, and what becomes of it without."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_json = path.suffix == ".json"
        self.text = path.read_text(encoding="utf-8")
        self.documents = leaf_files.read(self.text, is_json=self.is_json)
        self._seen: dict[str, Seen | None] = {}
        self._drawn: dict[str, str] = {}

    @cached_property
    def places(self) -> list[list[Place]]:
        """Places of the same pattern together."""
        found: dict[str, list[Place]] = {}
        for place in self._places():
            found.setdefault(place.pattern, []).append(place)
        return list(found.values())

    def _places(self) -> Iterator[Place]:
        seen: set[tuple[Any, ...]] = set()
        for leaf in leaf_files.leaves(self.documents):
            text = isinstance(leaf.value, str) and bool(leaf.value.strip())
            yield Place(leaf.document, leaf.path, leaf.inner, False, leaf.pattern, text)
            path = leaf.path if leaf.inner is None else leaf.inner
            for end in range(1, len(path) + 1):
                at = (leaf.document, *([] if leaf.inner is None else leaf.path), path[:end])
                if isinstance(path[end - 1], str) and at not in seen:
                    seen.add(at)
                    own, inner = (
                        (path[:end], None) if leaf.inner is None else (leaf.path, path[:end])
                    )
                    above = leaf.pattern.split("/")
                    keep = len(above) - len(path) + end
                    yield Place(leaf.document, own, inner, True, "/".join(above[:keep]) + " (key)")

    def seen(self, target: str) -> Seen | None:
        """What is written for a target without hostile text; None where it is refused."""
        if target not in self._seen:
            try:
                translated = translator.translate(self.path, target)
            except translator.TranslationError:
                self._seen[target] = None
            else:
                self._seen[target] = Seen.of(translated.files)
        return self._seen[target]

    def drawn(self) -> dict[str, str]:
        """Its graph in all formats."""
        if not self._drawn:
            survey = api.survey(self.path)
            picture = drawing(survey.outline, survey.pipeline.name)
            self._drawn = {form: graph(picture, form) for form in FORMATS}
        return self._drawn

    def targets(self, asked: Sequence[str]) -> list[str]:
        """Those that it can be translated for."""
        return [target for target in asked if self.seen(target)]


# Changes


def changed(given: Given, rng: random.Random) -> tuple[str, list[Place], list[Word]]:
    """The text of the file with hostile text in it, where that is, and what it is."""
    if rng.random() < 0.08:
        return _raw_change(given, rng)
    count = rng.choice([1, 1, 1, 2, 3])
    places = [
        rng.choice(group) for group in rng.sample(given.places, min(count, len(given.places)))
    ]
    words = [hostile(rng) for _ in places]
    documents = given.documents
    # Longest paths first: a key that changes takes along what is below it.
    pairs = sorted(zip(places, words, strict=True), key=lambda one: -len(one[0].path))
    for place, word in pairs:
        documents = list(documents)
        document = documents[place.document]
        documents[place.document] = _with_word(document, place, word, rng)
    return _dumped(documents, given, rng), [p for p, _ in pairs], [w for _, w in pairs]


def _with_word(document: Any, place: Place, word: Word, rng: random.Random) -> Any:
    if place.inner is None:
        return _put(document, place.path, place.is_key, word, rng)
    try:
        inside = json.loads(leaf_files.at(document, place.path))
    except (ValueError, TypeError, KeyError):  # another change was there before
        return document
    text = json.dumps(_put(inside, place.inner, place.is_key, word, rng))
    return leaf_files.with_value(document, place.path, text)


def _put(value: Any, path: tuple[Any, ...], is_key: bool, word: Word, rng: random.Random) -> Any:
    try:
        if not is_key:
            old = leaf_files.at(value, path)
            text = old if isinstance(old, str) else ""
            return leaf_files.with_value(value, path, mixed_in(word, text, rng))
        holder = leaf_files.at(value, path[:-1])
        new = mixed_in(word, str(path[-1]), rng)
        renamed = {new if key == path[-1] else key: entry for key, entry in holder.items()}
        return leaf_files.with_value(value, path[:-1], renamed)
    except (KeyError, TypeError, IndexError):  # another change was there before
        return value


def _dumped(documents: list[Any], given: Given, rng: random.Random) -> str:
    """YAML as PyYAML writes it or, faster, JSON, which is YAML; that alone escapes surrogates."""
    as_json = [json.dumps(document) for document in documents]
    odd = any("\\ud" in text for text in as_json)
    if given.is_json or odd or rng.random() < 0.5:
        return "\n---\n".join(as_json) + "\n"
    return leaf_files.dumped(documents, is_json=False)


def _raw_change(given: Given, rng: random.Random) -> tuple[str, list[Place], list[Word]]:
    """Hostile text in the text of the file itself: in a comment, or anywhere."""
    word = hostile(rng)
    lines = given.text.split("\n")
    at = rng.randrange(len(lines))
    how = rng.choice(["comment", "comment", "line", "inside"])
    if how == "inside":
        column = rng.randrange(len(lines[at]) + 1)
        # A key to something is a word of its own.
        text = f" {word.text} " if word.secret else word.text
        lines[at] = lines[at][:column] + text + lines[at][column:]
    else:
        lines.insert(at, f"# {word.text}" if how == "comment" else word.text)
    place = Place(0, (), None, False, f"({how} of the file)")
    return "\n".join(lines), [place], [word]


def options_of(target: str, rng: random.Random) -> tuple[Any, ReadOptions | None, list[Word]]:
    """Hostile defaults of the script and ways of reading; mostly none."""
    if rng.random() < 0.8:
        return None, None, []
    kind = vertex.Options if target == "vertex" else kubeflow.Options
    texts = [name for name, value in vars(kind).items() if value == "" and name[0] != "_"]
    texts = texts or [name for name in kind.__annotations__ if name not in ("labels", "cache")]
    words = [hostile(rng) for _ in range(4)]
    chosen: dict[str, Any] = dict(zip(rng.sample(texts, 2), (w.text for w in words), strict=False))
    chosen.pop("reserved_ip_ranges", None)
    if target == "vertex" and rng.random() < 0.5:
        chosen["labels"] = {words[2].text: words[3].text}
        chosen["reserved_ip_ranges"] = (words[2].text,)
    how = ReadOptions(
        adapter_image=words[3].text or "x",
        declared_types=rng.random() < 0.5,
        placeholders={"workflow.namespace": words[2].text},
        entrypoints={"alpine": (words[2].text,)},
    )
    return kind(**chosen), how if rng.random() < 0.5 else None, words


# Runs


def runs(
    files: Iterable[Path],
    targets: Sequence[str] = TARGETS,
    *,
    seed: int = 0,
    numbers: Iterable[int] = range(100),
) -> Iterator[Run]:
    """The runs of these numbers; each depends on its number, the seed and the files alone."""
    paths = list(files)
    known: dict[Path, Given | None] = {}
    with tempfile.TemporaryDirectory() as folder, written_values() as values:
        sandbox = Sandbox(Path(folder), values)
        for number in numbers:
            rng = random.Random(f"{seed} {number}")
            given, target = _drawn(paths, targets, known, rng)
            values.clear()
            yield _run(number, given, target, sandbox, rng)


def _drawn(
    paths: list[Path], targets: Sequence[str], known: dict[Path, Given | None], rng: random.Random
) -> tuple[Given, str]:
    """A file that can be translated, and for what."""
    while True:
        path = rng.choice(paths)
        if path not in known:
            given = Given(path)
            known[path] = given if given.targets(targets) else None
        found = known[path]
        if found is not None:
            return found, rng.choice(found.targets(targets))
        if not any(known.get(path, True) for path in paths):
            raise ValueError("none of the files can be translated")


def _run(number: int, given: Given, target: str, sandbox: Sandbox, rng: random.Random) -> Run:
    text, places, words = changed(given, rng)
    options, how, more = options_of(target, rng)
    path = sandbox.given(given.path.suffix, text)
    before = given.seen(target)
    assert before is not None
    free = not more and all(map(_is_free, places, words))
    broken: list[str] = []
    outcome = "refused"
    with sandbox.watched() as touched:
        try:
            translated = translator.translate(path, target, options, how)
        except translator.TranslationError as error:
            broken += told_of(error.diagnostics, path, words)
        except Exception:
            broken.append("traceback: " + traceback.format_exc()[-1500:])
        else:
            outcome = "bundle"
            broken += _looked_at(translated, before, words + more, sandbox, free=free)
            broken += told_of(translated.diagnostics, path, words)
        if number % PICTURES == PICTURES // 2:
            made = pictures(path, given.path, target, sandbox.folder / "page.html")
            broken += pictures_broken(made, words, given.drawn() if free else None)
        if number % COMMAND_LINE == 0:
            broken += sandbox.command_line(path, target, words, rng)
    broken += [f"touched: {one}" for one in touched] + sandbox.strays()
    if outcome == "bundle" and number % HELP_HERE == 0:
        broken += sandbox.help(target, there=number % HELP_THERE == 0)
    sandbox.clear()
    changes = tuple((p.pattern, w.kind) for p, w in zip(places, words, strict=True))
    return Run(number, str(given.path), target, changes, outcome, tuple(broken))


def _is_free(place: Place, word: Word) -> bool:
    """Whether nothing but the text itself may change when the word is put there."""
    is_text = place.inner is None or not any("\ud800" <= char <= "\udfff" for char in word.text)
    return place.is_free and is_text and "{{" not in word.text  # a lone surrogate is no JSON


def _looked_at(
    translated: Translation, before: Seen, words: list[Word], sandbox: Sandbox, *, free: bool
) -> list[str]:
    found = broken_by(translated.files, before, words, same_shape=free)
    found += sandbox.reads_back(translated.files["pipeline.yaml"])
    try:
        bundle.write(translated.files, sandbox.out)
    except Exception:
        return [*found, "traceback: " + traceback.format_exc()[-1500:]]
    return found + sandbox.written(translated.files)


# The command


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was found; 1 if a law is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", choices=TARGETS, action="append", help="both if not given")
    parser.add_argument("--files", type=int, default=200, help="files that are drawn at most")
    parser.add_argument("--only", type=int, help="the one run of this number")
    chosen = parser.parse_args(argv)
    paths = list(leaf_law.pipelines(chosen.paths))
    paths = [path for path in paths if path.stat().st_size <= MAX_BYTES]
    if len(paths) > chosen.files:
        paths = sorted(random.Random(chosen.seed).sample(paths, chosen.files))
    numbers = range(chosen.runs) if chosen.only is None else [chosen.only]
    done: list[Run] = []
    for run in runs(paths, chosen.to or TARGETS, seed=chosen.seed, numbers=numbers):
        done.append(run)
        if run.broken:
            print(*_shown(run), sep="\n", flush=True)
        if len(done) % 1000 == 0:
            print(summary(done), file=sys.stderr, flush=True)
    print(summary(done))
    return int(any(run.broken for run in done))


def _shown(run: Run) -> Iterator[str]:
    yield f"run {run.number}: {run.file} for {run.target}, {run.outcome}"
    yield from (f"    {kind} at {pattern}" for pattern, kind in run.changes)
    yield from (f"  {one}" for one in run.broken)


def summary(done: Sequence[Run]) -> str:
    """The figures."""
    laws = Counter(one.partition(":")[0] for run in done for one in run.broken)
    outcomes = Counter(run.outcome for run in done)
    targets = Counter(run.target for run in done)
    patterns = {pattern for run in done for pattern, _ in run.changes}
    numbers: Mapping[str, int] = {**targets, **outcomes}
    return (
        f"{len(done)} runs in {len({run.file for run in done})} files, {len(patterns)} kinds of "
        f"places: {', '.join(f'{count} {name}' for name, count in sorted(numbers.items()))}; "
        f"broken: {', '.join(f'{n} {law}' for law, n in sorted(laws.items())) or 'none'}"
    )


if __name__ == "__main__":
    sys.exit(main())
