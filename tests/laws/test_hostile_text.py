"""Nothing gets in; and the program that says so notices what does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.conftest import shared_folder
from tests.laws import hostile_text
from tests.laws.hostile_checks import (
    Seen,
    broken_by,
    differs,
    documents,
    printed,
    report_broken,
    shape,
    told_of,
)
from tests.laws.hostile_sandbox import Sandbox
from tests.laws.hostile_text import Given, Place, Run
from tests.laws.hostile_words import KINDS, STEERS, Word, hostile
from translator.diagnostics import Diagnostic, Origin, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/pipeline*.yaml"))
NO_CORPUS = "no corpus: set TRANSLATOR_SHARED, or put `shared` beside the checkout"


def broken(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.broken]


@pytest.mark.parametrize("target", hostile_text.TARGETS)
def test_nothing_gets_into_the_bundles_of_examples(target: str) -> None:
    runs = list(hostile_text.runs(EXAMPLES, [target], seed=1, numbers=range(30)))
    assert broken(runs) == []
    assert {run.outcome for run in runs} == {"bundle", "refused"}
    assert len({pattern for run in runs for pattern, _ in run.changes}) > 20


@pytest.mark.corpus
def test_nothing_gets_into_the_bundles_of_real_pipelines() -> None:
    shared = shared_folder()
    if shared is None:
        pytest.skip(NO_CORPUS)
    paths = [path for path in shared.glob("corpus/v*/**/*") if path.suffix in (".yaml", ".json")]
    small = sorted(path for path in paths if path.stat().st_size < 12_000)
    chosen = random.Random(1).sample(small, 40)
    runs = list(hostile_text.runs(chosen, seed=1, numbers=range(100)))
    assert broken(runs) == []


# Words and places


def test_words_are_of_all_kinds_and_the_same_for_a_seed() -> None:
    words = [hostile(random.Random(seed)) for seed in range(1000)]
    assert {word.kind for word in words} == {*KINDS, "random", "several", "secret"}
    assert words[:50] == [hostile(random.Random(seed)) for seed in range(50)]
    assert all(word.secret in word.text for word in words)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_places_are_texts_and_keys(path: Path) -> None:
    given = Given(path)
    places = [place for group in given.places for place in group]
    assert len(places) == len(set(places))
    assert any(place.is_key for place in places)
    assert any(place.is_free for place in places)
    if path.name.endswith("v1.yaml"):
        assert any(place.inner is not None and place.is_key for place in places)


def test_a_change_is_where_the_place_is() -> None:
    document = {"a": {"b": ["c"]}, "d": 1}
    word, rng = Word("NEW", "secret", "NEW"), random.Random(1)

    def changed(path: tuple[Any, ...], *, is_key: bool) -> Any:
        return hostile_text._with_word(document, Place(0, path, None, is_key, ""), word, rng)

    assert changed(("a", "b", 0), is_key=False) == {"a": {"b": ["NEW"]}, "d": 1}
    assert changed(("a",), is_key=True) == {"NEW": {"b": ["c"]}, "d": 1}
    assert changed(("a", "b"), is_key=True) == {"a": {"NEW": ["c"]}, "d": 1}
    assert changed(("gone", "b"), is_key=True) == document


# What is noticed


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return dict(translator.translate(EXAMPLES[0], "vertex").files)


@pytest.mark.parametrize(
    ("name", "change", "law"),
    [
        ("main.py", lambda text: text + "\nprint()\n", "syntax tree"),
        ("main.py", lambda text: text.replace("SETTINGS = ", "SETTINGS = 1 and "), "syntax tree"),
        ("main.py", lambda text: text.replace("    Input(", "    exit(", 1), "syntax tree"),
        ("main.py", lambda text: text.replace('Input("', 'Input(1 or "', 1), "syntax tree"),
        ("main.py", lambda text: text.replace('"pipeline.yaml", ', '"x.yaml", ', 1), "syntax tree"),
        ("vertex_runner.py", lambda text: text + "\nimport os\n", "module"),
        ("main.py", lambda text: text + "(", "syntax tree"),
        ("main.py", lambda text: text.replace("SETTINGS = ", "import os; x = "), "syntax tree"),
        ("requirements.txt", lambda text: text + "evil\n", "requirements"),
        ("pipeline.yaml", lambda text: text + "injected: true\n", "pipeline.yaml"),
        ("pipeline.yaml", lambda text: text + "'", "pipeline.yaml"),
        ("REPORT.md", lambda text: text + "\nsomething\n", "REPORT.md"),
        ("REPORT.md", lambda text: text + "| <b> | b | c | d |\n", "REPORT.md"),
        (
            "REPORT.md",
            lambda text: text.replace("|\n\n", "|\n| a | b | c | d | e |\n\n"),
            "REPORT.md",
        ),
        ("REPORT.md", lambda text: text + "# \u202e\n", "steering"),
    ],
)
def test_what_gets_in_is_noticed(
    files: dict[str, str], name: str, change: Callable[[str], str], law: str
) -> None:
    before = Seen.of(files)
    assert broken_by(files, before, [], same_shape=True) == []
    changed = {**files, name: change(files[name])}
    found = [one.partition(":")[0] for one in broken_by(changed, before, [], same_shape=True)]
    assert law in found


def test_values_of_tables_are_no_difference(files: dict[str, str]) -> None:
    before = Seen.of(files)
    other = files["main.py"].replace("SETTINGS = ", "SETTINGS = Settings(project='x') # ")
    other = other.replace("    Input(", "    Input('a', value=[1]),\n    Input(", 1)
    other = other.replace("Pipeline: ", "Pipeline: another ")
    assert differs(before.tree, Seen.of({**files, "main.py": other}).tree) == ""


def test_a_shape_has_no_texts() -> None:
    assert shape({"a": 1, "b": [{"c": "d"}]}) == shape({"x": "y", "z": [{"c": None}]})
    assert shape({"a": 1}) != shape({"a": 1, "b": 2})
    assert documents("a: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_findings_that_steer_or_show_secrets_are_noticed(tmp_path: Path) -> None:
    class Raw(Diagnostic):
        __slots__ = ()

        @property
        def message(self) -> str:
            return str(self.facts["text"])

    def told(text: str) -> list[str]:
        rule = Rule("TR999", Severity.WARNING, what="{text}")
        finding = Raw(rule, Origin("a.yaml", 1, 1), {"text": text})
        secret = Word("ghp_secret", "secret", "secret")
        return [one.partition(":")[0] for one in told_of([finding], tmp_path, [secret])]

    assert set(told("fine")) == {"internal"}
    assert "steering" in told("\x1b[2J")
    assert "steering" in told("\u202e")
    assert "secret" in told("a secret")


def test_what_a_command_prints_is_looked_at() -> None:
    line = "next: cd {} && python -m pip install -r requirements.txt && python main.py\n"
    assert printed("text", "", line.format("'a b'"), []) == []
    assert printed("text", "", line.format("a b"), []) != []
    assert printed("text", "", line.format("'a"), []) != []
    assert printed("github", "::error file=a,line=1,title=TR101::x\n", "", []) == []
    assert printed("github", "::add-mask::x\n", "", []) != []
    assert printed("github", "", "a ##[error]x\n", []) != []
    assert printed("text", "\x1b[2J", "", []) != []


def test_what_is_touched_outside_is_noticed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    sandbox = Sandbox(inside, [])
    with sandbox.watched() as touched:
        (inside / "a").write_text("x", "utf-8")
        assert touched == []
        (tmp_path / "b").write_text("x", "utf-8")
    assert [one.partition(":")[0] for one in touched] == ["open"]
    assert sandbox.strays() == ["stray: a"]
    sandbox.clear()
    assert sandbox.strays() == []


def test_what_steers() -> None:
    assert all(STEERS.search(text) for kind in ("bidi", "terminal") for text in KINDS[kind])
    assert not STEERS.search("plain\ttext\nübers 中文 😀")


def test_the_command_tells_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(EXAMPLES[0]), "--to", "vertex", "--runs"]
    assert hostile_text.main([*arguments, "5"]) == 0
    assert "5 runs in 1 files" in capsys.readouterr().out
    translate = translator.translate

    def careless(path: Path, *others: Any) -> Any:
        done = translate(path, *others)
        code = "" if path == EXAMPLES[0] else "import os\n"
        return done._replace(files={**done.files, "main.py": done.files["main.py"] + code})

    monkeypatch.setattr(translator, "translate", careless)
    assert hostile_text.main([*arguments, "5"]) == 1
    shown = capsys.readouterr().out
    assert f"{EXAMPLES[0]} for vertex, bundle\n" in shown
    assert "  syntax tree: " in shown
    assert "broken: " in shown.splitlines()[-1]


def test_sample_of_report_lines() -> None:
    page = "# a\n\n## Tasks\n\n| in | task |\n|---|---|\n| a \\| b | c |\n"
    assert report_broken(page, []) == []
    assert report_broken(page.replace("\\|", "|"), []) != []
