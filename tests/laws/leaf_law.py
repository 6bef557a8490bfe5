"""The law of leaves, tested from outside: change any leaf of a file, and what comes of it changes.

``python tests/laws/leaf_law.py [--seed N] [--sample K] [--to TARGET] FILE_OR_FOLDER...`` draws
leaves of each file, changes one at a time, translates, and compares the files and the report with
those of the file as it was. Leaves whose change nothing shows are listed by where they stand; the
exit status is 1 if there are any that ``known.py``, beside this, does not have.

A leaf is a scalar, or a mapping or list with nothing in it. Where a workflow holds JSON as text,
the leaves are those of that JSON. Keys are no leaves.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import runpy
import sys
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from unittest import mock

import yaml

import translator
import translator.api
from translator.model import Container
from translator.records import replace
from translator.source import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Platform, Setting
    from translator.source import Source

TARGETS = ("vertex", "kubeflow")
#: Bytes above which a file is skipped: every leaf costs a translation of all of it.
MAX_BYTES = 1_000_000
_LISTS = runpy.run_path(str(Path(__file__).with_name("known.py")))
#: Where leaves are known to break the law → why they do.
KNOWN: dict[str, str] = _LISTS["KNOWN"]
#: Where that holds in some files only → what is looked for in the path of a file.
KNOWN_IN: dict[str, str] = _LISTS["IN_FILES"]


class Verdict(Enum):
    """What the change of a leaf brings about."""

    #: The files or the report differ.
    SEEN = "seen"
    #: Only ``pipeline.yaml`` differs, into which a KFP v1 file is copied as it is.
    COPIED = "only in the file"
    #: Nothing, and the ledger says that the leaf means nothing outside the file.
    INERT = "inert"
    #: Nothing, but the report says of what it stands in, as a whole, that it is left out.
    TOLD = "told"
    #: Nothing: there is no pipeline but a report of what is in the way, which is not this leaf.
    REFUSED = "refused"
    #: Nothing. This breaks the law.
    SILENT = "silent"
    #: The changed file is neither translated nor refused. A mistake of ours.
    CRASHED = "crashed"


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
        return (f"#{self.document}" if self.document else "") + _pointer(self.path)

    @property
    def ledger_pointer(self) -> str:
        """As the ledger calls it where the JSON text that it stands in was opened."""
        return self.outer_pointer + ("" if self.inner is None else _pointer(self.inner))

    @property
    def pointer(self) -> str:
        """Where it stands; the path in a JSON text comes after a ``#``."""
        return self.outer_pointer + ("" if self.inner is None else f"#{_pointer(self.inner)}")

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


class Trial(NamedTuple):
    """A leaf, and what its change brought about."""

    file: str
    target: str
    leaf: Leaf
    verdict: Verdict
    #: What the change raised, for one that crashed.
    problem: str = ""

    @property
    def known(self) -> str:
        """Why it is silent, if that is known; else empty."""
        pattern = self.leaf.pattern
        return KNOWN.get(pattern, "") if re.search(KNOWN_IN.get(pattern, ""), self.file) else ""

    @property
    def breaks_the_law(self) -> bool:
        """Whether it should not be so, and is not known to be."""
        is_silent = self.verdict is Verdict.SILENT and not self.known
        return is_silent or self.verdict is Verdict.CRASHED


class Outcome(NamedTuple):
    """What becomes of a file."""

    #: Empty for a file that is refused.
    files: Mapping[str, str]
    #: Code, severity, message, help and pointer of each finding.
    report: tuple[tuple[str, ...], ...]
    #: None for a file that cannot be read.
    pipeline: Pipeline | None

    @property
    def refused(self) -> bool:
        """Whether nothing is written."""
        return not self.files


def trials(
    path: Path,
    targets: Sequence[str] = TARGETS,
    *,
    seed: int = 0,
    sample: int | None = None,
    part: slice = slice(None),
) -> Iterator[Trial]:
    """The leaves of a file, changed one by one: all of them, or so many drawn at random.

    ``part`` chooses among those.
    """
    is_json = path.suffix == ".json"
    documents = read(path.read_text(encoding="utf-8"), is_json=is_json)
    found = list(leaves(documents))
    if sample is not None and sample < len(found):
        # A file has its own numbers, whichever others are looked at, and wherever it lies.
        found = random.Random(f"{seed} {path.name}").sample(found, sample)
    baseline = Baseline(dumped(documents, is_json=is_json), path.name, targets)
    for leaf in found[part]:
        text = dumped(with_change(documents, leaf), is_json=is_json)
        for target, verdict, problem in baseline.verdicts(leaf, text):
            yield Trial(str(path), target, leaf, verdict, problem)


