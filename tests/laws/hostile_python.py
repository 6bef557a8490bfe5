"""Nothing gets into pipeline.py: hostile text in a pipeline stays text in its source.

``python tests/laws/hostile_python.py [--runs N] [--seed S] [--kfp EVERY] FILE_OR_FOLDER...`` puts
hostile text into a file as ``hostile_text`` does, also into the sources of its Python functions,
and looks at the source in Python (``python_shape``): that of ``decompile``, and of ``--style
python`` for both targets. One source in ``--kfp`` is compiled with kfp and compared.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # for when this is started as a program

import translator
import translator.api
from tests.laws import hostile_text, leaf_files, leaf_law
from tests.laws.hostile_sandbox import Sandbox
from tests.laws.hostile_text import Given, Place
from tests.laws.hostile_words import PWNED, STEERS, hostile
from tests.laws.python_shape import broken_by, calls_of
from translator.diagnostics import Severity
from translator.model import KFP_V1

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.decompiler import Decompiled

STYLES = ("decompile", "vertex", "kubeflow")
_EVIL = f"__import__('os').system('touch {PWNED}')"
#: Texts that are something in Python.
_NAMES = (
    *("class", "None", "True", "print", "dsl", "kubernetes", "components", "kfp", "str", "self"),
    *("__import__", "__getattr__", "__builtins__", "__debug__", "_", "__", "Output", "Optional"),
    *("\uff45xec", "\uff44sl", "pr\u0131nt", "\u212alass", "x\u0301", "ſelf", "match", "type"),
    *("NamedTuple", "v1_program", "trim_values", "make_print", "pipeline", "import", "lambda"),
    *("task_id", "output", "outputs", "set_retry", "after", "_x", "x_2", "1", "import os"),
)
_TEXTS = (
    *(f"{{{_EVIL}}}", f'"""\n{_EVIL}\n"""', f"'''\n{_EVIL}\n'''", f"\\\n{_EVIL}", f"#\n{_EVIL}"),
    *(f'"+{_EVIL}+"', f"'+{_EVIL}+'", f'"); {_EVIL}; ("', f'"]; {_EVIL}; x["', f"\r{_EVIL}"),
    *("{x!r:>{y}}", "{{{{x}}}}", "\\N{BULLET}", '\\"""', '""""', "a\\", "# fmt: on", "# fmt: off"),
    *(f"# type: ignore\n{_EVIL}", "# coding: utf-7", "+AAo-", "Args:\n  x: y", ":param x: y"),
    *("a\nb\nc\nd '''", 'a\nb\n"""c"""\nd' * 20, "x\n" * 70, "\ud800\n\n\n\n", "  a\n  b\n    c "),
    *("{{channel:task=;name=x;type=String;}}", "[" * 300 + "]" * 300, f'{{"{"x" * 80}": NaN}}'),
    *("{{$.inputs.artifacts['x'].metadata['a\"]']}}", "{{$.outputs.artifacts['x'].metadata['{']}}"),
)
#: A change of the source of a function: what is found, and what comes in its place.
_SOURCES = (
    (r"^def ", f"@{_EVIL}\ndef "),
    (r"^def ", f"{_EVIL}\n\ndef "),
    (r"^def ", f"class A:\n    {_EVIL}\n\n\ndef "),
    (r"^def ", "async def "),
    (r"^def \w+", "def print"),
    (r"^def \w+", "def \uff44sl"),
    (r"^def \w+", "def __getattr__"),
    (r"^def \w+\(", f"def f[T: {_EVIL}]("),
    (r"^def (\w+)\(", rf"def \1(x: {_EVIL} = 1, "),
    (r"^def (\w+)\(", rf"def \1(x: str = {_EVIL}, "),
    (r"^def (\w+)\(", rf"def \1(x: \"{_EVIL}\" = None, "),
    (r"^def (\w+)\(", rf"def \1(x: (y := {_EVIL}), "),
    (r"^def (\w+)\(", r"def \1(x: Optional[str] = [*()], "),
    (r"^def (\w+)\(", rf"def \1(x: NamedTuple('A', [('{_EVIL}', str)]) = None, "),
    (r"^def (\w+)\(", r"def \1(*, dsl: str = 'a', "),
    (r": str\b", f": Optional[{_EVIL}]"),
    (r": str\b", f': Dict["{_EVIL}", str]'),
    (r"\):\n", f") -> {_EVIL}:\n"),
    (r"\):\n", f"):  # fmt: on\n    '''{_EVIL}'''\n"),
    (r"\n    ", f"\n    # fmt: on\n{_EVIL}\n    "),
    (r"\n    ", f"\n\f{_EVIL}\n    "),
    (r"\n    ", f"\n    x = '\\\r{_EVIL}\n    '\n    "),
    (r"\n    ", f"\n    '''\n{_EVIL}\n'''\n    "),
    (r"\n    ", f"\n    nonlocal dsl\n    {_EVIL}\n    "),
    (r"\n    ", "\n    \n\t\n    "),
    (r"\n    ", "\n    \tif 1:\n         x = 1\n    "),
    (r"^def (\w+)\(", r"def \1(x: int[str] = None, "),
    (r"^def (\w+)\(", r"def \1(x: List['a b'] = None, "),
    (r"^def (\w+)\(", r"def \1(x: NamedTuple('A', [('class', str)]) = None, "),
    (r"\Z", f"\n{_EVIL}\n"),
    (r"\Z", f"\\\n{_EVIL}\n"),
    (r"\Z", f"    return '''\n{_EVIL}"),
    (r"\A", "# -*- coding: utf-7 -*-\n"),
)


class Run(NamedTuple):
    """One conversion of a file with hostile text in it."""

    number: int
    file: str
    style: str
    changes: tuple[str, ...]
    #: ``source``, ``refused``, or ``kfp`` if kfp compiled the source.
    outcome: str
    broken: tuple[str, ...]


class Files:
    """Files, and their places, read once."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = list(paths)
        self._known: dict[Path, tuple[Given, list[Place]]] = {}

    def drawn(self, rng: random.Random) -> tuple[Given, list[Place]]:
        """A file, and its places with a Python function."""
        path = rng.choice(self.paths)
        if path not in self._known:
            given = Given(path)
            places = [place for group in given.places for place in group]
            functions = [place for place in places if "def " in _text(given, place)]
            self._known[path] = given, functions
        return self._known[path]


