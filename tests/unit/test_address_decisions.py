"""Decisions about addresses that Vertex AI does not reach."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

import translator
from tests.test_rule_pages import SMALLEST
from tests.unit.kfp_files import text_of
from translator.decisions import Decisions
from translator.targets import target
from translator.targets.vertex.passes.needs import key_of, rule_for

NAME = "{{$.inputs.parameters['name']}}"


def document(
    value: Any = "x", args: list[str] | None = None, env: str = "x", default: Any = "x"
) -> str:
    """A file with a text in each place that has some."""
    made = copy.deepcopy(yaml.safe_load(SMALLEST["v2"]))
    parameters = {"given": {"parameterType": "STRING"}, "name": {"parameterType": "STRING"}}
    made["components"]["comp-train"]["inputDefinitions"] = {"parameters": parameters}
    task = made["root"]["dag"]["tasks"]["train"]
    constant = {"runtimeValue": {"constant": value}}
    task["inputs"] = {
        "parameters": {"given": constant, "name": {"componentInputParameter": "name"}}
    }
    inputs = {"name": {"parameterType": "STRING", "defaultValue": default}}
    made["root"]["inputDefinitions"] = {"parameters": inputs}
    container = made["deploymentSpec"]["executors"]["exec-train"]["container"]
    container |= {"args": args or ["x"], "env": [{"name": "E", "value": env}]}
    return text_of(made)


def texts(text: str, **addresses: str) -> tuple[list[Any], set[str]]:
    """Constant, arguments, variable and default after the decisions; and the codes."""
    options = target("vertex").options(decisions=Decisions(addresses=addresses))
    reading = translator.load_text(text, "a.yaml")
    found = translator.check(reading, "vertex", options)
    spec = yaml.safe_load(translator.render(reading, "vertex", options)["pipeline.yaml"])
    task = spec["root"]["dag"]["tasks"]["train"]
    container = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
    return [
        task["inputs"]["parameters"]["given"]["runtimeValue"]["constant"],
        container["args"],
        container["env"][0]["value"],
        spec["root"]["inputDefinitions"]["parameters"]["name"]["defaultValue"],
    ], {finding.rule.code for finding in found}


def test_everywhere() -> None:
    text = document(
        *("s3://data/a", ["--in", f"s3://data/{NAME}", "copy s3://data/a bs3://data/"]),
        *("s3://data/b", "s3://data/c"),
    )
    assert texts(text)[1] == {"TR307"}
    assert texts(text, **{"s3://data/": "gs://mine/x/"}) == (
        [
            "gs://mine/x/a",
            ["--in", f"gs://mine/x/{NAME}", "copy gs://mine/x/a bs3://data/"],
            "gs://mine/x/b",
            "gs://mine/x/c",
        ],
        {"TR376"},
    )


def test_the_longest_one_counts() -> None:
    text = document("s3://data/a", ["s3://data/b/c"], "s3://other")
    given = {"s3://": "gs://", "s3://data/": "gs://one/", "s3://data/b": "gs://two"}
    assert texts(text, **given)[0][:3] == ["gs://one/a", ["gs://two/c"], "gs://other"]


def test_parts_known_at_run_time() -> None:
    program = 'run(f"s3://{bucket}", "s3://%s" % x, "s3://")'
    text = document(f"s3://{NAME}/a", [f"s3://{NAME}/b", program, "s3://"], "x")
    assert texts(text)[1] == {"TR307"}
    found, codes = texts(text, **{"s3://": "gs://"})
    assert codes == {"TR376"}
    # What a program makes is not an address yet, and no check reports it.
    assert found[:2] == [f"gs://{NAME}/a", [f"gs://{NAME}/b", program, "s3://"]]


def test_kept() -> None:
    text = document(f"s3://{NAME}/a", ["minio-service:9000"], "x", "http://a.b.svc:80/x")
    assert texts(text)[1] == {"TR305", "TR307"}
    found, codes = texts(text, **{"s3://": "keep"})
    assert (found[0], codes) == (f"s3://{NAME}/a", {"TR305", "TR376"})
    keys = {"s3://": "keep", "minio-service": "keep", "http://a.b.svc": "keep"}
    assert texts(text, **keys)[1] == {"TR376"}


def test_needs() -> None:
    text = document(f"s3://{NAME}/a", ["http://a.b.svc:80/x"], "x", "s3://data/a")
    chosen = target("vertex")
    pipeline = translator.load_text(text, "a.yaml").pipeline
    needs = chosen.decided(pipeline, chosen.options()).needs
    assert {(need.kind, need.key, need.value) for need in needs} == {
        ("addresses", "s3://", ""),
        ("addresses", "http://a.b.svc:80", ""),
        ("defaults", "name", ""),
    }
    decisions = Decisions(addresses={"s3://": "keep", "x": "keep"})
    decided = chosen.decided(pipeline, chosen.options(decisions=decisions))
    assert {(need.kind, need.key, need.value) for need in decided.needs} == {
        ("addresses", "s3://", "keep"),
        ("addresses", "http://a.b.svc:80", ""),
    }
    assert decided.used == {("addresses", "s3://")}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("s3://bucket/a/b", "s3://bucket/"),
        ("s3://bucket", "s3://bucket"),
        ("s3://{name}/a", "s3://"),
        ("s3://data-{name}/a", "s3://data-"),
        ("http://a.b.svc:80/x", "http://a.b.svc:80/"),
        ("minio-service:9000", "minio-service:9000"),
    ],
)
def test_keys(address: str, key: str) -> None:
    assert key_of(address) == key
    assert rule_for(address, {key: "", "": "", address + "x": ""}) == key
