"""What findings weigh, and which name a misspelt one was meant to be."""

from __future__ import annotations

import pytest

from translator.diagnostics import Diagnostic, Origin, Rule, Severity, report
from translator.diagnostics.codes import RULES
from translator.diagnostics.globs import Glob
from translator.diagnostics.policy import Policy
from translator.diagnostics.spelling import closest, question

ERROR = Rule("TR204", Severity.ERROR, what="wrong")
WARNING = Rule("TR103", Severity.WARNING, what="odd")
NOTE = Rule("TR413", Severity.NOTE, what="new")
FOUND = [rule.at(Origin("a.yaml", 1, 1)) for rule in (ERROR, WARNING, NOTE)]


def told(findings: list[Diagnostic]) -> dict[str, str]:
    return {finding.rule.code: finding.severity.value for finding in findings}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), {"TR204": "error", "TR103": "warning", "TR413": "note"}),
        (Policy(strict=True), {"TR204": "error", "TR103": "error", "TR413": "note"}),
        (Policy.of(error=["TR413"]), {"TR204": "error", "TR103": "warning", "TR413": "error"}),
        (Policy.of(ignore=["tr103", "TR413"]), {"TR204": "error"}),
        (Policy.of(strict=True, ignore=["TR103"]), {"TR204": "error", "TR413": "note"}),
        # What is asked to be an error is not left out.
        (
            Policy.of(ignore=["TR103"], error=["TR103"]),
            {"TR204": "error", "TR103": "error", "TR413": "note"},
        ),
        # Errors stay, however the policy was made.
        (
            Policy(ignore=frozenset({"TR204"})),
            {"TR204": "error", "TR103": "warning", "TR413": "note"},
        ),
    ],
)
def test_applied(policy: Policy, expected: dict[str, str]) -> None:
    assert told(policy.applied(FOUND)) == expected
    assert told(policy.applied(policy.applied(FOUND))) == expected
    assert policy.refuses(FOUND)
    assert policy.refuses(FOUND[1:]) == ("error" in list(expected.values())[1:])


def test_rules_and_facts_stay() -> None:
    raised = Policy(strict=True).applied(FOUND)
    assert [finding.rule for finding in raised] == [finding.rule for finding in FOUND]
    assert str(raised[1]) == "a.yaml:1:1: error[TR103]: odd"
    assert report.as_json(raised[1])["severity"] == "error"
    assert report.count(raised) == {"error": 2, "warning": 0, "note": 1}


def test_policies_add_up() -> None:
    one, other = Policy.of(strict=True, ignore=["TR103"]), Policy.of(ignore=["TR413"])
    assert one.joined(other) == Policy.of(strict=True, ignore=["TR103", "TR413"])
    assert one.joined(Policy()) == Policy().joined(one) == one


@pytest.mark.parametrize("code", [code for code, rule in RULES.items()])
def test_only_errors_cannot_be_ignored(code: str) -> None:
    if RULES[code].severity is Severity.ERROR:
        with pytest.raises(ValueError, match=f"^{code} is an error, which cannot be ignored$"):
            Policy.of(ignore=[code])
    else:
        assert Policy.of(ignore=[code]).ignore == {code}
    assert Policy.of(error=[code]).error == {code}


@pytest.mark.parametrize("setting", ["ignore", "error"])
def test_codes_have_to_exist(setting: str) -> None:
    with pytest.raises(ValueError, match=r"^unknown code 'TR1003' \(did you mean TR103\?\)$"):
        Policy.of(**{setting: ["TR1003"]})
    with pytest.raises(ValueError, match=r"^unknown code 'x'$"):
        Policy.of(**{setting: ["x"]})


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("trian", ["train", "test"], "train"),
        ("Train-Model", ["train-model"], "train-model"),
        ("train", ["Train"], "Train"),
        ("train-1", ["rain-1", "train-2", "train-3"], "rain-1"),
        ("train-1", ["xrain-1", "train-2", "train-3"], "train-2"),  # they begin alike
        ("other", ["train", "test"], ""),
        ("", ["train"], ""),
        ("train", [], ""),
        ("n" * 1000, ["n" * 1000], ""),  # comparing takes the square of it
    ],
)
def test_closest(name: str, known: list[str], expected: str) -> None:
    assert closest(name, known) == expected
    assert question(name, known) == (f" (did you mean {expected}?)" if expected else "")


def test_many_names_are_not_all_compared() -> None:
    assert closest("wanted", [*(f"name-{number}" for number in range(1000)), "wanted"]) == ""


