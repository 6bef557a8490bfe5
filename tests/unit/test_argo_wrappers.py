"""Wrappers, run by real shells, hand on what they are given byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.unit.argo_files import container, read, tasks, workflow
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo import shell_wrappers
from translator.shell import set_variables

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Text that a shell reads as something else, if it gets to read it.
HOSTILE = {
    "empty": "",
    "newline": " a \n b ",
    "newline last": "a\n",
    "newlines last": "a\n\n",
    "newline only": "\n",
    "quotes": 'it\'s "so"',
    "command": "$(touch hacked) `touch hacked` ; touch hacked & touch hacked | touch hacked",
    "variables": "$0 $1 $@ ${HOME} ~ * \\ \\n \\\\ %s %d \\c",
    "option": "-n",
    "x last": "ax",
    "odd": "ünï 😀 \u2028 \r\t\x01\x1b[31m",
    "not unicode": "\udcff\udcc3",
    "mark": "<workflow.status>",
    "large": "0123456789" * 10_000,
}
ALL = list(HOSTILE.values())
SOURCE = Placeholder(PlaceholderKind.INPUT_PATH, "source")
TARGET = Placeholder(PlaceholderKind.OUTPUT_FILE, "target")
VALUE = Placeholder(PlaceholderKind.INPUT_VALUE, "value")
#: A program that says what words it was given, each with a separator behind it.
SHOW = ["sh", "-c", "printf '%s\\036' \"$@\"", "show"]
SUCCEEDED = '{"state":"SUCCEEDED","error":{}}'
FAILED = '{"error":{"message":"it\'s \\"broken\\""},"pipelineTaskName":"a","state":"FAILED"}'


class Shell(NamedTuple):
    """A folder to run in, where ``sh`` is the shell that is tested."""

    folder: Path

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            words,
            cwd=self.folder,
            env={"PATH": path, "LC_ALL": "C.UTF-8", **(env or {})},
            capture_output=True,
            timeout=60,
        )

    def file(self, name: str, content: str | None = None) -> Path:
        """A path in the folder, with a file of that content, if there is any."""
        path = self.folder / name
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.fsencode(content))
        return path


@pytest.fixture(params=["dash", "bash", *(["busybox"] if shutil.which("busybox") else [])])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"no {request.param} here")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to(program)
    return Shell(tmp_path)


def filled(wrapper: Sequence[Text], **values: object) -> list[str]:
    """The words with what the backend puts in the place of placeholders."""
    return [
        "".join(part if isinstance(part, str) else str(values[part.name]) for part in word.parts)
        for word in wrapper
    ]


def content(path: Path) -> str:
    return os.fsdecode(path.read_bytes())


def shown(output: bytes) -> list[str]:
    """The words that ``SHOW`` said."""
    return os.fsdecode(output).split("\x1e")[:-1]


def trimmed(value: str) -> str:
    """A value as Argo reads it from a file."""
    return value[:-1] if value.endswith("\n") else value


def every_wrapper(shell: Shell) -> dict[str, list[str]]:
    """Each wrapper, ready to run a program."""
    made = str(shell.file("made", "x\n"))
    target = str(shell.file("out/target"))
    status = {"value": FAILED}
    return {
        "write_input": filled(shell_wrappers.write_input(VALUE, target), value="a"),
        "place_input": filled(shell_wrappers.place_input(SOURCE, target), source=made),
        "copy_output": filled(shell_wrappers.copy_output(made, TARGET), target=target),
        "copy_output optional": filled(
            shell_wrappers.copy_output(made, TARGET, optional=True), target=target
        ),
        "copy_value": filled(shell_wrappers.copy_value(made, TARGET), target=target),
        "copy_value default": filled(
            shell_wrappers.copy_value(made, TARGET, Text(("d",))), target=target
        ),
        "default_value": filled(shell_wrappers.default_value(TARGET, Text(("d",))), target=target),
        "change_directory": filled(
            shell_wrappers.change_directory(Text((str(shell.file("new/folder")),)))
        ),
        "trim_values": filled(shell_wrappers.trim_values([TARGET, TARGET]), target=made),
        "keep_printed": filled(shell_wrappers.keep_printed(TARGET), target=target),
        "set_environment": filled(shell_wrappers.set_environment("A", Text((VALUE,))), value="a"),
        "fill_status": filled(shell_wrappers.fill_status(VALUE, "<<s>>"), **status),
        "fill_failures": filled(shell_wrappers.fill_failures(VALUE, "<<f>>"), **status),
    }


def test_the_words_of_the_program_arrive_through_every_wrapper(shell: Shell) -> None:
    for name, wrapper in every_wrapper(shell).items():
        done = shell.run(*wrapper, *SHOW, *ALL)
        assert shown(done.stdout) == ALL, name
        assert (done.returncode, done.stderr) == (0, b""), name
    assert not (shell.folder / "hacked").exists()


@pytest.mark.parametrize("status", [1, 3, 255])
def test_the_exit_status_passes_through_every_wrapper(shell: Shell, status: int) -> None:
    for name, wrapper in every_wrapper(shell).items():
        done = shell.run(
            *wrapper, "sh", "-c", 'echo said; echo wrong >&2; exit "$1"', "x", f"{status}"
        )
        assert done.returncode == status, name
        assert (done.stdout, done.stderr) == (b"said\n", b"wrong\n"), name


def test_a_program_that_a_signal_ends_or_that_is_not_there_fails(shell: Shell) -> None:
    for name, wrapper in every_wrapper(shell).items():
        assert shell.run(*wrapper, "sh", "-c", "kill -TERM $$").returncode in (143, -15), name
        assert shell.run(*wrapper, "no-such-program").returncode == 127, name


def test_the_environment_passes_through_every_wrapper(shell: Shell) -> None:
    names = ["from", "to", "value", "left", "file", "status", "mark", "rest", "word", "B"]
    for name, wrapper in every_wrapper(shell).items():
        done = shell.run(*wrapper, "env", env=dict.fromkeys(names, "kept"))
        assert {f"{n}=kept" for n in names} <= set(done.stdout.decode().splitlines()), name


def test_nothing_is_collected_from_a_program_that_failed(shell: Shell) -> None:
    shell.file("made", "new")
    for wrapper in (
        shell_wrappers.copy_output(str(shell.file("made")), TARGET),
        shell_wrappers.copy_output(str(shell.file("made")), TARGET, optional=True),
        shell_wrappers.copy_value(str(shell.file("made")), TARGET),
        shell_wrappers.keep_printed(TARGET),
    ):
        assert shell.run(*filled(wrapper, target=shell.file("out")), "false").returncode == 1
        assert not shell.file("out").exists()


# Single wrappers

PATHS = ["file", "deep/er/file", 'it\'s a/"file" $(touch hacked)', "-n/-x", "*"]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_value_is_written_to_a_file_first(shell: Shell, value: str) -> None:
    path = shell.file("deep/input")
    wrapper = filled(shell_wrappers.write_input(VALUE, str(path)), value=value)
    assert os.fsdecode(shell.run(*wrapper, "cat", str(path)).stdout) == value
    assert shell.run(*wrapper, "true").returncode == 0, "it may be there already"


@pytest.mark.parametrize("name", PATHS)
def test_any_path_will_do(shell: Shell, name: str) -> None:
    path, copy = shell.file(name), str(shell.file("other"))
    write = filled(shell_wrappers.write_input(VALUE, str(path)), value="a\n")
    place = filled(shell_wrappers.place_input(SOURCE, copy), source=path)
    value = filled(shell_wrappers.copy_value(copy, TARGET), target=path)
    output = filled(shell_wrappers.copy_output(copy, TARGET), target=f"{path}-2")
    assert shell.run(*write, *place, *output, *value, "true").returncode == 0
    assert (content(path), content(Path(copy)), content(Path(f"{path}-2"))) == ("a", "a\n", "a\n")
    assert not (shell.folder / "hacked").exists()


def folder(shell: Shell, name: str) -> Path:
    shell.file(f"{name}/a", "1")
    shell.file(f"{name}/b/.c", "2")
    return shell.folder / name


@pytest.mark.parametrize("exists", [False, True])
def test_a_file_or_folder_is_put_at_a_path_first(shell: Shell, exists: bool) -> None:
    for kind, source in {"file": shell.file("f", "x\n"), "folder": folder(shell, "d")}.items():
        path = shell.folder / f"at/{kind}"
        if exists and kind == "folder":
            path.mkdir(parents=True)
        elif exists:
            shell.file(f"at/{kind}", "old")
        wrapper = filled(shell_wrappers.place_input(SOURCE, str(path)), source=source)
        assert shell.run(*wrapper, "test", "-e", str(path)).returncode == 0
    assert content(shell.file("at/file")) == "x\n"
    assert content(shell.file("at/folder/a")) == "1"
    assert content(shell.file("at/folder/b/.c")) == "2"


def test_an_input_that_is_not_there_stops_the_program(shell: Shell) -> None:
    wrapper = filled(shell_wrappers.place_input(SOURCE, "in"), source="missing")
    assert shell.run(*wrapper, "touch", "ran").returncode != 0
    assert not shell.file("ran").exists()


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("exists", [False, True])
def test_a_file_or_folder_is_collected_afterwards(
    shell: Shell, optional: bool, exists: bool
) -> None:
    for name, make in {
        "file": "echo x > made-file",
        "folder": "mkdir -p made-folder/b && echo 2 > made-folder/b/.c",
        "link": "echo l > elsewhere && ln -s elsewhere made-link",
    }.items():
        made, target = f"made-{name}", shell.folder / "out" / name
        if exists and name == "folder":
            target.mkdir(parents=True)
        wrapper = filled(shell_wrappers.copy_output(made, TARGET, optional=optional), target=target)
        assert shell.run(*wrapper, "sh", "-c", make).returncode == 0
    assert content(shell.file("out/file")) == "x\n"
    assert content(shell.file("out/folder/b/.c")) == "2\n"
    assert content(shell.file("out/link")) == "l\n"
    assert not shell.file("out/link").is_symlink()


def test_only_an_optional_output_may_be_left_out(shell: Shell) -> None:
    for optional, fails in ((False, True), (True, False)):
        wrapper = filled(
            shell_wrappers.copy_output("made", TARGET, optional=optional), target="out"
        )
        assert (shell.run(*wrapper, "true").returncode != 0) is fails
        assert not shell.file("out").exists()
    assert shell.run(
        *filled(shell_wrappers.copy_value("made", TARGET), target="out"), "true"
    ).returncode


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_was_written_becomes_a_value_without_one_newline(shell: Shell, value: str) -> None:
    """``copy_value``, and ``trim_values`` of several files."""
    for name in ("given", "made", "one", "two", "three"):
        shell.file(name, value)
    collect = filled(shell_wrappers.copy_value("made", TARGET), target="deep/value")
    assert shell.run(*collect, "true").returncode == 0
    assert content(shell.file("deep/value")) == trimmed(value)
    assert content(shell.file("made")) == value
    targets = [Placeholder(PlaceholderKind.OUTPUT_FILE, name) for name in ("a", "b", "c")]
    trim = filled(shell_wrappers.trim_values(targets), a="one", b="two", c="three")
    assert shell.run(*trim, "cp", "given", "two").returncode == 0
    assert {content(shell.file(name)) for name in ("one", "two", "three")} == {trimmed(value)}


def test_a_value_that_was_not_written_is_an_error(shell: Shell) -> None:
    trim = filled(shell_wrappers.trim_values([TARGET]), target="missing")
    assert shell.run(*trim, "true").returncode != 0


@pytest.mark.parametrize("default", HOSTILE.values(), ids=HOSTILE)
def test_the_default_is_taken_where_nothing_was_written(shell: Shell, default: str) -> None:
    """``copy_value`` with a default, and ``default_value``."""
    for make, expected in (("true", default), ("printf m > made", "m"), (": > made", "")):
        shell.file("made").unlink(missing_ok=True)
        shell.file("deep/value").unlink(missing_ok=True)
        copy = filled(
            shell_wrappers.copy_value("made", TARGET, Text((default,))), target="deep/value"
        )
        assert shell.run(*copy, "sh", "-c", make).returncode == 0
        assert content(shell.file("deep/value")) == expected
        wrapper = filled(shell_wrappers.default_value(TARGET, Text((default,))), target="made")
        shell.file("made").unlink(missing_ok=True)
        assert shell.run(*wrapper, "sh", "-c", make).returncode == 0
        assert content(shell.file("made")) == expected
    failing = filled(shell_wrappers.default_value(TARGET, Text((default,))), target="other")
    assert shell.run(*failing, "false").returncode == 1
    assert not shell.file("other").exists()


@pytest.mark.parametrize("exists", [False, True])
def test_a_program_runs_in_its_folder(shell: Shell, exists: bool) -> None:
    """And what moves its files around it."""
    folder = shell.folder / "a b/c"
    if exists:
        folder.mkdir(parents=True)
    into = filled(shell_wrappers.change_directory(Text((str(folder),))))
    copy = filled(shell_wrappers.copy_value("out/made", TARGET), target=shell.file("value"))
    done = shell.run(*into, *copy, "sh", "-c", "pwd; mkdir out; echo x > out/made; cd /")
    assert (done.returncode, os.fsdecode(done.stdout)) == (0, f"{folder}\n")
    assert content(shell.file("value")) == "x"


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_is_printed_is_kept_and_printed(shell: Shell, value: str) -> None:
    shell.file("said", value)
    keep = filled(shell_wrappers.keep_printed(TARGET), target="deep/value")
    done = shell.run(*keep, "sh", "-c", "cat said; echo wrong >&2")
    assert (os.fsdecode(done.stdout), done.stderr, done.returncode) == (value, b"wrong\n", 0)
    assert content(shell.file("deep/value")) == trimmed(value)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_script_becomes_the_last_argument(shell: Shell, value: str) -> None:
    run = filled(shell_wrappers.run_script(Text((value,))))
    done = shell.run(*run, "sh", "-c", 'printf "%s." "$1"; cat "$2"', "x", "-a b")
    assert os.fsdecode(done.stdout) == f"-a b.{value}"
    script = filled(shell_wrappers.run_script(Text(('echo "$0 $#"; exit 7',))))
    assert shell.run(*script, "sh").returncode == 7


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_variable_is_set_first(shell: Shell, value: str) -> None:
    wrapper = filled(shell_wrappers.set_environment("A_1", Text(("<", VALUE, ">"))), value=value)
    done = shell.run(*wrapper, "sh", "-c", 'printf %s "$A_1"', env={"A_1": "old"})
    assert os.fsdecode(done.stdout) == f"<{value}>"


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_variables_that_no_shell_takes_are_set_last(shell: Shell, value: str) -> None:
    text = Text(("<", VALUE, ">"))
    named = set_variables([("a.b", text), ("-c", Text(("=",)))])
    words = [*shell_wrappers.set_environment("A", Text((VALUE,))), *named]
    show = (
        "import os; print(os.environ['A'], os.environ['a.b'], os.environ['-c'], sep='\\0', end='')"
    )
    done = shell.run(*filled(words, value=value), sys.executable, "-c", show)
    assert os.fsdecode(done.stdout).split("\0") == [value, f"<{value}>", "="]


@pytest.mark.parametrize(
    ("state", "status", "failures"),
    [
        (SUCCEEDED, "Succeeded", "[]"),
        (SUCCEEDED.replace(":", ": "), "Succeeded", "[]"),
        (FAILED, "Failed", f"[{FAILED}]"),
        ('{"state":"CANCELLED"}', "Failed", '[{"state":"CANCELLED"}]'),
    ],
)
def test_how_it_ended_comes_in_the_place_of_marks(
    shell: Shell, state: str, status: str, failures: str
) -> None:
    marked = [*ALL, "<S><F>", "a<S>b<S><S>", "<F>"]
    fill = [*shell_wrappers.fill_status(VALUE, "<S>"), *shell_wrappers.fill_failures(VALUE, "<F>")]
    done = shell.run(*filled(fill, value=state), *SHOW, *marked)
    expected = [word.replace("<S>", status).replace("<F>", failures) for word in marked]
    assert shown(done.stdout) == expected


def test_a_status_that_holds_the_mark_is_put_in_once(shell: Shell) -> None:
    state = '{"error":"<F> in <F>","state":"FAILED"}'
    done = shell.run(
        *filled(shell_wrappers.fill_failures(VALUE, "<F>"), value=state), *SHOW, "-<F>-"
    )
    assert shown(done.stdout) == [f"-[{state}]-"]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_wrappers_nest(shell: Shell, value: str) -> None:
    words = [
        *filled(shell_wrappers.fill_status(VALUE, "<S>"), value=SUCCEEDED),
        *filled(shell_wrappers.write_input(VALUE, "in/value"), value=value),
        *filled(shell_wrappers.place_input(SOURCE, "in/file"), source=shell.file("given", value)),
        *filled(shell_wrappers.set_environment("A", Text(("<S>", VALUE))), value=value),
        *filled(shell_wrappers.trim_values([TARGET]), target="out/value"),
        *filled(shell_wrappers.copy_value("made", TARGET), target="out/copied"),
        *filled(shell_wrappers.copy_output("made", TARGET), target="out/made"),
        *filled(shell_wrappers.copy_output("metrics", TARGET, optional=True), target="out/metrics"),
        *filled(shell_wrappers.keep_printed(TARGET), target="out/printed"),
        *filled(
            shell_wrappers.run_script(Text(('cat "$0" in/value > made; cat in/file > out/value',)))
        ),
    ]
    shell.file("out/value", "")
    runner = 'printf %s "$A"; sh "$2"'
    done = shell.run(*words, "sh", "-c", runner, "x", "<S>")
    assert (done.returncode, done.stderr) == (0, b"")
    assert os.fsdecode(done.stdout) == f"Succeeded{value}"
    assert content(shell.file("out/value")) == trimmed(value)
    made = content(shell.file("made"))
    assert made.endswith(value)
    assert content(shell.file("out/made")) == made
    assert content(shell.file("out/copied")) == trimmed(made)
    assert content(shell.file("out/printed")) == trimmed(f"Succeeded{value}")
    assert not shell.file("out/metrics").exists()


# Adapters

BARE = """
- name: bare
  inputs: {artifacts: [{name: in, path: /in}]}
  container: {image: program, args: [/in, /out]}
  outputs:
    parameters: [{name: bare-out, valueFrom: {path: /out}}]
    artifacts: [{name: bare-out, path: /out}]
