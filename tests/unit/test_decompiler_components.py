"""Components in pipeline.py: their functions, and that kfp compiles them to the same."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import linecache
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import translator
from tests.unit.compiled_components import compiled, executed, renamed, written
from translator.comparison import compare
from translator.decompiler import decompiled
from translator.decompiler.components import google
from translator.decompiler.components.lightweight_v1 import RUN_SCRIPTS
from translator.decompiler.components.wrapper_kinds import METRICS_PROGRAM, SCRIPTS, hashed
from translator.model import (
    KFP_V1,
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    EnvVariable,
    ExecutorRef,
    Importer,
    Interface,
    OpaqueExecutor,
    Parameter,
    ParameterType,
    Pipeline,
    RuntimeParameter,
    Task,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.readers.argo import shell_wrappers
from translator.records import replace
from translator.targets.vertex.passes import (
    config_map_wrapper,
    metrics,
    mount_wrappers,
    secret_wrapper,
)
from translator.writers import executor_input
from translator.writers.rendering import module_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from translator.diagnostics import Diagnostic
    from translator.model import Executor, Json

TEXT = Parameter(type=ParameterType.STRING)
DATA = Artifact(schema_title="system.Dataset", schema_version="0.0.1")
ANY = Artifact(schema_title="system.Artifact", schema_version="0.0.1")


def words(*texts: str) -> tuple[Text, ...]:
    return tuple(parse_text(text) for text in texts)


def value(name: str) -> str:
    return str(Placeholder(PlaceholderKind.INPUT_VALUE, name))


def container(*command: str, image: str = "alpine:3.20", args: tuple[str, ...] = ()) -> Container:
    return Container(image=parse_text(image), command=words(*command), args=words(*args))


def component(**fields: Any) -> Component:
    """A component whose inputs and outputs are given by side and kind."""
    sides = {
        side: Interface(
            parameters=fields.pop(f"{side}_parameters", {}),
            artifacts=fields.pop(f"{side}_artifacts", {}),
        )
        for side in ("input", "output")
    }
    return Component(
        body=ExecutorRef(label=""), inputs=sides["input"], outputs=sides["output"], **fields
    )


def pipeline(parts: Mapping[str, tuple[Component, Executor]], dialect: str = "KFP v2") -> Pipeline:
    """A pipeline with these components; it has no tasks."""
    components = {
        f"comp-{name}": replace(one, body=ExecutorRef(label=f"exec-{name}"))
        for name, (one, _) in parts.items()
    }
    return Pipeline(
        name="flow",
        root=Component(body=Dag(tasks={})),
        components=components,
        executors={f"exec-{name}": one for name, (_, one) in parts.items()},
        dialect=dialect,
    )


def one(component_: Component, container_: Executor, dialect: str = "KFP v2") -> str:
    """pipeline.py of a pipeline with one component."""
    return written(pipeline({"train": (component_, container_)}, dialect)).text


def found(component_: Component, executor: Executor, dialect: str = "KFP v2") -> list[Diagnostic]:
    return list(written(pipeline({"train": (component_, executor)}, dialect)).findings)


def assert_compiles_to_itself(
    of: Component, executor: Container, folder: Path, dialect: str = "KFP v2"
) -> None:
    """Compiles pipeline.py, and compares the component and its program."""
    made = written(pipeline({"train": (of, executor)}, dialect))
    definition = made.definitions["comp-train"]
    assert_same(made.text, of, executor, definition, folder)


def assert_same(
    text: str, of: Component, executor: Container, definition: Any, folder: Path
) -> None:
    got, program = compiled(executed(text)[definition.function], folder)
    wanted, wanted_program = renamed(of, executor, definition)
    assert program.image == wanted_program.image
    assert [str(word) for word in program.command] == [str(w) for w in wanted_program.command]
    assert [str(word) for word in program.args] == [str(w) for w in wanted_program.args]
    assert interface(got) == interface(wanted)


def interface(of: Component) -> list[object]:
    """What kfp keeps of an interface: a default makes an input optional."""
    unset = Parameter(type=ParameterType.STRING).default
    return [
        (
            {
                name: (
                    *(p.type, p.default, p.description),
                    p.optional or p.default is not unset,
                )
                for name, p in side.parameters.items()
            },
            {
                name: (a.schema_title, a.is_list, a.optional, a.description)
                for name, a in side.artifacts.items()
            },
        )
        for side in (of.inputs, of.outputs)
    ]


class TestFunctions:
    def test_a_whole_one(self) -> None:
        of = component(
            input_parameters={"epochs": Parameter(type=ParameterType.NUMBER_INTEGER, default=3.0)},
            input_artifacts={"rows": DATA},
            output_artifacts={"model": Artifact(schema_title="system.Model")},
            output_parameters={"loss": Parameter(type=ParameterType.NUMBER_DOUBLE)},
        )
        program = container(
            "python",
            "train.py",
            args=(
                "--epochs={{$.inputs.parameters['epochs']}}",
                "{{$.inputs.artifacts['rows'].path}}",
                "{{$.outputs.artifacts['model'].uri}}",
                "{{$.outputs.parameters['loss'].output_file}}",
                "{{$.inputs.artifacts['rows'].metadata['size']}}",
                "{{$.pipeline_job_name}}",
            ),
        )
        assert one(of, program) == (
            '"""Components."""\n\n'
            "from kfp import dsl\n\n\n"
            "@dsl.container_component\n"
            "def train(\n"
            "    rows: dsl.Input[dsl.Dataset],\n"
            "    model: dsl.Output[dsl.Model],\n"
            "    loss: dsl.OutputPath(float),\n"
            "    epochs: int = 3,\n"
            "):\n"
            "    return dsl.ContainerSpec(\n"
            '        image="alpine:3.20",\n'
            '        command=["python", "train.py"],\n'
            "        args=[\n"
            '            f"--epochs={epochs}",\n'
            "            rows.path,\n"
            "            model.uri,\n"
            "            loss,\n"
            '            rows.metadata["size"],\n'
            "            dsl.PIPELINE_JOB_NAME_PLACEHOLDER,\n"
            "        ],\n"
            "    )\n"
        )

    def test_settings_of_tasks_are_not_in_it(self) -> None:
        program = replace(
            container("true"), env=(EnvVariable(name="A", value=parse_text("secret")),)
        )
        assert "secret" not in one(component(), program)

    def test_equal_components_are_one_function(self) -> None:
        parts = {
            "train": (component(), container("train")),
            "train-2": (component(), replace(container("train"), env=())),
            "train-3": (component(), container("train", "harder")),
        }
        made = written(pipeline(parts))
        functions = [made.definitions[f"comp-{name}"].function for name in parts]
        assert functions == ["train", "train", "train_3"]
        assert made.text.count("@dsl.container_component") == 2

    def test_images_of_several_components_are_constants(self) -> None:
        image = "registry.example/team/trainer:1.4"
        parts = {
            "train": (component(), container("train", image=image)),
            "test": (component(), container("test", image=image)),
            "clean": (component(), container("rm")),
        }
        text = written(pipeline(parts)).text
        assert f'TRAINER_IMAGE = "{image}"' in text
        assert text.count("image=TRAINER_IMAGE") == 2
        assert text.count('image="alpine:3.20"') == 1

    def test_long_texts_of_several_components_are_constants(self) -> None:
        script = "echo " + "x" * 300
        parts = {
            "a": (component(), container("sh", "-c", script)),
            "b": (component(), container("sh", "-c", script, "again")),
        }
        text = written(pipeline(parts)).text
        assert text.count(script) == 1 and text.count("A_SCRIPT") == 3

    def test_scripts_stay_in_their_command(self) -> None:
        script = 'if true; then\n  echo "a\\b"\nfi\ndone here and there and so on and so forth\n'
        assert f'r"""{script}"""' in one(component(), container("sh", "-c", script))

    def test_a_name_of_a_parameter_that_hides_a_constant(self, tmp_path: Path) -> None:
        image = "registry.example/app:1"
        of = component(input_parameters={"APP_IMAGE": TEXT, "dsl": TEXT})
        program = container(value("APP_IMAGE"), value("dsl"), image=image)
        made = written(
            pipeline({"a": (of, program), "b": (component(), container("b", image=image))})
        )
        definition = made.definitions["comp-a"]
        assert definition.inputs == {"APP_IMAGE": "app_image", "dsl": "dsl_input"}
        assert_same(made.text, of, program, definition, tmp_path)

    def test_an_image_with_an_input(self, tmp_path: Path) -> None:
        of = component(input_parameters={"tag": TEXT, "image": TEXT})
        for image in ("app:" + value("tag"), value("image")):
            assert_compiles_to_itself(of, container("run", image=image), tmp_path)

    def test_an_image_that_a_task_sets(self) -> None:
        program = container("run", image=value("pipelinechannel--image"))
        assert 'image=""' in one(component(), program)


class TestNames:
    def test_those_of_v1_change_as_in_kfp(self) -> None:
        of = component(
            input_parameters={"Host_Name": TEXT, "2nd": TEXT, "class": TEXT},
            input_artifacts={"Log_dir_URI": ANY},
            output_artifacts={"Log_dir_URI": ANY, "Output": ANY},
        )
        program = container("run", value("Host_Name"))
        made = written(pipeline({"train": (of, program)}, KFP_V1))
        definition = made.definitions["comp-train"]
        assert definition.inputs == {
            "Host_Name": "host_name",
            "2nd": "input_2nd",
            "class": "class_input",
            "Log_dir_URI": "log_dir_uri",
        }
        assert definition.outputs == {"Log_dir_URI": "log_dir_uri_output", "Output": "output"}
        (finding,) = made.findings
        assert finding.rule.code == "TR520"
        assert "`Host_Name` is `host_name`" in finding.message

    def test_those_of_v2_stay(self) -> None:
        of = component(input_parameters={"X": TEXT, "myInput": TEXT, "a b": TEXT})
        made = written(pipeline({"train": (of, container("run"))}))
        assert made.definitions["comp-train"].inputs == {
            "X": "X",
            "myInput": "myInput",
            "a b": "a_b",
        }

    def test_a_program_that_reads_names_keeps_them(self) -> None:
        of = component(input_parameters={"Host_Name": TEXT})
        made = written(pipeline({"train": (of, container("run", "{{$}}"))}, KFP_V1))
        assert made.definitions["comp-train"].inputs == {"Host_Name": "Host_Name"}
        assert "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER" in made.text
        assert not made.findings

    def test_names_that_no_function_has(self, tmp_path: Path) -> None:
        """TR521: the component is loaded."""
        of = component(input_parameters={"a b": TEXT}, output_parameters={"Output": TEXT})
        program = container("run", "{{$}}", 'a\nb: "c" {{$.x}}')
        assert [one.rule.code for one in found(of, program)] == ["TR521"]
        made = written(pipeline({"train": (of, program)}))
        assert "load_component_from_text(TRAIN_COMPONENT)" in made.text
        assert_same(made.text, of, program, made.definitions["comp-train"], tmp_path)

    @pytest.mark.parametrize(
        "name", ["a b", "class", "é", "", "x=print('code'), y", '"', "\n", "a\\"]
    )
    def test_such_names_in_a_call_are_no_code(self, name: str, tmp_path: Path) -> None:
        of = component(input_parameters={name: TEXT, "x": TEXT}, output_parameters={"Output": TEXT})
        source = pipeline({"train": (of, container("run", "{{$}}"))})
        values = {name: Constant(value="1"), "x": Constant(value="2")}
        task = Task(component="comp-train", parameters=values)
        source = replace(source, root=Component(body=Dag(tasks={"train": task})))
        made = decompiled(source, file="flow.yaml")
        calls = [
            one
            for one in ast.walk(ast.parse(made.text))
            if isinstance(one, ast.Call) and ast.unparse(one.func) == "train"
        ]
        (call,) = calls
        assert [one.arg for one in call.keywords] == ["x", None]
        assert ast.literal_eval(call.keywords[1].value) == {name: "1"}
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            executed(made.text)
        assert printed.getvalue() == ""

    def test_inputs_that_kfp_makes_for_settings_are_no_parameters(self) -> None:
        of = component(input_parameters={"pipelinechannel--memory": TEXT, "a": TEXT})
        assert "def train(a: str):" in one(of, container("run", value("a")))

    def test_a_generated_name_in_a_command(self) -> None:
        of = component(input_parameters={"pipelinechannel--a": TEXT})
        program = container("run", value("pipelinechannel--a"))
        assert "def train(a: str):" in one(of, program, KFP_V1)


class TestOrder:
    def test_that_of_the_command_where_names_are_sorted(self) -> None:
        of = component(input_parameters={"a": TEXT, "b": TEXT}, output_artifacts={"c": ANY})
        program = container("run", value("b"), value("a"))
        assert "def train(b: str, a: str, c: dsl.Output[dsl.Artifact]):" in one(of, program)

    def test_that_of_the_file_where_they_are_not(self) -> None:
        of = component(input_parameters={"b": TEXT, "a": TEXT})
        assert "def train(b: str, a: str):" in one(of, container(value("a"), value("b")))


class TestDefaults:
    @pytest.mark.parametrize(
        ("type_", "default"),
        [
            (ParameterType.STRING, "a"),
            (ParameterType.STRING, ""),
            (ParameterType.NUMBER_INTEGER, 3.0),
            (ParameterType.NUMBER_DOUBLE, 0.25),
            (ParameterType.NUMBER_DOUBLE, 1.0),
            (ParameterType.BOOLEAN, False),
            (ParameterType.LIST, []),
            (ParameterType.LIST, [1, {"a": [True]}]),
            (ParameterType.STRUCT, {}),
            (ParameterType.STRUCT, {"a": "b"}),
        ],
    )
    def test_of_each_type(self, type_: ParameterType, default: Json, tmp_path: Path) -> None:
        of = component(input_parameters={"x": Parameter(type=type_, default=default)})
        assert_compiles_to_itself(of, container("run", value("x")), tmp_path)

    def test_optional_inputs(self, tmp_path: Path) -> None:
        of = component(
            input_parameters={"x": Parameter(type=ParameterType.STRING, optional=True)},
            input_artifacts={"y": replace(DATA, optional=True)},
        )
        program = container("run", value("x"), "{{$.inputs.artifacts['y'].path}}")
        assert_compiles_to_itself(of, program, tmp_path)
        assert "# ruff: noqa: UP045" in one(of, program)

    @pytest.mark.parametrize(
        ("type_", "default"),
        [
            (ParameterType.STRING, 3),
            (ParameterType.NUMBER_INTEGER, True),
            (ParameterType.LIST, [None]),
            (ParameterType.STRUCT, {"a": [{"b": float("inf")}]}),
        ],
    )
    def test_that_kfp_does_not_compile(self, type_: ParameterType, default: Json) -> None:
        """TR527."""
        of = component(input_parameters={"x": Parameter(type=type_, default=default)})
        (finding,) = found(of, container("run"))
        assert finding.rule.code == "TR527"

    def test_as_declared_in_v1(self) -> None:
        of = component(
            input_parameters={"x": Parameter(type=ParameterType.STRING, declared_default="7")}
        )
        made = written(pipeline({"train": (of, container("run"))}, KFP_V1))
        assert made.definitions["comp-train"].defaults == {"x": "7"}
        assert 'def train(x: str = "7"):' in made.text

    def test_the_final_status_has_none(self) -> None:
        status = Parameter(type=ParameterType.TASK_FINAL_STATUS, optional=True)
        text = one(component(input_parameters={"status": status}), container("run"))
        assert "def train(status: dsl.PipelineTaskFinalStatus):" in text


class TestStructures:
    @pytest.mark.parametrize(
        "struct",
        [
            {"Concat": ["a=", value("a"), "/", {"Concat": ["x", "y"]}]},
            {"IfPresent": {"InputName": "a", "Then": ["--a", value("a")]}},
            {"IfPresent": {"InputName": "a", "Then": value("a"), "Else": "é\"'\\"}},
            {"Concat": ["p", {"IfPresent": {"InputName": "a", "Then": "b" + value("a")}}]},
            {"IfPresent": {"InputName": "a", "Then": {"Concat": ["x", value("a")]}}},
        ],
    )
    def test_that_kfp_has(self, struct: Json, tmp_path: Path) -> None:
        of = component(input_parameters={"a": Parameter(type=ParameterType.STRING, optional=True)})
        program = container("run", args=(json.dumps(struct),))
        assert "Placeholder(" in one(of, program)
        assert_compiles_to_itself(of, program, tmp_path)

    @pytest.mark.parametrize(
        "text",
        [
            '{"Concat": ["a"], "b": 1}',
            '{"Concat":["a"]}',
            '{"Concat": "a"}',
            '{"Concat": [1]}',
            '{"Concat": ["\\u00e9", {"IfPresent": {"InputName": "a", "Then": ["b"]}}]}',
            '{"IfPresent": {"InputName": "missing", "Then": "b"}}',
            '{"IfPresent": {"InputName": "a", "Then": "b", "Else": ""}}',
            '{"IfPresent": {"Then": "b", "InputName": "a"}}',
            '{"Concat": [' + "[" * 3000,
        ],
    )
    def test_others_stay_text(self, text: str, tmp_path: Path) -> None:
        of = component(input_parameters={"a": Parameter(type=ParameterType.STRING, optional=True)})
        program = container("run", args=(text,))
        assert "Placeholder(" not in one(of, program)
        assert_compiles_to_itself(of, program, tmp_path)

    def test_lists_of_artifacts_and_whole_metadata(self, tmp_path: Path) -> None:
        of = component(
            input_artifacts={"rows": replace(DATA, is_list=True), "model": ANY},
        )
        program = container(
            "run",
            "{{$.inputs.artifacts['rows']}}",
            "{{$.inputs.artifacts['model'].metadata}}",
            "m={{$.inputs.artifacts['model'].metadata['a b']}}",
        )
        text = one(of, program)
        assert "rows: dsl.Input[list[dsl.Dataset]]" in text
        assert '["run", rows, model.metadata, f"m={model.metadata[\'a b\']}"]' in text
        assert_compiles_to_itself(of, program, tmp_path)


class TestDescriptions:
    def test_of_inputs_and_outputs(self, tmp_path: Path) -> None:
        of = component(
            description="Trains a model.\nIt takes long.",
            input_parameters={"a": replace(TEXT, description='The "a": first.\nthen\n  next')},
            output_artifacts={"b": replace(ANY, description="The b.\n\nMore \\ of it")},
        )
        program = container("run", value("a"))
        assert_compiles_to_itself(of, program, tmp_path)
        assert '    """Trains a model.\n\n    It takes long.\n\n    Args:\n' in one(of, program)

    def test_spaces_that_kfp_does_not_read(self) -> None:
        """TR523: spaces of a description change."""
        of = component(input_parameters={"a": replace(TEXT, description="x\n   y\tz")})
        (finding,) = found(of, container("run"))
        assert finding.rule.code == "TR523"
        assert "        y z\n" in one(of, container("run"))

    def test_a_description_that_looks_like_sections(self, tmp_path: Path) -> None:
        of = component(
            description="Trains.\n\nArgs:\n    a: not this",
            input_parameters={"a": replace(TEXT, description="this")},
        )
        assert "# Args:\n" in one(of, container("run"))
        assert_compiles_to_itself(of, container("run", value("a")), tmp_path)


