"""A baseline: only new findings are reported, wherever lines have moved to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from translator.cli import main
from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics.baseline import SCHEMA, read_baseline
from translator.diagnostics.internal import UNEXPECTED

ROOT = Path(__file__).parents[2]
V1 = (ROOT / "examples/train/pipeline_v1.yaml").read_text("utf-8")
ODD = "pipelineInfo: {name: a}\nroot: {dag: {tasks: {}}}\nschemaVersion: 2.1.0\noddField: 1\n"
WARNING = Rule("TR103", Severity.WARNING, what="{text}")
NOTE = Rule("TR413", Severity.NOTE, what="{text}")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/v1.yaml").write_text(V1, "utf-8")
    Path("in/odd.yaml").write_text(ODD)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "in", *arguments])


def write() -> Result:
    result = check("--baseline", "known.json", "--write-baseline", "--strict")
    assert result.exit_code == 0, result.output
    return result


def entries() -> dict[str, list[dict[str, Any]]]:
    document = json.loads(Path("known.json").read_text())
    assert document["schema"] == SCHEMA
    files: dict[str, list[dict[str, Any]]] = document["files"]
    return files


class TestCommand:
    def test_known_findings_are_not_reported(self) -> None:
        assert check("--strict").exit_code == 1
        assert "known.json written" in write().stderr
        assert sorted(entries()) == ["in/odd.yaml", "in/v1.yaml"]
        result = check("--baseline", "known.json", "--strict")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "warning[" not in result.stderr and "error[" not in result.stderr
        number = sum(entry["number"] for file in entries().values() for entry in file)
        assert f"{number} in the baseline; 0 of 2 can be converted" in result.stderr
        document = json.loads(check("--baseline", "known.json", "--format", "json").stdout)
        assert (document["known"], document["counts"]["warning"]) == (number, 0)

    def test_errors_too(self) -> None:
        Path("in/broken.yaml").write_text("pipelineInfo: [")
        assert check().exit_code == 1
        write()
        result = check("--baseline", "known.json")
        assert result.exit_code == 0
        assert "2 of 3 can be converted" in result.stderr

    def test_a_new_finding_fails(self) -> None:
        write()
        Path("in/odd.yaml").write_text(ODD + "another: 1\n")
        result = check("--baseline", "known.json", "--strict")
        assert result.exit_code == 1
        assert "error[TR103]: field `another`" in result.stderr
        assert result.stderr.count("error[") == 1

    def test_the_same_finding_once_more_fails(self) -> None:
        write()
        document = yaml.safe_load(V1)
        templates = document["spec"]["templates"]
        again = next(t for t in templates if t["name"] == "apply-manifest")
        again["container"]["command"] *= 2
        Path("in/new.yaml").write_text(yaml.safe_dump(document))
        assert check("--baseline", "known.json", "--strict").exit_code == 1

    def test_lines_and_templates_may_move(self) -> None:
        write()
        document = yaml.safe_load(V1)
        document["spec"]["templates"].reverse()
        Path("in/v1.yaml").write_text("# more\n\n" + yaml.safe_dump(document, indent=5))
        Path("in/odd.yaml").write_text("\n\noddField: 1\n" + ODD.replace("oddField: 1\n", ""))
        result = check("--baseline", "known.json", "--strict")
        assert result.exit_code == 0, result.stderr

    def test_what_is_gone_is_a_note(self) -> None:
        write()
        Path("in/odd.yaml").write_text(ODD.replace("oddField: 1\n", ""))
        result = check("--baseline", "known.json", "-v")
        assert "note[TR451]: 1 finding of the baseline is no longer found" in result.stderr
        # A file that is not read is not missed, and stays when the baseline is written again.
        Path("in/odd.yaml").unlink()
        assert "TR451" not in check("--baseline", "known.json", "-v").stderr
        write()
        assert "in/odd.yaml" in entries()

    def test_it_is_the_same_from_any_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write()
        Path("translator.toml").write_text('baseline = "known.json"\n')
        assert check("--strict").exit_code == 0
        monkeypatch.chdir("in")
        result = CliRunner().invoke(main, ["check", ".", "--strict"])
        assert result.exit_code == 0, result.stderr

    def test_it_is_no_input(self) -> None:
        result = check("--baseline", "in/known.json", "--write-baseline")
        assert result.exit_code == 0
        result = check("--baseline", "in/known.json", "--strict")
        assert (result.exit_code, "skipped" in result.stderr) == (0, False)

    def test_it_is_written_in_one_way(self) -> None:
        write()
        first = Path("known.json").read_bytes()
        assert first.isascii() and first.endswith(b"}\n")
        write()
        assert Path("known.json").read_bytes() == first

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (None, "the baseline 'known.json' does not exist; write it with --write-baseline"),
            ("{", "'known.json' is not a valid baseline: "),
            ("[]", f"'known.json' is not a valid baseline: it has no `schema` {SCHEMA}"),
            ("[" * 100_000, "'known.json' is not a valid baseline: it is nested too deeply"),
            (f'{{"schema": "{SCHEMA}"}}', "'known.json' is not a valid baseline: an entry of"),
            (
                f'{{"schema": "{SCHEMA}", "files": {{"a": [{{"code": 1, "at": "", "message": "", '
                '"number": 1}]}}',
                "'known.json' is not a valid baseline: an entry of",
            ),
        ],
    )
    def test_wrong_usage(self, text: str | None, told: str) -> None:
        if text is not None:
            Path("known.json").write_text(text)
        result = check("--baseline", "known.json")
        assert result.exit_code == 2
        assert told in result.stderr

    def test_writing_needs_a_file(self) -> None:
        result = check("--write-baseline")
        assert result.exit_code == 2
        assert "--write-baseline needs --baseline FILE" in result.stderr
        Path("folder").write_text("")
        assert check("--baseline", "folder/known.json", "--write-baseline").exit_code == 2


def found(rule: Rule, pointer: str, text: str, line: int) -> Diagnostic:
    return rule.at(Origin("a.yaml", line, 1, pointer), text=text)


places = st.tuples(
    st.sampled_from(["/a/0/b", "/a/1/b", "/c"]), st.sampled_from("xy"), st.integers(1, 9)
)
findings = st.lists(places, max_size=8).map(lambda given: [found(WARNING, *one) for one in given])


class TestProperties:
    @staticmethod
    def written(known: list[Diagnostic]) -> str:
        baseline = read_baseline(f'{{"schema": "{SCHEMA}", "files": {{}}}}', ".")
        assert baseline.new(known, "a.yaml") == known
        return baseline.text()

    @given(findings)
    def test_no_finding_is_new_to_its_own_baseline(self, known: list[Diagnostic]) -> None:
        baseline = read_baseline(self.written(known), ".")
        moved = [
            d._replace(origin=d.origin and d.origin._replace(line=d.origin.line + 7)) for d in known
        ]
        assert baseline.new(moved[::-1], "a.yaml") == []
        assert baseline.gone() == 0

    @given(findings, findings)
    def test_new_and_gone(self, known: list[Diagnostic], later: list[Diagnostic]) -> None:
        """As many are new as there are more of a kind, and as many gone as there are fewer."""
        baseline = read_baseline(self.written(known), ".")
        new = baseline.new(later, "a.yaml")
        assert len(later) - len(new) == len(known) - baseline.gone()
        assert all(finding in later for finding in new)
        again = read_baseline(baseline.text(), ".")
        assert again.new(later, "a.yaml") == [] and again.gone() == 0

    def test_notes_and_internal_errors_stay(self) -> None:
        known = [found(NOTE, "/a", "x", 1), UNEXPECTED.at(None, kind="", message="", where="")]
        text = self.written(known)
        assert json.loads(text)["files"] == {}
        assert read_baseline(text, ".").new(known, "a.yaml") == known

    def test_of_other_files(self) -> None:
        known = [found(WARNING, "/a", "x", 1)]
        assert read_baseline(self.written(known), ".").new(known, "b.yaml") == known
