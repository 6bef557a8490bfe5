"""A pipeline of schema 2.0.0: kept as it is for Vertex AI, raised to 2.1.0 for Kubeflow."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from tests.unit.kfp_files import flow_of
from translator.model import OLDER_SCHEMA
from translator.records import replace
from translator.writers.pipeline_spec import pipeline_spec

if TYPE_CHECKING:
    from pathlib import Path

    from translator.diagnostics import Diagnostic

_SCHEMA = {"artifactType": {"instanceSchema": "title: kfp.Model\ntype: object\n"}}
#: Every message in which the two schemas differ, and some in which they do not.
OLDER: dict[str, Any] = {
    "pipelineInfo": {"name": "train"},
    "schemaVersion": "2.0.0",
    "sdkVersion": "kfp-1.8.22",
    "root": {
        "inputDefinitions": {
            "parameters": {
                "text": {"type": "STRING"},
                "count": {"type": "INT"},
                "rate": {"type": "DOUBLE"},
            },
        },
        "dag": {
            "tasks": {
                "get": {
                    "componentRef": {"name": "comp-get"},
                    "taskInfo": {"name": "get"},
                    "retryPolicy": {"maxRetryCount": 3, "backoffDuration": "60s"},
                },
                "say": {
                    "componentRef": {"name": "comp-say"},
                    "taskInfo": {"name": "Say it"},
                    "inputs": {
                        "parameters": {
                            "count": {"componentInputParameter": "count"},
                            "rate": {"runtimeValue": {"constantValue": {"doubleValue": 2.0}}},
                            # The input is a STRING; the file gives it a number all the same.
                            "text": {"runtimeValue": {"constantValue": {"intValue": "3"}}},
                            "more": {"runtimeValue": {"constantValue": {"stringValue": ""}}},
                        }
                    },
                    "dependentTasks": ["get"],
                    "triggerPolicy": {
                        "condition": "inputs.parameters['count'].int_value > 1 && "
                        "inputs.parameters['text'].string_value == '3'"
                    },
                    "cachingOptions": {"enableCache": True},
                },
            }
        },
    },
    "components": {
        "comp-get": {
            "executorLabel": "exec-get",
            "outputDefinitions": {"artifacts": {"o": _SCHEMA}},
        },
        "comp-say": {
            "executorLabel": "exec-say",
            "inputDefinitions": {
                "parameters": {
                    "count": {"type": "INT"},
                    "more": {"type": "STRING"},
                    "rate": {"type": "DOUBLE"},
                    "text": {"type": "STRING"},
                }
            },
            "outputDefinitions": {"parameters": {"said": {"type": "STRING"}}},
        },
    },
    "deploymentSpec": {
        "executors": {
            "exec-get": {
                "importer": {
                    "artifactUri": {"constantValue": {"stringValue": "gs://b/o"}},
                    "typeSchema": {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"},
                }
            },
            "exec-say": {
                "container": {
                    "image": "busybox:1.36",
                    "command": ["echo"],
                    "args": ["{{$.inputs.parameters['text']}}"],
                    "resources": {
                        "cpuLimit": 2.0,
                        "memoryLimit": 4.5,
                        "accelerator": {"type": "NVIDIA_TESLA_T4", "count": "1"},
                    },
                }
            },
        }
    },
}
JOB: dict[str, Any] = {
    "pipelineSpec": OLDER,
    "runtimeConfig": {
        "gcsOutputDirectory": "gs://bucket/root",
        "parameters": {"text": {"stringValue": "a"}, "count": {"intValue": "9007199254740993"}},
    },
}


def changed(change: Any) -> dict[str, Any]:
    """A copy of ``OLDER`` to which something was done."""
    spec: dict[str, Any] = json.loads(json.dumps(OLDER))
    change(spec)
    return spec


def read(document: Any) -> translator.Pipeline:
    return translator.load_text(flow_of(document), "pipeline.yaml").pipeline


def findings(document: Any, to: str) -> list[Diagnostic]:
    return [one for one in translator.check(read(document), to) if one.rule.code != "TR311"]


def test_comes_back_as_it_was() -> None:
    pipeline = read(OLDER)
    assert pipeline.schema_version == OLDER_SCHEMA
    assert json.dumps(pipeline_spec(pipeline), sort_keys=True) == json.dumps(OLDER, sort_keys=True)
    assert findings(OLDER, "vertex") == []
    files = translator.render(read(JOB), "vertex")
    assert yaml.safe_load(files["pipeline.yaml"]) == OLDER


def test_is_raised_for_kubeflow() -> None:
    (note,) = [one for one in findings(OLDER, "kubeflow") if one.rule.code == "TR137"]
    assert "schema version 2.0.0 and is written in schema version 2.1.0" in note.message
    spec = yaml.safe_load(translator.render(read(OLDER), "kubeflow")["pipeline.yaml"])
    assert spec["schemaVersion"] == "2.1.0"
    say = spec["root"]["dag"]["tasks"]["say"]
    # A number for a STRING is its text, one for a DOUBLE stays a number.
    assert say["inputs"]["parameters"]["text"] == {"runtimeValue": {"constant": "3"}}
    assert say["inputs"]["parameters"]["rate"] == {"runtimeValue": {"constant": 2.0}}
    assert say["triggerPolicy"]["condition"] == (
        "inputs.parameter_values['count'] > 1 && inputs.parameter_values['text'] == '3'"
    )
    assert spec["root"]["inputDefinitions"]["parameters"]["count"] == {
        "parameterType": "NUMBER_INTEGER"
    }
    resources = spec["deploymentSpec"]["executors"]["exec-say"]["container"]["resources"]
    assert resources["resourceCpuLimit"] == "2"
    assert "Value" not in json.dumps(spec["deploymentSpec"])


def test_what_2_1_0_spells_alike_becomes_the_older_spelling() -> None:
    def mix(spec: dict[str, Any]) -> None:
        spec["root"]["inputDefinitions"]["parameters"]["count"] = {
            "parameterType": "NUMBER_INTEGER"
        }
        spec["root"]["dag"]["tasks"]["say"]["inputs"]["parameters"]["rate"] = {
            "runtimeValue": {"constant": 2.0}
        }

    assert pipeline_spec(read(changed(mix))) == OLDER
    assert findings(changed(mix), "vertex") == []


def test_types_and_values_that_it_cannot_have_are_errors() -> None:
    def mix(spec: dict[str, Any]) -> None:
        spec["root"]["inputDefinitions"]["parameters"]["count"] = {"parameterType": "LIST"}
        values = spec["root"]["dag"]["tasks"]["say"]["inputs"]["parameters"]
        values["rate"] = {"runtimeValue": {"constant": True}}
        values["more"] = {"runtimeValue": {"constant": [1]}}

    found = findings(changed(mix), "vertex")
    assert [one.rule.code for one in found] == ["TR353"] * 3
    assert [one.message.partition(" requires")[0] for one in found] == [
        "the type LIST of `count`",
        "the value of input `rate` of task `say`",
        "the value of input `more` of task `say`",
    ]
    assert "TR353" not in [one.rule.code for one in findings(changed(mix), "kubeflow")]
    assert findings(changed(mix) | {"schemaVersion": "2.1.0"}, "vertex") == []


def container_of(command: list[str], *, parameters: bool) -> Any:
    def change(spec: dict[str, Any]) -> None:
        say = spec["deploymentSpec"]["executors"]["exec-say"]["container"]
        say |= {"command": command, "args": ["--executor_input", "{{$}}"]}
        if not parameters:
            spec["components"]["comp-say"] = {"executorLabel": "exec-say"}
            del spec["root"]["dag"]["tasks"]["say"]["inputs"]
            del spec["root"]["dag"]["tasks"]["say"]["triggerPolicy"]

    return changed(change)


FUNCTION = ["sh", "-c", "pip install 'kfp==1.8.9'; python3 -m kfp.v2.components.executor_main"]
TFX = ["python", "-m", "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"]


@pytest.mark.parametrize(
    ("command", "older", "newer"),
    [
        (FUNCTION, {"TR437": "kfp 1.8.9"}, {"TR437": "kfp 1.8.9"}),
        (TFX, {"TR429": "`exec-say`"}, {}),
    ],
)
def test_what_takes_its_inputs_at_once(
    command: list[str], older: dict[str, str], newer: dict[str, str]
) -> None:
    """On Kubeflow its form is that of schema 2.1.0; on Vertex AI that of the pipeline."""
    for version, expected in (("2.0.0", older), ("2.1.0", newer)):
        document = container_of(command, parameters=True) | {"schemaVersion": version}
        found = [f for f in findings(document, "kubeflow") if f.rule.code in ("TR437", "TR429")]
        assert [one.rule.code for one in found] == list(expected)
        assert all(part in one.message for one, part in zip(found, expected.values(), strict=True))
        told = [one.rule.code for one in findings(document, "vertex")]
        assert told == (["TR359"] if version == "2.1.0" and command is FUNCTION else [])
    for version in ("2.0.0", "2.1.0"):
        document = container_of(command, parameters=False) | {"schemaVersion": version}
        for target in ("vertex", "kubeflow"):
            codes = {one.rule.code for one in findings(document, target)}
            assert not codes & {"TR359", "TR429", "TR437"}


class TestScript:
    """``main.py`` sends values that say their types."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name, text in translator.render(read(JOB), "vertex").items():
            (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(folder / "main.py"), "--project", "p1", *words, "--dry-run"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def runtime(self, folder: Path, *words: str) -> Any:
        done = self.run(folder, *words)
        assert done.returncode == 0, done.stderr
        assert "warning" not in done.stderr
        runtime = json.loads(done.stdout)["pipelineJob"]["runtimeConfig"]
        assert runtime.pop("gcsOutputDirectory") == "gs://bucket/root"
        return runtime

    def test_flags_win_over_what_the_file_gives(self, folder: Path) -> None:
        assert self.runtime(folder, "--rate", "1e-3") == {
            "parameters": {
                "text": {"stringValue": "a"},
                # Digit for digit: in schema 2.0.0 it is an integer of 64 bits.
                "count": {"intValue": "9007199254740993"},
                "rate": {"doubleValue": 0.001},
            }
        }
        assert self.runtime(folder, "--rate", "2", "--count=-4", "--text", "5")["parameters"] == {
            "text": {"stringValue": "5"},
            "count": {"intValue": "-4"},
            "rate": {"doubleValue": 2},
        }

    def test_a_params_file(self, folder: Path) -> None:
        """What kfp 1.8 declares as a list or a bool is a STRING; the SDK makes JSON of them."""
        (folder / "p.yaml").write_text("{text: [1, a], count: 7.0, rate: 1}")
        assert self.runtime(folder, "--params-file", str(folder / "p.yaml"))["parameters"] == {
            "text": {"stringValue": '[1, "a"]'},
            "count": {"intValue": "7"},
            "rate": {"doubleValue": 1},
        }
        (folder / "p.yaml").write_text("{text: true, rate: 1}")
        runtime = self.runtime(folder, "--params-file", str(folder / "p.yaml"))
        assert runtime["parameters"]["text"] == {"stringValue": "true"}

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--rate", "x"], "Parameter rate is NUMBER_DOUBLE"),
            ([], "Parameter rate (NUMBER_DOUBLE) has no value"),
        ],
    )
    def test_values_are_checked(self, folder: Path, words: list[str], said: str) -> None:
        done = self.run(folder, *words)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr

    def test_defaults_are_sent(self, tmp_path: Path) -> None:
        """Schema 2.0.0 has none; should a file have one, it is sent as a value."""

        def change(spec: dict[str, Any]) -> None:
            spec["root"]["inputDefinitions"]["parameters"] = {
                "text": {"type": "STRING", "defaultValue": "b"},
                "count": {"type": "INT", "defaultValue": 3},
            }
            del spec["root"]["dag"]["tasks"]["say"]["inputs"]["parameters"]["count"]

        spec = changed(change)
        pipeline = read(spec)
        pipeline = replace(pipeline, submission=read(JOB).submission)
        for name, text in translator.render(pipeline, "vertex").items():
            (tmp_path / name).write_text(text, "utf-8")
        assert self.runtime(tmp_path, "--text", "c")["parameters"] == {
            "text": {"stringValue": "c"},
            "count": {"intValue": "9007199254740993"},
        }
        pipeline = replace(pipeline, submission=replace(pipeline.submission, arguments={}))
        for name, text in translator.render(pipeline, "vertex").items():
            (tmp_path / name).write_text(text, "utf-8")
        assert self.runtime(tmp_path)["parameters"] == {
            "text": {"stringValue": "b"},
            "count": {"intValue": "3"},
        }

    def test_a_pipeline_of_another_schema_is_refused(self, folder: Path) -> None:
        path = folder / "pipeline.yaml"
        path.write_text(path.read_text().replace("'2.0.0'", "'2.2.0'"))
        done = self.run(folder, "--rate", "1")
        assert done.returncode == 2
        assert "schemaVersion 2.0.0 or 2.1.0, got 1 of 2.2.0" in done.stderr
