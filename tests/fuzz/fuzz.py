"""Coverage-guided fuzzing of the translator with atheris, which the extra ``fuzz`` installs.

``python -m tests.fuzz.fuzz [--seconds N] [--folder DIR] [TARGET...]`` runs each target for so long,
one after the other, and tells what was found; the exit status is 1 if anything was. ``python -m
tests.fuzz.fuzz --replay FILE TARGET`` looks at one input again, without atheris.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import pkgutil
import random
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

ROOT = Path(__file__).parents[2]
TARGETS = ("source", "reader", "whole")
#: Bytes of an input: enough for a pipeline of a dozen tasks, and small enough to try many.
MAX_BYTES = 48_000
#: Files of the shared corpus that are taken as seeds; the smallest ones, spread over the folders.
SEEDS = 300
#: Limits of one input that libFuzzer watches itself.
HARD_SECONDS, MEGABYTES = 60, 1024


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the translator.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="source, reader or whole")
    parser.add_argument("--seconds", type=int, default=300, help="for each target")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="look at one input again")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    targets = asked.targets or list(TARGETS)
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}")
    if asked.replay:
        return _replay(asked.replay, targets)
    if asked.inside:
        _fuzz(targets[0], asked.seconds, asked.folder)
    failures = [_run(target, asked.seconds, asked.folder) for target in targets]
    return int(any(failures))


def _replay(path: Path, targets: list[str]) -> int:
    from tests.fuzz.laws import LAWS

    for target in targets:
        LAWS[target](path.read_bytes())
    return 0


def _run(target: str, seconds: int, folder: Path) -> bool:
    """Fuzzes one target in a process of its own. Whether it found anything."""
    findings = folder / "findings" / target
    (folder / "corpus" / target).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(findings, ignore_errors=True)
    findings.mkdir(parents=True)
    log = folder / f"{target}.log"
    words = [sys.executable, "-m", "tests.fuzz.fuzz", "--inside", "--seconds", str(seconds)]
    print(f"{target}: {seconds} seconds, log in {log} ...", flush=True)
    with log.open("wb") as stream:
        command = [*words, "--folder", str(folder), target]
        status = subprocess.run(command, cwd=ROOT, stdout=stream, stderr=stream).returncode
    print(f"{target}: {_figures(log.read_text('utf-8', 'replace'))}")
    found = sorted(path for path in findings.iterdir() if path.suffix != ".txt")
    for path in found:
        told = path.with_suffix(".txt")
        last = told.read_text("utf-8").strip().splitlines()[-1] if told.exists() else "see the log"
        print(f"  {path}: {last:.200}")
    if status and not found:
        print(f"  ended with status {status}; see the log")
    return bool(found) or bool(status)


def _figures(log: str) -> str:
    last = re.findall(r"^#(\d+)\s+\w+ +cov: (\d+) ft: (\d+) corp: (\d+)", log, re.MULTILINE)[-1:]
    done = re.findall(r"^Done (\d+) runs in (\d+) second", log, re.MULTILINE)[-1:]
    text = ", ".join(f"cov {cov}, features {ft}, corpus {corp}" for _, cov, ft, corp in last)
    runs = done or [(runs, "?") for runs, *_ in last]
    return ", ".join([*(f"{runs} execs in {took} s" for runs, took in runs), text])


def _fuzz(target: str, seconds: int, folder: Path) -> NoReturn:
    import atheris

    with atheris.instrument_imports(include=["translator"]):
        _import_all()
    from tests.fuzz.laws import LAWS

    corpus = folder / "corpus" / target
    for name, content in _seeds():
        (corpus / name).write_bytes(content)
    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}",
        f"-timeout={HARD_SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={folder / 'findings' / target}/",
        "-report_slow_units=5",
        "-len_control=0",
        str(corpus),
    ]
    own = {} if target == "source" else {"custom_mutator": _mutator(), "custom_crossover": _cross()}
    atheris.Setup(arguments, _kept(LAWS[target], folder / "findings" / target), **own)
    atheris.Fuzz()
    raise SystemExit  # it does not come back


def _import_all() -> None:
    import translator

    for module in pkgutil.walk_packages(translator.__path__, "translator."):
        if not module.name.startswith(("translator.templates", "translator.__main__")):
            importlib.import_module(module.name)


def _seeds() -> Iterator[tuple[str, bytes]]:
    """Files to begin with: ours, the examples, and of the shared corpus, where it is there."""
    from tests.conftest import shared_folder

    ours = [*Path(__file__).with_name("seeds").iterdir(), *ROOT.glob("examples/*/*.yaml")]
    shared = shared_folder()
    others = [] if shared is None else [*shared.glob("corpus/v[12]/**/*.yaml")]
    others += [] if shared is None else [*shared.glob("corpus/v[12]/**/*.json")]
    small = [path for path in others if path.stat().st_size < MAX_BYTES]
    chosen = random.Random(0).sample(sorted(small), min(SEEDS, len(small)))
    for path in [*ours, *chosen]:
        content = path.read_bytes()
        yield hashlib.sha1(content).hexdigest(), content


def _mutator() -> Callable[[bytes, int, int], bytes]:
    import atheris

    from tests.fuzz.trees import mutated

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        if seed % 20:
            try:
                return mutated(data, max_size, seed)
            except Exception:
                pass  # it is no tree any more
        return bytes(atheris.Mutate(data, len(data)))

    return mutate


def _cross() -> Callable[[bytes, bytes, int, int], bytes]:
    from tests.fuzz.trees import crossed

    def cross(data: bytes, other: bytes, max_size: int, seed: int) -> bytes:
        try:
            return crossed(data, other, max_size, seed)
        except Exception:
            return data

    return cross


def _kept(law: Callable[[bytes], None], findings: Path) -> Callable[[bytes], None]:
    """The law, but what breaks it is put aside, one of each kind, and fuzzing goes on."""
    sizes: dict[str, int] = {}

    def look(data: bytes) -> None:
        try:
            law(data)
        except Exception as error:
            kind = _kind(error)
            if len(data) < sizes.get(kind, sys.maxsize):
                sizes[kind] = len(data)
                (findings / kind).write_bytes(data)
                (findings / f"{kind}.txt").write_text(
                    "".join(traceback.format_exception(error)), "utf-8", "backslashreplace"
                )

    return look


def _kind(error: Exception) -> str:
    """The same for what goes wrong at the same place."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "translator" in frame.filename] or frames
    last = ours[-1]
    place = f"{Path(last.filename).stem}-{last.name.strip('<>')}-{last.lineno}"
    words = str(error)[:40] if isinstance(error, AssertionError) else ""
    return re.sub(r"\W+", "-", f"{type(error).__name__}-{place}-{words}").strip("-")


if __name__ == "__main__":
    raise SystemExit(main())
