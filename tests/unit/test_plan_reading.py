"""Plans: what they decide, and what is refused in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import translator
from translator.decisions import Decisions
from translator.diagnostics import TranslationError
from translator.plan.document import joined
from translator.plan.kinds import Command
from translator.plan.reading import MAX_BYTES, load_plan, read_plan
from translator.plan.schema import schema
from translator.readers.options import ReadOptions
from translator.records import replace

ROOT = Path(__file__).parents[2]
WHOLE = """
plan-version: 1
entrypoints:
  "gcr.io/a/b:1": [python, "-m", a]
  text: sh -c 'a b'
  both: {entrypoint: [run], cmd: [fast]}
  only-cmd: {cmd: [serve]}
  open: null
images: {"gcr.io/": "eu.gcr.io/", "other": ~}
volumes:
  data: gs://bucket/a/
  cache: run
  open:
secrets: {db/pass: projects/p/secrets/s, all: projects/p/secrets/s/versions/2}
config-maps:
  inline: {KEY: value}
  file: maps/settings.yaml
accelerators: {nvidia.com/gpu: NVIDIA_TESLA_T4}
defaults: {text: a, number: 3, list: [1, {a: b}], no: false}
drop-tasks: {serve: true, kept: false, open: null}
metrics: false
accepted: {TR304/podMetadata.labels: not needed, TR153: the file is small, TR304: null}
pipelines:
  flows/a.yaml:
    drop-tasks: {serve: false}
    volumes: {data: run, cache: null}
    metrics: true
  b.yaml: null
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("maps").mkdir()
    Path("maps/settings.yaml").write_text("kind: ConfigMap\ndata: {KEY: of file}\n", "utf-8")
    os.mkfifo("fifo")
    Path("plan.txt").write_text("text", "utf-8")
    Path("outside.yaml").write_text("kind: ConfigMap\ndata: {KEY: secret}\n", "utf-8")


def refused(text: str | bytes, name: str = "plan.yaml") -> list[str]:
    """Line, code and message of each error."""
    with pytest.raises(TranslationError) as error:
        read_plan(text, name)
    found = error.value.diagnostics
    return [f"{d.origin.line if d.origin else 0}: {d.rule.code} {d.message}" for d in found]


def test_all_kinds() -> None:
    plan = read_plan(WHOLE, "plan.yaml")
    assert plan.decisions == Decisions(
        entrypoints={
            "gcr.io/a/b:1": ("python", "-m", "a"),
            "text": ("sh", "-c", "a b"),
            "both": ("run",),
            "only-cmd": (),
        },
        default_arguments={
            "gcr.io/a/b:1": (),
            "text": (),
            "both": ("fast",),
            "only-cmd": ("serve",),
        },
        images={"gcr.io/": "eu.gcr.io/"},
        volumes={"data": "gs://bucket/a", "cache": "run"},
        secrets={"db/pass": "projects/p/secrets/s", "all": "projects/p/secrets/s/versions/2"},
        config_maps={"inline": {"KEY": "value"}, "file": {"KEY": "of file"}},
        accelerators={"nvidia.com/gpu": "NVIDIA_TESLA_T4"},
        defaults={"text": "a", "number": 3, "list": [1, {"a": "b"}], "no": False},
        dropped_tasks=("serve",),
        accepted={"TR304/podMetadata.labels": "not needed", "TR153": "the file is small"},
        metrics=False,
    )
    own = plan.of("flows/../flows/a.yaml").decisions
    assert own == replace(
        plan.decisions,
        dropped_tasks=(),
        volumes={"data": "run", "cache": "run"},
        metrics=True,
    )
    assert plan.of("b.yaml").decisions == plan.of("c.yaml").decisions == plan.decisions
    assert plan.commands == {
        "gcr.io/a/b:1": Command(("python", "-m", "a")),
        "text": Command(("sh", "-c", "a b")),
        "both": Command(("run",), ("fast",)),
        "only-cmd": Command((), ("serve",)),
    }
    how = plan.reading(ReadOptions(entrypoints={"text": ("mine",)}))
    assert how.entrypoints == {
        "gcr.io/a/b:1": ("python", "-m", "a"),
        "both": ("run",),
        "only-cmd": (),
        "text": ("mine",),
    }
    assert how.default_arguments == {"gcr.io/a/b:1": (), "both": ("fast",), "only-cmd": ("serve",)}
    assert not plan.diagnostics


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "plan-version: 1\n", "volumes:\n", "volumes: {}\nsecrets: null\n"]
)
def test_nothing_is_decided(text: str) -> None:
    assert read_plan(text, "plan.yaml").decisions == Decisions()


