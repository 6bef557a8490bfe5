"""The value of an input is followed outwards to what gives it."""

from __future__ import annotations

from translator.model import UNSET as NO_DEFAULT
from translator.model import (
    Artifact,
    Component,
    Constant,
    Dag,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Items,
    Iterator,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Task,
    Unset,
)
from translator.model.expressions import Selector
from translator.upstream import End, Upstream

SAY = Component(body=ExecutorRef(label="exec-say"))


def text(default: Json | Unset = NO_DEFAULT) -> Parameter:
    return Parameter(type=ParameterType.STRING, default=default)


def group(*names: str, **tasks: Task) -> Component:
    return Component(body=Dag(tasks=tasks), inputs=Interface(parameters={n: text() for n in names}))


def pipeline_of(components: dict[str, Component], inputs: Interface, **tasks: Task) -> Pipeline:
    root = Component(body=Dag(tasks=tasks), inputs=inputs)
    return Pipeline(name="p", root=root, components={"comp-say": SAY, **components}, executors={})


def sources(ends: list[End]) -> list[object]:
    return [end.source for end in ends]


X = FromParent(name="x")
NOTHING = Interface()


def test_an_input_of_the_pipeline() -> None:
    declared = text("a")
    one = Upstream(pipeline_of({}, Interface(parameters={"x": declared})))
    (end,) = one.ends("root", X)
    assert end.source is declared and (end.holder, end.name) == ("root", "x")


def test_an_input_that_is_not_there() -> None:
    assert sources(Upstream(pipeline_of({}, NOTHING)).ends("root", X)) == [None]


def test_constants_of_all_tasks_that_run_the_dag() -> None:
    tasks = {
        name: Task(component="comp-group", parameters={"x": Constant(value=name)}) for name in "ab"
    }
    one = Upstream(pipeline_of({"comp-group": group("x")}, NOTHING, **tasks))
    assert sources(one.ends("comp-group", X)) == [Constant(value="a"), Constant(value="b")]


def test_two_dags_deep_with_what_is_picked_on_the_way() -> None:
    one, two = (Selector(path=(key,)) for key in ("one", "two"))
    inner = Task(component="comp-inner", parameters={"x": FromParent(name="x", selector=two)})
    outer = Task(component="comp-outer", parameters={"x": FromTask(task="make", output="o")})
    components = {"comp-outer": group("x", inner=inner), "comp-inner": group("x")}
    make = Task(component="comp-say")
    upstream = Upstream(pipeline_of(components, NOTHING, outer=outer, make=make))
    (end,) = upstream.ends("comp-inner", FromParent(name="x", selector=one))
    assert end.source == FromTask(task="make", output="o")
    assert (end.holder, end.selectors) == ("root", (two, one))


def test_items_of_a_loop() -> None:
    loop = Iterator(item_input="x", items=Items(values=(1,)))
    one = Upstream(
        pipeline_of(
            {"comp-group": group("x")}, NOTHING, each=Task(component="comp-group", iterator=loop)
        )
    )
    (end,) = one.ends("comp-group", X)
    assert end.source is loop and end.call is not None and end.call.name == "each"


def test_the_default_of_an_inner_component() -> None:
    for default, wanted in (("a", Constant(value="a")), (NO_DEFAULT, None), (None, None)):
        component = Component(body=Dag(tasks={}), inputs=Interface(parameters={"x": text(default)}))
        one = Upstream(
            pipeline_of({"comp-group": component}, NOTHING, call=Task(component="comp-group"))
        )
        assert sources(one.ends("comp-group", X)) == [wanted]


def test_what_is_named_from_further_out() -> None:
    make, call = Task(component="comp-say"), Task(component="comp-group")
    declared = text("a")
    inputs = Interface(parameters={"x": declared})
    one = Upstream(pipeline_of({"comp-group": group()}, inputs, make=make, call=call))
    assert sources(one.ends("comp-group", X)) == [declared]
    output = FromTask(task="make", output="o")
    assert [e.holder for e in one.ends("comp-group", output)] == ["root"]


def test_artifacts_are_looked_up_apart() -> None:
    data = Artifact(optional=True)
    inputs = Interface(parameters={"x": text()}, artifacts={"x": data})
    (end,) = Upstream(pipeline_of({}, inputs)).ends("root", X, artifacts=True)
    assert end.source is data


def test_a_dag_that_contains_itself_ends() -> None:
    again = Task(component="comp-group", parameters={"x": X})
    start = Task(component="comp-group", parameters={"x": Constant(value="a")})
    one = Upstream(pipeline_of({"comp-group": group("x", again=again)}, NOTHING, start=start))
    assert sources(one.ends("comp-group", X)) == [Constant(value="a")]


def test_many_ways_through_many_dags_are_each_taken_once() -> None:
    """Two calls at each of forty levels are 2^40 ways, but only two values at each level."""
    components = {
        f"comp-{n}": group(
            "x",
            a=Task(component=f"comp-{n + 1}", parameters={"x": X}),
            b=Task(component=f"comp-{n + 1}", parameters={"x": X}),
        )
        for n in range(40)
    }
    top = Task(component="comp-0", parameters={"x": Constant(value="a")})
    one = Upstream(pipeline_of({**components, "comp-40": group("x")}, NOTHING, top=top))
    assert sources(one.ends("comp-40", X)) == [Constant(value="a")]
