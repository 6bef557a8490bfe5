"""What ``hostile_text`` holds a bundle, and all that is told of it, to."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import yaml

from tests.laws.hostile_words import STEERS, Word
from translator.cli import job_summary
from translator.cli.inputs import Input
from translator.diagnostics import by_code, github, junit, report, sarif
from translator.targets.vertex import writer as vertex
from translator.version import NOTICE
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from translator.diagnostics import Diagnostic

#: The script of a bundle; the modules that it imports have no values in them.
SCRIPTS = ("main.py", "submit.py")
#: The tables at the top of a script, which alone have values in them, beside its docstring.
DATA = frozenset({"SETTINGS", "INPUTS", "docstring"})
#: What tables may call, with values.
_RECORDS = ("Input", "Settings")
#: How lines of REPORT.md begin.
_REPORT = re.compile(
    r"$|# |## (?:Manual steps|Access to secrets|Cluster requirements|Notes|Decisions|Rewritten)$"
    r"|## (?:Accepted|Machines|Tasks)$|These findings need no action, by the section `accepted` "
    r"|Change them with a plan |Vertex AI selects the machine type of a task "
    r"|- (?:\[ \] )?\*\*TR\d{3}\*\*|\| |\|---|None\.$|Translated from |Lines are those of |[\d,]+ "
    r"|A (?:rewritten |reported )?value (?:has|is|without) "
    r"|- \[ \] Create the cluster resources |The pipeline uses these resources;|  ```(?:sh)?$"
    r"|- (?:(?:image pull )?secret|config map|persistent volume claim|service account) "
    r"|- priority class |  kubectl create [\w -]+ (?:NAME|[a-z0-9][a-z0-9.-]*)(?: --[\w.=-]+)*"
    r" -n NAMESPACE$"
    r"|The service account of the run |- `projects/[a-z0-9.:-]+/secrets/[\w-]+`, for tasks? `"
    r"|  gcloud secrets add-iam-policy-binding [\w-]+ --project [a-z0-9.:-]+ --member "
    r"serviceAccount:SERVICE_ACCOUNT --role roles/secretmanager\.secretAccessor$"
    r"|  printf %s '\{[\w.\"{}\[\]:, -]+\}' \| kubectl create -f - -n NAMESPACE$"
)
_BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")
_CODE = re.compile(r"(?<!\\)`[^`]*`")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Seen(NamedTuple):
    """What is written for a file as it is, to compare with."""

    files: Mapping[str, str]
    tree: ast.Module
    shape: Any

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Seen:
        """What there is to see in a bundle."""
        return cls(files, _tree(files), shape(documents(files["pipeline.yaml"])))


@contextlib.contextmanager
def written_values() -> Iterator[list[Any]]:
    """The values that become YAML text meanwhile."""
    values: list[Any] = []

    def recorded(value: Any) -> str:
        values.append(value)
        return yaml_text(value)

    with (
        mock.patch.object(vertex, "yaml_text", recorded),
        mock.patch("translator.writers.yaml_text.yaml_text", recorded),  # of Kubeflow
    ):
        yield values


def _tree(files: Mapping[str, str]) -> ast.Module:
    return ast.parse(_script(files))


def _script(files: Mapping[str, str]) -> str:
    (script,) = (files[name] for name in SCRIPTS if name in files)
    return script


def documents(text: str) -> list[Any]:
    return list(yaml.load_all(text, _LOADER))


def shape(value: Any) -> Any:
    """The value without its texts and keys."""
    if isinstance(value, dict):
        return {"": sorted((shape(entry) for entry in value.values()), key=repr)}
    return [shape(entry) for entry in value] if isinstance(value, list) else None


# The bundle


def broken_by(
    files: Mapping[str, str], before: Seen, words: Sequence[Word], *, same_shape: bool
) -> list[str]:
    """What of the laws a bundle breaks."""
    found = []
    if list(files) != list(before.files):
        found.append(f"files: {list(files)}")
    if files["requirements.txt"] != before.files["requirements.txt"]:
        found.append("requirements: others")
    for name, text in before.files.items():
        if name.endswith(".py") and name not in SCRIPTS and files.get(name) != text:
            found.append(f"module: {name} is another")
    try:
        if difference := _difference(before, files):
            found.append(f"syntax tree: {difference}")
    except (SyntaxError, ValueError) as error:
        found.append(f"syntax tree: {error}")
    try:
        written = documents(files["pipeline.yaml"])
    except yaml.YAMLError as error:
        return [*found, f"pipeline.yaml: {error}"]
    if same_shape and shape(written) != before.shape:
        found.append("pipeline.yaml: another structure")
    return found + report_broken(files["REPORT.md"], words)


def _difference(before: Seen, files: Mapping[str, str]) -> str:
    tree = _tree(files)
    for node in tree.body:
        if _table(node):
            _require_values(node.value)  # type: ignore[attr-defined]
    # The same text around the tables is the same tree, which takes much longer to compare.
    same = _fixed_lines(tree, files) == _fixed_lines(before.tree, before.files)
    if same and len(tree.body) == len(before.tree.body):
        return ""
    return differs(before.tree, tree)


def _fixed_lines(tree: ast.Module, files: Mapping[str, str]) -> list[str]:
    """The lines of a script without those of its tables, which are named instead."""
    lines = re.split("\r\n|[\r\n]", _script(files))  # as Python's grammar has it
    for node in reversed(tree.body):
        if name := _table(node):
            lines[node.lineno - 1 : node.end_lineno] = [name]
    return lines


def differs(one: ast.AST, other: ast.AST) -> str:
    """Where two programs differ beside the values in their tables; empty where nowhere."""
    name = _table(one)
    if name and name == _table(other):  # an empty one is annotated
        _require_values(other.value)  # type: ignore[attr-defined]
        return ""
    if type(one) is not type(other):
        return f"{ast.dump(other)[:200]} for {ast.dump(one)[:200]}"
    for field in one._fields:
        mine, its = getattr(one, field, None), getattr(other, field, None)
        if not isinstance(mine, list):
            mine, its = [mine], [its]
        if len(mine) != len(its):
            return f"{len(its)} for {len(mine)} in {field} of {type(one).__name__}"
        for a, b in zip(mine, its, strict=True):
            told = (
                differs(a, b) if isinstance(a, ast.AST) else "" if a == b else f"{b!r}, not {a!r}"
            )
            if told:
                return told
    return ""


def _require_values(node: ast.expr) -> None:
    """``ValueError`` for anything else than values, records of values and lists of these."""
    if isinstance(node, ast.List) and all(isinstance(one, ast.Call) for one in node.elts):
        for one in node.elts:
            _require_values(one)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in _RECORDS:
        for value in [*node.args, *(one.value for one in node.keywords)]:
            ast.literal_eval(value)
    else:
        ast.literal_eval(node)


def _table(node: ast.AST) -> str:
    """The table that a statement at the top of a script sets, or ``docstring``."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "docstring" if node.col_offset == 0 and node.lineno <= 2 else ""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "list[Input]":
        target = node.target
    else:
        return ""
    is_table = node.col_offset == 0 and isinstance(target, ast.Name) and target.id in DATA
    return target.id if is_table and isinstance(target, ast.Name) else ""


