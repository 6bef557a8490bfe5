"""``--volume``: claims become folders of Cloud Storage, and their tasks disappear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from translator.decisions import NONE, Decided, Decisions
from translator.diagnostics import Origin, vertex
from translator.model import (
    KFP_V1,
    Caching,
    Component,
    Constant,
    Container,
    Dag,
    DagOutput,
    EnvVariable,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Items,
    Iterator,
    Parameter,
    ParameterType,
    Pipeline,
    Resource,
    Setting,
    Strategy,
    Task,
    Trigger,
)
from translator.model.expressions import Comparison, Input, String
from translator.model.kubernetes import (
    Claim,
    EmptyDir,
    EphemeralVolume,
    Mount,
    OtherVolume,
    Pod,
    Reference,
    SecretVolume,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex.checks.volume_tasks import volume_tasks
from translator.targets.vertex.passes.volumes import volumes

if TYPE_CHECKING:
    from translator.model import InputSource, Json
    from translator.model.kubernetes import Value, Volume

STRING = Parameter(type=ParameterType.STRING)
MADE = FromTask(task="make", output="name")
RUN = "{{$.pipeline_root}}/volumes/{{$.pipeline_job_name}}"


def line(number: int) -> Origin:
    return Origin("p.yaml", number)


def claim(name: Value) -> Claim:
    return Claim(claim=Reference(name=name))


def mount(volume: Volume | str = "data", path: str = "/data", **more: object) -> Mount:
    kind = claim(Constant(value=volume)) if isinstance(volume, str) else volume
    return Mount(path=path, volume=kind, origin=line(7), **more)  # type: ignore[arg-type]


MADE_MOUNT = mount(claim(MADE))


def program(
    *mounts: Mount, command: str = "python run.py", args: str = "", image: str = "python:3"
):
    words = tuple(parse_text(word) for word in command.split())
    arguments = tuple(parse_text(word) for word in args.split())
    pod = Pod(mounts=mounts)
    return Container(image=parse_text(image), command=words, args=arguments, pod=pod)


def create(**inputs: Json) -> Task:
    return Task(
        component="comp-make",
        parameters={name: Constant(value=value) for name, value in inputs.items()},
        origin=line(1),
    )


def step(label: str, *after: str, **inputs: InputSource) -> Task:
    caching = Caching(enabled=True)
    return Task(component=f"comp-{label}", depends_on=after, parameters=inputs, caching=caching)


MAKE = create(pvc_name_suffix="-data", size="1Gi")
DELETE = Task(component="comp-drop", parameters={"pvc_name": MADE}, depends_on=("use",))


def pipeline(
    tasks: dict[str, Task],
    *programs: Container,
    dags: dict[str, Component] | None = None,
    inputs: dict[str, Parameter] | None = None,
    dialect: str = "KFP v2",
) -> Pipeline:
    """A pipeline with the programs ``use``, ``use-2`` …, and the tasks of KFP's driver."""
    labels = ["use", *(f"use-{n}" for n in range(2, len(programs) + 1))]
    executors = dict(zip(labels, programs, strict=False))
    images = {"make": "argostub/createpvc", "drop": "argostub/deletepvc"}
    executors |= {name: Container(image=parse_text(image)) for name, image in images.items()}
    components = {
        f"comp-{name}": Component(body=ExecutorRef(label=f"exec-{name}")) for name in executors
    }
    made = Interface(parameters={"name": STRING})
    components["comp-make"] = replace(components["comp-make"], outputs=made)
    return Pipeline(
        name="p",
        root=Component(body=Dag(tasks=tasks), inputs=Interface(parameters=inputs or {})),
        components={**components, **(dags or {})},
        executors={f"exec-{name}": one for name, one in executors.items()},
        dialect=dialect,
    )


def decided(given: Pipeline, **folders: str) -> Decided:
    return volumes(given, Decisions(volumes=folders))


def command(done: Decided, name: str = "use") -> list[str]:
    executor = done.pipeline.executors[f"exec-{name}"]
    assert isinstance(executor, Container)
    return [str(word) for word in executor.command if "\n" not in str(word)]


def links(done: Decided, name: str = "use") -> list[tuple[str, str]]:
    """The folders and paths that a command links."""
    return _links(done.pipeline.executors[f"exec-{name}"])


