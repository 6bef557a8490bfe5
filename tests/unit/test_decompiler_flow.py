"""Pipelines in the DSL are found again in what kfp compiles them to.

The statements are those of the source but for names of variables and the order of arguments, and
what they compile to is equal.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.unit.decompiling import HEAD, body, compiled, round_trip
from translator.certificate import verified
from translator.decompiler import decompiled
from translator.decompiler.loop_items import WITH_ITEMS
from translator.model import (
    UNSET,
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    Items,
    ParameterType,
    Pipeline,
)
from translator.model.expressions import Selector
from translator.placeholders import parse_text
from translator.records import replace

pytest.importorskip("kfp")

#: Case → the source of the pipeline function, as the decompiler writes it.
CASES = {
    "calls": """
        def p(text: str = "x"):
            say_task = say(text=text)
            say(text=say_task.output)
    """,
    "defaults are left out": """
        def p():
            say()
    """,
    "texts with values": """
        def p(text: str = "x"):
            say_task = say(text=f"{text}!")
            say(text=f"run {dsl.PIPELINE_JOB_NAME_PLACEHOLDER} of {say_task.output} {{text}}")
            say(text=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
    """,
    "texts in lists": """
        def p(text: str = "x"):
            say_task = say()
            join(texts=[text, "b", f"{say_task.output} c"])
    """,
    "after": """
        def p():
            say_task = say()
            say().after(say_task)
    """,
    "artifacts": """
        def p(text: str):
            make_task = make(text=text)
            use(data=make_task.outputs["data"], share=0.25)
    """,
    "an importer": """
        def p(uri: str):
            importer = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset)
            use(data=importer.output)
    """,
    "if": """
        def p(text: str = "x"):
            say_task = say()

            with dsl.If(say_task.output == "yes"):
                say(text=text)
    """,
    "if, elif and else": """
        def p(number: int = 1):
            count_task = count(number=number)

            with dsl.If(count_task.output > 10):
                say(text="many")
            with dsl.Elif(count_task.output == number):
                say(text="one")
            with dsl.Else():
                say(text="few")
    """,
    "one of": """
        def p(flag: bool = True) -> str:
            with dsl.If(flag == True):
                say_task = say(text="a")
            with dsl.Else():
                say_task_2 = say(text="b")
            result = dsl.OneOf(say_task.output, say_task_2.output)

            say(text=result)

            return result
    """,
    "nested conditions": """
        def p(a: str, b: str):
            with dsl.If(a == "1", name="first"):
                say(text="a")

                with dsl.If(b != a):
                    say(text="b")
    """,
    "a loop over literals": """
        def p(text: str = "x"):
            with dsl.ParallelFor([1, 2], parallelism=2) as item:
                count(number=item)
                say(text=text)
    """,
    "a loop without its item": """
        def p():
            with dsl.ParallelFor(["a", "b"]):
                say()
    """,
    "a loop over entries": """
        def p():
            with dsl.ParallelFor([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]) as item:
                say(text=item.a)
                say(text=item.b)
    """,
    "a loop over an input": """
        def p(models: list = DEFAULT_MODELS):
            with dsl.ParallelFor(models) as model:
                say(text=model)
    """,
    "a loop over numbers of an input": """
        def p(numbers: list[int]):
            with dsl.ParallelFor(numbers) as number:
                count(number=number)
    """,
    "loops in loops, and collected outputs": """
        def p() -> list:
            names_task = names()

            with dsl.ParallelFor(names_task.output), dsl.ParallelFor(["x", "y"]) as item:
                say_task = say(text=item)

            join(texts=dsl.Collected(say_task.output))

            return dsl.Collected(say_task.output)
    """,
    "after a loop": """
        def p():
            with dsl.ParallelFor(["a", "b"]):
                say_task = say()

            with dsl.ParallelFor(["c", "d"]):
                say(text="c").after(say_task)
    """,
    "an exit handler": """
        def p(text: str = "x"):
            report_task = report(text=text)

            with dsl.ExitHandler(report_task, name="all of it"):
                say_task = say()
                say(text=say_task.output)
    """,
    "after an exit handler": """
        def p():
            report_task = report()

            with dsl.ExitHandler(report_task) as exit_handler:
                say()

            say(text="end").after(exit_handler)
    """,
    "failures upstream": """
        def p():
            say_task = say()
            report(text="t").after(say_task).ignore_upstream_failure()
    """,
    "settings": """
        def p():
            say().set_display_name("Say it").set_caching_options(False)
            say().set_retry(num_retries=3)
    """,
    "several outputs": """
        def p(text: str) -> POutputs:
            make_task = make(text=text)

            return POutputs(share=make_task.outputs["Output"], data=make_task.outputs["data"])
    """,
    "artifacts as inputs": """
        def p(data: dsl.Input[dsl.Dataset], other: dsl.Input[dsl.Model] = None):
            use(data=data)
    """,
    "optional inputs": """
        def p(share: Optional[float] = None, text: str = ""):
            say(text=text)
    """,
}
OUTPUTS = """
DEFAULT_MODELS = ["a", "b"]

