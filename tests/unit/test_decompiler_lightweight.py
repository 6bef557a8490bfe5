"""``@dsl.component`` functions from the containers that kfp made of them."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.decompiler.choices import Choices
from translator.decompiler.components.bootstrap import Pip, bootstrap
from translator.decompiler.components.function_types import with_function_types
from translator.decompiler.components.lightweight import definition, repeated_packages
from translator.decompiler.definitions import Definition, Module
from translator.model import (
    KFP_V1,
    OLDER_SCHEMA,
    SCHEMA,
    UNSET,
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    DagOutput,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.writers.executor_input import with_converted_input

HEADER = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n"
OLDER_HEADER = HEADER.replace("kfp import dsl", "kfp.v2 import dsl").replace(
    "kfp.dsl", "kfp.v2.dsl"
)
CHECK = (
    '\nif ! [ -x "$(command -v pip)" ]; then\n'
    "    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip\nfi\n\n"
    'PIP_DISABLE_PIP_VERSION_CHECK=1 {} && "$0" "$@"\n'
)
INSTALL = "python3 -m pip install --quiet --no-warn-script-location "
OLDER_INSTALL = "python3 -m pip install --quiet     --no-warn-script-location "
TYPING = "'typing-extensions>=3.7.4,<5; python_version<\"3.9\"'"
OWN_KFP = f"{INSTALL}'kfp==2.14.3' '--no-deps' {TYPING}"
VENV = (
    '\nexport PIP_DISABLE_PIP_VERSION_CHECK=1\ntmp=$(mktemp -d)\npython3 -m venv "$tmp/venv" '
    '--system-site-packages\n. "$tmp/venv/bin/activate"\n'
)
RUN = (
    'program_path=$(mktemp -d)\n\nprintf "%s" "$0" > "$program_path/ephemeral_component.py"\n'
    "_KFP_RUNTIME=true python3 -m kfp.dsl.executor_main                         "
    "--component_module_path                         "
    '"$program_path/ephemeral_component.py"                         "$@"\n'
)
STRING = Parameter(type=ParameterType.STRING)
ADD = "def add(a: int, b: int = 2) -> int:\n    return a+b\n"
ADDED = Component(
    body=ExecutorRef(label="exec-add"),
    inputs=Interface(
        parameters={
            "a": Parameter(type=ParameterType.NUMBER_INTEGER),
            "b": Parameter(type=ParameterType.NUMBER_INTEGER, optional=True, default=2.0),
        }
    ),
    outputs=Interface(parameters={"Output": Parameter(type=ParameterType.NUMBER_INTEGER)}),
)


def container(
    source: str,
    pip: str = OWN_KFP,
    *,
    run: str = RUN,
    image: str = "python:3.11",
    header: str = HEADER,
) -> Container:
    name = source.rpartition("\ndef ")[2].removeprefix("def ").partition("(")[0]
    before = ["sh", "-c", CHECK.format(pip)] if pip else []
    command = [*before, "sh", "-ec", run, f"{header}\n{source}\n"]
    args = ["--executor_input", "{{$}}", "--function_to_execute", name]
    return Container(
        image=parse_text(image),
        command=tuple(map(parse_text, command)),
        args=tuple(map(parse_text, args)),
    )


def component(
    inputs: dict[str, Parameter | Artifact], outputs: dict[str, Parameter | Artifact] | None = None
) -> Component:
    def interface(ports: dict[str, Parameter | Artifact]) -> Interface:
        return Interface(
            parameters={name: one for name, one in ports.items() if isinstance(one, Parameter)},
            artifacts={name: one for name, one in ports.items() if isinstance(one, Artifact)},
        )

    body = ExecutorRef(label="exec-f")
    return Component(body=body, inputs=interface(inputs), outputs=interface(outputs or {}))


def written(
    given: Component, run: Container, *, pin_kfp: bool = False
) -> tuple[Definition | None, str, list[str]]:
    """The definition, pipeline.py with it, and the codes and messages of the findings."""
    module = Module(choices=Choices(pin_kfp=pin_kfp))
    found = definition(module, "comp-f", given, run)
    if found is not None:
        module.define(found)
    told = [f"{one.rule.code} {one.message}" for one in module.findings]
    return found, module.text('"""Doc."""'), told


def test_the_source_is_as_it_was() -> None:
    found, text, told = written(ADDED, container(ADD))
    assert found is not None and not told
    assert found.function == "add"
    assert (found.inputs, found.outputs) == ({"a": "a", "b": "b"}, {"Output": "Output"})
    assert text == (
        '"""Doc."""\n\n'
        "# Containers run the text of these functions: a change of it changes the pipeline.\n"
        "# ruff: noqa\n\nfrom kfp import dsl\n\n\n# fmt: off\n"
        f'@dsl.component(base_image="python:3.11")\n{ADD}# fmt: on\n'
    )


INDEX = "--index-url https://a/s --extra-index-url https://b/s "


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", Pip()),
        (OWN_KFP, Pip(own_kfp="kfp==2.14.3")),
        (f"{INSTALL}'a' 'b>1'  &&  {OWN_KFP}", Pip(packages=("a", "b>1"), own_kfp="kfp==2.14.3")),
        (f"{OWN_KFP}  &&  {INSTALL}'a'", Pip(packages=("a",), own_kfp="kfp==2.14.3")),
        (f"{VENV} {OWN_KFP}", Pip(own_kfp="kfp==2.14.3", venv=True)),
        (
            f"{INSTALL}'a'  &&  {VENV} {OWN_KFP}",
            Pip(packages=("a",), own_kfp="kfp==2.14.3", venv=True),
        ),
        (f"{INSTALL}'a'", Pip(packages=("a",))),
        (f"{INSTALL}'kfp==2.1'", Pip(packages=("kfp==2.1",))),
        (
            f"""{INSTALL}"x; python_version<'3.9'" """.strip(),
            Pip(packages=("x; python_version<'3.9'",)),
        ),
        (
            f"{INSTALL}'git+https://github.com/kubeflow/pipelines'",
            Pip(kfp_package_path="git+https://github.com/kubeflow/pipelines"),
        ),
        (
            f"{INSTALL}'a'  &&  {INSTALL}'kfp==2.1'",
            Pip(packages=("a",), kfp_package_path="kfp==2.1"),
        ),
        (f"{OLDER_INSTALL}'a' 'kfp==1.8.9'", Pip(packages=("a",), own_kfp="kfp==1.8.9")),
        (
            f"{INSTALL}{INDEX}--trusted-host https://a/s --trusted-host https://b/s 'a'",
            Pip(packages=("a",), index_urls=("https://a/s", "https://b/s")),
        ),
        (
            f"{INSTALL}{INDEX}--trusted-host a 'a'",
            Pip(packages=("a",), index_urls=("https://a/s", "https://b/s"), trusted_hosts=("a",)),
        ),
        (
            f"{INSTALL}{INDEX}'a'",
            Pip(packages=("a",), index_urls=("https://a/s", "https://b/s"), trusted_hosts=()),
        ),
    ],
)
def test_what_is_installed(script: str, expected: Pip) -> None:
    found = bootstrap(container(ADD, script))
    assert found is not None and found.pip == expected


@pytest.mark.parametrize(
    "script",
    [
        f"{INSTALL}'a'; rm -r /",
        f"{INSTALL}'a' && curl x | sh",
        f"{INSTALL}--target /x 'a'",
        f"{INSTALL}'a'  &&  {INSTALL}'b'  &&  {OWN_KFP}",
        f"{VENV} {OWN_KFP}  &&  {INSTALL}'a'",
        f"{INSTALL}--index-url https://a/s 'a'  &&  {OWN_KFP}",
        f"{INSTALL}'a''b'",
    ],
)
def test_another_script_is_no_bootstrap(script: str) -> None:
    """Its container is written as it is: kfp would write another script."""
    assert bootstrap(container(ADD, script)) is None
    assert written(ADDED, container(ADD, script))[0] is None


def test_what_is_not_the_default_is_an_argument() -> None:
    script = f"{INSTALL}{INDEX}'a'  &&  {VENV} {INSTALL}{INDEX}'kfp==2.14.3' '--no-deps' {TYPING}"
    _, text, _ = written(ADDED, container(ADD, script))
    assert (
        "\n".join(
            [
                "@dsl.component(",
                '    base_image="python:3.11",',
                '    packages_to_install=["a"],',
                '    pip_index_urls=["https://a/s", "https://b/s"],',
                "    pip_trusted_hosts=[],",
                "    use_venv=True,",
                ")",
            ]
        )
        in text
    )
    _, text, _ = written(ADDED, container(ADD, ""))
    assert '@dsl.component(base_image="python:3.11", install_kfp_package=False)' in text


def test_an_image_with_a_placeholder() -> None:
    for image, is_written in (("a/{{$.x}}", True), ("{{$.inputs.parameters['a']}}", False)):
        found, text, _ = written(ADDED, container(ADD, image=image))
        assert found is not None
        assert ("base_image=" in text) is is_written


def test_packages_of_several_functions_are_a_constant() -> None:
    one = container(ADD, f"{INSTALL}'pandas'  &&  {OWN_KFP}")
    two = container(ADD.replace("add", "sum_of"), f"{INSTALL}'pandas'  &&  {OWN_KFP}")
    assert repeated_packages([one]) == frozenset()
    repeated = repeated_packages([one, two])
    module = Module()
    for run in (one, two):
        found = definition(module, "comp-f", ADDED, run, repeated)
        assert found is not None
        module.define(found)
    text = module.text('"""Doc."""')
    assert 'PACKAGES = ["pandas"]' in text
    assert text.count("packages_to_install=PACKAGES") == 2


DATASET = Artifact(schema_title="system.Dataset", schema_version="0.0.1")
MODEL = Artifact(schema_title="system.Model", schema_version="0.0.1")


def of(kind: str, default: Json = None, *, optional: bool = False) -> Parameter:
    given = UNSET if default is None else default
    return Parameter(type=ParameterType[kind], optional=optional, default=given)


@pytest.mark.parametrize(
    ("signature", "inputs", "outputs", "imports"),
    [
        ("()", {}, {}, ""),
        ("(a: str = 'x', b: Optional[float] = None)",
         {"a": of("STRING", "x", optional=True), "b": of("NUMBER_DOUBLE", optional=True)}, {},
         "from typing import Optional"),
        ("(a: List[Dict[str, Any]], b: dict = {'k': [1, None]})",
         {"a": of("LIST"), "b": of("STRUCT", {"k": [1, None]}, optional=True)}, {},
         "from typing import Any, Dict, List"),
        ("(a: Input[Dataset], b: dsl.Output[dsl.Model])", {"a": DATASET}, {"b": MODEL},
         "from kfp.dsl import Dataset, Input"),
        ("(a: InputPath('Dataset'), b: OutputPath(Model), c: OutputPath(List[int]))",
         {"a": DATASET}, {"b": MODEL, "c": of("LIST")}, "from kfp.dsl import InputPath, Model"),
        ("(a: Input[List[Dataset]], b: list[Dataset], c: Optional[Input[Model]] = None)",
         {"a": replace(DATASET, is_list=True), "b": replace(DATASET, is_list=True),
          "c": replace(MODEL, optional=True)}, {}, "from typing import List"),
        ("(status: PipelineTaskFinalStatus, config: dsl.TaskConfig, x: dsl.EmbeddedInput[Model])",
         {"status": of("TASK_FINAL_STATUS", optional=True),
          "config": of("TASK_CONFIG", optional=True)}, {}, "PipelineTaskFinalStatus"),
        ("() -> NamedTuple('Outputs', [('a', int), ('b', Model)])", {},
         {"a": of("NUMBER_INTEGER"), "b": MODEL}, "from typing import NamedTuple"),
        ("() -> NamedTuple('Outputs', a=bool)", {}, {"a": of("BOOLEAN")}, "NamedTuple"),
        ("() -> Dataset", {}, {"Output": DATASET}, "from kfp.dsl import Dataset"),
        ("() -> None", {}, {}, ""),
    ],
)  # fmt: skip
def test_inputs_and_outputs(
    signature: str,
    inputs: dict[str, Parameter | Artifact],
    outputs: dict[str, Parameter | Artifact],
    imports: str,
) -> None:
    source = f"def f{signature}:\n    pass\n"
    found, text, told = written(component(inputs, outputs), container(source))
    assert found is not None, told
    assert imports in text
    ast.parse(text)
    for name, other in {**inputs, **outputs}.items():
        wrong = STRING if isinstance(other, Artifact) else DATASET
        changed = (
            component({**inputs, name: wrong}, outputs)
            if name in inputs
            else component(inputs, {**outputs, name: wrong})
        )
        assert written(changed, container(source))[0] is None


@pytest.mark.parametrize(
    ("source", "inputs", "reason"),
    [
        ("def f(a: str): pass\n", {}, "the function has an input `a`, the component has not"),
        ("def f(): pass\n", {"a": STRING}, "the component has an input `a`, the function has not"),
        ("def f(a: int): pass\n", {"a": STRING}, "the type of its input `a` differs"),
        ("def f(a: str = 'x'): pass\n", {"a": of("STRING", "y")}, "the default of its input `a`"),
        ("def f(a: Input[Model]): pass\n", {"a": DATASET}, "the type of its input `a` differs"),
        ("def f(a: Input[Model]): pass\n", {"a": STRING}, "the kind of its input `a` differs"),
        ("def f(a): pass\n", {"a": STRING}, "its parameter `a` has no type"),
        ("def f(a: Mine): pass\n", {"a": STRING}, "its annotation `Mine` is not one of kfp"),
        ("def f(a: str = open('x')): pass\n", {"a": STRING}, "its default `open('x')` is not"),
        ("def f(a: str) -> int: pass\n", {"a": STRING}, "have the output `Output`"),
        ("import os\ndef f(a: str): pass\n", {"a": STRING}, "its program has `import os`"),
        ("from antigravity import Model\ndef f(): pass\n", {}, "`from antigravity import Model`"),
        ("X = 'H4sI'\ndef f(): pass\n", {}, "it has an embedded file or notebook"),
        ("print(1)\ndef f(): pass\n", {}, "its source is not one function"),
        ("def f(): pass\nprint(1)\n", {}, "its source is not one function"),
        ("def f(: pass\n", {}, "its source is not valid Python"),
        ("def f(): pass\n\n\ndef f(): pass\n", {}, "two functions of one name"),
        ("def g(x: int[str]): pass\n\n\ndef f(): pass\n", {}, "its annotation `str` is not"),
        # Names that the definition itself needs, where the function is inside another one.
        ("def dsl(): pass\n", {}, "its definition needs another `dsl`"),
        ("def str(a: str): pass\n", {"a": STRING}, "its definition needs another `str`"),
        # A tab goes to the next eighth column, which is another one four spaces further right.
        (
            "def print(a: str):\n    \tif a:\n         b = 1\n",
            {"a": STRING},
            "its source is not valid inside another function",
        ),
    ],
)
def test_others_stay_containers(
    source: str, inputs: dict[str, Parameter | Artifact], reason: str
) -> None:
    found, text, (told,) = written(component(inputs), container(source))
    assert found is None
    assert told.startswith("TR433 ") and reason in told, told
    assert source not in text


OLDER_RUN = RUN.replace("_KFP_RUNTIME=true ", "").replace("kfp.dsl", "kfp.v2.components")


def test_a_program_for_another_kfp() -> None:
    body = "def f():\n    from kfp.v2.dsl import *\n"
    _, _, told = written(component({}), container(body, header=OLDER_HEADER))
    assert "it uses modules that kfp 2 does not have" in told[0]
    plain = container("def f(a: str):\n    pass\n", header=OLDER_HEADER, run=OLDER_RUN)
    found, _, (told_,) = written(component({"a": STRING}), plain)
    assert found is not None and told_.startswith("TR439 ")


def test_the_wrapper_for_kfp_1_is_passed_over() -> None:
    """A pipeline for a target has it already; the executor of kfp 2 reads the executor input."""
    plain = container("def f(a: str):\n    pass\n", header=OLDER_HEADER, run=OLDER_RUN)
    pipeline = Pipeline(
        name="p",
        root=Component(body=Dag(tasks={})),
        components={"comp-f": component({"a": STRING})},
        executors={"exec-f": plain},
    )
    wrapped = with_converted_input(pipeline).executors["exec-f"]
    assert isinstance(wrapped, Container) and len(wrapped.command) > len(plain.command)
    assert bootstrap(wrapped) == bootstrap(plain)


TYPED = (
    "def f(flag: bool, names: list, text: str) -> dict:\n    return {'a': flag}\n",
    "def g(a: dict) -> bool:\n    return bool(a)\n",
)


def of_schema_2_0_0(values: dict[str, Json], *, others: str = "f") -> Pipeline:
    """A pipeline of two functions, whose values are all texts."""
    first, second = (container(one, header=OLDER_HEADER, run=OLDER_RUN) for one in TYPED)
    texts = dict.fromkeys(("flag", "names", "text"), STRING)
    tasks = {
        "f": Task(
            component="comp-f",
            parameters={
                "flag": FromParent(name="flag"),
                "names": Constant(value=values["names"]),
                "text": Constant(value="[1]"),
            },
        ),
        "g": Task(component="comp-g", parameters={"a": FromTask(task=others, output="Output")}),
    }
    root = component({"flag": replace(STRING, default=values["flag"])}, {"out": STRING})
    output = DagOutput(sources=(FromTask(task="g", output="Output"),))
    return Pipeline(
        name="p",
        root=replace(root, body=Dag(tasks=tasks, parameter_outputs={"out": output})),
        components={
            "comp-f": component({**texts}, {"Output": STRING}),
            "comp-g": replace(
                component({"a": STRING}, {"Output": STRING}), body=ExecutorRef(label="exec-g")
            ),
        },
        executors={"exec-f": first, "exec-g": second},
        schema_version=OLDER_SCHEMA,
    )


def test_types_that_schema_2_0_0_does_not_have() -> None:
    given = of_schema_2_0_0({"flag": "True", "names": "[1, 2]"})
    # For Kubeflow its schema is raised before.
    assert with_function_types(replace(given, schema_version=SCHEMA)).root == (
        with_function_types(given).root
    )
    found = with_function_types(given)
    flag = found.root.inputs.parameters["flag"]
    assert (flag.type, flag.default) == (ParameterType.BOOLEAN, True)
    assert found.root.outputs.parameters["out"].type is ParameterType.BOOLEAN
    assert isinstance(found.root.body, Dag)
    assert found.root.body.tasks["f"].parameters["names"] == Constant(value=[1, 2])
    assert found.root.body.tasks["f"].parameters["text"] == Constant(value="[1]")
    for name, source in zip(("comp-f", "comp-g"), TYPED, strict=True):
        executor = given.executors[name.replace("comp", "exec")]
        assert isinstance(executor, Container)
        assert written(found.components[name], executor)[0] is not None, source
        assert written(given.components[name], executor)[0] is None


@pytest.mark.parametrize(
    ("flag", "names", "others", "stays"),
    [
        ("maybe", "[1]", "f", "f"),
        ("true", "{}", "f", "f"),
        ("true", "1, 2", "f", "f"),
        ("true", "[1]", "g", "g"),
    ],
)
def test_values_of_other_types_stay_texts(flag: str, names: str, others: str, stays: str) -> None:
    """Then their function stays a container, and others do not."""
    given = of_schema_2_0_0({"flag": flag, "names": names}, others=others)
    found = with_function_types(given)
    changed = {
        name
        for name in ("f", "g")
        if found.components[f"comp-{name}"].inputs != given.components[f"comp-{name}"].inputs
    }
    assert changed == {"f", "g"} - {stays}
    workflow = replace(of_schema_2_0_0({"flag": "true", "names": "[]"}), dialect=KFP_V1)
    assert with_function_types(workflow) is workflow


def test_a_source_that_does_not_end_as_kfp_ends_it_stays_a_container() -> None:
    for source in ("def f(): pass", "# text\ndef f(): pass\n", "def f(): pass\n\n# text\n"):
        found, _, told = written(component({}), container(source))
        assert found is None and told[0].startswith("TR433 "), source


def test_helper_functions_are_functions() -> None:
    helper = "def helper(x: Mapping = None):\n    return x\n"
    _, text, _ = written(ADDED, container(f"{helper}\n\n{ADD}"))
    assert f"# fmt: off\n{helper}# fmt: on\n\n\n# fmt: off\n" in text
    assert '@dsl.component(base_image="python:3.11", additional_funcs=[helper])' in text
    evil = helper.replace("None", "print()")
    assert written(ADDED, container(f"{evil}\n\n{ADD}"))[0] is None


def test_images_with_an_old_python() -> None:
    """kfp 2.17 cannot be installed in them: the version of the file can, if it is one of kfp 2."""
    old = container(ADD, image="python:3.8-slim")
    _, text, (told,) = written(ADDED, old)
    assert 'kfp_package_path="kfp==2.14.3"' in text and told.startswith("TR435 ")
    older = container(ADD, f"{OLDER_INSTALL}'kfp==1.8.9'", run=OLDER_RUN, image="python:3.7")
    _, text, (told, executor) = written(ADDED, older)
    assert "kfp_package_path" not in text and told.startswith("TR434 ")
    assert executor.startswith("TR439 ")
    for image in ("python:3.9", "python:3.10-slim", "mirror.example/python:3.7", "python"):
        assert written(ADDED, container(ADD, image=image))[2] == []


def test_every_function_can_keep_its_version_of_kfp() -> None:
    _, text, told = written(ADDED, container(ADD), pin_kfp=True)
    assert 'kfp_package_path="kfp==2.14.3"' in text and not told
    chosen = container(ADD, f"{INSTALL}'a'  &&  {INSTALL}'kfp @ file:x'", image="python:3.8")
    _, text, told = written(ADDED, chosen, pin_kfp=True)
    assert 'kfp_package_path="kfp @ file:x"' in text and not told
    # The executor of kfp 2.0 is in another module than that of 2.17, which the command starts.
    run = RUN.replace("_KFP_RUNTIME=true ", "").replace("kfp.dsl", "kfp.components")
    before = container(ADD, f"{OLDER_INSTALL}'kfp==2.0.1'", run=run, image="python:3.8")
    _, text, told = written(ADDED, before, pin_kfp=True)
    assert "kfp_package_path" not in text
    assert [one[:5] for one in told] == ["TR434", "TR439"]


def test_descriptions_left_out() -> None:
    described = Parameter(type=ParameterType.STRING, description="the   name\nof it")
    docstring = '"""Does.\n\n    Args:\n        a: the name of\n            it\n    """'
    source = f"def f(a: str):\n    {docstring}\n"
    assert written(component({"a": described}), container(source))[2] == []
    (told,) = written(component({"a": described}), container("def f(a: str): pass\n"))[2]
    assert told.startswith("TR438 ")


def test_passthroughs() -> None:
    def text_of(*passed: Json) -> str:
        given = replace(ADDED, config_passthroughs=passed)
        return written(given, container(ADD))[1]

    text = text_of({"field": "ENV", "applyToTask": True}, {"field": "RESOURCES"})
    assert "dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.ENV, apply_to_task=True)" in text
    assert "dsl.TaskConfigField.RESOURCES" in text
    assert "def add" not in text_of({"field": "NEW"})


def test_names_of_the_body_are_imported() -> None:
    source = "def f():\n    x: Dict = dsl.get_uri()\n    kfp, y = Metrics, x\n"
    _, text, _ = written(component({}), container(source))
    assert "from kfp.dsl import Metrics\n" in text and "import kfp\n" not in text


WORDS = st.text(
    st.characters(
        blacklist_categories=("Cs",), blacklist_characters=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
    ),
    min_size=1,
    max_size=12,
)


@given(
    st.lists(st.text(max_size=12), min_size=1, max_size=3),
    st.lists(WORDS, max_size=2),
    st.text(max_size=12),
)
@example(["a'); import os; x = ('"], ["https://a"], 'python:3.11"\nimport os\n')
@example(['"""', "\\", "'"], [], "{{$.x}}")
def test_arguments_of_the_decorator_are_literals(
    packages: list[str], urls: list[str], image: str
) -> None:
    """Whatever they contain, they are these values, or the component stays a container."""
    options = "".join([f"--extra-index-url {url} " for url in urls[1:]])
    options = f"--index-url {urls[0]} {options}--trusted-host h " if urls else ""
    run = container(ADD, f"{INSTALL}{options}{' '.join(map(repr, packages))}", image=image)
    found, text, _ = written(ADDED, run)
    tree = ast.parse(text)
    if found is None:
        assert "def add" not in text
        return
    assert [type(one).__name__ for one in tree.body] == ["Expr", "ImportFrom", "FunctionDef"]
    assert isinstance(tree.body[2], ast.FunctionDef)
    (decorator,) = tree.body[2].decorator_list
    assert isinstance(decorator, ast.Call)
    values = {one.arg: ast.literal_eval(one.value) for one in decorator.keywords}
    assert values.get("base_image", image) == image
    assert values.get("pip_index_urls", []) == urls
    assert values.get("packages_to_install", packages) == packages
