"""What differs between two pipelines, in the words of an author; what may differ."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from click.testing import CliRunner

import translator
from tests.unit import argo_files
from tests.unit.kfp_files import EVERYTHING, read, spec, task, text_of
from translator.cli import main
from translator.comparison import TOLERANCES, lightweight
from translator.comparison.page import as_markdown, as_text
from translator.diagnostics import Origin
from translator.records import replace
from translator.source.left_out import LeftOut

if TYPE_CHECKING:
    from click.testing import Result

    from translator.comparison import Comparison

INSTALL = (
    '\nif ! [ -x "$(command -v pip)" ]; then\n'
    "    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip\n"
    "fi\n\nPIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet"
    ' --no-warn-script-location {packages} && "$0" "$@"\n'
)
RUN = (
    "program_path=$(mktemp -d)\n\n"
    'printf "%s" "$0" > "$program_path/ephemeral_component.py"\n'
    "{mark}python3 -m kfp.{module}.executor_main                         --component_module_path"
    '                         "$program_path/ephemeral_component.py"                         "$@"\n'
)
SOURCE = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\n{body}"
NO_DEPS = "'--no-deps' 'typing-extensions>=3.7.4,<5; python_version<\"3.9\"'"


def command(packages: str, body: str = "def f(): pass\n", module: str = "dsl") -> list[str]:
    """The command of a lightweight component."""
    mark = "_KFP_RUNTIME=true " if module == "dsl" else ""
    run = RUN.format(mark=mark, module=module)
    return [
        "sh",
        "-c",
        INSTALL.format(packages=packages),
        "sh",
        "-ec",
        run,
        SOURCE.format(body=body),
    ]


def container(**fields: Any) -> dict[str, Any]:
    """A spec whose container has these fields."""
    whole = {"image": "python:3.11", **fields}
    return spec(deploymentSpec={"executors": {"exec-say": {"container": whole}}})


def dag(**tasks: Any) -> dict[str, Any]:
    return spec(root={"dag": {"tasks": tasks}})


def echo(text: str, *after: str, **fields: Any) -> dict[str, Any]:
    """A task with a constant, after others."""
    inputs = {"parameters": {"text": {"runtimeValue": {"constant": text}}}}
    return task(inputs=inputs, **({"dependentTasks": [*after]} if after else {}), **fields)


def with_text(document: dict[str, Any]) -> dict[str, Any]:
    interface = {"parameters": {"text": {"parameterType": "STRING"}}}
    component = {"executorLabel": "exec-say", "inputDefinitions": interface}
    return {**document, "components": {"comp-say": component}}


def compared(a: dict[str, Any], b: dict[str, Any], **how: Any) -> Comparison:
    return translator.compare(read(a), read(b), **how)


def told(found: Comparison) -> list[str]:
    return [str(one) for one in found.differences]


def notes(found: Comparison) -> list[str]:
    return [one.tolerance for one in found.notes]


class TestDifferences:
    def test_a_pipeline_and_itself(self) -> None:
        found = compared(EVERYTHING, copy.deepcopy(EVERYTHING))
        assert (found.differences, found.notes) == ((), ())

    def test_an_image(self) -> None:
        (one,) = compared(container(image="a"), container(image="b")).differences
        assert str(one) == "task say: image changed"
        assert one.left is not None and one.right is not None
        assert (one.left.value, one.right.value) == ("a", "b")
        assert one.left.origin is not None
        assert one.left.origin.pointer == "/deploymentSpec/executors/exec-say/container"

    def test_one_change_of_several_tasks_is_one(self) -> None:
        a, b = (
            with_text({**container(image=image), "root": dag(a=echo("1"), b=echo("2"))["root"]})
            for image in ("x", "y")
        )
        assert told(compared(a, b)) == ["tasks a, b: image changed"]

    def test_a_task_more(self) -> None:
        a, b = with_text(dag(a=echo("1"))), with_text(dag(a=echo("1"), b=echo("2", "a")))
        (one,) = compared(a, b).differences
        assert (one.what, one.kind, one.place) == ("task", "added", "task b")
        (one,) = compared(b, a).differences
        assert (one.what, one.kind) == ("task", "removed")

    def test_tasks_change_names_with_their_number(self) -> None:
        """A task before the others: kfp numbers them anew."""
        a = with_text(dag(**{"say": echo("1"), "say-2": echo("2", "say")}))
        b = with_text(dag(**{"say": echo("0"), "say-2": echo("1"), "say-3": echo("2", "say-2")}))
        (one,) = compared(a, b).differences
        assert (one.what, one.kind, one.place) == ("task", "added", "task say")

    def test_a_constant_of_one_of_many(self) -> None:
        a = with_text(dag(a=echo("1"), b=echo("2", "a"), c=echo("3", "b")))
        b = with_text(dag(a=echo("1"), b=echo("x", "a"), c=echo("3", "b")))
        assert told(compared(a, b)) == ["task b: value of input text changed"]

    def test_twins_are_paired_with_what_is_around_them(self) -> None:
        a = with_text(dag(a=echo("1"), b=echo("1"), c=echo("2", "a"), d=echo("2", "b")))
        b = with_text(dag(a=echo("1"), b=echo("1"), c=echo("2", "b"), d=echo("2", "a")))
        assert compared(a, b).same


class TestDependencies:
    def test_an_implied_one(self) -> None:
        a = with_text(dag(a=echo("1"), b=echo("2", "a"), c=echo("3", "a", "b")))
        b = with_text(dag(a=echo("1"), b=echo("2", "a"), c=echo("3", "b")))
        assert compared(a, b).same

    def test_one_that_a_task_that_always_runs_does_not_imply(self) -> None:
        always = {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}}
        a = with_text(dag(a=echo("1"), b=echo("2", "a", **always), c=echo("3", "a", "b")))
        b = with_text(dag(a=echo("1"), b=echo("2", "a", **always), c=echo("3", "b")))
        assert told(compared(a, b)) == ["task c: runs after changed"]

    def test_another_one(self) -> None:
        a = with_text(dag(a=echo("1"), b=echo("2"), c=echo("3", "a")))
        b = with_text(dag(a=echo("1"), b=echo("2"), c=echo("3", "b")))
        assert told(compared(a, b)) == ["task c: runs after changed"]


class TestTolerances:
    def test_caching(self) -> None:
        a, b = dag(say=task()), dag(say=task(cachingOptions={}))
        assert notes(compared(a, b)) == ["caching"]
        on = dag(say=task(cachingOptions={"enableCache": True}))
        assert told(compared(a, on)) == ["task say: caching changed"]

    def test_strict_ones_count(self) -> None:
        a, b = dag(say=task()), dag(say=task(cachingOptions={}))
        assert told(compared(a, b, strict=True)) == ["task say: caching changed"]
        assert told(compared(a, b, strict=["caching"])) == ["task say: caching changed"]
        assert compared(a, b, strict=["sdk-version"]).same

    def test_the_version_of_kfp(self) -> None:
        a = container(command=command(f"'pandas' 'numpy' 'kfp==2.0.1' {NO_DEPS}"))
        b = container(command=command(f"'numpy' 'pandas' 'kfp==2.17.0' {NO_DEPS}"))
        assert sorted(notes(compared(a, b))) == ["kfp-version", "pip-order"]
        assert compared(a, b).same

    def test_the_text_around_a_function(self) -> None:
        a = container(command=command("'kfp==2.0.1'", module="components"))
        b = container(command=command(f"'kfp==2.17.0' {NO_DEPS}"))
        assert sorted(notes(compared(a, b))) == ["bootstrap", "kfp-version"]

    @pytest.mark.parametrize(
        ("packages", "what"),
        [
            (f"'pandas==2' 'kfp==2.17.0' {NO_DEPS}", "packages to install"),
            (f"'pandas' 'git+https://kfp' {NO_DEPS}", "package of kfp"),
            (f"--index-url https://a 'pandas' 'kfp==2.17.0' {NO_DEPS}", "pip options"),
        ],
    )
    def test_what_else_it_installs_counts(self, packages: str, what: str) -> None:
        a = container(command=command(f"'pandas' 'kfp==2.17.0' {NO_DEPS}"))
        assert told(compared(a, container(command=command(packages)))) == [
            f"task say: {what} changed"
        ]

    def test_another_text_of_the_shell_counts(self) -> None:
        a, b = command("'kfp==2.17.0'"), command("'kfp==2.17.1'; true")
        assert lightweight.lightweight(a) is not None
        assert lightweight.lightweight(b) is None
        assert not compared(container(command=a), container(command=b)).same

    def test_resources(self) -> None:
        a = container(resources={"cpuLimit": 2.0, "memoryLimit": 4.294967296})
        b = container(resources={"resourceCpuLimit": "2000m", "resourceMemoryLimit": "4Gi"})
        assert notes(compared(a, b)) == ["resource-fields", "resource-fields"]
        c = container(resources={"resourceCpuLimit": "3", "resourceMemoryLimit": "4Gi"})
        assert told(compared(a, c)) == ["task say: CPU limit changed"]

    def test_retries(self) -> None:
        a = dag(say=task(retryPolicy={"maxRetryCount": 2}))
        whole = {"maxRetryCount": 2, "backoffDuration": "0s", "backoffFactor": 2.0}
        b = dag(say=task(retryPolicy={**whole, "backoffMaxDuration": "3600s"}))
        assert notes(compared(a, b)) == ["retry-defaults"] * 3
        c = dag(say=task(retryPolicy={**whole, "backoffMaxDuration": "60s"}))
        assert told(compared(a, c)) == ["task say: retries: max backoff seconds changed"]
        assert not compared(a, dag(say=task())).same

    def test_retries_that_are_zero(self) -> None:
        zero = {"maxRetryCount": 0, "backoffFactor": 0.0}
        a, b = (dag(say=task(retryPolicy=one)) for one in (zero, {"backoffDuration": "0s"}))
        assert set(notes(compared(a, b))) == {"retry-defaults"} and compared(a, b).same
        never = dag(say=task(retryPolicy={**zero, "backoffMaxDuration": "0s"}))
        assert told(compared(a, never)) == ["task say: retries: max backoff seconds changed"]

    def test_a_volume_of_another_class(self) -> None:
        """The driver takes another class without ``storage_class_name`` than with an empty one."""
        files = []
        for default in ({}, {"defaultValue": ""}, {"defaultValue": "fast"}):
            known = {"parameterType": "STRING", "isOptional": True, **default}
            interface = {"parameters": {"storage_class_name": known}}
            component = {"executorLabel": "exec-say", "inputDefinitions": interface}
            files.append(
                {**container(image="argostub/createpvc"), "components": {"comp-say": component}}
            )
        for one, other in ((0, 1), (1, 2)):
            found = told(compared(files[one], files[other]))
            assert any("value of input storage_class_name" in line for line in found), found

    @pytest.mark.parametrize(("image", "same"), [("argostub/createpvc", True), ("a", False)])
    def test_inputs_of_kfp_kubernetes(self, image: str, same: bool) -> None:
        """Another version of it describes them otherwise, and has more of them."""
        files = []
        for text, more in (("Size.", {}), ("The size.", {"source": {"parameterType": "STRUCT"}})):
            size = {"parameterType": "STRING", "description": text}
            interface = {"parameters": {"size": size, **more}}
            component = {"executorLabel": "exec-say", "inputDefinitions": interface}
            value = {"parameters": {"size": {"runtimeValue": {"constant": "1Gi"}}}}
            files.append(
                dag(say=task(inputs=value))
                | {"components": {"comp-say": component}}
                | {"deploymentSpec": {"executors": {"exec-say": {"container": {"image": image}}}}}
            )
        assert compared(*files).same is same

    @pytest.mark.parametrize(("optional", "same"), [(False, True), (True, False)])
    def test_a_secret_that_is_not_optional(self, optional: bool, same: bool) -> None:
        def platform(**fields: Any) -> dict[str, Any]:
            key = {"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "V"}], **fields}
            executors = {"exec-say": {"secretAsEnv": [key]}}
            return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}

        a, b = (read(spec(), one) for one in (platform(), platform(optional=optional)))
        found = translator.compare(a, b)
        assert found.same is same
        assert notes(found) == ["not-optional"] * same

    def test_forms_of_a_secret(self) -> None:
        """Newer versions of kfp-kubernetes write names of objects into another field."""

        def platform(name: str, **fields: Any) -> dict[str, Any]:
            key = {"keyToEnv": [{"secretKey": "k", "envVar": "V"}], **fields}
            newest = {"runtimeValue": {"constant": name}}
            key |= {"secretNameParameter": newest} if fields else {"secretName": name}
            executors = {"exec-say": {"secretAsEnv": [key]}}
            return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}

        a, b = (read(spec(), one) for one in (platform("s"), platform("s", secretName="s")))
        found = translator.compare(a, b)
        assert found.same and notes(found) == ["kubernetes-forms"]
        assert not translator.compare(a, read(spec(), platform("t", secretName="t"))).same

    def test_a_platform_without_settings(self) -> None:
        empty: dict[str, Any] = {"platforms": {"kubernetes": {"deploymentSpec": {}}}}
        found = translator.compare(read(spec()), read(spec(), empty))
        assert found.same and notes(found) == ["kubernetes-forms"]

    def test_each_has_a_reason(self) -> None:
        assert all(len(reason) > 20 for reason in TOLERANCES.values())


def test_an_argument_equal_to_the_default() -> None:
    interface = {"parameters": {"text": {"parameterType": "STRING", "defaultValue": "1"}}}
    component = {"executorLabel": "exec-say", "inputDefinitions": interface}
    a = spec(components={"comp-say": component})
    b = {**dag(say=echo("1")), "components": {"comp-say": component}}
    assert compared(a, b).same
    c = {**dag(say=echo("2")), "components": {"comp-say": component}}
    assert told(compared(a, c)) == ["task say: value of input text changed"]


def test_values_in_resources() -> None:
    """kfp passes them to the task by generated names; other compilers declare inputs."""
    parameters = {"cpu": {"parameterType": "STRING"}}
    root = {"inputDefinitions": {"parameters": parameters}}

    def limited(name: str, declared: dict[str, Any]) -> dict[str, Any]:
        limit = f"{{{{$.inputs.parameters['{name}']}}}}"
        given = {name: {"componentInputParameter": "cpu"}}
        if not declared:
            given["cpu_limit"] = given[name]
        tasks = {"say": task(inputs={"parameters": given})}
        interface = {"inputDefinitions": {"parameters": declared}} if declared else {}
        return {
            **container(resources={"resourceCpuLimit": limit}),
            "components": {"comp-say": {"executorLabel": "exec-say", **interface}},
            "root": {**root, "dag": {"tasks": tasks}},
        }

    a = limited("pipelinechannel--cpu", {})
    assert compared(a, limited("pipelinechannel--x", {})).same
    found = compared(limited("cpu", parameters), a)
    assert told(found) == ["task say: input cpu removed", "task say: value of input cpu removed"]


class TestDisplayNames:
    @pytest.mark.parametrize(
        ("first", "second", "same"),
        [
            (("say", "say"), ("say-2", "say-2"), True),
            (("say", "Say it"), ("say-2", "Say it"), True),
            (("say", "say"), ("say-2", "say"), True),
            (("say", "Say it"), ("say", "say"), False),
            (("say", "Say it"), ("say", "Say that"), False),
        ],
    )
    def test_is_compared_if_the_author_chose_it(
        self, first: tuple[str, str], second: tuple[str, str], same: bool
    ) -> None:
        a, b = (dag(**{key: task(taskInfo={"name": name})}) for key, name in (first, second))
        assert compared(a, b).same is same


def test_too_many_tasks() -> None:
    levels = {
        f"comp-{level}": {
            "dag": {
                "tasks": {
                    f"t{number}": {"componentRef": {"name": f"comp-{level + 1}"}}
                    for number in range(10)
                }
            }
        }
        for level in range(7)
    }
    levels["comp-7"] = {"executorLabel": "exec-say"}
    root = {"dag": {"tasks": {"all": {"componentRef": {"name": "comp-0"}}}}}
    many = spec(components=levels, root=root)
    pipeline = translator.load_text(text_of(many)).pipeline
    with pytest.raises(translator.TranslationError, match="TR471"):
        translator.compare(pipeline, pipeline)


def test_an_incomplete_pipeline() -> None:
    whole = read(spec())
    with pytest.raises(translator.TranslationError, match="TR474"):
        translator.compare(whole, replace(whole, complete=False))


def test_a_workflow_and_its_translation(tmp_path: Path) -> None:
    """Across formats: in KFP v1 every value is text."""
    text = argo_files.workflow(
        "- {name: a, template: say, arguments: {parameters: [{name: text, value: hello}]}}"
    )
    reading = translator.load_text(text, "a.yaml")
    written = translator.render(reading, "vertex")["pipeline.yaml"]
    assert translator.compare(reading, translator.load_text(written)).same


class TestPage:
    SECRET = container(env=[{"name": "DB_PASSWORD", "value": "hunter22-abc"}])

    def test_secrets_are_stars(self) -> None:
        found = compared(self.SECRET, container())
        for page in (as_text(found), as_markdown(found, ["a", "b"])):
            assert "hunter22" not in page and "*****" in page

    def test_a_long_text_shows_what_changed(self) -> None:
        first, second = ("x" * 5000 + middle + "y" * 5000 for middle in "ab")
        page = as_text(compared(container(args=[first]), container(args=[second])))
        assert len(page) < 600 and "xay" in page and "xby" in page

    def test_markdown_does_not_leave_its_block(self) -> None:
        page = as_markdown(compared(container(args=["```\n# x"]), container()), ["a`b", "@c"])
        assert "````diff" in page and "``a`b``" not in page.split("\n", 1)[1]
        assert page.startswith("<!-- translator diff: %40c -->\n**1 difference**: `` a`b `` → `@c`")

    def test_numbers_and_lists(self) -> None:
        def of(rows: float, *command: str) -> dict[str, Any]:
            default = {"parameterType": "NUMBER_DOUBLE", "defaultValue": rows}
            found = dag(say=task())
            found["root"]["inputDefinitions"] = {"parameters": {"rows": default}}
            deployment = container(command=[*command])["deploymentSpec"]
            return {**found, "deploymentSpec": deployment}

        page = as_text(compared(of(100.0, "a", "b"), of(0.5, "a", "c")))
        assert "  - 100\n  + 0.5\n" in page and "    a\n  - b\n  + c\n" in page

    def test_control_characters(self) -> None:
        page = as_text(compared(container(args=["\x1b[2J"]), container()))
        assert "\x1b" not in page


ODD = {"odd": 1}


class TestLeftOut:
    """Values that are not translated, which findings report."""

    def of(self, a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
        found = translator.compare(*(translator.load_text(text_of(one)) for one in (a, b)))
        assert found.notes == ()
        return [
            (str(one), one.left and one.left.value, one.right and one.right.value)
            for one in found.differences
        ]

    def test_a_field_of_a_container(self) -> None:
        place = "task say: left out: container: shell"
        assert self.of(container(), container(shell="x")) == [(f"{place} added", None, "x")]
        assert self.of(container(shell="x"), container(shell={"a": 1, "b": []})) == [
            (f"{place} changed", "x", {"a": 1, "b": []})
        ]
        assert self.of(container(shell="x"), container(shell="x")) == []

    def test_fields_of_tasks_and_components(self) -> None:
        a, b = dag(a=task(), b=task()), dag(a=task(), b=task(when="x"))
        assert self.of(a, b) == [("task b: left out: when added", None, "x")]
        changed = {"executorLabel": "exec-say", "owner": "me"}
        changed = {**a, "components": {"comp-say": changed}}
        assert self.of(a, changed) == [("tasks b, a: left out: owner added", None, "me")]

    def test_tasks_in_another_order_and_with_other_names(self) -> None:
        a = with_text(dag(a=echo("1", odd=1), b=echo("2", odd=2)))
        b = with_text(dag(x=echo("2", odd=2), y=echo("1", odd=1)))
        assert self.of(a, b) == []

    def test_fields_of_the_pipeline(self) -> None:
        found = self.of(spec(), spec(labels=[{"name": "team", "of": 1}, {"of": 2}]))
        whole = [{"name": "team", "of": 1}, {"of": 2}]
        assert found == [("pipeline: left out: labels added", None, whole)]
        a, b = ({"pipelineSpec": spec(odd=odd), "displayName": "x"} for odd in "xy")
        assert self.of(a, b) == [("pipeline: left out: odd changed", "x", "y")]
        assert self.of(a, spec(odd="x"))[1:] == []  # a PipelineJob has a name of its own

    def test_a_field_of_a_platform_document(self) -> None:
        own = {"executors": {"exec-say": {"imagePullPolicy": "Always"}}}
        first, second = (
            translator.load_text(f"{text_of(spec())}---\n{text_of(document)}")
            for document in (
                {"platforms": {"kubernetes": {"deploymentSpec": one}}} for one in (own, own | ODD)
            )
        )
        found = translator.compare(first, second)
        place = "platforms: kubernetes: deploymentSpec: odd"
        assert told(found) == [f"pipeline: left out: {place} added"]

    def test_an_unknown_platform(self) -> None:
        first, second = (
            translator.load_text(f"{text_of(spec())}---\n{text_of({'platforms': one})}")
            for one in ({"kubernetes": {}}, {"kubernetes": ODD})
        )
        (one,) = translator.compare(first, second).differences
        assert one.right is not None and one.right.value == 1

    def test_entries_with_the_same_name(self) -> None:
        entries = [{"name": "A", "value": "1", "odd": 1}, {"name": "A", "value": "1", "odd": 2}]
        found = self.of(container(env=entries), container(env=[entries[1], entries[0]]))
        assert [(one[1], one[2]) for one in found] == [(1, 2), (2, 1)]

    def test_between_kfp_v1_and_v2_they_are_notes(self) -> None:
        first = translator.load_text(argo_files.one_container("{container: {image: alpine}}"))
        ours = first._replace(left_out=(LeftOut(("odd",), 1, Origin("f", 1, 1, "/odd")),))
        second = first._replace(pipeline=replace(first.pipeline, dialect="KFP v2"))
        assert notes(translator.compare(ours, second)) == ["fail-fast", "left-out"]
        assert told(translator.compare(ours, first)) == ["pipeline: left out: odd removed"]


IMAGE = container(image="{{$.inputs.parameters['text']}}")["deploymentSpec"]
ALPINE = container(image="alpine")["deploymentSpec"]


class TestReferencesToNothing:
    """A pipeline with an error, which can be read."""

    def test_components_and_executors(self) -> None:
        a, b = (dag(a=task(componentRef={"name": name})) for name in ("gone", "lost"))
        assert told(compared(a, b)) == ["task a: runs changed"]
        a, b = (spec(components={"comp-say": {"executorLabel": name}}) for name in ("x", "y"))
        assert told(compared(a, b)) == ["task say: runs changed"]


class TestGroups:
    def test_a_group_is_known_by_its_tasks(self) -> None:
        """A group with retries, and the same group inside another one with retries."""

        def group(name: str) -> dict[str, Any]:
            policy = {"retryPolicy": {"maxRetryCount": 2}}
            return {name: task(componentRef={"name": f"comp-{name}"}, **policy)}

        inside = {"dag": {"tasks": {name: echo(name) for name in "xy"}}}
        one, other = with_text(dag(**group("branches"))), with_text(dag(**group("handler")))
        one["components"]["comp-branches"] = inside
        other["components"]["comp-handler"] = {"dag": {"tasks": group("ways")}}
        other["components"]["comp-ways"] = inside
        found = compared(one, other)
        assert ("branches", "handler/ways") in found.pairs
        assert told(found) == ["task branches: group changed", "task handler: task added"]


class TestRetries:
    def test_one_difference_for_all_numbers(self) -> None:
        policy = {"maxRetryCount": 3, "backoffDuration": "30s"}
        a, b = dag(a=task()), dag(a=task(retryPolicy=policy))
        (one,) = compared(a, b).differences
        assert str(one) == "task a: retries added"
        assert one.right is not None and one.right.value == "3 times"
        more = dag(a=task(retryPolicy={**policy, "maxRetryCount": 4}))
        (one,) = compared(b, more).differences
        assert str(one) == "task a: retries: times changed"

    def test_no_retries(self) -> None:
        a, b = dag(a=task()), dag(a=task(retryPolicy={"maxRetryCount": 0}))
        assert compared(a, b).same and notes(compared(a, b)) == ["retry-defaults"]


class TestImages:
    def test_a_constant_is_the_same_as_its_text(self) -> None:
        one = {**with_text(dag(a=echo("alpine"))), "deploymentSpec": IMAGE}
        other = {**with_text(dag(a=echo("alpine"))), "deploymentSpec": ALPINE}
        changed = {**with_text(dag(a=echo("debian"))), "deploymentSpec": IMAGE}
        assert "image" not in " ".join(told(compared(one, other)))
        assert "task a: image changed" in told(compared(one, changed))

    def test_the_source_of_an_image(self) -> None:
        source = {"componentInputParameter": "base"}
        root = dag(a=task(inputs={"parameters": {"text": source}}))["root"]
        root["inputDefinitions"] = {"parameters": {"base": {"parameterType": "STRING"}}}
        one = {**with_text({"root": root, **spec(root=root)}), "deploymentSpec": IMAGE}
        page = as_text(compared(one, {**one, "deploymentSpec": ALPINE}))
        assert "- <input base of the pipeline>\n  + alpine\n" in page


class TestTaskNames:
    NAME: ClassVar = "{{$.pipeline_task_name}}"

    def test_they_do_not_count(self) -> None:
        assert compared(dag(a=task()), dag(b=task())).same

    def test_they_count_where_a_container_reads_them(self) -> None:
        a, b = (
            {
                **dag(**{name: task()}),
                "deploymentSpec": container(args=[self.NAME])["deploymentSpec"],
            }
            for name in "ab"
        )
        assert told(compared(a, b)) == ["task a: task name changed"]
        a, b = (with_text(dag(**{name: echo(self.NAME)})) for name in "ab")
        assert told(compared(a, b)) == ["task a: task name changed"]


class TestCommand:
    def run(self, folder: Path, a: str, b: str, *words: str) -> Result:
        (folder / "a.yaml").write_text(a, "utf-8")
        (folder / "b.yaml").write_text(b, "utf-8")
        paths = [str(folder / name) for name in ("a.yaml", "b.yaml")]
        return CliRunner().invoke(main, ["diff", *paths, *words])

    def test_exit_status(self, tmp_path: Path) -> None:
        one, other = text_of(container(image="a")), text_of(container(image="b"))
        assert self.run(tmp_path, one, one).exit_code == 0
        assert self.run(tmp_path, one, other).exit_code == 1
        assert self.run(tmp_path, one, "nothing").exit_code == 2
        assert CliRunner().invoke(main, ["diff", "-", "-"]).exit_code == 2
        assert CliRunner().invoke(main, ["diff", str(tmp_path / "a.yaml")]).exit_code == 2

    def test_text(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, text_of(container(image="a")), text_of(container(image="b")))
        first, *rest = done.stdout.splitlines()
        assert first.startswith("task say: image  (- ") and first.endswith("b.yaml:18)")
        assert rest == ["  - a", "  + b"]
        assert done.stderr.strip() == "1 difference"

    def test_json(self, tmp_path: Path) -> None:
        one, other = text_of(container(image="a")), text_of(container(image="b"))
        done = self.run(tmp_path, one, other, "--format", "json")
        found = json.loads(done.stdout)
        assert (found["status"], found["same"], found["notes"]) == (1, False, [])
        (difference,) = found["differences"]
        assert difference["what"] == "image" and difference["before"]["value"] == "a"
        assert difference["after"]["line"] == 18

    def test_notes(self, tmp_path: Path) -> None:
        one, other = text_of(dag(say=task())), text_of(dag(say=task(cachingOptions={})))
        done = self.run(tmp_path, one, other)
        assert (done.exit_code, done.stdout) == (0, "")
        assert "the pipelines are the same; 1 note (shown with -v)" in done.stderr
        assert "note: " in self.run(tmp_path, one, other, "-v").stdout
        assert self.run(tmp_path, one, other, "--strict").exit_code == 1

    def test_what_only_one_file_is_told_of(self, tmp_path: Path) -> None:
        one, other = text_of(spec()), text_of(spec(oddField=1))
        done = self.run(tmp_path, one, other)
        assert "TR103" in done.stderr and done.exit_code == 1
        assert done.stdout.splitlines()[1:] == ["  + 1"]
        done = self.run(tmp_path, other, other)
        assert "TR103" not in done.stderr and done.exit_code == 0


def reads(name: str, output: str, *, whole: str = "") -> dict[str, Any]:
    """A spec whose component has an input and an output of these names."""
    args = [
        f"{{{{$.inputs.parameters['{name}']}}}}",
        f"{{{{$.outputs.parameters['{output}'].output_file}}}}",
        *([whole] if whole else []),
    ]
    component = {
        "executorLabel": "exec-say",
        "inputDefinitions": {"parameters": {name: {"parameterType": "STRING"}}},
        "outputDefinitions": {"parameters": {output: {"parameterType": "STRING"}}},
    }
    first = task(inputs={"parameters": {name: {"runtimeValue": {"constant": "x"}}}})
    source = {"taskOutputParameter": {"producerTask": "a", "outputParameterKey": output}}
    second = task(inputs={"parameters": {name: source}})
    return {
        **container(args=args),
        "components": {"comp-say": component},
        "root": {"dag": {"tasks": {"a": first, "b": second}}},
    }


class TestRenamed:
    @pytest.mark.parametrize(
        "other", [("host_name", "output_2"), ("x", "y"), ("data", "data"), ("a", "a_output")]
    )
    def test_names_that_no_container_reads(self, other: tuple[str, str]) -> None:
        a, b = reads("Host Name", "Output"), reads(*other)
        assert not compared(a, b).same
        found = compared(a, b, renamed=True)
        assert found.same and notes(found) == ["renamed", "renamed"]
        assert [one.left.value for one in found.notes if one.left] == ["Host Name", "Output"]

    def test_names_that_a_container_reads(self) -> None:
        a, b = (reads(name, "out", whole="{{$}}") for name in ("Host Name", "host_name"))
        assert not compared(a, b, renamed=True).same

    @pytest.mark.parametrize(("name", "same"), [("show-metrics", True), ("show", False)])
    def test_names_for_metrics(self, name: str, same: bool) -> None:
        """The wrapper for metrics reads only names in its options; others any name."""
        files = []
        for output in ("m", "n"):
            document = reads("in", output)
            options = ["outputs", {"metrics": output}, {}]
            words = ["sh", "-c", "script", name, "program", "{{$}}", json.dumps(options)]
            document["deploymentSpec"]["executors"]["exec-say"]["container"]["command"] = words
            files.append(document)
        assert compared(*files, renamed=True).same is same

    @pytest.mark.parametrize(("more", "same"), [({}, True), ({"other": "STRING"}, False)])
    def test_the_only_output_whose_place_no_container_has(
        self, more: dict[str, str], same: bool
    ) -> None:
        files = []
        for output in ("path", "path_output"):
            document = reads("path", output)
            document["deploymentSpec"]["executors"]["exec-say"]["container"]["args"].pop()
            declared = document["components"]["comp-say"]["outputDefinitions"]["parameters"]
            declared |= {f"{output}-{key}": {"parameterType": kind} for key, kind in more.items()}
            files.append(document)
        assert compared(*files, renamed=True).same is same

    def test_another_use(self) -> None:
        a = reads("in", "out")
        b = copy.deepcopy(a)
        b["deploymentSpec"]["executors"]["exec-say"]["container"]["args"].reverse()
        assert not compared(a, b, renamed=True).same


def handed_on(name: str, declared: str = "STRING", about: str = "") -> dict[str, Any]:
    """A pipeline that hands its input to a task in a DAG, whose input has this name."""
    described = {"description": about} if about else {}
    given = {"parameters": {name: {"parameterType": declared, **described}}}
    inner = task(inputs={"parameters": {"text": {"componentInputParameter": name}}})
    outer = task(inputs={"parameters": {name: {"componentInputParameter": "given"}}})
    outer["componentRef"] = {"name": "comp-inner"}
    found = with_text(container(args=["{{$.inputs.parameters['text']}}"]))
    of_pipeline = {"given": {"parameterType": "STRING", "description": "the text"}}
    return {
        **found,
        "components": {
            **found["components"],
            "comp-inner": {"inputDefinitions": given, "dag": {"tasks": {"say": inner}}},
        },
        "root": {
            "inputDefinitions": {"parameters": of_pipeline},
            "dag": {"tasks": {"inner": outer}},
        },
    }


class TestHandedOn:
    def test_a_name_that_a_compiler_chose(self) -> None:
        found = compared(handed_on("url"), handed_on("pipelinechannel--url"))
        assert found.same and {*notes(found)} == {"channels"}

    def test_another_type(self) -> None:
        for one in ("url", "pipelinechannel--url"):
            found = compared(handed_on("url"), handed_on(one, "NUMBER_DOUBLE"))
            assert "task inner/say: value of input text changed" in told(found)

    def test_a_description(self) -> None:
        a, b, c = (handed_on("pipelinechannel--url", about=one) for one in ("", "the text", "x"))
        assert compared(a, b).same
        assert not compared(a, c).same


def looped(items: str, item: str, value: dict[str, Any]) -> dict[str, Any]:
    """A loop over an input, with items of a type, and the value that the task in it takes."""
    found = with_text(container(args=["{{$.inputs.parameters['text']}}"]))
    inner = task(inputs={"parameters": {"text": value, "i": {"componentInputParameter": "i"}}})
    given = {"list": {"parameterType": items}, "i": {"parameterType": item}}
    outer = {
        "componentRef": {"name": "comp-loop"},
        "inputs": {"parameters": {"list": {"componentInputParameter": "given"}}},
        "parameterIterator": {"items": {"inputParameter": "list"}, "itemInput": "i"},
    }
    loop = {"inputDefinitions": {"parameters": given}, "dag": {"tasks": {"say": inner}}}
    return {
        **found,
        "components": {**found["components"], "comp-loop": loop},
        "root": {
            "inputDefinitions": {"parameters": {"given": {"parameterType": "LIST"}}},
            "dag": {"tasks": {"loop": outer}},
        },
    }


class TestItems:
    PART: ClassVar[dict[str, Any]] = {
        "componentInputParameter": "i",
        "parameterExpressionSelector": 'parseJson(string_value)["a"]',
    }
    WHOLE: ClassVar[dict[str, Any]] = {"componentInputParameter": "i"}

    def test_texts_and_mappings(self) -> None:
        found = compared(*(looped("LIST", one, self.PART) for one in ("STRUCT", "STRING")))
        assert found.same and "item-type" in notes(found)

    def test_other_types(self) -> None:
        found = compared(*(looped("LIST", one, self.WHOLE) for one in ("STRING", "BOOLEAN")))
        assert told(found) == ["task loop: loop item: type changed"]

    def test_a_text_that_is_the_item(self) -> None:
        a = looped("LIST", "STRUCT", self.WHOLE)
        b, c = (
            looped("LIST", "STRUCT", {"runtimeValue": {"constant": one}})
            for one in ("{{$.inputs.parameters['i']}}", "{{$.inputs.parameters['i']}}!")
        )
        found = compared(a, b)
        assert found.same and notes(found) == ["whole-text"]
        assert not compared(a, c).same


def test_tasks_are_found_by_content_without_tolerated_facts() -> None:
    """A default that a task does not use is none of the facts by which tasks are paired."""

    def chain(first: str, second: str, **fields: Any) -> dict[str, Any]:
        found = reads("in", "out")
        declared = found["components"]["comp-say"]["inputDefinitions"]["parameters"]["in"]
        declared.update(fields)
        a, b = (
            task(inputs={"parameters": {"in": {"runtimeValue": {"constant": one}}}}) for one in "xy"
        )
        after = [
            task(
                inputs={
                    "parameters": {
                        "in": {
                            "taskOutputParameter": {
                                "producerTask": one,
                                "outputParameterKey": "out",
                            }
                        }
                    }
                }
            )
            for one in "ab"
        ]
        tasks = {"a": a, "b": b, first: after[0], second: after[1]}
        return {**found, "root": {"dag": {"tasks": tasks}}}

    assert compared(chain("c", "d"), chain("d", "c", defaultValue="z")).same


def test_the_page_lists_all_tolerances() -> None:
    page = (Path(__file__).parents[2] / "docs/diff.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", page, re.M))
    assert rows == {name: why[0].upper() + why[1:] for name, why in TOLERANCES.items()}
