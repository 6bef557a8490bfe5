"""The assessment for a terminal, and as Markdown. Texts of pipelines are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator import markdown
from translator.assessment.tables import headline, tables
from translator.diagnostics.redaction import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.assessment.fleet import Assessment
    from translator.assessment.tables import Table

__all__ = ["markdown_page", "terminal_page"]

#: Rows of a table that a terminal shows, and characters of a cell.
_ROWS = 12
_WIDTH = 72
#: Columns of a sentence above a table.
_COLUMNS = 100
#: Rows of a table in Markdown: GitHub shows no more than 1 MiB.
_MOST = 1000


def terminal_page(given: Assessment) -> str:
    """The headline, and the first rows of each table."""
    from textwrap import wrap

    lines = [headline(given)]
    for table in tables(given):
        lines += ["", f"{table.title} ({len(table.rows):,})"]
        lines += wrap(table.about, _COLUMNS, initial_indent="  ", subsequent_indent="  ")
        lines += _aligned(table)
        if len(table.rows) > _ROWS:
            rest = len(table.rows) - _ROWS
            lines.append(f"  … {rest:,} more: --format markdown, html or json")
    return "".join(f"{line}\n" for line in lines)


def _aligned(table: Table) -> Iterator[str]:
    shown = [*map(_cells, table.rows[:_ROWS])]
    rows = [list(table.columns), *shown]
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.columns))]
    for row in rows:
        cells = (
            cell.rjust(width) if _is_number(table, at) else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _cells(row: Iterable[str | int]) -> list[str]:
    cells = (f"{cell:,}" if isinstance(cell, int) else told(cell) for cell in row)
    return [cell if len(cell) <= _WIDTH else _cut(cell) for cell in cells]


def _cut(cell: str) -> str:
    """The beginning of a sentence, or the end of a path."""
    return f"{cell[: _WIDTH - 1]}…" if " " in cell else f"…{cell[1 - _WIDTH :]}"


def _is_number(table: Table, at: int) -> bool:
    return isinstance(table.rows[0][at], int)


def markdown_page(given: Assessment) -> str:
    """A page in GitHub Flavored Markdown."""
    lines = [f"# Assessment for {given.target}", "", f"{headline(given)}.", ""]
    for table in tables(given):
        lines += [f"## {table.title}", ""]
        lines += [markdown.prose(table.about), ""] if table.about else []
        lines += [*_table(table), ""]
    if given.skipped:
        names = map(markdown.text, given.skipped)
        lines += ["## Skipped", "", "Files that are no pipelines.", ""]
        lines += [*(f"- {name}" for name in names), ""]
    return "".join(f"{line}\n" for line in lines[:-1])


def _table(table: Table) -> Iterator[str]:
    yield markdown.row(table.columns)
    marks = ("---:" if _is_number(table, at) else "---" for at in range(len(table.columns)))
    yield f"|{'|'.join(marks)}|"
    for row in table.rows[:_MOST]:
        yield markdown.row(_escaped(row))
    if len(table.rows) > _MOST:
        yield ""
        yield f"{len(table.rows) - _MOST:,} more rows are in the output of `--format json`."


def _escaped(row: Sequence[str | int]) -> Iterator[str]:
    for cell in row:
        is_number = isinstance(cell, int)
        yield f"{cell:,}" if is_number else markdown.prose(str(cell), in_table=True)
