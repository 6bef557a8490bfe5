"""The assessment as one HTML page: no script, no request, texts of pipelines escaped."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from translator.assessment.tables import GRADES, headline, tables
from translator.diagnostics.redaction import told
from translator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.assessment.fleet import Assessment
    from translator.assessment.tables import Table

__all__ = ["page"]

#: The colours have a contrast of at least 4.5 to 1 with their background.
STYLE = """
:root { color-scheme: light dark; --line: #c4c8cf; --soft: #f3f4f6; --link: #0b57d0;
  --clean: #1a7f37; --decisions: #9a6700; --blocked: #c62828; }
@media (prefers-color-scheme: dark) { :root { --line: #454b54; --soft: #1f2328; --link: #8ab4f8;
  --clean: #57d07a; --decisions: #e0b040; --blocked: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .4rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1rem; list-style: none; padding: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; }
thead th { background: var(--soft); white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.long { min-width: 12rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: 1.2rem; }
.clean { color: var(--clean); fill: var(--clean); }
.decisions { color: var(--decisions); fill: var(--decisions); }
.blocked { color: var(--blocked); fill: var(--blocked); }
td.clean, td.decisions, td.blocked { font-weight: 600; white-space: nowrap; }
@media print { nav { display: none; } body { max-width: none; } tr { break-inside: avoid; } }
"""
_CLASSES = {name: grade.value for grade, name in GRADES.items()}
#: Characters of a cell that need no line break.
_SHORT = 16


def page(given: Assessment) -> str:
    """The page. Its Content-Security-Policy allows its own style sheet, and nothing else."""
    shown = list(tables(given))
    links = "".join(
        f'<li><a href="#{_id(one.title)}">{_text(one.title)}</a></li>\n' for one in shown
    )
    sections = "".join(f"{line}\n" for one in shown for line in _section(one))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Assessment for {_text(given.target)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Assessment for {_text(given.target)}</h1>
<p>{_text(headline(given))}.</p>
{_bar(given)}
<nav aria-label="Tables">
<ul>
{links}</ul>
</nav>
{sections}{_skipped(given)}</main>
<footer><p>Written by translator {_text(__version__)}.</p></footer>
</body>
</html>
"""


def _policy() -> str:
    from hashlib import sha256

    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _bar(given: Assessment) -> str:
    """The share of each grade, as a bar."""
    total = len(given.pipelines)
    if not total:
        return ""
    parts, at = [], 0.0
    for grade, name in GRADES.items():
        width = 100 * given.grades[grade] / total
        title = f"<title>{given.grades[grade]:,} {name}</title>"
        parts.append(
            f'<rect class="{grade.value}" x="{at:.2f}" y="0" width="{width:.2f}" height="10">'
            f"{title}</rect>"
        )
        at += width
    label = _text(headline(given))
    return (
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _section(table: Table) -> Iterator[str]:
    name = _id(table.title)
    yield f'<section aria-labelledby="{name}">'
    yield f'<h2 id="{name}">{_text(table.title)} ({len(table.rows):,})</h2>'
    if table.about:
        yield f"<p>{_code(table.about)}</p>"
    yield f'<div class="wide" role="region" aria-labelledby="{name}" tabindex="0">'
    yield "<table><thead><tr>"
    for at, column in enumerate(table.columns):
        kind = ' class="number"' if isinstance(table.rows[0][at], int) else ""
        yield f'<th scope="col"{kind}>{_text(column or "no.")}</th>'
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(map(_cell, row))}</tr>"
    yield "</tbody></table></div></section>"


def _cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return f'<td class="number">{cell:,}</td>'
    kind = _CLASSES.get(cell) or ("long" if len(cell) > _SHORT else "")
    return f'<td class="{kind}">{_code(cell)}</td>' if kind else f"<td>{_code(cell)}</td>"


def _skipped(given: Assessment) -> str:
    if not given.skipped:
        return ""
    items = "".join(f"<li>{_text(name)}</li>\n" for name in given.skipped)
    number = len(given.skipped)
    summary = f"Skipped: {number:,} file{'' if number == 1 else 's'} that are no pipelines"
    return f"<details><summary>{summary}</summary>\n<ul>\n{items}</ul></details>\n"


def _id(title: str) -> str:
    return title.lower().replace(" ", "-")


def _text(written: str) -> str:
    """Text escaped for HTML, also inside an attribute with double quotes."""
    return escape(told(written), quote=True)


def _code(sentence: str) -> str:
    """A message, with code in backticks."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:  # a text of the pipeline contains a backtick
        return _text(sentence)
    return "".join(f"<code>{_text(p)}</code>" if n % 2 else _text(p) for n, p in enumerate(parts))
