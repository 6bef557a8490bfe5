"""``translator prerequisites``: manifests that Kubernetes accepts, whatever the names are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.argo_files import workflow
from translator.cli import main
from translator.diagnostics import Origin
from translator.targets.kubeflow.cluster_needs import CLAIM, PRIORITY, PULL_SECRET, SECRET, Need
from translator.targets.kubeflow.manifests import manifests

if TYPE_CHECKING:
    from pathlib import Path

#: The rules of Kubernetes (k8s.io/apimachinery/pkg/util/validation, ``IsDNS1123Subdomain`` and
#: ``IsConfigMapKey``).
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
CONFIG_KEY = r"[-._a-zA-Z0-9]+"
POD: dict[str, Any] = {
    "volumes": [
        {"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "b", "secret": {"secretName": "files", "items": [{"key": "k", "path": "p"}]}},
    ],
    "serviceAccountName": "trainer",
    "priorityClassName": "high",
}
ENV = [
    {"name": "A", "valueFrom": {"secretKeyRef": {"name": "login", "key": "user"}}},
    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "login", "key": "on"}}},
    {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "null"}}},
    {"name": "D", "valueFrom": {"secretKeyRef": {"name": "{{workflow.parameters.x}}", "key": "k"}}},
]


def text_of(container: dict[str, Any], task: str = "train", **more: Any) -> str:
    template = {
        "name": "own",
        "container": {"image": "i", "command": ["sh"], **container},
        **more.pop("template", {}),
    }
    return workflow(f"[{{name: {task}, template: own}}]", json.dumps([template]), **more)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["prerequisites", *words])


def is_name(name: str) -> bool:
    return len(name) <= 253 and re.fullmatch(SUBDOMAIN, name) is not None


def is_key(key: str) -> bool:
    fits = len(key) <= 253 and re.fullmatch(CONFIG_KEY, key) is not None
    return fits and key != "." and not key.startswith("..")


def test_each_object_has_a_manifest(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    spec = {"imagePullSecrets": [{"name": "registry"}], "arguments": {"x": "door"}}
    file.write_text(text_of({"env": ENV}, template=POD, **spec))
    done = run(str(file), "-n", "team")
    assert done.exit_code == 0, done.stderr
    made = {one["metadata"]["name"]: one for one in yaml.safe_load_all(done.stdout)}
    metadata = {name: made[name].pop("metadata") for name in made}
    assert metadata.pop("high") == {"name": "high"}
    assert metadata == {
        name: {"name": name, "namespace": "team"}
        for name in ("registry", "login", "settings", "door", "data", "files", "trainer")
    }
    auths = {"auths": {"SERVER": {"username": "USER", "password": "PASSWORD"}}}
    registry = made.pop("registry")
    assert json.loads(registry.pop("stringData")[".dockerconfigjson"]) == auths
    assert registry == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
    }
    secret = {"apiVersion": "v1", "kind": "Secret"}
    assert made == {
        "login": {**secret, "stringData": {"user": "VALUE", "on": "VALUE"}},
        "door": {**secret, "stringData": {"k": "VALUE"}},
        "files": {**secret, "stringData": {"k": "VALUE"}},
        "settings": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"null": "VALUE"}},
        "data": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "SIZE"}},
            },
        },
        "trainer": {"apiVersion": "v1", "kind": "ServiceAccount"},
        "high": {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "value": "VALUE",
        },
    }


def test_comments_have_the_tasks_and_lines(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(text_of({"env": ENV[:1]}))
    line = next(n for n, one in enumerate(file.read_text().splitlines(), 1) if "name: A" in one)
    comments = [one for one in run(str(file)).stdout.splitlines() if one.startswith("#")]
    assert comments == [f"# Secret `login` with key `user`, for task `train`: {file}:{line}"]


def test_objects_of_several_pipelines_are_one(tmp_path: Path) -> None:
    for name, entry in (("a", ENV[0]), ("b", ENV[1])):
        (tmp_path / f"{name}.yaml").write_text(text_of({"env": [entry]}, task=name))
    done = run(str(tmp_path))
    (made,) = yaml.safe_load_all(done.stdout)
    assert made["stringData"] == {"user": "VALUE", "on": "VALUE"}
    comments = [one for one in done.stdout.splitlines() if one.startswith("#")]
    assert [re.findall("task `.`", one) for one in comments] == [["task `a`"], ["task `b`"]]
    assert run(str(tmp_path)).stdout == done.stdout


def test_a_pull_secret_that_is_also_a_secret_is_one_object() -> None:
    needs = [Need(kind=SECRET, name="s", keys=("k",)), Need(kind=PULL_SECRET, name="s")]
    (made,) = yaml.safe_load_all(manifests(needs))
    assert made["type"] == "kubernetes.io/dockerconfigjson"
    assert list(made["stringData"]) == ["k", ".dockerconfigjson"]


def test_a_pipeline_without_needs(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(text_of({}))
    done = run(str(file))
    assert done.exit_code == 0
    assert done.stdout.startswith("# No objects of the cluster are needed")
    assert list(yaml.safe_load_all(done.stdout)) == []


def test_a_name_in_an_input_without_a_default(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(text_of({"env": ENV[3:]}, arguments={"x": None}))
    done = run(str(file))
    (made,) = yaml.safe_load_all(done.stdout)
    assert made["metadata"] == {"name": "NAME"}
    assert "# NAME is the value of input `x`." in done.stdout


def test_a_name_that_kubernetes_rejects_has_no_manifest(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    entries = [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "My_Secret", "key": "k"}}},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "good", "key": "a b"}}},
    ]
    file.write_text(text_of({"env": entries}))
    done = run(str(file))
    assert done.exit_code == 0
    assert done.stderr.count("warning[TR212]") == 2
    assert "name `My_Secret`" in done.stderr
    assert "key `a b`" in done.stderr
    (made,) = yaml.safe_load_all(done.stdout)
    assert made["metadata"]["name"] == "good"
    assert made["stringData"] == {"KEY": "VALUE"}


def test_a_workflow_with_parts_that_are_not_translated(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    template = {"suspend": {}, "name": "own"}
    file.write_text(workflow("[{name: a, template: own}]", json.dumps([template])))
    done = run(str(file))
    assert done.stdout.startswith(f"# Parts of {file} could not be translated")


def test_json_has_the_objects_of_each_pipeline(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(text_of({"env": ENV[:1]}))
    (entry,) = json.loads(run(str(file), "--format", "json").stdout)["inputs"]
    (made,) = entry["prerequisites"]
    assert made["stringData"] == {"user": "VALUE"}


@pytest.mark.parametrize("name", ["Team", "a.b", "", "a b", "-a", "a" * 64, "a\n"])
def test_a_namespace_is_a_label(name: str) -> None:
    done = run("examples/hello/pipeline.yaml", "-n", name)
    assert done.exit_code == 2
    assert done.stdout == ""


TEXTS = st.one_of(
    st.text(max_size=20),
    st.from_regex(SUBDOMAIN, fullmatch=True),
    st.sampled_from(
        ["a..b", "..", ".", "on", "1e5", "a\n---\nkind: Role", "# x", "a: b", "x" * 254]
    ),
)
KINDS = [SECRET, PULL_SECRET, "config map", CLAIM, "service account", PRIORITY]
NEEDS = st.builds(
    lambda kind, name, given, keys, tasks, file: Need(
        kind=kind, name=name, input=given, keys=keys, tasks=tasks, origins=(Origin(file, 3),)
    ),
    st.sampled_from(KINDS),
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    TEXTS,
)


@given(st.lists(NEEDS, max_size=4), TEXTS)
def test_hostile_names_are_left_out_or_in_comments(needs: list[Need], file: str) -> None:
    text = manifests(needs, incomplete=[file])
    made = list(yaml.safe_load_all(text))
    wanted = {need.name or "NAME" for need in needs if not need.name or is_name(need.name)}
    assert {one["metadata"]["name"] for one in made} == wanted
    for one in made:
        assert set(one) <= {
            "apiVersion",
            "kind",
            "metadata",
            "type",
            "stringData",
            "data",
            "spec",
            "value",
        }
        assert set(one["metadata"]) == {"name"}
        for key in (*one.get("stringData", {}), *one.get("data", {})):
            assert is_key(key)
    assert manifests(needs, incomplete=[file]) == text


@given(TEXTS)
def test_names_and_keys_are_those_of_kubernetes(text: str) -> None:
    need = Need(kind=SECRET, name=text, keys=(text,))
    assert need.has_valid_name == is_name(text)
    assert need.valid_keys == ((text,) if is_key(text) else ())
