"""Workflow commands: GitHub reads back what was found, whatever is in it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics.github import commands
from translator.diagnostics.policy import Policy
from translator.diagnostics.redaction import guarded

if TYPE_CHECKING:
    from pathlib import Path

ERROR = Rule("TR101", Severity.ERROR, what="{text}", hint="mend {text}")
WARNING = Rule("TR102", Severity.WARNING, what="{text}")
NOTE = Rule("TR103", Severity.NOTE, what="{text}")

_COMMAND = re.compile(r"::(?P<name>\w+) (?P<properties>[^:]*)::(?P<message>.*)")
_ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def read(line: str) -> dict[str, str]:
    """A command as the runner takes it apart."""
    command = _COMMAND.fullmatch(line)
    assert command, line
    properties = dict(one.split("=", 1) for one in command["properties"].split(","))
    plain = {name: unescaped(value) for name, value in properties.items()}
    return {"command": command["name"], **plain, "message": unescaped(command["message"])}


def unescaped(text: str) -> str:
    return re.sub("%25|%0D|%0A|%3A|%2C", lambda found: _ESCAPES[found[0]], text)


def told(*findings: Diagnostic) -> list[dict[str, str]]:
    return [read(line) for line in commands(findings).splitlines()]


def test_a_command_for_each_finding() -> None:
    assert commands([ERROR.at(Origin("in/a.yaml", 7, 3, "/spec"), text="50% off")]) == (
        "::error file=in/a.yaml,line=7,col=3,title=TR101::50%25 off%0Ahelp: mend 50%25 off\n"
    )
    assert commands([]) == ""


@pytest.mark.parametrize(
    ("rule", "name"), [(ERROR, "error"), (WARNING, "warning"), (NOTE, "notice")]
)
def test_severities(rule: Rule, name: str) -> None:
    [one] = told(rule.at(None, text="x"))
    assert one["command"] == name
    [raised] = told(*Policy(error=frozenset({rule.code})).applied([rule.at(None, text="x")]))
    assert raised["command"] == "error"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, {}),
        (Origin("", pointer="/spec"), {}),
        (Origin("a.yaml"), {"file": "a.yaml"}),
        (Origin("a.yaml", 7), {"file": "a.yaml", "line": "7"}),
        (Origin("<stdin>", 7, 3), {"file": "<stdin>", "line": "7", "col": "3"}),
        (Origin("a,b:c%.yaml", 1, 1), {"file": "a,b:c%.yaml", "line": "1", "col": "1"}),
    ],
)
def test_places(origin: Origin | None, expected: dict[str, str]) -> None:
    [one] = told(WARNING.at(origin, text="x"))
    assert one == {"command": "warning", **expected, "title": "TR102", "message": "x"}


def test_files_are_named_from_the_top_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    for file in ("a.yaml", "./a.yaml", str(tmp_path / "sub" / "a.yaml")):
        found = [WARNING.at(Origin(file), text="x")]
        assert read(commands(found).strip())["file"] == "a.yaml"
        assert read(commands(found, str(tmp_path)).strip())["file"] == "sub/a.yaml"
    outside = [WARNING.at(Origin("../a.yaml"), text="x")]
    assert read(commands(outside).strip())["file"] == (tmp_path / "a.yaml").as_posix()


@given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20)))
def test_texts_are_read_back(text: str) -> None:
    [one] = told(WARNING.at(Origin("a.yaml", 1, 1), text=text))
    assert one["message"] == guarded(text)
    assert one["title"] == "TR102"


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_is_a_command_or_steers_the_log(text: str) -> None:
    hostile = f"{text}\n::set-output name=x::y\x1b[2J\r::error::\u202e"
    shown = commands([ERROR.at(Origin("a" + hostile, 1, 1), text=hostile)])
    assert shown.count("\n") == 1
    kinds = {unicodedata.category(character) for character in shown[:-1]}
    assert kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
    read(shown[:-1])


@given(st.text(st.sampled_from(":# \t\n[axvso.\u3000")))
def test_no_line_of_text_is_a_command(text: str) -> None:
    """What the runner looks for: ``::`` behind any blanks, ``##[`` anywhere."""
    for shown in (guarded(text), guarded(guarded(text))):
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
        assert not re.search(r"##\w*\[", shown)
        assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["std::move", "a::b ## c", "## heading", "a: ::x", "#[x]"])
def test_other_lines_stay(text: str) -> None:
    assert guarded(text) == text