class POutputs(NamedTuple):
    share: float
    data: dsl.Dataset
"""


@pytest.mark.parametrize("case", CASES)
def test_what_kfp_compiles_is_found_again(case: str, tmp_path: Path) -> None:
    function = textwrap.dedent(CASES[case]).strip()
    source = f'{HEAD}\n{OUTPUTS}\n\n@dsl.pipeline(name="p")\n{function}\n'
    found = round_trip(compiled(source, "p", tmp_path), tmp_path)
    statements = textwrap.dedent(function.split("\n", 1)[1])
    assert textwrap.dedent(body(found)) == statements
    assert f'@dsl.pipeline(name="p")\n{function.splitlines()[0]}' in found.text


NESTED = """
@dsl.pipeline
def inner(text: str, number: int = 2) -> str:
    with dsl.ParallelFor([1, 2]) as item:
        count(number=item)
    return say(text=text).output

@dsl.pipeline(name="outer", description="Runs\\nthe other.", pipeline_root="gs://b/r")
def outer(text: str):
    first = inner(text=text)
    inner(text=first.output, number=3)
    with dsl.If(first.output == "a"):
        inner(text="b")
"""


def test_pipelines_in_pipelines(tmp_path: Path) -> None:
    found = round_trip(compiled(HEAD + NESTED, "outer", tmp_path), tmp_path)
    assert found.text.count("def inner(") == 1
    assert (
        textwrap.dedent(body(found))
        == textwrap.dedent("""
        inner_task = inner(text=text)
        inner(number=3, text=inner_task.output)

        with dsl.If(inner_task.output == "a"):
            inner(text="b")
    """).strip()
    )


DESCRIBED = '''
@dsl.pipeline(name="p", display_name="The pipeline", description={description!r})
def p(text: str = "x", number: int = 1) -> str:
    """Summary.

    Args:
        text: What to say:
          it.
    """
    return say(text=text).output
'''


@pytest.mark.parametrize("description", ["One line.", "Two\nlines", ""])
def test_descriptions(description: str, tmp_path: Path) -> None:
    source = HEAD + DESCRIBED.format(description=description)
    if not description:
        source = source.replace("Summary.\n\n    Args:\n        text:", ":param text:")
    pipeline = compiled(source, "p", tmp_path)
    assert pipeline.description == description
    assert pipeline.root.inputs.parameters["text"].description
    round_trip(pipeline, tmp_path)


def test_names_that_kfp_refuses(tmp_path: Path) -> None:
    pipeline = compiled(f"{HEAD}\n@dsl.pipeline(name='p')\ndef p():\n    say()\n", "p", tmp_path)
    pipeline = replace(pipeline, name="namespace/n1/Say it")
    found = round_trip(pipeline, tmp_path)
    assert '@dsl.pipeline(name="namespace-n1-say-it")' in found.text
    assert [one.rule.code for one in found.findings] == ["TR537"]


def test_tasks_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline(name="p")
        def p():
            say(text="1")
            count(number=2)
            with dsl.ParallelFor([3]):
                say(text="4")
                with dsl.If(count(number=5).output == 6):
                    say(text="7")
            say(text="8")
            count(number=9)
    """)
    found = round_trip(compiled(source, "p", tmp_path), tmp_path)
    import re

    numbers = [int(one) for one in re.findall(r"\b\d\b", body(found))]
    calls = [one for one in numbers if one != 3]
    assert [one for one in calls if one in (1, 4, 7, 8)] == [1, 4, 7, 8]
    assert [one for one in calls if one in (2, 5, 9)] == [2, 5, 9]