def tasks(done: Decided, holder: str = "root") -> dict[str, tuple[str, ...]]:
    component = {"root": done.pipeline.root, **done.pipeline.components}[holder]
    assert isinstance(component.body, Dag)
    return {name: task.depends_on for name, task in component.body.tasks.items()}


def codes(done: Decided) -> list[str]:
    return [finding.rule.code for finding in done.findings]


def texts(done: Decided, code: str) -> str:
    found = [one for one in done.findings if one.rule.code == code]
    return "\n".join(f"{one.message} / {one.help}" for one in found)


def test_a_pipeline_without_volumes_is_the_same() -> None:
    given = pipeline({"use": step("use")}, program())
    assert volumes(given, NONE).pipeline is given


# Volumes that the pipeline creates


def test_a_created_volume_is_a_folder_of_the_run() -> None:
    given = pipeline(
        {"make": MAKE, "use": step("use"), "more": step("use-2", "use"), "drop": DELETE},
        program(MADE_MOUNT),
        program(mount(claim(MADE), "/in/", sub_path="a/b", read_only=True)),
    )
    done = decided(given)
    assert links(done) == [(f"{RUN}/data", "/data")]
    assert links(done, "use-2") == [(f"{RUN}/data/a/b", "/in")]
    assert command(done)[-2:] == ["python", "run.py"]
    assert tasks(done) == {"use": (), "more": ("use",)}
    assert set(done.pipeline.components) == {"comp-use", "comp-use-2"}
    assert set(done.pipeline.executors) == {"exec-use", "exec-use-2"}
    assert codes(done) == ["TR367", "TR367", "TR363"]
    assert "a read-only mount (`/in`) can be written to" in texts(done, "TR363")
    assert "`PIPELINE_ROOT/volumes/RUN/data`" in texts(done, "TR363")
    (need,) = done.needs
    assert need[:4] == (
        *("volumes", "data", "run"),
        "task make creates it, task use mounts it at /data, "
        "task more mounts it (a/b) at /in read-only",
    )
    assert not need.is_proposal
    assert need.origins == (line(7), line(1))


def test_a_created_volume_that_a_container_does_not_mount() -> None:
    """Nothing refers to the task that is left out; a check reports the others."""
    other, executor = claim(Constant(value="old")), program(MADE_MOUNT)
    pod = replace(executor.pod, unmounted={"a": claim(MADE), "b": other})
    given = pipeline({"make": MAKE, "use": step("use")}, replace(executor, pod=pod))
    done = decided(given)
    used = done.pipeline.executors["exec-use"]
    assert isinstance(used, Container)
    assert used.pod.unmounted == {"b": other}
    assert tasks(done) == {"use": ()}
    assert codes(done) == ["TR352", "TR367", "TR363"]
    assert "volume a (persistentVolumeClaim)" in texts(done, "TR352")


def test_tasks_with_a_new_volume_are_not_cached() -> None:
    given = pipeline(
        {"make": MAKE, "use": step("use"), "x": step("use-2")}, program(MADE_MOUNT), program()
    )
    for done in (decided(given), decided(given, data="gs://bucket/v")):
        body = done.pipeline.root.body
        assert isinstance(body, Dag)
        assert [task.caching for task in body.tasks.values()] == [
            Caching(enabled=False),
            Caching(enabled=True),
        ]
        assert "not cached" in texts(done, done.findings[-1].rule.code)


def test_a_confirmed_folder_of_the_run_is_a_note() -> None:
    given = pipeline({"make": MAKE, "use": step("use")}, program(MADE_MOUNT))
    done = decided(given, data="run")
    assert codes(done) == ["TR367", "TR364"]
    assert done.used == {("volumes", "data")}


def test_a_created_volume_with_a_folder() -> None:
    given = pipeline({"make": MAKE, "use": step("use"), "drop": DELETE}, program(MADE_MOUNT))
    done = decided(given, data="gs://bucket/some where/")
    assert links(done) == [("gs://bucket/some where", "/data")]
    assert "delete the folder `gs://bucket/some where`" in texts(done, "TR367")


@pytest.mark.parametrize(
    ("inputs", "key"),
    [
        ({"pvc_name": "own"}, "own"),
        ({"pvc_name_suffix": "-own-1"}, "own-1"),
        ({"size": "1Gi"}, "make"),
    ],
)
def test_the_key_of_a_created_volume(inputs: dict[str, Json], key: str) -> None:
    done = decided(pipeline({"make": create(**inputs), "use": step("use")}, program(MADE_MOUNT)))
    assert [need.key for need in done.needs] == [key]
    assert links(done) == [(f"{RUN}/{key}", "/data")]


