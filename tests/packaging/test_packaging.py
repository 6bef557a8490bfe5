"""However it is installed, the command works from anywhere and finds its templates and pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

PIPELINE = """\
pipelineInfo:
  name: hello
root:
  dag:
    tasks:
      say:
        taskInfo:
          name: say
        componentRef:
          name: comp-say
components:
  comp-say:
    executorLabel: exec-say
deploymentSpec:
  executors:
    exec-say:
      container:
        image: python:3.11
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""
BUNDLES = {
    "vertex": {
        *("REPORT.md", "main.py", "pipeline.yaml", "requirements.txt"),
        *("pipeline_inputs.py", "script_support.py", "vertex_runner.py"),
    },
    "kubeflow": {
        *("REPORT.md", "submit.py", "pipeline.yaml", "requirements.txt"),
        *("pipeline_inputs.py", "script_support.py"),
        "kubeflow_runner.py",
    },
}


def run(*command: str | Path, **environment: str) -> str:
    """What the command prints on stdout, run from the top folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd="/",
        env={**env, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_environment(folder: Path) -> Path:
    """The interpreter of a virtual environment that has nothing but pip."""
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin" / "python"


def installed(folder: Path, *what: str | Path) -> Path:
    python = fresh_environment(folder)
    run(python, "-m", "pip", "install", "--quiet", *what)
    return python


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that building leaves nothing in it."""
    kept_out = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "tests", "bench"
    )
    return Path(
        shutil.copytree(ROOT, tmp_path_factory.mktemp("source") / "checkout", ignore=kept_out)
    )


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, source)
    return folder


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    path = tmp_path / "hello.yaml"
    path.write_text(PIPELINE)
    return path


def check(pipeline: Path, *command: str | Path, **environment: str) -> None:
    """The command converts for both targets, and shows a page."""
    for target, expected in BUNDLES.items():
        folder = pipeline.parent / target
        run(*command, "convert", pipeline, "--to", target, "-o", folder, **environment)
        assert {path.name for path in folder.iterdir()} - {".translator.json"} == expected
    assert "## Reported" in run(*command, "explain", "TR103", **environment)


def test_wheel(built: Path, pipeline: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    python = installed(tmp_path / "venv", wheel)
    check(pipeline, python, "-m", "translator")
    check(pipeline, python.with_name("translator"))
    # Run by name the two say their name alike.
    assert "Usage: translator " in run(python, "-m", "translator", "--help")
    run(python, "-c", "import translator.templates")
    run(python, "-m", "pip", "check")


def test_sdist(built: Path, pipeline: Path, tmp_path: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    python = installed(tmp_path / "venv", sdist)
    check(pipeline, python.with_name("translator"))


def test_editable(source: Path, pipeline: Path, tmp_path: Path) -> None:
    python = installed(tmp_path / "venv", "--editable", source)
    check(pipeline, python.with_name("translator"))


def test_plain_checkout(source: Path, pipeline: Path, tmp_path: Path) -> None:
    python = installed(tmp_path / "venv", "click", "jinja2", "pyyaml")
    check(pipeline, python, "-m", "translator", PYTHONPATH=str(source))


def test_wheel_as_zip(built: Path, pipeline: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    python = installed(tmp_path / "venv", "click", "jinja2", "pyyaml")
    check(pipeline, python, "-m", "translator", PYTHONPATH=str(wheel))


def test_what_is_in_the_wheel(source: Path, built: Path) -> None:
    """Every module, template and page; nothing beside the package."""
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / "translator").rglob("*")
        if path.suffix in (".py", ".md", ".typed", ".json")
    }
    templates = {
        f"translator/{path.relative_to(source).as_posix()}"
        for path in (source / "templates").rglob("*.*")
        if path.suffix in (".j2", ".py")
    }
    assert templates
    assert inside == expected | templates


def test_what_is_in_the_sdist(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.cfg", "pyproject.toml", "translator/py.typed"} <= names
    assert {
        f"templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*.*")
        if path.suffix in (".j2", ".py")
    } <= names


def test_the_metadata_name_authors_and_license(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    assert any(name.endswith("/LICENSE") for name in names)
    assert "Author: The kfp-translator authors" in lines
    assert "# kfp-translator" in lines
    assert {"License: Apache-2.0", "License-Expression: Apache-2.0"} & set(lines)


@pytest.mark.parametrize("address", ["", "https://example.com/kfp-translator"])
def test_links_of_the_long_description(source: Path, tmp_path: Path, address: str) -> None:
    """Absolute, and to a file of the repository, if it has an address; else as in README.md."""
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(source / name, tmp_path)
    for name in ("translator", "templates"):
        shutil.copytree(source / name, tmp_path / name)
    if address:
        settings = tmp_path / "setup.cfg"
        settings.write_text(
            settings.read_text("utf-8").replace("[metadata]\n", f"[metadata]\nurl = {address}\n")
        )
    subprocess.run(
        [sys.executable, "setup.py", "-q", "egg_info"], cwd=tmp_path, check=True, env={**os.environ}
    )
    text = (tmp_path / "kfp_translator.egg-info/PKG-INFO").read_text("utf-8")
    links = re.findall(r"(!?)\[[^]]*\]\(([^)]+)\)", text)
    own = re.findall(r"(!?)\[[^]]*\]\(([^)]+)\)", (source / "README.md").read_text("utf-8"))
    assert len(links) == len(own) > 10
    if not address:
        assert links == own
        return
    for picture, link in links:
        start = f"{address}/{'raw' if picture else 'blob'}/HEAD/"
        assert link.startswith(start)
        assert (ROOT / link.removeprefix(start).partition("#")[0]).exists(), link
