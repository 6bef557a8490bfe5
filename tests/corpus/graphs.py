"""Graphs of pipelines, read by the programs they are for.

``python tests/corpus/graphs.py [--mermaid mermaid.min.js] FILE_OR_FOLDER...`` draws each file in
all formats. Graphviz reads DOT, and mermaid (``npm install mermaid``) in Chromium reads Mermaid.
The exit status is 1 if one of them reports an error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

from tests.browser import Browser
from translator import TranslationError, api
from translator.graph import graph
from translator.graph.drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PAGE = """<!doctype html><meta charset="utf-8"><script src="{script}"></script><script>
const texts = {texts};
async function run() {{
  const found = [];
  for (const [name, text] of Object.entries(texts))
    try {{ await mermaid.parse(text); }}
    catch (error) {{ found.push(name + ': ' + error.message); }}
  return found;
}}
</script>"""


def drawn(paths: Iterable[Path]) -> dict[str, dict[str, str]]:
    """File → format → graph, of the files that contain a pipeline."""
    graphs = {}
    for path in paths:
        try:
            survey = api.survey(path)
        except TranslationError:
            continue
        picture = drawing(survey.outline, survey.pipeline.name)
        graphs[str(path)] = {form: graph(picture, form) for form in ("mermaid", "dot", "svg")}
    return graphs


def dot_errors(texts: dict[str, str]) -> Iterator[str]:
    """What Graphviz reports."""
    for name, text in texts.items():
        done = subprocess.run(
            ["dot", "-Tcanon"], input=text, capture_output=True, text=True, check=False
        )
        if done.returncode or done.stderr:
            yield f"{name}: {done.stderr.strip()}"


def mermaid_errors(texts: dict[str, str], script: Path) -> list[str]:
    """What mermaid reports."""
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        page = Path(folder, "page.html")
        given = json.dumps(texts).replace("</", "<\\/")
        page.write_text(_PAGE.format(script=script.resolve().as_uri(), texts=given), "utf-8")
        browser.open(page)
        found: list[str] = browser.value("run()")
    return found


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in folders."""
    for path in paths:
        yield from sorted(path.rglob("*.*")) if path.is_dir() else [path]


def main() -> int:
    """Runs the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mermaid", type=Path, help="mermaid.min.js of the package mermaid")
    parser.add_argument("paths", nargs="+", type=Path)
    given = parser.parse_args()
    kinds = (".yaml", ".yml", ".json")
    graphs = drawn(path for path in files(given.paths) if path.suffix in kinds)
    by_form = {
        form: {name: one[form] for name, one in graphs.items()} for form in ("dot", "mermaid")
    }
    for one in graphs.values():
        ET.fromstring(one["svg"])
    found = list(dot_errors(by_form["dot"])) if shutil.which("dot") else []
    if given.mermaid:
        found += mermaid_errors(by_form["mermaid"], given.mermaid)
    print(f"{len(graphs)} graphs, {len(found)} errors", *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