def test_the_key_of_a_volume_with_a_name_from_an_input() -> None:
    make = replace(create(), parameters={"pvc_name": FromParent(name="pvc")})
    inputs = {"pvc": Parameter(type=ParameterType.STRING, default="known")}
    given = pipeline({"make": make, "use": step("use")}, program(MADE_MOUNT), inputs=inputs)
    assert [need.key for need in decided(given).needs] == ["pvc"]
    for key in ("pvc", "known"):
        done = volumes(given, Decisions(volumes={key: "gs://bucket/v"}))
        assert links(done) == [("gs://bucket/v", "/data")]
        assert done.used == {("volumes", key)}


def test_two_volumes_of_one_suffix_have_folders_of_their_own() -> None:
    other = mount(claim(FromTask(task="make-2", output="name")), "/other")
    given = pipeline({"make": MAKE, "make-2": MAKE, "use": step("use")}, program(MADE_MOUNT, other))
    done = decided(given)
    assert links(done) == [(f"{RUN}/data", "/data"), (f"{RUN}/data-2", "/other")]
    assert [need.key for need in done.needs] == ["data", "data-2"]


def test_a_claim_of_that_name_is_the_created_one() -> None:
    given = pipeline(
        {"make": create(pvc_name="own"), "use": step("use", "make")}, program(mount("own"))
    )
    done = decided(given)
    assert links(done) == [(f"{RUN}/own", "/data")]
    assert tasks(done) == {"use": ()}


@pytest.mark.parametrize(
    "inputs",
    [
        {"volume_name": "disk-1"},
        {"data_source": {"kind": "VolumeSnapshot", "name": "s"}},
        {"annotations": {"rok/origin": "http://rok/snap"}},
    ],
)
def test_a_new_volume_with_files_is_open(inputs: dict[str, Json]) -> None:
    given = pipeline({"make": create(**inputs), "use": step("use")}, program(MADE_MOUNT))
    done = decided(given)
    assert done.pipeline == given
    (need,) = done.needs
    assert (need.value, need.is_proposal) == ("gs://BUCKET/make", True)
    assert "creates it with files of" in need.why
    (error,) = volume_tasks(done.pipeline)
    assert error.rule is vertex.DRIVER_TASK and error.origin == line(1)
    assert "`--volume make=gs://BUCKET/PREFIX`, a folder with its files" in error.help
    assert links(decided(given, make="run")) == [(f"{RUN}/make", "/data")]


def test_a_volume_of_each_iteration_is_open() -> None:
    loop = Task(
        component="comp-loop", iterator=Iterator(item_input="item", items=Items(values=("a", "b")))
    )
    body = Component(body=Dag(tasks={"make": MAKE, "use": step("use")}))
    given = pipeline({"loop": loop}, program(MADE_MOUNT), dags={"comp-loop": body})
    assert decided(given).pipeline == given
    assert [need.is_proposal for need in decided(given).needs] == [True]
    (error,) = volume_tasks(decided(given).pipeline)
    assert "creates volume `data`, another one in each iteration" in error.message
    assert links(decided(given, data="run")) == [(f"{RUN}/data", "/data")]


# Claims that exist


def test_a_claim_without_a_decision_stays() -> None:
    given = pipeline({"use": step("use")}, program(mount("models")))
    done = decided(given)
    assert done.pipeline == given
    (need,) = done.needs
    assert (need.key, need.value, need.is_proposal) == ("models", "gs://BUCKET/models", True)
    assert need.why == "task use mounts it at /data"


def test_a_claim_with_a_folder() -> None:
    given = pipeline({"use": step("use")}, program(mount("models")))
    done = decided(given, models="gs://bucket/m")
    assert links(done) == [("gs://bucket/m", "/data")]
    assert codes(done) == ["TR364"]
    executor = done.pipeline.executors["exec-use"]
    assert isinstance(executor, Container)
    assert executor.pod == Pod()
    body = done.pipeline.root.body
    assert isinstance(body, Dag)
    assert body.tasks["use"].caching == Caching(enabled=True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "s3://b/x",
        "/gcs/b",
        "gs://",
        "gs://B/x",
        "gs://bkt/../x",
        "gs://bkt/{{$.x}}",
        "gs://bkt/a\nb",
    ],
)
def test_a_decision_that_is_no_folder(value: str) -> None:
    given = pipeline({"use": step("use")}, program(mount("models")))
    done = decided(given, models=value)
    assert done.pipeline == given
    if value:
        assert codes(done) == ["TR368"]
        assert "is not an address of Cloud Storage" in texts(done, "TR368")


