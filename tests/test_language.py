"""No text that a user or developer reads has one of the phrases that this project no longer uses.

``PHRASES`` lists them as regular expressions, each with its replacement and a sentence that it
finds. Searched are messages, help, pages of rules, docs, the generated ``REPORT.md`` of the
examples, the templates of the scripts, and in the package the texts that become parts of messages,
the comments and the docstrings.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

import translator
from translator.cli import main
from translator.diagnostics.codes import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
EXAMPLES = (
    "examples/hello/pipeline.yaml",
    "examples/train/pipeline_v1.yaml",
    "examples/train/pipeline_v2.yaml",
)
DOCS = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("docs/*.md", "examples/**/*.md", "tests/fuzz/README.md"),
    "translator/diagnostics/pages/*.md",
)
#: What the scripts are made of.
TEMPLATES = ("templates/*/*.py", "templates/*/*.j2")
#: The package, whose texts become parts of messages.
PACKAGE = ("translator/**/*.py",)


class Phrase(NamedTuple):
    """A phrase that is not used, what is used instead, and a sentence with the phrase."""

    pattern: str
    instead: str
    example: str


#: Not for comments and docstrings: there a leaf is a scalar of a document or an empty mapping or
#: list, as ``docs/architecture.md`` defines it.
LEAF = Phrase(r"\bevery leaf\b|\beach leaf\b", "every value", "what becomes of each leaf")
PHRASES = (
    Phrase(r"\b(?:is|are|not) told\b", "is reported, is set", "TR170 is told of a whole pipeline"),
    Phrase(r"\bnobody\b", "no task, no module", "an output that nobody takes"),
    Phrase(r"\b(?:some|any|every)body\b", "a user, everyone", "somebody may have edited it"),
    Phrase(r"\bno equal\b", "no equivalent", "it has no equal in KFP v2"),
    Phrase(r"\bcounterpart\b", "equivalent", "it has no counterpart on Vertex AI"),
    Phrase(r"\bstands? for (?:nothing|no)\b", "cannot be resolved", "`x` stands for nothing"),
    Phrase(
        r"\b(?:stands?|stood|standing) (?:in|at|on|where|there|before|beside|among)\b",
        "is in",
        "the task stands in a loop",
    ),
    Phrase(r"\bas (?:it|they) stands?\b", "unchanged, as text", "it is passed as it stands"),
    Phrase(r"\banother one after\b", "a mutable tag", "the tag is another one after each push"),
    Phrase(
        r"\bleaves? its (?:command|program)\b", "has no `command`", "it leaves its command to X"
    ),
    Phrase(r"\b(?:half a|halves of) character", "lone surrogate", "JSON with half a character"),
    Phrase(r"\bwithout an end\b", "Infinity, unlimited", "a number without an end"),
    Phrase(r"\bmistakes? of ours\b", "internal error", "this is a mistake of ours"),
    Phrase(r"\bof yours\b", "your", "on a cluster of yours"),
    Phrase(
        r"\bwords? of (?:`…`|the container|a container|the command|its command)",
        "arguments, a wrapper",
        "a few words of `sh` move the files",
    ),
    Phrase(r"\b(?:by|in|as|among) (?:the |its |a )?words\b", "arguments", "inputs come as words"),
    Phrase(r"\btruths\b|\btruth values?\b", "booleans", "lists, truth values and objects"),
    Phrase(r"\b\d[\d,]* (?:leaf|leaves)\b", "values", "802 leaves: 269 carried"),
    LEAF,
    Phrase(
        r"\bthe (?:file|text|document|workflow|message|page|step|task|node|label|pipeline|server)"
        r" says\b",
        "has, declares, contains",
        "the file says that it is of schema 2.0.0",
    ),
    Phrase(
        r"\bsays? (?:so|nothing|of|where|which|what|how|when|why|that|in which)\b",
        "has, declares, is reported",
        "a field that says what to run",
    ),
    Phrase(r"\b(?:is|are|be|not|been) said\b", "set, written", "a schedule is said in five fields"),
    Phrase(r"\bsay (?:it|so|which)\b", "write, set", "say it in another way"),
    Phrase(
        r"\bnothing (?:is to be done|has to be done|to do)\b|\bthere is nothing to do\b",
        "no action is needed",
        "there is nothing to do",
    ),
    Phrase(r"\bwithout a word\b|\bno heed\b", "silently, ignores", "they drop it without a word"),
    Phrase(
        r"\bwhatever becomes of\b|\bwhat (?:became|becomes) of\b",
        "the result of",
        "it runs whatever becomes of the others",
    ),
    Phrase(r"\bnot there\b|\bis there already\b", "does not exist, exists", "it is not there"),
    Phrase(
        r"\b(?:hand|hands|handed|handing) (?:it |them |files |the container )?"
        r"(?:on|over|down|to|from)\b",
        "pass",
        "the value is handed down",
    ),
    Phrase(
        r"\b(?:runs?|contains?) itself again\b", "is recursive", "the template runs itself again"
    ),
    Phrase(
        r"\bfills? (?:it |them )?in\b|\bfilled in\b",
        "resolve, replace",
        "Vertex AI does not fill in the placeholder",
    ),
    Phrase(r"\bskin over\b", "thin layer", "the command is a skin over the library"),
    Phrase(
        r"\bto do by hand\b|\bworth knowing\b", "manual steps, notes", "what is left to do by hand"
    ),
    Phrase(r"\bthe like\b|\bits like\b|\btheir like\b", "and so on", "`kubectl` and the like"),
    Phrase(
        r"\bknows? (?:no|none|nothing|neither)\b",
        "has no, does not support",
        "Vertex AI knows no nodes",
    ),
    Phrase(r"\bcarried over\b", "kept", "the label is carried over"),
    Phrase(
        r"\bput beside\b|\bof its own accord\b|\bas good as\b",
        "in the same folder",
        "the pipeline is put beside it",
    ),
)
#: Not prose: code in Markdown, and names in backticks.
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """Markdown without code, on one line, so that phrases are found across line ends."""
    return " ".join(CODE.sub("`…`", text).split())


def found_in(text: str, phrases: tuple[Phrase, ...] = PHRASES) -> list[str]:
    """The phrases in a text, each with what is around it and what to write instead."""
    one_line = prose(text)
    return [
        f"…{one_line[max(match.start() - 40, 0) : match.end() + 40]}… → {phrase.instead}"
        for phrase in phrases
        for match in re.finditer(phrase.pattern, one_line, re.IGNORECASE)
    ]


def files(patterns: tuple[str, ...]) -> list[Path]:
    """The files of these patterns below the root; each pattern has some."""
    found = [sorted(ROOT.glob(pattern)) for pattern in patterns]
    assert all(found), patterns
    return [path for group in found for path in group]


def texts(path: Path) -> Iterator[str]:
    """The texts in a Python file that are not docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and id(node) not in docstrings
        if is_text and isinstance(node.value, str):
            yield node.value