class Baseline:
    """What becomes of a file as it is, to compare with."""

    def __init__(self, text: str, name: str, targets: Sequence[str]) -> None:
        self.name = name
        self.targets = targets
        self.before = outcomes(text, name, targets)
        self.fates = fates(text, name)

    def verdicts(self, leaf: Leaf, text: str) -> Iterator[tuple[str, Verdict, str]]:
        """For each target what the change of a leaf shows, which made the file ``text``."""
        try:
            after = outcomes(text, self.name, self.targets)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            yield from ((target, Verdict.CRASHED, problem) for target in self.targets)
            return
        for target in self.targets:
            yield target, self._verdict(leaf, target, after[target]), ""

    def _verdict(self, leaf: Leaf, target: str, after: Outcome) -> Verdict:
        before = self.before[target]
        if (before.files, before.report) != (after.files, after.report):
            is_copy = before.pipeline is not None and before.pipeline.source is not None
            same = is_copy and target == "kubeflow" and _but_copy(before) == _but_copy(after)
            return Verdict.COPIED if same else Verdict.SEEN
        fate = self.fates.get(leaf.ledger_pointer, self.fates.get(leaf.outer_pointer))
        if fate is Fate.INERT:
            return Verdict.INERT
        if fate is Fate.REPORTED or is_told(before, leaf, target):
            return Verdict.TOLD
        return Verdict.REFUSED if before.refused else Verdict.SILENT


def _but_copy(one: Outcome) -> tuple[object, ...]:
    files = {name: text for name, text in one.files.items() if name != "pipeline.yaml"}
    return files, one.report, one.refused


# Files and their leaves


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
        for path, value in list(_walk(document)):
            if (inside := json_inside(document, path, value)) is not None:
                documents[number] = _with(documents[number], path, _json(inside))
    return documents


def dumped(documents: list[Any], *, is_json: bool) -> str:
    """The documents as text again. What differs in them differs in the text, and nothing else."""
    if is_json:
        return _json(documents[0])
    # Flow style for the innermost collections: one that was empty stays on its line.
    options = {"sort_keys": False, "allow_unicode": True, "width": 2**30}
    return yaml.dump_all(documents, Dumper=_Dumper, default_flow_style=None, **options)


def leaves(documents: list[Any]) -> Iterator[Leaf]:
    """Every leaf, in the order of the file."""
    for number, document in enumerate(documents):
        for path, value in _walk(document):
            kind = _template_kind(document, path)
            inside = json_inside(document, path, value)
            if inside is None:
                yield Leaf(number, path, value, kind=kind)
            else:
                yield from (Leaf(number, path, v, inner, kind) for inner, v in _walk(inside))


#: What a template can be. One that kfp's launcher starts says most things twice.
_KINDS = ("container", "dag", "steps", "script", "resource", "suspend")