def test_the_claim_of_an_input() -> None:
    inputs = {"pvc": Parameter(type=ParameterType.STRING, default="models")}
    given = pipeline(
        {"use": step("use")}, program(mount(claim(FromParent(name="pvc")))), inputs=inputs
    )
    for key in ("pvc", "models"):
        assert links(volumes(given, Decisions(volumes={key: "gs://bkt/m"}))) == [
            ("gs://bkt/m", "/data")
        ]


def test_a_claim_that_a_container_names() -> None:
    name = FromTask(task="find", output="pvc")
    given = pipeline(
        {"find": step("use-2"), "use": step("use")}, program(mount(claim(name))), program()
    )
    assert [need.key for need in decided(given).needs] == ["find.pvc"]
    done = volumes(given, Decisions(volumes={"find.pvc": "gs://bkt/m"}))
    assert links(done) == [("gs://bkt/m", "/data")]


def test_a_component_with_several_claims() -> None:
    inner = Component(
        body=Dag(tasks={"use": step("use")}), inputs=Interface(parameters={"pvc": STRING})
    )
    outer = {
        f"call-{name}": Task(component="comp-in", parameters={"pvc": Constant(value=name)})
        for name in ("a", "b")
    }
    given = pipeline(outer, program(mount(claim(FromParent(name="pvc")))), dags={"comp-in": inner})
    assert decided(given).pipeline == given
    assert [need.key for need in decided(given).needs] == ["a", "b"]
    assert links(decided(given, a="gs://bkt/m", b="gs://bkt/m")) == [("gs://bkt/m", "/data")]
    done = decided(given, a="gs://bkt/m", b="gs://bkt/n")
    assert codes(done)[0] == "TR368"
    assert "mounts `a`, `b` at `/data`, one in each task" in texts(done, "TR368")


# Mounts


def test_an_empty_folder_inside_the_volume_of_a_claim() -> None:
    """Its files would be in the volume, and those of the volume would be moved aside."""
    inner = mount(EmptyDir(), "/data/tmp", name="e")
    given = pipeline({"use": step("use")}, program(mount("a", "/data"), inner))
    assert "inside the volume at `/data`" in texts(decided(given, a="gs://bkt/a"), "TR368")
    assert "TR368" not in codes(decided(given))


def test_mounts_inside_mounts_come_later() -> None:
    given = pipeline(
        {"use": step("use")}, program(mount("b", "/data/deep/er"), mount("a", "/data"))
    )
    done = decided(given, a="gs://bkt/a", b="gs://bkt/b")
    assert links(done) == [("gs://bkt/a", "/data"), ("gs://bkt/b", "/data/deep/er")]
    assert "the mount inside it (`/data/deep/er`) is a link" in texts(done, "TR364")


@pytest.mark.parametrize(
    ("path", "sub_path"),
    [
        ("/", ""),
        ("/gcs", ""),
        ("/gcs/bkt", ""),
        ("/data/{{workflow.name}}", ""),
        ("/$(HOME)", ""),
        ("/data", "../../other"),
        ("/data", "{{inputs.parameters.x}}"),
        ("/data", "$(NAME)"),
    ],
)
def test_a_mount_that_cannot_be_a_folder(path: str, sub_path: str) -> None:
    given = pipeline({"use": step("use")}, program(mount("m", path, sub_path=sub_path)))
    assert "TR368" in codes(decided(given, m="gs://bkt/m"))


def test_a_sub_path_with_a_reference() -> None:
    reference = "{{$.inputs.parameters['x']}}"
    given = pipeline({"use": step("use")}, program(mount("m", sub_path=f"a/{reference}")))
    assert links(decided(given, m="gs://bkt/m")) == [(f"gs://bkt/m/a/{reference}", "/data")]


