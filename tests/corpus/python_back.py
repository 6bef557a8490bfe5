"""What the decompiler gives back: the source of a file, compiled again, is the same pipeline.

    python tests/corpus/python_back.py ir FOLDER_OR_FILE... [--every N] [--list]
    python tests/corpus/python_back.py v1 FOLDER_OR_FILE... [--every N] [--list]
    python tests/corpus/python_back.py random COUNT [--first SEED]

``ir`` and ``v1`` decompile each file, compile the result with kfp, and compare it with the pipeline
of the file (v1: with our direct translation, also by ``ir_flat`` of the shared tools). They print a
row for each folder and SDK, and the reasons. ``random`` makes pipelines of KFP v1 with ``gen_v1``,
and runs the workflow and the compiled pipeline, task by task (needs ``TRANSLATOR_KFP1_PYTHON``);
the files of seeds that differ are kept in the folder ``--keep``.

``--engine`` replaces the decompiler, to test this program: ``identity`` writes the pipeline spec of
the model, and ``broken`` one with a mistake in it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import translator
from tests.conftest import shared_folder
from tests.corpus.flat_facts import same_facts
from translator.comparison import Comparison, compare
from translator.diagnostics import without_errors
from translator.model import Container, Pipeline, Submission
from translator.records import replace
from translator.targets.vertex import TARGET
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SUFFIXES = (".yaml", ".yml", ".json")
#: Outcomes, best first.
IDENTICAL, NOTES, DIFFERENT, REFUSED, CRASHED = (
    *("identical", "same with notes", "different", "refused"),
    "crashed",
)
#: The file is not one that can be decompiled at all.
INVALID = "invalid"


class Result(NamedTuple):
    """What came of a file."""

    path: Path
    sdk: str
    outcome: str
    #: Differences, notes, codes or an exception.
    reasons: tuple[str, ...] = ()
    #: Of KFP v1: whether ``ir_flat`` says the same of both specifications.
    flat: bool | None = None
    #: Whether it does without the text that kfp writes around lightweight functions.
    flat_functions: bool | None = None


# From a model to a pipeline spec


def decompiled(pipeline: Pipeline, name: str) -> str:
    """Through the decompiler and kfp. This process has compiled nothing before."""
    decompiler = importlib.import_module("translator.decompiler")
    made = decompiler.decompiled(pipeline, file=name)
    without_errors(made.findings)
    return compiled(made.files, made.function)


def compiled(files: Mapping[str, str], function: str) -> str:
    """The pipeline spec of pipeline.py, compiled in this process and without comments."""
    import yaml
    from google.protobuf import json_format
    from kfp import compiler

    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, "utf-8")
        for name in ("pipeline", "pipeline_helpers"):
            sys.modules.pop(name, None)
        sys.path.insert(0, folder)
        try:
            module = importlib.import_module("pipeline")
            output = Path(folder, "compiled.yaml")
            found = getattr(module, function)
            compiler.Compiler().compile(found, str(output))
        finally:
            sys.path.remove(folder)
        platforms = [found.platform_spec] if found.platform_spec.platforms else []
        specs = [json_format.MessageToDict(one) for one in (found.pipeline_spec, *platforms)]
        return str(yaml.safe_dump_all(specs))


def identity(pipeline: Pipeline, name: str) -> str:
    """The pipeline spec of the model."""
    del name
    documents = [pipeline_spec(pipeline)]
    if platform := platform_spec(pipeline):
        documents.append(platform)
    return "---\n".join(yaml_text(document) for document in documents)


def broken(pipeline: Pipeline, name: str) -> str:
    """A pipeline spec that is not that of the model."""
    labels = [label for label, one in pipeline.executors.items() if isinstance(one, Container)]
    changed: dict[str, Any] = {"description": f"{pipeline.description}x"}
    if labels:
        label = random.Random(name).choice(labels)
        container = pipeline.executors[label]
        assert isinstance(container, Container)
        args = (*container.args, container.image)
        changed = {"executors": {**pipeline.executors, label: replace(container, args=args)}}
    return identity(replace(pipeline, **changed), name)


ENGINES: dict[str, Callable[[Pipeline, str], str]] = {
    "decompiler": decompiled,
    "identity": identity,
    "broken": broken,
}


# A file


def of_ir(path: Path, engine: str) -> Result:
    """A pipeline spec there and back."""
    try:
        pipeline = translator.load(path).pipeline
    except translator.TranslationError:
        return Result(path, "", INVALID)
    back, reason = attempt(ENGINES[engine], pipeline, path)
    sdk = pipeline.sdk_version or "unknown"
    if back is None:
        return Result(path, sdk, *reason)
    second = translator.load_text(back, "compiled").pipeline
    return Result(path, sdk, *judged(compared(pipeline, second)))


def of_v1(path: Path, engine: str) -> Result:
    """A workflow of KFP v1: its direct translation, and the way through Python."""
    try:
        reading = translator.load(path)
        decided = translator.api.decide(reading, "vertex")
        direct = translator.render(decided, "vertex")["pipeline.yaml"]
    except translator.TranslationError:
        return Result(path, "KFP v1", INVALID)
    assert decided.decided is not None
    back, reason = attempt(ENGINES[engine], TARGET.in_python(decided.decided.pipeline), path)
    if back is None:
        return Result(path, "KFP v1", *reason)
    first, second = (translator.load_text(text).pipeline for text in (direct, back))
    outcome, reasons = judged(compared(first, second))
    flat = same_facts(direct, back)
    functions = flat or same_facts(direct, back, bootstraps=False)
    return Result(path, "KFP v1", outcome, reasons, flat=flat, flat_functions=functions)


def compared(first: Pipeline, second: Pipeline) -> Comparison:
    """The comparison of both, without run settings, which no source has."""
    first, second = (replace(one, submission=Submission()) for one in (first, second))
    return compare(first, second, renamed=True)


def judged(found: Comparison) -> tuple[str, tuple[str, ...]]:
    """The outcome of a comparison, and its reasons."""
    if not found.same:
        return DIFFERENT, tuple(f"{one.what} {one.kind}" for one in found.differences)
    notes = tuple(one.tolerance for one in found.notes if one.tolerance != "sdk-version")
    return NOTES if notes else IDENTICAL, notes


def attempt(
    engine: Callable[[Pipeline, str], str], pipeline: Pipeline, path: Path
) -> tuple[str | None, tuple[str, tuple[str, ...]]]:
    """The pipeline spec, or the outcome and why there is none."""
    try:
        with contextlib.redirect_stderr(open(os.devnull, "w")):
            return engine(pipeline, path.name), (IDENTICAL, ())
    except translator.TranslationError as error:
        return None, (REFUSED, tuple(one.rule.code for one in error.diagnostics))
    except Exception as error:
        told = f"{type(error).__name__}: {error}".split("\n")[0]
        return None, (CRASHED, (told[:120],))


# Many files


def results(work: Callable[[Path], Result], paths: Sequence[Path], jobs: int) -> Iterator[Result]:
    """The result of each file, each in a process of its own: kfp has global registries."""
    with contextlib.suppress(ImportError):
        import kfp.compiler  # noqa: F401  # once, for all processes that are forked
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(work, paths, chunksize=1)


def files(given: Iterable[Path], every: int) -> list[Path]:
    """The pipelines among files and in folders."""
    found: list[Path] = []
    for one in given:
        inside = sorted(one.rglob("*")) if one.is_dir() else [one]
        found += [path for path in inside if path.suffix in SUFFIXES]
    return found[::every]


def table(done: Sequence[Result]) -> Iterator[str]:
    """A row for each folder and SDK, then the reasons."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    for one in done:
        minor = ".".join(one.sdk.split(".")[:2])
        for key in ((one.path.parent.name, "all"), (one.path.parent.name, minor)):
            rows.setdefault(key, Counter())[one.outcome] += 1
    outcomes = (IDENTICAL, NOTES, DIFFERENT, REFUSED, CRASHED, INVALID)
    yield f"{'folder':<16}{'sdk':<12}" + "".join(f"{name:>16}" for name in outcomes)
    for (folder, sdk), counts in sorted(rows.items()):
        yield f"{folder:<16}{sdk:<12}" + "".join(f"{counts[name]:>16}" for name in outcomes)
    flat = Counter(one.flat for one in done if one.flat is not None)
    if flat:
        functions = sum(one.flat is False and bool(one.flat_functions) for one in done)
        yield (
            f"ir_flat: {flat[True]} equal, {functions} equal but for what kfp writes around "
            f"functions, {flat[False] - functions} different"
        )
    for outcome in outcomes[1:]:
        those = [one for one in done if one.outcome == outcome]
        reasons = Counter(reason for one in those for reason in {*one.reasons})
        for reason, number in reasons.most_common(40):
            example = next(one for one in those if reason in one.reasons)
            yield f"{outcome:<16}{number:>4}  {reason}  ({example.path.name})"


