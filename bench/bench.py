"""What a translation costs, as ratios of two things measured side by side in one run.

python bench/bench.py [--seed FILE] [--quick] [--against REVISION]

Exit status 1 when a limit is passed. Seconds depend on the machine and on what else it does;
ratios of interleaved runs do so much less.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from big_workflow import repeated_until, repeated_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT.parent / "shared/corpus/v1/seed/pytorch_cifar10.yaml"
EXAMPLE = ROOT / "examples/train/pipeline_v1.yaml"
BIG_MEGABYTES = 18

#: What any tool of this kind has to load.
IMPORTS = "import yaml, jinja2, click"
#: libyaml reading the file and making nothing of it.
BARE_PARSE = """
import sys, yaml
with open(sys.argv[1], "rb") as file:
    for event in yaml.parse(file, Loader=yaml.CBaseLoader):
        pass
"""
#: The median of several conversions in one process, after one to warm up.
CONVERT_AGAIN = """
import statistics, sys, time
from translator import api
from translator.cli.work import without_collection
warm_up, path, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
api.translate(warm_up, "vertex")
taken = []
for _ in range(times):
    start = time.perf_counter()
    with without_collection():
        api.translate(path, "vertex")
    taken.append(time.perf_counter() - start)
print(statistics.median(taken))
"""
#: Runs a program given after it; prints seconds, peak memory and what came of it as JSON.
MEASURED = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([seconds, peak, done.returncode, done.stdout[-99:], done.stderr[-2000:]]))
"""


class Run(NamedTuple):
    """One run of a program."""

    seconds: float
    megabytes: float
    printed: str


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    value: float
    limit: float
    unit: str = "x"

    @property
    def ok(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


def main() -> int:
    """Measure, print the table, and give the exit status."""
    options = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            *_start_up(options.seed, folder, runs=5 if options.quick else 21),
            *_big_file(options.seed, folder, runs=1 if options.quick else 3),
            *_time_per_task(options.seed, folder, runs=1 if options.quick else 3),
        ]
        if options.against:
            rows += _against(options.against, options.seed, folder, 5 if options.quick else 21)
    print(_table(rows))
    return 0 if all(row.ok for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what a translation costs.")
    parser.add_argument(
        "--seed",
        type=Path,
        default=SEED if SEED.exists() else EXAMPLE,
        help="the KFP v1 file to convert and to repeat (default: %(default)s)",
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs, rougher numbers")
    parser.add_argument("--against", metavar="REVISION", help="compare with the code of then")
    options = parser.parse_args()
    options.seed = options.seed.resolve()
    return options


def _start_up(seed: Path, folder: Path, runs: int) -> list[Row]:
    help_command = [sys.executable, "-m", "translator", "--help"]
    imports, help_, converted = _interleaved(
        [[sys.executable, "-c", IMPORTS], help_command, _convert(seed, folder / "out")], runs
    )
    base = _median(imports)
    return [
        _ratio("--help / import yaml, jinja2, click", _median(help_), base, 1.2),
        _ratio(f"convert {seed.name} / the same", _median(converted), base, 1.6),
    ]


def _convert(path: Path, output: Path) -> list[str]:
    """The command. It alone keeps the garbage collector from looking at what it builds."""
    command = [sys.executable, "-m", "translator", "convert", str(path), "--to", "vertex"]
    return [*command, "--force", "-o", str(output)]


def _big_file(seed: Path, folder: Path, runs: int) -> list[Row]:
    big = folder / "big.yaml"
    text = repeated_until(seed, BIG_MEGABYTES * 1_000_000)
    big.write_text(text, "utf-8")
    parsed, converted = _interleaved(
        [
            [sys.executable, "-c", BARE_PARSE, str(big)],
            _convert(big, folder / "big"),
        ],
        runs,
    )
    size = f"{len(text) / 1e6:.1f} MB"
    peak = max(run.megabytes for run in converted)
    return [
        _ratio(f"convert {size} / bare event parse", _median(converted), _median(parsed), 8),
        Row(f"convert {size}, peak memory", "", peak, 350, " MB"),
    ]


def _time_per_task(seed: Path, folder: Path, runs: int) -> list[Row]:
    # Tasks are added for metrics, and a run has 10,000 at most.
    counts = (100, 1_000, 8_000)
    commands = []
    for count in counts:
        path = folder / f"tasks{count}.yaml"
        path.write_text(repeated_workflow(seed, tasks=count), "utf-8")
        times = str(max(1, 2_000 // count))
        warm_up = str(folder / f"tasks{counts[0]}.yaml")
        commands.append([sys.executable, "-c", CONVERT_AGAIN, warm_up, str(path), times])
    per_task = [
        statistics.median(float(run.printed) for run in taken) / count * 1000
        for taken, count in zip(_interleaved(commands, runs), counts, strict=True)
    ]
    measured = ", ".join(
        f"{count:,}: {spent:.2f} ms" for count, spent in zip(counts, per_task, strict=True)
    )
    return [Row("time per task, slowest / fastest", measured, max(per_task) / min(per_task), 1.5)]


def _against(revision: str, seed: Path, folder: Path, runs: int) -> list[Row]:
    """What converting costs now and what it did cost, for each target."""
    old = folder / "old"
    archive = ["git", "-C", str(ROOT), "archive", revision, "translator", "templates"]
    with tarfile.open(fileobj=io.BytesIO(subprocess.check_output(archive))) as files:
        files.extractall(old)
    rows = []
    for to in ("vertex", "kubeflow"):
        convert = ["-m", "translator", "convert", str(seed), "--to", to, "--force", "-o"]
        commands = [
            ["env", f"PYTHONPATH={code}", sys.executable, *convert, str(folder / f"{name}-{to}")]
            for name, code in (("new", ROOT), ("old", old))
        ]
        now, then = (_median(taken) for taken in _interleaved(commands, runs))
        rows.append(_ratio(f"convert for {to} / the same at {revision}", now, then, 1.15))
    return rows


def _interleaved(commands: Sequence[list[str]], runs: int) -> list[list[Run]]:
    """The runs of each command, taken in turns; one more at the start, for the caches."""
    taken: list[list[Run]] = [[] for _ in commands]
    for turn in range(runs + 1 if runs > 1 else 1):
        for runs_of_it, command in zip(taken, commands, strict=True):
            run = _run(command)
            if turn or runs == 1:
                runs_of_it.append(run)
    return taken


def _run(command: list[str]) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # As installed: pip compiles the packages that ours is measured against.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=os.sep,  # what is in the folder would be imported first
    )
    seconds, peak, status, printed, errors = json.loads(done.stdout)
    if status:
        sys.exit(f"{' '.join(command)} ended with {status}\n{errors}")
    # Linux counts in kilobytes, macOS in bytes.
    return Run(seconds, peak / (1e6 if sys.platform == "darwin" else 1e3), printed)


def _median(runs: list[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def _ratio(what: str, seconds: float, base: float, limit: float) -> Row:
    return Row(what, f"{seconds:.3f} s / {base:.3f} s", seconds / base, limit)


def _table(rows: list[Row]) -> str:
    cells = [
        (
            row.what,
            row.measured,
            f"{row.value:.2f}{row.unit}" if row.unit == "x" else f"{row.value:.0f}{row.unit}",
            f"at most {row.limit:g}{row.unit}",
            "ok" if row.ok else "OVER",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


if __name__ == "__main__":
    sys.exit(main())
