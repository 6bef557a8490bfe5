"""Dossiers in Chromium: nothing is loaded, and every task can be opened by mouse and keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.browser import PROGRAM, Browser
from tests.pictures import stages
from translator.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]
TRAIN = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"
HOSTILE = (
    "</pre></style><script>document.title='no'</script><img src=http://x/y onerror=alert(1)>'\"&"
)


def workflow(count: int, title: str = "") -> str:
    """A KFP v1 workflow with so many tasks."""
    tasks = [
        {
            "name": f"t{number}",
            "template": "say",
            "dependencies": [f"t{number // 2}"] if number else [],
        }
        for number in range(count)
    ]
    annotations = {"pipelines.kubeflow.org/task_display_name": title} if title else {}
    say = {
        "name": "say",
        "metadata": {"annotations": annotations},
        "container": {"image": "alpine:3.20", "command": ["echo", title]},
    }
    main_dag = {"name": "main", "dag": {"tasks": tasks}}
    return json.dumps(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": "flow-"},
            "spec": {"entrypoint": "main", "templates": [main_dag, say]},
        }
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


@pytest.fixture(params=["train", "seed", "loops", "many", "hostile"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The dossier of a pipeline."""
    source = tmp_path / "pipeline.json"
    if request.param == "train":
        source = TRAIN
    elif request.param in ("seed", "loops"):
        shared = request.getfixturevalue("shared")
        (source,) = (shared / "corpus").glob(
            "v1/seed/*.yaml"
            if request.param == "seed"
            else "v2/kfp2/pipeline_with_loops_and_conditions.yaml"
        )
    elif request.param == "many":
        source.write_text(stages())
    else:
        source.write_text(workflow(3, HOSTILE))
    target = tmp_path / "REPORT.html"
    done = CliRunner().invoke(main, ["report", str(source), "-o", str(target)])
    assert target.exists(), done.output
    return target


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("dark", [False, True])
def test_page(browser: Browser, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width, dark=dark)
    assert browser.requests == [page.as_uri()]
    assert browser.errors == []
    assert browser.value("document.scripts.length + document.images.length") == 0
    assert browser.value("document.title").endswith("for Vertex AI Pipelines")
    assert browser.value("document.documentElement.scrollWidth") <= width
    ground = browser.value("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 25, 31)" if dark else "rgb(255, 255, 255)")


def test_graphs_fit_on_paper(browser: Browser, page: Path) -> None:
    browser.open(page, 800)
    browser.call("Emulation.setEmulatedMedia", media="print")
    widths = (
        "[...document.querySelectorAll('.picture svg')].map(e => e.getBoundingClientRect().width)"
    )
    assert max(browser.value(widths)) <= 800
    browser.call("Emulation.setEmulatedMedia", media="")


def test_texts_are_in_their_boxes(browser: Browser, page: Path) -> None:
    browser.open(page)
    outside = browser.value(
        "[...document.querySelectorAll('.graph g > text')].filter(t => {"
        "const [a, b] = [t.getBBox(), t.parentNode.querySelector('rect').getBBox()];"
        "return a.x + a.width > b.x + b.width}).map(t => t.textContent)"
    )
    assert outside == []


def test_a_click_opens_a_task(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click(".picture a")
    link = browser.value("document.querySelector('.picture a').getAttribute('href')")
    assert browser.value("location.hash") == link
    assert _is_in_view(browser, link)


def test_keys_open_a_task(browser: Browser, page: Path) -> None:
    """Tab moves through the tasks in order of flow; Enter opens one."""
    browser.open(page)
    passed: list[str] = []
    for _ in range(12):
        browser.press("Tab")
        passed.append(browser.value("document.activeElement.getAttribute('href') || ''"))
    links = [one for one in passed if one.startswith("#task-")]
    count = browser.value("document.querySelectorAll('.picture a').length")
    assert links[: count // 2] == [f"#task-{n}" for n in range(1, len(links[: count // 2]) + 1)]
    browser.open(page)
    for _ in range(12):
        browser.press("Tab")
        if browser.value("(document.activeElement.getAttribute('href') || '').startsWith('#task')"):
            break
    browser.press("Enter")
    assert browser.value("location.hash") == links[0]
    assert _is_in_view(browser, links[0])


def _is_in_view(browser: Browser, link: str) -> bool:
    top = browser.value(f"document.querySelector('{link}').getBoundingClientRect().top")
    return bool(-1 <= top < 1000)
