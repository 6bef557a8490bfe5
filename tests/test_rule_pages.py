"""Every rule has a page, and the examples on it do what the page says of them.

A page is a few paragraphs, then ``## Reported`` and ``## Not reported``, each with one
block. What stands behind the fence says how it is run:

- ``yaml v1 vertex``: merged into the smallest file of KFP v1 and converted for Vertex AI;
- ``yaml v2 kubeflow``: the same for KFP v2 and Kubeflow;
- ``yaml whole vertex``: the whole file as it is;
- ``console``: commands, run in a folder that has the smallest file of KFP v1.

Words after the target are flags of ``convert`` (``types=declared``), or ``refused``: there are
errors, though not this one.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from click.testing import CliRunner, Result

from translator.cli import main
from translator.diagnostics.codes import RULES
from translator.targets import TARGETS

ROOT = Path(__file__).parents[1]
PAGES = {path.stem: path for path in sorted((ROOT / "translator/diagnostics/pages").iterdir())}

FOUND, NOT_FOUND = "Reported", "Not reported"
FILE = "pipeline.yaml"

#: Rules whose situation no small file and no command makes, and the test that makes it.
MADE_ELSEWHERE = {
    "TR115": "tests/unit/test_kfp_mistakes.py::test_dags_inside_each_other",
    "TR124": "tests/unit/test_bundle.py::test_what_the_system_refuses",
    "TR125": "tests/unit/test_bundle.py::test_what_the_system_refuses",
    "TR126": "tests/unit/test_bundle.py::test_what_the_system_refuses",
    "TR129": "tests/unit/test_cli.py::test_a_file_that_changes_meanwhile_is_told",
    "TR189": "tests/unit/test_reading.py::test_nothing_is_written_from_an_incomplete_pipeline",
    "TR219": "tests/unit/test_resource_templates.py::test_a_claim_without_a_storage_class",
    "TR361": "tests/unit/test_resource_templates.py::test_objects_for_kubeflow",
    "TR362": "tests/unit/test_resource_templates.py::test_a_text_that_the_driver_does_not_resolve",
    "TR375": "tests/unit/test_vertex_config_maps.py::test_a_missing_key",
    "TR277": "tests/unit/test_plan_lookups.py::test_problems_leave_decisions_open",
    "TR432": "tests/unit/test_workflow_checks.py::test_a_large_workflow",
    "TR433": "tests/unit/test_decompiler_lightweight.py::test_others_stay_containers",
    "TR434": "tests/unit/test_decompiler_lightweight.py::test_images_with_an_old_python",
    "TR435": "tests/unit/test_decompiler_lightweight.py::test_images_with_an_old_python",
    "TR436": "tests/unit/test_decompiler_lightweight_v1.py::test_what_stays_a_text",
    "TR438": "tests/unit/test_decompiler_lightweight.py::test_descriptions_left_out",
    "TR439": "tests/unit/test_decompiler_lightweight.py::test_a_program_for_another_kfp",
    "TR520": "tests/unit/test_decompiler_components.py::test_those_of_v1_change_as_in_kfp",
    "TR521": "tests/unit/test_decompiler_components.py::test_names_that_no_function_has",
    "TR522": "tests/unit/test_decompiler_components.py::test_types_of_other_namespaces",
    "TR523": "tests/unit/test_decompiler_components.py::test_spaces_that_kfp_does_not_read",
    "TR524": "tests/unit/test_decompiler_components.py::test_settings_of_a_component",
    "TR525": "tests/unit/test_decompiler_components.py::test_executors_without_python",
    "TR526": "tests/unit/test_decompiler_components.py::test_a_list_as_an_output",
    "TR527": "tests/unit/test_decompiler_components.py::test_that_kfp_does_not_compile",
    "TR445": "tests/unit/test_decompile_command.py::test_a_version_of_kfp_is_told_or_pinned",
    "TR447": "tests/unit/test_decompile_command.py::test_run_settings_are_told",
    "TR448": "tests/unit/test_decompile_command.py::test_commands_of_logs_are_not_printed",
    "TR528": "tests/unit/test_decompiler_components.py::test_those_of_google_are_imported",
    "TR456": "tests/unit/test_graph.py::test_svg_without_the_layout",
    "TR470": "tests/unit/test_certificate.py::test_without_kfp",
    "TR472": "tests/unit/test_certificate.py::test_a_file_that_kfp_refuses",
    "TR473": "tests/unit/test_certificate.py::test_another_pipeline",
    "TR471": "tests/unit/test_comparison.py::test_too_many_tasks",
    "TR474": "tests/unit/test_comparison.py::test_an_incomplete_pipeline",
    "TR537": "tests/unit/test_decompiler_flow.py::test_names_that_kfp_refuses",
    "TR901": "tests/unit/test_cli.py::test_are_told_as_such",
    "TR902": "tests/unit/test_rendering.py::test_a_literal_that_is_not_the_value_is_our_bug",
}
#: Programs of a console block beside ``translator``.
PROGRAMS = {"touch", "mkdir", "echo", "printf", "ln", "chmod", "cp", "rm"}

SMALLEST = {
    "v1": """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: flow-}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: train, template: train}
  - name: train
    container:
      image: python:3.11
      command: [python, train.py]