def _text(given: Given, place: Place) -> str:
    if place.is_key or place.inner is not None:
        return ""
    found = leaf_files.at(given.documents[place.document], place.path)
    return found if isinstance(found, str) else ""


def changed(given: Given, functions: list[Place], rng: random.Random) -> tuple[str, list[str]]:
    """The text of the file with hostile text in it, and what that is."""
    kinds = ["function", "function", "name", "python", "python", "python", "any"]
    kind = rng.choice(kinds)
    if kind == "name" and functions:
        return _with_another_name(given, functions, rng)
    if kind == "function" and functions:
        place = rng.choice(functions)
        pattern, new = rng.choice(_SOURCES)
        old = _text(given, place)
        text = re.sub(
            pattern,
            lambda found: found.expand(
                new.replace("\\\n", "\\\\\n").replace("\\\r", "\\\\\r").replace('\\"', '"')
            ),
            old,
            count=1,
            flags=re.MULTILINE,
        )
        documents = list(given.documents)
        document = leaf_files.with_value(documents[place.document], place.path, text)
        documents[place.document] = document
        return hostile_text._dumped(documents, given, rng), [f"function: {pattern} {new}"]
    if kind == "any" or not given.places:
        text, places, words = hostile_text.changed(given, rng)
        return text, [f"{p.pattern}: {w.text!a:.80}" for p, w in zip(places, words, strict=True)]
    documents = list(given.documents)
    told = []
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.choice(rng.choice(given.places))
        word = hostile(rng)._replace(text=rng.choice(rng.choice([_NAMES, _TEXTS])), secret="")
        document = documents[place.document]
        documents[place.document] = hostile_text._with_word(document, place, word, rng)
        told.append(f"{place.pattern}: {word.text!a:.80}")
    return hostile_text._dumped(documents, given, rng), told


def _with_another_name(
    given: Given, functions: list[Place], rng: random.Random
) -> tuple[str, list[str]]:
    """The text of the file with another name for a function, wherever the old one is."""
    names = re.findall(r"\bdef (\w+)", _text(given, rng.choice(functions)))
    old, new = rng.choice(names), rng.choice([name for name in _NAMES if name.isidentifier()])
    text = hostile_text._dumped(list(given.documents), given, rng)
    return re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text), [f"name: {old} {new!a}"]


