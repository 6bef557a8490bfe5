"""The command line: what it prints where, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import unicodedata
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner, Result

from translator import api, diagnostics
from translator.bundle import MANIFEST
from translator.cli import main
from translator.diagnostics import Rule, Severity, TranslationError
from translator.diagnostics.codes import RULES
from translator.targets.vertex import Options

if TYPE_CHECKING:
    from translator.model import Pipeline

#: The module; `translator.cli.convert` is the command.
convert_module = import_module("translator.cli.convert")

ROOT = Path(__file__).parents[2]

PIPELINE = """\
pipelineInfo:
  name: hello
root:
  dag:
    tasks:
      say:
        taskInfo:
          name: say
        componentRef:
          name: comp-say
        cachingOptions: {}
  inputDefinitions:
    parameters:
      text:
        parameterType: STRING
        defaultValue: "hi"
      count:
        parameterType: NUMBER_INTEGER
components:
  comp-say:
    executorLabel: exec-say
deploymentSpec:
  executors:
    exec-say:
      container:
        image: python:3.11
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""
#: One more field, which nobody reads.
ODD = PIPELINE + "oddField: 1\n"
BROKEN = "- just\n- a list\n"
RENDERED = {"main.py": "print()\n", "pipeline.yaml": "x: 1\n"}
FILES = [*RENDERED, "REPORT.md"]

LOST = Rule("TR399", Severity.WARNING, what="task `{task}` loses something", hint="look at it")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("TRANSLATOR_DEBUG", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """A target that writes two files; the list gets what it was called with."""
    calls: list[tuple[str, Any]] = []

    def render(pipeline: Pipeline, to: str, options: Any = None, **_: bool) -> dict[str, str]:
        calls.append((to, options))
        return dict(RENDERED)

    monkeypatch.setattr(api, "check", lambda *given: ())
    monkeypatch.setattr(api, "render", render)
    monkeypatch.setattr(convert_module, "options_of", lambda to, given: Options(**given))
    return calls


def run(*arguments: str | Path, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], input=given)


def put(name: str, text: str = PIPELINE) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def left(folder: str | Path = ".") -> set[str]:
    """Every file below the folder, our manifests apart."""
    found = (path for path in Path(folder).rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix() for path in found}


def test_options_take_the_place_of_what_the_file_says() -> None:
    text = PIPELINE + "defaultPipelineRoot: minio://mlpipeline/v2\n"
    Path("hello.yaml").write_text(text, encoding="utf-8")
    assert "TR308" in run("convert", "hello.yaml", "--strict").stderr
    given = ["--pipeline-root", "gs://bucket/root", "--strict"]
    result = run("convert", "hello.yaml", *given)
    assert (result.exit_code, "TR308" in result.stderr) == (0, False)


