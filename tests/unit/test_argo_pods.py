"""Kubernetes settings of KFP v1 as records: each where it belongs, and nothing lost."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.argo_files import read, workflow, yaml_of
from translator.diagnostics import Origin
from translator.model import Constant, Container, Json, Setting
from translator.model.kubernetes import (
    AllKeys,
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    FieldVariable,
    Mount,
    NodeAffinity,
    OtherVolume,
    Pod,
    PodAffinity,
    PodContainer,
    Reference,
    Requirement,
    SecretVariable,
    SecretVolume,
    SecurityContext,
    Toleration,
)
from translator.readers.argo.pod_volumes import volumes_of
from translator.readers.argo.pods import pod


def named(name: str) -> Reference:
    return Reference(name=Constant(value=name))


def of(**settings: Json) -> Pod:
    """The pod with one setting of each name; ``metadata_labels`` is ``metadata.labels``."""
    return pod(
        Setting(name=name.replace("_", "."), value=value, origin=Origin("f", line))
        for line, (name, value) in enumerate(settings.items(), 1)
    )


def mounted(source: dict[str, Json], **mount: Json) -> Mount:
    """The mount of a volume."""
    made = of(
        volumes=[{"name": "v", **source}],
        volumeMounts=[{"name": "v", "mountPath": "/v", **mount}],
    )
    assert made.unmounted == {}
    assert made.others == ()
    (found,) = made.mounts
    return found


VOLUMES: list[tuple[dict[str, Json], Any]] = [
    ({"persistentVolumeClaim": {"claimName": "c"}}, Claim(claim=named("c"))),
    ({"secret": {"secretName": "s"}}, SecretVolume(secret=named("s"))),
    (
        {"secret": {"secretName": "s", "optional": True, "items": [{"key": "k", "path": "p"}]}},
        SecretVolume(secret=named("s"), items={"k": "p"}, optional=True),
    ),
    (
        {"configMap": {"name": "{{inputs.parameters.x}}", "optional": False}},
        ConfigMapVolume(config_map=named("{{inputs.parameters.x}}"), optional=False),
    ),
    ({"emptyDir": {}}, EmptyDir()),
    ({"emptyDir": None}, EmptyDir()),
    ({}, EmptyDir()),
    ({"emptyDir": {"medium": "Memory", "sizeLimit": 5}}, EmptyDir(medium="Memory", size_limit="5")),
    (
        {"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
        EphemeralVolume(access_modes=("ReadWriteOnce",), default_storage_class=True),
    ),
    (
        {
            "ephemeral": {
                "volumeClaimTemplate": {
                    "metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
                    "spec": {
                        "storageClassName": "fast",
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            }
        },
        EphemeralVolume(
            storage_class="fast", size="1Gi", labels={"a": "b"}, annotations={"c": "d"}
        ),
    ),
    ({"nfs": {"server": "s"}}, OtherVolume(kind="nfs", content={"server": "s"})),
    ({"secret": {}}, OtherVolume(kind="secret", content={})),
    ({"secret": 1}, OtherVolume(kind="secret", content=1)),
]


@pytest.mark.parametrize(("source", "volume"), VOLUMES)
def test_a_mounted_volume_has_its_type(source: dict[str, Json], volume: Any) -> None:
    assert mounted(source) == Mount(path="/v", volume=volume, name="v")


def test_a_mount_has_all_fields_of_the_mount_and_of_the_volume() -> None:
    items = [{"key": "k", "path": "p", "mode": 256}]
    source = {"secret": {"secretName": "s", "defaultMode": 420, "items": items}}
    one = mounted(source, subPath="a/b", readOnly=True, mountPropagation="None")
    assert one == Mount(
        path="/v",
        volume=SecretVolume(secret=named("s"), items={"k": "p"}),
        name="v",
        sub_path="a/b",
        read_only=True,
        others=(
            Setting(name="mountPropagation", value="None"),
            Setting(name="defaultMode", value=420),
            Setting(name="items", value=[{"key": "k", "mode": 256}]),
        ),
    )
    assert one.origin == Origin("f", 2)
    assert one.volume.origin == Origin("f", 1)


@pytest.mark.parametrize("of_volume", [True, False])
@pytest.mark.parametrize("of_mount", [True, False])
def test_a_claim_that_is_read_only_is_so_in_every_mount(of_volume: bool, of_mount: bool) -> None:
    source = {"persistentVolumeClaim": {"claimName": "c", "readOnly": of_volume}}
    assert mounted(source, readOnly=of_mount).read_only == (of_volume or of_mount)


def test_a_volume_that_is_not_mounted_keeps_all_its_fields() -> None:
    secret = {"secretName": "s", "defaultMode": 420}
    claim = {"claimName": "c", "readOnly": True}
    made = of(
        volumes=[
            {"name": "a", "emptyDir": {}},
            {"name": "b", "secret": secret},
            {"name": "c", "persistentVolumeClaim": claim},
        ]
    )
    assert made == Pod(
        unmounted={
            "a": EmptyDir(),
            "b": OtherVolume(kind="secret", content=secret),
            "c": OtherVolume(kind="persistentVolumeClaim", content=claim),
        }
    )
    assert made.place("unmounted", "a") == Origin("f", 1)


def test_volumes_of_the_workflow_can_be_mounted() -> None:
    shared, left = volumes_of(
        [
            Setting(name="volumes", value=[{"name": "v", "emptyDir": {}}, {"name": "w"}]),
            Setting(name="volumeClaimTemplates", value=[{"metadata": {"name": "t"}}]),
        ]
    )
    assert left == []
    mounts: Json = [{"name": name, "mountPath": f"/{name}"} for name in ("v", "t", "x")]
    own: Json = [{"name": "v", "nfs": {}}]
    settings = [Setting(name="volumes", value=own), Setting(name="volumeMounts", value=mounts)]
    template = OtherVolume(kind="volumeClaimTemplate", content={"metadata": {"name": "t"}})
    assert pod(settings, shared) == Pod(
        mounts=(
            Mount(path="/v", volume=OtherVolume(kind="nfs", content={}), name="v"),
            Mount(path="/t", volume=template, name="t"),
            Mount(path="/x", volume=OtherVolume(kind=""), name="x"),
        )
    )


def env(**source: Json) -> dict[str, Json]:
    return {"name": "E", "valueFrom": source}


VARIABLES: list[tuple[str, Json, Any]] = [
    (
        "env",
        env(secretKeyRef={"name": "s", "key": "k"}),
        SecretVariable(variable="E", secret=named("s"), key="k"),
    ),
    (
        "env",
        env(configMapKeyRef={"name": "c", "key": "k", "optional": True}),
        ConfigMapVariable(variable="E", config_map=named("c"), key="k", optional=True),
    ),
    (
        "env",
        env(fieldRef={"apiVersion": "v1", "fieldPath": "metadata.uid"}),
        FieldVariable(variable="E", field_path="metadata.uid"),
    ),
    (
        "envFrom",
        [{"secretRef": {"name": "s"}, "prefix": "P_"}],
        AllKeys(secret=named("s"), prefix="P_"),
    ),
    (
        "envFrom",
        [{"configMapRef": {"name": "c", "optional": False}}],
        AllKeys(config_map=named("c"), optional=False),
    ),
]


@pytest.mark.parametrize(("name", "value", "variable"), VARIABLES)
def test_variables_have_a_type(name: str, value: Json, variable: Any) -> None:
    assert of(**{name: value}) == Pod(variables=(variable,))


TERM: dict[str, Json] = {"key": "k", "operator": "In", "values": ["a", "b"]}
REQUIREMENT = Requirement(key="k", operator="In", values=("a", "b"))
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
PODS: dict[str, Json] = {
    "topologyKey": "zone",
    "namespaces": ["n"],
    "labelSelector": {"matchLabels": {"a": "b"}, "matchExpressions": [TERM]},
    "namespaceSelector": {"matchLabels": {"c": "d"}},
}
POD_TERM: dict[str, Any] = {
    "topology_key": "zone",
    "namespaces": ("n",),
    "labels": {"a": "b"},
    "expressions": (REQUIREMENT,),
    "namespace_labels": {"c": "d"},
}
SETTINGS: list[tuple[str, Json, dict[str, Any]]] = [
    ("nodeSelector", {"a": "b", "c": "d"}, {"node_selector": {"a": "b", "c": "d"}}),
    ("metadata_labels", {"a": "b"}, {"labels": {"a": "b"}}),
    (
        "podMetadata",
        {"labels": {"a": "b"}, "annotations": {"c": "d"}},
        {"labels": {"a": "b"}, "annotations": {"c": "d"}},
    ),
    (
        "tolerations",
        [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}, {}],
        {
            "tolerations": (
                Toleration(key="k", operator="Exists", effect="NoExecute", seconds=5),
                Toleration(),
            )
        },
    ),
    (
        "affinity",
        {
            "nodeAffinity": {
                REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [TERM]}]},
                PREFERRED: [{"weight": 7, "preference": {"matchFields": [TERM]}}],
            },
            "podAffinity": {PREFERRED: [{"weight": 8, "podAffinityTerm": PODS}]},
            "podAntiAffinity": {REQUIRED: [PODS]},
        },
        {
            "node_affinity": (
                NodeAffinity(expressions=(REQUIREMENT,)),
                NodeAffinity(fields=(REQUIREMENT,), weight=7),
            ),
            "pod_affinity": (
                PodAffinity(weight=8, **POD_TERM),
                PodAffinity(anti=True, **POD_TERM),
            ),
        },
    ),
    ("imagePullSecrets", [{"name": "p"}], {"pull_secrets": (named("p"),)}),
    ("imagePullPolicy", "Always", {"pull_policy": "Always"}),
    ("serviceAccountName", "me", {"service_account": "me"}),
    ("activeDeadlineSeconds", 60, {"deadline_seconds": 60}),
    ("activeDeadlineSeconds", "60", {"deadline_seconds": 60}),
    (
        "securityContext",
        {"runAsUser": 0, "runAsGroup": 1, "runAsNonRoot": False},
        {"security_context": SecurityContext(run_as_user=0, run_as_group=1, run_as_non_root=False)},
    ),
    (
        "initContainers",
        [{"name": "i", "image": "b"}],
        {"init_containers": (PodContainer(name="i", content={"image": "b"}),)},
    ),
    ("sidecars", [{"name": "s"}], {"sidecars": (PodContainer(name="s"),)}),
]


@pytest.mark.parametrize(("name", "value", "fields"), SETTINGS)
def test_settings_have_a_type(name: str, value: Json, fields: dict[str, Any]) -> None:
    assert of(**{name: value}) == Pod(**fields)


#: Settings and the part of each that no record holds.
UNTYPED: list[tuple[str, Json, Json]] = [
    ("volumes", [{"name": "v", "nfs": {}, "secret": {}}], [{"name": "v", "nfs": {}, "secret": {}}]),
    ("volumes", "v", "v"),
    ("volumeMounts", [1], [1]),
    ("volumeMounts", {"a": 1}, {"a": 1}),
    ("env", env(resourceFieldRef={"resource": "limits.cpu"}), None),
    ("env", env(secretKeyRef={"name": "", "key": "k"}), None),
    ("env", env(secretKeyRef={"name": "s", "key": "k", "x": 1}), None),
    ("env", env(secretKeyRef={"name": "s", "key": "k"}, x=1), None),
    ("env", env(fieldRef={"apiVersion": "v2", "fieldPath": "p"}), None),
    ("envFrom", [{"secretRef": {"name": "s"}, "configMapRef": {"name": "c"}}], None),
    ("nodeSelector", {"a": 1}, {"a": 1}),
    ("nodeSelector", "a", "a"),
    ("tolerations", [{"key": "k", "x": 1}], [{"key": "k", "x": 1}]),
    ("affinity", {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}, None),
    ("affinity", {"podAffinity": {REQUIRED: [{"namespaceSelector": {}}]}}, None),
    ("affinity", {"nodeAffinity": {PREFERRED: [{"preference": {}}]}}, None),
    ("affinity", {"else": 1}, {"else": 1}),
    ("securityContext", {"runAsUser": True}, None),
    ("securityContext", {"fsGroup": 5}, {"fsGroup": 5}),
    ("podMetadata", {"labels": {"a": 1}}, None),
    ("podMetadata", {"name": "n"}, {"name": "n"}),
    ("imagePullSecrets", [{"name": "p", "x": 1}], None),
    ("imagePullPolicy", ["Always"], ["Always"]),
    ("activeDeadlineSeconds", "{{inputs.parameters.x}}", "{{inputs.parameters.x}}"),
    ("activeDeadlineSeconds", "060", "060"),
    ("activeDeadlineSeconds", True, True),
    ("hostNetwork", True, True),
]


@pytest.mark.parametrize(("name", "value", "left"), UNTYPED)
def test_settings_without_a_type_stay_as_they_are(name: str, value: Json, left: Json) -> None:
    expected = Setting(name=name, value=value if left is None else left)
    made = of(**{name: value})
    assert made == Pod(others=(expected,))
    assert made.others[0].origin == Origin("f", 1)


def test_of_two_values_the_first_one_applies() -> None:
    pairs: list[tuple[str, Json, Json]] = [
        ("nodeSelector", {"a": "1", "b": "1"}, {"a": "2", "c": "1"}),
        ("tolerations", [{"key": "a"}], [{"key": "b"}]),
        ("volumeMounts", [{"name": "a", "mountPath": "/a"}], [{"name": "b", "mountPath": "/a"}]),
        ("volumes", [{"name": "a"}], [{"name": "a", "nfs": {}}]),
        ("securityContext", {"runAsUser": 1}, {"runAsUser": 2, "runAsGroup": 3}),
        ("imagePullPolicy", "Always", "Never"),
    ]
    made = pod(Setting(name=name, value=pair[at]) for at in (0, 1) for name, *pair in pairs)
    assert made == Pod(
        mounts=(Mount(path="/a", volume=EmptyDir(), name="a"),),
        node_selector={"a": "1", "b": "1", "c": "1"},
        tolerations=(Toleration(key="a"),),
        security_context=SecurityContext(run_as_user=1, run_as_group=3),
        pull_policy="Always",
        others=(
            Setting(name="volumes", value=[{"name": "a", "nfs": {}}]),
            Setting(name="nodeSelector", value={"a": "2"}),
            Setting(name="tolerations", value=[{"key": "b"}]),
            Setting(name="volumeMounts", value=[{"name": "b", "mountPath": "/a"}]),
            Setting(name="securityContext", value={"runAsUser": 2}),
            Setting(name="imagePullPolicy", value="Never"),
        ),
    )


# Nothing is lost

#: Names of fields that some record of Kubernetes has, so that generated values have its shape.
FIELDS = sorted(
    {
        *("name", "mountPath", "subPath", "readOnly", "secret", "secretName", "items", "key"),
        *("path", "optional", "configMap", "emptyDir", "medium", "sizeLimit", "claimName"),
        *("persistentVolumeClaim", "valueFrom", "secretKeyRef", "configMapKeyRef", "fieldRef"),
        *("fieldPath", "secretRef", "configMapRef", "prefix", "operator", "value", "effect"),
        *("tolerationSeconds", "nodeAffinity", "podAffinity", "podAntiAffinity", REQUIRED),
        *(PREFERRED, "nodeSelectorTerms", "matchExpressions", "values", "weight", "preference"),
        *("podAffinityTerm", "labelSelector", "matchLabels", "topologyKey", "namespaceSelector"),
        *("runAsUser", "runAsGroup", "labels", "annotations", "metadata", "spec", "storage"),
        *("ephemeral", "volumeClaimTemplate", "resources", "requests", "accessModes", "other"),
    }
)
NAMES = sorted(
    {
        *("volumes", "volumeMounts", "env", "envFrom", "nodeSelector", "tolerations", "affinity"),
        *("metadata.labels", "podMetadata", "imagePullSecrets", "imagePullPolicy", "sidecars"),
        *("serviceAccountName", "activeDeadlineSeconds", "securityContext", "initContainers"),
        *("hostAliases",),
    }
)
#: A scalar to be replaced by one that no other is equal to.
SCALARS = st.sampled_from([str, int])
#: The name of volumes that mounts can have.
SHARED = "v"
SECRET: dict[str, Json] = {
    "secretName": "s",
    "defaultMode": 420,
    "items": [{"key": "k", "path": "p", "mode": 256}],
}
EXAMPLES = [
    ("volumes", [{"name": SHARED, "secret": SECRET}]),
    *(("volumes", [{"name": "v", **source}]) for source, _ in VOLUMES),
    *((name.replace("_", "."), value) for name, value, _ in [*VARIABLES, *SETTINGS, *UNTYPED]),
    ("volumeMounts", [{"name": SHARED, "mountPath": "/v", "subPath": "s", "x": 1}]),
]


def values(depth: int) -> st.SearchStrategy[Any]:
    if depth == 0:
        return SCALARS
    inner = values(depth - 1)
    mappings = st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    return st.one_of(SCALARS, mappings, st.lists(inner, max_size=3))


def distinct(value: Any, numbers: count[int], found: list[str]) -> Json:
    """The value with a text or number of its own in place of each; those are in ``found``.

    The name of shared volumes stays.
    """
    if isinstance(value, dict):
        return {key: distinct(entry, numbers, found) for key, entry in value.items()}
    if isinstance(value, list):
        return [distinct(entry, numbers, found) for entry in value]
    if value is None or isinstance(value, bool) or value == SHARED:
        return value
    number = next(numbers)
    found.append(str(number))
    is_number = value is int or type(value) is int
    return number if is_number else str(number)


SETTINGS_OF_ANY_FORM = st.lists(
    st.one_of(st.tuples(st.sampled_from(NAMES), values(4)), st.sampled_from(EXAMPLES)), max_size=5
)


@given(SETTINGS_OF_ANY_FORM, st.booleans())
def test_every_text_and_number_is_in_the_pod(
    settings: list[tuple[str, Any]], has_mount: bool
) -> None:
    numbers, found = count(10_000), list[str]()
    added = [EXAMPLES[0], EXAMPLES[-1]] if has_mount else []
    made = pod(
        Setting(name=name, value=distinct(value, numbers, found))
        for name, value in [*added, *settings]
    )
    shown = repr(made)
    assert [one for one in found if one not in shown] == []


@pytest.mark.parametrize(
    ("volume", "is_kept"),
    [("persistentVolumeClaim: {claimName: data}", True), ("emptyDir: {}", False)],
)
def test_the_file_of_an_output_stays_in_a_shared_volume(volume: str, is_kept: bool) -> None:
    template = f"""
container:
  image: alpine
  command: [sh, -c, 'date > /data/out/x']
  volumeMounts: [{{name: v, mountPath: /data/}}]
outputs:
  parameters: [{{name: x, valueFrom: {{path: /data/out/x}}}}]
  artifacts: [{{name: x, path: /data/out/x}}]
volumes: [{{name: v, {volume}}}]
"""
    user = "{name: s, template: say, arguments: {parameters: [{name: text, value: '%s'}]}}"
    value = "{{tasks.run.outputs.parameters.x}}"
    run = json.dumps([yaml_of(template) | {"name": "run"}])
    pipeline = read(workflow(f"[{{name: run, template: run}}, {user % value}]", run))
    executor = pipeline.executors["exec-run"]
    assert isinstance(executor, Container)
    words = [str(word) for word in executor.command]
    assert ("date > /data/out/x" in words) == is_kept
    copied = [words[n + 1] for n, word in enumerate(words) if word.startswith("copy-")]
    assert set(copied) == ({"/data/out/x"} if is_kept else set())
