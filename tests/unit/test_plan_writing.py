"""What is written as a plan is read back, and keeps what a user has written."""

from __future__ import annotations

import os

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from translator.decisions import Need
from translator.diagnostics import Origin
from translator.diagnostics.redaction import guarded
from translator.plan.document import EMPTY
from translator.plan.kinds import KINDS
from translator.plan.needed import Needed, Use, collected, too_general
from translator.plan.reading import read_plan
from translator.plan.writing import plan_text
from translator.plan.yaml_values import yaml_entry, yaml_value

BY_SECTION = {kind.section: kind for kind in KINDS}
DATA = Use(Need("volumes", "data", "", "mounted", (Origin("a.yaml", 3),)), ("train",))
RUN = Use(Need("volumes", "work", "run", "created by a task", (Origin("a.yaml", 9),)))
KEY = Use(Need("secrets", "db/pass", "", "a variable", (Origin("b.yaml", 5),)), ("a", "b"))
IMAGE = Use(Need("entrypoints", "some/image:1", "", "no command", (Origin("b.yaml", 5),)))
PROPOSED = Use(
    Need("accelerators", "nvidia.com/gpu", "NVIDIA_L4", "a GPU", is_proposal=True),
)


def written(*uses: Use, text: str = "") -> str:
    plan = read_plan(text, "plan.yaml") if text else EMPTY
    return plan_text(plan, collected(uses))


def test_a_new_plan() -> None:
    assert written(DATA, RUN, KEY, PROPOSED, IMAGE).split("\n\n", 1)[1] == (
        """\
# The entrypoint of an image, for containers without a command. Pull the images and run the commands
# below, or `crane config IMAGE`; `translator plan --look-up-images` asks the registries.
entrypoints:
  # no command
  # at b.yaml:5
  # docker image inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' some/image:1
  "some/image:1": null  # TODO: [PROGRAM, ARGUMENT], or {entrypoint: [PROGRAM], cmd: [ARGUMENT]}

# The folder in Cloud Storage for a volume or PersistentVolumeClaim; run: a folder under the
# pipeline root of each run.
volumes:
  # mounted
  # at a.yaml:3; task train
  data: null  # TODO: gs://BUCKET/PREFIX, or run
  # created by a task
  # at a.yaml:9
  work: run

# The secret in Secret Manager for a key of a Kubernetes secret.
secrets:
  # a variable
  # at b.yaml:5; tasks a, b
  db/pass: null  # TODO: projects/PROJECT/secrets/SECRET, perhaps with /versions/N

# The accelerator of Vertex AI for a resource or node label, for example
# nvidia.com/gpu=NVIDIA_TESLA_T4.
accelerators:
  # a GPU
  nvidia.com/gpu: NVIDIA_L4  # proposed
"""
    )


def test_needs_of_several_pipelines_are_merged() -> None:
    first = Need("volumes", "data", "", "mounted", (Origin("a.yaml", 3), None))
    second = Need("volumes", "data", "run", "created", (Origin("b.yaml", 4),))
    (need,) = collected([Use(first, ("x",)), Use(second, ("y", "x")), Use(first, ("x",))])
    places = (Origin("a.yaml", 3), Origin("b.yaml", 4))
    assert need == Needed(
        *(BY_SECTION["volumes"], "data", "run", ("mounted", "created"), places, ("x", "y"), False),
        pipelines=("",),
    )


def test_a_kind_without_keys() -> None:
    use = Use(Need("metrics", "", "true", "outputs become artifacts"))
    text = written(use)
    assert text.endswith("\n# outputs become artifacts\nmetrics: true\n")
    assert read_plan(text, "plan.yaml").decisions.metrics
    mine = "metrics: false\nvolumes:\n  a: run\n"
    assert written(use, text=mine) == mine


def test_places_are_listed_by_file() -> None:
    origins = tuple(Origin(file, line) for file in ("b.yaml", "a.yaml") for line in (9, 3, 9, 5, 7))
    text = written(Use(Need("volumes", "data", "", "", origins), ("a", "b", "c", "d")))
    line = "  # at b.yaml:9, 3, 5 and 1 more, a.yaml:9, 3, 5 and 1 more; tasks a, b, c and 1 more\n"
    assert line in text


@pytest.mark.parametrize("value", ["gs://BUCKET/PREFIX", "x", "run\n"])
def test_a_proposal_that_is_not_valid_is_open(value: str) -> None:
    (need,) = collected([Use(Need("volumes", "a", value, "", is_proposal=True))])
    assert need.written is None


MINE = """\
# My plan.
plan-version: 1
secrets:   # of the old cluster
    db/user: projects/p/secrets/user   # mine

    # the password
    db/old: null  # not yet

# The volumes.
volumes:
  cache: run
"""


