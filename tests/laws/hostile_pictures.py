"""The laws for graphs, pages and comments: whatever a pipeline says, in them it is text.

Each is taken apart by a parser of its language: it has only the elements that the writers write,
and as many of them as for harmless text where nothing but a text changed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

from click.testing import CliRunner

from tests.laws.hostile_checks import comment_broken, mermaid_broken, secrets_in, steering
from translator import TranslationError, api
from translator.cli import main as command
from translator.graph import FORMATS, graph
from translator.graph.drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.laws.hostile_words import Word

__all__ = ["Markup", "dot_broken", "html_broken", "pictures", "pictures_broken", "svg_broken"]

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_ID = r"(?:before-|after-)?n\d+"
#: Any text: a parser has read it as the value of an attribute.
_TEXT = r"(?s:.*)"
_KINDS = r"(?:task|condition|loop|exit-handler|dag)(?: fate-(?:same|rewritten|decision|lost))?"
_NUMBERS = dict.fromkeys(("x", "y", "width", "height", "rx"), _NUMBER)
#: Element → its attributes, and what each may be.
_SVG: dict[str, dict[str, str]] = {
    "svg": {
        "class": "graph",
        "viewBox": rf"0 0 {_NUMBER} {_NUMBER}",
        "style": rf"width: {_NUMBER}px; max-width: 100%; min-width: {_NUMBER}px",
        "role": "group",
        "aria-label": _TEXT,
        "xmlns": re.escape("http://www.w3.org/2000/svg"),
    },
    "style": {},
    "defs": {},
    "marker": {
        "id": "(?:before-|after-)?arrow",
        "viewBox": "0 0 8 8",
        "refX": "7",
        "refY": "4",
        "markerWidth": "7",
        "markerHeight": "7",
        "orient": "auto",
    },
    "rect": {"class": "paper|box|group|frame", **_NUMBERS},
    "a": {"href": r"#(?:task-\d+|graph)", "aria-label": _TEXT},
    "g": {"id": _ID, "class": _KINDS, "role": "img", "aria-label": _TEXT},
    "text": {"class": "title", "x": _NUMBER, "y": _NUMBER},
    "path": {
        "class": "arrow (?:data|order)",
        "d": rf"M[\d\w .+-]+|{re.escape('M0 0L8 4L0 8z')}",
        "marker-end": r"url\(#(?:before-|after-)?arrow\)",
    },
    "title": {},
}
_CLASSES = (
    "verdict|facts|legend|chip|pictures|picture|place|panel|columns|table|entries|entries check"
    "|sign|(?:chip )?(?:same|rewritten|decision|lost)"
)
_PLAIN = (
    "html head title style body header h1 h2 h3 p dl dt dd main ul li span div figure figcaption"
)
_BARE = "table thead tbody tr td strong code pre footer label"
_HTML: dict[str, dict[str, str]] = {
    **{tag: {"class": _CLASSES, "tabindex": "0"} for tag in _PLAIN.split()},
    **{
        tag: {}
        for tag in [
            "table",
            "thead",
            "tbody",
            "tr",
            "td",
            "strong",
            "code",
            "pre",
            "footer",
            "label",
        ]
    },
    "html": {"lang": "en"},
    "meta": {
        "charset": "utf-8",
        "name": r"[\w-]+",
        "content": r"[\w ='.,;-]+",
        "http-equiv": _TEXT,
    },
    "th": {"scope": "col"},
    "h2": {"id": "[a-z]+"},
    "h3": {"id": r"task-\d+-title"},
    "ul": {"class": _CLASSES, "aria-label": "Colours"},
    "div": {"class": _CLASSES, "tabindex": "0", "role": "region", "aria-label": "Before|After"},
    "strong": {"class": "lost|decision"},
    "pre": {"tabindex": "0"},
    "section": {
        "class": "panel",
        "id": r"task-\d+",
        "tabindex": "-1",
        "aria-labelledby": r"task-\d+-title",
    },
    "input": {"type": "checkbox", "id": "reviewer|date|decision", "autocomplete": "off"},
    "label": {"for": "reviewer|date|decision"},
}
#: What an HTML parser reads in lower case.
_IN_HTML = {
    tag.lower(): {name.lower(): one for name, one in known.items()} for tag, known in _SVG.items()
}
_VOID = frozenset({"meta", "input"})
_DOT_TOKEN = re.compile(
    r'\s+|(?P<text>"(?:[^"\\\n]|\\[^\n])*")|(?P<word>[A-Za-z_]\w*|\d+)|(?P<sign>->|[{}\[\]=,;])'
)
_DOT_WORDS = re.compile(
    r"digraph|graph|node|edge|subgraph|compound|true|fontname|fontsize|10|label|style|shape"
    r"|peripheries|2|box|diamond|rounded|bold|dashed|solid|ltail|lhead|(?:cluster_)?n\d+"
)


class Markup(HTMLParser):
    """The elements of a page, and what of them the writers do not write."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.broken: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        if self._open:
            self.broken.append(f"open: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at an element."""
        self.tags.append(tag)
        known = _IN_HTML if "svg" in self._open or tag == "svg" else _HTML
        if tag == "a" and "svg" not in self._open:
            known = _IN_HTML
        self.broken += _strange(tag, dict(attrs), known)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at an element without content: only SVG has them."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Looks at the end of an element."""
        if not self._open or self._open.pop() != tag:
            self.broken.append(f"the end of {tag}")

    def handle_comment(self, data: str) -> None:
        """There are none."""
        self.broken.append(f"a comment {data[:80]!r}")

    def handle_decl(self, decl: str) -> None:
        """There is one."""
        if decl != "doctype html" or self.tags:
            self.broken.append(f"a declaration {decl[:80]!r}")

    def handle_pi(self, data: str) -> None:
        """There are none."""
        self.broken.append(f"an instruction {data[:80]!r}")

    def unknown_decl(self, data: str) -> None:
        """There are none."""
        self.broken.append(f"a section {data[:80]!r}")


def _strange(
    tag: str, attributes: Mapping[str, str | None], known: Mapping[str, Mapping[str, str]]
) -> list[str]:
    if tag not in known:
        return [f"an element {tag!r}"]
    return [
        f"an attribute {name}={value!r} of {tag}"
        for name, value in attributes.items()
        if name not in known[tag] or not re.fullmatch(known[tag][name], value or "")
    ]


def html_broken(page: str) -> list[str]:
    """What in a page its writers do not write."""
    return Markup(page).broken


def svg_broken(picture: str) -> list[str]:
    """What in a picture its writer does not write."""
    try:
        root = ET.fromstring(picture)
    except ET.ParseError as error:
        return [str(error)]
    space = "{http://www.w3.org/2000/svg}"
    found = [one for one in root.iter() if not str(one.tag).startswith(space)]
    broken = [f"an element {one.tag}" for one in found]
    for one in root.iter():
        broken += _strange(str(one.tag).removeprefix(space), one.attrib, _SVG)
    return broken


def dot_broken(text: str) -> list[str]:
    """What in a graph for Graphviz is not a word or a text as its writer writes them."""
    at = 0
    depth: list[str] = []
    while at < len(text):
        match = _DOT_TOKEN.match(text, at)
        if match is None:
            return [f"{text[at : at + 60]!r} is no token"]
        at = match.end()
        if match["word"] and not _DOT_WORDS.fullmatch(match["word"]):
            return [f"a word {match['word'][:80]!r}"]
        if match["sign"] in ("{", "["):
            depth.append(match["sign"])
        elif match["sign"] in ("}", "]") and (
            not depth or depth.pop() + match["sign"] not in "{}[]"
        ):
            return [f"{match['sign']} closes nothing"]
    return ["open: " + "".join(depth)] if depth else []


class Picture(NamedTuple):
    """What is drawn and written about a file."""

    texts: Mapping[str, str]
    #: Commands that failed.
    failed: tuple[str, ...] = ()


def pictures(path: Path, harmless: Path, target: str, page: Path) -> Picture:
    """The graph in all formats, the page for a review, and the comment on a change.

    ``harmless`` is the file before, ``page`` where the page is written; it is removed.
    """
    texts: dict[str, str] = {}
    failed: list[str] = []
    try:
        survey = api.survey(path)
    except TranslationError:
        return Picture({})
    for form in FORMATS:
        texts[form] = graph(drawing(survey.outline, survey.pipeline.name), form)
    runner = CliRunner()
    done = runner.invoke(command, ["report", str(path), "--to", target, "-o", str(page)])
    if done.exit_code not in (0, 1) or not page.exists():
        failed.append(f"report: {done.exit_code} {done.stderr[-400:]}")
    else:
        texts["report"] = page.read_text("utf-8")
        page.unlink()
    done = runner.invoke(command, ["diff", str(harmless), str(path), "--format", "markdown"])
    if done.exit_code in (0, 1):
        texts["comment"] = done.stdout
    elif done.exit_code != 2 or done.stdout:
        failed.append(f"diff: {done.exit_code} {done.stderr[-400:]}")
    return Picture(texts, tuple(failed))


_LAWS = {
    "mermaid": lambda text: mermaid_broken(text.removesuffix("\n")),
    "dot": dot_broken,
    "svg": svg_broken,
    "html": html_broken,
    "report": html_broken,
    "comment": comment_broken,
}


def pictures_broken(
    made: Picture, words: Sequence[Word], like: Mapping[str, str] | None = None
) -> list[str]:
    """What of the laws they break; ``like``: the graphs of the harmless file, with equal tags."""
    broken = [f"picture: {one}" for one in made.failed]
    for form, text in made.texts.items():
        broken += [f"{form}: {one}" for one in _LAWS[form](text)]
        broken += steering(form, text) + secrets_in(form, text, words)
        if like is not None and form in ("svg", "html"):
            tags, others = Markup(text).tags, Markup(like[form]).tags
            if sorted(tags) != sorted(others):
                broken.append(f"{form}: other elements than for harmless text")
    return broken
