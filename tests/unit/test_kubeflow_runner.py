"""The modules of a bundle for Kubeflow, as they are in `templates/`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubeflow_runner import Settings, declared, with_caching
from pipeline_inputs import Input
from script_support import Failure, PipelineFile, read_pipeline, yaml_documents
from translator.targets.kubeflow.options import is_address

WORKFLOW = """\
# This comment stays.
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: hello-, annotations: {compiled: 2021-11-30T15:34:23}}
spec:
  entrypoint: hello
  arguments:
    parameters:
    - {name: text, value: 'old'}
    - {name: count}
    - name: switch  # on or off
      value: |-
        two
        lines
  templates:
  - name: hello
    container: {image: 'busybox:1', command: [echo, '{{workflow.parameters.text}}']}
"""
SPEC = """\
pipelineInfo: {name: train}
schemaVersion: 2.1.0
components:
  comp-inner: {dag: {tasks: {fit: {taskInfo: {name: fit}}}}}
root:
  dag: {tasks: {inner: {cachingOptions: {enableCache: true, cacheKey: k}}}}
"""
#: A few lines that are a thousand million numbers.
BOMB = "bomb:\n- &a0 [1]\n" + "".join(
    f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
hostile = st.sampled_from(
    ["'", '"""', "\n", "\\", "{{", "%s", "--", "\u2028", "\u202e", "\0", "é", "😀", "# ", ": "]
)
#: What UTF-8 can hold.
any_value = st.lists(hostile, max_size=6).map("".join) | st.text()


def file_of(text: str) -> PipelineFile:
    return PipelineFile(Path("pipeline.yaml"), text, *yaml_documents(text, 100_000_000))


class TestValuesInWorkflow:
    def test_only_the_values_change(self) -> None:
        """Comments are lost, and nothing else: a date stays a date, not a text."""
        values = {"text": "new", "count": "5", "switch": "on"}
        changed = file_of(WORKFLOW).with_v1_values(values)
        expected = yaml.safe_load(WORKFLOW)
        parameters = expected["spec"]["arguments"]["parameters"]
        for parameter in parameters:
            parameter["value"] = values[parameter["name"]]
        assert yaml.safe_load(changed) == expected
        assert "compiled: 2021-11-30T15:34:23\n" in changed

    def test_scalars_stay_as_they_are_written(self) -> None:
        """Readers of YAML differ: to one of 1.2, 1e-5 is a number, and no is a text."""
        odd = ["1e-5", "no", "0o7", "07", "'07'", '"1"', "~", "''", "1_000", "12:30:45"]
        odd += ["''"]
        more = f"odd: [{', '.join(odd)}]\nempty: [{{}}, [], {{a: }}]\nblock: |+\n  deep \n   er\n\n"
        changed = file_of(WORKFLOW + more).with_v1_values({"text": "new"})
        count = len(odd) + 6
        assert self.scalars(changed)[-count:] == self.scalars(WORKFLOW + more)[-count:]

    @staticmethod
    def scalars(text: str) -> list[tuple[str, str, bool]]:
        """The type and the text of each scalar, and whether it is plain."""
        events = yaml.parse(text)
        scalars = (one for one in events if isinstance(one, yaml.ScalarEvent))
        return [(one.tag, one.value, one.style is None) for one in scalars]

    @pytest.mark.parametrize(
        "entry",
        [
            "- {name: x, value: old}",
            "- {value: 'old', name: x}",
            "- {name: x, value: }",
            "- {name: x, value: null}",
            "- {name: x, value: 5}",
            "- {'name': 'x', \"value\": \"a\\nb\"}",
            "- {name: x}",
            "- name: x",
            "- name: x # comment",
            "- name: x\n      value:",
            "- name: x\n      value: old # comment",
            "- name: x\n      value:\n        old text\n        on two lines",
            "- name: x\n      value: >\n        folded\n        text\n",
            "- name: x\n      value: |+\n        kept\n\n",
            "- value: &anchor old\n      name: x",
            "- {<<: {value: old, x: 1}, name: x}",
            "- {name: x, value: &a old}\n    - {name: y, value: *a}",
            "- name: x\n      description: größe 😀\n      value: '😀'",
            "- name: x\n      description: |\n        of many lines",
        ],
    )
    @settings(max_examples=25, deadline=None)
    @given(value=any_value)
    def test_of_any_style(self, entry: str, value: str) -> None:
        text = WORKFLOW.replace("- {name: text, value: 'old'}", entry)
        changed = file_of(text).with_v1_values({"x": value})
        expected = yaml.safe_load(text)
        expected["spec"]["arguments"]["parameters"][0]["value"] = value
        assert yaml.safe_load(changed) == expected

    def test_json(self) -> None:
        expected = yaml.safe_load(WORKFLOW.replace("2021-11-30T15:34:23", "''"))
        changed = file_of(json.dumps(expected, indent=1)).with_v1_values({"text": "new"})
        expected["spec"]["arguments"]["parameters"][0]["value"] = "new"
        assert yaml.safe_load(changed) == expected

    @pytest.mark.parametrize(
        ("text", "values"),
        [
            (WORKFLOW, {"other": "1"}),
            ("spec: {}", {"text": "1"}),
            ("spec: {arguments: {parameters: [text]}}", {"text": "1"}),
            ("spec: {arguments: {parameters: [{value: 1}]}}", {"text": "1"}),
            ("- a", {"text": "1"}),
        ],
    )
    def test_a_file_with_no_place_for_it_is_reported(
        self, text: str, values: dict[str, str]
    ) -> None:
        with pytest.raises(Failure) as caught:
            file_of(text).with_v1_values(values)
        assert caught.value.status == 2


