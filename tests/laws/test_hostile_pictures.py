"""The laws for graphs, pages and comments notice what they are for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.laws.hostile_checks import comment_broken, mermaid_broken
from tests.laws.hostile_pictures import (
    Picture,
    dot_broken,
    html_broken,
    pictures,
    pictures_broken,
    svg_broken,
)
from tests.laws.hostile_words import Word

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIN = Path(__file__).parents[2] / "examples/train"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """What is drawn of two pipelines that differ."""
    page = tmp_path_factory.mktemp("pictures") / "page.html"
    return pictures(TRAIN / "pipeline_v2.yaml", TRAIN / "pipeline_v1.yaml", "vertex", page)


def test_all_is_drawn_and_nothing_is_broken(made: Picture) -> None:
    assert set(made.texts) == {"mermaid", "dot", "svg", "html", "report", "comment"}
    assert pictures_broken(made, [], made.texts) == []


@pytest.mark.parametrize(
    ("form", "law", "old", "new"),
    [
        ("html", html_broken, "</h1>", "<b>x</b></h1>"),
        ("html", html_broken, "</h1>", "<p onclick='x'>x</p></h1>"),
        ("html", html_broken, "</h1>", "<!-- x --></h1>"),
        ("html", html_broken, "</h1>", "</h1></main>"),
        ("report", html_broken, "<main>", "<main><script>x</script>"),
        ("report", html_broken, "<main>", "<main><a href='javascript:x'>x</a>"),
        ("report", html_broken, "<main>", "<main><p style='x'>x</p>"),
        ("report", html_broken, "<main>", "<main><input type='image'>"),
        ("svg", svg_broken, "</style>", "</style><script/>"),
        ("svg", svg_broken, "</style>", "</style><text onload='x'/>"),
        ("svg", svg_broken, "</style>", "</style><a href='https://x'/>"),
        ("svg", svg_broken, "</style>", "</style>&"),
        ("dot", dot_broken, "digraph", "digraph <b>x</b>"),
        ("dot", dot_broken, "compound=true", "image=x"),
        ("dot", dot_broken, "}\n", '}\n"\n'),
        ("dot", dot_broken, "}\n", ""),
        ("mermaid", mermaid_broken, "flowchart TD", "flowchart TD\n    click n1 call x()"),
        ("mermaid", mermaid_broken, "flowchart TD", "flowchart TD\n    n1[<b>x</b>]"),
        ("mermaid", mermaid_broken, "flowchart TD", "%%{init: {}}%%\nflowchart TD"),
        ("comment", comment_broken, "\nBefore:\n", "\n<b>Before:</b>\n"),
        ("comment", comment_broken, "flowchart TD", "flowchart TD\n    click n1 call x()"),
        ("comment", comment_broken, "\nBefore:\n", "\n- task `a`: <b>\n"),
        ("comment", comment_broken, "\n  ```diff\n", "\n  ```diff\nx\n"),
        ("comment", comment_broken, "<!-- translator", "<!-- x --><b>translator"),
        ("comment", comment_broken, "\nBefore:\n", "\nBefore:\n" + "\n" * 65_536),
    ],
)
def test_what_gets_in_is_noticed(
    made: Picture, form: str, law: Callable[[str], list[str]], old: str, new: str
) -> None:
    text = made.texts[form].removesuffix("\n") if form == "mermaid" else made.texts[form]
    assert law(text) == []
    assert old in text
    assert law(text.replace(old, new, 1)) != []


def test_other_elements_secrets_and_steering_are_noticed(made: Picture) -> None:
    def kinds(text: str) -> list[str]:
        changed = Picture({"svg": made.texts["svg"].replace("</style>", f"</style>{text}", 1)})
        words = [Word("a ghp_secret", "secret", "ghp_secret")]
        return [one.partition(":")[0] for one in pictures_broken(changed, words, made.texts)]

    assert kinds("") == []
    assert kinds("<text/>") == ["svg"]
    assert kinds("ghp_secret") == ["secret"]
    assert kinds("\u202e") == ["steering"]


def test_a_command_that_fails_is_noticed() -> None:
    assert pictures_broken(Picture({}, ("report: 3",)), []) == ["picture: report: 3"]
