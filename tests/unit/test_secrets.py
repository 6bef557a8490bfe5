"""What looks like a secret is told, and is in no message and no report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import translator
from tests.unit.kfp_files import spec, text_of
from translator.cli import main
from translator.diagnostics import Origin, Rule, Severity, report
from translator.diagnostics.redaction import (
    kept_back,
    masked,
    masked_line,
    may_name_secrets,
    printable,
    secret_name,
    secret_value,
    told,
)
from translator.source import parse, yaml_text
from translator.source.excerpts import lines
from translator.source.yaml_text import events

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = ("vertex", "kubeflow")
#: What it is → one of them, put together so that nobody takes this file for leaky.
BY_FORM = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a GitHub token": "ghp_" + "abcdefghij" * 4,
    "a GitLab token": "glpat-" + "abcdefghij" * 2,
    "a Google API key": "AIza" + "SyA-abcdefghijklmnopqrstuvwxyz01234",
    "a Slack token": "xoxb-" + "123456789012-abcdef",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0.abcdefgh",
    "a password in an address": "postgres://me:" + "hunter22@db.example.org/x",
}


@pytest.mark.parametrize("kind", BY_FORM)
def test_secrets_are_known_by_their_form(kind: str) -> None:
    text = f"a {BY_FORM[kind]} b"
    assert secret_value(text) == kind
    shown = masked(text)
    assert len(shown) == len(text)
    assert shown[:2] == "a " and shown[-2:] == " b"
    assert not secret_value(shown)


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_headers_are_known_in_any_case(header: str) -> None:
    token = "abcdefgh" + "1234"
    text = f"{header}: Bearer {token}"
    assert secret_value(text) == "an authorization header"
    assert token not in masked(text)


def test_a_header_beside_an_address_is_known_in_mixed_case() -> None:
    assert secret_value("curl https://a/b -H 'aUthoriZation: Bearer abcdefgh1'")


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("DB_PassWD", True),
        ("my passphrase", True),
        ("SECRETS", True),
        ("{'toKen': 1}", True),
        ("api.key", True),
        ("accessKEY", True),
        ("\u017fecret", True),  # a long s, which is an s to an expression that ignores case
        ("private to-key", False),
        ("monkey keyboard", False),
        ("\u00e9", False),
        ("", False),
    ],
)
def test_texts_that_may_name_secrets(text: str, may: bool) -> None:
    assert may_name_secrets(text) is may


@pytest.mark.parametrize(
    "text",
    ["", "AKIA", "ghp_", "eyJ", "http://a:80/b", "gs://a/b@c", "{{a}}://x", "https://a@b/c"],
)
def test_what_is_no_secret_by_its_form(text: str) -> None:
    assert (secret_value(text), masked(text)) == ("", text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[(name, True) for name in ("PASSWORD", "DB_PASSWORD", "db-passwd", "apiKey", "API_KEY")],
        *[(name, True) for name in ("--token", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN_PROD")],
        *[(name, False) for name in ("max_tokens", "SECRET_NAME", "token_count", "keyboard", "")],
        *[(name, False) for name in ("PASSWORD_FILE", "secretary", "tokenizer", "primary_key")],
    ],
)
def test_secrets_are_known_by_their_names(name: str, expected: bool) -> None:
    assert secret_name(name) is expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{{$.inputs.parameters['x']}}",
        "$TOKEN",
        "/run/secrets/x",
        "projects/p/secrets/s",
        "<pad>",
    ],
)
def test_what_stands_for_a_secret_is_none(value: str) -> None:
    assert not secret_name("token", value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- {name: DB_PASSWORD, value: hunter2}", "- {name: DB_PASSWORD, value: *******}"),
        ('{"name": "API_KEY", "value": "hunter2"}', '{"name": "API_KEY", "value": "*******"}'),
        ("args: [--password, hunter2]", "args: [--password, *******]"),
        ("password: 'hunter2'", "password: '*******'"),
        ("TOKEN=hunter2 run", "TOKEN=******* run"),
        ("MIIEow" * 10, "*" * 60),
        ("secretName: mine", "secretName: mine"),
        ("max_tokens: 100", "max_tokens: 100"),
    ],
)
def test_lines_of_files_do_not_show_secrets(line: str, expected: str) -> None:
    assert masked_line(line) == expected


@given(st.text(st.sampled_from("aA-_ :=,'\"eyJ.ghp@/\n\x1b\u202e") | st.characters(), max_size=80))
def test_masking_changes_no_length_and_printing_twice_nothing(text: str) -> None:
    assert len(masked(text)) == len(masked_line(text)) == len(text)
    assert printable(printable(text)) == printable(text)
    assert told(told(text)) == told(text)


@pytest.mark.parametrize(
    "piece", ["a", "a-", "eyJ-", "://a:", "a, value", "-----BEGIN ", "A", "x="]
)
def test_hostile_lines_take_no_time(piece: str) -> None:
    line = piece * 50_000
    assert len(masked_line(line)) == len(line)  # a slow expression would take hours


def test_values_of_reports_are_kept_back() -> None:
    value = {"password": "hunter2", "a": [BY_FORM["an AWS access key"], 1], "b": "c"}
    assert kept_back("x", value) == {"password": "*" * 7, "a": ["*" * 20, 1], "b": "c"}
    assert kept_back("token", "abcd") == "****"
    assert (kept_back("token", 12345), kept_back("token", -1.5)) == ("*****", "****")
    assert [kept_back("token", value) for value in (True, None)] == [True, None]
    assert kept_back("password", {"a": {"b": ["x"]}}) == {"a": {"b": ["*"]}}


# The check


def with_container(**container: Any) -> dict[str, Any]:
    document = spec()
    (executor,) = document["deploymentSpec"]["executors"].values()
    executor["container"].update(container)
    return document


def findings(document: dict[str, Any], target: str = "vertex") -> list[tuple[str, str]]:
    pipeline = translator.load_text(text_of(document), "p.yaml").pipeline
    return [
        (one.facts["where"], one.facts["kind"])
        for one in translator.check(pipeline, target)
        if one.rule.code == "TR208"
    ]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", BY_FORM)
def test_secrets_in_the_environment_are_told(kind: str, target: str) -> None:
    document = with_container(env=[{"name": "X", "value": BY_FORM[kind]}])
    [(where, found)] = findings(document, target)
    assert where.startswith("environment variable `X` of `exec-")
    assert found == kind


@pytest.mark.parametrize(
    "words",
    [
        ["--password", "hunter2"],
        ["--password=hunter2"],
        ["API_KEY=hunter2"],
        [BY_FORM["a Slack token"]],
        [f"curl -H 'x: {BY_FORM['a GitHub token']}'\nexit"],
    ],
)
def test_secrets_among_arguments_are_told(words: list[str]) -> None:
    assert len(findings(with_container(args=words))) == 1
    assert len(findings(with_container(command=["run", *words]))) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--password", "--user"],
        ["--token"],
        ["token", "abcd"],
        ["token = fetch()\nprint(token)"],
        ["sh -c password=abcd"],
        ["--password", "{{$.inputs.parameters['x']}}"],
    ],
)
def test_other_arguments_are_not(words: list[str]) -> None:
    assert findings(with_container(args=words)) == []


def test_defaults_and_values_of_inputs_are_told() -> None:
    document = spec()
    parameter = {"parameterType": "STRING", "defaultValue": "hunter2", "isOptional": True}
    document["root"]["inputDefinitions"] = {"parameters": {"db_password": parameter}}
    assert findings(document) == [
        ("the default of input `db_password`", "a password or a key, by its name")
    ]
    job = {"pipelineSpec": spec(), "runtimeConfig": {"parameterValues": {"token": "hunter2"}}}
    job["pipelineSpec"]["root"]["inputDefinitions"] = {
        "parameters": {"token": {"parameterType": "STRING"}}
    }
    assert [where for where, _ in findings(job)] == ["the value of input `token`"]


@pytest.mark.parametrize("target", TARGETS)
def test_the_value_is_in_the_bundle_and_in_no_message(target: str, tmp_path: Path) -> None:
    document = with_container(env=[{"name": "DB_PASSWORD", "value": "battery-staple"}])
    parameter = {"parameterType": "STRING", "defaultValue": BY_FORM["an AWS access key"]}
    document["root"]["inputDefinitions"] = {"parameters": {"key": parameter}}
    flow = yaml.safe_dump(document, default_flow_style=True, width=10**9)
    path = tmp_path / "p.yaml"
    path.write_text(flow, encoding="utf-8")
    commands = [["inspect"], ["check", "--to", target], ["convert", "--force", "--to", target]]
    for command in commands:
        for form in ("text", "json", "sarif", "github"):
            where = ["-o", str(tmp_path / "out")] if command[0] == "convert" else []
            done = CliRunner().invoke(main, [*command, "-v", *where, "--format", form, str(path)])
            assert done.exit_code == 0, done.output
            assert ("TR208" in done.output) == (command[0] != "inspect")
            assert "battery-staple" not in done.output
            assert BY_FORM["an AWS access key"] not in done.output
    page = (tmp_path / "out" / "REPORT.md").read_text(encoding="utf-8")
    assert "TR208" in page
    assert "battery-staple" not in page
    assert "battery-staple" in (tmp_path / "out" / "pipeline.yaml").read_text(encoding="utf-8")


# Messages


def test_messages_neither_steer_nor_tell() -> None:
    rule = Rule("TR103", Severity.WARNING, what="{text}", hint="mend {text}")
    text = f"\x1b[2J\u202e\n{BY_FORM['an AWS access key']}"
    finding = rule.at(Origin("a\x1b.yaml", 1, 1, f"/{text}"), text=text, meant=text)
    shown = "\\x1b[2J\\u202e\\n" + "*" * 20
    assert finding.message == shown
    assert finding.help == f"did you mean `{shown}`? if not, mend {shown}"
    assert str(finding) == f"a\\x1b.yaml:1:1: warning[TR103]: {shown}"
    assert str(translator.TranslationError([finding])) == str(finding)
    known = report.as_json(finding)
    assert known["facts"]["text"] == masked(text)
    assert "AKIA" not in json.dumps(known)


def test_a_line_with_a_secret_is_not_shown() -> None:
    rule = Rule("TR103", Severity.WARNING, what="wrong", shows_line=False)
    finding = rule.at(Origin("a.yaml", 1, 1))
    assert (
        report.text([finding], lambda _: "token: hunter2") == "a.yaml:1:1: warning[TR103]: wrong\n"
    )
    other = finding._replace(rule=rule._replace(shows_line=True))
    assert "token: *******" in report.text([other], lambda _: "token: hunter2")


# Lines that messages quote


def quoted(text: str) -> str:
    """The lines of a file as a message may have them."""
    return "\n".join(lines(text.encode()))


#: Texts with values of secret names, `hunter2` in each. The last two cannot be parsed.
HIDDEN = [
    "- {value: hunter2, name: DB_PASSWORD}",
    "- {name: DB_PASSWORD, value: correct hunter2 battery}",
    "- {name: DB_PASSWORD, value: 'it''s}hunter2'}",
    '- {"name": "API_KEY", "value": "ab\\"c\\x20hunter2"}',
    "- name: DB_PASSWORD\n  value: my hunter2",
    "- value: my hunter2\n\n  # a comment\n\n  name: DB_PASSWORD",
    "- value: |\n    a\n    hunter2\n  name: DB_PASSWORD",
    "- {name: DB_PASSWORD, value: a\n    hunter2, odd: 1}",
    "api_token: {parameterType: STRING, defaultValue: hunter2}",
    "db_password:\n  description: a\n  defaultValue: [hunter2, {a: hunter2}]",
    "x: {parameters: {db_password: {runtimeValue: {constant: hunter2}}}}",
    "args: [--password, my hunter2]",
    "args:\n- --api-key\n- hunter2",
    'note: \'{"default": "hunter2", "name": "db_password"}\'',
    "password: 'hunter2\nmore: {",
    '{"a": 1,\t"password": "my hunter2", }} broken',
]


@pytest.mark.parametrize("text", HIDDEN)
def test_values_of_secret_names_are_not_quoted(text: str) -> None:
    shown = quoted(text)
    assert "hunter2" not in shown
    assert [len(line) for line in shown.split("\n")] == [len(line) for line in text.split("\n")]


PARSED = [
    *HIDDEN[:-2],
    "- &a {name: DB_PASSWORD, value: hunter2}\n- *a\n- {<<: *a, value: *a}",
    "- --password\n- &a hunter2\n--- \n{password: é, b: [token, hunter2]}",
    "\ufeffpassword: x\r\ntoken: y\u2028api_key: !!str 012",
    "name: secretary\nvalue: hunter2",
    "{}",
]


@pytest.mark.parametrize("text", PARSED)
def test_reading_finds_the_same_secrets_as_a_separate_parse(text: str) -> None:
    source = parse(text.encode(), "p.yaml")
    assert source.is_json or source.secrets is not None
    assert lines(source.text, source.secrets) == lines(text.encode())


def test_a_converted_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = with_container(
        env=[{"name": "DB_PASSWORD", "value": "hunter2"}], odd=["--token", "hunter2"]
    )
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(document, default_flow_style=True), "utf-8")
    parsed: list[str] = []

    def counted(text: str) -> Any:
        parsed.append(text)
        return events(text)

    monkeypatch.setattr(yaml_text, "events", counted)
    result = CliRunner().invoke(main, ["check", "p.yaml", "--to", "vertex"])
    assert "hunter2" not in result.output
    assert "*******" in result.output
    assert len(parsed) == 1


def test_the_rest_of_a_line_is_quoted() -> None:
    text = "- {name: DB_PASSWORD, value: 'a b', odd: 1}\n- secret: {secretName: a, type: x}\n- é\r"
    assert quoted(text) == text.replace("a b", "***").replace("\r", "\n")
    assert quoted("\ufeffpassword: x\ufeff") == "password: **"
    assert lines("token: é€x\n".encode("utf-16")) == ["token: ***", ""]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("curl -u admin:hunter2 x", "curl -u admin:******* x"),
        ("curl --user=admin:hunter2", "curl --user=admin:*******"),
        ("-H 'Authorization: Bearer abcdefgh1'", "-H '" + "*" * 31 + "'"),
        ("-H 'Authorization: Bearer $TOKEN'", "-H 'Authorization: Bearer $TOKEN'"),
    ],
)
def test_what_is_given_to_curl(line: str, shown: str) -> None:
    assert masked_line(line) == shown


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("command", ["convert", "check", "inspect"])
def test_no_number_that_goes_under_a_secret_name_is_shown(
    form: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = with_container(env=[{"name": "API_TOKEN", "value": "NUMBER"}])
    document["root"]["inputDefinitions"] = {
        "parameters": {
            "db_password": {"parameterType": "NUMBER_INTEGER", "defaultValue": "NUMBER"},
            "my_secret": {"parameterType": "LIST", "defaultValue": ["NUMBER", "x"]},
            "token": {"parameterType": "NUMBER_DOUBLE", "defaultValue": "HUGE"},
        }
    }
    document["deploymentSpec"]["executors"]["exec-say"]["container"]["args"] = ["--token", "NUMBER"]
    text = text_of(document).replace("NUMBER\n", "01234567\n").replace("HUGE", "0x" + "f" * 300)
    (tmp_path / "p.yaml").write_text(text, "utf-8")
    words = [] if command == "inspect" else ["--to", "kubeflow"]
    result = CliRunner().invoke(main, [command, "p.yaml", *words, "--format", form, "-v"])
    assert "TR111" in result.output and "TR114" in result.output
    for part in ("1234567", "342391", "0xfff"):
        assert part not in result.output


def test_tags_are_escaped_also_where_unassigned() -> None:
    assert printable("a\U000e0016\U000e0041b") == r"a\U000e0016\U000e0041b"