def comments_and_docstrings(source: str) -> Iterator[str]:
    """The docstrings of Python source, and its comments; those of adjacent lines are one text."""
    starts = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    previous, line, block = tokenize.NEWLINE, 0, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != line + 1:
                yield block
                block = ""
            line, block = token.start[0], f"{block} {token.string.lstrip('#: ')}"
        elif token.type != tokenize.NL:
            if token.type == tokenize.STRING and previous in starts:
                yield token.string
            previous = token.type
    yield block


def comments_and_strings(source: str) -> str:
    """The comments and strings of Python source, docstrings among them."""
    kinds = ("COMMENT", "STRING", "FSTRING_MIDDLE")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = (token.string for token in tokens if tokenize.tok_name[token.type] in kinds)
    return " ".join(text.lstrip("#: ") for text in found)


@pytest.mark.parametrize("phrase", PHRASES, ids=[phrase.example for phrase in PHRASES])
def test_each_phrase_is_found(phrase: Phrase) -> None:
    assert [one for one in found_in(phrase.example) if one.endswith(phrase.instead)]
    assert found_in(f"# A page\n\n{phrase.example.replace(' ', chr(10))}\n")


def test_code_is_not_prose() -> None:
    assert found_in("`is told`\n\n```sh\necho nobody\n```\n") == []


@pytest.mark.parametrize("code", RULES)
def test_messages(code: str) -> None:
    rule = RULES[code]
    assert found_in(rule.what) + found_in(rule.hint) == []


@pytest.mark.parametrize("command", ["", *main.commands])
def test_help(command: str) -> None:
    words = [command] if command else []
    told = CliRunner().invoke(main, [*words, "--help"])
    assert told.exit_code == 0 and found_in(told.output) == []


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_reports(example: str, to: str) -> None:
    page = translator.translate(ROOT / example, to).files["REPORT.md"]
    assert found_in(page) == []


@pytest.mark.parametrize("path", files(DOCS), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages(path: Path) -> None:
    assert found_in(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", files(TEMPLATES), ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts(path: Path) -> None:
    text = path.read_text("utf-8")
    assert found_in(comments_and_strings(text) if path.suffix == ".py" else text) == []


def test_code_of_scripts_is_not_searched() -> None:
    code = "for word in words:  # by name\n    print('the word is told')\n"
    (found,) = found_in(comments_and_strings(code))
    assert "is told" in found


@pytest.mark.parametrize("path", files(PACKAGE), ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_of_the_package(path: Path) -> None:
    assert [one for text in texts(path) for one in found_in(text)] == []


@pytest.mark.parametrize("path", files(PACKAGE), ids=lambda path: str(path.relative_to(ROOT)))
def test_comments_and_docstrings_of_the_package(path: Path) -> None:
    phrases = tuple(phrase for phrase in PHRASES if phrase is not LEAF)
    documented = comments_and_docstrings(path.read_text("utf-8"))
    assert [one for text in documented for one in found_in(text, phrases)] == []


def test_comments_and_docstrings_are_found() -> None:
    code = (
        '"""A module that nobody\nimports."""\n\n'
        "#: It is\n#: told.\nX = 'the file says'  # as it stands\n\n\n"
        "class A:\n    # before\n\n    'It has no equal.'\n\n"
        '    def f(self):\n        r"""It is handed\n        down."""\n        return "the like"\n'
    )
    found = [one for text in comments_and_docstrings(code) for one in found_in(text)]
    assert sorted(one.rpartition(" → ")[2] for one in found) == [
        "is reported, is set",
        "no equivalent",
        "no task, no module",
        "pass",
        "unchanged, as text",
    ]
