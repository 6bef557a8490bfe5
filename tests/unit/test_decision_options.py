"""The options for decisions: the table of their kinds, and what `convert` and `check` accept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from translator import api
from translator.cli import main
from translator.decisions import Decisions
from translator.plan.kinds import ENTRYPOINTS, KINDS, Command, parsed
from translator.readers.options import ReadOptions

if TYPE_CHECKING:
    from click.testing import Result

HELLO = str(Path(__file__).parents[2] / "examples/hello/pipeline.yaml")
VERSION = "projects/p/secrets/s/versions/3"
#: An option → the decisions that it makes.
GIVEN = [
    (["--volume", "data=run"], Decisions(volumes={"data": "run"})),
    (["--volume", "data=gs://my-bucket"], Decisions(volumes={"data": "gs://my-bucket"})),
    (["--volume", "data=gs://b.c-d/a/b=c/"], Decisions(volumes={"data": "gs://b.c-d/a/b=c"})),
    (["--secret", f"db/pass={VERSION}"], Decisions(secrets={"db/pass": VERSION})),
    (["--secret", "db=projects/12/secrets/S"], Decisions(secrets={"db": "projects/12/secrets/S"})),
    (
        ["--accelerator", "nvidia.com/gpu=NVIDIA_L4"],
        Decisions(accelerators={"nvidia.com/gpu": "NVIDIA_L4"}),
    ),
    (["--accelerator", "a=b=NVIDIA_L4"], Decisions(accelerators={"a=b": "NVIDIA_L4"})),
    (["--address", "s3://=gs://"], Decisions(addresses={"s3://": "gs://"})),
    (["--address", "http://a.svc:80=keep"], Decisions(addresses={"http://a.svc:80": "keep"})),
    (["--image", "a:1=b@sha256:0f"], Decisions(images={"a:1": "b@sha256:0f"})),
    (["--image", "gcr.io/=eu.gcr.io/"], Decisions(images={"gcr.io/": "eu.gcr.io/"})),
    (["--default", "n=1", "--default", "t=a=b"], Decisions(defaults={"n": "1", "t": "a=b"})),
    (["--drop-task", "a", "--drop-task", "b"], Decisions(dropped_tasks=("a", "b"))),
    (["--drop-task", "a", "--drop-task", "a"], Decisions(dropped_tasks=("a",))),
    (["--metrics"], Decisions(metrics=True)),
    (["--no-metrics"], Decisions(metrics=False)),
    (["--config-map", "c=map.yaml"], Decisions(config_maps={"c": {"key": "value"}})),
    (["--volume", "d=run", "--volume", "d=run"], Decisions(volumes={"d": "run"})),
]
#: Options that are refused, and what the message says.
REFUSED = [
    (["--volume", "data"], "'data' is not NAME=gs://BUCKET/PREFIX|run"),
    (["--volume", "=run"], "'=run' is not NAME=gs://BUCKET/PREFIX|run"),
    (["--volume", "data="], "'data=': expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://BUCKET/a"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://bucket/../a"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://bucket/a//b"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://bucket/$(id)"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://bucket/{{$}}"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "data=gs://bucket/a\n"], "expected gs://BUCKET/PREFIX, or run"),
    (["--volume", "d=run", "--volume", "d=gs://bucket"], "volume 'd' has two different values"),
    (["--secret", "db=my-secret"], "expected projects/PROJECT/secrets/SECRET"),
    (["--accelerator", "nvidia.com/gpu=t4"], "expected an accelerator type"),
    (["--address", "s3://=gs://a b"], "expected the beginning of an address, or keep"),
    (["--address", "s3://=gs://'"], "expected the beginning of an address, or keep"),
    (["--address", "s3://=elsewhere"], "expected the beginning of an address, or keep"),
    (["--image", "a=b c"], "expected an image"),
    (["--image", "a="], "expected an image"),
    (["--drop-task", ""], "the name of the task is missing"),
    (["--config-map", "c=none.yaml"], "'c=none.yaml': No such file or directory"),
    (["--config-map", "c=list.yaml"], "list.yaml"),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("map.yaml").write_text("kind: ConfigMap\ndata: {key: value}\n", encoding="utf-8")
    Path("list.yaml").write_text("- a\n", encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", ["convert", "check"])
@pytest.mark.parametrize(("options", "decided"), GIVEN)
def test_options_make_decisions(
    command: str, options: list[str], decided: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    check = api.check

    def spy(reading: Any, to: str, options: Any) -> Any:
        seen.append(options.decisions)
        return check(reading, to)

    monkeypatch.setattr(api, "check", spy)
    run(command, HELLO, *options)
    assert seen == [decided]


@pytest.mark.parametrize("command", ["convert", "check"])
@pytest.mark.parametrize(("options", "told"), REFUSED)
def test_invalid_ones_are_usage_errors(command: str, options: list[str], told: str) -> None:
    done = run(command, HELLO, *options)
    assert done.exit_code == 2
    assert told in done.stderr.splitlines()[-1]


def test_each_field_is_of_one_kind() -> None:
    fields = [kind.field for kind in KINDS]
    assert {*fields, "default_arguments"} == Decisions._fields
    assert ENTRYPOINTS.field in ReadOptions._fields
    for names in (fields, [kind.section for kind in KINDS], [kind.flag for kind in KINDS]):
        assert len({*names}) == len(names)


def test_the_help_has_a_section_for_them() -> None:
    for name in ("convert", "check"):
        command = main.commands[name]
        text = command.get_help(click.Context(command, info_name=name))
        section = text.partition("\nDecisions:\n")[2].partition("\n\n")[0]
        for kind in KINDS:
            flag = kind.flag.partition("/")[0]
            assert (f"  {flag} " in section) == (kind is not ENTRYPOINTS)


@pytest.mark.parametrize(
    ("value", "words"),
    [("python -m 'a b'", ("python", "-m", "a b")), (["/run", ""], ("/run", ""))],
)
def test_an_entrypoint_is_a_list_or_a_text(value: Any, words: tuple[str, ...]) -> None:
    assert parsed(ENTRYPOINTS, value) == Command(words)


@pytest.mark.parametrize("value", ["", "'a", " ", [], [""], [1], {"a": "b"}, True, 3, None])
def test_other_entrypoints_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        parsed(ENTRYPOINTS, value)