"""
ADAPTED = """
- name: a
  template: bare
  arguments: {artifacts: [{name: in, raw: {data: x}}]}
- name: b
  template: say
  arguments: {parameters: [{name: text, value: '{{tasks.a.outputs.parameters.bare-out}}'}]}
- name: c
  template: take
  arguments: {artifacts: [{name: file, from: '{{tasks.a.outputs.artifacts.bare-out}}'}]}
"""


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_adapters_move_values_to_files_and_back(shell: Shell, value: str) -> None:
    pipeline = read(workflow(ADAPTED, BARE))
    assert {"a-in-to-file", "a-out-to-value"} <= tasks(pipeline).keys()
    to_file = container(pipeline, "adapter-value-to-file")
    to_value = container(pipeline, "adapter-file-to-value")
    assert {str(to_file.image), str(to_value.image)} == {"alpine:3.20"}
    assert shell.run(*filled(to_file.command, value=value, file="deep/file")).returncode == 0
    assert content(shell.file("deep/file")) == value
    assert shell.run(*filled(to_value.command, file="deep/file", value="out/value")).returncode == 0
    assert content(shell.file("out/value")) == trimmed(value)
    assert shell.run(*filled(to_value.command, file="missing", value="v")).returncode != 0


COUNTED = """
- name: a
  template: say
  withSequence: {count: '{{workflow.parameters.x}}'}
  arguments: {parameters: [{name: text, value: '{{item}}'}]}