def test_what_is_written_passes_ruff(tmp_path: Path) -> None:
    import shutil
    import subprocess
    import sys

    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    for number, case in enumerate(CASES):
        function = textwrap.dedent(CASES[case]).strip()
        source = f'{HEAD}\n{OUTPUTS}\n\n@dsl.pipeline(name="p")\n{function}\n'
        found = round_trip(compiled(source, "p", tmp_path), tmp_path)
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / f"a{number}.py").write_text(found.text)
    for command in (["format", "--line-length", "100", "--diff"], ["check"]):
        done = subprocess.run(
            [ruff, *command, "--isolated", "-q", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.returncode) == ("", 0), done.stdout[:3000] + done.stderr


ITEMS = (
    HEAD
    + """
@dsl.pipeline(name="p")
def p(items: list):
    with dsl.ParallelFor(items) as item:
        say(text="x")
        say(text=item.a)
"""
)
NESTED_ITEMS = (
    HEAD
    + """
@dsl.pipeline(name="p")
def p(items: list):
    say_task = say()

    with dsl.If(say_task.output == "yes"), dsl.ParallelFor(items) as item:
        say(text="x")
        say(text=item.a)
"""
)
#: A value comes from the loop, so it cannot be in a pipeline of its own.
COLLECTED_ITEMS = (
    HEAD
    + """
@dsl.pipeline(name="p")
def p(items: list):
    say_task = say()

    with dsl.If(say_task.output == "yes"):
        with dsl.ParallelFor(items) as item:
            x = say(text="x")
            say(text=item.a)
        join(texts=dsl.Collected(x.output))
"""
)


@pytest.mark.parametrize(
    ("source", "text", "helped"),
    [
        (ITEMS, "{}!", True),
        (ITEMS, "a!", False),
        (NESTED_ITEMS, "{}!", True),
        (NESTED_ITEMS, "a!", False),
        (COLLECTED_ITEMS, "a!", True),
    ],
)
def test_items_that_kfp_loses(source: str, text: str, helped: bool, tmp_path: Path) -> None:
    pipeline = compiled(source, "p", tmp_path)
    group = next(one for one in pipeline.components if one.startswith("comp-for-loop"))
    loop = pipeline.components[group]
    assert isinstance(loop.body, Dag)
    # kfp names the input so, which a text refers to.
    name = "pipelinechannel--items-loop-item"
    entry = FromParent(name=name, selector=Selector(path=("a",)))
    text = text.format("{{$.inputs.parameters['pipelinechannel--a']}}")
    label = next(
        one
        for one, task in loop.body.tasks.items()
        if "text" in task.parameters and isinstance(task.parameters["text"], FromParent)
    )
    task = replace(
        loop.body.tasks[label],
        parameters={"text": Constant(value=text), "pipelinechannel--a": entry},
    )
    body = replace(loop.body, tasks={**loop.body.tasks, label: task})
    components = {**pipeline.components, group: replace(loop, body=body)}
    found = round_trip(replace(pipeline, components=components), tmp_path)
    assert ("with_items(" in found.text) is helped


def test_entries_of_constant_items_in_inner_groups(tmp_path: Path) -> None:
    function = """
@dsl.pipeline(name="p")
def p(flag: str = "x"):
    with dsl.ParallelFor([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]) as item:
        say()

        with dsl.If(item.b == "2"):
            with_items(say(text=item.a), item.a)
            say(text="one")

        with dsl.If(flag == "x"):
            with_items(say(text=f"{item.a}!"), item.a)

            with dsl.If(flag != "y"):
                with_items(join(texts=["a"], more=item.b), item.b)
                say(text="two")
"""
    source = HEAD + WITH_ITEMS + "\n" + function
    found = round_trip(compiled(source, "p", tmp_path), tmp_path)
    assert body(found) == function.strip().partition("\n")[2].partition("\n")[2]


def test_conditions_in_inner_groups_on_entries_of_constant_items(tmp_path: Path) -> None:
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline(name="p")
        def p(flag: str = "x"):
            with dsl.ParallelFor([{"a": "1"}, {"a": "3"}]) as item:
                say()
                with dsl.If(flag == "x"):
                    say(text="a")
                    with dsl.If(item.a == "1"):
                        say(text="b")
    """)
    found = decompiled(compiled(source, "p", tmp_path), file="")
    assert [one.rule.code for one in found.findings] == ["TR531"]


def test_dependencies_on_tasks_in_conditions(tmp_path: Path) -> None:
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline(name="p")
        def p(text: str):
            with dsl.If(text == "a"):
                say(text="inner")
            say(text="outer")
    """)
    pipeline = compiled(source, "p", tmp_path)
    assert isinstance(pipeline.root.body, Dag)
    tasks = dict(pipeline.root.body.tasks)
    tasks["say-2"] = replace(tasks["say-2"], depends_on=("condition-1",))
    root = replace(pipeline.root, body=replace(pipeline.root.body, tasks=tasks))
    (found,) = decompiled(replace(pipeline, root=root), file="").findings
    assert found.rule.code == "TR532"
    assert "inside `dsl.If`" in found.message


