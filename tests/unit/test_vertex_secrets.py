"""Kubernetes secrets as secrets of Secret Manager, on Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.pods import codes, constant, decided, mount, pipeline
from translator.model import (
    Component,
    Container,
    Dag,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Pipeline,
    Task,
)
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    FieldVariable,
    Reference,
    SecretVariable,
    SecretVolume,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex import TARGET, Options
from translator.targets.vertex.passes.secret_wrapper import SCRIPT, fetched_secrets
from translator.targets.vertex.passes.secrets import secrets

if TYPE_CHECKING:
    from translator.decisions import Decided

S = "projects/my-project/secrets/weather-key"
V = f"{S}/versions/3"
API_KEY = SecretVariable(variable="API_KEY", secret=constant("weather"), key="api-key")


def words(done: Decided, label: str = "exec-train") -> list[list[str]]:
    """The arguments of the wrapper, three for each secret, then the command behind it."""
    executor = done.pipeline.executors[label]
    assert isinstance(executor, Container)
    command = [str(word) for word in executor.command]
    if command[:4] != ["sh", "-c", SCRIPT, "fetch-secrets"]:
        return [command]
    end = command.index("--")
    return [*(command[at : at + 3] for at in range(4, end, 3)), command[end + 1 :]]


def volume(**fields: object) -> SecretVolume:
    return SecretVolume(secret=constant("weather"), **fields)


class TestVariables:
    def test_a_decided_key(self) -> None:
        done = decided(secrets, pipeline(variables=(API_KEY,)), secrets={"weather/api-key": V})
        assert words(done) == [[V, "API_KEY", "env"], ["python", "train.py"]]
        executor = done.pipeline.executors["exec-train"]
        assert isinstance(executor, Container) and executor.pod.variables == ()
        assert done.used == {("secrets", "weather/api-key")}
        assert codes(done) == ["TR372"]

    def test_without_a_decision_nothing_changes(self) -> None:
        given = pipeline(variables=(API_KEY,), mounts=(mount("/etc/weather", volume()),))
        done = decided(secrets, given, secrets={"other/api-key": V})
        assert done.pipeline is given and not done.used and not done.findings

    def test_optional(self) -> None:
        optional = replace(API_KEY, optional=True)
        done = decided(secrets, pipeline(variables=(optional,)), secrets={"weather/api-key": V})
        assert words(done)[0] == [V, "API_KEY", "optional env"]

    def test_no_version_is_the_latest(self) -> None:
        done = decided(secrets, pipeline(variables=(API_KEY,)), secrets={"weather/api-key": S})
        assert words(done)[0] == [f"{S}/versions/latest", "API_KEY", "env"]
        assert codes(done) == ["TR373", "TR372"]

    def test_all_keys(self) -> None:
        every = AllKeys(secret=constant("weather"), prefix="W_")
        variables = (API_KEY, every, FieldVariable(variable="POD", field_path="metadata.name"))
        given = pipeline(variables=variables, env={"W_url": "own"})
        keys = {"weather/token": V, "weather/url": V, "weather/api-key": V, "other/x": V}
        done = decided(secrets, given, secrets=keys)
        # A variable of its own name wins; `W_api-key` is none that a shell can set.
        assert words(done)[:-1] == [[V, "W_token", "env"], [V, "API_KEY", "env"]]
        executor = done.pipeline.executors["exec-train"]
        assert isinstance(executor, Container) and executor.pod.variables == variables[2:]
        (finding,) = (one for one in done.findings if one.rule.code == "TR374")
        assert "environment variable `W_api-key` from secret `weather`" in finding.message

    def test_the_last_of_a_name_wins(self) -> None:
        other = replace(API_KEY, key="other")
        given = pipeline(variables=(API_KEY, other), env={"API_KEY": "own"})
        decisions = {"weather/api-key": S + "/versions/1", "weather/other": S + "/versions/2"}
        done = decided(secrets, given, secrets=decisions)
        assert words(done)[:-1] == [[f"{S}/versions/2", "API_KEY", "env"]]

    @pytest.mark.parametrize(
        "name", ["a-b", "tls.crt", "1A", "", "_file", "IFS", "UID", "BASH_ENV"]
    )
    def test_names_that_no_shell_sets(self, name: str) -> None:
        odd = replace(API_KEY, variable=name)
        done = decided(secrets, pipeline(variables=(odd,)), secrets={"weather/api-key": V})
        assert words(done) == [["python", "train.py"]] and codes(done) == ["TR374"]

    def test_odd_variables_of_the_container_are_kept(self) -> None:
        """Those that shells drop, set themselves, or that the script has too."""
        env = {"a.b": "1", "C": "2", "_data": "3", "OPTIND": "4", "_C": "5"}
        done = decided(
            secrets, pipeline(variables=(API_KEY,), env=env), secrets={"weather/api-key": V}
        )
        again = ["a.b=1", "_data=3", "OPTIND=4"]
        assert words(done)[-1] == ["env", "--", *again, "python", "train.py"]

    def test_references_in_the_argv(self) -> None:
        args = (
            "--key=$(API_KEY)",
            "$$(API_KEY)",
            "$(OTHER)",
            "{{$.inputs.parameters['a']}}$(API_KEY)",
        )
        done = decided(
            secrets, pipeline(variables=(API_KEY,), args=args), secrets={"weather/api-key": V}
        )
        (_, command) = words(done)
        assert command[:2] == ["sh", "-c"] and command[3] == "fill-references"
        assert command[4:] == [
            *("2", "text", "--key=", "value", "API_KEY", "end"),
            *("5", "text", "{{$.inputs.parameters['a']}}", "value", "API_KEY", "end"),
            *("--", "python", "train.py"),
        ]
        assert codes(done) == ["TR372", "TR388"]

    @pytest.mark.parametrize(
        "given",
        [
            {"env": {"URL": "http://$(API_KEY)@x"}},
            {"args": ('{"IfPresent": {"InputName": "a", "Then": ["b"]}}', "$(API_KEY)")},
        ],
    )
    def test_references_that_are_not_replaced(self, given: dict[str, Any]) -> None:
        """So the variable stays, and a check reports the reference (TR176)."""
        other = replace(API_KEY, variable="OTHER")
        whole = pipeline(variables=(API_KEY, other), **given)
        done = decided(secrets, whole, secrets={"weather/api-key": V})
        assert words(done)[:-1] == [[V, "OTHER", "env"]]
        executor = done.pipeline.executors["exec-train"]
        assert isinstance(executor, Container) and executor.pod.variables == (API_KEY,)

    def test_a_reference_to_a_name_that_no_shell_sets(self) -> None:
        odd = replace(API_KEY, variable="a.b")
        given = pipeline(variables=(odd,), args=("$(a.b)",))
        assert decided(secrets, given, secrets={"weather/api-key": V}).pipeline is given

    def test_config_maps_stay(self) -> None:
        other = ConfigMapVariable(variable="L", config_map=constant("weather"), key="api-key")
        given = pipeline(variables=(other,))
        assert decided(secrets, given, secrets={"weather/api-key": V}).pipeline is given


class TestFiles:
    @pytest.mark.parametrize(
        ("made", "files"),
        [
            (mount("/etc/w", volume()), {"/etc/w/a": "file 0644", "/etc/w/b.pem": "file 0644"}),
            (mount("/etc/w/", volume(items={"a": "x/y"})), {"/etc/w/x/y": "file 0644"}),
            (mount("/etc/w", volume(optional=True)), {"/etc/w/a": "optional file 0644",
                                                      "/etc/w/b.pem": "optional file 0644"}),
            (mount("/etc/w", volume(), defaultMode=0o400),
             {"/etc/w/a": "file 0400", "/etc/w/b.pem": "file 0400"}),
            (mount("/etc/w", volume(items={"a": "a", "b.pem": "b"}), defaultMode=0o440,
                   items=[{"key": "b.pem", "mode": 0o400}]),
             {"/etc/w/a": "file 0440", "/etc/w/b": "file 0400"}),
            (mount("/root/key", volume(), sub_path="a"), {"/root/key": "file 0644"}),
            (mount("/root/x", volume(items={"a": "in/a", "b.pem": "in/b"}), sub_path="in"),
             {"/root/x/a": "file 0644", "/root/x/b": "file 0644"}),
            (mount("/root/x", volume(items={"a": "in/a", "b.pem": "in/b"}), sub_path="./in/b"),
             {"/root/x": "file 0644"}),
        ],
    )  # fmt: skip
    def test_of_mounts(self, made: object, files: dict[str, str]) -> None:
        keys = {"weather/a": V, "weather/b.pem": V}
        done = decided(secrets, pipeline(mounts=(made,)), secrets=keys)
        assert {where: how for _, where, how in words(done)[:-1]} == files
        executor = done.pipeline.executors["exec-train"]
        assert isinstance(executor, Container) and executor.pod.mounts == ()

    @pytest.mark.parametrize(
        "made",
        [
            mount("/etc/w", volume(items={"a": "a", "c": "c"})),  # a key without a decision
            mount("/etc/w", volume(items={"a": "../a"})),
            mount("/etc/w", volume(items={"a": "/a"})),
            mount("/etc/w", volume(items={"a": "a\n"})),
            mount("/etc/w", volume(items={"a": "a"}), sub_path="b"),
            mount("/etc/w", volume(), sub_path="c"),
            mount("/etc/{{inputs.parameters.x}}", volume()),
            mount("/etc/$(X)", volume()),
            mount("relative", volume()),
            mount("/etc/w", volume(), defaultMode="400"),
            mount("/etc/w", volume(), defaultMode=0o1777),
            mount("/etc/w", volume(items={"a": "a"}), items=[{"key": "a", "mode": True}]),
            mount("/etc/w", volume(items={"a": "a"}), items=[{"key": "a", "mode": 1, "x": 1}]),
            mount("/etc/w", volume(items={"a": "a"}), items=["a"]),
            mount("/etc/w", volume(), subPathExpr="$(POD)"),
        ],
    )
    def test_that_cannot_be_made(self, made: object) -> None:
        given = pipeline(mounts=(made,))
        assert decided(secrets, given, secrets={"weather/a": V}).pipeline is given

    def test_keys_that_paths_name_must_be_decided(self) -> None:
        given = pipeline(mounts=(mount("/etc/w", volume()),), args=("--cert=/etc/w/tls.crt",))
        done = decided(secrets, given, secrets={"weather/a": V})
        assert done.pipeline is given
        assert [(need.key, need.is_proposal) for need in done.needs] == [
            ("weather/a", False),
            ("weather/tls.crt", True),
        ]
        done = decided(secrets, given, secrets={"weather/a": V, "weather/tls.crt": V})
        assert [where for _, where, _ in words(done)[:-1]] == ["/etc/w/a", "/etc/w/tls.crt"]

    def test_of_an_optional_secret(self) -> None:
        made = mount("/etc/w", volume(items={"a": "a", "c": "c"}, optional=True))
        done = decided(secrets, pipeline(mounts=(made,)), secrets={"weather/a": V})
        assert words(done)[:-1] == [[V, "/etc/w/a", "optional file 0644"]]

    def test_a_key_of_google_needs_no_decision(self) -> None:
        env = {"GOOGLE_APPLICATION_CREDENTIALS": "/secret/gcp/user-gcp-sa.json"}
        given = pipeline(mounts=(mount("/secret/gcp", volume()),), env=env)
        done = decided(secrets, given, secrets={"other/x": V})
        assert done.pipeline is given and not done.needs
        done = decided(secrets, given, secrets={"weather/user-gcp-sa.json": V})
        assert words(done)[0] == [V, "/secret/gcp/user-gcp-sa.json", "file 0644"]


class TestDecisions:
    @pytest.mark.parametrize(
        "value",
        ["", "x", "projects/p/secrets", "projects/p/secrets/s/versions/", "projects/P/secrets/s",
         "projects/p/secrets/a b", f"{S}; rm -rf /", f"{S}\n", "projects/p/secrets/$(x)",
         "projects/../secrets/s", f"{S}/versions/1/x", "projects/p/locations/l/secrets/s"],
    )  # fmt: skip
    def test_that_are_no_secret(self, value: str) -> None:
        given = pipeline(variables=(API_KEY, replace(API_KEY, variable="B")))
        done = decided(secrets, given, secrets={"weather/api-key": value})
        assert done.pipeline is given and codes(done) == ["TR370"]
        assert done.findings[0].message == (
            "the decision for secret `weather/api-key` does not name a secret of Secret Manager"
        )
        assert done.used == {("secrets", "weather/api-key")}

    def test_with_the_placeholder_of_the_plan(self) -> None:
        made = AllKeys(secret=constant("all"))
        for known in ({}, {"all/a": V}):
            done = decided(secrets, pipeline(variables=(made,)), secrets={"all/<KEY>": V, **known})
            assert "TR370" in codes(done)
            assert ("secrets", "all/<KEY>") in done.used

    def test_without_a_key(self) -> None:
        done = decided(secrets, pipeline(variables=(API_KEY,)), secrets={"weather": V})
        (finding,) = done.findings
        assert finding.rule.code == "TR370"
        assert "names no key of the secret" in finding.message
        assert "`--secret weather/KEY=projects/" in finding.help

    @pytest.mark.parametrize("key", ["..", "a/b", "a b", ""])
    def test_of_no_key(self, key: str) -> None:
        given = pipeline(mounts=(mount("/etc/w", volume()),))
        assert decided(secrets, given, secrets={f"weather/{key}": V}).pipeline is given

    def test_a_container_without_a_command(self) -> None:
        given = pipeline(variables=(API_KEY,), command=())
        done = decided(secrets, given, secrets={"weather/api-key": V})
        (finding,) = (one for one in done.findings if one.rule.code == "TR371")
        assert "`--entrypoint python:3.11=COMMAND`" in finding.help

    @pytest.mark.parametrize(
        ("image", "lacks"),
        [("alpine", True), ("gcr.io/a/alpine:3@sha256:0", True), ("ubuntu:24.04", True),
         ("python:3-alpine", False), ("a/alpine-curl", False),
         ("{{$.inputs.parameters['x']}}", False)],
    )  # fmt: skip
    def test_images_without_a_client(self, image: str, lacks: bool) -> None:
        given = pipeline(variables=(API_KEY,), image=image)
        done = decided(secrets, given, secrets={"weather/api-key": V})
        assert codes(done) == (["TR374"] if lacks else ["TR372"])
        assert [need.key for need in done.needs if need.kind == "images"] == [image] * lacks

    def test_needs(self) -> None:
        other = {"variable": "B", "optional": True}
        variables = (API_KEY, AllKeys(secret=constant("all")), replace(API_KEY, **other))
        mounts = (mount("/etc/w", volume(items={"tls.crt": "tls"})),)
        done = decided(secrets, pipeline(variables=variables, mounts=mounts))
        assert [(need.key, need.value, need.why, need.is_proposal) for need in done.needs] == [
            (
                "all/<KEY>",
                "projects/PROJECT/secrets/all-KEY",
                "environment variables come from secret `all`; replace <KEY>: one entry for each "
                "key",
                True,
            ),
            (
                "weather/api-key",
                "projects/PROJECT/secrets/weather-api-key",
                "environment variable `API_KEY` comes from key `api-key` of secret `weather`",
                True,
            ),
            (
                "weather/api-key",
                "projects/PROJECT/secrets/weather-api-key",
                "environment variable `B` comes from key `api-key` of secret `weather` (optional)",
                True,
            ),
            (
                "weather/tls.crt",
                "projects/PROJECT/secrets/weather-tls-crt",
                "the file `/etc/w/tls` comes from key `tls.crt` of secret `weather`",
                True,
            ),
        ]
        done = decided(secrets, pipeline(variables=(API_KEY,)), secrets={"weather/api-key": V})
        assert [(need.value, need.is_proposal) for need in done.needs] == [(V, False)]


class TestNamesFromThePipeline:
    """``secretNameParameter`` of kfp-kubernetes."""

    @staticmethod
    def with_input(default: object, **given: object) -> Pipeline:
        secret = Reference(name=FromParent(name="name"))
        made = pipeline(variables=(replace(API_KEY, secret=secret),))
        parameter = Parameter(type=ParameterType.STRING, default=default)
        root = replace(made.root, inputs=Interface(parameters={"name": parameter}))
        return replace(made, root=root, **given)

    def test_the_default_of_an_input(self) -> None:
        done = decided(secrets, self.with_input("weather"), secrets={"weather/api-key": V})
        assert words(done)[0] == [V, "API_KEY", "env"]
        (finding,) = (one for one in done.findings if one.rule.code == "TR374")
        assert finding.message == (
            "environment variable `API_KEY` comes from `weather` as decided, whatever name input "
            "`name` has in a run"
        )
        assert "whose name comes from input `name`" in done.needs[0].why

    def test_an_output_of_a_task(self) -> None:
        made = self.with_input("")
        secret = Reference(name=FromTask(task="make", output="Output"))
        executor = made.executors["exec-train"]
        assert isinstance(executor, Container)
        pod = replace(executor.pod, variables=(replace(API_KEY, secret=secret),))
        tasks = {"make": Task(component="comp-make"), "train": Task(component="comp-train")}
        given = replace(
            made,
            root=replace(made.root, body=Dag(tasks=tasks)),
            executors={"exec-train": replace(executor, pod=pod)},
        )
        done = decided(secrets, given, secrets={"make.Output/api-key": V})
        assert words(done)[0] == [V, "API_KEY", "env"] and "TR374" in codes(done)
        assert "whose name comes from output `Output` of task `make`" in done.needs[0].why

    def test_an_input_without_a_default(self) -> None:
        done = decided(secrets, self.with_input(None), secrets={"name/api-key": V})
        assert words(done)[0] == [V, "API_KEY", "env"]

    def test_constants_of_tasks(self) -> None:
        made = self.with_input("outer")
        inner = Component(
            body=Dag(tasks={"train": Task(component="comp-train")}),
            inputs=Interface(parameters={"name": Parameter(type=ParameterType.STRING)}),
        )
        tasks = {
            name: Task(component="comp-inner", parameters={"name": constant(value).name})
            for name, value in (("one", "weather"), ("two", "weather"))
        }
        root = replace(made.root, body=Dag(tasks=tasks))
        components = {**made.components, "comp-inner": inner}
        given = replace(made, root=root, components=components)
        done = decided(secrets, given, secrets={"weather/api-key": V})
        assert words(done)[0] == [V, "API_KEY", "env"] and "TR374" not in codes(done)
        tasks["two"] = replace(tasks["two"], parameters={"name": constant("other").name})
        given = replace(given, root=replace(root, body=Dag(tasks=tasks)))
        done = decided(secrets, given, secrets={"weather/api-key": V})
        assert done.pipeline is given and not done.needs


class TestAccess:
    def test_one_command_for_each_secret(self) -> None:
        mounts = (mount("/etc/w", volume(items={"a": "a"})),)
        given = pipeline(variables=(API_KEY,), mounts=mounts)
        keys = {"weather/api-key": V, "weather/a": f"{S}/versions/4"}
        done = decided(secrets, given, secrets=keys)
        executor = done.pipeline.executors["exec-train"]
        assert isinstance(executor, Container)
        assert list(fetched_secrets(executor)) == [V, f"{S}/versions/4"]
        (access,) = TARGET.needs(done.pipeline, Options())
        assert access.what == f"`{S}`, for task `train`"
        assert access.command == (
            "gcloud secrets add-iam-policy-binding weather-key --project my-project --member "
            "serviceAccount:SERVICE_ACCOUNT --role roles/secretmanager.secretAccessor"
        )
        options = Options(service_account="me@my-project.iam.gserviceaccount.com")
        (access,) = TARGET.needs(done.pipeline, options)
        assert "serviceAccount:me@my-project.iam.gserviceaccount.com " in access.command

    def test_of_a_file_with_a_made_up_wrapper(self) -> None:
        made = pipeline(command=("sh", "-c", SCRIPT, "fetch-secrets", "projects/$(x)", "A", "env"))
        assert list(TARGET.needs(made, Options())) == []
        made = pipeline(command=("fetch-secrets", SCRIPT))
        assert list(TARGET.needs(made, Options())) == []


def test_the_script_is_plain_text_for_backends() -> None:
    assert parse_text(SCRIPT).placeholders() == ()