def test_the_text_of_a_user_is_kept() -> None:
    text = written(DATA, KEY, PROPOSED, text=MINE)
    head, tail = MINE.split("  # not yet\n")
    start, middle = text.split("  # not yet\n")
    assert start == head
    assert middle.startswith("    # a variable\n    # at b.yaml:5; tasks a, b\n    db/pass: null")
    assert "\n\n# The volumes.\nvolumes:\n  cache: run\n  # mounted\n" in middle
    assert middle.endswith("accelerators:\n  # a GPU\n  nvidia.com/gpu: NVIDIA_L4  # proposed\n")
    assert tail in middle
    assert written(DATA, KEY, PROPOSED, text=text) == text


def test_open_decisions_are_filled_in() -> None:
    proposal = Use(Need("secrets", "db/old", "projects/p/secrets/s", "known", is_proposal=True))
    text = written(proposal, text=MINE)
    wanted = "    # known\n    db/old: projects/p/secrets/s  # proposed\n"
    assert text == MINE.replace("    db/old: null  # not yet\n", wanted)


@pytest.mark.parametrize(
    "text",
    [
        "volumes: {cache: run}\n",
        "{volumes: {cache: run}}\n",
        '{"volumes": {"cache": "run"}}',
        "volumes: {}\n",
        "volumes:\n",
        "volumes:\n  cache: run",
        "volumes:\r\n  cache: run\r\n",
        "volumes:\n  cache: run\n...\n",
        "volumes:\n  ? cache\n  : run\n",
        "volumes:\n  cache:\n    run\n",
        "volumes:\n  data:\n",
        "volumes: {data: null}\n",
        "volumes: {data: }\n",
        "volumes: \n  data: null\n  cache: &a run\n  last: *a\n",
    ],
)
def test_decisions_are_kept_whatever_the_style(text: str) -> None:
    before = yaml.safe_load(text)["volumes"] or {}
    for use in (DATA, RUN, Use(DATA.need._replace(value="gs://bucket"))):
        after = yaml.safe_load(written(use, text=text))["volumes"]
        key, value = use.need.key, use.need.value or None
        assert after == {**before, key: before.get(key) or value}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        *("yes", "null", "~", "1e3", "012", "0x1f", "2001-01-01", "a: b", "a #b", "- a", "? a"),
        *("<<", "&a", "*a", "!a", "%a", "@a", "`a", "'", '"', "{", "[", "|", ">", "=", "1:2"),
        *("##[x]", "::x", "\n::x", "\x85", "\u2028", "\ufeff", "\ufffe", "\U000e0041"),
        *("a" * 1500, "é" * 500),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@given(TEXTS, VALUES)
def test_values_are_read_back(key: str, value: object) -> None:
    text = "\n".join(yaml_entry(key, value, "  ", "note")) + "\n"
    assert yaml.safe_load(text) == {key: value}
    assert guarded(text) == text
    (entry,) = read_plan(f"defaults:\n{text}", "p").entries if value is not None and key else [None]
    if entry is not None:
        assert (entry.key, entry.written) == (key, value)


def test_text_that_yaml_cannot_hold() -> None:
    with pytest.raises(ValueError, match="U\\+D800"):
        yaml_value("\ud800")
    with pytest.raises(ValueError, match="not a JSON number"):
        yaml_value(float("inf"))
    assert yaml.safe_load(written(Use(Need("volumes", "\ud800", "", "x")), DATA))["volumes"] == {
        "data": None
    }


CODES = st.sampled_from(["TR304", "TR103", "TR331"])
NEEDS = st.builds(
    Need,
    st.sampled_from([kind.field for kind in KINDS if kind.has_keys and not kind.key_pattern]),
    TEXTS.filter(bool),
    TEXTS | st.sampled_from(["run", "gs://bucket/a", "projects/p/secrets/s", "NVIDIA_L4"]),
    TEXTS,
    st.tuples(st.builds(Origin, TEXTS, st.integers(0, 99))),
    st.booleans(),
    st.booleans(),
) | st.builds(
    Need,
    st.just("accepted"),
    st.builds(lambda code, subject: f"{code}/{subject}", CODES, TEXTS.filter(bool)) | CODES,
    TEXTS.filter(lambda text: not text or text.strip()),
    TEXTS,
)
FILES = TEXTS.filter(lambda text: "\0" not in text)
USES = st.lists(st.builds(Use, NEEDS, st.lists(TEXTS, max_size=4).map(tuple), FILES), max_size=5)