def test_the_guess_is_a_fact_and_goes_before_the_advice() -> None:
    rule = Rule("TR203", Severity.ERROR, what="`{task}` is not there", hint="compile it again")
    assert rule.at(None, task="trian").help == "compile it again"
    finding = rule.at(None, task="trian", meant="train")
    assert finding.help == "did you mean `train`? if not, compile it again"
    assert report.as_json(finding)["facts"] == {"task": "trian", "meant": "train"}
    assert Rule("TR1", Severity.ERROR, what="").at(None, meant="x").help == "did you mean `x`?"


class TestFields:
    @pytest.mark.parametrize(
        ("entry", "pointers"),
        [
            (
                "TR103:metadata.annotations",
                ["/a/0/metadata/annotations", "/metadata/annotations/x"],
            ),
            ("tr103:env", ["/a/0/metadata/env/3"]),
            ("TR103:metadata.annotations.x.y/z", ["/metadata/annotations/x.y~1z"]),
        ],
    )
    def test_of_pointers(self, entry: str, pointers: list[str]) -> None:
        others = [
            "/metadata",
            "/metadata/labels/annotations",
            "/environment",
            "/metadata-annotations",
        ]
        found = [WARNING.at(Origin("a", pointer=pointer)) for pointer in [*pointers, *others]]
        left = Policy.of(ignore=[entry]).applied([*found, WARNING.at(None)])
        places = [finding.origin.pointer for finding in left if finding.origin]
        assert set(places) == set(others) and len(left) == len(others) + 1

    def test_of_one_code(self) -> None:
        other = NOTE.at(Origin("a", pointer="/x"))
        assert Policy.of(ignore=["TR103:x"]).applied([other]) == [other]

    def test_an_error_is_stronger(self) -> None:
        found = [WARNING.at(Origin("a", pointer="/x"))]
        assert Policy.of(ignore=["TR103:x"], error=["TR103"]).refuses(found)

    @pytest.mark.parametrize("entry", ["TR204:x", "TR103:", "TR103:..", "TR1:x"])
    def test_wrong_ones(self, entry: str) -> None:
        with pytest.raises(ValueError, match="TR"):
            Policy.of(ignore=[entry])


class TestFiles:
    def test_findings_of_other_files_stay(self) -> None:
        policy = Policy.of(per_file=[(Glob("old/*.yaml"), ["TR103"])])
        found = [WARNING.at(Origin(file)) for file in ("old/a.yaml", "a.yaml", "old/b/a.yaml")]
        found.append(WARNING.at(None))
        assert policy.applied(found) == found[1:]
        assert Policy().joined(policy).applied(found) == found[1:]


class TestGlobs:
    @pytest.mark.parametrize(
        ("pattern", "matching", "others"),
        [
            ("a.yaml", ["a.yaml", "x/a.yaml", "a.yaml/inside"], ["b-a.yaml", "a_yaml"]),
            ("*.yaml", ["a.yaml", "x/.yaml"], ["a.yml"]),
            ("x", ["x/a", "y/x/a", "x"], ["xy/a"]),
            ("x/", ["x/a", "y/x/a"], ["xy/a"]),
            ("x/a", ["x/a", "x/a/b", "./x/a"], ["y/x/a", "x/ab"]),
            ("./x/a", ["x/a"], ["y/x/a"]),
            ("/a", ["a", "a/b"], ["x/a"]),
            ("x/*", ["x/a", "x/a/b"], ["x", "y/x/a"]),
            ("**/x/a", ["x/a", "y/x/a", "y/z/x/a"], ["yx/a"]),
            ("x/**", ["x/a", "x/a/b"], ["x", "y"]),
            ("a?c", ["abc"], ["ac", "abbc"]),
            ("[ab].c", ["a.c", "b.c"], ["c.c", "ab.c"]),
            ("[!ab].c", ["c.c"], ["a.c"]),
            ("[]^].c", ["].c", "^.c"], ["a.c"]),
            ("[z-a]", ["[z-a]"], ["z", "a"]),
            ("a[", ["a["], ["a"]),
            ("(a|b)+", ["(a|b)+"], ["a"]),
            ("x/a", [], ["../x/a", "../../x/a"]),
            ("x", ["../x/a"], []),
        ],
    )
    def test_they_match_as_in_gitignore(
        self, pattern: str, matching: list[str], others: list[str]
    ) -> None:
        for path in (*matching, *others):
            assert Glob(pattern).matches(path) == (path in matching), path
            assert Glob(pattern, "/some/where").matches(f"/some/where/{path}") == (path in matching)