def test_the_library_reads_a_file() -> None:
    Path("p").mkdir()
    Path("p/map.yaml").write_text("kind: ConfigMap\ndata: {A: b}\n", "utf-8")
    Path("p/plan.yaml").write_text("config-maps: {m: map.yaml}\n", "utf-8")
    assert translator.load_plan("p/plan.yaml").decisions.config_maps == {"m": {"A": "b"}}
    with pytest.raises(FileNotFoundError):
        translator.load_plan("none.yaml")
    with pytest.raises(OSError, match="not a regular file"):
        translator.load_plan("fifo")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [\n", "TR270 this is not a valid plan: invalid YAML or JSON"),
        (b"\xff\xfe\xff", "TR270 this is not a valid plan: "),
        ("- a\n", "1: TR270 this is not a valid plan: it has no sections"),
        ("text\n", "1: TR270 this is not a valid plan: it has no sections"),
        ("kind: Workflow\n", "it has neither `plan-version` nor a known section"),
        ("volumes: {}\n---\nvolumes: {}\n", "3: TR270 this is not a valid plan: it has more than"),
        ("plan-version: 2\n", "1: TR270 this is not a valid plan: `plan-version` must be 1"),
        ("plan-version: true\n", "1: TR270 this is not a valid plan: `plan-version` must be 1"),
        ("volumes: [a]\n", "`volumes` must be a mapping from each volume to its decision"),
        ("volumes: run\n", "`volumes` must be a mapping from each volume to its decision"),
        ("volumes: {a: run}\nvolumes: {b: run}\n", "2: TR270 this is not a valid plan: duplicate"),
        ("volumes:\n  a: run\n  a: run\n", "3: TR270 this is not a valid plan: duplicate key `a`"),
        ("volumes: {a: run}\nvolume: {b: run}\n", "2: TR271 `volume` is not a section of a plan"),
        ("volumes: {a: gs://B}\n", "1: TR272 invalid decision for volume `a`: expected gs://BU"),
        ("volumes: {a: 1}\n", "1: TR272 invalid decision for volume `a`: expected gs://BUCKET"),
        ("volumes: {a: {b: c}}\n", "TR272 invalid decision for volume `a`: expected gs://BUCKET"),
        ("volumes: {'': run}\n", "invalid decision for volume ``: expected a name of 1 to 2,000"),
        (f"volumes:\n  ? {'a' * 2001}\n  : run\n", "expected a name of 1 to 2,000 characters"),
        ("secrets: {a: my-secret}\n", "TR272 invalid decision for secret `a`: expected projects/"),
        ("accelerators: {a: t4}\n", "for resource or node label `a`: expected an accelerator"),
        ("images: {a: 'b c'}\n", "TR272 invalid decision for image `a`: expected an image"),
        ("drop-tasks: {a: yes please}\n", "TR272 invalid decision for task `a`: expected true"),
        ("drop-tasks: [a]\n", "`drop-tasks` must be a mapping from each task to its decision"),
        ("metrics: sometimes\n", "TR272 invalid decision for `metrics`: expected true or false"),
        ("metrics: {a: true}\n", "TR272 invalid decision for `metrics`: expected true or false"),
        ("entrypoints: {a: []}\n", "TR272 invalid decision for entrypoint of image `a`"),
        ("entrypoints: {a: ['']}\n", "expected [PROGRAM, ARGUMENT], or {entrypoint"),
        ('entrypoints: {a: "\'"}\n', "expected a command (no closing quotation)"),
        ("entrypoints: {a: ' '}\n", "expected a command"),
        ("entrypoints: {a: {run: [b]}}\n", "expected [PROGRAM, ARGUMENT], or {entrypoint"),
        ("entrypoints: {a: {cmd: []}}\n", "expected [PROGRAM, ARGUMENT], or {entrypoint"),
        ('entrypoints: {a: ["b\\0"]}\n', "expected [PROGRAM, ARGUMENT], or {entrypoint"),
        ("accepted: {TR304: ' '}\n", "TR272 invalid decision for finding `TR304`: expected the r"),
        ("accepted: {TR304: true}\n", "for finding `TR304`: expected the reason why it needs no"),
        ("accepted: {TR999: a}\n", "invalid decision for finding `TR999`: unknown code `TR999`"),
        ("accepted: {a: b}\n", "invalid decision for finding `a`: unknown code `a`"),
        ("accepted: {TR203/a: b}\n", "TR203 is an error, which cannot be accepted"),
        ("accepted: [TR304]\n", "`accepted` must be a mapping from each finding to its decision"),
        ("pipelines: [a]\n", "`pipelines` must be a mapping from a pipeline to its sections"),
        ("pipelines: {a: run}\n", "`a` must be a mapping from a section to its decisions"),
        ("pipelines: {a: {plan-version: 1}}\n", "TR271 `plan-version` is not a section of a plan"),
        ("pipelines: {a: {pipelines: {}}}\n", "TR271 `pipelines` is not a section of a plan"),
        ("pipelines: {a: {volumes: {b: 1}}}\n", "for volume `b` of pipeline `a`: expected gs://B"),
        ("pipelines: {'': {}}\n", "the path of a pipeline must have 1 to 2,000 characters"),
        ('pipelines: {"a\\0": {}}\n', "the path of a pipeline must have 1 to 2,000 characters"),
        ("pipelines: {a: {}, ./a: {}}\n", "`a` and `./a` are the same pipeline"),
        ("pipelines: {a: {}, maps/../a: {}}\n", "`a` and `maps/../a` are the same pipeline"),
        ("config-maps: {a: [b]}\n", "for config map `a`: expected a file, or the keys"),
        ("config-maps: {a: {b: 1}}\n", "for config map `a`: expected a file, or the keys"),
        ("config-maps: {a: none.yaml}\n", "`none.yaml` could not be read: No such file"),
        ("config-maps: {a: fifo}\n", "`fifo` is neither a file nor a folder"),
        ("config-maps: {a: plan.txt}\n", "`plan.txt`"),
        ("config-maps: {a: {../b: c}}\n", "`../b` is not a key of a config map"),
        ("config-maps: {a: {'': c}}\n", "`` is not a key of a config map"),
        ("defaults: {a: .inf}\n", "TR270 this is not a valid plan: `.inf` is not a valid JSON num"),
        ("volumes: {a: !!python/name:os.system run}\n", "unsupported YAML tag"),
        ("volumes: &a {b: *a}\n", "circular alias"),
        ("volumes: {a: *b}\n", "no anchor `b`"),
    ],
)
def test_refused(text: str | bytes, told: str) -> None:
    (found,) = refused(text)
    assert told in found