def test_other_volumes_stay() -> None:
    secret = SecretVolume(secret=Reference(name=Constant(value="s")))
    others = (mount(secret, "/s"), mount(OtherVolume(kind="hostPath"), "/h"))
    given = pipeline({"use": step("use")}, program(*others, mount("m")))
    executor = decided(given, m="gs://bkt/m").pipeline.executors["exec-use"]
    assert isinstance(executor, Container)
    assert executor.pod.mounts == others


def test_other_fields_of_a_mount() -> None:
    one = Setting(name="mountPropagation", value="None", origin=line(8))
    done = decided(pipeline({"use": step("use")}, program(mount("m", others=(one,)))), m="run")
    assert "mountPropagation of the mount at /data" in texts(done, "TR352")
    expression = Setting(name="subPathExpr", value="$(POD_NAME)")
    given = pipeline({"use": step("use")}, program(mount("m", others=(expression,))))
    assert "its `subPathExpr` is resolved only at run time" in texts(
        decided(given, m="run"), "TR368"
    )


@pytest.mark.parametrize("source", [{}, {"dataSource": {"kind": "VolumeSnapshot"}}])
def test_a_volume_that_each_run_creates(source: dict[str, Json]) -> None:
    template: Json = {"metadata": {"name": "work"}, "spec": source}
    volume = OtherVolume(kind="volumeClaimTemplate", content=template)
    given = pipeline({"use": step("use")}, program(mount(volume, name="work")), dialect=KFP_V1)
    done = decided(given)
    (need,) = done.needs
    assert (need.key, need.is_proposal) == ("work", bool(source))
    assert links(done) == ([] if source else [(f"{RUN}/work", "/data")])
    assert need.why.startswith("each run creates it")


def test_the_name_of_a_claim_of_the_run_in_argo() -> None:
    name = Constant(value="{{workflow.name}}-data")
    given = pipeline({"make": MAKE, "use": step("use", "make")}, program(mount(claim(name))))
    assert links(decided(given)) == [(f"{RUN}/data", "/data")]
    other = Constant(value="{{workflow.name}}-other")
    assert links(decided(pipeline({"use": step("use")}, program(mount(claim(other)))))) == []


def test_variables_that_no_shell_can_set() -> None:
    odd = EnvVariable(name="a.b", value=parse_text("/data"))
    given = pipeline({"use": step("use")}, replace(program(mount("m")), env=(odd,)))
    assert command(decided(given, m="run"))[-5:] == ["env", "--", "a.b=/data", "python", "run.py"]


# Without a command


def test_words_that_are_paths_are_replaced() -> None:
    args = "--in=/data/x.csv --out /data/{{$.inputs.parameters['x']}} /data /database --n=/dat"
    use = step("use", folder=Constant(value="/data/in"), n=Constant(value="/database"))
    given = pipeline({"use": use}, program(mount("m", sub_path="s"), command="", args=args))
    done = decided(given, m="gs://bkt/m")
    executor = done.pipeline.executors["exec-use"]
    assert isinstance(executor, Container)
    assert executor.command == ()
    assert " ".join(map(str, executor.args)) == (
        "--in=/gcs/bkt/m/s/x.csv --out /gcs/bkt/m/s/{{$.inputs.parameters['x']}} /gcs/bkt/m/s "
        "/database --n=/dat"
    )
    body = done.pipeline.root.body
    assert isinstance(body, Dag)
    assert body.tasks["use"].parameters == {
        "folder": Constant(value="/gcs/bkt/m/s/in"),
        "n": Constant(value="/database"),
    }
    assert codes(done) == ["TR366", "TR364"]


@pytest.mark.parametrize(
    ("args", "folder"),
    [
        ("", "gs://bkt/m"),
        ("--n=3", "gs://bkt/m"),
        ("--in=a,/data/x", "gs://bkt/m"),
        ("/data/a,/data/b", "gs://bkt/m"),
        ("/data{{$.inputs.parameters['x']}}", "gs://bkt/m"),
        ("--in=/data/x", "run"),
    ],
)
def test_other_uses_need_a_command(args: str, folder: str) -> None:
    given = pipeline(
        {"use": step("use")},
        program(mount("m"), command="", args=args, image="a/b:1"),
        dialect=KFP_V1,
    )
    done = decided(given, m=folder)
    assert codes(done)[0] == "TR365"
    assert "`--entrypoint a/b:1=COMMAND`" in texts(done, "TR365")
    assert ("entrypoints", "a/b:1") in [need[:2] for need in done.needs]