@pytest.mark.parametrize("key", ["name", "channel_type", "task", "a-b", "1", "__class__"])
def test_keys_of_items_that_kfp_refuses(key: str, tmp_path: Path) -> None:
    source = """
@dsl.pipeline(name="p")
def p():
    with dsl.ParallelFor([{"zz": "a"}, {"name": "b"}]) as item:
        say(text=item.zz)
"""
    pipeline = compiled(HEAD + source, "p", tmp_path)
    assert decompiled(pipeline, file="").findings == ()
    dag = pipeline.root.body
    assert isinstance(dag, Dag)
    ((name, loop),) = dag.tasks.items()
    assert loop.iterator is not None
    iterator = replace(loop.iterator, items=Items(values=({"zz": "a", key: "b"},)))
    changed = replace(dag, tasks={name: replace(loop, iterator=iterator)})
    root = replace(pipeline.root, body=changed)
    found = decompiled(replace(pipeline, root=root), file="").findings
    assert [one.rule.code for one in found] == ["TR533"]


@pytest.mark.parametrize("key", ["import", "None", "class", "value"])
def test_keys_of_items_that_are_no_attributes(key: str, tmp_path: Path) -> None:
    source = f"""
@dsl.pipeline(name="p")
def p():
    with dsl.ParallelFor([{{"{key}": "a"}}]) as item:
        say(text=item.__getattr__("{key}"))
"""
    found = round_trip(compiled(HEAD + source, "p", tmp_path), tmp_path)
    assert f'item.__getattr__("{key}")' in found.text


def test_inputs_without_a_value(tmp_path: Path) -> None:
    source = """
@dsl.pipeline(name="p")
def p():
    count(number=1)
    use(data=make(text="a").outputs["data"])
"""
    pipeline = compiled(HEAD + source, "p", tmp_path)
    dag = pipeline.root.body
    assert isinstance(dag, Dag)
    tasks = {
        name: replace(task, parameters={}, artifacts={}) if name != "make" else task
        for name, task in dag.tasks.items()
    }
    without = replace(pipeline, root=replace(pipeline.root, body=replace(dag, tasks=tasks)))
    found = [(one.rule.code, one.facts["input"]) for one in decompiled(without, file="").findings]
    assert found == [("TR530", "number"), ("TR530", "data")]


@pytest.mark.parametrize("text", ["a\nb: c", "a\rb", "a\u2028b", "a\x85b", "a\x1b"])
def test_defaults_that_kfp_writes_into_comments(text: str, tmp_path: Path) -> None:
    source = """
@dsl.pipeline(name="p")
def p(text: str = "a b ü"):
    say(text=text)
"""
    pipeline = compiled(HEAD + source, "p", tmp_path)
    assert decompiled(pipeline, file="").findings == ()
    inputs = pipeline.root.inputs
    parameters = {"text": replace(inputs.parameters["text"], default=text)}
    root = replace(pipeline.root, inputs=replace(inputs, parameters=parameters))
    changed = replace(pipeline, root=root)
    found = decompiled(changed, file="")
    assert [one.rule.code for one in found.findings] == ["TR540"]
    assert verified(found.files, found.function, changed).identical


