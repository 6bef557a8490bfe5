"""KFP v2 files of the corpus, read and written again, say what they said."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.corpus.files import corpus, documents_of
from translator.cel import condition_text
from translator.model import walk_tasks
from translator.model.expressions import Opaque
from translator.records import replace
from translator.targets.vertex.structs import with_resolved_structs
from translator.writers import executor_input
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from translator.model import Json

pytestmark = pytest.mark.corpus

_OLDER = ("v2/kfp1/*", "v1/pairs/*.ir.json")
#: Broken as they were broken upstream, or with Kubernetes resources, for which the v2 compiler of
#: SDK 1 wrote no executor.
_REFUSED = (
    r"pipeline_with_params_containing_format|~model_deploy\.|kfserving_e2e|seldon"
    r"|resource_?op|volume_?op|compiler_tests~some_pipeline"
)
#: They name an input or output that is not there.
_BROKEN = (
    r"simple_pipeline_without_importer|loop_with_enumerate|nested_loop_with_underscore"
    r"|parallelfor_item_argument_resolving"
)
#: What the compilers of SDK 2 write.
NEWER = corpus("v2/kfp2/*", "v2/gcpc/*", "v2/synthetic/*")
#: What the v2 compiler of SDK 1 wrote, most of it in schema 2.0.0.
OLDER = corpus(*_OLDER, but=_REFUSED)

# What is written in schema 2.1.0 differs from what was read in these ways, and in no other. None of
# them changes what the file says. Each takes a JSON object (its children are done) and gives it as
# written.


def _newer_schema(value: dict[str, Any]) -> dict[str, Any]:
    """Schema 2.0.0 becomes 2.1.0, and the deployment gets its newer name."""
    if value.get("schemaVersion") == "2.0.0":
        value = value | {"schemaVersion": "2.1.0"}
    if "deploymentConfig" in value:
        value = {**value, "deploymentSpec": value["deploymentConfig"]}
        del value["deploymentConfig"]
    return value


def _newer_types(value: dict[str, Any]) -> dict[str, Any]:
    """``type: INT`` of schema 2.0.0 is ``parameterType: NUMBER_INTEGER``."""
    names = {"STRING": "STRING", "INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}
    if set(value) != {"type"} or value["type"] not in names:
        return value
    return {"parameterType": names[value["type"]]}


def _newer_constants(value: dict[str, Any]) -> dict[str, Any]:
    """``constantValue: {intValue: "3"}`` of schema 2.0.0 is ``constant: 3``."""
    if set(value) != {"constantValue"}:
        return value
    ((kind, constant),) = value["constantValue"].items()
    return {"constant": int(constant) if kind == "intValue" else constant}


def _newer_conditions(value: dict[str, Any]) -> dict[str, Any]:
    """``inputs.parameters['x'].string_value`` of 2.0.0 is ``inputs.parameter_values['x']``."""
    if not isinstance(value.get("condition"), str):
        return value
    older = r"inputs\.parameters(\['[^']+'\])\.(?:string|int|double)_value"
    return value | {"condition": re.sub(older, r"inputs.parameter_values\1", value["condition"])}


def _both_amounts(value: dict[str, Any]) -> dict[str, Any]:
    """SDKs before 2.10 wrote numbers alone; the text that newer backends read comes with them."""
    for key, unit in (("cpu", ""), ("memory", "G")):
        for bound in ("Limit", "Request"):
            number = value.get(f"{key}{bound}")
            if isinstance(number, (int, float)):
                value = {f"resource{key.title()}{bound}": f"{number}{unit}", **value}
    return value


def _both_accelerators(value: dict[str, Any]) -> dict[str, Any]:
    """The same for accelerators."""
    if isinstance(value.get("accelerator"), dict) and set(value["accelerator"]) == {
        "type",
        "count",
    }:
        kind, count = value["accelerator"]["type"], str(value["accelerator"]["count"])
        both = {"type": kind, "count": count, "resourceType": kind, "resourceCount": count}
        value = value | {"accelerator": both}
    return value


def _without_conversion(value: dict[str, Any]) -> dict[str, Any]:
    """Functions of kfp 1.8 in schema 2.1.0 get a wrapper."""
    command = value.get("command", [])
    return value | {"command": command[6:]} if command[3:4] == [executor_input.NAME] else value


NORMALISATIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    _newer_schema,
    _newer_types,
    _newer_constants,
    _newer_conditions,
    _both_amounts,
    _both_accelerators,
    _without_conversion,
)


def normal(value: Any) -> Any:
    """A document as it is written. ``3.0`` and ``3`` are the same number."""
    if isinstance(value, dict):
        done = {key: normal(entry) for key, entry in value.items()}
        for normalisation in NORMALISATIONS:
            done = normalisation(done)
        return done
    if isinstance(value, list):
        return [normal(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def documents(path: Path) -> tuple[Any, Any]:
    """The pipeline spec of a file, without a job around it, and its platforms, by other readers."""
    text = path.read_text(encoding="utf-8")
    read = [json.loads(text)] if path.suffix == ".json" else documents_of(text)
    (spec,) = (document for document in read if "platforms" not in document)
    platforms = [document for document in read if "platforms" in document]
    return spec.get("pipelineSpec", spec), platforms[0] if platforms else {}


def same(first: Json, second: Json) -> bool:
    """Whether two JSON values are equal; ``True`` is not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@pytest.mark.parametrize("path", NEWER)