def test_a_path_that_other_tasks_may_use_needs_a_command() -> None:
    inputs = {"x": Parameter(type=ParameterType.STRING, default="/data/x")}
    use = step("use", x=FromParent(name="x"))
    given = pipeline({"use": use}, program(mount("m"), command="", args="/data/y"), inputs=inputs)
    done = decided(given, m="gs://bkt/m")
    assert codes(done)[0] == "TR365"
    assert "--volume" not in texts(done, "TR365")


def test_an_image_without_a_shell() -> None:
    image = "gcr.io/distroless/python3"
    given = pipeline({"use": step("use")}, program(mount("m"), command="run /data/x", image=image))
    done = decided(given, m="gs://bkt/m")
    assert command(done) == ["run", "/gcs/bkt/m/x"]
    assert "has no shell" in texts(done, "TR366")


@pytest.mark.parametrize("is_outer_first", [False, True])
def test_paths_in_a_mount_inside_of_another_one(is_outer_first: bool) -> None:
    mounts = [mount("m", "/data/in"), mount("n", "/data")]
    args = "/data/x --y=/data/in/y /data/input"
    use = step("use", x=Constant(value="/data/x"), y=Constant(value="/data/in"))
    container = program(*mounts[:: -1 if is_outer_first else 1], command="", args=args)
    done = decided(pipeline({"use": use}, container), m="gs://bkt/m", n="gs://bkt/n")
    executor = done.pipeline.executors["exec-use"]
    assert isinstance(executor, Container)
    assert [*map(str, executor.args)] == ["/gcs/bkt/n/x", "--y=/gcs/bkt/m/y", "/gcs/bkt/n/input"]
    body = done.pipeline.root.body
    assert isinstance(body, Dag)
    given = {name: one.value for name, one in body.tasks["use"].parameters.items()}  # type: ignore[union-attr]
    assert given == {"x": "/gcs/bkt/n/x", "y": "/gcs/bkt/m"}
    reported = texts(done, "TR366")
    assert reported.count("this folder does not contain the mount inside it (`/data/in`)") == 1


# Tasks that create and delete


def test_tasks_keep_their_order() -> None:
    given = pipeline(
        {
            "first": step("use-2"),
            "make": replace(MAKE, depends_on=("first",)),
            "use": step("use"),
            "drop": DELETE,
            "last": step("use-2", "drop"),
        },
        program(MADE_MOUNT),
        program(),
    )
    done = decided(replace(given, root=_with(given.root, use=step("use", "make"))))
    assert tasks(done) == {"first": (), "use": ("first",), "last": ("use", "first")}


def _with(component: Component, **changed: Task) -> Component:
    assert isinstance(component.body, Dag)
    return replace(
        component, body=replace(component.body, tasks={**component.body.tasks, **changed})
    )


def test_the_name_of_a_created_volume_as_a_value() -> None:
    given = pipeline(
        {
            "make": replace(MAKE, depends_on=("a",)),
            "a": step("use-2"),
            "use": step("use", pvc=MADE),
        },
        program(MADE_MOUNT),
        program(),
    )
    done = decided(given)
    body = done.pipeline.root.body
    assert isinstance(body, Dag)
    assert body.tasks["use"].parameters == {"pvc": Constant(value="{{$.pipeline_job_name}}-data")}
    assert body.tasks["use"].depends_on == ("a",)
    assert "the name that `use` takes is `{{$.pipeline_job_name}}-data`" in texts(done, "TR367")


def test_a_dag_with_nothing_else_disappears() -> None:
    inner = Component(body=Dag(tasks={"make": create(pvc_name="own")}))
    outer = Component(body=Dag(tasks={"inner": Task(component="comp-inner")}))
    given = pipeline(
        {
            "outer": Task(component="comp-outer", depends_on=("a",)),
            "a": step("use-2"),
            "use": step("use", "outer"),
        },
        program(mount("own")),
        program(),
        dags={"comp-inner": inner, "comp-outer": outer},
    )
    done = decided(given)
    assert tasks(done) == {"a": (), "use": ("a",)}
    assert set(done.pipeline.components) == {"comp-use", "comp-use-2", "comp-drop"}


CONDITION = Trigger(
    condition=Comparison(left=Input(name="x"), operator="==", right=String(value="yes"))
)


