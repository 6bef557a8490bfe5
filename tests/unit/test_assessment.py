"""Grades, blockers, groups and the order of migration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import translator
from tests.unit.kfp_files import spec, text_of
from translator.assessment.fleet import Group, assessment
from translator.assessment.pipelines import (
    Assessed,
    Grade,
    Problem,
    Work,
    work_of_outline,
    work_of_pipeline,
)
from translator.cli import main
from translator.reading import survey_text

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]


def workflow(*containers: str, image: str = "alpine", more: str = "") -> str:
    """A workflow whose tasks run these containers, given as the rest of a flow mapping."""
    names = [f"step-{number}" for number in range(len(containers))]
    tasks = "".join(f"\n      - {{name: {name}, template: {name}}}" for name in names)
    templates = "".join(
        f"\n  - {{name: {name}, container: {{image: {image}{rest}}}}}"
        for name, rest in zip(names, containers, strict=True)
    )
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{generateName: flow-}}
spec:
  entrypoint: flow
  templates:
  - name: flow
    dag:
      tasks:{tasks}{templates}{more}
"""


CLEAN = workflow(", command: [echo]")
RECURSIVE = workflow(
    ", command: [echo]",
    more="""
  - name: again
    dag: {tasks: [{name: more, template: again}]}
""",
).replace("- {name: step-0,", "- {name: loop, template: again}\n      - {name: step-0,")
#: Its container has a secret, and a wrapper that reads it needs the entrypoint of the image.
SECRET = workflow(
    ", env: [{name: KEY, valueFrom: {secretKeyRef: {name: safe, key: word}}}]", image="app:1"
)
#: Its first container has no command, and a wrapper has to collect its output.
WRAPPED = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: flow-}
spec:
  entrypoint: flow
  templates:
  - name: flow
    dag:
      tasks:
      - {name: make, template: make}
      - name: use
        template: use
        arguments: {parameters: [{name: x, value: "{{tasks.make.outputs.parameters.x}}"}]}
  - name: make
    container: {image: app:1, args: [run]}
    outputs: {parameters: [{name: x, valueFrom: {path: /tmp/x}}]}
  - name: use
    inputs: {parameters: [{name: x}]}
    container: {image: alpine, command: [echo, "{{inputs.parameters.x}}"]}