#: A text in a graph: letters, digits, some signs, and the others as character entities.
_LABEL = r'"(?:[\w _./:,=-]|#\d+;|<br>)*"'
_GRAPH = re.compile(
    rf"flowchart TD|\s+(?:subgraph n\d+ \[{_LABEL}\]|end|n\d+ (?:-->|-\.->) n\d+"
    rf"|n\d+(?:\[{_LABEL}\]|\{{\{{{_LABEL}\}}\}}|\[\[{_LABEL}\]\]|\(\[{_LABEL}\]\))"
    r"|classDef [a-z]+ fill:#\w{6},stroke:#\w{6},color:#\w{6}|class n\d+(?:,n\d+)* [a-z]+)"
)


def mermaid_broken(graph: str) -> list[str]:
    """The lines of a Mermaid flowchart that ``translator.graph`` does not write."""
    return [line[:200] for line in graph.split("\n") if not _GRAPH.fullmatch(line)]


def report_broken(page: str, words: Sequence[Word]) -> list[str]:
    """What in REPORT.md is not as the writer of reports writes it."""
    found = []
    bars = 0
    before, fence, rest = page.partition("\n```mermaid\n")
    graph, closing, after = rest.partition("\n```\n")
    if fence:
        found = [f"REPORT.md: {line!r} in the graph" for line in mermaid_broken(graph)]
        found += [] if closing else ["REPORT.md: a graph without end"]
    for line in f"{before}\n{after}".split("\n"):
        if not _REPORT.match(line) and line != NOTICE:
            found.append(f"REPORT.md: a line {line[:200]!r}")
        bare = _CODE.sub("", line)
        if re.search(r"(?<!\\)(?:\\\\)*[<>]", bare):
            found.append(f"REPORT.md: HTML in {line[:200]!r}")
        if line.startswith("|"):
            count = len(_BAR.findall(line))
            if bars and count != bars:
                found.append(f"REPORT.md: {count} bars, not {bars}, in {line[:200]!r}")
            bars = count
        else:
            bars = 0
    return found + steering("REPORT.md", page) + secrets_in("REPORT.md", page, words)


#: The lines of the comment of ``diff``, outside of graphs and values.
_COMMENT = re.compile(
    r"$|(?:Before|After):$|\*\*(?:[\d,]+ differences?|The pipelines are the same)\*\*: `+.* → `+.*$"
    r"|- (?:pipeline|tasks? `+.*): .*$|  \(note: .*\)$|The pipelines are too large for graphs "
    r"|[\d,]+ notes?: written differently, runs the same way\.$|… and [\d,]+ more$"
)
_MARKER = re.compile(r"<!-- translator diff: [\w%./~-]+ -->")