def test_a_condition_that_others_wait_for_stays() -> None:
    inner = Component(body=Dag(tasks={"make": create(pvc_name="own")}))
    maybe = Task(component="comp-inner", trigger=CONDITION)
    given = pipeline(
        {"maybe": maybe, "use": step("use", "maybe")},
        program(mount("own")),
        dags={"comp-inner": inner},
    )
    done = decided(given)
    assert tasks(done) == {"maybe": (), "use": ("maybe",)}
    assert tasks(done, "comp-inner") == {"make": ()}
    assert "a container that only returns the name" in texts(done, "TR367")
    kept = done.pipeline.executors["volume-name"]
    assert isinstance(kept, Container)
    assert str(kept.image) == "alpine:3.20"
    body = done.pipeline.components["comp-inner"].body
    assert isinstance(body, Dag)
    assert body.tasks["make"].parameters == {"pvc_name": Constant(value="own")}


def test_a_condition_that_nothing_waits_for_disappears() -> None:
    given = pipeline(
        {
            "use": step("use"),
            "make": replace(create(pvc_name="own"), trigger=CONDITION),
            "drop": Task(component="comp-drop", parameters={"pvc_name": MADE}),
        },
        program(mount("own")),
    )
    assert tasks(decided(given)) == {"use": ()}


def test_a_name_that_a_dag_returns_stays_an_output() -> None:
    output = DagOutput(sources=(FromTask(task="make", output="name"),))
    inner = Component(
        body=Dag(tasks={"make": MAKE}, parameter_outputs={"pvc": output}),
        outputs=Interface(parameters={"pvc": STRING}),
    )
    name = FromTask(task="inner", output="pvc")
    given = pipeline(
        {"inner": Task(component="comp-inner"), "use": step("use", n=name)},
        program(mount(claim(name))),
        dags={"comp-inner": inner},
    )
    done = decided(given)
    assert links(done) == [(f"{RUN}/data", "/data")]
    assert tasks(done) == {"inner": (), "use": ()}
    made = done.pipeline.components["volume-name"]
    assert set(made.outputs.parameters) == {"name"}


def test_an_exit_task_that_deletes_the_volume_disappears() -> None:
    last = replace(DELETE, trigger=Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED))
    given = pipeline({"make": MAKE, "use": step("use"), "drop": last}, program(MADE_MOUNT))
    assert tasks(decided(given)) == {"use": ()}


def test_a_pipeline_of_nothing_else_keeps_its_tasks() -> None:
    given = pipeline({"make": MAKE, "drop": replace(DELETE, depends_on=("make",))})
    done = decided(given)
    assert tasks(done) == {"make": (), "drop": ("make",)}
    assert set(done.pipeline.executors) == {"volume-name", "volume-name-2"}


def test_a_task_that_deletes_another_claim() -> None:
    drop = Task(component="comp-drop", parameters={"pvc_name": Constant(value="old")})
    done = decided(pipeline({"use": step("use"), "drop": drop}, program()))
    assert tasks(done) == {"use": ()}
    assert "task `drop`, which deletes volume `old`, is left out" in texts(done, "TR367")
    assert done.needs == ()


# Snapshots

SNAPSHOT = Resource(
    action="create",
    kind="VolumeSnapshot",
    manifest={"metadata": {"name": "{{$.pipeline_job_name}}-snap"}},
    outputs={"name": ".metadata.name", "size": ".status.restoreSize"},
)


def with_snapshot(tasks: dict[str, Task], *programs: Container) -> Pipeline:
    """A pipeline with a component ``comp-snap``, and one that deletes the snapshot."""
    given = pipeline(tasks, *programs)
    outputs = Interface(parameters={"name": STRING, "size": STRING})
    components = {
        "comp-snap": Component(body=ExecutorRef(label="exec-snap"), outputs=outputs),
        "comp-unsnap": Component(body=ExecutorRef(label="exec-unsnap")),
    }
    executors = {"exec-snap": SNAPSHOT, "exec-unsnap": replace(SNAPSHOT, action="delete")}
    return replace(
        given,
        components={**given.components, **components},
        executors={**given.executors, **executors},
    )


SNAP = Task(component="comp-snap", parameters={"pvc_name": MADE}, depends_on=("use",))
RESTORE = Task(
    component="comp-make",
    parameters={
        "pvc_name_suffix": Constant(value="-copy"),
        "size": FromTask(task="snap", output="size"),
        "data_source": Constant(
            value={"kind": "VolumeSnapshot", "name": "{{$.inputs.parameters['from']}}"}
        ),
        "from": FromTask(task="snap", output="name"),
    },
)


