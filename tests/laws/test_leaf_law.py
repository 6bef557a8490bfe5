"""Change any leaf of a file, and what comes of it changes; the program that says so is right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from tests.corpus.files import corpus
from tests.laws import leaf_files, leaf_law
from tests.laws.leaf_files import Leaf
from tests.laws.leaf_law import KNOWN, KNOWN_IN, TARGETS, Trial, Verdict
from tests.laws.mutations import Kind, mutations
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/pipeline*.yaml"))
EXAMPLE_NAMES = [f"{path.parent.name}/{path.name}" for path in EXAMPLES]
#: Leaves of each file of the corpus: all of its files together take a minute on one core.
SAMPLE = 4
#: Tests among which the leaves of an example are divided, since there are many.
PARTS = 4
#: What is done to a file beside changing a value.
OTHERS = [kind for kind in Kind if kind is not Kind.VALUE]


# The law


def broken_by(trials: list[Trial]) -> list[str]:
    """What to tell of the leaves that should not be as they are."""
    return [
        f"{t.kind.value} {t.verdict.value} for {t.target}: {t.leaf.pattern}\n"
        f"    {t.leaf.pointer} = {t.leaf.value!r} {t.problem}"
        for t in trials
        if t.breaks_the_law
    ]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("path", EXAMPLES, ids=EXAMPLE_NAMES)
def test_every_leaf_of_an_example_counts(path: Path, part: int) -> None:
    trials = list(leaf_law.trials(path, part=slice(part, None, PARTS)))
    assert trials
    assert broken_by(trials) == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus(
        *("v1/compiled/*.yaml", "v1/goldens/*/*.yaml", "v1/pairs/*.yaml", "v1/pairs/*.json"),
        *("v1/seed/*.yaml", "v1/v2-compatible/*.yaml"),
        *("v2/kfp2/*", "v2/kfp1/*", "v2/gcpc/*", "v2/synthetic/*"),
        but="compiler_perf",  # megabytes, each leaf of which costs as much
    ),
)
def test_leaves_of_a_real_pipeline_count(path: Path) -> None:
    assert broken_by(list(leaf_law.trials(path, seed=1, sample=SAMPLE))) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=EXAMPLE_NAMES)
@pytest.mark.parametrize("kind", OTHERS, ids=[kind.value for kind in OTHERS])
def test_other_changes_of_an_example_count(path: Path, kind: Kind) -> None:
    trials = list(leaf_law.trials(path, kinds=[kind], sample=10))
    # KFP v2 has no place for labels, and a small file nothing in an order.
    assert trials or kind in (Kind.LABEL, Kind.ANNOTATION, Kind.REORDER)
    assert broken_by(trials) == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus(
        *("v1/compiled/*.yaml", "v1/goldens/*/*.yaml", "v1/pairs/*.yaml", "v1/pairs/*.json"),
        *("v1/seed/*.yaml", "v1/v2-compatible/*.yaml"),
        *("v2/kfp2/*", "v2/kfp1/*", "v2/gcpc/*", "v2/synthetic/*"),
        but="compiler_perf",
    ),
)
def test_other_changes_of_a_real_pipeline_count(path: Path) -> None:
    assert broken_by(list(leaf_law.trials(path, seed=1, sample=1, kinds=OTHERS))) == []


def test_it_is_known_why_leaves_break_the_law() -> None:
    assert all(KNOWN.values())
    for kind, expression, reason in (*leaf_law.MEANINGLESS, *leaf_law.OPEN):
        assert Kind(kind) in OTHERS
        assert re.compile(expression)
        assert reason
    assert all(pattern.startswith("/") for pattern in KNOWN)
    assert KNOWN_IN.keys() <= KNOWN.keys()


def test_what_is_known_in_some_files_is_not_known_in_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leaf_law, "KNOWN", {"/a": "why"})
    monkeypatch.setattr(leaf_law, "KNOWN_IN", {"/a": "v2"})
    leaf = Leaf(0, ("a",), 1)
    assert not Trial("v1/x.yaml", "vertex", leaf, Verdict.SEEN).breaks_the_law
    assert Trial("v1/x.yaml", "vertex", leaf, Verdict.SILENT).breaks_the_law
    assert not Trial("v2/x.yaml", "vertex", leaf, Verdict.SILENT).breaks_the_law
    assert Trial("v2/x.yaml", "vertex", leaf, Verdict.CRASHED).breaks_the_law


# The leaves of a file

WORKFLOW: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {
        "generateName": "say-",
        "annotations": {
            "pipelines.kubeflow.org/pipeline_spec": '{"name":"Say", "inputs":[], "n":1}',
            "note": "[no JSON",
        },
    },
    "spec": {
        "entrypoint": "say",
        "arguments": {"parameters": [{"name": "word", "value": "hello"}]},
        "templates": [
            {
                "name": "say",
                "inputs": {"parameters": [{"name": "word"}]},
                "container": {
                    "image": "alpine",
                    "command": ["echo", "{{inputs.parameters.word}}"],
                },
                "tolerations": [{"key": "a", "operator": "Exists"}],
            }
        ],
        "serviceAccountName": "pipeline-runner",
    },
}
SPEC: dict[str, Any] = {
    "pipelineInfo": {"name": "say", "description": "says a word"},
    "schemaVersion": "2.1.0",
    "sdkVersion": "kfp-2.13.0",
    "root": {
        "dag": {
            "tasks": {
                "say": {
                    "componentRef": {"name": "comp-say"},
                    "taskInfo": {"name": "say"},
                    "retryPolicy": {"maxRetryCount": 3, "backoffDuration": "60s"},
                    "cachingOptions": {"enableCache": True},
                }
            }
        }
    },
    "components": {"comp-say": {"executorLabel": "exec-say"}},
    "deploymentSpec": {
        "executors": {"exec-say": {"container": {"image": "alpine", "command": ["echo"]}}}
    },
}


def written(folder: Path, *documents: dict[str, Any], name: str = "pipeline.yaml") -> Path:
    """A file with these documents."""
    path = folder / name
    text = json.dumps(documents[0]) if path.suffix == ".json" else yaml.safe_dump_all(documents)
    path.write_text(text, encoding="utf-8")
    return path


def leaves_of(*documents: Any) -> dict[str, Any]:
    """Pointer → value of every leaf."""
    return {leaf.pointer: leaf.value for leaf in leaf_files.leaves(list(documents))}


def test_leaves_are_scalars_and_what_is_empty() -> None:
    document = {"a": [1, {"b/c~": None}], "d": {}, "e": [], "f": {"g": [[]]}}
    expected = {"/a/0": 1, "/a/1/b~1c~0": None, "/d": {}, "/e": [], "/f/g/0": []}
    assert leaves_of(document) == expected
    assert leaves_of({"a": 1}, {"a": 2}) == {"/a": 1, "#1/a": 2}


def test_json_that_is_text_has_leaves_of_its_own() -> None:
    text = '{"inputs": [{"name": "x"}], "metadata": {}}'
    assert leaves_of({"annotations": {"a/b": text, "c": "[no JSON", "d": "1"}}) == {
        "/annotations/a~1b#/inputs/0/name": "x",
        "/annotations/a~1b#/metadata": {},
        "/annotations/c": "[no JSON",
        "/annotations/d": "1",
    }
    env = [{"name": "KFP_V2_RUNTIME_INFO", "value": '{"a": 1}'}, {"name": "B", "value": "{}"}]
    assert leaves_of({"env": env}) == {
        "/env/0/name": "KFP_V2_RUNTIME_INFO",
        "/env/0/value#/a": 1,
        "/env/1/name": "B",
        "/env/1/value": "{}",
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=EXAMPLE_NAMES)
def test_the_leaves_are_those_of_the_ledger(path: Path) -> None:
    documents = leaf_files.read(path.read_text(encoding="utf-8"), is_json=False)
    ledger = leaf_law.fates(leaf_files.dumped(documents, is_json=False), path.name)
    # JSON in annotations that nobody opens stays one leaf.
    found = {
        leaf.ledger_pointer if leaf.ledger_pointer in ledger else leaf.outer_pointer
        for leaf in leaf_files.leaves(documents)
    }
    assert found == set(ledger)


def test_patterns_leave_out_numbers_and_names_of_authors() -> None:
    patterns = {leaf.pattern for leaf in leaf_files.leaves([SPEC])}
    assert "/root/dag/tasks/*/componentRef/name" in patterns
    assert "/deploymentSpec/executors/*/container/command/*" in patterns
    path = ("metadata", "annotations", "pipelines.kubeflow.org/arguments.parameters")
    assert Leaf(0, path, 1, ("epochs",)).pattern == (
        "/metadata/annotations/pipelines.kubeflow.org~1arguments.parameters#/*"
    )


def test_patterns_tell_what_a_template_is() -> None:
    templates = [
        {"name": "a", "dag": {"tasks": [{"name": "b"}]}},
        {"name": "b", "container": {"env": [{"name": "KFP_V2_RUNTIME_INFO"}]}},
        {"name": "c", "container": {"env": [{"name": "X"}]}},
    ]
    patterns = [leaf.pattern for leaf in leaf_files.leaves([{"spec": {"templates": templates}}])]
    assert patterns == [
        "/spec/templates/*(dag)/name",
        "/spec/templates/*(dag)/dag/tasks/*/name",
        "/spec/templates/*(launched)/name",
        "/spec/templates/*(launched)/container/env/*/name",
        "/spec/templates/*(container)/name",
        "/spec/templates/*(container)/container/env/*/name",
    ]


# Changes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[
            (None, "x"),
            (True, False),
            (3, 4),
            (0.5, 1.5),
            (1e300, 0),
            ([], ["x"]),
            ({}, {"x": "y"}),
        ],
        *[("", "x"), ("a", "ax"), ("true", "false"), ("P0D", "P1D"), ("0.5", "1.5")],
        *[("3600s", "3601s"), ("16Gi", "17Gi"), ("1.25.3", "1.25.3x"), ("STRUCT", "STRING")],
        *[("[]", '["x"]'), ('{"a": 1}', '{"a": 1, "x": "y"}'), ("[a]", "[a]x")],
        *[("'a' == 'b'", "'a' == 'bx'"), ("{{inputs.parameters.a}}", "{{inputs.parameters.a}}x")],
    ],
)
def test_the_change_keeps_the_kind(value: Any, expected: Any) -> None:
    assert leaf_files.changed(value) == expected


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("document", [WORKFLOW, SPEC], ids=["v1", "v2"])
def test_a_change_is_that_of_one_leaf_and_moves_no_line(document: Any, is_json: bool) -> None:
    before = leaf_files.dumped([document], is_json=is_json)
    documents = leaf_files.read(before, is_json=is_json)
    for leaf in leaf_files.leaves(documents):
        text = leaf_files.dumped(leaf_files.with_change(documents, leaf), is_json=is_json)
        after = leaves_of(*leaf_files.read(text, is_json=is_json))
        kept = {key: value for key, value in leaves_of(*documents).items() if key != leaf.pointer}
        assert kept.items() <= after.items()
        assert after.get(leaf.pointer) != leaf.value
        assert text.count("\n") == leaf_files.dumped(documents, is_json=is_json).count("\n")


def test_what_is_read_is_what_is_written() -> None:
    texts = ["2020-01-01", "yes", "012", "a\nb\n ", "a b " * 100, "é\u2028 #", " ", ""]
    document = {"texts": texts, "others": [1, None, {}, []], "same": texts, "ümlaut": 0.5}
    text = leaf_files.dumped([document, {}], is_json=False)
    assert leaf_files.read(text, is_json=False) == [document, {}]
    assert "&" not in text
    assert leaf_files.read("a: 2020-01-01", is_json=False) == [{"a": "2020-01-01"}]


def changes(document: Any, kind: Kind) -> dict[str, str]:
    """Pointer → the text that a change of this kind makes of it."""
    return {
        one.leaf.pointer: one.text([document], is_json=True)
        for one in mutations([document])
        if one.kind is kind
    }


def test_entries_go_come_and_change_places() -> None:
    document = {"a": [1, 2], "m": {"name": "b"}}
    assert changes(document, Kind.DELETE) == {
        "/a": '{"m": {"name": "b"}}',
        "/a/0": '{"a": [2], "m": {"name": "b"}}',
        "/a/1": '{"a": [1], "m": {"name": "b"}}',
        "/m": '{"a": [1, 2]}',
        "/m/name": '{"a": [1, 2], "m": {}}',
    }
    assert changes(document, Kind.ADD) == {
        "/unknownField": '{"a": [1, 2], "m": {"name": "b"}, "unknownField": "y"}',
        "/a/2": '{"a": [1, 2, 3], "m": {"name": "b"}}',
        "/m/unknownField": '{"a": [1, 2], "m": {"name": "b", "unknownField": "y"}}',
    }
    assert changes(document, Kind.DUPLICATE) == {
        "/a/1": '{"a": [1, 1, 2], "m": {"name": "b"}}',
        "/a/2": '{"a": [1, 2, 2], "m": {"name": "b"}}',
    }
    assert changes(document, Kind.REORDER) == {"/a/0": '{"a": [2, 1], "m": {"name": "b"}}'}
    assert changes(document, Kind.TWICE)["/m/name"] == (
        '{"a": [1, 2], "m": {"name": "b", "name": "bx"}}'
    )


def test_entries_of_json_that_is_text_change_too() -> None:
    document = {"annotations": {"k": '{"a": [1, 2]}'}}
    found = changes(document, Kind.REORDER)
    assert {key: json.loads(text) for key, text in found.items()} == {
        "/annotations/k#/a/0": {"annotations": {"k": '{"a": [2, 1]}'}}
    }


def test_workflows_templates_and_runs_get_labels_and_annotations() -> None:
    document = {"spec": {"templates": [{"name": "a", "metadata": {"labels": {"b": "c"}}}]}}
    found = {key: json.loads(text) for key, text in changes(document, Kind.LABEL).items()}
    assert found["/metadata/labels/example.com~1own"]["metadata"] == {
        "labels": {"example.com/own": "x"}
    }
    (template,) = found["/spec/templates/0/metadata/labels/example.com~1own"]["spec"]["templates"]
    assert template["metadata"]["labels"] == {"b": "c", "example.com/own": "x"}
    assert len(changes(document, Kind.ANNOTATION)) == 2
    assert list(changes({"pipelineSpec": {}}, Kind.LABEL)) == ["/labels/example.com~1own"]


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("document", [WORKFLOW, SPEC], ids=["v1", "v2"])
def test_a_key_that_is_there_twice_is_refused(document: Any, is_json: bool) -> None:
    for one in mutations([document]):
        if one.kind is Kind.TWICE and one.leaf.inner is None:
            with pytest.raises(translator.TranslationError, match="TR106"):
                translator.load_text(one.text([document], is_json=is_json))


# Verdicts


def verdicts(path: Path, target: str, expression: str = "", **options: Any) -> dict[str, Verdict]:
    """Pointer → verdict of the leaves whose pointers match."""
    return {
        trial.leaf.pointer: trial.verdict
        for trial in leaf_law.trials(path, [target], **options)
        if re.search(expression, trial.leaf.pointer)
    }


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["pipeline.yaml", "pipeline.json"])
def test_leaves_that_are_carried_are_seen(target: str, name: str, tmp_path: Path) -> None:
    found = verdicts(written(tmp_path, SPEC, name=name), target)
    assert len(found) == 12
    assert set(found.values()) == {Verdict.SEEN}


def forgetful(monkeypatch: pytest.MonkeyPatch, forget: Callable[[Any], Any]) -> None:
    """Makes the library forget a part of each pipeline that it reads."""
    load_text = translator.load_text

    def load_and_forget(*given: Any) -> Any:
        reading = load_text(*given)
        return reading._replace(pipeline=forget(reading.pipeline))

    monkeypatch.setattr(translator, "load_text", load_and_forget)


@pytest.mark.parametrize("target", TARGETS)
def test_a_leaf_that_a_reader_loses_is_silent(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful(monkeypatch, lambda pipeline: replace(pipeline, description=""))
    found = verdicts(written(tmp_path, SPEC), target)
    silent = [pointer for pointer, verdict in found.items() if verdict is Verdict.SILENT]
    assert silent == ["/pipelineInfo/description"]


@pytest.mark.parametrize("kind", OTHERS, ids=[kind.value for kind in OTHERS])
@pytest.mark.parametrize("name", ["small-v1.yaml", "small-v2.json"])
def test_other_changes_of_small_files_are_seen_or_known(
    kind: Kind, name: str, tmp_path: Path
) -> None:
    path = written(tmp_path, WORKFLOW if "v1" in name else SPEC, name=name)
    assert broken_by(list(leaf_law.trials(path, kinds=[kind]))) == []


@pytest.mark.parametrize("kind", [Kind.DELETE, Kind.VALUE])
def test_what_goes_and_is_lost_before_is_silent(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful(monkeypatch, lambda pipeline: replace(pipeline, description=""))
    trials = leaf_law.trials(written(tmp_path, SPEC), ["vertex"], kinds=[kind])
    lost = [trial.leaf.pointer for trial in trials if trial.breaks_the_law]
    assert lost == ["/pipelineInfo/description"]


def test_a_finding_at_another_number_is_not_what_shows_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that is lost is not seen because findings about those behind it move."""
    workflow = json.loads(json.dumps(WORKFLOW))
    secret = {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    workflow["spec"]["templates"][0]["container"]["env"] = [{"name": "A", "value": "1"}, secret]

    def without_env(pipeline: Any) -> Any:
        ((label, container),) = pipeline.executors.items()
        return replace(pipeline, executors={label: replace(container, env=())})

    forgetful(monkeypatch, without_env)
    trials = leaf_law.trials(written(tmp_path, workflow), ["vertex"], kinds=[Kind.DELETE])
    verdict = {trial.leaf.pointer: trial.verdict for trial in trials}
    assert verdict["/spec/templates/0/container/env/0"] is Verdict.SILENT
    assert verdict["/spec/templates/0/container/env/1"] is Verdict.SEEN


def test_a_crash_is_told_with_what_it_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(pipeline: Any) -> Any:
        if pipeline.description == "says a wordx":
            raise KeyError("word")
        return pipeline

    forgetful(monkeypatch, fragile)
    trials = list(leaf_law.trials(written(tmp_path, SPEC), ["vertex"]))
    (crashed,) = (trial for trial in trials if trial.verdict is Verdict.CRASHED)
    assert crashed.leaf.pointer == "/pipelineInfo/description"
    assert crashed.problem == "KeyError: 'word'"
    assert crashed.breaks_the_law


def test_a_workflow_for_kubeflow_is_seen_in_its_copy_only(tmp_path: Path) -> None:
    path = written(tmp_path, WORKFLOW)
    found = verdicts(path, "kubeflow")
    assert set(found.values()) == {Verdict.SEEN, Verdict.COPIED}
    assert found["/spec/templates/0/container/image"] is Verdict.COPIED
    # Its name is in the script too; its value, a default, in the workflow alone.
    assert found["/spec/arguments/parameters/0/name"] is Verdict.SEEN
    assert found["/spec/arguments/parameters/0/value"] is Verdict.COPIED
    assert verdicts(path, "vertex", "image") == {"/spec/templates/0/container/image": Verdict.SEEN}


def test_a_leaf_without_meaning_is_inert(tmp_path: Path) -> None:
    found = verdicts(written(tmp_path, WORKFLOW), "vertex", "^/(apiVersion|kind)$")
    # Another kind is no workflow.
    assert found == {"/apiVersion": Verdict.INERT, "/kind": Verdict.SEEN}


def test_a_setting_of_which_the_report_speaks_is_told(tmp_path: Path) -> None:
    workflow = json.loads(json.dumps(WORKFLOW))
    template = workflow["spec"]["templates"][0]
    template["tolerations"].append({"key": "b"})
    path = written(tmp_path, workflow)
    found = verdicts(path, "vertex", "tolerations")
    assert list(found.values()) == [Verdict.TOLD] * 3
    platform = {"platforms": {"kubernetes": {"pipelineConfig": {"workspace": {"size": "1Gi"}}}}}
    found = verdicts(written(tmp_path, SPEC, platform), "vertex", "#1")
    assert list(found.values()) == [Verdict.TOLD]
    found = verdicts(written(tmp_path, SPEC, platform), "kubeflow", "#1")
    assert list(found.values()) == [Verdict.SEEN]


def test_a_setting_of_which_the_report_does_not_speak_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translator, "check", lambda *_: ())
    found = verdicts(written(tmp_path, WORKFLOW), "vertex", "tolerations")
    assert list(found.values()) == [Verdict.SILENT] * 2


