"""`translator plan --look-up-images`, against a registry on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from tests.unit.argo_files import workflow
from tests.unit.test_registries import Registry, started
from translator.cli import main
from translator.plan import lookups
from translator.registries import look_up

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Two containers without a command; the second one has no arguments either.
BARE = """
- name: make
  inputs: {artifacts: [{name: in, path: /in, raw: {data: x}}]}
  container: {image: "IMAGE", args: [a]}
- name: run
  inputs: {artifacts: [{name: in, path: /in, raw: {data: x}}]}
  container: {image: "IMAGE"}
"""
TASKS = "[{name: make, template: make}, {name: run, template: run}]"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    server = started()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def public(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> str:
    """The host of the registry by another name, as Vertex AI does not reach loopback."""
    monkeypatch.setattr(
        lookups, "look_up", lambda image: look_up(image.replace("eu.example", registry.host))
    )
    return "eu.example"


def planned(*arguments: str, code: int = 0) -> Any:
    given = ["plan", "flow.yaml", "-o", "migration.yaml", *arguments]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == code, done.output
    return yaml.safe_load(Path("migration.yaml").read_text("utf-8")), done.stderr


def flow(image: str) -> str:
    Path("flow.yaml").write_text(workflow(TASKS, BARE.replace("IMAGE", image)), "utf-8")
    return image


def test_entrypoint_and_cmd(registry: Registry, public: str) -> None:
    digest = registry.add(config={"Entrypoint": ["python", "-u"], "Cmd": ["serve"]})
    image = flow(f"{public}/app:1")
    plan, _ = planned()
    assert plan["entrypoints"] == {image: None}
    assert registry.seen == []
    plan, _ = planned("--look-up-images")
    assert plan["entrypoints"] == {image: {"entrypoint": ["python", "-u"], "cmd": ["serve"]}}
    assert plan["images"] == {image: f"{public}/app@{digest}"}
    before = Path("migration.yaml").read_text("utf-8")
    asked = len(registry.seen)
    planned("--look-up-images")
    assert (Path("migration.yaml").read_text("utf-8"), len(registry.seen)) == (before, asked)
    given = ["convert", "flow.yaml", "--plan", "migration.yaml", "-o", "out"]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 0, done.output
    spec = yaml.safe_load(Path("out/pipeline.yaml").read_text("utf-8"))
    made = {name: e["container"] for name, e in spec["deploymentSpec"]["executors"].items()}
    assert {one["image"] for one in made.values()} == {f"{public}/app@{digest}"}
    commands = {tuple(one["command"][-2:]) for one in made.values()}
    assert commands == {("python", "-u")}
    # Cmd are the arguments of a container without arguments.
    assert sorted(one["args"] for one in made.values()) == [["a"], ["serve"]]


def test_an_image_without_an_entrypoint(registry: Registry) -> None:
    registry.add(config={"Cmd": ["python", "x.py"]})
    image = flow(f"{registry.host}/app:1")
    plan, _ = planned("--look-up-images")
    assert plan["entrypoints"] == {image: {"cmd": ["python", "x.py"]}}
    given = ["convert", "flow.yaml", "--plan", "migration.yaml", "-o", "out"]
    assert CliRunner().invoke(main, given).exit_code == 0
    spec = yaml.safe_load(Path("out/pipeline.yaml").read_text("utf-8"))
    made = [e["container"] for e in spec["deploymentSpec"]["executors"].values()]
    ends = sorted((one["command"][-1], one.get("args", [])) for one in made)
    # The first argument is the program.
    assert ends == [("a", []), ("python", ["x.py"])]


def test_decisions_of_the_user_stay(registry: Registry, public: str) -> None:
    registry.add(config={"Entrypoint": ["python"]})
    image = flow(f"{public}/app:1")
    no_shell = {f"TR146/{image}": "the image is built on Debian"}
    mine: dict[str, Any] = {"entrypoints": {image: ["mine"]}, "accepted": no_shell}
    Path("migration.yaml").write_text(yaml.safe_dump(mine), "utf-8")
    assert planned("--look-up-images")[0] == mine
    assert registry.seen == []
    mine = {"images": {f"{public}/": "mirror.example/"}}
    Path("migration.yaml").write_text(yaml.safe_dump(mine), "utf-8")
    plan, _ = planned("--look-up-images")
    assert plan == {**mine, "entrypoints": {image: {"entrypoint": ["python"]}}}


def test_an_open_decision_about_the_image_stays(registry: Registry) -> None:
    """Vertex AI does not reach this registry, so its digest is no replacement."""
    registry.add(config={"Entrypoint": ["python"]})
    image = flow(f"{registry.host}/app:1")
    assert planned("--look-up-images")[0]["images"] == {image: None}


def test_an_image_with_a_digest_is_not_replaced(registry: Registry, public: str) -> None:
    digest = registry.add(config={"Entrypoint": ["python"]})
    flow(f"{public}/app@{digest}")
    assert "images" not in planned("--look-up-images")[0]


@pytest.mark.parametrize(
    ("config", "path", "told"),
    [
        ({}, "app:1", "the image has neither an entrypoint nor a Cmd"),
        (None, "other:1", "is not found in its registry"),
        (None, "app:{{workflow.name}}", "image"),
    ],
)
def test_problems_leave_decisions_open(
    registry: Registry, public: str, config: Any, path: str, told: str
) -> None:
    registry.add(config=config)
    image = flow(f"{public}/{path}")
    plan, output = planned("--look-up-images")
    plan.pop("accepted", None)
    assert plan == {"plan-version": 1, "entrypoints": {image: None}}
    assert output.count("warning[TR277]") == 1
    assert told in output
