"""Graphs of pipelines: what is drawn, and that texts of a pipeline are only texts in it."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from translator.cli import main
from translator.diagnostics import TranslationError
from translator.diagnostics.redaction import told
from translator.graph import FORMATS, graph
from translator.graph.drawing import Arrow, Box, Drawing, Kind, drawing
from translator.graph.layout import laid_out
from translator.outline import Outline, Step

TRAIN = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"


def drawn(*steps: Step, **dags: tuple[Step, ...]) -> Drawing:
    return drawing(Outline(root="root", dags={"root": steps, **dags}), "flow")


def step(name: str, **known: object) -> Step:
    return Step(name=name, **{"component": f"comp-{name}", **known})  # type: ignore[arg-type]


def test_data_and_order() -> None:
    picture = drawn(
        step("a"),
        step("b", after=("a",), takes={"a": ("model", "rows")}),
        step("c", after=("a", "b")),
    )
    assert picture.arrows == (
        Arrow("n1", "n2", ("model", "rows")),
        Arrow("n1", "n3"),
        Arrow("n2", "n3"),
    )


def test_groups() -> None:
    picture = drawn(
        step("condition-1", condition="a.output > 1", component="inner"),
        step("for-loop-2", loop='["x", "y"]', component="inner"),
        step("nested", component="inner"),
        inner=(step("say", image="alpine:3"),),
    )
    kinds = [(box.kind, box.title, box.lines) for box in picture.boxes]
    assert kinds == [
        (Kind.CONDITION, "if a.output > 1", ()),
        (Kind.LOOP, 'for each of ["x", "y"]', ()),
        (Kind.DAG, "nested", ()),
    ]
    assert [box.key for box in picture.walk()] == ["n1", "n2", "n3", "n4", "n5", "n6"]
    assert {box.title for one in picture.boxes for box in one.boxes} == {"say"}


def test_own_names_of_groups_stay() -> None:
    picture = drawn(step("is-good", condition="a == 1", component="inner"), inner=(step("say"),))
    assert (picture.boxes[0].title, picture.boxes[0].lines) == ("is-good", ("if a == 1",))


def test_exit_handlers_follow_the_last_tasks() -> None:
    picture = drawn(step("a"), step("b", after=("a",)), step("end", after=("a", "b"), always=True))
    assert picture.arrows == (Arrow("n1", "n2"), Arrow("n2", "n3"))
    assert picture.boxes[2].kind is Kind.EXIT_HANDLER


def test_recursion_ends() -> None:
    picture = drawn(step("again", component="root"))
    assert picture.boxes[0].lines == ("runs root again",)


def test_secrets_are_hidden() -> None:
    token = "ghp_" + "a1B2" * 9
    picture = drawn(step("a", condition=f"x == '{token}'"))
    assert token not in "".join(graph(picture, form) for form in FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_command(form: str) -> None:
    done = CliRunner().invoke(main, ["graph", str(TRAIN), "--format", form])
    assert done.exit_code == 0, done.output
    assert "Download the penguins" in done.stdout


def test_output_file(tmp_path: Path) -> None:
    target = tmp_path / "flow.svg"
    done = CliRunner().invoke(main, ["graph", str(TRAIN), "--format", "svg", "-o", str(target)])
    assert (done.exit_code, done.stdout) == (0, "")
    ET.parse(target)
    new = tmp_path / "new" / "folder" / "flow.mmd"
    done = CliRunner().invoke(main, ["graph", str(TRAIN), "-o", str(new)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert new.read_text("utf-8").startswith("flowchart")
    done = CliRunner().invoke(main, ["graph", str(TRAIN), "-o", str(target / "flow.mmd")])
    assert done.exit_code == 2
    assert "could not be written" in done.stderr


def test_files_that_cannot_be_translated(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(TRAIN.read_text().replace("image: alpine:3.20", "image: 'alpine:{{x}}'", 1))
    done = CliRunner().invoke(main, ["graph", str(path)])
    assert "Training" in done.stdout


def test_svg_without_the_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphlay", None)
    with pytest.raises(TranslationError, match="TR456"):
        graph(drawn(step("a")), "svg")
    done = CliRunner().invoke(main, ["graph", str(TRAIN), "--format", "html"])
    assert done.exit_code == 1
    assert "TR456" in done.stderr


HOSTILE = st.text(
    st.sampled_from("\"\\`<>&#;|{}[]()-=%'\n\r\t\0\u2028\ufffe\uffff")
    | st.characters(codec="utf-8"),
    max_size=30,
)


@given(HOSTILE, HOSTILE)
def test_texts_of_mermaid_are_in_quotes(title: str, image: str) -> None:
    text = graph(
        drawn(step("a", display_name=title, image=image), step("b", after=("a",))), "mermaid"
    )
    lines = text.splitlines()
    assert lines[0] == "flowchart TD"
    assert re.fullmatch(r'    n1\["(?:[\w _./:,=-]|#\d+;|<br>)*"\]', lines[1])
    assert lines[2:] == ['    n2["b"]', "    n1 -.-> n2"]


@given(HOSTILE, HOSTILE)
def test_texts_of_svg_are_escaped(title: str, image: str) -> None:
    picture = graph(drawn(step("a", display_name=title, image=image)), "svg")
    tags = {node.tag.rpartition("}")[2] for node in ET.fromstring(picture).iter()}
    assert tags <= {"svg", "style", "defs", "marker", "path", "rect", "g", "text", "title"}


@given(HOSTILE)
def test_texts_of_html_are_escaped(title: str) -> None:
    page = graph(Drawing(told(title), ()), "html")
    assert "<script" not in page
    assert page.count("<h1>") == page.count("</h1>") == 1


def stages(count: int) -> Drawing:
    """A task, so many tasks after it with its data, and a task after these."""
    names = [f"shard-{number}" for number in range(count)]
    return drawn(
        step("split"),
        *(step(name, takes={"split": ("rows",)}) for name in names),
        step("merge", after=tuple(names)),
    )


class TestLayout:
    """Many tasks between the same tasks are rows in a frame."""

    def test_a_frame(self) -> None:
        found = stages(20)
        picture = laid_out(found.boxes, found.arrows)
        assert picture.boxes.keys() == {box.key for box in found.boxes}
        [frame] = picture.frames
        assert frame.title == "each of 20 tasks"
        inside = [key for key, place in picture.boxes.items() if within(place, frame.place)]
        assert inside == [f"n{number}" for number in range(2, 22)]
        assert [arrow for arrow, _ in picture.arrows] == [
            Arrow("n1", "n2", ("rows",)),
            Arrow("n2", "n22"),
        ]
        assert picture.width < 2 * picture.height

    @given(st.integers(1, 30))
    def test_boxes_do_not_overlap(self, count: int) -> None:
        found = stages(count)
        picture = laid_out(found.boxes, found.arrows)
        whole = (0.0, 0.0, picture.width, picture.height)
        places = list(picture.boxes.values())
        assert all(within(place, whole) for place in places)
        for a, b in itertools.combinations(places, 2):
            assert apart(a, b)

    def test_a_few_tasks_have_their_own_arrows(self) -> None:
        found = stages(8)
        picture = laid_out(found.boxes, found.arrows)
        assert picture.frames == ()
        assert [arrow for arrow, _ in picture.arrows] == list(found.arrows)

    def test_other_arrows_are_another_frame(self) -> None:
        """A task with data and a task with an order only are not alike."""
        names = [f"shard-{number}" for number in range(20)]
        found = drawn(
            step("split"),
            *(
                step(name, **{"takes": {"split": ("rows",)}} if odd else {"after": ("split",)})
                for odd, name in zip(itertools.cycle((0, 1)), names, strict=False)
            ),
        )
        picture = laid_out(found.boxes, found.arrows)
        assert [frame.title for frame in picture.frames] == ["each of 10 tasks"] * 2
        assert len(picture.arrows) == 2

    def test_names_are_in_order(self) -> None:
        """Not n10 before n2."""
        found = drawn(step("split"), *(step(f"s{n}", after=("split", f"t{n}")) for n in range(12)))
        found = found._replace(
            boxes=(*found.boxes, *(Box(f"t{n}", Kind.TASK, f"t{n}") for n in range(12))),
            arrows=(*found.arrows, *(Arrow(f"t{n}", f"n{n + 2}") for n in range(12))),
        )
        picture = laid_out(found.boxes, found.arrows)
        row = [picture.boxes[f"n{n + 2}"][:2] for n in range(12)]
        assert row == sorted(row)


def within(inner: tuple[float, ...], outer: tuple[float, ...]) -> bool:
    return (
        inner[0] >= outer[0]
        and inner[1] >= outer[1]
        and inner[0] + inner[2] <= outer[0] + outer[2] + 1e-6
        and inner[1] + inner[3] <= outer[1] + outer[3] + 1e-6
    )


def apart(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return any(a[n] + a[n + 2] <= b[n] or b[n] + b[n + 2] <= a[n] for n in (0, 1))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("text", ['"', "\\", "\\N", 'a\\"b', "<b>", "&lt;", "{|}", "é漢"])
def test_graphviz_reads_dot(text: str) -> None:
    boxes = (
        Box("n1", Kind.TASK, text),
        Box("n2", Kind.LOOP, text, (), (Box("n3", Kind.TASK, "x"),)),
    )
    written = graph(Drawing(text, boxes, (Arrow("n1", "n2"),)), "dot")
    done = subprocess.run(
        ["dot", "-Tjson"], input=written, capture_output=True, text=True, check=True
    )
    objects = {one["name"]: one for one in json.loads(done.stdout)["objects"]}
    assert objects.keys() == {"n1", "n3", "cluster_n2"}
