"""docs/accounts.md: what is inert in real files stands in its table, and what is there is met."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import translator
from tests.corpus.files import corpus
from translator.readers.options import ReadOptions
from translator.source import Fate

PAGE = (Path(__file__).parents[1] / "docs/accounts.md").read_text(encoding="utf-8")
STEPS = {"**": ".+", "*": "[^/]+"}


def pattern(row: str) -> re.Pattern[str]:
    """``*`` is one step of a pointer, ``**`` any number."""
    pieces = re.split(r"(\*\*|\*)", row)
    return re.compile("".join(STEPS.get(piece, re.escape(piece)) for piece in pieces))


def rows() -> list[str]:
    marked = re.search(r"<!-- inert -->\n(.*?)<!-- /inert -->", PAGE, re.DOTALL)
    assert marked
    return re.findall(r"(?m)^\| `(\S+)` \| .+ \|$", marked[1])


INERT = {row: pattern(row) for row in rows()}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {
        "name": "disk",
        "namespace": "{{workflow.namespace}}",
        "annotations": {"made-by": "me"},
    },
    "spec": {"volumeMode": "Filesystem"},
    "status": {"phase": "Bound"},
}
#: Rows that no file of the corpus has.
WORKFLOW = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {
        "name": "x-1",
        "annotations": {"pipelines.kubeflow.org/pipeline_spec": json.dumps({"name": "x"})},
    },
    "spec": {
        "entrypoint": "main",
        "templates": [
            {
                "name": "main",
                "dag": {
                    "tasks": [
                        {
                            "name": "say",
                            "template": "say",
                            "arguments": {"artifacts": [{"name": "in", "raw": {"data": "a"}}]},
                        },
                        {"name": "drop", "template": "drop"},
                    ]
                },
            },
            {
                "name": "say",
                "inputs": {
                    "parameters": [{"name": "unused", "value": "b"}],
                    "artifacts": [{"name": "in", "path": "/in", "raw": {"data": "c"}}],
                },
                "container": {"image": "alpine", "command": ["cat", "/in"]},
            },
            {
                "name": "drop",
                "resource": {
                    "action": "delete",
                    "setOwnerReference": False,
                    "manifest": json.dumps(CLAIM),
                },
            },
        ],
    },
    "status": {"phase": "Succeeded"},
}
RARE = {
    "/metadata/name",
    "/spec/templates/*/inputs/artifacts/*/raw/data",
    "/spec/templates/*/inputs/parameters/*/value",
    "/spec/templates/*/resource/setOwnerReference",
    "/spec/templates/*/resource/manifest/metadata/namespace",
    "/spec/templates/*/resource/manifest/metadata/annotations/**",
    "/spec/templates/*/resource/manifest/spec/**",
    "/spec/templates/*/resource/manifest/status/**",
    "/status/**",
}


def inert(reading: translator.Reading) -> list[str]:
    assert reading.ledger is not None
    assert sum(reading.leaves.values()) == len(reading.ledger)
    assert Fate.UNREAD not in reading.leaves
    return [pointer for pointer, fate in reading.ledger.items() if fate is Fate.INERT]


def strange(pointers: list[str]) -> list[str]:
    known = INERT.values()
    return [pointer for pointer in pointers if not any(p.fullmatch(pointer) for p in known)]


def test_what_no_file_of_the_corpus_has() -> None:
    found = inert(translator.load_text(json.dumps(WORKFLOW), "x.json", ReadOptions(ledger=True)))
    assert strange(found) == []
    met = {row for row, shape in INERT.items() if any(map(shape.fullmatch, found))}
    assert met >= RARE


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path", corpus("v1/*/*.yaml", "v1/*/*/*.yaml", "v1/pairs/*.json", "v2/*/*")
)
def test_inert_leaves_of_a_real_file_stand_in_the_table(path: Path) -> None:
    try:
        reading = translator.load(path, ReadOptions(ledger=True))
    except translator.TranslationError:
        pytest.skip("it is refused")
    assert strange(inert(reading)) == []
