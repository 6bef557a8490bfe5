"""Several processes find what one finds, in the same order."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import translator
from tests.unit.kfp_files import spec, text_of

ROOT = Path(__file__).parents[2]
PIPELINE = text_of(spec())
ODD = PIPELINE + "oddField: 1\n"
V1 = (ROOT / "examples/train/pipeline_v1.yaml").read_text()


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipelines of all kinds, and others."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    texts = {"good": PIPELINE, "odd": ODD, "broken": "a: [", "v1": V1, "other": "a: 1\n"}
    for number in range(4):
        for name, text in texts.items():
            Path(f"in/{number}-{name}.yaml").write_text(text)
    Path("in/component.yaml").write_text("implementation: {container: {image: a}}\n")
    Path("in/nowhere.yaml").symlink_to("gone")


def program(before: str, *arguments: str) -> list[str]:
    """The command, after some statements; ``first`` is the id of the first process."""
    code = f"import os, sys, time\nfirst = os.getpid()\n{before}\n"
    code += "from translator.cli import main\nmain(prog_name='translator')"
    return [sys.executable, "-c", code, *arguments]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(before, *arguments), capture_output=True, text=True, env=ENVIRONMENT, timeout=120
    )


def written() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


def remove(folder: str) -> None:
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_the_output_is_the_same(form: str, to: str) -> None:
    options = ("--to", to, "--format", form, "-v")
    one = run("check", "in", *options, "--jobs", "1")
    assert one.returncode == 1
    several = run("check", "in", *options, "--jobs", "3")
    assert (several.returncode, several.stdout, several.stderr) == (1, one.stdout, one.stderr)


def test_the_bundles_are_the_same() -> None:
    options = ("convert", "in", "-o", "out", "--format", "json", "--ignore", "TR103")
    one = run(*options, "--jobs", "1")
    expected = written()
    assert len(expected) > 30
    remove("out")
    several = run(*options, "-j", "2")
    assert (several.returncode, several.stdout, several.stderr) == (1, one.stdout, one.stderr)
    assert written() == expected


@pytest.mark.parametrize(
    ("files", "cores", "jobs", "processes"),
    [
        *[(3, 8, None, 1), (15, 8, None, 1), (16, 8, None, 2), (90, 4, None, 4), (90, 1, None, 1)],
        *[(90, 4, 1, 1), (3, 1, 2, 2), (3, 8, 90, 3), (1, 8, 4, 1)],
    ],
)
def test_how_many_processes(
    files: int, cores: int, jobs: int | None, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    from translator.cli import check, work
    from translator.cli.inputs import Input

    started = []

    def in_processes(_: Any, given: list[Input], jobs: int) -> Any:
        started.append(jobs)
        return iter([(work.Outcome([]), ()) for _ in given])

    monkeypatch.setattr(work, "_in_processes", in_processes)
    monkeypatch.setattr(work, "_cores", lambda: cores)
    given = [Input(str(number), "") for number in range(files)]
    context = click.Context(check.check)
    done = list(work.outcomes(context, lambda one: work.Outcome([]), given, jobs))
    assert [one for one, _ in done] == given
    assert started == [processes] * (processes > 1)


def test_few_files_load_nothing_of_it() -> None:
    before = "import atexit\natexit.register(lambda: print(*sys.modules))"
    result = run("check", "in/0-good.yaml", "in/1-good.yaml", before=before)
    modules = result.stdout.split()
    assert "translator.cli.work" in modules
    assert not {"concurrent.futures", "multiprocessing"} & {*modules}


BREAKS = """
from translator.readers import kfp_spec
read = kfp_spec.read
def breaks(source):
    if "2-good" in source.documents[0].origin.file: raise KeyError("a mistake")
    return read(source)
kfp_spec.read = breaks
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other processes have their own modules")
def test_an_internal_error_is_that_of_one_file() -> None:
    options = ("convert", "in", "-o", "out", "--to", "vertex")
    one = run(*options, "--jobs", "1", before=BREAKS)
    assert "in/2-good.yaml: error[TR901]" in one.stderr
    assert one.returncode == 3
    expected = written()
    remove("out")
    several = run(*options, "--jobs", "3", before=BREAKS)
    assert (several.returncode, several.stdout, several.stderr) == (3, one.stdout, one.stderr)
    assert written() == expected


ENDS = """
from translator.readers import kfp_spec
read = kfp_spec.read
def ends(source):
    if os.getpid() != first and "2-" in source.documents[0].origin.file: os.kill(os.getpid(), 9)
    return read(source)
kfp_spec.read = ends
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other processes have their own modules")
def test_a_process_that_the_system_ends() -> None:
    """As it does where memory is short. The first process does the rest."""
    one = run("check", "in", "--jobs", "1")
    several = run("check", "in", "--jobs", "3", before=ENDS)
    assert (several.returncode, several.stdout, several.stderr) == (1, one.stdout, one.stderr)


SLEEPS = """
from translator.readers import kfp_spec
def sleeps(source):
    if os.getpid() != first:
        os.write(1, b"sleeping\\n")
        time.sleep(600)
read = kfp_spec.read
kfp_spec.read = lambda source: sleeps(source) or read(source)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other processes have their own modules")
def test_an_interrupt_ends_all_of_them() -> None:
    arguments = ("check", *(f"in/{number}-good.yaml" for number in range(4)), "--jobs", "2")
    # Where the tests run in the background, interrupts are ignored, and that is inherited.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    with subprocess.Popen(
        program(heard + SLEEPS, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        start_new_session=True,
    ) as process:
        assert process.stdout
        try:
            for _ in range(2):
                assert process.stdout.readline() == b"sleeping\n"
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            _, errors = process.communicate(timeout=60)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert errors == b"\nAborted!\n"
        assert process.returncode == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_the_library_leaves_the_collector_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object) -> None:
        raise AssertionError("the garbage collector was touched")

    for name in ("disable", "enable", "freeze", "collect", "set_threshold"):
        monkeypatch.setattr(gc, name, touched)
    translator.load("in/0-v1.yaml")
    translator.translate("in/0-good.yaml", "vertex")
