"""What is written as a plan is read back, and keeps what a user has written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from translator.decisions import Need
from translator.diagnostics import Origin
from translator.diagnostics.redaction import guarded
from translator.plan.document import EMPTY
from translator.plan.kinds import KINDS
from translator.plan.needed import Needed, Use, collected
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
        *(BY_SECTION["volumes"], "data", "run", ("mounted", "created"), places, ("x", "y"), False)
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


NEEDS = st.builds(
    Need,
    st.sampled_from([kind.field for kind in KINDS if kind.has_keys]),
    TEXTS.filter(bool),
    TEXTS | st.sampled_from(["run", "gs://bucket/a", "projects/p/secrets/s", "NVIDIA_L4"]),
    TEXTS,
    st.tuples(st.builds(Origin, TEXTS, st.integers(0, 99))),
    st.booleans(),
)
USES = st.lists(st.builds(Use, NEEDS, st.lists(TEXTS, max_size=4).map(tuple)), max_size=5)


@given(USES, USES)
def test_hostile_names_stay_names(first: list[Use], second: list[Use]) -> None:
    """Every key is read back, and no text of a pipeline gets out of its quotes or comment."""
    text = plan_text(EMPTY, collected(first))
    assert guarded(text) == text
    plan = read_plan(text, "plan.yaml")
    asked = {(use.need.kind, use.need.key) for use in first}
    assert {(entry.kind.field, entry.key) for entry in plan.entries} == asked
    for entry in plan.entries:
        values = {
            u.need.value
            for u in first
            if (u.need.kind, u.need.key) == (entry.kind.field, entry.key)
        }
        assert entry.written is None or entry.written is True or entry.written in values
    again = plan_text(plan, collected(first))
    assert again == text
    more = read_plan(plan_text(plan, collected(second)), "plan.yaml").entries
    kept = {(entry.kind, entry.key): entry.written for entry in more}
    for entry in plan.entries:
        assert entry.written is None or kept[entry.kind, entry.key] == entry.written
    asked |= {(use.need.kind, use.need.key) for use in second}
    assert {(kind.field, key) for kind, key in kept} == asked
