"""Reports: what people and programs get, and that no input can steer a terminal."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.diagnostics import Origin, Rule, Severity, github, report, sarif

ERROR = Rule("TR101", Severity.ERROR, what="`{name}` is wrong", hint="mend `{name}`")
WARNING = Rule("TR102", Severity.WARNING, what="`{name}` is odd")
NOTE = Rule("TR103", Severity.NOTE, what="`{name}` is new")

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\r\n\u202egnp.exe\u2028\u200b\ud800\x7f"
any_text = st.text(st.characters(exclude_categories=()))


def at(line: int, column: int = 1, file: str = "a.yaml") -> Origin:
    return Origin(file, line, column, f"/spec/{line}")


def is_harmless(text: str) -> bool:
    """Nothing in it but what prints, and the line ends between the lines."""
    return all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in text
    )


def test_a_finding_is_a_paragraph() -> None:
    shown = report.text([ERROR.at(at(7, 3), name="x")], lambda _: "  name: some value # why\n")
    assert shown == (
        "a.yaml:7:3: error[TR101]: `x` is wrong\n"
        "  at:   /spec/7\n"
        "    7 |   name: some value # why\n"
        "      |   ^^^^\n"
        "  help: mend `x`\n"
    )


def test_without_a_place() -> None:
    assert report.text([WARNING.at(None, name="x")]) == "warning[TR102]: `x` is odd\n"


def test_errors_come_first_then_the_order_of_the_file() -> None:
    found = [
        WARNING.at(at(1), name="w"),
        ERROR.at(at(9), name="b"),
        ERROR.at(at(10), name="c"),
        ERROR.at(at(2), name="a"),
    ]
    shown = report.text(found)
    heads = [line for line in shown.splitlines() if "[TR" in line]
    assert [line.partition(":")[2].partition(":")[0] for line in heads] == ["2", "9", "10", "1"]


def test_notes_are_shown_on_request() -> None:
    found = [NOTE.at(at(1), name="n")]
    assert report.text(found) == ""
    assert "TR103" in report.text(found, style=report.Style(verbose=True))
    assert report.closing(found) == "1 note (shown with -v)\n"


def lines_of(*places: tuple[int, int]) -> str:
    """What is said of these places, less the headline."""
    shown = report.text([WARNING.at(at(line, column), name="x") for line, column in places])
    assert shown.count("TR102") == 1
    return "".join(line for line in shown.splitlines() if "also" in line)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(1, 1)], ""),
        ([(12, 1), (1, 1)], "  also at line 12"),
        ([(1, 1), (40, 1), (12, 1)], "  also at lines 12, 40"),
        ([(7, number) for number in range(1, 5)], "  also at 3 more places"),
        ([(7, 1), (7, 2)], "  also at 1 more place"),
        ([(7, 1), (7, 2), (8, 1)], "  also at lines 8 and 1 more"),
        (
            [(line, 1) for line in range(1, 1235)],
            "  also at lines 2, 3, 4, 5, 6, 7, 8, 9 and 1,225 more",
        ),
    ],
)
def test_the_same_of_several_places_is_told_once(
    places: list[tuple[int, int]], expected: str
) -> None:
    assert lines_of(*places) == expected


def test_only_the_same_is_told_once() -> None:
    other = Rule("TR102", Severity.WARNING, what="`{name}` is odd", hint="mend `{other}`")
    found = [
        WARNING.at(at(1), name="x"),
        WARNING.at(at(2), name="y"),
        WARNING.at(at(3, file="b.yaml"), name="x"),
        other.at(at(4), name="x", other="z"),
        WARNING.at(at(5), name="x", more="a fact that no sentence has"),
    ]
    shown = report.text(found)
    assert shown.count("TR102") == 4
    assert shown.count("also") == 1
    assert [len(group) for group in report.grouped(found)] == [2, 1, 1, 1]


def test_programs_get_each_one() -> None:
    found = [WARNING.at(at(line), name="x") for line in range(1, 100)]
    assert len(github.commands(found).splitlines()) == 99
    assert len(sarif.document(found, "1", 0)["runs"][0]["results"]) == 99


def test_closing_counts_and_points_on() -> None:
    found = [WARNING.at(at(1), name="x"), ERROR.at(at(2), name="x"), ERROR.at(at(3), name="x")]
    assert report.closing(found, "nothing written") == (
        "2 errors, 1 warning; nothing written\nexplain: translator explain TR101\n"
    )
    assert report.closing([], "out written") == "out written\n"
    assert report.closing([]) == ""


def test_closing_counts_what_is_ignored() -> None:
    found = [NOTE.at(at(1), name="x")]
    assert report.closing(found, "done", ignored=1234) == (
        "1 note (shown with -v), 1,234 ignored; done\n"
    )
    assert report.closing([], ignored=1) == "1 ignored\n"


def test_counts() -> None:
    assert report.count([NOTE.at(None, name="")]) == {"error": 0, "warning": 0, "note": 1}


def test_json() -> None:
    finding = ERROR.at(at(7, 3), name="x", tags=("a", 1), kind=Severity.NOTE, rate=0.5)
    assert json.loads(json.dumps(report.as_json(finding))) == {
        "code": "TR101",
        "severity": "error",
        "message": "`x` is wrong",
        "help": "mend `x`",
        "file": "a.yaml",
        "line": 7,
        "column": 3,
        "pointer": "/spec/7",
        "facts": {"name": "x", "tags": ["a", 1], "kind": "Severity.NOTE", "rate": 0.5},
    }
    assert report.as_json(WARNING.at(None, name=""))["file"] is None


def test_colours_end_where_they_begin() -> None:
    style = report.Style(colour=True)
    shown = report.text([ERROR.at(at(1), name="x")], lambda _: "key: value", style)
    assert "\x1b[1;31m" in shown
    for line in shown.splitlines():
        assert "\x1b" not in line or line.endswith("\x1b[0m")


@pytest.mark.parametrize("column", [1, 500, 990, 1000])
def test_long_lines_are_cut_around_the_place(column: int) -> None:
    line = "".join(chr(ord("a") + number % 26) for number in range(1000))
    shown = report.text([WARNING.at(at(1, column), name="x")], lambda _: line).splitlines()
    source, mark = (line.partition("| ")[2] for line in shown if "| " in line)
    assert len(source) <= 102
    assert source[mark.index("^")] == line[column - 1]


def test_wide_characters_take_two_columns() -> None:
    shown = report.text([WARNING.at(at(1, 4), name="x")], lambda _: "中文 key: 1").splitlines()
    assert shown[-1].partition("| ")[2] == "     ^^^"


@pytest.mark.parametrize("line", ["", "   ", "ab"])
def test_a_place_beside_the_line_shows_no_line(line: str) -> None:
    assert "|" not in report.text([WARNING.at(at(1, 9), name="x")], lambda _: line)


@given(name=any_text, file=any_text, pointer=any_text, line=any_text, column=st.integers(1, 40))
def test_no_text_steers_the_terminal(
    name: str, file: str, pointer: str, line: str, column: int
) -> None:
    found = [
        ERROR.at(Origin(file, number, column, pointer), name=name + HOSTILE) for number in (1, 2)
    ]
    shown = report.text(found, lambda _: line + HOSTILE)
    assert is_harmless(shown)
    # No value brings a line of its own.
    kinds = ("  at:", "  also at line 2", "  help:", "    1 |", "      |")
    assert all(text.startswith(kinds) for text in shown.splitlines()[1:])


@given(any_text)
def test_printable(value: str) -> None:
    assert is_harmless(report.printable(value))
    assert "\n" not in report.printable(value)


def test_printable_keeps_ordinary_text() -> None:
    assert report.printable("Größe 中文 'x' \\n") == "Größe 中文 'x' \\n"