def comment_broken(page: str) -> list[str]:
    """What in a comment for a pull request is not as ``diff`` writes it."""
    marker, *lines = page.split("\n")
    found = [] if _MARKER.fullmatch(marker) else [f"comment: begins with {marker[:200]!r}"]
    fence, graph = "", list[str]()
    for line in lines:
        if fence and line == fence:
            text = "\n".join(graph)
            found += [f"comment: {one!r} in a graph" for one in mermaid_broken(text)] * (
                fence == "```"
            )
            fence, graph = "", []
        elif fence == "```":
            graph.append(line)
        elif fence:
            found += [] if line[:2] == "  " else [f"comment: a value has the line {line[:200]!r}"]
        elif line == "```mermaid":
            fence = "```"
        elif opened := re.fullmatch(r"(  `{3,})diff", line):
            fence = opened[1]
        elif not _COMMENT.match(line.rstrip()) or _is_html(line):
            found.append(f"comment: a line {line[:200]!r}")
    found += ["comment: a fence without end"] if fence else []
    return found + (["comment: too long"] if len(page) >= 65_536 else [])


def _is_html(line: str) -> bool:
    """Whether there is an angle bracket outside of code spans."""
    return bool(re.search(r"[<>]", re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)))


# What is told


def told_of(found: Sequence[Diagnostic], path: Path, words: Sequence[Word]) -> list[str]:
    """What is wrong with findings, and with how each format tells them."""
    broken = [f"internal: {d}" for d in found if d.rule.code.startswith("TR9")]
    style = report.Style(verbose=True)
    commands = github.commands(found)
    told = {
        "messages": "\n".join(f"{d.message} {d.help} {d}" for d in found),
        "text": report.text(found, Input(str(path), "").line, style),
        "github": commands,
        "json": json.dumps([report.as_json(d) for d in found]),
        "sarif": json.dumps(sarif.document(found, "0", 1)),
        "junit": junit.document({str(path): found}, "check"),
        "summary": job_summary.page(found, "check", ""),
        "codes": by_code.table(by_code.counted(found), 200),
    }
    for form, text in told.items():
        broken += steering(form, text) + secrets_in(form, text, words)
    broken += [
        f"link: {text[:200]}"
        for result in json.loads(told["sarif"])["runs"][0]["results"]
        if re.search(r"(?<!\\)(?:\\\\)*[\[\]]", text := result["message"]["text"])
    ]
    # What programs read out of JSON; names and pointers are there as they are.
    read = [t for form in ("json", "sarif") for t in _sentences(json.loads(told[form]))]
    broken += steering("a sentence in JSON", "\n".join(read))
    lines = commands.split("\n")[:-1]
    if len(lines) != len(found) or not all(map(_COMMAND.match, lines)):
        broken.append("github: other commands than findings")
    return broken


_COMMAND = re.compile(r"::(?:error|warning|notice) (?:\w+=[^,:]*,)*title=TR\d{3}::")


def _sentences(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, entry in value.items():
            if name != "facts":
                yield from _sentences(entry, name)
    elif isinstance(value, list):
        for entry in value:
            yield from _sentences(entry, key)
    elif isinstance(value, str) and key in ("message", "help", "text"):
        yield value


def steering(where: str, text: str) -> list[str]:
    found = STEERS.search(text)
    if not found:
        return []
    around = text[max(0, found.start() - 60) : found.end() + 20]
    return [f"steering: {where} holds {found[0]!a}: {around!a}"]


def secrets_in(where: str, text: str, words: Sequence[Word]) -> list[str]:
    """The secrets that a text shows."""
    shown = [word.secret for word in words if word.secret and word.secret in text]
    return [f"secret: {where} shows it: {_around(text, secret)!r}" for secret in shown]


def _around(text: str, part: str) -> str:
    at = text.index(part)
    return text[max(0, at - 120) : at + 40]


def printed(form: str, out: str, err: str, words: Sequence[Word]) -> list[str]:
    broken = steering(f"{form} out", out) + steering(f"{form} err", err)
    broken += secrets_in(f"{form} out", out, words) + secrets_in(f"{form} err", err, words)
    for line in (out + err).split("\n"):
        ours = form == "github" and _COMMAND.match(line)
        # What the runners of GitHub and Azure take for a command, in any output.
        if (line.lstrip().startswith("::") and not ours) or _LOG_COMMAND.search(line):
            broken.append(f"command: {form} has {line[:200]}")
    for line in err.split("\n"):
        if line.startswith("next: "):
            try:
                parts = shlex.split(line)
            except ValueError as error:
                broken.append(f"next: {error}: {line}")
                continue
            if parts[:2] != ["next:", "cd"] or parts[3:9] != _INSTALL or parts[2][:1] == "-":
                broken.append(f"next: {line}")
    return broken


#: ``##[error]``, ``##vso[task.…]``.
_LOG_COMMAND = re.compile(r"##\w*\[")
_INSTALL = ["&&", "python", "-m", "pip", "install", "-r"]