# Random pipelines


#: Where the containers of kfp 1.8 have their files. ``ir_run`` runs them on this host, where all
#: runs share the folders; ``argo_run`` gives each container its own.
CONTAINER_FOLDERS = ("/tmp/inputs/", "/tmp/outputs/")


def trace(tool: str, path: Path, output: Path) -> tuple[int, list[str]]:
    """Runs a pipeline with one of the shared tools: exit status, and what its tasks did."""
    shared = shared_folder()
    assert shared is not None
    done = subprocess.run(
        [sys.executable, str(shared / "tools" / tool), str(path), str(output)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, sorted(output.read_text().splitlines()) if output.exists() else []


def of_seed(seed: int, engine: str, keep: Path) -> Result:
    """A random workflow, and the same through Python, run.

    The files of a seed that differs or fails are copied to ``keep``.
    """
    with tempfile.TemporaryDirectory(prefix="python-back-") as folder:
        outcome, reasons = in_folder(seed, engine, Path(folder))
        if outcome in (DIFFERENT, CRASHED):
            kept = keep / f"{seed}"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            reasons = (*reasons, f"kept in {kept}")
    return Result(Path(f"random/{seed}"), "KFP v1", outcome, reasons)


def in_folder(seed: int, engine: str, folder: Path) -> tuple[str, tuple[str, ...]]:
    """The outcome of a seed, whose files are written to a folder."""
    shared, python = shared_folder(), os.environ.get("TRANSLATOR_KFP1_PYTHON", "")
    assert shared is not None
    path, spec = folder / "pipeline.yaml", folder / "back.yaml"
    made = [python, str(shared / "tools/gen_v1.py"), str(seed), str(path)]
    if subprocess.run(made, capture_output=True, check=False).returncode or not path.exists():
        return INVALID, ("kfp 1.8 cannot compile it",)
    try:
        reading = translator.api.decide(translator.load(path), "vertex")
        translator.render(reading, "vertex")
    except translator.TranslationError as error:
        return REFUSED, tuple(one.rule.code for one in error.diagnostics)
    assert reading.decided is not None
    back, reason = attempt(ENGINES[engine], TARGET.in_python(reading.decided.pipeline), path)
    if back is None:
        return reason
    spec.write_text(with_own_folders(back, folder), "utf-8")
    status, first = trace("argo_run.py", path, folder / "workflow.trace")
    other, second = trace("ir_run.py", spec, folder / "back.trace")
    if 3 in (status, other):
        return INVALID, ("outside of the tools",)
    reasons = [f"exit status {status} and {other}"] if status != other else []
    reasons += ["tasks ran with other inputs or not as often"] if first != second else []
    return DIFFERENT if reasons else IDENTICAL, tuple(reasons)


def with_own_folders(spec: str, folder: Path) -> str:
    """The pipeline spec with the files of its containers in ``folder``."""
    for one in CONTAINER_FOLDERS:
        spec = spec.replace(one, f"{folder}{one}")
    return spec


# The command


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 if a pipeline is another one or the decompiler fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=["ir", "v1", "random"])
    parser.add_argument("given", nargs="+", help="files and folders; for `random` a number")
    parser.add_argument("--every", type=int, default=1, help="take one of so many files")
    parser.add_argument("--first", type=int, default=0, help="the first seed of `random`")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "python_back"))
    parser.add_argument("--engine", choices=[*ENGINES], default="decompiler")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="a line for each file")
    chosen = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    if chosen.kind == "random":
        seeds = range(chosen.first, chosen.first + int(chosen.given[0]))
        paths = [Path(str(seed)) for seed in seeds]
        work = functools.partial(_of_seed_path, engine=chosen.engine, keep=chosen.keep)
    else:
        paths = files(map(Path, chosen.given), chosen.every)
        work = functools.partial(of_ir if chosen.kind == "ir" else of_v1, engine=chosen.engine)
    done = []
    for one in results(work, paths, chosen.jobs):
        done.append(one)
        if chosen.list:
            flat = ["ir_flat differs"] if one.flat_functions is False else []
            print(one.outcome, one.path, *flat, *one.reasons[:4], sep="\t", flush=True)
    print(*table(done), sep="\n")
    return int(
        any(one.outcome in (DIFFERENT, CRASHED) or one.flat_functions is False for one in done)
    )


def _of_seed_path(path: Path, engine: str, keep: Path) -> Result:
    return of_seed(int(path.name), engine, keep)


if __name__ == "__main__":
    sys.exit(main())