def test_what_is_dropped_with_a_finding_is_told_and_all_else_of_that_file_refused(
    tmp_path: Path,
) -> None:
    workflow = json.loads(json.dumps(WORKFLOW))
    template = workflow["spec"]["templates"][0]
    del template["container"]
    template["suspend"] = {"duration": "60s"}
    found = verdicts(written(tmp_path, workflow), "vertex")
    assert found["/spec/templates/0/suspend/duration"] is Verdict.TOLD
    assert found["/spec/entrypoint"] is Verdict.SEEN
    assert Verdict.SILENT not in found.values()


def test_an_object_of_the_cluster_is_told_as_a_whole(tmp_path: Path) -> None:
    workflow = json.loads(json.dumps(WORKFLOW))
    template = workflow["spec"]["templates"][0]
    del template["container"]
    manifest = "{kind: Pod, metadata: {name: a}}"
    template["resource"] = {"action": "create", "manifest": manifest, "successCondition": "a"}
    found = verdicts(written(tmp_path, workflow), "vertex")
    below = {key for key in found if key.startswith("/spec/templates/0/resource/")}
    assert len(below) >= 3
    assert {found[key] for key in below} <= {Verdict.SEEN, Verdict.REFUSED}
    assert found["/spec/templates/0/resource/action"] is Verdict.SEEN
    assert Verdict.SILENT not in found.values()