@pytest.mark.parametrize("path", ["../outside.yaml", "/etc/hosts", "link.yaml", "a/../../x", "\0"])
def test_files_outside_of_the_folder_of_a_plan_are_refused(path: str) -> None:
    Path("maps/link.yaml").symlink_to("../outside.yaml")
    text = yaml.safe_dump({"config-maps": {"a": path}})
    (found,) = refused(text, "maps/plan.yaml")
    assert "is not a file in the folder of the plan" in found


def test_misspelt_sections_get_a_suggestion() -> None:
    with pytest.raises(TranslationError) as error:
        read_plan("plan-version: 1\nconfigmaps: {}\n", "plan.yaml")
    assert error.value.diagnostics[0].help.startswith("did you mean `config-maps`?")


def test_all_errors_are_reported_at_once() -> None:
    text = "volumes: {a: 1, b: 2}\nsecret: {}\nimages: {c: 3}\n"
    assert [one.partition(" ")[0] for one in refused(text)] == ["1:", "1:", "2:", "3:"]


def test_ambiguous_values_are_warnings() -> None:
    plan = read_plan("defaults: {a: 0o17}\n", "plan.yaml")
    assert [finding.rule.code for finding in plan.diagnostics] == ["TR111"]


def test_size_is_limited() -> None:
    (found,) = refused(b"#" * (MAX_BYTES + 1))
    assert "it exceeds 2,000,000 bytes" in found
    many = "volumes:\n" + "".join(f"  v{number}: run\n" for number in range(20_001))
    (found,) = refused(many)
    assert "it has more than 20,000 decisions" in found
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    bomb = "defaults:\n  a0: &a0 [x]\n" + "".join(f"  {line}\n" for line in lines)
    (found,) = refused(bomb)
    assert "what its aliases repeat exceeds" in found