class TestWhatIsReported:
    def test_settings_of_a_component(self) -> None:
        of = component(config_passthroughs=({"field": "ENV"},), platform_specs=({"a": 1},))
        program = replace(container("run"), lifecycle={"a": 1})
        assert [one.rule.code for one in found(of, program)] == ["TR524"] * 3

    def test_allowed_values_and_metadata(self) -> None:
        of = component(
            input_parameters={"a": replace(TEXT, literals=("x", "y"))},
            output_artifacts={"b": replace(ANY, metadata={"k": 1})},
        )
        assert [one.rule.code for one in found(of, container("run"))] == ["TR524"] * 2

    def test_types_of_other_namespaces(self) -> None:
        """TR522: kfp has no such type."""
        of = component(input_artifacts={"a": Artifact(schema_title="tfx.Examples")})
        (finding,) = found(of, container("run"))
        assert finding.rule.code == "TR522"
        assert "a: dsl.Input[dsl.Artifact]" in one(of, container("run"))

    def test_executors_without_python(self) -> None:
        """TR525: another kind of executor."""
        executor = OpaqueExecutor(kind="resolver", content={})
        (finding,) = found(component(), executor)
        assert finding.rule.code == "TR525"

    def test_a_list_as_an_output(self) -> None:
        """TR526: kfp does not compile it."""
        of = component(output_artifacts={"a": replace(ANY, is_list=True)})
        (finding,) = found(of, container("run"))
        assert finding.rule.code == "TR526"


