"""A written ``pipeline.py`` is compiled again, and compared with the pipeline that it is from."""

from __future__ import annotations

import importlib.util
import sys

import pytest

import translator
from tests.unit.kfp_files import read, spec
from translator import api, certificate
from translator.model import Submission
from translator.records import replace

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("kfp"), reason="kfp is not installed")

SOURCE = """
from kfp import dsl


@dsl.container_component
def say():
    return dsl.ContainerSpec(image="python:3.11")


@dsl.component(base_image="python:3.11")
def never() -> None:
    raise SystemExit("the body of a component ran")


@dsl.pipeline(name="train")
def train():
    say()
"""
FILES = {"pipeline.py": SOURCE}


def pipeline_of_source() -> translator.model.Pipeline:
    text = certificate.compiled(FILES, "train")[0]
    return translator.load_text(text).pipeline


def test_the_same_pipeline() -> None:
    made = certificate.verified(FILES, "train", pipeline_of_source())
    assert made.identical and made.comparison.notes == ()
    assert made.kfp.startswith("2.")
    assert list(certificate.findings(made, None)) == []


def test_the_settings_of_a_run_are_not_in_it() -> None:
    pipeline = replace(pipeline_of_source(), submission=Submission(schedule="0 0 * * *"))
    assert certificate.verified(FILES, "train", pipeline).identical


def test_another_pipeline() -> None:
    container = {"image": "python:3.11", "args": ["x"]}
    executors = {"exec-say": {"container": container}}
    made = certificate.verified(FILES, "train", read(spec(deploymentSpec={"executors": executors})))
    told = [finding.message for finding in certificate.findings(made, None)]
    assert not made.identical
    assert any("task say: arguments changed" in message for message in told)
    assert all("TR473" in str(finding) for finding in certificate.findings(made, None))


def test_a_field_of_the_compiled_pipeline_that_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = certificate.compiled(FILES, "train")[0]
    reading = translator.load_text(text)
    newer = text.replace("image: python:3.11", "image: python:3.11\n        shell: zsh", 1)
    assert newer != text
    monkeypatch.setattr(certificate, "compiled", lambda *_: (newer, "3.0"))
    made = certificate.verified(FILES, "train", reading.pipeline)
    assert [str(one) for one in made.comparison.differences] == [
        "task say: left out: container: shell added"
    ]
    known = translator.load_text(newer)
    assert certificate.verified(FILES, "train", known.pipeline, known.left_out).identical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{SOURCE}\nraise ValueError('no')", "ValueError: no"),
        ("def train(", "SyntaxError"),
        ("from kfp import dsl", "has no attribute"),
        ("import os\nos._exit(7)", "no message"),
    ],
)
def test_a_file_that_kfp_refuses(text: str, reason: str) -> None:
    with pytest.raises(translator.TranslationError, match=f"TR472.*{reason}"):
        certificate.compiled({"pipeline.py": text}, "train")


def test_without_kfp(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = "import sys\nsys.modules['kfp'] = None\n"
    monkeypatch.setattr(certificate, "_PROGRAM", hidden + certificate._PROGRAM)
    with pytest.raises(translator.TranslationError, match="TR470"):
        certificate.compiled(FILES, "train")


def test_one_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "PATIENCE", 1)
    with pytest.raises(translator.TranslationError, match=r"TR472.*more than 1 second"):
        certificate.compiled({"pipeline.py": "while True: pass"}, "train")


def test_this_process_does_not_import_kfp() -> None:
    known = {name for name in sys.modules if name.partition(".")[0] == "kfp"}
    certificate.verified(FILES, "train", pipeline_of_source())
    assert {name for name in sys.modules if name.partition(".")[0] == "kfp"} == known


WORKFLOW = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: a-}
spec:
  entrypoint: a
  activeDeadlineSeconds: 60
  nodeSelector: {disk: ssd}
  imagePullSecrets: [{name: registry}]
  arguments: {parameters: [{name: Output, value: o}, {name: output, value: p}]}
  templates:
  - name: a
    inputs: {parameters: [{name: Output}, {name: output}]}
    dag:
      tasks:
      - name: b
        template: b
        arguments:
          parameters:
          - {name: x, value: "{{inputs.parameters.Output}}"}
          - {name: y, value: "{{inputs.parameters.output}}"}
  - name: b
    inputs: {parameters: [{name: x}, {name: y}]}
    container:
      image: busybox
      command: [echo, "{{inputs.parameters.x}}", "{{inputs.parameters.y}}"]
"""


def test_a_workflow_for_vertex_has_no_settings_of_its_pods() -> None:
    reading = translator.load_text(WORKFLOW)
    assert reading.pipeline.pod.node_selector
    assert api.verify(reading, "vertex").identical


def test_an_input_with_the_name_that_kfp_keeps_for_a_returned_value() -> None:
    source = translator.decompile(translator.load_text(WORKFLOW))
    assert 'def a(output_2: str = "o", output: str = "p")' in source.text
    assert [one.rule.code for one in source.findings].count("TR536") == 1