def test_inputs_named_self(tmp_path: Path) -> None:
    source = """
@dsl.component(base_image="python:3.11")
def own(self: str):
    print(self)

@dsl.pipeline
def inner(text: str):
    say(text=text)

@dsl.pipeline(name="p")
def p():
    say()
    inner(text="a")
"""
    pipeline = compiled(HEAD + source, "p", tmp_path)
    component = pipeline.components["comp-inner"]
    dag, root = component.body, pipeline.root.body
    assert isinstance(dag, Dag) and isinstance(root, Dag)
    inner = replace(
        component,
        inputs=replace(component.inputs, parameters={"self": component.inputs.parameters["text"]}),
        body=replace(
            dag,
            tasks={
                name: replace(task, parameters={"text": FromParent(name="self")})
                for name, task in dag.tasks.items()
            },
        ),
    )
    task = replace(root.tasks["inner"], parameters={"self": Constant(value="a")})
    changed = replace(
        pipeline,
        root=replace(pipeline.root, body=replace(root, tasks={**root.tasks, "inner": task})),
        components={**pipeline.components, "comp-inner": inner},
    )
    assert '    inner(self_="a")' in round_trip(changed, tmp_path).text
    with_own = HEAD + source.replace('inner(text="a")', 'own(self_="a")').replace(
        "own(self:", "own(self_:"
    )
    pipeline = compiled(with_own.replace("print(self)", "print()"), "p", tmp_path)
    renamed = _with_input_named(pipeline, "comp-own", "own", "self")
    assert [one.rule.code for one in decompiled(renamed, file="").findings] == ["TR530"]


def _with_input_named(pipeline: Pipeline, name: str, task: str, wish: str) -> Pipeline:
    """A component with another name for its input, also in the source of its function."""
    component = pipeline.components[name]
    ((old, parameter),) = component.inputs.parameters.items()
    assert isinstance(component.body, ExecutorRef) and isinstance(pipeline.root.body, Dag)
    label = component.body.label
    container = pipeline.executors[label]
    assert isinstance(container, Container)
    command = tuple(
        parse_text(str(word).replace(f"{old}:", f"{wish}:")) for word in container.command
    )
    tasks = pipeline.root.body.tasks
    called = replace(tasks[task], parameters={wish: tasks[task].parameters[old]})
    body = replace(pipeline.root.body, tasks={**tasks, task: called})
    inputs = replace(component.inputs, parameters={wish: parameter})
    return replace(
        pipeline,
        root=replace(pipeline.root, body=body),
        components={**pipeline.components, name: replace(component, inputs=inputs)},
        executors={**pipeline.executors, label: replace(container, command=command)},
    )


def test_the_items_of_a_list_of_a_container(tmp_path: Path) -> None:
    source = HEAD + textwrap.dedent("""
        @dsl.container_component
        def rows(found: dsl.OutputPath(list[dict[str, str]])):
            return dsl.ContainerSpec(image="alpine", args=[found])

        @dsl.pipeline(name="p")
        def p():
            rows_task = rows()

            with dsl.ParallelFor(rows_task.output) as item:
                say(text=item.a)
    """)
    found = round_trip(compiled(source, "p", tmp_path), tmp_path)
    assert "found: dsl.OutputPath(list[dict[str, str]])" in found.text


def test_a_function_whose_component_lacks_its_status(tmp_path: Path) -> None:
    """kfp 1.8 leaves the input out; kfp 2 refuses such a function outside of exit tasks."""
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline(name="p")
        def p():
            report_task = report()
            with dsl.ExitHandler(report_task):
                say()
    """)
    pipeline = compiled(source, "p", tmp_path)
    component = pipeline.components["comp-report"]
    parameters = dict(component.inputs.parameters)
    del parameters["status"]
    component = replace(component, inputs=replace(component.inputs, parameters=parameters))
    assert isinstance(pipeline.root.body, Dag)
    task = replace(pipeline.root.body.tasks["report"], trigger=None, depends_on=(), parameters={})
    root = replace(pipeline.root, body=replace(pipeline.root.body, tasks={"report": task}))
    changed = replace(pipeline, root=root, components={"comp-report": component})
    found = round_trip(changed, tmp_path)
    assert "@dsl.container_component\ndef report(text: str" in found.text


@pytest.mark.parametrize("looped", ["text", "say_list_task.output"])
def test_a_loop_over_a_text(looped: str, tmp_path: Path) -> None:
    """KFP v1 loops over any text; a value that is also used as a text has to stay one."""
    source = HEAD + textwrap.dedent(f"""
        @dsl.component(base_image="python:3.11")
        def say_list(text: list = []) -> list:
            return text

        @dsl.pipeline(name="p")
        def p(text: list = ["a"]):
            say_list_task = say_list(text=text)

            with dsl.ParallelFor({looped}, parallelism=2) as item:
                say(text=item)
    """)
    pipeline = compiled(source, "p", tmp_path)
    pipeline = as_texts(pipeline)
    found = round_trip(pipeline, tmp_path)
    assert f"with parallel_for_text({looped}, parallelism=2) as item:" in body(found)


def as_texts(pipeline: Pipeline) -> Pipeline:
    """The pipeline with texts for lists, run by containers that are no functions."""

    def typed(one: Component) -> Component:
        sides = [
            replace(
                side,
                parameters={
                    name: replace(port, type=ParameterType.STRING, default=UNSET, optional=False)
                    for name, port in side.parameters.items()
                },
            )
            for side in (one.inputs, one.outputs)
        ]
        return replace(one, inputs=sides[0], outputs=sides[1])

    plain = parse_text("alpine")
    return replace(
        pipeline,
        root=typed(pipeline.root),
        components={name: typed(one) for name, one in pipeline.components.items()},
        executors={
            label: replace(one, command=(plain,), args=())
            for label, one in pipeline.executors.items()
            if isinstance(one, Container)
        },
    )


def test_keys_of_several_lines(tmp_path: Path) -> None:
    source = """