"""


def flow(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "flows" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["assess", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def graded(document: dict[str, Any]) -> dict[str, str]:
    """Name of a file → its grade."""
    return {Path(one["file"]).name: one["grade"] for one in document["order"]}


class TestGrades:
    @pytest.mark.parametrize(
        ("text", "arguments", "grade"),
        [
            (CLEAN, [], "clean"),
            (CLEAN.replace("echo", "kubectl"), [], "decisions"),
            (CLEAN.replace("echo", "kubectl"), ["--ignore", "TR306"], "clean"),
            (RECURSIVE, [], "blocked"),
            (SECRET, [], "decisions"),
            (SECRET, ["--to", "kubeflow"], "clean"),
            (text_of(spec()), [], "clean"),
            (text_of(spec(oddField=1)), [], "decisions"),
            (text_of(spec(oddField=1)), ["--ignore", "TR103"], "clean"),
            (text_of(spec(oddField=1)), ["--strict"], "blocked"),
            ("a: [", [], "blocked"),
        ],
    )
    def test_of_one_pipeline(
        self, tmp_path: Path, text: str, arguments: list[str], grade: str
    ) -> None:
        flow(tmp_path, "a.yaml", text)
        document = told(str(tmp_path / "flows/a.yaml"), *arguments)
        assert graded(document) == {"a.yaml": grade}
        assert document["grades"] == {"clean": 0, "decisions": 0, "blocked": 0} | {grade: 1}

    def test_decisions_resolve_an_error(self, tmp_path: Path) -> None:
        """The command cannot be wrapped without the entrypoint; with it, the pipeline converts."""
        flow(tmp_path, "a.yaml", WRAPPED)
        path = str(tmp_path / "flows/a.yaml")
        assert CliRunner().invoke(main, ["check", path]).exit_code == 1
        document = told(path)
        assert graded(document) == {"a.yaml": "decisions"}
        assert {"section": "entrypoints", "key": "app:1", "pipelines": 1} in document["decisions"]
        assert document["blockers"] == []
        assert document["codes"][0]["code"] == "TR145"
        assert told(path, "--entrypoint", "app:1=sh")["decisions"] == []

    def test_decisions_resolve_strict_warnings(self, tmp_path: Path) -> None:
        """An address is reached or replaced; of a task that uses the cluster, none is left."""
        text = workflow(", command: [curl, 'http://svc.kubeflow.svc.cluster.local/']")
        flow(tmp_path, "a.yaml", text)
        path = str(tmp_path / "flows/a.yaml")
        assert graded(told(path, "--strict", "--ignore", "TR323")) == {"a.yaml": "decisions"}
        flow(tmp_path, "a.yaml", CLEAN.replace("echo", "kubectl"))
        assert graded(told(path, "--strict")) == {"a.yaml": "blocked"}
        # The folder of a volume has a default, which a decision confirms.
        volume = workflow(", command: [sh], volumeMounts: [{name: data, mountPath: /data}]")
        flow(tmp_path, "a.yaml", volume + "  volumeClaimTemplates: [{metadata: {name: data}}]\n")
        result = CliRunner().invoke(main, ["check", path, "--strict", "--format", "json"])
        codes = {
            d["code"] for one in json.loads(result.stdout)["inputs"] for d in one["diagnostics"]
        }
        assert "TR363" in codes and result.exit_code == 1
        assert graded(told(path, "--strict")) == {"a.yaml": "decisions"}

    def test_decisions_of_a_plan_are_not_open(self, tmp_path: Path) -> None:
        flow(tmp_path, "a.yaml", workflow(", command: [echo]", ", command: [kubectl]"))
        path, plan = str(tmp_path / "flows/a.yaml"), tmp_path / "plan.yaml"
        document = told(path)
        assert document["decisions"] == [{"section": "drop-tasks", "key": "step-1", "pipelines": 1}]
        for kept, warnings in (("true", 0), ("false", 1)):
            plan.write_text(f"plan-version: 1\ndrop-tasks: {{step-1: {kept}}}\n")
            document = told(path, "--plan", str(plan))
            assert document["decisions"] == []
            assert document["order"][0]["warnings"] == warnings
        plan.write_text("plan-version: 1\ndrop-tasks: {step-1: false}\naccepted: {TR306: known}\n")
        assert graded(told(path, "--plan", str(plan))) == {"a.yaml": "clean"}

    def test_components_are_skipped(self, tmp_path: Path) -> None:
        flow(tmp_path, "a.yaml", CLEAN)
        flow(tmp_path, "part.yaml", "implementation: {container: {image: a, command: [b]}}\n")
        document = told(str(tmp_path / "flows"))
        assert graded(document) == {"a.yaml": "clean"}
        assert [Path(name).name for name in document["skipped"]] == ["part.yaml"]
        assert "TR198" in run(str(tmp_path / "flows")).stderr

    def test_an_internal_error_is_the_status(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*given: object) -> None:
            raise KeyError("oops")

        flow(tmp_path, "a.yaml", CLEAN)
        monkeypatch.setattr("translator.api.check", breaks)
        result = run(str(tmp_path / "flows"), "--format", "json")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["blockers"][0]["code"] == "TR901"


def one(
    file: str = "a",
    blockers: Iterable[str] = (),
    work: Iterable[Work] = (),
    blocked: Iterable[int] = (),
    decisions: Iterable[str] = (),
    **fields: Any,
) -> Assessed:
    """An assessed pipeline."""
    grade = Grade.BLOCKED if blockers else Grade.DECISIONS if decisions else Grade.CLEAN
    given: dict[str, Any] = {"tasks": 1, "codes": (), "warnings": 0, **fields}
    return Assessed(
        file=file,
        grade=grade,
        blocking=tuple(Problem(code, f"{code} of {file}", "help") for code in blockers),
        decisions=tuple(("volumes", key) for key in decisions),
        work=tuple(work),
        blocked_work=frozenset(blocked),
        **given,
    )


class TestBlockers:
    def test_first_what_frees_most(self) -> None:
        made = assessment(
            [
                *(one(str(n), ["TR148"]) for n in range(2)),
                *(one(str(n), ["TR140", "TR171"]) for n in range(3)),
                one("b", ["TR140"]),
                one("c"),
            ],
            "X",
        )
        assert [(b.code, b.pipelines, b.frees) for b in made.blockers] == [
            ("TR148", 2, 2),
            ("TR140", 4, 1),
            ("TR171", 3, 0),
        ]
        assert [tuple(b) for b in made.together] == [(("TR140", "TR171"), 3, 4)]
        assert made.grades == {Grade.CLEAN: 1, Grade.DECISIONS: 0, Grade.BLOCKED: 6}

    def test_its_most_frequent_problem(self) -> None:
        problems = [Problem("TR140", text, "") for text in ("rare", "often", "often")]
        given = [one(str(n), ["TR140"])._replace(blocking=(p,)) for n, p in enumerate(problems)]
        [blocker] = assessment(given, "X").blockers
        assert [(p.message, n) for p, n in blocker.examples] == [("often", 2), ("rare", 1)]

    def test_it_resolves_what_it_frees(self) -> None:
        """Without the code, these pipelines are no longer blocked."""
        given = [one("a", ["TR148"]), one("b", ["TR148", "TR150"]), one("c", ["TR150"])]
        for blocker in assessment(given, "X").blockers:
            left = [p for p in given if p.blockers - {blocker.code}]
            assert len(given) - len(left) == blocker.frees


class TestGroups:
    def test_one_repair_frees_many(self) -> None:
        shared, other = Work("load", "app:1", 2), Work("train", "app:2", 1)
        made = assessment(
            [
                one("a", ["TR145"], [shared, other], blocked=[0]),
                one("b", ["TR145"], [shared, other], blocked=[0, 1]),
                one("c", ["TR145"], [shared], blocked=[0, -1]),
                one("d", [], [other]),
            ],
            "X",
        )
        assert made.components == (
            Group("load", "app:1", 3, 6, 3, 1),
            Group("train", "app:2", 3, 3, 1, 0),
        )
        assert [(g.image, g.frees) for g in made.images] == [("app:1", 1), ("app:2", 0)]

    def test_images_of_several_components(self) -> None:
        work = [Work("load", "app:1", 1), Work("train", "app:1", 1)]
        made = assessment([one("a", ["TR145"], work, blocked=[0, 1])], "X")
        assert [(g.component, g.frees) for g in made.components] == [("load", 0), ("train", 0)]
        assert [(g.image, g.tasks, g.frees) for g in made.images] == [("app:1", 2, 1)]

    def test_copies_of_a_component_are_one(self) -> None:
        """kfp numbers them; a number that an author has written stays."""
        text = workflow(*[", command: [echo]"] * 3)
        text = text.replace("step-0", "load").replace("step-1", "load-2")
        survey = survey_text(text)
        expected = {("load", "alpine", 2), ("step-2", "alpine", 1)}
        assert {work[:3] for work in work_of_outline(survey.outline)} == expected
        pipeline = translator.load_text(text_of(spec())).pipeline
        assert [work[:3] for work in work_of_pipeline(pipeline)] == [("say", "python:3.11", 1)]

    @pytest.mark.parametrize("name", ["train/pipeline_v1.yaml", "train/pipeline_v2.yaml"])
    def test_a_file_and_its_translation_have_the_same_images(self, name: str) -> None:
        survey = translator.api.survey(ROOT / "examples" / name)
        of_file = {work.image for work in work_of_outline(survey.outline)}
        assert {work.image for work in work_of_pipeline(survey.pipeline)} == of_file

    def test_places_of_errors(self, tmp_path: Path) -> None:
        text = workflow(*[", command: [echo]"] * 2).replace(
            "- {name: step-0, container", "- {name: step-0, daemon: true, container"
        )
        flow(tmp_path, "a.yaml", text)
        document = told(str(tmp_path / "flows"))
        groups = {one["component"]: one["frees"] for one in document["components"]}
        assert groups == {"step-0": 1}, document["blockers"]


things = st.frozensets(st.sampled_from("abcdef"), max_size=4)


class TestOrder:
    def test_quick_wins_first(self) -> None:
        made = assessment(
            [
                one("blocked", ["TR148"]),
                one("many", decisions="abc"),
                one("big", tasks=9),
                one("few", decisions="d"),
                one("small"),
            ],
            "X",
        )
        assert [place.pipeline.file for place in made.order] == [
            *("small", "big", "few", "many", "blocked")
        ]

    def test_decisions_are_made_once(self) -> None:
        made = assessment([one("x", decisions="abc"), one("y", decisions="ab")], "X")
        assert [(p.pipeline.file, p.new) for p in made.order] == [("y", 2), ("x", 1)]

    @given(st.lists(things, max_size=12))
    def test_next_is_one_with_the_fewest_new(self, wanted: list[frozenset[str]]) -> None:
        given = [one(str(n), decisions=sorted(keys)) for n, keys in enumerate(wanted)]
        order = assessment(given, "X").order
        assert sorted(int(p.pipeline.file) for p in order) == list(range(len(given)))
        known: set[str] = set()
        left = {n: keys for n, keys in enumerate(wanted) if keys}
        for place in order[len(given) - len(left) :]:
            at = int(place.pipeline.file)
            assert place.new == len(left[at] - known)
            assert place.new == min(len(keys - known) for keys in left.values())
            known |= left.pop(at)

    def test_many_take_no_time(self) -> None:
        given = [one(str(n), decisions=[str(n // 2), "all"]) for n in range(5000)]
        order = assessment(given, "X").order
        assert sum(place.new for place in order) == 2501
