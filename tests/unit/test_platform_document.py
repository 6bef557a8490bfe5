"""The settings of an executor of the platform document ↔ ``Pod``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig

from translator.diagnostics import Origin
from translator.model import Constant, FromParent, FromTask, Json, Setting
from translator.model import kubernetes as k8s
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import executor_settings

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

HERE = Origin("pipeline.yaml", 7, 3, "/platforms")
CONFIG = KubernetesExecutorConfig.DESCRIPTOR


def pod(document: dict[str, Any]) -> k8s.Pod:
    return pod_of(Setting(name=name, value=one, origin=HERE) for name, one in document.items())


def same(first: Json, second: Json) -> bool:
    """Whether both are equal as JSON; ``True`` is not 1, and 1.0 not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


# Every document of the installed kfp-kubernetes comes back as it was


def is_map(field: FieldDescriptor) -> bool:
    message = field.message_type
    return message is not None and bool(message.GetOptions().map_entry)


def values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """What a field can have in JSON, as kfp's compiler writes it, which is never its default."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return st.text(min_size=0 if field.has_presence else 1, max_size=4)
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans() if field.has_presence else st.just(True)
        case FieldDescriptor.CPPTYPE_INT64:
            numbers = st.integers(-(2**63), 2**63 - 1)
            return numbers.filter(lambda n: n != 0 or field.has_presence).map(str)
        case FieldDescriptor.CPPTYPE_INT32:
            return st.integers(-(2**31), 2**31 - 1).map(float)
    raise AssertionError(field.full_name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9).map(float) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
#: ``InputParameterSpec`` is what kfp's compiler can write: no final status, no selector.
OUTPUT = st.fixed_dictionaries({"producerTask": st.text(), "outputParameterKey": st.text()})
SOURCES = (
    st.fixed_dictionaries({"runtimeValue": st.fixed_dictionaries({"constant": JSON})})
    | st.fixed_dictionaries({"componentInputParameter": st.text(max_size=5)})
    | st.fixed_dictionaries({"taskOutputParameter": OUTPUT})
)


def documents(message: Descriptor) -> st.SearchStrategy[dict[str, Any]]:
    """JSON of a message: any of its fields."""
    if message.full_name == "ml_pipelines.TaskInputsSpec.InputParameterSpec":
        return SOURCES
    if message.name == "TaskOutputParameterSpec":
        return OUTPUT
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in message.fields:
        if is_map(field):
            optional[field.json_name] = st.dictionaries(st.text(), st.text(), min_size=1)
            continue
        one = documents(field.message_type) if field.message_type else values(field)
        optional[field.json_name] = (
            st.lists(one, min_size=1, max_size=3) if field.is_repeated else one
        )
    return st.fixed_dictionaries({}, optional=optional)


@given(documents(CONFIG))
def test_a_document_comes_back_as_it_was(document: dict[str, Any]) -> None:
    assert same(executor_settings(pod(document)), document)


NAMES = ["mountPath", "mount_path", "x", "optional", "secretName", "secretNameParameter", "size"]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner)
    ),
)


@given(st.dictionaries(st.sampled_from([f.json_name for f in CONFIG.fields]) | st.text(), ANY))
def test_so_does_what_is_no_document(document: dict[str, Any]) -> None:
    written = executor_settings(pod(document))
    assert written.keys() == document.keys()
    for name, value in document.items():
        if not same(written[name], value):  # another spelling, perhaps beside unknown fields
            assert parsed({name: written[name]}, known=False) == parsed({name: value}, known=False)


def parsed(document: dict[str, Any], *, known: bool = True) -> KubernetesExecutorConfig:
    """The message; raises ``ParseError`` for a value that the proto does not have.

    ``known``: also for a field.
    """
    message = KubernetesExecutorConfig()
    return json_format.ParseDict(document, message, ignore_unknown_fields=not known)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"activeDeadlineSeconds": 30}, {"activeDeadlineSeconds": "30"}),
        ({"active_deadline_seconds": "30"}, {"activeDeadlineSeconds": "30"}),
        (
            {"tolerations": [{"toleration_seconds": 5, "key": "a"}]},
            {"tolerations": [{"tolerationSeconds": "5", "key": "a"}]},
        ),
        (
            {"node_affinity": [{"weight": 7, "match_fields": [{"key": "k"}]}]},
            {"nodeAffinity": [{"weight": 7.0, "matchFields": [{"key": "k"}]}]},
        ),
        (
            {"secret_as_env": [{"secret_name": "s", "key_to_env": [{"env_var": "A"}]}]},
            {"secretAsEnv": [{"secretName": "s", "keyToEnv": [{"envVar": "A"}]}]},
        ),
        ({"pod_metadata": {"labels": {"a_b": "c"}}}, {"podMetadata": {"labels": {"a_b": "c"}}}),
    ],
)
def test_other_spellings_of_protobuf_are_written_as_kfp_does(given: Any, written: Any) -> None:
    assert pod(given).others == ()
    assert same(executor_settings(pod(given)), written)
    assert parsed(given) == parsed(written)


# Every field of the installed kfp-kubernetes has a type, or is listed here

#: Message → its fields that stay raw: those of a parameter that kfp-kubernetes never writes.
RAW = {
    "InputParameterSpec": {"taskFinalStatus", "parameterExpressionSelector"},
    "ValueOrRuntimeParameter": {"constantValue", "runtimeParameter"},
}
#: The forms of a value, and the older fields that stand beside it.
CONSTANT: dict[str, Any] = {"runtimeValue": {"constant": "s"}}
INPUT: dict[str, Any] = {"componentInputParameter": "s"}
TASK: dict[str, Any] = {"taskOutputParameter": {"producerTask": "t", "outputParameterKey": "s"}}
OLDER = {"secretName", "configMapName", "constant"}


def filled(message: Descriptor, source: dict[str, Any]) -> dict[str, Any]:
    """A message with a value for every field; each name and JSON text comes from the source."""
    if message.name == "InputParameterSpec":
        return source
    fields: dict[str, Any] = {}
    for field in message.fields:
        name, one = field.json_name, field.containing_oneof
        if name in OLDER:
            fields |= {name: "s"} if source == CONSTANT else {}
        elif one is not None and len(one.fields) > 1:
            fields |= source if name in source else {}
        elif is_map(field):
            fields[name] = {"a": "b"}
        else:
            content = (
                filled(field.message_type, source)
                if field.message_type
                else SAMPLES[field.cpp_type]
            )
            fields[name] = [content, content] if field.is_repeated else content
    return fields


SAMPLES: dict[int, Any] = {
    FieldDescriptor.CPPTYPE_STRING: "text",
    FieldDescriptor.CPPTYPE_BOOL: True,
    FieldDescriptor.CPPTYPE_INT64: "64",
    FieldDescriptor.CPPTYPE_INT32: 32.0,
}


@pytest.mark.parametrize("source", [CONSTANT, INPUT, TASK])
def test_every_field_of_kfp_kubernetes_has_a_type(source: dict[str, Any]) -> None:
    document = filled(CONFIG, source)
    assert document.keys() == {field.json_name for field in CONFIG.fields}
    parsed(document)
    read = pod(document)
    assert [one.name for one in read.others] == []
    assert [one.name for mount in read.mounts for one in mount.others] == []
    assert same(executor_settings(read), document)
    names = {*map(type, read.mounts), *map(type, read.variables)}
    assert names == {k8s.Mount, k8s.SecretVariable, k8s.ConfigMapVariable, k8s.FieldVariable}


def test_the_fields_of_a_parameter_that_stay_raw_are_listed() -> None:
    spec = (
        CONFIG.fields_by_name["secret_as_env"]
        .message_type.fields_by_name["secret_name_parameter"]
        .message_type
    )
    known = {"runtimeValue", "componentInputParameter", "taskOutputParameter"}
    assert {field.json_name for field in spec.fields} == known | RAW[spec.name]
    value = spec.fields_by_name["runtime_value"].message_type
    assert {field.json_name for field in value.fields} == {"constant"} | RAW[value.name]
    for name in RAW[spec.name] | {"x"}:
        (raw,) = pod({"imagePullSecret": [{"secretNameParameter": {**INPUT, name: {}}}]}).others
        assert raw.name == "imagePullSecret"


# What kfp-kubernetes wrote before, and what the types cannot hold


@pytest.mark.parametrize(
    ("setting", "entry", "name", "forms"),
    [
        ("secretAsVolume", {"secretName": "s"}, Constant(value="s"), ("secretName",)),
        ("secretAsVolume", {"secretNameParameter": INPUT}, FromParent(name="s"), ()),
        (
            "secretAsVolume",
            {"secretNameParameter": CONSTANT},
            Constant(value="s"),
            ("secretNameParameter",),
        ),
        ("secretAsVolume", {"secretNameParameter": CONSTANT, "secretName": "s"}, CONSTANT, ()),
        ("pvcMount", {"constant": "s"}, Constant(value="s"), ("constant",)),
        ("pvcMount", {"pvcNameParameter": CONSTANT, "constant": "s"}, Constant(value="s"), ()),
        ("pvcMount", INPUT, FromParent(name="s"), ("componentInputParameter",)),
        ("pvcMount", TASK, FromTask(task="t", output="s"), ("taskOutputParameter",)),
        ("pvcMount", {"pvcNameParameter": TASK, **TASK}, FromTask(task="t", output="s"), ()),
        (
            "pvcMount",
            {"pvcNameParameter": TASK},
            FromTask(task="t", output="s"),
            ("pvcNameParameter",),
        ),
    ],
)
def test_the_forms_of_a_name(
    setting: str, entry: dict[str, Any], name: Any, forms: tuple[str, ...]
) -> None:
    (mount,) = pod({setting: [entry]}).mounts
    volume = mount.volume
    assert isinstance(volume, k8s.SecretVolume | k8s.Claim)
    reference = volume.secret if isinstance(volume, k8s.SecretVolume) else volume.claim
    assert reference.name == (Constant(value="s") if name == CONSTANT else name)
    assert reference.forms == forms
    for part in (mount, volume, reference, reference.name):
        assert part.origin == HERE


@pytest.mark.parametrize(
    "document",
    [
        {"secretAsVolume": []},
        {"secretAsVolume": [{"mountPath": "/d"}]},
        {"secretAsVolume": [{"secretName": "a", "secretNameParameter": CONSTANT}]},
        {"secretAsVolume": [{"secretName": "a", "mountPath": 5}]},
        {"secretAsVolume": {"secretName": "a"}},
        {"secretAsEnv": [{"secretName": "a", "keyToEnv": []}]},
        {"secretAsEnv": [{"secretName": "a"}]},
        {"pvcMount": [{"pvcNameParameter": INPUT, "componentInputParameter": "other"}]},
        {"podMetadata": {}},
        {"podMetadata": {"labels": {}}},
        {"podMetadata": {"labels": {"a": 1}}},
        {"nodeSelector": None},
        {"activeDeadlineSeconds": None},
        {"imagePullPolicy": None},
        {"securityContext": None},
        {"activeDeadlineSeconds": True},
        {"activeDeadlineSeconds": "05"},
        {"activeDeadlineSeconds": 10**30},
        {"imagePullPolicy": ""},
        {"initContainers": [{"name": "a", "image": "b"}]},
        {"hostAliases": []},
        {"tolerations": [{"key": "a"}, "odd"]},
    ],
)
def test_what_the_types_cannot_hold_stays_raw(document: dict[str, Any]) -> None:
    read = pod(document)
    assert read == k8s.Pod(others=tuple(Setting(name=n, value=v) for n, v in document.items()))
    assert same(executor_settings(read), document)


def test_an_unknown_field_of_a_mount_is_kept_beside_it() -> None:
    entry: dict[str, Any] = {"constant": "c", "mountPath": "/d", "readOnly": False, "x_y": {}}
    document: dict[str, Any] = {"pvcMount": [entry]}
    read = pod(document)
    assert read.others == ()
    (mount,) = read.mounts
    assert {one.name: one.value for one in mount.others} == {"readOnly": False, "x_y": {}}
    assert same(executor_settings(read), document)


def test_two_spellings_of_one_setting_are_both_kept() -> None:
    document: dict[str, Any] = {"imagePullPolicy": "Always", "image_pull_policy": "Never"}
    read = pod(document)
    assert read.pull_policy == "Always"
    assert same(executor_settings(read), document)


def test_fields_have_the_place_of_their_setting() -> None:
    read = pod({"imagePullPolicy": "Always", "podMetadata": {"labels": {"a": "b"}}})
    assert read.place("pull_policy") == read.place("labels", "a") == HERE
    assert read.place("annotations") == HERE
    assert read.place("service_account") is None


# New pods


def test_variables_of_one_secret_are_joined_only_where_they_were() -> None:
    def variable(name: str, secret: str, *, joined: bool) -> k8s.SecretVariable:
        reference = k8s.Reference(name=Constant(value=secret))
        return k8s.SecretVariable(variable=name, secret=reference, key="k", joined=joined)

    variables = (
        variable("A", "s", joined=True),  # the one before it is gone
        variable("B", "s", joined=True),
        variable("C", "s", joined=False),
        variable("D", "t", joined=True),
    )
    written: Any = executor_settings(k8s.Pod(variables=variables))["secretAsEnv"]
    names = [[pair["envVar"] for pair in entry["keyToEnv"]] for entry in written]
    assert names == [["A", "B"], ["C"], ["D"]]


def test_raw_entries_are_kept_beside_new_ones() -> None:
    odd: list[Json] = [{"secretName": "odd"}]
    new = k8s.SecretVariable(variable="A", secret=k8s.Reference(name=Constant(value="s")), key="k")
    given = k8s.Pod(variables=(new,), others=(Setting(name="secretAsEnv", value=odd),))
    written: Any = executor_settings(given)["secretAsEnv"]
    assert [entry["secretName"] for entry in written] == ["odd", "s"]


@pytest.mark.parametrize(
    "part",
    [
        {"mounts": (k8s.Mount(path="/d", volume=k8s.OtherVolume(kind="nfs")),)},
        {"variables": (k8s.AllKeys(prefix="P_"),)},
    ],
)
def test_what_kfp_kubernetes_does_not_have_is_not_left_out_in_silence(part: Any) -> None:
    with pytest.raises(KeyError):
        executor_settings(k8s.Pod(**part))
