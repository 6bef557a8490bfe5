"""Screenshots of dossiers for the pages in docs: ``python -m tests.pictures``.

They are taken with Chromium. Two of the pipelines are in the shared corpus, in the folder that
``TRANSLATOR_SHARED`` names.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from translator.cli import main

if TYPE_CHECKING:
    from tests.browser import Browser

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs/pictures"
#: A picture is smaller than this, in bytes.
LARGEST = 200_000
#: A picture → its source in the corpus.
CORPUS = {
    "report-cifar10.png": "corpus/v1/seed/pytorch_cifar10.yaml",
    "report-loops.png": "corpus/v2/kfp2/pipeline_with_loops_and_conditions.yaml",
}

STAGES = ("load", "clean", "features", "train", "evaluate")


def stages(shards: int = 39) -> str:
    """A KFP v1 workflow with five stages of so many tasks each, and a task after every stage.

    By default it has 200 tasks.
    """
    tasks: list[dict[str, Any]] = []
    before: list[str] = []
    for stage in STAGES:
        names = [f"{stage}-{number:02}" for number in range(1, shards + 1)]
        tasks += [{"name": name, "template": "work", "dependencies": before[-1:]} for name in names]
        tasks.append({"name": f"merge-{stage}", "template": "work", "dependencies": names})
        before = [f"merge-{stage}"]
    work = {"name": "work", "container": {"image": "alpine:3.20", "command": ["echo", "done"]}}
    main_dag = {"name": "main", "dag": {"tasks": tasks}}
    return json.dumps(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": "two-hundred-tasks-"},
            "spec": {"entrypoint": "main", "templates": [main_dag, work]},
        },
        indent=1,
    )


def take(browser: Browser, source: Path, picture: Path) -> None:
    """Writes a picture of the top of the dossier of a pipeline."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "REPORT.html")
        done = CliRunner().invoke(main, ["report", str(source), "-o", str(page)])
        assert page.exists(), done.output
        browser.open(page, height=900)
        browser.shot(picture)
    assert picture.stat().st_size < LARGEST, picture


def take_all() -> None:
    """Writes all pictures."""
    from tests.browser import Browser

    shared = Path(os.environ["TRANSLATOR_SHARED"])
    PICTURES.mkdir(exist_ok=True)
    with Browser() as browser, tempfile.TemporaryDirectory() as folder:
        many = Path(folder, "two_hundred_tasks.json")
        many.write_text(stages(), "utf-8")
        for name, source in CORPUS.items():
            take(browser, shared / source, PICTURES / name)
        take(browser, many, PICTURES / "report-200-tasks.png")
        take(browser, ROOT / "examples/train/pipeline_v1.yaml", PICTURES / "report.png")


if __name__ == "__main__":
    take_all()
