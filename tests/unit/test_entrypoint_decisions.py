"""The entrypoints of images for containers of KFP v2 without a command."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

import translator
from tests.test_rule_pages import SMALLEST
from tests.unit.kfp_files import text_of
from translator import api
from translator.decisions import Decisions, Need
from translator.plan.needed import entrypoint_needs
from translator.records import replace
from translator.targets import target

FILE = yaml.safe_load(SMALLEST["v2"])


def loaded(**container: Any) -> api.Reading:
    document = copy.deepcopy(FILE)
    document["deploymentSpec"]["executors"]["exec-train"]["container"] = container
    return translator.load_text(text_of(document), "a.yaml")


def made(to: str, decisions: Decisions, **container: Any) -> dict[str, Any]:
    options = target(to).options(decisions=decisions)
    files = translator.render(loaded(**container), to, options)
    (executor,) = yaml.safe_load(files["pipeline.yaml"])["deploymentSpec"]["executors"].values()
    found: dict[str, Any] = executor["container"]
    return found


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
@pytest.mark.parametrize(
    ("entrypoint", "cmd", "args", "command", "given"),
    [
        (["run"], [], [], ["run"], None),
        (["run"], ["fast"], [], ["run"], ["fast"]),
        (["run"], ["fast"], ["a"], ["run"], ["a"]),
        ([], ["run", "fast"], [], ["run"], ["fast"]),
        ([], ["run"], ["a", "b"], ["a"], ["b"]),
    ],
)
def test_as_a_container_runtime_does(
    to: str,
    entrypoint: list[str],
    cmd: list[str],
    args: list[str],
    command: list[str],
    given: list[str] | None,
) -> None:
    decisions = Decisions(
        entrypoints={"prog": tuple(entrypoint)}, default_arguments={"prog": tuple(cmd)}
    )
    found = made(to, decisions, image="prog", args=args)
    assert (found["command"], found.get("args")) == (command, given)


def test_other_containers_stay() -> None:
    decisions = Decisions(entrypoints={"prog": ("run",)}, images={"prog": "other"})
    assert "command" not in made("vertex", decisions, image="prog:1")
    assert made("vertex", decisions, image="prog", command=["mine"])["command"] == ["mine"]
    # The image is that of the file, before it is replaced.
    found = made("vertex", decisions, image="prog")
    assert (found["image"], found["command"]) == ("other", ["run"])


def test_they_are_used_and_needed() -> None:
    reading = loaded(image="prog")
    chosen = target("kubeflow")
    decided = chosen.decided(reading.pipeline, chosen.options())
    origin = reading.pipeline.executors["exec-train"].origin
    why = "a container of this image has no command, and Kubeflow ignores its entrypoint"
    assert decided.needs == (Need("entrypoints", "prog", "", why, (origin,)),)
    decisions = Decisions(entrypoints={"prog": ("run",), "other": ("run",)})
    decided = chosen.decided(reading.pipeline, chosen.options(decisions=decisions))
    assert decided.needs == ()
    assert decided.used == {("entrypoints", "prog")}
    assert [finding.message for finding in decided.findings] == [
        "the command is set to the entrypoint of image `prog`, as decided by `--entrypoint prog=…`"
    ]


def test_a_wrapper_for_secrets_needs_one() -> None:
    """In KFP v2 too, by the name of the image that replaces the one in the file."""
    document = yaml.safe_load(SMALLEST["v2"])
    document["deploymentSpec"]["executors"]["exec-train"]["container"] = {"image": "a/prog"}
    secret = {"secretName": "db", "secretNameParameter": {"runtimeValue": {"constant": "db"}}}
    secret["keyToEnv"] = [{"secretKey": "key", "envVar": "KEY"}]
    executors = {"exec-train": {"secretAsEnv": [secret]}}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    text = f"{yaml.safe_dump(document)}---\n{yaml.safe_dump(platform)}"
    reading = translator.load_text(text, "a.yaml")
    decisions = Decisions(secrets={"db/key": "projects/p/secrets/s"}, images={"a/": "b/"})
    chosen = target("vertex")
    found = chosen.decided(reading.pipeline, chosen.options(decisions=decisions)).findings
    (need,) = entrypoint_needs(found)
    assert (need.kind, need.key) == ("entrypoints", "b/prog")
    with pytest.raises(translator.TranslationError, match="TR371"):
        translator.render(reading, "vertex", chosen.options(decisions=decisions))
    decisions = replace(decisions, entrypoints={"b/prog": ("run", "it")})
    files = translator.render(reading, "vertex", chosen.options(decisions=decisions))
    (executor,) = yaml.safe_load(files["pipeline.yaml"])["deploymentSpec"]["executors"].values()
    assert executor["container"]["command"][-2:] == ["run", "it"]
