"""What the pages for readers show is what the commands do: every command in them is run."""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import translator
from tests.pictures import LARGEST, PICTURES
from translator.cli import main
from translator.diagnostics.codes import RULES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("examples/**/README.md"))
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", *DOCS, *EXAMPLES]
#: tests/unit/test_ci_files.py runs the commands of these pages by a shell.
RUN_BY_A_SHELL = ("docs/ci.md", "docs/assess.md")

#: Programs that are not ours, and words of the shell.
NOT_RUN = {"cd", "export", "make", "gcloud", "kind", "curl", "minikube", "kubectl", "gh"}
SCRIPTS = ("main.py", "submit.py")
#: Options of pip in commands of containers.
PIP = {"--no-deps"}
LEFT_OUT = "..."

pytestmark = pytest.mark.xdist_group("readme")


class Block(NamedTuple):
    """A fenced block: what stands behind its fence, and its lines."""

    info: str
    lines: list[str]


def blocks_of(text: str) -> list[Block]:
    found = re.findall(r"^```(\S[^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(info, body.splitlines()) for info, body in found]


BLOCKS = blocks_of(README)
#: Each page for readers → its blocks.
BLOCKS_OF = {name: blocks_of((ROOT / name).read_text("utf-8")) for name in ("README.md", *DOCS)}


class Command(NamedTuple):
    """A command of a page, and the output that the page shows for it; None where it shows none."""

    words: list[str]
    shown: list[str] | None

    @property
    def is_ours(self) -> bool:
        """Whether it converts, or runs what was converted."""
        return self.words[0] == "translator" or self.script != ""

    @property
    def script(self) -> str:
        """The generated script that it runs; empty for anything else."""
        if self.words[0] == "python" and Path(self.words[1]).name in SCRIPTS:
            return self.words[1]
        return ""


def session(block: Block) -> list[Command]:
    """The commands of a block, in order."""
    commands: list[Command] = []
    if block.info == "console":
        for line in block.lines:
            if line.startswith("$ "):
                commands.append(Command(shlex.split(line[2:]), []))
            else:
                shown = commands[-1].shown
                assert shown is not None
                shown.append(line)
        return commands
    whole = "\n".join(block.lines).replace("\\\n", " ")
    return [
        Command(words, None)
        for line in whole.splitlines()
        if (words := shlex.split(line, comments=True))
    ]


def indented(page: str) -> Block:
    """The indented lines of a page, as one block."""
    lines = (ROOT / page).read_text("utf-8").splitlines()
    return Block("sh", [line.strip() for line in lines if line.startswith("    ")])


SESSIONS = {
    f"{name}-{number}": block
    for name, blocks in BLOCKS_OF.items()
    if name not in RUN_BY_A_SHELL
    for number, block in enumerate(blocks)
    if block.info in ("console", "sh")
}
SESSIONS |= {page: indented(page) for page in EXAMPLES}


def play(block: Block, top: Path) -> list[tuple[Command, subprocess.CompletedProcess[str]]]:
    """What came of each command of ours; deployments become dry runs."""
    played = []
    folder = top
    for command in session(block):
        if command.words[0] == "cd":
            folder /= command.words[1]
        if command.is_ours:
            played.append((command, run(command, folder, top)))
    return played


def run(command: Command, folder: Path, top: Path) -> subprocess.CompletedProcess[str]:
    own = command.words[: command.words.index(">")] if ">" in command.words else command.words
    words = ["-m", *own] if own[0] == "translator" else own[1:]
    if command.script and "--dry-run" not in words:
        words = [*words, "--dry-run"]
    # None of the caller's: it may name a project, a region or a host.
    environment = {"PATH": os.environ["PATH"], "HOME": str(top), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**environment, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples, in which the commands are run."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


@pytest.fixture(scope="module")
def transcript(top: Path) -> Path:
    """That folder, once the commands of the transcripts have been run."""
    for block in BLOCKS:
        for command, done in play(block, top) if block.info == "console" else ():
            assert done.returncode == 0, f"{command.words}\n{done.stdout}"
    return top


@pytest.mark.parametrize("name", SESSIONS)
def test_commands_do_what_is_shown(name: str, top: Path) -> None:
    for command, done in play(SESSIONS[name], top):
        # The exit status of `diff` is 1 for pipelines that differ.
        expected = 1 if command.words[:2] == ["translator", "diff"] else 0
        assert done.returncode == expected, f"{command.words}\n{done.stdout}"
        if command.shown is not None:
            assert_shows(command.shown, done.stdout.splitlines())


@pytest.mark.parametrize("name", SESSIONS)
def test_every_other_command_is_somebody_elses(name: str) -> None:
    """So that a misspelt one is not passed over."""
    for command in session(SESSIONS[name]):
        first, *rest = (word for word in command.words if "=" not in word or " " in word)
        makes_environment = rest[:2] in (["-m", "pip"], ["-m", "venv"]) or "/bin/" in first
        assert command.is_ours or makes_environment or first in NOT_RUN or "pytest" in rest, first


def assert_shows(shown: list[str], lines: list[str]) -> None:
    """The lines are those shown, apart from any number of them where ``...`` stands."""
    pieces: list[list[str]] = [[]]
    for line in shown:
        if line == LEFT_OUT:
            pieces.append([])
        elif line or pieces[-1]:
            pieces[-1].append(line)
    assert lines[: len(pieces[0])] == pieces[0]
    at = len(pieces[0])
    for piece in pieces[1:]:
        found = [n for n in range(at, len(lines) + 1) if lines[n : n + len(piece)] == piece]
        assert found, "not in the output: " + "\n".join(piece)
        at = found[0] + len(piece)
    assert shown[-1:] == [LEFT_OUT] or at == len(lines), "more lines than shown"


@pytest.mark.parametrize(
    "block",
    [
        block
        for blocks in BLOCKS_OF.values()
        for block in blocks
        if re.match(r"(?:py|yaml) .*/", block.info)
    ],
    ids=lambda block: block.info,
)
def test_excerpts_are_of_the_files(block: Block, transcript: Path) -> None:
    path = transcript / block.info.split()[1]
    assert_shows(block.lines, path.read_text("utf-8").splitlines())


PROGRAMS = {
    f"{name}-{number}": "\n".join(block.lines) + "\n"
    for name, blocks in BLOCKS_OF.items()
    for number, block in enumerate(blocks)
    if block.info == "python"
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_library_does_what_is_shown(
    name: str, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(top)
    if ">>> " not in PROGRAMS[name]:
        exec(compile(PROGRAMS[name], name, "exec"), {})
        return
    test = doctest.DocTestParser().get_doctest(PROGRAMS[name], {}, name, name, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.fixture(scope="module")
def known(top: Path) -> dict[str, set[str]]:
    """Program → its flags; a script with those that it has for either KFP."""
    known = {
        "translator": {
            flag
            for command in main.commands.values()
            for param in command.params
            if isinstance(param, click.Option)
            for flag in (*param.opts, *param.secondary_opts)
        }
    }
    for script, to in (("main.py", "vertex"), ("submit.py", "kubeflow")):
        known[script] = set()
        for kind in ("v1", "v2"):
            file, folder = f"examples/train/pipeline_{kind}.yaml", f"help/{kind}"
            words = ["translator", "convert", file, "--to", to, "-o", folder]
            assert run(Command(words, None), top, top).returncode == 0
            done = run(Command(["python", f"{folder}/{script}", "--help"], None), top, top)
            known[script] |= flags_in(done.stdout)
    return known


class TestFlags:
    """Flags inside sentences and tables; those of commands are tried by running them."""

    @pytest.mark.parametrize("page", ["README.md", *DOCS])
    def test_every_flag_is_one_of_some_program(self, known: dict[str, set[str]], page: str) -> None:
        for text in inline_code((ROOT / page).read_text("utf-8")):
            assert flags_in(text) <= PIP.union(*known.values()), text

    @pytest.mark.parametrize(
        ("page", "script"),
        [("docs/vertex.md", "main.py"), ("docs/kubeflow.md", "submit.py")],
    )
    def test_a_page_is_about_its_script(
        self, known: dict[str, set[str]], page: str, script: str
    ) -> None:
        text = (ROOT / page).read_text("utf-8")
        shown = {flag for code in inline_code(text) for flag in flags_in(code)}
        assert shown
        assert shown - known[script] == set()


def inline_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def flags_in(text: str) -> set[str]:
    """The long flags in a text; ``--param-NAME`` stands for many."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9](?![\w-])", text))


def test_targets_of_make_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    shown = re.findall(r"\bmake ([a-z-]+)", "\n".join(inline_code(README) + sh_lines()))
    assert {"demo", "test"} <= set(shown)
    for target in shown:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def sh_lines() -> list[str]:
    return [line for block in BLOCKS if block.info == "sh" for line in block.lines]


@pytest.mark.parametrize("page", PAGES)
class TestPage:
    def test_links_lead_somewhere(self, page: str) -> None:
        path = ROOT / page
        for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", path.read_text("utf-8")):
            if target.startswith("https://"):
                continue
            file = path.parent / target if target else path
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), (target, anchor)

    def test_codes_are_there(self, page: str) -> None:
        assert set(re.findall(r"\bTR\d{3}\b", (ROOT / page).read_text("utf-8"))) <= set(RULES)


def anchors(path: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_the_contents_have_every_page_once() -> None:
    text = (ROOT / "docs/README.md").read_text("utf-8")
    linked = re.findall(r"^\| \[[^]]*\]\(([\w.-]+)\) \| \w", text, re.MULTILINE)
    assert sorted(f"docs/{name}" for name in linked) == [d for d in DOCS if d != "docs/README.md"]


def test_pictures_are_shown_and_small() -> None:
    shown = set()
    for page in ("README.md", *DOCS):
        found = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / page).read_text("utf-8"))
        shown |= {(ROOT / page).parent / name for name in found}
    assert shown == set(PICTURES.iterdir())
    for path in shown:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < LARGEST


def test_every_code_is_in_a_row_of_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    codes: set[int] = set()
    for first, last in re.findall(r"\bTR(\d{3})(?: to TR(\d{3}))?", text):
        codes |= set(range(int(first), int(last or first) + 1))
    assert {code for code in RULES if int(code[2:]) not in codes} == set()


def test_the_table_of_imports_is_that_of_the_tests() -> None:
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text("utf-8"))
    (table,) = (
        ast.literal_eval(node.value.args[0] if isinstance(node.value, ast.Call) else node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MAY_IMPORT"
    )
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `(translator[\w.]*)` \|(.*)\|$", text, re.MULTILINE)
    shown = {
        part: set(re.findall(r"`([\w.]+)`", cell)) | ({""} if "own names" in cell else set())
        for part, cell in rows
    }
    assert shown == {part: set(names) for part, names in table.items()}


@pytest.mark.corpus
def test_as_many_samples_are_converted_as_is_said(shared: Path) -> None:
    all_, least = map(
        int, re.findall(r"Of (\d+) workflows .*? at least (\d+)", " ".join(README.split()))[0]
    )
    files = sorted((shared / "corpus/v1/compiled").iterdir())
    assert len(files) == all_
    assert sum(map(is_convertible, files)) >= least


def is_convertible(path: Path) -> bool:
    try:
        translator.translate(path, to="vertex")
    except translator.TranslationError:
        return False
    return True