class TestArtifactTypes:
    @pytest.mark.parametrize("version", ["1", "a\n\nb", "1.2.3.4"])
    def test_versions_that_kfp_refuses(self, version: str) -> None:
        type_ = Artifact(schema_title="google.NewThing", schema_version=version)
        of = component(input_artifacts={"a": type_})
        (finding,) = found(of, container("run"))
        assert finding.rule.code == "TR522"
        assert "dsl.Input[dsl.Artifact]" in one(of, container("run"))

    def test_a_version_with_lines(self) -> None:
        version = f"1.2.{'a' * 40}\nb"
        type_ = Artifact(schema_title="google.NewThing", schema_version=version)
        tree = ast.parse(one(component(input_artifacts={"a": type_}), container("run")))
        (made,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        values = [ast.literal_eval(n.value) for n in made.body if isinstance(n, ast.Assign)]
        assert values == ["google.NewThing", version]

    def test_one_of_its_own(self, tmp_path: Path) -> None:
        type_ = Artifact(schema_title="google.NewThing", schema_version="1.2.0")
        of = component(input_artifacts={"a": type_})
        assert "class NewThing(dsl.Artifact):\n" in one(of, container("run"))
        assert_compiles_to_itself(of, container("run"), tmp_path)

    def test_those_of_google(self) -> None:
        of = component(input_artifacts={"a": Artifact(schema_title="google.VertexModel")})
        text = one(of, container("run"))
        assert "from google_cloud_pipeline_components.types import artifact_types\n" in text
        assert "a: dsl.Input[artifact_types.VertexModel]" in text

    def test_the_older_form(self) -> None:
        type_ = Artifact(instance_schema="title: kfp.Dataset\ntype: object\n")
        assert "dsl.Input[dsl.Dataset]" in one(
            component(input_artifacts={"a": type_}), container("run")
        )


class TestGoogle:
    of = component(input_parameters={"a": Parameter(type=ParameterType.LIST, default=[1.0])})
    program = container("run", value("a"), image="gcr.io/x/google-cloud-pipeline-components:9.1")

    @pytest.fixture(autouse=True)
    def known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        key = google.fingerprint(self.of, self.program)
        monkeypatch.setitem(google.COMPONENTS, "9.1", {key: "v1.jobs.TrainOp"})

    def test_those_of_google_are_imported(self) -> None:
        """TR528: an equal component of the package."""
        made = written(pipeline({"train": (self.of, self.program)}))
        definition = made.definitions["comp-train"]
        assert definition.function == "TrainOp" and definition.defaults == {"a": [1.0]}
        assert "from google_cloud_pipeline_components.v1.jobs import TrainOp\n" in made.text
        assert "def train" not in made.text
        assert [one.rule.code for one in made.findings] == ["TR528"]

    @pytest.mark.parametrize(
        ("changed", "is_same"),
        [
            ({"default": [1]}, True),
            ({"default": [2]}, False),
            ({"default": [True]}, False),
            ({"type": ParameterType.STRUCT}, False),
            ({"description": "x"}, True),
            ({"optional": True}, True),
        ],
    )
    def test_the_interface_counts(self, changed: Mapping[str, Any], is_same: bool) -> None:
        parameter = replace(self.of.inputs.parameters["a"], **changed)
        of = component(input_parameters={"a": parameter})
        made = written(pipeline({"train": (of, self.program)}))
        assert ("import TrainOp" in made.text) is is_same

    def test_the_program_and_the_version_count(self) -> None:
        for program in (
            replace(self.program, command=words("run", "x", value("a"))),
            replace(
                self.program, image=parse_text("gcr.io/x/google-cloud-pipeline-components:9.2")
            ),
        ):
            assert "def train(" in one(self.of, program)

    def test_versions_are_not_mixed(self) -> None:
        """Most containers are of another version, which is the one that could be installed."""
        other = replace(self.program, image=parse_text("google-cloud-pipeline-components:9.2"))
        parts = {
            "train": (self.of, self.program),
            "b": (self.of, other),
            "c": (component(), replace(other, command=words("c"))),
        }
        assert "import TrainOp" not in written(pipeline(parts)).text


@pytest.mark.corpus
def test_components_of_google_in_real_pipelines(shared: Path) -> None:
    file = shared / "corpus/v2/gcpc/gcpc-custom-job.yaml"
    made = written(translator.load(file).pipeline)
    assert (
        "from google_cloud_pipeline_components.v1.custom_job import CustomTrainingJobOp"
        in made.text
    )


def wrapper_scripts() -> list[str]:
    """The scripts of all wrappers that are written today."""
    of_v1 = [
        text
        for name, text in vars(shell_wrappers).items()
        if name.isupper() and isinstance(text, str) and "shift" in text and name != "_FILL"
    ]
    return [
        *of_v1,
        *(shell_wrappers._STATUS + shell_wrappers._FILL,),
        *(shell_wrappers._FAILURES + shell_wrappers._FILL,),
        *(mount_wrappers._LINK, mount_wrappers._EMPTY, secret_wrapper.SCRIPT),
        *(config_map_wrapper._SCRIPT, metrics._SCRIPT, executor_input.CONVERT),
    ]


OUT = Placeholder(PlaceholderKind.OUTPUT_FILE, "out")
FILE = Placeholder(PlaceholderKind.OUTPUT_PATH, "file")
GIVEN = Placeholder(PlaceholderKind.INPUT_VALUE, "given")
SECRETS = [
    secret_wrapper.Target("projects/p/secrets/s/versions/1", "TOKEN"),
    secret_wrapper.Target("projects/p/secrets/t/versions/1", "/etc/--", 0o400, optional=True),
]
VALUES = [
    config_map_wrapper.Target("--", "A"),
    config_map_wrapper.Target('q"""\\', "/a/--", 0o644),
]
#: Helper → the beginning of a command, and its call.
WRAPPERS = {
    "write_input": (shell_wrappers.write_input(GIVEN, "/in"), 'given, "/in"'),
    "place_input": (shell_wrappers.place_input(FILE, "/in"), 'file.path, "/in"'),
    "place_optional_input": (
        shell_wrappers.place_input(FILE, "/in", optional=True),
        'file.path, "/in"',
    ),
    "copy_output": (shell_wrappers.copy_output("/out", FILE), '"/out", file.path'),
    "copy_optional_output": (
        shell_wrappers.copy_output("/out", FILE, optional=True),
        '"/out", file.path',
    ),
    "copy_value": (shell_wrappers.copy_value("/out", OUT), '"/out", out'),
    "copy_value_or_default": (
        shell_wrappers.copy_value("/out", OUT, Text(("{}",))),
        '"/out", out, "{}"',
    ),
    "default_value": (shell_wrappers.default_value(OUT, Text((GIVEN, "!"))), 'out, f"{given}!"'),
    "trim_values": (shell_wrappers.trim_values([OUT, FILE]), "out, file.path"),
    "keep_printed": (shell_wrappers.keep_printed(OUT), "out"),
    "run_script": (shell_wrappers.run_script(Text(("exit",))), '"exit"'),
    "change_directory": (shell_wrappers.change_directory(Text(("/a",))), '"/a"'),
    "set_environment": (shell_wrappers.set_environment("A", Text((GIVEN,))), '"A", given'),
    "fill_status": (shell_wrappers.fill_status(GIVEN, "mark"), 'given, "mark"'),
    "fill_failures": (shell_wrappers.fill_failures(GIVEN, "mark"), 'given, "mark"'),
    "mount_volume": (mount_wrappers.link_folder(Text(("gs://b",)), "/m"), 'B_FOLDER, "/m"'),
    "empty_folder": (mount_wrappers.empty_folder("/m"), '"/m"'),
    "fetch_secrets": (secret_wrapper.fetch_secrets(SECRETS), None),
    "write_config_maps": (config_map_wrapper.write_values(VALUES), None),
    "show_metrics": (
        words("sh", "-c", metrics._SCRIPT, metrics.WRAPPER, "print()\n", "{{$}}")
        + words('["outputs", {"metrics": "file"}, {"metrics": "Metrics"}]'),
        '"outputs", {"metrics": "file"}, {"metrics": "metrics"}',
    ),
    "convert_executor_input": (
        words("python3", "-c", executor_input.CONVERT, executor_input.NAME, "[{}, {}]", "1"),
        '"python3", "[{}, {}]", "1"',
    ),
}


class TestWrappers:
    of = component(
        input_parameters={"given": TEXT},
        output_parameters={"out": TEXT},
        output_artifacts={"file": ANY, "Metrics": ANY},
    )

    @pytest.mark.parametrize("helper", WRAPPERS)
    def test_are_calls(self, helper: str, tmp_path: Path) -> None:
        command, call = WRAPPERS[helper]
        program = Container(image=parse_text("a"), command=(*command, *words("run", "--")))
        text = one(self.of, program, KFP_V1)
        assert text.count(f"def {helper}(") == 1 and f"*{helper}(" in text
        assert call is None or f"*{helper}({call})," in text
        assert_compiles_to_itself(self.of, program, tmp_path, KFP_V1)

    def test_a_function_of_v1_is_a_command(self, tmp_path: Path) -> None:
        """Its program names an output of the name of the function, which is another in Python."""
        run = sorted(RUN_SCRIPTS)[0]
        source = (
            "def train(a):\n    open(\"{{$.outputs.artifacts['train'].path}}\").close()\n\n"
            "import argparse\n_parser = argparse.ArgumentParser(prog='Train', description='')\n"
            '_parser.add_argument("--a", dest="a", type=str, required=True, '
            "default=argparse.SUPPRESS)\n_parsed_args = vars(_parser.parse_args())\n\n"
            "_outputs = train(**_parsed_args)\n"
        )
        of = component(input_parameters={"a": TEXT}, output_artifacts={"train": Artifact()})
        for command, wanted in {
            ("sh", "-ec", run, source): "command=v1_command(train))",
            ("sh", "-c", run, source): "v1_program(train)",
            ("sh", "-ec", run): 'command=["sh", "-ec", ',
            ("sh", "-ec"): 'command=["sh", "-ec"])',
        }.items():
            program = Container(image=parse_text("a"), command=words(*command))
            text = one(of, program, KFP_V1)
            assert wanted in text
            file = tmp_path / "pipeline.py"  # from which the source of the function is read
            file.write_text(text, "utf-8")
            linecache.checkcache(str(file))
            scope: dict[str, Any] = {}
            exec(compile(text, str(file), "exec", dont_inherit=True), scope)
            made = scope["train"].component_spec.implementation.container
            renamed = [one.replace("['train'].path", "['train_output'].path") for one in command]
            assert made.command == renamed

    def test_nest(self, tmp_path: Path) -> None:
        both = [WRAPPERS[name][0] for name in ("trim_values", "write_input", "trim_values")]
        command = (*both[0], *both[1], *both[2], *words("run"))
        program = Container(image=parse_text("a"), command=command)
        text = one(self.of, program)
        assert text.count("def trim_values(") == 1 and text.count("*trim_values(") == 2
        assert_compiles_to_itself(self.of, program, tmp_path)

    def test_all_are_known(self) -> None:
        assert {hashed(script) for script in wrapper_scripts()} == SCRIPTS.keys()
        assert hashed(module_text("vertex/show_metrics.py")) == METRICS_PROGRAM

    @pytest.mark.parametrize("helper", WRAPPERS)
    @pytest.mark.parametrize("left", [3, 4, 5])
    def test_a_part_of_one_is_the_authors(self, helper: str, left: int, tmp_path: Path) -> None:
        command, _ = WRAPPERS[helper]
        program = Container(image=parse_text("a"), command=command[:left])
        assert_compiles_to_itself(self.of, program, tmp_path)

    @pytest.mark.parametrize(
        "arguments",
        [("2", "x"), ("x", "y"), ("-1", "y"), ("01", "y"), ("9" * 30, "y"), ("²", "y")],
    )
    def test_other_arguments_are_the_authors(
        self, arguments: tuple[str, ...], tmp_path: Path
    ) -> None:
        command = (*WRAPPERS["trim_values"][0][:4], *words(*arguments))
        program = Container(image=parse_text("a"), command=command)
        assert "def trim_values" not in one(self.of, program)
        assert_compiles_to_itself(self.of, program, tmp_path)

    def test_another_script_of_the_name_is_the_authors(self, tmp_path: Path) -> None:
        command = words("sh", "-c", "echo hello", "trim-values", "1", str(OUT), "run")
        program = Container(image=parse_text("a"), command=command)
        assert "def trim_values" not in one(self.of, program)
        assert_compiles_to_itself(self.of, program, tmp_path)


class TestComparison:
    """Renamed inputs and outputs are no difference where no program reads their names."""

    of = component(
        input_parameters={"Log": TEXT},
        output_artifacts={"Log": ANY, "metrics": ANY},
    )
    metrics_options = '["outputs", {"metrics": "Log"}, {"metrics": "metrics"}]'

    def compared(self, *command: str) -> tuple[str, ...]:
        source = pipeline({"train": (self.of, container(*command))}, KFP_V1)
        task = Task(component="comp-train", parameters={"Log": Constant(value="x")})
        source = replace(source, root=Component(body=Dag(tasks={"train": task})))
        made = written(source)
        definition = made.definitions["comp-train"]
        of, program = renamed(self.of, container(*command), definition)
        other = pipeline({"train": (of, program)})
        task = replace(task, parameters={definition.inputs["Log"]: Constant(value="x")})
        other = replace(other, root=Component(body=Dag(tasks={"train": task})), dialect=KFP_V1)
        return tuple(str(one) for one in compare(source, other, renamed=True).differences)

    def test_an_input_and_an_output_of_one_name(self) -> None:
        assert self.compared("run", value("Log"), "{{$.outputs.artifacts['Log'].path}}") == ()

    def test_names_in_the_options_of_the_wrapper_for_metrics(self) -> None:
        wrapper = ("sh", "-c", metrics._SCRIPT, metrics.WRAPPER, "print()", "{{$}}")
        assert self.compared(*wrapper, self.metrics_options, "run", value("Log")) == ()


class TestImporters:
    def call(self, importer: Importer, **arguments: str) -> str:
        from translator.decompiler.components import importer_call
        from translator.decompiler.definitions import Module
        from translator.decompiler.layout import named, printed

        given_ = {name.replace("_", "-"): named(code) for name, code in arguments.items()}
        return printed(importer_call(Module(), importer, given_))

    def test_is_a_call_of_kfp(self) -> None:
        importer = Importer(uri=RuntimeParameter(name="uri"), artifact=DATA, reimport=True)
        assert self.call(importer, uri="source") == (
            "dsl.importer(artifact_uri=source, artifact_class=dsl.Dataset, reimport=True)"
        )

    def test_a_constant_address(self) -> None:
        importer = Importer(uri=Constant(value="gs://b/o"), artifact=ANY)
        assert self.call(importer) == (
            'dsl.importer(artifact_uri="gs://b/o", artifact_class=dsl.Artifact)'
        )

    def test_values_in_metadata_are_in_the_order_of_their_numbers(self) -> None:
        metadata: dict[str, Json] = {
            "a": [value("metadata-2"), 1],
            "b": "x-" + value("metadata"),
            "c": {value("metadata-10"): None},
            "d": True,
        }
        importer = Importer(uri=Constant(value="u"), artifact=ANY, metadata=metadata)
        call = self.call(importer, metadata="one", metadata_2="two", metadata_10="ten")
        assert "".join(call.split()) == (
            'dsl.importer(artifact_uri="u",artifact_class=dsl.Artifact,metadata={'
            '"d":True,"b":f"x-{one}","a":[two,1],"c":{ten:None}},)'
        )

    def test_stands_for_the_call(self) -> None:
        of = component(input_parameters={"uri": TEXT}, output_artifacts={"artifact": ANY})
        made = written(
            pipeline({"importer": (of, Importer(uri=RuntimeParameter(name="uri"), artifact=ANY))})
        )
        definition = made.definitions["comp-importer"]
        assert definition.function == "dsl.importer" and not definition.code
        assert definition.outputs == {"artifact": "artifact"}


PIECES = st.sampled_from(
    [
        *('"', "'", '"""', "'''", "\\", "\n", "\r", "\t", "{", "}", "{{", "}}", "\0", "\x1b", "é"),
        *("\u2028", "\x85", "\ufeff", "${A}", "$(A)", "{{$}}", "{{$.inputs.parameters['b']}}"),
        *("{{$.inputs.parameters['a']}}", "{{$.outputs.artifacts['o'].path}}", "x", " ", "f'{a}'"),
        *("{{$.inputs.artifacts['i'].metadata['k']}}", "{{$.nope}}", "#", '{"Concat": [', "]}"),
        *("{{$.inputs.parameters['", "']}}", "\\N{BULLET}", "r", "%s", "\U0001f600", "\\\n"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
HOSTILE = component(
    input_parameters={"a": TEXT},
    input_artifacts={"i": ANY},
    output_artifacts={"o": ANY},
)


class TestHostileTexts:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, max_size=3), TEXTS)
    def test_are_compiled_as_they_are(
        self, tmp_path_factory: pytest.TempPathFactory, command: Any, args: Any, image: str
    ) -> None:
        program = container(*command, image=f"i{image}", args=args)
        assert_compiles_to_itself(HOSTILE, program, tmp_path_factory.getbasetemp(), KFP_V1)

    @settings(max_examples=80, deadline=None)
    @given(st.lists(st.sampled_from(["\ud800", "a\udcff", '"', "\n", "\\"]), min_size=1))
    def test_lone_surrogates_are_literals(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        namespace = executed(one(component(), container("run", text)))
        spec = namespace["train"].component_spec.implementation.container
        assert spec.command == ["run", text]

    @settings(max_examples=150, deadline=None)
    @given(TEXTS, TEXTS, TEXTS)
    def test_descriptions_are_read_back_or_reported(
        self, tmp_path_factory: pytest.TempPathFactory, a: str, o: str, summary: str
    ) -> None:
        of = component(
            input_parameters={"a": replace(TEXT, description=a)},
            output_artifacts={"o": replace(ANY, description=o)},
            description=summary,
        )
        made = written(pipeline({"train": (of, container("run"))}))
        got, _ = compiled(executed(made.text)["train"], tmp_path_factory.getbasetemp())
        reported = {finding.facts["name"] for finding in made.findings}
        read = {"a": got.inputs.parameters["a"], "o": got.outputs.artifacts["o"]}
        for name, description in (("a", a), ("o", o)):
            assert name in reported or read[name].description == description

    def test_names_never_become_code(self, tmp_path: Path) -> None:
        name = "x=__import__('os').system('false'))#"
        of = component(input_parameters={name: TEXT}, output_parameters={f"{name}\n": TEXT})
        assert_compiles_to_itself(of, container("run"), tmp_path)


class TestFormat:
    def test_is_what_ruff_leaves(self, tmp_path: Path) -> None:
        of = component(
            description="x" * 120 + " y",
            input_parameters={
                "a": Parameter(type=ParameterType.STRING, optional=True, description="d" * 120),
                "b": Parameter(type=ParameterType.LIST, default=["x" * 60, "y" * 60]),
            },
            output_artifacts={"o" * 90: Artifact(schema_title="google.Other")},
        )
        commands = [
            (*command, *words("run", "a" * 120, "{{$}}")) for command, _ in WRAPPERS.values()
        ]
        parts = {
            f"part-{number}": (of, Container(image=parse_text("a:1"), command=command))
            for number, command in enumerate(commands)
        }
        file = tmp_path / "pipeline.py"
        file.write_text(written(pipeline(parts)).text, "utf-8")
        ruff = [sys.executable, "-m", "ruff"]
        for check in (["check"], ["format", "--check", "--line-length", "100"]):
            done = subprocess.run(
                [*ruff, *check, "--isolated", "--no-cache", str(file)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout


@pytest.mark.corpus
def test_the_ten_tasks_of_the_seed(shared: Path, tmp_path: Path) -> None:
    file = shared / "corpus/v1/seed/pytorch_cifar10.yaml"
    source = translator.load(file).pipeline
    made = written(source)
    namespace = executed(made.text)
    ideal = executed((shared / "design/ideal/seed_pipeline.py").read_text("utf-8"))
    assert len({definition.function for definition in made.definitions.values()}) == 6
    for name, definition in made.definitions.items():
        of = source.components[name]
        assert isinstance(of.body, ExecutorRef)
        executor = source.executors[of.body.label]
        assert isinstance(executor, Container)
        _, program = compiled(namespace[definition.function], tmp_path)
        assert program == renamed(of, executor, definition)[1]
        other = definition.function.removeprefix("kubeflow_").replace(
            "preprocessdata", "preprocess_data"
        )
        _, wanted = compiled(ideal[other], tmp_path)
        assert (program.image, program.command, program.args) == (
            wanted.image,
            wanted.command,
            wanted.args,
        )