""",
    "v2": """
pipelineInfo: {name: flow}
schemaVersion: 2.1.0
sdkVersion: kfp-2.15.2
root:
  dag:
    tasks:
      train:
        componentRef: {name: comp-train}
        taskInfo: {name: train}
components:
  comp-train: {executorLabel: exec-train}
deploymentSpec:
  executors:
    exec-train:
      container:
        image: python:3.11
        command: [python, train.py]
""",
}


class Block(NamedTuple):
    """A fenced block of a page."""

    #: The words behind the fence.
    info: tuple[str, ...]
    text: str

    @property
    def is_refused(self) -> bool:
        """Whether there are errors, of whatever kind."""
        return "refused" in self.info

    @property
    def flags(self) -> list[str]:
        """The flags of ``convert`` that it asks for."""
        return [f"--{word}" for word in self.info[3:] if word != "refused"]


def sections(page: str) -> dict[str, str]:
    """Heading → text; what stands before the first heading is under an empty one."""
    first, *rest = re.split(r"^## (.*)\n", page, flags=re.MULTILINE)
    return {"": first, **dict(zip(rest[::2], rest[1::2], strict=True))}


def blocks(text: str) -> list[Block]:
    found = re.findall(r"^```(\S[^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(tuple(info.split()), body) for info, body in found]


def block_of(code: str, heading: str) -> Block:
    (block,) = blocks(sections(PAGES[code].read_text("utf-8"))[heading])
    return block


def merged(base: Any, change: Any) -> Any:
    """The base with a fragment laid over it; null removes, and what has a name goes by it."""
    if isinstance(base, dict) and isinstance(change, dict):
        both = {key: merged(base.get(key), value) for key, value in change.items()}
        return {key: value for key, value in {**base, **both}.items() if value is not None}
    if are_named(base) and are_named(change):
        by_name = {one["name"]: one for one in base}
        for one in change:
            by_name[one["name"]] = merged(by_name.get(one["name"], {}), one)
        return list(by_name.values())
    return change


def are_named(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(v, dict) and "name" in v for v in values)


def file_of(block: Block) -> str:
    """The text of the file that a block stands for."""
    base = block.info[1]
    if base == "whole":
        return block.text
    fragment, *more = yaml.safe_load_all(block.text)
    whole = merged(yaml.safe_load(SMALLEST[base]), fragment)
    return yaml.safe_dump_all([whole, *more], sort_keys=False)


def translator(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def converted(block: Block) -> dict[str, Any]:
    """What ``convert`` says in JSON about the file of a block."""
    Path(FILE).write_text(file_of(block), "utf-8")
    words = ["convert", FILE, "--to", block.info[2], "--dry-run", "-o", "out"]
    result = translator(*words, "--format", "json", *block.flags)
    assert result.exit_code < 2, result.output
    told = json.loads(result.stdout)
    assert isinstance(told, dict)
    return told


def last_output(block: Block) -> Result:
    """What the last command of a console block comes to; the others have to succeed."""
    Path(FILE).write_text(SMALLEST["v1"], "utf-8")
    *before, last = [line for line in block.text.splitlines() if line]
    for line in before:
        assert run(line).exit_code == 0, line
    return run(last)


def run(line: str) -> Result:
    prompt, _, command = line.partition(" ")
    first, *words = shlex.split(command)
    assert prompt == "$"
    if first == "translator":
        return translator(*words)
    assert first in PROGRAMS and not set(command) & set(";|&`"), command
    subprocess.run(command, shell=True, check=True)
    return CliRunner().invoke(main, ["--version"])


def codes_and_success(block: Block) -> tuple[set[str], bool]:
    """The codes that a block leads to, and whether there are no errors."""
    if block.info[0] == "console":
        result = last_output(block)
        return set(re.findall(r"\bTR\d{3}\b", result.output)), result.exit_code == 0
    told = converted(block)
    found = {finding["code"] for one in told["inputs"] for finding in one["diagnostics"]}
    return found, told["counts"]["error"] == 0


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {path.name for path in PAGES.values()} == {f"{code}.md" for code in RULES}


@pytest.mark.parametrize("code", PAGES)
class TestForm:
    def test_is_as_all_of_them(self, code: str) -> None:
        text = PAGES[code].read_text("utf-8")
        parts = sections(text)
        assert parts[""].strip() and not text.startswith(("#", "\n"))
        assert text.endswith("\n") and not text.endswith("\n\n")
        if code in MADE_ELSEWHERE:
            assert list(parts) == [""] and not blocks(text)
        else:
            assert list(parts) == ["", FOUND, NOT_FOUND]
            assert block_of(code, FOUND) != block_of(code, NOT_FOUND)

    def test_is_short(self, code: str) -> None:
        lines = PAGES[code].read_text("utf-8").splitlines()
        assert len(lines) <= 80
        assert [line for line in lines if len(line) > 88 or line != line.rstrip()] == []

    def test_speaks_of_codes_that_there_are(self, code: str) -> None:
        text = PAGES[code].read_text("utf-8")
        assert set(re.findall(r"\bTR\d{3}\b", text)) <= set(RULES)

    def test_blocks_say_how_they_are_run(self, code: str) -> None:
        for block in blocks(PAGES[code].read_text("utf-8")):
            assert len(block.text.splitlines()) <= 30
            if block.info[0] == "console":
                assert set(block.info[1:]) <= {"refused"}
            else:
                assert block.info[1] in ("v1", "v2", "whole")
                assert block.info[2] in TARGETS


@pytest.mark.parametrize("code", [code for code in PAGES if code not in MADE_ELSEWHERE])
class TestExamples:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def test_one_is_found(self, code: str) -> None:
        found, _ = codes_and_success(block_of(code, FOUND))
        assert code in found, found

    def test_the_other_is_not(self, code: str) -> None:
        block = block_of(code, NOT_FOUND)
        found, succeeds = codes_and_success(block)
        assert code not in found
        assert succeeds is not block.is_refused, found


@pytest.mark.parametrize("code", MADE_ELSEWHERE)
def test_what_is_made_elsewhere_is_tested_there(code: str) -> None:
    path, _, name = MADE_ELSEWHERE[code].partition("::")
    text = (ROOT / path).read_text("utf-8")
    assert code in RULES and code in text
    assert re.search(rf"^ *def {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "target"), [("v1", "vertex"), ("v2", "vertex"), ("v2", "kubeflow")]
)
def test_nothing_is_said_of_the_smallest_files(
    kind: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = converted(Block(("yaml", kind, target), "{}"))
    assert [one["diagnostics"] for one in told["inputs"]] == [[]]


def test_fragments_are_merged_by_name() -> None:
    base = {"a": [{"name": "x", "p": 1}, {"name": "y"}], "b": [1, 2], "c": {"d": 1, "e": 2}}
    change = {"a": [{"name": "x", "q": 2}, {"name": "z"}], "b": [3], "c": {"d": None}}
    assert merged(base, change) == {
        "a": [{"name": "x", "p": 1, "q": 2}, {"name": "y"}, {"name": "z"}],
        "b": [3],
        "c": {"e": 2},
    }