# Samples, and the command


def test_a_sample_is_the_same_wherever_the_file_lies(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    path, other = written(tmp_path, SPEC), written(tmp_path / "other", SPEC)

    def drawn(path: Path, seed: int) -> list[str]:
        return [t.leaf.pointer for t in leaf_law.trials(path, ["vertex"], seed=seed, sample=5)]

    assert len(drawn(path, 1)) == 5
    assert drawn(path, 1) == drawn(other, 1)
    assert drawn(path, 1) != drawn(path, 2)
    assert len(verdicts(path, "vertex", sample=1000)) == len(leaves_of(SPEC))


def test_the_command_lists_what_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forgetful(monkeypatch, lambda pipeline: replace(pipeline, description="", sdk_version=""))
    monkeypatch.setattr(leaf_law, "KNOWN", {"/sdkVersion": "forgotten on purpose", "/a": "b"})
    written(tmp_path, SPEC)
    (tmp_path / "README.md").write_text("no pipeline", encoding="utf-8")
    assert leaf_law.main([str(tmp_path), "--to", "vertex"]) == 1
    shown = capsys.readouterr().out
    assert "silent     1  vertex    /pipelineInfo/description\n                not known" in shown
    assert "silent     1  vertex    /sdkVersion\n                known: forgotten on" in shown
    assert 'pipeline.yaml\n                /pipelineInfo/description = "says a word"' in shown
    assert "known, but not met: /a\n" in shown
    assert "12 changes in 1 files: 10 seen, 0 only in the file, 0 inert" in shown


def test_the_command_ends_well_where_all_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forgetful(monkeypatch, lambda pipeline: replace(pipeline, sdk_version=""))
    monkeypatch.setattr(leaf_law, "KNOWN", {"/sdkVersion": "forgotten on purpose"})
    assert leaf_law.main([str(written(tmp_path, SPEC)), "--sample", "100"]) == 0
    assert "not met" not in capsys.readouterr().out


def test_large_files_are_skipped_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(leaf_law, "MAX_BYTES", 10)
    path = written(tmp_path, SPEC)
    assert list(leaf_law.pipelines([path])) == []
    assert capsys.readouterr().err == f"skipped, since it is large: {path}\n"