"""


@pytest.mark.parametrize(
    ("start", "kind", "bound", "form", "items"),
    [
        *[("0", "count", "3", "%d", ["0", "1", "2"]), ("0", "count", "0", "%d", [])],
        *[("+07", "count", "002", "%03d", ["007", "008"]), ("-1", "end", "-09", "%d", None)],
        *[("2", "end", "2", "a b'$(c)%2d`;", ["a b'$(c) 2`;"]), ("0", "count", "-2", "%d", None)],
        *[("08", "end", "10", "ü%d", ["ü8", "ü9", "ü10"]), ("0", "end", "0", "%d", ["0"])],
    ],
)
def test_the_adapter_counts_as_argo_does(
    shell: Shell, start: str, kind: str, bound: str, form: str, items: list[str] | None
) -> None:
    adapter = container(read(workflow(COUNTED, arguments={"x": "1"})), "adapter-sequence")
    values = {"start": start, "kind": kind, "bound": bound, "format": form, "items": "deep/items"}
    done = shell.run(*filled(adapter.command, **values))
    assert (done.returncode, done.stderr) == (0, b"")
    if items is None:  # down
        first, last = int(start), int(bound) if kind == "end" else int(start) + int(bound) - 1
        items = [form % number for number in range(first, last - 1, -1)]
    assert json.loads(content(shell.file("deep/items"))) == items


@pytest.mark.parametrize("bound", ["", "x", "1 2", "1;2", "--1", "$(echo 1)", "1\n2", "0x1", "1.0"])
def test_the_adapter_fails_where_argo_does(shell: Shell, bound: str) -> None:
    adapter = container(read(workflow(COUNTED, arguments={"x": "1"})), "adapter-sequence")
    values = {"start": "0", "kind": "end", "bound": bound, "format": "%d", "items": "items"}
    done = shell.run(*filled(adapter.command, **values))
    assert done.returncode == 1
    assert b"withSequence: not an integer" in done.stderr


@pytest.mark.parametrize(
    ("image", "known"),
    [
        ("alpine", True),
        ("alpine:3.20", True),
        ("docker.io/library/busybox@sha256:0", True),
        ("docker.io/google/cloud-sdk:400.0.0", True),
        ("registry:5000/team/train:1.2-alpine3.20", True),
        ("team/train:slim-bookworm", True),
        ("team/alpine", False),
        ("team/train:slimmed", False),
        ("gcr.io/distroless/python3-debian12", False),
        ("localhost:5000/train", False),
        ("", False),
        ("None", False),
    ],
)
def test_images_with_a_shell(image: str, known: bool) -> None:
    assert shell_wrappers.is_known_to_have_shell(image) is known