@dsl.component(base_image="python:3.11")
def own(data: dict):
    print(data)

@dsl.pipeline(name="p")
def p(text: str):
    own(data={"first line of a key\\nsecond line of a long key\\nthird": "a", "b": [text]})
"""
    found = round_trip(compiled(HEAD + source.replace("[text]", "['b']"), "p", tmp_path), tmp_path)
    assert "second line of a long key" in found.text


def test_keys_of_several_lines_in_metadata(tmp_path: Path) -> None:
    source = """
@dsl.pipeline(name="p")
def p(text: str):
    importer = dsl.importer(
        artifact_uri=text,
        artifact_class=dsl.Dataset,
        metadata={"first line of a key\\\\nsecond line of a long key\\\\nthird": "a"},
    )
    use(data=importer.output)
"""
    found = round_trip(compiled(HEAD + source, "p", tmp_path), tmp_path)
    assert "second line of a long key" in found.text


def test_groups_that_lose_values_are_pipelines_of_their_own(tmp_path: Path) -> None:
    """Nothing takes the item of the inner loop, whose list kfp then does not hand on."""
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline
        def inner(rows: list):
            with dsl.ParallelFor(rows):
                say(text="a")

        @dsl.pipeline(name="p")
        def p(rows: list):
            with dsl.ParallelFor(["1", "2"]):
                inner(rows=rows)
    """)
    pipeline = compiled(source, "p", tmp_path)
    outer, nested = (pipeline.components[f"comp-{one}"] for one in ("for-loop-2", "inner"))
    assert isinstance(outer.body, Dag) and isinstance(nested.body, Dag)
    (call,), ((name, loop),) = outer.body.tasks.values(), nested.body.tasks.items()
    given = dict(zip(loop.parameters, call.parameters.values(), strict=True))
    body = replace(outer.body, tasks={name: replace(loop, parameters=given)})
    components = {**pipeline.components, "comp-for-loop-2": replace(outer, body=body)}
    del components["comp-inner"]
    found = round_trip(replace(pipeline, components=components), tmp_path)
    assert found.text.count("@dsl.pipeline") == 2


@pytest.mark.parametrize(
    ("task", "function"),
    [("for-loop-5", "loop_5"), ("condition", "branch"), ("exit-handler-1", "exit_1")],
)
def test_pipelines_named_as_groups(task: str, function: str, tmp_path: Path) -> None:
    """kfp takes the dependencies of a task for those of a group of the same name."""
    source = HEAD + textwrap.dedent("""
        @dsl.pipeline
        def inner(text: str):
            say(text=text)

        @dsl.pipeline(name="p")
        def p():
            inner(text="x")
    """)
    pipeline = compiled(source, "p", tmp_path)
    assert isinstance(pipeline.root.body, Dag)
    (call,) = pipeline.root.body.tasks.values()
    root = replace(pipeline.root, body=Dag(tasks={task: replace(call, display_name=task)}))
    found = round_trip(replace(pipeline, root=root), tmp_path)
    assert f"    {function}(text=" in found.text


def test_allowed_values_of_an_input_of_the_pipeline_are_reported(tmp_path: Path) -> None:
    source = "@dsl.pipeline(name='p')\ndef p(text: str):\n    say(text=text)\n"
    given = compiled(HEAD + source, "p", tmp_path)
    inputs = given.root.inputs
    text = replace(inputs.parameters["text"], literals=("a", "b"))
    root = replace(given.root, inputs=replace(inputs, parameters={"text": text}))
    found = decompiled(replace(given, root=root), file="a.yaml").findings
    assert [finding.rule.code for finding in found] == ["TR524"]
    assert "`text`" in found[0].message
