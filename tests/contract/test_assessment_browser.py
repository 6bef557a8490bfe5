"""Assessments in Chromium: nothing is loaded or run, and they fit into narrow windows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.browser import PROGRAM, Browser
from tests.unit.kfp_files import flow_of, spec
from translator.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]
V1 = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"
HOSTILE = "</td></table><script>document.title='no'</script><img src=http://x/y onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assessment of a pipeline of each grade, one of them with hostile text."""
    top = tmp_path_factory.mktemp("assessment")
    (top / "in").mkdir()
    (top / "in/v1.yaml").write_text(V1.read_text("utf-8"), "utf-8")
    (top / "in/clean.yaml").write_text(flow_of(spec()))
    tasks = {HOSTILE: {"componentRef": {"name": HOSTILE}, "taskInfo": {"name": HOSTILE}}}
    (top / "in/hostile.yaml").write_text(json.dumps(spec(root={"dag": {"tasks": tasks}})))
    words = ["assess", str(top / "in"), "--format", "html", "-o", str(top / "page.html")]
    assert CliRunner().invoke(main, words).exit_code == 0
    return top / "page.html"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1600])
def test_nothing_is_loaded(browser: Browser, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width, dark=dark)
    assert browser.requests == [page.as_uri()]
    assert browser.errors == []
    assert browser.value("document.title") == "Assessment for Vertex AI"
    assert browser.value("document.querySelectorAll('script, img').length") == 0
    assert browser.value(f"document.body.textContent.includes({json.dumps(HOSTILE)})")
    # Wide tables scroll inside their region.
    assert browser.value("document.documentElement.scrollWidth <= window.innerWidth")
    # The style sheet of the page is applied, so its policy allows it.
    assert browser.value("getComputedStyle(document.querySelector('nav ul')).display") == "flex"


def test_colours_are_readable(browser: Browser, page: Path) -> None:
    """A contrast of 4.5 to 1, by the formula of WCAG 2."""
    program = """
    (() => {
      const light = c => {
        const [r, g, b] = c.match(/[0-9.]+/g).map(n => n / 255)
          .map(n => n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const canvas = document.createElement('div');
      canvas.style.setProperty('background-color', 'Canvas');
      document.body.append(canvas);
      const back = light(getComputedStyle(canvas).backgroundColor);
      return [...document.querySelectorAll('td.clean, td.decisions, td.blocked, a, th')].map(e => {
        const front = light(getComputedStyle(e).color);
        return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      });
    })()
    """
    for dark in (False, True):
        browser.open(page, dark=dark)
        found = browser.value(program)
        assert len(found) > 10 and min(found) >= 4.5


def test_tables_are_reached_by_keyboard(browser: Browser, page: Path) -> None:
    browser.open(page)
    reached = set()
    for _ in range(30):
        browser.press("Tab")
        reached.add(browser.value("document.activeElement.tagName"))
    assert {"A", "DIV"} <= reached
