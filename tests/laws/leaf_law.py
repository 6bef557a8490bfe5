"""The law of leaves, tested from outside: change anything of a file, and what comes of it changes.

``python tests/laws/leaf_law.py [--seed N] [--sample K] [--kind KIND] [--to TARGET]
FILE_OR_FOLDER...`` draws places of each file, makes one change at a time, translates, and compares
the files and the report with those of the file as it was. ``mutations`` says which changes there
are. Those that nothing shows are listed by where they are made; the exit status is 1 if there are
any that ``known.py``, beside this, does not have.

``REPORT.md`` is not compared, since it has the hash of the file.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import runpy
import sys
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import translator
import translator.api
import translator.reading
from tests.laws.leaf_files import Leaf, as_json, dumped, pointer_of, read
from tests.laws.mutations import Kind, Mutation, mutations, values
from translator.model import KFP_V1, Container, ExecutorRef, walk_tasks
from translator.model.kubernetes import Mount, Pod
from translator.records import replace
from translator.source import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Node, Pipeline, Platform, Setting
    from translator.source import Source

TARGETS = ("vertex", "kubeflow")
#: Bytes above which a file is skipped: every leaf costs a translation of all of it.
MAX_BYTES = 1_000_000
_LISTS = runpy.run_path(str(Path(__file__).with_name("known.py")))
#: Where leaves are known to break the law → why they do.
KNOWN: dict[str, str] = _LISTS["KNOWN"]
#: Where that holds in some files only → what is looked for in the path of a file.
KNOWN_IN: dict[str, str] = _LISTS["IN_FILES"]
#: Other changes that mean nothing: kind, an expression for all of a pattern, or of ``pointer =
#: value``, and the reason.
MEANINGLESS: list[tuple[str, str, str]] = _LISTS["MEANINGLESS"]
#: Those that should show, in the same form.
OPEN: list[tuple[str, str, str]] = _LISTS["OPEN"]
#: Those that a comparison of two pipelines does not show (``comparison_law``), in the same form.
UNCOMPARED: list[tuple[str, str, str]] = _LISTS["UNCOMPARED"]


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


class Trial(NamedTuple):
    """A leaf, and what its change brought about."""

    file: str
    target: str
    leaf: Leaf
    verdict: Verdict
    #: What the change raised, for one that crashed.
    problem: str = ""
    kind: Kind = Kind.VALUE

    @property
    def known(self) -> str:
        """Why it is silent, if that is known; else empty."""
        pattern = self.leaf.pattern
        shown = f"{self.leaf.pointer} = {as_json(self.leaf.value)}"
        for kind, place, reason in (*MEANINGLESS, *OPEN):
            if kind == self.kind.value and any(
                re.fullmatch(place, one) for one in (pattern, shown)
            ):
                return reason
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
    kinds: Sequence[Kind] = (Kind.VALUE,),
) -> Iterator[Trial]:
    """A file, changed in one place at a time: in all, or in so many of each kind, drawn at random.

    ``part`` chooses among those.
    """
    is_json = path.suffix == ".json"
    documents = read(path.read_text(encoding="utf-8"), is_json=is_json)
    baseline = Baseline(dumped(documents, is_json=is_json), path.name, targets)
    for mutation in _drawn(documents, kinds, sample, f"{seed} {path.name}")[part]:
        text = mutation.text(documents, is_json=is_json)
        for target, verdict, problem in baseline.verdicts(mutation, text):
            yield Trial(str(path), target, mutation.leaf, verdict, problem, mutation.kind)


def _drawn(
    documents: list[Any], kinds: Sequence[Kind], sample: int | None, seed: str
) -> list[Mutation]:
    """The changes to try. A file has its own, whichever others are looked at."""
    found: list[Mutation] = []
    others = list(mutations(documents)) if set(kinds) != {Kind.VALUE} else []
    for kind in kinds:
        given = values(documents) if kind is Kind.VALUE else others
        own = [mutation for mutation in given if mutation.kind is kind]
        if sample is not None and sample < len(own):
            own = random.Random(seed).sample(own, sample)
        found += own
    return found


class Baseline:
    """What becomes of a file as it is, to compare with."""

    def __init__(self, text: str, name: str, targets: Sequence[str]) -> None:
        self.name = name
        self.targets = targets
        self.before = outcomes(text, name, targets)
        self.fates = fates(text, name)

    def verdicts(self, mutation: Mutation, text: str) -> Iterator[tuple[str, Verdict, str]]:
        """For each target what a change shows, which made the file ``text``."""
        try:
            after = outcomes(text, self.name, self.targets)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            yield from ((target, Verdict.CRASHED, problem) for target in self.targets)
            return
        for target in self.targets:
            yield target, self._verdict(mutation, target, after[target], text), ""

    def _verdict(self, mutation: Mutation, target: str, after: Outcome, text: str) -> Verdict:
        before, leaf = self.before[target], mutation.leaf
        if mutation.kind.renumbers:  # findings about later entries say so of other places
            before, after = _without_pointers(before), _without_pointers(after)
        if (before.files, before.report) != (after.files, after.report):
            is_copy = before.pipeline is not None and before.pipeline.dialect == KFP_V1
            same = is_copy and target == "kubeflow" and _but_copy(before) == _but_copy(after)
            return Verdict.COPIED if same else Verdict.SEEN
        is_there = mutation.kind in (Kind.VALUE, Kind.DELETE)
        met = _fates_at(leaf, self.fates if is_there else fates(text, self.name))
        if met == {Fate.INERT}:
            return Verdict.INERT
        if (
            met == {Fate.REPORTED}
            or is_told(before, leaf, target)
            or is_left_out(before, leaf, target)
        ):
            return Verdict.TOLD
        return Verdict.REFUSED if before.refused else Verdict.SILENT


def _fates_at(leaf: Leaf, ledger: Mapping[str, Fate]) -> set[Fate]:
    """What became of all that is at the place; of the JSON text that it is in, if unopened."""
    own = leaf.ledger_pointer
    met = {fate for at, fate in ledger.items() if at == own or at.startswith(f"{own}/")}
    return met or {ledger[at] for at in (leaf.outer_pointer,) if at in ledger}


def _without_pointers(one: Outcome) -> Outcome:
    return one._replace(report=tuple(sorted(finding[:-1] for finding in one.report)))


def _but_copy(one: Outcome) -> tuple[object, ...]:
    files = {name: text for name, text in one.files.items() if name != "pipeline.yaml"}
    return files, one.report, one.refused


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
    # Scripts have the hash of the file, which shows each change without a meaning too.
    reading = reading._replace(sha256="")
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
    parse = translator.reading.parse

    def remembered(*given: Any) -> Source:
        sources.append(parse(*given))
        return sources[-1]

    told = contextlib.suppress(translator.TranslationError)
    with mock.patch.object(translator.reading, "parse", remembered), told:
        translator.load_text(text, name)
    return sources[0].ledger() if sources else {}


def is_told(before: Outcome, leaf: Leaf, target: str) -> bool:
    """Whether it stands in a setting of Kubernetes of which the report speaks as a whole."""
    if before.pipeline is None:
        return False
    place = pointer_of(leaf.path)
    bare = _with_settings(before.pipeline, lambda _: False)

    def is_around(origin: Origin | None) -> bool:
        own = origin.pointer if origin else "?"
        return place == own or place.startswith(f"{own}/")

    # With this one alone, since the same said of several is told once.
    alone = _with_settings(before.pipeline, is_around)
    return _report(translator.check(alone, target)) != _report(translator.check(bare, target))


def is_left_out(before: Outcome, leaf: Leaf, target: str) -> bool:
    """Whether it stands in a task of which the report says that it is left out or replaced.

    What only such tasks run is left out with them.
    """
    if before.pipeline is None:
        return False
    pipeline, place = before.pipeline, pointer_of(leaf.path)
    at = translator.api.target(pipeline, target)
    left = at.decided(pipeline, at.options()).pipeline
    kept = {(holder, name, task.component) for holder, name, task in walk_tasks(left)}
    reported = {pointer for *_, pointer in before.report}
    for holder, name, task in walk_tasks(pipeline):
        if (holder, name, task.component) in kept:
            continue
        nodes: list[Node | None] = [task]
        if task.component not in left.components:
            nodes.append(component := pipeline.components[task.component])
            if isinstance(component.body, ExecutorRef):
                nodes.append(pipeline.executors.get(component.body.label))
        places = [node.origin.pointer for node in nodes if node is not None and node.origin]
        is_inside = any(place == one or place.startswith(f"{one}/") for one in places)
        if is_inside and task.origin is not None and task.origin.pointer in reported:
            return True
    return False


def _with_settings(pipeline: Pipeline, chosen: Callable[[Origin | None], bool]) -> Pipeline:
    """The pipeline with some of what it says for Kubernetes and other platforms."""

    def of(settings: Iterable[Setting]) -> tuple[Setting, ...]:
        return tuple(setting for setting in settings if chosen(setting.origin))

    def platform(one: Platform) -> Platform:
        executors = {label: of(settings) for label, settings in one.executors.items()}
        return replace(one, executors=executors, settings=of(one.settings))

    return replace(
        pipeline,
        pod=_pod_with(pipeline.pod, chosen),
        executors={
            label: replace(executor, pod=_pod_with(executor.pod, chosen))
            if isinstance(executor, Container)
            else executor
            for label, executor in pipeline.executors.items()
        },
        platforms={name: platform(one) for name, one in pipeline.platforms.items()},
    )


def _pod_with(pod: Pod, chosen: Callable[[Origin | None], bool]) -> Pod:
    """The pod with some of its settings."""
    kept: dict[str, Any] = {}
    for field, value in vars(pod).items():
        if isinstance(value, tuple):
            kept[field] = tuple(node for node in value if any(map(chosen, _places(node))))
        elif isinstance(value, dict) and field != "origins":
            kept[field] = {key: one for key, one in value.items() if chosen(pod.place(field, key))}
        elif field in ("origin", "origins") or chosen(getattr(value, "origin", pod.place(field))):
            kept[field] = value
    return Pod(**kept)


def _places(node: Node) -> list[Origin | None]:
    """The place of a part of a pod, of a mount also that of its volume."""
    return [node.origin, node.volume.origin] if isinstance(node, Mount) else [node.origin]


# The command


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was found; 1 if the law is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=int, help="leaves of each file; all if not given")
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in Kind],
        action="append",
        help="what is done to the files; `value` if not given",
    )
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
        kinds = [Kind(kind) for kind in chosen.kind or ["value"]]
        options = {"seed": chosen.seed, "sample": chosen.sample, "kinds": kinds}
        done += trials(path, chosen.to or TARGETS, **options)
    for verdict in Verdict:
        if verdict.value in chosen.list:
            print(*table(done, verdict), sep="\n", end="")
    if chosen.sample is None and not chosen.kind:
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
    groups: dict[tuple[str, str, str, str], list[Trial]] = {}
    for trial in done:
        if trial.verdict is verdict:
            kind = "" if trial.kind is Kind.VALUE else f"{trial.kind.value} "
            key = (trial.target, kind, trial.leaf.pattern, trial.known)
            groups.setdefault(key, []).append(trial)
    ordered = sorted(groups.items(), key=lambda one: -len(one[1]))
    for (target, kind, pattern, known), group in ordered:
        first = group[0]
        yield f"{verdict.value:>8} {len(group):5}  {target:8}  {kind}{pattern}"
        if verdict is Verdict.SILENT:
            yield f"{'':16}known: {known}" if known else f"{'':16}not known"
        yield f"{'':16}{len({trial.file for trial in group})} files; {first.file}"
        yield f"{'':16}{first.leaf.pointer} = {as_json(first.leaf.value)[:200]}"
        if first.problem:
            yield f"{'':16}{first.problem}"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