@pytest.mark.parametrize("change", ["grows", "goes", "stays"])
def test_a_file_that_changes_meanwhile_is_told(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("hello.yaml")
    put("other.yaml")
    load = api.load

    def load_and_change(path: str, how: Any) -> Any:
        reading = load(path, how)
        if change == "grows" and path == "hello.yaml":
            with open(path, "a", encoding="utf-8") as file:
                file.write("# more\n")
        elif change == "goes" and path == "hello.yaml":
            os.unlink(path)
        return reading

    monkeypatch.setattr(api, "load", load_and_change)
    result = run("convert", "hello.yaml", "other.yaml")
    stays = change == "stays"
    assert (result.exit_code, "hello.yaml: error[TR129]: the file changed" in result.stderr) == (
        (0, False) if stays else (1, True)
    )
    assert Path("hello").exists() is stays
    assert "main.py" in left("other")


@pytest.mark.usefixtures("rendered")
class TestConvert:
    def test_writes_a_folder_named_as_the_file(self) -> None:
        put("in/hello.v2.yaml")
        result = run("convert", "in/hello.v2.yaml")
        assert result.exit_code == 0
        assert result.stdout == "hello.v2/main.py\nhello.v2/pipeline.yaml\nhello.v2/REPORT.md\n"
        assert left("hello.v2") == set(FILES)
        assert "hello.v2 written for Vertex AI" in result.stderr

    def test_says_what_to_type_next(self) -> None:
        put("hello.yaml")
        result = run("convert", "hello.yaml", "-o", "my out")
        assert result.stderr.splitlines()[-1] == (
            "next: cd 'my out' && python -m pip install -r requirements.txt && "
            "python main.py --project PROJECT --pipeline-root gs://BUCKET/PATH --dry-run"
        )
        result = run("convert", "hello.yaml", "--project", "p", "--pipeline-root", "gs://b")
        assert result.stderr.endswith("&& python main.py --dry-run\n")
        result = run("convert", "hello.yaml", "--to", "kubeflow", "-o", "k")
        assert result.stderr.endswith("&& python submit.py --dry-run\n")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [("-x", "./-x"), ("::error::x", "./::error::x"), ("~", "'./~'"), ("a##[b]", "'a##\\[b]'")],
    )
    def test_no_path_is_taken_for_a_command(self, name: str, shown: str) -> None:
        put(f"{name}.yaml")
        result = run("convert", "--", f"{name}.yaml")
        assert left(name) == set(FILES)
        assert result.stdout.splitlines()[0] == f"{shown}/main.py".replace("'", "")
        told = result.stderr.splitlines()
        assert told[0] == f"{shown} written for Vertex AI".replace("'", "")
        assert told[-1].startswith(f"next: cd {shown} && python")

    def test_a_placeholder_may_be_an_expression(self) -> None:
        from translator.cli.reading import reading_options

        @click.command()
        @reading_options
        def told(set_placeholder: dict[str, str], **others: object) -> None:
            click.echo(set_placeholder)

        given = ["--set-placeholder", "=1 == 2=no", "--set-placeholder", "a.b=c=d"]
        assert CliRunner().invoke(told, given).stdout == "{'=1 == 2': 'no', 'a.b': 'c=d'}\n"

    def test_options_reach_the_writer(self, rendered: list[tuple[str, Any]]) -> None:
        put("hello.yaml")
        given = ["--project", "p", "--label", "a=b", "--label", "c=d=e", "--no-cache"]
        given += ["--reserved-ip-range", "r1", "--reserved-ip-range", "r2"]
        assert run("convert", "hello.yaml", *given).exit_code == 0
        [(to, options)] = rendered
        assert to == "vertex"
        labels, ranges = {"a": "b", "c": "d=e"}, ("r1", "r2")
        expected = Options(project="p", labels=labels, cache=False, reserved_ip_ranges=ranges)
        assert options == expected

    def test_what_is_not_given_is_left_to_the_writer(self, rendered: list[tuple[str, Any]]) -> None:
        put("hello.yaml")
        assert run("convert", "hello.yaml").exit_code == 0
        assert rendered == [("vertex", Options())]

    @pytest.mark.parametrize(
        ("to", "given"),
        [
            ("kubeflow", ["--project", "p"]),
            ("kubeflow", ["--label", "a=b"]),
            ("vertex", ["--host", "http://x"]),
            ("vertex", ["--label", "ab"]),
            ("vertex", ["--failure-policy", "never"]),
            ("vertex", ["--no-such-option"]),
            ("airflow", []),
        ],
    )
    def test_wrong_usage(self, to: str, given: list[str]) -> None:
        put("hello.yaml")
        result = run("convert", "hello.yaml", "--to", to, *given)
        assert result.exit_code == 2
        assert "Error: " in result.stderr
        assert left() == {"hello.yaml"}

    def test_a_misspelt_target(self) -> None:
        put("hello.yaml")
        for command in ("convert", "check"):
            told = run(command, "hello.yaml", "--to", "vertx").stderr
            assert "'vertx' is not one of 'vertex', 'kubeflow'. Did you mean 'vertex'?" in told
            assert "Did you mean" not in run(command, "hello.yaml", "--to", "airflow").stderr

    def test_an_option_of_the_other_target_is_named(self) -> None:
        put("hello.yaml")
        told = run("convert", "hello.yaml", "--to", "kubeflow", "--no-cache", "--project", "p")
        assert "--project is an option for Vertex AI, and the target is Kubeflow" in told.stderr

    def test_a_dry_run_writes_nothing(self) -> None:
        put("hello.yaml")
        result = run("convert", "hello.yaml", "--dry-run")
        assert (result.exit_code, left()) == (0, {"hello.yaml"})
        assert (
            result.stdout
            == "create   hello/main.py\ncreate   hello/pipeline.yaml\ncreate   hello/REPORT.md\n"
        )
        assert "hello would be written for Vertex AI" in result.stderr
        assert run("convert", "hello.yaml").exit_code == 0
        assert "keep     hello/main.py\n" in run("convert", "hello.yaml", "--dry-run").stdout

    def test_again_is_fine_and_a_foreign_file_is_not(self) -> None:
        put("hello.yaml")
        assert run("convert", "hello.yaml").exit_code == 0
        assert run("convert", "hello.yaml").exit_code == 0
        put("hello/main.py", "edited")
        result = run("convert", "hello.yaml")
        assert result.exit_code == 1
        assert "TR121" in result.stderr
        assert result.stdout == ""
        assert Path("hello/main.py").read_text() == "edited"
        assert run("convert", "hello.yaml", "--force").exit_code == 0
        assert Path("hello/main.py").read_text() == RENDERED["main.py"]

    def test_errors_write_nothing(self) -> None:
        put("broken.yaml", BROKEN)
        result = run("convert", "broken.yaml")
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "nothing written" in result.stderr
        assert "broken.yaml" in result.stderr
        assert "next:" not in result.stderr
        assert left() == {"broken.yaml"}

    def test_warnings_write_unless_strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put("hello.yaml")
        monkeypatch.setattr(api, "check", lambda *given: (LOST.at(None, task="say"),))
        result = run("convert", "hello.yaml", "--strict")
        assert (result.exit_code, left()) == (1, {"hello.yaml"})
        assert "error[TR399]: task `say` loses something" in result.stderr
        assert "1 error; nothing written" in result.stderr
        result = run("convert", "hello.yaml")
        assert result.exit_code == 0
        assert "1 warning; hello written for Vertex AI" in result.stderr
        assert left("hello") == set(FILES)

    def test_a_leaf_that_nobody_reads_is_told_with_its_line(self) -> None:
        put("odd.yaml", ODD)
        result = run("convert", "odd.yaml")
        line = ODD.count("\n")
        assert f"odd.yaml:{line}:1: warning[TR103]" in result.stderr
        assert f"{line:>5} | oddField: 1\n" in result.stderr

    def test_standard_input(self) -> None:
        result = run("convert", "-", given=PIPELINE.encode())
        assert (result.exit_code, left()) == (0, {f"pipeline/{name}" for name in FILES})
        result = run("convert", "-", given=BROKEN.encode())
        assert result.exit_code == 1
        assert "<stdin>" in result.stderr

    def test_several_get_a_folder_each(self) -> None:
        put("in/a.yaml")
        put("in/sub/b.json", json.dumps({"pipelineInfo": {}}))
        put("in/sub/c.yml")
        put("in/readme.txt", "not a pipeline")
        put("d.yaml")
        result = run("convert", "in", "d.yaml", "-o", "out")
        assert result.exit_code == 1
        expected = {f"{folder}/{name}" for folder in ("a", "sub/c", "d") for name in FILES}
        assert left("out") == expected
        assert "3 of 4 pipelines written" in result.stderr

    def test_what_we_wrote_is_no_input(self) -> None:
        put("in/a.yaml")
        assert run("convert", "in", "-o", "in").exit_code == 0
        assert run("convert", "in", "-o", "in").exit_code == 0
        assert left("in") == {"a.yaml"} | {f"a/{name}" for name in FILES}

    def test_nothing_is_written_before_all_are_read(
        self, rendered: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            if rendered:
                raise KeyboardInterrupt
            rendered.append(("", None))
            return dict(RENDERED)

        monkeypatch.setattr(api, "render", fail)
        put("a.yaml")
        put("b.yaml")
        assert run("convert", "a.yaml", "b.yaml").exit_code == 1
        assert left() == {"a.yaml", "b.yaml"}

    def test_names_that_differ_in_their_suffix(self) -> None:
        put("in/a.yaml")
        put("in/a.json", json.dumps({}))
        put("in/a.yml")
        run("convert", "in", "-o", "out")
        assert {name.split("/")[0] for name in left("out")} == {"a-yaml", "a-yml"}

    def test_two_for_one_folder(self) -> None:
        put("x/a.yaml")
        put("y/a.yaml")
        result = run("convert", "x/a.yaml", "y/a.yaml")
        assert result.exit_code == 1
        assert "TR128" in result.stderr

    def test_a_file_given_twice_is_read_once(self, rendered: list[tuple[str, Any]]) -> None:
        put("a.yaml")
        assert run("convert", "a.yaml", "a.yaml").exit_code == 0
        assert len(rendered) == 1

    @pytest.mark.parametrize("name", ["missing.yaml", "empty-folder"])
    def test_inputs_that_are_not_there(self, here: Path, name: str) -> None:
        (here / "empty-folder").mkdir()
        result = run("convert", name)
        assert result.exit_code == 2
        assert name in result.stderr

    def test_output_to_a_stream_is_refused(self) -> None:
        put("a.yaml")
        assert run("convert", "a.yaml", "-o", "-").exit_code == 2

    def test_json(self) -> None:
        put("in/a.yaml")
        put("in/b.yaml", "pipelineInfo: [")
        result = run("convert", "in", "-o", "out", "--format", "json")
        assert result.exit_code == 1
        assert result.stderr == ""
        told = json.loads(result.stdout)
        assert told["schema"] == "translator.diagnostics/1"
        assert (told["status"], told["counts"]["error"]) == (1, 1)
        first, second = told["inputs"]
        assert first["input"] == os.path.join("in", "a.yaml")
        assert (first["usable"], first["written"], first["diagnostics"]) == (True, True, [])
        assert first["files"] == [os.path.join("out", "a", name) for name in FILES]
        assert (second["usable"], second["written"], second["files"]) == (False, False, [])
        assert second["diagnostics"][0]["severity"] == "error"


class TestCheck:
    def test_a_good_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []
        monkeypatch.setattr(api, "check", lambda pipeline, to, options: asked.append(to) or ())
        put("hello.yaml")
        result = run("check", "hello.yaml")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "can be converted for Vertex AI\n"
        assert run("check", "hello.yaml", "--to", "kubeflow").exit_code == 0
        assert asked == ["vertex", "kubeflow"]
        assert left() == {"hello.yaml"}

    @pytest.mark.usefixtures("rendered")
    def test_warnings_and_errors(self) -> None:
        put("odd.yaml", ODD)
        put("broken.yaml", BROKEN)
        assert run("check", "odd.yaml").exit_code == 0
        assert run("check", "odd.yaml", "--strict").exit_code == 1
        result = run("check", "odd.yaml", "broken.yaml")
        assert result.exit_code == 1
        assert "1 of 2 can be converted" in result.stderr

    def test_an_unreadable_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put("hello.yaml")

        def refuse(path: str, *_: Any) -> None:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(api, "load", refuse)
        result = run("check", "hello.yaml")
        assert result.exit_code == 1
        assert "hello.yaml: error[TR127]: the file could not be read: Permission" in result.stderr


class TestExplain:
    def test_every_rule(self) -> None:
        for code, rule in RULES.items():
            result = run("explain", code)
            assert result.exit_code == 0
            assert result.stdout.startswith(f"{code} ({rule.severity.value}): ")

    def test_a_rule_and_its_page(self) -> None:
        first, help_, empty, *page = run("explain", "TR120").stdout.splitlines()
        assert first == ("TR120 (error): `NAME` already exists and was not written by `translator`")
        assert help_.startswith("help: choose another folder with `-o`")
        assert empty == ""
        shipped = Path(diagnostics.__file__).with_name("pages") / "TR120.md"
        assert page == shipped.read_text("utf-8").splitlines()

    def test_case_does_not_matter(self) -> None:
        assert run("explain", "tr120").stdout == run("explain", "TR120").stdout

    def test_facts_are_names(self) -> None:
        from translator.diagnostics.manual import sentence

        assert sentence("`{name}` has {count:,} of {limit!s:>5}") == "`NAME` has COUNT of LIMIT"
        assert sentence("`{field}: {value}`") == "`FIELD: VALUE`"

    def test_facts_that_not_every_finding_has_are_left_out(self) -> None:
        from translator.diagnostics.manual import sentence

        assert sentence("at `{path}`{uses} is{how}; {what}") == "at `PATH` is; WHAT"

    def test_all_of_them(self) -> None:
        listed = run("explain").stdout.splitlines()
        assert [line.split()[0] for line in listed] == list(RULES)

    def test_no_such_code(self) -> None:
        result = run("explain", "TR000")
        assert result.exit_code == 2
        assert "TR000" in result.stderr
        told = run("explain", "TR1003").stderr
        assert "unknown code 'TR1003' (did you mean TR103?); `translator explain` lists" in told


class TestOurMistakes:
    @pytest.fixture(autouse=True)
    def mistake(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(path: str, *_: Any) -> None:
            raise KeyError("some\x1b[31mthing")

        monkeypatch.setattr(api, "load", fail)
        put("hello.yaml")

    def test_are_told_as_such(self) -> None:
        result = run("check", "hello.yaml")
        assert result.exit_code == 3
        assert result.stderr.startswith("hello.yaml: error[TR901]: ")
        assert "KeyError at test_cli.py:" in result.stderr
        assert "report" in result.stderr
        assert "\x1b" not in result.stderr
        assert "Traceback" not in result.stderr

    def test_show_where_on_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRANSLATOR_DEBUG", "1")
        assert isinstance(run("check", "hello.yaml").exception, KeyError)


HOSTILE = "\x1b]0;owned\x07\x1b[31m\u202e\r\n"


def is_harmless(text: str) -> bool:
    return all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in text
    )


@pytest.mark.usefixtures("rendered")
class TestHostile:
    @pytest.mark.parametrize("command", ["convert", "check", "inspect"])
    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
    @pytest.mark.parametrize("text", [ODD, BROKEN], ids=["good", "broken"])
    def test_file_names(self, command: str, form: str, text: str) -> None:
        for name in (f"a{HOSTILE}.yaml", os.fsdecode(b"\xff\xfe.yaml")):
            put(name, text)
            result = run(command, name, "--format", form)
            assert result.exit_code in (0, 1), result.output
            assert is_harmless(result.output)
            result = run(command, "x" + name)
            assert result.exit_code == 2
            assert is_harmless(result.output)

    @pytest.mark.parametrize("command", ["convert", "check", "inspect"])
    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
    def test_text_in_a_pipeline(self, command: str, form: str) -> None:
        shown = json.dumps(f"x{HOSTILE}y")
        text = ODD.replace("hello", shown).replace('"hi"', shown).replace("python:3.11", shown)
        text = text.replace("name: say", f"name: {shown}").replace("kfp-2.17.0", shown)
        text = text.replace("      count:", f"      {shown}:").replace("oddField", shown)
        put("a.yaml", text)
        result = run(command, "a.yaml", "--format", form, "-v")
        assert is_harmless(result.output)
        assert result.exit_code == 0, result.output

    def test_folder_names(self) -> None:
        put(f"in{HOSTILE}/a.yaml")
        for arguments in (["-o", "out"], ["-o", f"out{HOSTILE}"]):
            assert is_harmless(run("convert", f"in{HOSTILE}", *arguments).output)


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command prints on a terminal."""
    parent, child = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    command = [sys.executable, "-m", "translator", *arguments]
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=env)
    os.close(child)
    printed = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            chunk = os.read(parent, 65536)
        except OSError:  # Linux, when the other end is closed
            break
        if not chunk:
            break
        printed += chunk
    process.wait(60)
    os.close(parent)
    return printed.decode()


class TestTerminal:
    def test_colours(self) -> None:
        put("broken.yaml", BROKEN)
        assert "\x1b[1;31m" in on_terminal("inspect", "broken.yaml")
        for quiet in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            assert "\x1b" not in on_terminal("inspect", "broken.yaml", **quiet)

    def test_progress(self) -> None:
        for number in range(6):
            put(f"in/{number}.yaml", ODD)
        printed = on_terminal("inspect", "in", "-v")
        assert "6/6" in printed
        assert printed.count("TR103") == 7  # one for each file, and the pointer to `explain`
        assert printed.index("6/6") < printed.index("TR103")

    def test_no_progress_for_few_or_elsewhere(self) -> None:
        for number in range(6):
            put(f"in/{number}.yaml")
        assert "1/" not in on_terminal("inspect", "in/0.yaml")
        assert "6/6" not in run("inspect", "in").output


class TestHelp:
    def test_every_command_has_help(self) -> None:
        assert "Exit status:" in run("--help").stdout
        assert "_TRANSLATOR_COMPLETE=bash_source" in run("--help").stdout
        for name, command in main.commands.items():
            result = run(name, "--help")
            assert result.exit_code == 0
            for param in command.params:
                if isinstance(param, click.Option):
                    assert param.help, f"{name} {param.name}"

    def test_version(self) -> None:
        import translator

        assert run("--version").stdout == f"translator {translator.__version__}\n"

    def test_help_has_no_long_lines(self) -> None:
        for name in main.commands:
            lines = run(name, "--help").stdout.splitlines()
            assert max(map(len, lines)) <= 80

    def test_completion(self) -> None:
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_TRANSLATOR_COMPLETE": "bash_complete",
            "COMP_WORDS": "translator convert --to ",
            "COMP_CWORD": "3",
        }
        command = "from translator.cli import main; main(prog_name='translator')"
        done = subprocess.run([sys.executable, "-c", command], env=env, capture_output=True)
        assert done.stdout.decode().split() == ["plain,vertex", "plain,kubeflow"]


def test_errors_of_the_library_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings that came before an error are told too, and nothing twice."""
    put("odd.yaml", ODD)
    reading = api.load("odd.yaml")

    def render(*_: Any, **__: Any) -> None:
        raise TranslationError([*reading.diagnostics, *error])

    error = [Rule("TR398", Severity.ERROR, what="no").at(None)]
    monkeypatch.setattr(api, "check", lambda *given: ())
    monkeypatch.setattr(api, "render", render)
    monkeypatch.setattr(convert_module, "options_of", lambda to, defaults: Options())
    result = run("convert", "odd.yaml")
    assert result.stderr.count("TR103") == 1
    assert result.stderr.count("error[TR398]") == 1