@given(USES, USES)
def test_hostile_names_stay_names(first: list[Use], second: list[Use]) -> None:
    """Every key is read back, and no text of a pipeline gets out of its quotes or comment."""
    text = plan_text(EMPTY, collected(first))
    assert guarded(text) == text
    assume(one_name_for_each_file([*first, *second]))
    plan = read_plan(text, "plan.yaml")
    asked = {(use.need.kind, use.need.key) for use in first}
    assert {(entry.kind.field, entry.key) for entry in plan.entries} == asked
    for entry in plan.entries:
        values = {
            u.need.value
            for u in first
            if (u.need.kind, u.need.key) == (entry.kind.field, entry.key)
            and entry.pipeline in ("", u.pipeline)
        }
        assert entry.written is None or entry.written is True or entry.written in values
    again = plan_text(plan, collected(first))
    assert again == text
    more = read_plan(plan_text(plan, collected(second)), "plan.yaml").entries
    kept = {(entry.kind, entry.key, entry.pipeline): entry.written for entry in more}
    for entry in plan.entries:
        at = entry.kind, entry.key, entry.pipeline
        assert entry.written is None or kept[at] == entry.written
    asked |= {(use.need.kind, use.need.key) for use in second}
    assert {(kind.field, key) for kind, key, _ in kept} == asked


def one_name_for_each_file(uses: list[Use]) -> bool:
    """Whether no two paths are those of one file."""
    paths = {use.pipeline for use in uses}
    return len({os.path.realpath(path) for path in paths}) == len(paths)


A, B = "flows/a.yaml", "b.yaml"


def own(pipeline: str, why: str, key: str = "train", kind: str = "dropped_tasks") -> Use:
    return Use(Need(kind, key, "", why, is_own=True), ("train",), pipeline)


def test_tasks_of_the_same_name_are_decided_apart() -> None:
    assert written(own(A, "uses kubectl"), own(B, "creates a Job"), KEY).endswith(
        """\
# Decisions about single pipelines, which override those above. A path is relative to the folder of
# this file.
pipelines:
  b.yaml:
    drop-tasks:
      # creates a Job
      train: null  # TODO: true to leave it out, or false
  flows/a.yaml:
    drop-tasks:
      # uses kubectl
      train: null  # TODO: true to leave it out, or false
"""
    )


def test_the_same_need_of_several_pipelines_is_one_decision() -> None:
    for uses in ([own(A, "why"), own(B, "why")], [Use(DATA.need, (), A), Use(DATA.need, (), B)]):
        (need,) = collected(uses)
        assert (need.pipeline, need.pipelines) == ("", (A, B))
    # A claim that one pipeline creates, and one of the cluster, have the same name.
    created = Need("volumes", "data", "run", "a task creates it", is_own=True)
    assert len(collected([Use(created, (), A), Use(DATA.need, (), B)])) == 2
    # By default both are folders of their runs.
    assert len(collected([Use(created, (), A), Use(created._replace(why="other"), (), B)])) == 1


def test_a_task_that_another_pipeline_has_without_a_need() -> None:
    names = {A: {("dropped_tasks", "train")}, B: {("dropped_tasks", "train")}, "c.yaml": set()}
    (need,) = collected([own(A, "why")], names)
    assert (need.pipeline, need.others) == (A, (B,))
    plan = read_plan("drop-tasks: {train: true}", "plan.yaml")
    (found,) = too_general(plan, [need])
    assert f"also about `{B}`, which does not need it" in found.message
    assert f"below `{A}`" in found.help
    for text in (
        "drop-tasks: {train: false}",
        "drop-tasks: {train: null}",
        "{drop-tasks: {train: true}, pipelines: {b.yaml: {drop-tasks: {train: false}}}}",
    ):
        assert not [*too_general(read_plan(text, "plan.yaml"), [need])]


OWN = """\
pipelines:
   b.yaml:   # mine
      volumes:
         data: run

      metrics: false  # not these
   # c is like b
   c.yaml: {}
# The end.
"""


def test_decisions_are_added_to_their_pipeline() -> None:
    text = written(own(A, "x"), own(B, "y"), own(B, "z", "data", "volumes"), KEY, text=OWN)
    head = OWN.split("   # c is like b\n")[0]
    added = (
        "      drop-tasks:\n        # y\n"
        "        train: null  # TODO: true to leave it out, or false\n"
    )
    assert text.startswith(f"{head}{added}   # c is like b\n   c.yaml: {{}}\n   flows/a.yaml:\n")
    assert yaml.safe_load(text) == {
        "pipelines": {
            "b.yaml": {
                "volumes": {"data": "run"},
                "metrics": False,
                "drop-tasks": {"train": None},
            },
            "c.yaml": {},
            "flows/a.yaml": {"drop-tasks": {"train": None}},
        },
        "secrets": {"db/pass": None},
    }
    assert written(own(A, "x"), own(B, "y"), KEY, text=text) == text


def test_a_decision_about_all_pipelines_is_known_to_each() -> None:
    text = "drop-tasks:\n  train: true\n"
    assert written(own(A, "x"), own(B, "y"), text=text) == text
    both = "pipelines:\n  flows/a.yaml:\n    drop-tasks:\n      train: true\n"
    assert written(own(A, "x"), text=both) == both
