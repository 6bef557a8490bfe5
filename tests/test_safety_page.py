"""docs/safety.md: its bounds are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from translator.readers import kfp_spec
from translator.readers.argo import context, sequences
from translator.source import nodes, parsing, yaml_text

PAGE = (Path(__file__).parents[1] / "docs/safety.md").read_text(encoding="utf-8")


def test_bounds_are_those_of_the_code() -> None:
    marked = re.search(r"<!-- bounds -->\n(.*?)<!-- /bounds -->", PAGE, re.DOTALL)
    assert marked
    rows = re.findall(r"(?m)^\| .+ \| ([\d,]+) \| (TR\d+) \|$", marked[1])
    assert rows == [
        (f"{parsing.MAX_BYTES:,}", "TR107"),
        (f"{yaml_text.MAX_COPIES:,}", "TR107"),
        (f"{yaml_text.MAX_COPIED:,}", "TR107"),
        (f"{nodes.MAX_DEPTH:,}", "TR108"),
        (f"{kfp_spec.MAX_DAGS:,}", "TR115"),
        (f"{sequences.MAX_ITEMS:,}", "TR140"),
        (f"{context.MAX_COMPONENTS:,}", "TR161"),
        (f"{context.MAX_TASKS:,}", "TR161"),
        (f"{context.MAX_DEPTH:,}", "TR161"),
        (f"{context.MAX_LENGTH:,}", "TR161"),
    ]