class TestDefaults:
    def test_of_a_workflow_are_texts_as_they_are_in_the_file(self) -> None:
        entries = "- {name: a, value: 1e-5}\n    - {name: b, value: 07}\n    - {name: c, value: ~}"
        entries += "\n    - {name: d, value: ''}\n    - {name: e, value: [1]}"
        text = WORKFLOW.replace("- {name: text, value: 'old'}", entries)
        inputs = [Input(name) for name in "abcdef"]
        assert declared(inputs, file_of(text)) == []
        assert [one.default for one in inputs] == ["1e-5", "07", None, "", None, None]
        assert [one.required for one in inputs] == [False, False, True, False, True, True]

    @pytest.mark.parametrize(
        "text",
        [
            "kind: Workflow\nspec: {arguments: {parameters: [{value: 1}, text, {name: [a]}]}}",
            "kind: Workflow\nspec: [arguments]",
        ],
    )
    def test_of_a_workflow_that_is_none(self, text: str) -> None:
        inputs = [Input("a")]
        assert declared(inputs, file_of(text)) == []
        assert inputs[0].required

    def test_a_file_that_is_no_pipeline(self, tmp_path: Path) -> None:
        path = tmp_path / "pipeline.yaml"
        path.write_text("a: 1")
        with pytest.raises(Failure, match="is not a KFP v2 pipeline: pipelineInfo is missing"):
            read_pipeline(path)


class TestCaching:
    @pytest.mark.parametrize("enabled", [True, False])
    def test_reaches_inner_pipelines_and_keeps_the_rest(self, enabled: bool) -> None:
        platforms = "---\nplatforms: {kubernetes: {}}\n"
        changed, after = yaml.safe_load_all(with_caching(file_of(SPEC + platforms), enabled))
        assert after == {"platforms": {"kubernetes": {}}}
        expected = yaml.safe_load(SPEC)
        outer = expected["root"]["dag"]["tasks"]["inner"]
        outer["cachingOptions"] = {"enableCache": enabled, "cacheKey": "k"}
        inner = expected["components"]["comp-inner"]["dag"]["tasks"]["fit"]
        inner["cachingOptions"] = {"enableCache": enabled}
        assert changed == expected


class TestPipelineFile:
    @pytest.mark.parametrize("text", [f"kind: Workflow\n{BOMB}", SPEC + BOMB, "a: &a [*a]"])
    def test_aliases_that_expand_without_bound_are_refused(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "pipeline.yaml"
        path.write_text(text)
        start = time.monotonic()
        with pytest.raises(Failure, match="with its aliases expanded it is larger than"):
            read_pipeline(path)
        assert time.monotonic() - start < 5

    def test_other_aliases_are_fine(self) -> None:
        text = SPEC.replace("{name: train}", "&info {name: train}") + "x: [*info, *info]\n"
        assert file_of(text).documents[0]["x"] == [{"name": "train"}] * 2


class TestAddress:
    @pytest.mark.parametrize(
        "host", ["http://localhost:8080", "https://h/pipeline", "http://[::1]:80", "https://ä.de"]
    )
    def test_is_one(self, host: str) -> None:
        assert is_address(host) == host.isascii()

    @pytest.mark.parametrize(
        "host",
        [
            *("", "h:80", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h:x"),
            *("http://[::1", "http://a b", "http://h\r\nx", "http://h\x1b"),
        ],
    )
    def test_is_none(self, host: str) -> None:
        assert not is_address(host)


def test_settings_have_defaults_but_for_the_name() -> None:
    assert Settings("a").host == "http://localhost:8080"
    assert Settings("a").cache is None