def test_options_override_the_plan() -> None:
    plan = read_plan(WHOLE, "plan.yaml")
    given: dict[str, Any] = {
        "volumes": {"data": "run", "cache": "run", "new": "run"},
        "metrics": True,
    }
    given |= {"dropped_tasks": ("kept", "serve")}
    given |= {"entrypoints": {"both": ("run",), "text": ("sh", "-c", "a b")}}
    made, found = joined(plan, given)
    assert (made.entrypoints["both"], made.default_arguments.get("both")) == (("run",), None)
    assert made.volumes == given["volumes"]
    assert (made.metrics, made.dropped_tasks) == (True, ("serve", "kept"))
    assert made.secrets == plan.decisions.secrets
    assert [finding.message for finding in found] == [
        "the decision for entrypoint of image `both` in the plan is overridden by `--entrypoint`",
        "the decision for volume `data` in the plan is overridden by `--volume`",
        "the decision for task `kept` in the plan is overridden by `--drop-task`",
        "the decision for `metrics` in the plan is overridden by `--metrics`",
        "the decision for task `serve` of pipeline `flows/a.yaml` in the plan is overridden by "
        "`--drop-task`",
    ]


PIECES = st.sampled_from(
    [
        *("volumes:", "secrets:", "entrypoints:", "metrics:", "plan-version: 1", "config-maps:"),
        *("accepted:", "TR304", "pipelines:", "\n    "),
        *("\n", "\n  ", " ", ": ", "a", "run", "null", "- ", "? ", "{", "}", "[", "]", ",", "&a"),
        *("*a", "!", "!!str", "<<", "|", ">", "'", '"', "#", "\t", "---\n", "...", "%", "\0"),
        *("\ud800", "1e999"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text() | st.binary())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_plan_or_refused(text: str | bytes) -> None:
    try:
        plan = read_plan(text, "plan.yaml")
    except TranslationError as error:
        assert error.diagnostics
    else:
        assert isinstance(plan.decisions, Decisions)


VALID = ["plan-version: 1\n", "volumes:\n", "# x\n", WHOLE]


@pytest.mark.parametrize("text", VALID)
def test_the_schema_accepts_valid_plans(text: str) -> None:
    read_plan(text, "plan.yaml")
    jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "kind: Workflow\n",
        "volume: {}\n",
        "plan-version: 2\n",
        "volumes: {a: gs://B}\n",
        "volumes: {a: gs://bucket/../a}\n",
        "volumes: {a: 1}\n",
        "volumes: [a]\n",
        "secrets: {a: b}\n",
        "accelerators: {a: t4}\n",
        "images: {a: b c}\n",
        "entrypoints: {a: []}\n",
        "entrypoints: {a: [1]}\n",
        "entrypoints: {a: {run: [b]}}\n",
        "config-maps: {a: {b: 1}}\n",
        "drop-tasks: {a: 1}\n",
        "metrics: 1\n",
        "'': {}\n",
        "accepted: {a: b}\n",
        "accepted: {TR304: ' '}\n",
        "pipelines: [a]\n",
        "pipelines: {a: run}\n",
        "pipelines: {'': {}}\n",
        "pipelines: {a: {pipelines: {}}}\n",
        "pipelines: {a: {volumes: {b: 1}}}\n",
        "volumes: {'': run}\n",
    ],
)
def test_the_schema_and_the_reader_refuse_the_same(text: str) -> None:
    refused(text)
    assert not jsonschema.Draft202012Validator(schema()).is_valid(yaml.safe_load(text))


def test_the_shipped_schema_is_that_of_the_table() -> None:
    import json

    shipped = json.loads((ROOT / "translator/plan.schema.json").read_text("utf-8"))
    assert shipped == schema()
    jsonschema.Draft202012Validator.check_schema(shipped)


def test_loading_names_the_file() -> None:
    Path("bad.yaml").write_text("volumes: {a: b}\n", "utf-8")
    with pytest.raises(TranslationError, match=r"^bad\.yaml:1:11: error\[TR272\]"):
        load_plan("bad.yaml")