def _template_kind(document: Any, path: tuple[str | int, ...]) -> str:
    if path[:2] != ("spec", "templates") or len(path) < 3:
        return ""
    template = _at(document, path[:3])
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
    if path[-1:] == ("value",) and _at(document, path[:-1]).get("name") != "KFP_V2_RUNTIME_INFO":
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not isinstance(value, (dict, list)) or not value:
        yield path, value
        return
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _walk(entry, (*path, key))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """A value with another one at the path. What does not hold it is shared."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{_key(key)}" for key in path)


def _key(key: str | int) -> str:
    # `on:` and `1:` are keys that PyYAML reads as something else than text.
    text = key if isinstance(key, str) else _json(key)
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
        inside = json.loads(_at(documents[leaf.document], leaf.path))
        new = _json(_with(inside, leaf.inner, new))
    done = list(documents)
    done[leaf.document] = _with(done[leaf.document], leaf.path, new)
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


# Translation


def outcomes(text: str, name: str, targets: Sequence[str]) -> dict[str, Outcome]:
    """For each target what becomes of a file."""
    try:
        reading = translator.load_text(text, name)
    except translator.TranslationError as error:
        return dict.fromkeys(targets, Outcome({}, _report(error.diagnostics), None))
    return {target: _outcome(reading, target) for target in targets}


def _outcome(reading: translator.Reading, target: str) -> Outcome:
    pipeline = reading.pipeline
    found = (*reading.diagnostics, *translator.check(reading, target))
    if any(finding.severity is translator.Severity.ERROR for finding in found):
        return Outcome({}, _report(found), pipeline)
    try:
        written = translator.render(reading, target, checked=True)
    except translator.TranslationError as error:
        return Outcome({}, _report(error.diagnostics), pipeline)
    return Outcome(written, _report(found), pipeline)


def _report(found: Iterable[Diagnostic]) -> tuple[tuple[str, ...], ...]:
    """What is said, without lines: those are of the text that stands here."""
    return tuple(
        sorted(
            (
                finding.rule.code,
                finding.severity.value,
                finding.message,
                finding.help,
                finding.origin.pointer if finding.origin else "",
            )
            for finding in found
        )
    )


def fates(text: str, name: str) -> dict[str, Fate]:
    """The ledger of a file; empty for one that cannot be read."""
    sources: list[Source] = []
    parse = translator.api.parse

    def remembered(*given: Any) -> Source:
        sources.append(parse(*given))
        return sources[-1]

    told = contextlib.suppress(translator.TranslationError)
    with mock.patch.object(translator.api, "parse", remembered), told:
        translator.load_text(text, name)
    return sources[0].ledger() if sources else {}


def is_told(before: Outcome, leaf: Leaf, target: str) -> bool:
    """Whether it stands in a setting of Kubernetes of which the report speaks as a whole."""
    if before.pipeline is None:
        return False
    place = _pointer(leaf.path)
    bare = _with_settings(before.pipeline, lambda _: False)

    def is_around(setting: Setting) -> bool:
        own = setting.origin.pointer if setting.origin else "?"
        return place == own or place.startswith(f"{own}/")

    # With this one alone, since the same said of several is told once.
    alone = _with_settings(before.pipeline, is_around)
    return _report(translator.check(alone, target)) != _report(translator.check(bare, target))


def _with_settings(pipeline: Pipeline, chosen: Callable[[Setting], bool]) -> Pipeline:
    """The pipeline with some of what it says for Kubernetes and other platforms."""

    def of(settings: Iterable[Setting]) -> tuple[Setting, ...]:
        return tuple(filter(chosen, settings))

    def platform(one: Platform) -> Platform:
        executors = {label: of(settings) for label, settings in one.executors.items()}
        return replace(one, executors=executors, settings=of(one.settings))

    return replace(
        pipeline,
        kubernetes=of(pipeline.kubernetes),
        executors={
            label: replace(executor, kubernetes=of(executor.kubernetes))
            if isinstance(executor, Container)
            else executor
            for label, executor in pipeline.executors.items()
        },
        platforms={name: platform(one) for name, one in pipeline.platforms.items()},
    )


# The command


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was found; 1 if the law is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=int, help="leaves of each file; all if not given")
    parser.add_argument("--to", choices=TARGETS, action="append", help="both if not given")
    parser.add_argument(
        "--list",
        choices=[verdict.value for verdict in Verdict],
        action="append",
        default=[Verdict.SILENT.value, Verdict.CRASHED.value],
        help="the verdicts whose leaves are listed, beside `silent` and `crashed`",
    )
    chosen = parser.parse_args(argv)
    done: list[Trial] = []
    for path in pipelines(chosen.paths):
        done += trials(path, chosen.to or TARGETS, seed=chosen.seed, sample=chosen.sample)
    for verdict in Verdict:
        if verdict.value in chosen.list:
            print(*table(done, verdict), sep="\n", end="")
    if chosen.sample is None:
        met = {trial.leaf.pattern for trial in done if trial.verdict is Verdict.SILENT}
        gone = [pattern for pattern in KNOWN if pattern not in met]
        print(*(f"known, but not met: {pattern}\n" for pattern in gone), sep="", end="")
    counts = Counter(trial.verdict for trial in done)
    numbers = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
    print(f"{len(done)} changes in {len({trial.file for trial in done})} files: {numbers}")
    return int(any(trial.breaks_the_law for trial in done))


def pipelines(paths: Iterable[Path]) -> Iterator[Path]:
    """The pipelines among files and in folders, but for large ones, which are told."""
    for given in paths:
        for path in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if path.suffix not in (".yaml", ".yml", ".json"):
                continue
            if path.stat().st_size > MAX_BYTES:
                print(f"skipped, since it is large: {path}", file=sys.stderr)
            else:
                yield path


def table(done: Sequence[Trial], verdict: Verdict) -> Iterator[str]:
    """Where the leaves with a verdict stand, most frequent first, each place with an example."""
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in done:
        if trial.verdict is verdict:
            key = (trial.target, trial.leaf.pattern, trial.known)
            groups.setdefault(key, []).append(trial)
    for (target, pattern, known), group in sorted(groups.items(), key=lambda one: -len(one[1])):
        first = group[0]
        yield f"{verdict.value:>8} {len(group):5}  {target:8}  {pattern}"
        if verdict is Verdict.SILENT:
            yield f"{'':16}known: {known}" if known else f"{'':16}not known"
        yield f"{'':16}{len({trial.file for trial in group})} files; {first.file}"
        yield f"{'':16}{first.leaf.pointer} = {_json(first.leaf.value)[:200]}"
        if first.problem:
            yield f"{'':16}{first.problem}"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