def source_of(path: Path, style: str) -> tuple[list[str], Decompiled | None]:
    """The source of the file in Python, and the helpers that it imports."""
    reading = translator.load(path)
    if style == "decompile":
        found = translator.decompile(reading)
        return [found.text], found
    files = translator.render(reading, style, style="python")
    names = ("pipeline.py", "pipeline_helpers.py")
    return [files[name] for name in names if name in files], None


def runs(paths: Iterable[Path], seed: int, numbers: Iterable[int], kfp: int = 0) -> Iterator[Run]:
    """The runs of these numbers; each depends on its number, the seed and the files alone."""
    files = Files(paths)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder), [])
        for number in numbers:
            rng = random.Random(f"python {seed} {number}")
            given, functions = files.drawn(rng)
            text, told = changed(given, functions, rng)
            style = rng.choice(STYLES)
            path = sandbox.given(given.path.suffix, text)
            with sandbox.watched() as touched:
                outcome, broken, source = _looked_at(path, style)
            broken += [f"touched: {one}" for one in touched] + sandbox.strays()
            if kfp and number % kfp == 0 and source is not None and not broken:
                outcome = "kfp"
                broken += _compared(path, source)
            sandbox.clear()
            yield Run(number, str(given.path), style, tuple(told), outcome, tuple(broken))


def _looked_at(path: Path, style: str) -> tuple[str, list[str], Decompiled | None]:
    """The outcome, what is broken, and what ``decompile`` has made."""
    try:
        texts, source = source_of(path, style)
    except translator.TranslationError:
        return "refused", [], None
    except Exception:
        return "refused", ["traceback: " + traceback.format_exc()[-1500:]], None
    broken = [one for text in texts for one in broken_by(text)]
    if not broken:
        broken += calls_of(*texts)
    for text in texts:
        code = re.sub(r"^ *# fmt: off\n.*?^ *# fmt: on$", "", text, flags=re.MULTILINE | re.DOTALL)
        if found := STEERS.search(code):
            broken.append(f"steering: {found[0]!a} in {code[max(0, found.start() - 60) :][:80]!a}")
    return "source", broken, source


def _compared(path: Path, source: Decompiled) -> list[str]:
    """What differs when kfp compiles the source, though nothing is said of it."""
    from tests.corpus import python_back

    try:
        back = python_back.compiled(source.files, source.function)
    except ModuleNotFoundError:  # google-cloud-pipeline-components
        return []
    except SyntaxError:  # of a program that is text, which kfp parses for a description
        return []
    except Exception as error:
        return [f"kfp: {type(error).__name__}: {error}"[:300]]
    if any(one.severity is Severity.WARNING for one in source.findings):
        return []
    given = translator.load(path).pipeline
    if given.dialect == KFP_V1:
        return []
    second = translator.load_text(back, "compiled").pipeline
    outcome, reasons = python_back.judged(python_back.compared(given, second))
    return [f"differs: {reasons[:4]}"] if outcome == python_back.DIFFERENT else []


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was found; 1 if a law is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=int, default=200, help="files that are drawn at most")
    parser.add_argument("--kfp", type=int, default=0, help="compile one source in so many")
    parser.add_argument("--only", type=int, help="the one run of this number")
    chosen = parser.parse_args(argv)
    paths = [path for path in leaf_law.pipelines(chosen.paths) if path.stat().st_size < 30_000]
    if len(paths) > chosen.files:
        paths = sorted(random.Random(chosen.seed).sample(paths, chosen.files))
    numbers = range(chosen.runs) if chosen.only is None else [chosen.only]
    done: Counter[str] = Counter()
    for run in runs(paths, chosen.seed, numbers, chosen.kfp):
        done.update([run.style, run.outcome, *(one.partition(":")[0] for one in run.broken)])
        if run.broken:
            print(
                f"run {run.number}: {run.file}, {run.style}",
                *run.changes,
                *run.broken,
                sep="\n    ",
                flush=True,
            )
    print(chosen.runs, "runs in", len(paths), "files:", dict(sorted(done.items())))
    return int(any(one not in (*STYLES, "source", "refused", "kfp") for one in done))


if __name__ == "__main__":
    sys.exit(main())
