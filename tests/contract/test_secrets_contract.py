"""Containers of a converted pipeline get their secrets from Secret Manager, on this machine."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from tests.unit.argo_files import workflow
from tests.unit.images import Image, show, tree
from tests.unit.kfp_files import spec, text_of
from tests.unit.secret_manager import SecretManager, secret_manager
from translator.decisions import Decisions
from translator.targets.vertex import Options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "projects/my-project/secrets/weather/versions/3"
PEM = "projects/my-project/secrets/weather-pem"
CONF = "[main]\nurl = $(URL) {{$.inputs.parameters['x']}}\n"


@pytest.fixture
def server() -> Iterator[SecretManager]:
    with secret_manager() as made:
        made.secrets = {KEY: b"hunter2\n", f"{PEM}/versions/latest": b"-----BEGIN-----\n"}
        yield made


@pytest.fixture(params=["dash python3", "busybox curl"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Image:
    made = Image(tmp_path, *request.param.split())
    made.link("python3", os.path.realpath(sys.executable))
    return made


def names(name: str) -> dict[str, Any]:
    return {"runtimeValue": {"constant": name}}


def pipeline_file(folder: Path) -> Path:
    """A pipeline with a secret as variable and files, and with a config map as both."""
    root = str(folder / "root")
    program = [
        *show("API_KEY", f"{root}/pem/tls.pem", "LANGUAGE", f"{root}/conf/app.conf"),
        "EMPTY",
    ]
    say = {"image": "python:3.11", "command": program[:5], "args": program[5:]}
    settings = {
        "secretAsEnv": [
            {
                "secretNameParameter": names("weather"),
                "keyToEnv": [{"secretKey": "api-key", "envVar": "API_KEY"}],
            }
        ],
        "secretAsVolume": [{"secretNameParameter": names("weather"), "mountPath": f"{root}/pem"}],
        "configMapAsEnv": [
            {
                "configMapNameParameter": names("defaults"),
                "keyToEnv": [
                    {"configMapKey": "language", "envVar": "LANGUAGE"},
                    {"configMapKey": "empty", "envVar": "EMPTY"},
                ],
            }
        ],
        "configMapAsVolume": [
            {"configMapNameParameter": names("defaults"), "mountPath": f"{root}/conf"}
        ],
    }
    executors = {"exec-say": {"container": say}}
    platform = {"deploymentSpec": {"executors": {"exec-say": settings}}}
    document = spec(deploymentSpec={"executors": executors})
    path = folder / "pipeline.yaml"
    path.write_text(text_of(document, {"platforms": {"kubernetes": platform}}), "utf-8")
    return path


def test_a_converted_pipeline(image: Image, server: SecretManager, tmp_path: Path) -> None:
    decisions = Decisions(
        secrets={"weather/api-key": KEY, "weather/tls.pem": PEM},
        config_maps={"defaults": {"language": "en", "empty": "", "app.conf": CONF}},
    )
    options = Options(
        pipeline_root="gs://bucket/root",
        service_account="me@my-project.iam.gserviceaccount.com",
        decisions=decisions,
    )
    made = translator.translate(pipeline_file(tmp_path), "vertex", options)
    assert {one.rule.code for one in made.diagnostics} == {"TR372", "TR373"}
    everything = "".join(made.files.values())
    assert "hunter2" not in everything and "BEGIN" not in everything
    report = made.files["REPORT.md"]
    assert "## Manual steps\n\nNone.\n" in report
    account = "serviceAccount:me@my-project.iam.gserviceaccount.com"
    for secret in ("weather", "weather-pem"):
        assert (
            f"  gcloud secrets add-iam-policy-binding {secret} --project my-project --member "
            f"{account} --role roles/secretmanager.secretAccessor\n"
        ) in report

    written = yaml.safe_load(made.files["pipeline.yaml"])
    say = written["deploymentSpec"]["executors"]["exec-say"]["container"]
    env = {one["name"]: one["value"] for one in say["env"]}
    assert env == {"LANGUAGE": "en"}
    argv = [*say["command"], *say["args"]]
    assert not [word for word in argv if "{{$" in word]
    status, out, err = image.run(argv, {**server.env, **env})
    assert (status, err) == (0, b"")
    assert out.split(b"\0") == [
        *(b"hunter2\n", b"-----BEGIN-----\n", b"en", CONF.encode(), b"", b"")
    ]
    assert tree(image.root) == {"conf": True, **{
        f"conf/{key}": value.encode() for key, value in decisions.config_maps["defaults"].items()
    }}  # fmt: skip
    assert image.made.exists() and not image.left()


def test_a_file_that_is_converted_twice(tmp_path: Path) -> None:
    """The result, a KFP v2 file, still names its secrets in the report."""
    options = Options(decisions=Decisions(secrets={"weather/api-key": KEY}))
    first = translator.translate(pipeline_file(tmp_path), "vertex", options)
    again = tmp_path / "again.yaml"
    again.write_text(first.files["pipeline.yaml"], "utf-8")
    second = translator.translate(again, "vertex")
    assert "add-iam-policy-binding weather --project" in second.files["REPORT.md"]


def test_a_converted_workflow(image: Image, server: SecretManager, tmp_path: Path) -> None:
    """KFP v1: all keys of a secret, single files of volumes with permissions, no Google key."""
    root = str(tmp_path / "root")
    program = show("W_token", "API_KEY", f"{root}/pem/key", f"{root}/app.conf", "MISSING")
    train = {
        "image": "python:3.11",
        "command": program[:5],
        "args": program[5:],
        "env": [
            {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/secret/gcp/user-gcp-sa.json"},
            {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "weather", "key": "token"}}},
            {
                "name": "MISSING",
                "valueFrom": {"secretKeyRef": {"name": "no", "key": "no", "optional": True}},
            },
        ],
        "envFrom": [{"prefix": "W_", "secretRef": {"name": "weather"}}],
        "volumeMounts": [
            {"name": "pem", "mountPath": f"{root}/pem", "readOnly": True},
            {"name": "conf", "mountPath": f"{root}/app.conf", "subPath": "app.conf"},
            {"name": "gcp", "mountPath": "/secret/gcp"},
        ],
    }
    pem = {
        "secretName": "weather",
        "defaultMode": 0o400,
        "items": [{"key": "tls.pem", "path": "key"}],
    }
    made = workflow(
        "- {name: train, template: train}",
        json.dumps([{"name": "train", "container": train}]),
        volumes=[
            {"name": "pem", "secret": pem},
            {"name": "conf", "configMap": {"name": "defaults"}},
            {"name": "gcp", "secret": {"secretName": "user-gcp-sa"}},
        ],
    )
    path = tmp_path / "workflow.yaml"
    path.write_text(made, "utf-8")
    secrets = {"weather/token": KEY, "weather/tls.pem": PEM, "no/no": f"{PEM}/versions/9"}
    options = Options(
        decisions=Decisions(secrets=secrets, config_maps={"defaults": {"app.conf": CONF}})
    )
    translated = translator.translate(path, "vertex", options)
    codes = {one.rule.code for one in translated.diagnostics}
    assert {"TR341", "TR372", "TR373", "TR374"} <= codes and not codes & {"TR301", "TR302"}
    written = yaml.safe_load(translated.files["pipeline.yaml"])
    (executor,) = written["deploymentSpec"]["executors"].values()
    argv = [*executor["container"]["command"], *executor["container"]["args"]]
    assert "env" not in executor["container"] and "W_tls.pem" not in argv
    status, out, err = image.run(argv, server.env)
    assert (status, err) == (0, b"")
    assert out.split(b"\0")[:-1] == [
        *(b"hunter2\n", b"hunter2\n", b"-----BEGIN-----\n", CONF.encode(), b"(unset)")
    ]
    assert tree(image.root) == {"app.conf": CONF.encode()} and not image.left()