def test_a_snapshot_is_a_copy() -> None:
    restored = mount(claim(FromTask(task="restore", output="name")), "/in")
    given = with_snapshot(
        {
            "make": MAKE,
            "use": step("use"),
            "snap": SNAP,
            "restore": RESTORE,
            "more": step("use-2", "restore"),
            "unsnap": Task(component="comp-unsnap", depends_on=("more",)),
        },
        program(MADE_MOUNT),
        program(restored),
    )
    done = decided(given)
    assert tasks(done) == {"use": (), "snap": ("use",), "restore": ("snap",), "more": ("restore",)}
    assert links(done, "use-2") == [(f"{RUN}/copy", "/in")]
    executors = [label for label in done.pipeline.executors if label != "exec-drop"]
    assert executors == ["exec-use", "exec-use-2", "volume-copy", "volume-copy-2"]
    copies = [_links(done.pipeline.executors[label]) for label in executors[2:]]
    assert copies == [
        [(f"{RUN}/snap", "/source"), (f"{RUN}/copy", "/target")],
        [(f"{RUN}/data", "/source"), (f"{RUN}/snap", "/target")],
    ]
    assert [need.key for need in done.needs] == ["data", "copy", "snap"]
    assert done.needs[1].why.startswith("task restore creates it with files of snap")
    told = texts(done, "TR367")
    assert (
        "task `snap`, which creates snapshot `snap`, copies the folder "
        "`PIPELINE_ROOT/volumes/RUN/data` to `PIPELINE_ROOT/volumes/RUN/snap`"
    ) in told
    assert "task `unsnap`, which deletes snapshot `snap`, is left out" in told


def test_a_snapshot_with_other_outputs_stays() -> None:
    size = FromTask(task="snap", output="size")
    given = with_snapshot(
        {"make": MAKE, "use": step("use"), "snap": SNAP, "more": step("use-2", size=size)},
        program(MADE_MOUNT),
        program(),
    )
    assert decided(given).pipeline.executors["exec-snap"] == SNAPSHOT


def test_a_copy_of_a_claim_is_open() -> None:
    source: Json = {"kind": "PersistentVolumeClaim", "name": "models"}
    given = pipeline({"make": create(data_source=source), "use": step("use")}, program(MADE_MOUNT))
    assert [(need.key, need.is_proposal) for need in decided(given).needs] == [
        ("make", False),
        ("models", True),
    ]
    assert list(volume_tasks(decided(given).pipeline))
    done = decided(given, models="gs://bkt/m")
    assert _links(done.pipeline.executors["volume-copy"])[0] == ("gs://bkt/m", "/source")


def _links(executor: object) -> list[tuple[str, str]]:
    assert isinstance(executor, Container)
    words = [str(word) for word in executor.command]
    found = [n for n, word in enumerate(words) if word == "mount-volume"]
    return [(words[n + 1], words[n + 2]) for n in found]


# Empty folders


def test_an_empty_folder() -> None:
    given = pipeline({"use": step("use")}, program(mount(EmptyDir(), "/cache/", name="c")))
    done = decided(given)
    assert command(done)[3:5] == ["empty-folder", "/cache"]
    assert codes(done) == ["TR369"]
    assert done.needs == ()


@pytest.mark.parametrize(
    ("volume", "told"),
    [
        (
            EmptyDir(medium="Memory", size_limit="2Gi"),
            "not in memory; Vertex AI has no setting for its size, 2Gi",
        ),
        (EphemeralVolume(size="9Gi"), "no setting for its size, 9Gi"),
    ],
)
def test_an_empty_folder_with_settings(volume: Volume, told: str) -> None:
    done = decided(pipeline({"use": step("use")}, program(mount(volume, "/cache"))))
    assert told in texts(done, "TR369")


@pytest.mark.parametrize("path", ["/tmp", "/dev/shm", "/var/tmp/"])
def test_folders_that_every_container_has(path: str) -> None:
    given = pipeline({"use": step("use")}, program(mount(EmptyDir(), path)))
    assert decided(given) == Decided(given)


def test_an_empty_folder_without_a_command_stays() -> None:
    given = pipeline({"use": step("use")}, program(mount(EmptyDir(), "/cache"), command=""))
    assert decided(given) == Decided(given)
