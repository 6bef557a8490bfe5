"""References in the settings of a pod: names from inputs and tasks, texts, and what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

import translator
from tests.unit.argo_files import read, tasks, told, workflow
from tests.unit.test_resource_templates import CLAIM, OUTPUTS
from translator.model import Constant, Container, ExecutorRef, FromParent, FromTask
from translator.model.kubernetes import Claim, SecretVolume
from translator.platforms import Scopes
from translator.readers.options import ReadOptions
from translator.targets.kubeflow.cluster_needs import cluster_needs

MAKE: dict[str, Any] = {
    "name": "disk",
    "resource": {"action": "create", "manifest": json.dumps(CLAIM)},
    "outputs": OUTPUTS,
}
NAME = "{{tasks.make.outputs.parameters.disk-name}}"


def using(name: str = "{{inputs.parameters.disk}}", **fields: Any) -> dict[str, Any]:
    """A template that mounts a claim of that name."""
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": name}}
    mount = {"name": "d", "mountPath": "/data", **fields.pop("mount", {})}
    return {
        "name": "use",
        "inputs": {"parameters": [{"name": "disk"}]},
        "container": {"image": "alpine", "command": ["ls"], "volumeMounts": [mount]},
        "volumes": [volume],
        **fields,
    }


def use(value: str, name: str = "u", more: str = "") -> str:
    argument = f"{{name: disk, value: '{value}'}}"
    return f"{{name: {name}, template: use, arguments: {{parameters: [{argument}]}}{more}}}"


def flow(calls: str, *templates: dict[str, Any], **spec: Any) -> str:
    return workflow(f"[{calls}]", json.dumps(list(templates) or [MAKE, using()]), **spec)


def container(pipeline: translator.Pipeline, component: str) -> Container:
    body = pipeline.components[component].body
    assert isinstance(body, ExecutorRef)
    executor = pipeline.executors[body.label]
    assert isinstance(executor, Container)
    return executor


def claim(pipeline: translator.Pipeline, task: str = "u", holder: str = "root") -> Any:
    """The name of the claim that a task mounts; a constant as its value."""
    (mount,) = container(pipeline, tasks(pipeline, holder)[task].component).pod.mounts
    assert isinstance(mount.volume, Claim)
    name = mount.volume.claim.name
    return name.value if isinstance(name, Constant) else name


def test_an_output_of_a_task_is_its_source_and_a_dependency() -> None:
    pipeline = read(flow(f"{{name: make, template: disk}}, {use(NAME)}"))
    assert claim(pipeline) == FromTask(task="make", output="name")
    assert tasks(pipeline)["u"].depends_on == ("make",)
    assert tasks(pipeline)["u"].parameters == {}
    assert cluster_needs(pipeline) == ()


def test_an_input_of_the_pipeline_and_a_constant() -> None:
    calls = f"{use('{{workflow.parameters.who}}')}, {use('old', 'v')}, {use('old', 'w')}"
    pipeline = read(flow(calls, using(), arguments={"who": None}))
    assert claim(pipeline) == FromParent(name="who")
    assert claim(pipeline, "v") == "old"
    used = {name: task.component for name, task in tasks(pipeline).items()}
    assert used["u"] != used["v"] == used["w"]


def test_names_directly_in_the_template() -> None:
    template = using("{{workflow.parameters.who}}")
    pipeline = read(flow(use("x"), template, arguments={"who": None}))
    assert claim(pipeline) == FromParent(name="who")


def test_the_name_of_the_run() -> None:
    pipeline = read(flow(use("x"), using("{{workflow.name}}-other")))
    assert claim(pipeline) == "{{$.pipeline_job_name}}-other"


def test_the_name_that_a_task_gives_its_claim() -> None:
    calls = f"{{name: make, template: disk}}, {use('x')}"
    pipeline = read(flow(calls, MAKE, using("{{workflow.name}}-disk")))
    assert claim(pipeline) == FromTask(task="make", output="name")
    assert tasks(pipeline)["u"].depends_on == ("make",)


def test_a_task_that_the_maker_waits_for_does_not_get_its_claim() -> None:
    calls = f"{{name: make, template: disk, dependencies: [u]}}, {use('x')}"
    pipeline = read(flow(calls, MAKE, using("{{workflow.name}}-disk")))
    assert claim(pipeline) == "{{$.pipeline_job_name}}-disk"


SUB = {
    "name": "sub",
    "inputs": {"parameters": [{"name": "disk"}]},
    "dag": {
        "tasks": [
            {
                "name": "u",
                "template": "use",
                "arguments": {
                    "parameters": [{"name": "disk", "value": "{{inputs.parameters.disk}}"}]
                },
            }
        ]
    },
}


def sub(value: str, more: str = "") -> str:
    return use(value, "s", more).replace("template: use", "template: sub")


@pytest.mark.parametrize(
    "more", ["", ", withItems: [a, b]", """, when: '"{{workflow.parameters.who}}" == "a"'"""]
)
def test_names_are_passed_into_inner_dags(more: str) -> None:
    calls = f"{{name: make, template: disk}}, {sub(NAME, more)}"
    pipeline = read(flow(calls, MAKE, SUB, using(), arguments={"who": None}))
    ((component, name),) = {
        (key, inner)
        for key, one in pipeline.components.items()
        if not isinstance(one.body, ExecutorRef)
        for inner in one.body.tasks
        if inner == "u"
    }
    source = claim(pipeline, name, component)
    assert isinstance(source, FromParent)
    assert source.name in pipeline.components[component].inputs.parameters
    (end,) = Scopes(pipeline).ends(component, source)
    assert end.source == FromTask(task="make", output="name")


@pytest.mark.parametrize(
    "more",
    [
        """, when: '"{{workflow.parameters.who}}" == "a"'""",
        """, withItems: [a, b]""",
        """, withItems: [a, b], when: '"{{item}}" == "a"'""",
    ],
)
def test_a_condition_or_a_loop_of_the_task_itself(more: str) -> None:
    calls = f"{{name: make, template: disk}}, {use(NAME, more=more)}, {use(NAME, 'v')}"
    pipeline = read(flow(calls, arguments={"who": None}))
    scopes = Scopes(pipeline)
    found = 0
    for component, one in pipeline.components.items():
        if isinstance(one.body, ExecutorRef) and container(pipeline, component).pod.mounts:
            (mount,) = container(pipeline, component).pod.mounts
            assert isinstance(mount.volume, Claim)
            source = mount.volume.claim.name
            for place in scopes.calls[component]:
                inputs = scopes.components[place.holder].inputs.parameters
                known = inputs if isinstance(source, FromParent) else scopes.tasks(place.holder)
                assert (source.name if isinstance(source, FromParent) else source.task) in known  # type: ignore[union-attr]
                (end,) = scopes.ends(place.holder, source)
                assert end.source == FromTask(task="make", output="name")
                found += 1
    assert found == 2


def test_the_item_of_a_loop() -> None:
    pipeline = read(flow(use("{{item}}", more=", withItems: [a, b]"), using()))
    loop = tasks(pipeline)["u"]
    assert loop.iterator is not None
    inner = loop.component
    assert claim(pipeline, holder=inner) == FromParent(name=loop.iterator.item_input)


def test_with_an_exit_handler() -> None:
    calls = f"{use('{{workflow.parameters.who}}')}, {{name: w, template: work}}"
    pipeline = read(flow(calls, using(), arguments={"who": None}, onExit="work"))
    (holder,) = (k for k, c in pipeline.components.items() if not isinstance(c.body, ExecutorRef))
    source = claim(pipeline, holder=holder)
    assert source.name in pipeline.components[holder].inputs.parameters
    (end,) = Scopes(pipeline).ends(holder, source)
    assert end.name == "who"


@pytest.mark.parametrize("name", [NAME, "{{inputs.parameters.disk}}", "{{workflow.name}}-disk"])
@pytest.mark.parametrize("is_inner", [False, True])
def test_volumes_of_the_workflow(name: str, is_inner: bool) -> None:
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": name}}]
    template = using()
    del template["volumes"]
    call = sub(NAME) if is_inner else use(NAME)
    calls = f"{{name: make, template: disk}}, {call}"
    pipeline = read(
        flow(calls, MAKE, SUB, template, volumes=volumes), told=() if is_inner else ("TR155",)
    )
    holder = tasks(pipeline)["s"].component if is_inner else "root"
    source = claim(pipeline, holder=holder)
    (end,) = Scopes(pipeline).ends(holder, source)
    assert end.source == FromTask(task="make", output="name")
    assert pipeline.pod.unmounted == {}


def test_secrets_and_texts() -> None:
    one = using(
        nodeSelector={"pool": "{{inputs.parameters.disk}}", "run": "{{workflow.name}}"},
        tolerations=[{"key": "{{inputs.parameters.disk}}"}],
        hostAliases=[{"ip": "{{inputs.parameters.disk}}"}],
    )
    one["volumes"] = [{"name": "d", "secret": {"secretName": "{{inputs.parameters.disk}}"}}]
    pipeline = read(
        flow(
            f"{use('mine')}, {use('{{workflow.parameters.who}}', 'v')}",
            one,
            arguments={"who": None},
        )
    )
    pods = {n: container(pipeline, t.component).pod for n, t in tasks(pipeline).items()}
    volumes = {name: pod.mounts[0].volume for name, pod in pods.items()}
    names = {n: v.secret.name for n, v in volumes.items() if isinstance(v, SecretVolume)}
    assert names == {"u": Constant(value="mine"), "v": FromParent(name="who")}
    run = "{{$.pipeline_job_name}}"
    assert pods["u"].node_selector == {"pool": "mine", "run": run}
    left = "{{inputs.parameters.disk}}"
    assert pods["v"].node_selector == {"pool": left, "run": run}
    assert [pods[name].tolerations[0].key for name in "uv"] == ["mine", left]
    assert [pods[name].others[0].value for name in "uv"] == [[{"ip": "mine"}], [{"ip": left}]]


def test_paths_in_a_volume() -> None:
    one = using("fixed", mount={"subPath": "{{inputs.parameters.disk}}/{{workflow.uid}}"})
    calls = f"{use('a')}, {use('{{workflow.parameters.who}}', 'v')}"
    pipeline = read(flow(calls, one, arguments={"who": None}))
    made = {n: container(pipeline, t.component).pod.mounts[0] for n, t in tasks(pipeline).items()}
    assert made["u"].sub_path == "a/{{$.pipeline_job_uuid}}"
    assert made["v"].sub_path == "{{$.inputs.parameters['d-path']}}"
    component = pipeline.components[tasks(pipeline)["v"].component]
    assert list(component.inputs.parameters) == ["d-path"]
    assert tasks(pipeline)["v"].parameters == {
        "pipelinechannel--who": FromParent(name="who"),
        "d-path": Constant(
            value="{{$.inputs.parameters['pipelinechannel--who']}}/{{$.pipeline_job_uuid}}"
        ),
    }


@pytest.mark.parametrize(
    "name", ["{{workflow.namespace}}-x", "{{inputs.parameters.none}}", "{{x}}"]
)
def test_what_cannot_be_resolved_stays(name: str) -> None:
    assert claim(read(flow(use("x"), using(name)))) == name


def test_a_text_of_the_user() -> None:
    how = ReadOptions(placeholders={"workflow.namespace": "mine"})
    pipeline = read(flow(use("x"), using("{{workflow.namespace}}-x")), how)
    assert claim(pipeline) == "mine-x"


def test_a_missing_argument_is_reported() -> None:
    assert told(flow("{name: u, template: use}", using())) == ["TR144"]


def test_what_the_driver_does_not_resolve() -> None:
    one = using("{{inputs.parameters.disk}}-x", nodeSelector={"a": "{{inputs.parameters.disk}}"})
    pipeline = read(flow(use("{{workflow.parameters.who}}"), one, arguments={"who": None}))
    codes = [one.rule.code for one in translator.check(pipeline, "kubeflow")]
    assert codes == ["TR462", "TR462"]


def test_components_without_references_are_shared_as_before() -> None:
    pipeline = read(flow(f"{use('a')}, {use('b', 'v')}", using("fixed")))
    assert len({task.component for task in tasks(pipeline).values()}) == 1
