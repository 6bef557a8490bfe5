"""examples/notebook.ipynb runs, and results show themselves in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import translator

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def outputs() -> list[list[dict[str, Any]]]:
    """The outputs of the cells of code."""
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    where = {"metadata": {"path": str(EXAMPLES)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=where).execute()
    return [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def html(outputs: list[dict[str, Any]]) -> str:
    return "".join(str(one["data"]["text/html"]) for one in outputs if "data" in one)


def test_it_is_stored_without_outputs() -> None:
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


def test_results_show_themselves(outputs: list[list[dict[str, Any]]]) -> None:
    reading, findings, bundle, script = outputs
    assert "<svg" in html(reading)
    assert "Penguin training pipeline" in html(reading)
    assert "TR301" in findings[0]["text"]
    assert "main.py, " in html(bundle)
    assert "<svg" in html(bundle)
    assert "SETTINGS" in script[0]["text"]


def test_without_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphlay", None)
    shown = translator.load(EXAMPLES / "hello/pipeline.yaml")._repr_html_()
    assert "<svg" not in shown
    assert "graphlay" in shown


def test_texts_are_escaped() -> None:
    text = (EXAMPLES / "hello/pipeline.yaml").read_text("utf-8")
    name = translator.load_text(text).pipeline.name
    hostile = text.replace(f"name: {name}", "name: '<script>x</script>'", 1)
    assert "<script" not in translator.load_text(hostile)._repr_html_()
