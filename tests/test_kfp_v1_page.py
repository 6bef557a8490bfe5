"""docs/kfp-v1.md: its tables say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from translator.diagnostics.codes import RULES
from translator.readers.argo import declared_types, references, shell_wrappers

PAGE = (Path(__file__).parents[1] / "docs/kfp-v1.md").read_text(encoding="utf-8")


def rows(table: str) -> list[tuple[str, str]]:
    """The first two cells of each row of a marked table."""
    marked = re.search(rf"<!-- {table} -->\n(.*?)<!-- /{table} -->", PAGE, re.DOTALL)
    assert marked, table
    cells = [line.strip("|").split("|") for line in marked[1].splitlines()]
    return [(one.strip(), two.strip()) for one, two in cells]


def test_types() -> None:
    by_type: dict[str, list[str]] = {}
    for name, kind in declared_types._TYPES.items():
        by_type.setdefault(kind.value, []).append(f"`{name}`")
    expected = sorted((", ".join(sorted(names)), kind) for kind, names in by_type.items())
    assert rows("types") == expected


def test_run_placeholders() -> None:
    known = references.RUN_PLACEHOLDERS.items()
    expected = sorted(("`{{" + ".".join(path) + "}}`", f"`{own}`") for path, own in known)
    assert rows("placeholders") == expected


def test_wrappers() -> None:
    source = Path(shell_wrappers.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'shell\(\s*[\w +]+,\s*"([a-z-]+)"', source))
    assert [name.strip("`") for name, _ in rows("wrappers")] == sorted(names)


@pytest.mark.parametrize("code", sorted(set(re.findall(r"TR\d{3}", PAGE))))
def test_codes_exist(code: str) -> None:
    assert code in RULES