def test_a_file_of_sdk_2_comes_back_as_it_was(path: Path) -> None:
    spec, platforms = documents(path)
    reading = translator.load(path)
    # One of them gives a value to what is no parameter of its pipeline.
    assert [one.rule.code for one in reading.diagnostics if one.rule.code != "TR136"] == []
    written = pipeline_spec(reading.pipeline)
    assert written == spec
    assert same(normal(written), normal(spec))
    assert same(platform_spec(reading.pipeline), platforms)


@pytest.mark.parametrize("path", OLDER)
def test_a_file_of_sdk_1_comes_back_as_it_was_or_in_schema_2_1_0(path: Path) -> None:
    spec, _ = documents(path)
    pipeline = translator.load(path).pipeline
    raised = pipeline_spec(replace(pipeline, schema_version="2.1.0"))
    assert raised == normal(spec)
    assert same(normal(raised), normal(spec))
    if spec["schemaVersion"] == "2.0.0":
        assert pipeline_spec(pipeline) == spec


@pytest.mark.parametrize("path", corpus(*_OLDER, only=_REFUSED))
def test_a_file_that_lacks_something_is_refused(path: Path) -> None:
    with pytest.raises(translator.TranslationError) as caught:
        translator.load(path)
    assert {finding.rule.code for finding in caught.value.diagnostics} == {"TR104"}


@pytest.mark.parametrize("path", corpus(*_OLDER, only=_BROKEN))
def test_a_file_whose_names_lead_nowhere_is_not_written(path: Path) -> None:
    pipeline = translator.load(path).pipeline
    with pytest.raises(translator.TranslationError) as caught:
        translator.render(pipeline, "vertex")
    errors = {f.rule.code for f in caught.value.diagnostics if f.severity.value == "error"}
    assert errors <= {"TR204", "TR205"}


@pytest.mark.parametrize("path", [*NEWER, *OLDER])
def test_reading_what_was_written_changes_nothing(path: Path) -> None:
    pipeline = translator.load(path).pipeline
    spec, platforms = pipeline_spec(pipeline), platform_spec(pipeline)
    text = yaml_text(spec) + (f"---\n{yaml_text(platforms)}" if platforms else "")
    again = translator.load_text(text)
    assert again.diagnostics == ()
    assert same(pipeline_spec(again.pipeline), spec)
    assert same(platform_spec(again.pipeline), platforms)


#: kfp escapes no quotes in texts, which makes no CEL.
_OPAQUE = r"'it's && fun'|'int\(inputs"


@pytest.mark.parametrize("path", [*NEWER, *OLDER])
def test_conditions_are_understood(path: Path) -> None:
    for _, _, task in walk_tasks(translator.load(path).pipeline):
        condition = task.trigger and task.trigger.condition
        if isinstance(condition, Opaque):
            assert re.search(_OPAQUE, condition_text(condition))


#: Images and arguments that Vertex AI has no equivalent for, or gets in another form.
VOLUME_TASK = "argostub/createpvc"
WRAPPERS = (["mount-volume"], ["empty-folder"])
STRUCTS = re.compile(r'\\"(?:IfPresent|Concat)\\"')


@pytest.fixture(scope="module")
def ir_flat(shared: Path) -> ModuleType:
    """The tool that compares what the tasks of two pipeline specs do, whatever they are called."""
    spec = importlib.util.spec_from_file_location("ir_flat", shared / "tools" / "ir_flat.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_mounts(spec: Any) -> Any:
    """The spec without the commands before a program that serve the paths of its volumes."""
    for executor in spec["deploymentSpec"]["executors"].values():
        command = executor.get("container", {}).get("command", [])
        while command[:2] == ["sh", "-c"] and command[3:4] in WRAPPERS:
            taken = re.findall(r"shift ?(\d*)", command[2])[0]
            command[: 4 + int(taken or 1)] = []
    return spec


@pytest.mark.parametrize("path", [*NEWER, *corpus(*_OLDER, but=f"{_REFUSED}|{_BROKEN}")])
def test_the_tasks_for_vertex_ai_do_the_same_work(path: Path, ir_flat: ModuleType) -> None:
    pipeline = translator.load(path).pipeline
    given = documents(path)[0]
    (written,) = documents_of(translator.render(pipeline, "vertex")["pipeline.yaml"])
    if VOLUME_TASK in json.dumps(given):  # tests/differential runs such pipelines
        assert "argostub/" not in json.dumps(written)
        return
    written = without_mounts(written)
    if STRUCTS.search(json.dumps(given)):  # tests/unit/test_structs.py has what they become
        given = pipeline_spec(with_resolved_structs(pipeline))
    before, after = (ir_flat.Flat(normal(spec)).facts() for spec in (given, written))
    assert before["leaves"]
    assert after == before
