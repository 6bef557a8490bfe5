"""The section of REPORT.md about decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import translator
from translator.decisions import Decided, Decisions, Need
from translator.model import Component, Dag, Pipeline
from translator.plan.made import Made, made
from translator.targets.vertex import Options

TRAIN = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"


def page(**decisions: Any) -> str:
    options = Options(decisions=Decisions(**decisions))
    return translator.translate(TRAIN, "vertex", options).files["REPORT.md"]


#: The pipeline writes metrics, which are converted by default.
METRICS = "| metrics |  | true | announce-run, evaluate, plot-confusion |"


def test_decisions_of_the_user() -> None:
    report = page(
        defaults={"gateway": "https://a|b.example"},
        dropped_tasks=("apply-manifest",),
        images={"minio/": "mirror/"},
    )
    section = report.partition("## Decisions\n")[2].partition("\n## ")[0].strip().splitlines()
    assert section == [
        "Change them with a plan (`translator plan`) or with options of `translator convert`.",
        "",
        "| kind | name | value | used by |",
        "|---|---|---|---|",
        "| image | minio/ | mirror/ | upload-file, upload-file-2 |",
        "| input | gateway | https://a\\|b.example |  |",
        "| task | apply-manifest | left out | apply-manifest |",
        METRICS,
    ]


def test_defaults_and_unused_decisions() -> None:
    for report in (page(), page(volumes={"none": "run"})):
        section = report.partition("## Decisions\n")[2].partition("\n## ")[0].strip()
        assert section.splitlines()[4:] == [METRICS]


def test_all_kinds() -> None:
    decisions = Decisions(
        entrypoints={"a": ("run", "x y")},
        default_arguments={"a": ("fast",)},
        config_maps={"c": {"KEY": "hidden", "B": "hidden"}, "d": {}},
        defaults={"api_token": "abc123", "list": [1, "é"], "off": False},
        volumes={"v": "gs://bucket"},
    )
    needs = (
        Need("volumes", "v", "gs://bucket", "mounted"),
        Need("volumes", "new", "run", "created"),
        Need("volumes", "open", "", "mounted"),
        Need("accelerators", "gpu", "NVIDIA_L4", "proposed", is_proposal=True),
        Need("metrics", "", "true", "metrics"),
    )
    fields = {"config_maps": ("c", "d"), "defaults": ("api_token", "list", "off")}
    used = {(field, key) for field, keys in fields.items() for key in keys}
    used.add(("entrypoints", "a"))
    empty = Component(body=Dag(tasks={}))
    pipeline = Pipeline(name="p", root=empty, components={}, executors={})
    assert list(made(pipeline, Decided(pipeline, (), frozenset(used), needs), decisions)) == [
        Made("entrypoint of image", "a", "run 'x y' fast", ()),
        Made("volume", "v", "gs://bucket", ()),
        Made("volume", "new", "run", ()),
        Made("config map", "c", "keys KEY, B", ()),
        Made("config map", "d", "no keys", ()),
        Made("input", "api_token", "******", ()),
        Made("input", "list", '[1, "é"]', ()),
        Made("input", "off", "false", ()),
        Made("metrics", "", "true", ()),
    ]
