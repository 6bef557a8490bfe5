"""`translator plan`, and plans of `convert` and `check`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from tests.unit.argo_files import workflow
from translator.cli import main
from translator.plan import reading
from translator.plan.reading import load_plan

if TYPE_CHECKING:
    from click.testing import Result

TRAIN = Path(__file__).parents[2] / "examples/train"
HELLO = str(Path(__file__).parents[2] / "examples/hello/pipeline.yaml")
#: A container without a command, whose input is at a fixed path, and a task that runs `kubectl`.
BARE = """
- name: make
  inputs: {artifacts: [{name: in, path: /in, raw: {data: x}}]}
  container: {image: prog, args: [a]}
- name: serve
  container: {image: bitnami/kubectl, command: [kubectl, apply, -f, /x.yaml]}
"""
TASKS = "[{name: make, template: make}, {name: serve, template: serve}]"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put("flow.yaml", workflow(TASKS, BARE))


def put(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return name


def run(*arguments: str, code: int | None = 0, given: str | None = None) -> Result:
    done = CliRunner().invoke(main, arguments, input=given)
    assert code is None or done.exit_code == code, done.output
    return done


def plan(name: str = "migration.yaml") -> Any:
    return yaml.safe_load(Path(name).read_text("utf-8"))


def codes(*arguments: str) -> dict[str, list[str]]:
    """Input → the codes of its findings."""
    found = json.loads(run(*arguments, "--format", "json", code=None).stdout)
    return {one["input"]: [d["code"] for d in one["diagnostics"]] for one in found["inputs"]}


OPEN = {
    "plan-version": 1,
    "entrypoints": {"prog": None},
    "drop-tasks": {"serve": None},
}


def test_the_next_command_is_for_the_same_target() -> None:
    done = run("plan", "flow.yaml", "--to", "kubeflow", "--upgrade", "-o", "migration.yaml")
    convert = "translator convert --to kubeflow --upgrade --plan migration.yaml PIPELINE"
    assert convert in done.stderr
    done = run("plan", "flow.yaml", "--style", "python", "-o", "other.yaml")
    assert "translator convert --style python --plan other.yaml PIPELINE" in done.stderr


def test_a_round_trip() -> None:
    done = run("plan", "flow.yaml", "-o", "migration.yaml")
    assert plan() == OPEN
    assert "migration.yaml: 2 decisions, 2 open" in done.stderr
    assert "translator convert --plan migration.yaml PIPELINE" in done.stderr
    done = run("plan", "--check", "migration.yaml", "flow.yaml", code=1)
    assert done.stderr.count("error[TR273]") == 2
    assert "no decision for entrypoint of image `prog`" in done.stderr
    assert {"TR145", "TR306"} <= set(
        codes("check", "flow.yaml", "--plan", "migration.yaml")["flow.yaml"]
    )
    text = Path("migration.yaml").read_text("utf-8")
    text = text.replace("prog: null", "prog: [python, main.py]").replace(
        "serve: null", "serve: true"
    )
    put("migration.yaml", text)
    run("plan", "--check", "migration.yaml", "flow.yaml")
    run("plan", "flow.yaml", "-o", "migration.yaml")
    assert Path("migration.yaml").read_text("utf-8") == text
    run(
        "convert",
        "flow.yaml",
        "--plan",
        "migration.yaml",
        "-o",
        "out",
        "--strict",
        "--ignore",
        "TR146",
    )
    spec = yaml.safe_load(Path("out/pipeline.yaml").read_text("utf-8"))
    (executor,) = spec["deploymentSpec"]["executors"].values()
    assert executor["container"]["command"][-2:] == ["python", "main.py"]
    report = Path("out/REPORT.md").read_text("utf-8")
    manual = report.partition("## Manual steps")[2].partition("\n## ")[0]
    assert "TR145" not in manual and "TR306" not in manual


def test_standard_output_has_the_plan_alone() -> None:
    done = run("plan", "flow.yaml")
    assert yaml.safe_load(done.stdout) == OPEN
    assert done.stderr == ""
    assert os.listdir() == ["flow.yaml"]
    found = json.loads(run("plan", "flow.yaml", "--format", "json").stdout)
    assert yaml.safe_load(found["plan"]) == OPEN


def test_standard_input() -> None:
    text = Path("flow.yaml").read_text("utf-8")
    assert yaml.safe_load(run("plan", "-", given=text).stdout) == OPEN


def test_nothing_is_needed() -> None:
    assert yaml.safe_load(run("plan", HELLO).stdout) == {"plan-version": 1}
    assert yaml.safe_load(run("plan", "flow.yaml", "--to", "kubeflow").stdout) == {
        "plan-version": 1
    }


def test_one_plan_for_a_folder() -> None:
    os.mkdir("flows")
    os.rename("flow.yaml", "flows/a.yaml")
    put("flows/b.yaml", Path(HELLO).read_text("utf-8"))
    run("plan", "flows", "-o", "flows/migration.yaml")
    assert plan("flows/migration.yaml") == OPEN
    put("flows/migration.yaml", "drop-tasks: {serve: true}\nentrypoints: {prog: run}\n")
    given = ("convert", "flows", "--plan", "flows/migration.yaml", "-o", "out")
    found = codes(*given)
    assert found.keys() == {"flows/a.yaml", "flows/b.yaml"}
    assert not {"TR145", "TR306", "TR378"} & {*found["flows/a.yaml"], *found["flows/b.yaml"]}
    assert {path.name for path in Path("out").iterdir()} == {"a", "b"}
    run("plan", "flows", "-o", "flows/migration.yaml")
    assert codes("check", "flows/b.yaml", "--plan", "flows/migration.yaml") == {
        "flows/b.yaml": [],
        "flows/migration.yaml": ["TR274", "TR274"],
    }


def test_another_plan_in_a_folder_is_recognised() -> None:
    run("plan", "flow.yaml", "-o", "migration.yaml")
    done = run("check", ".", "-v", code=1)
    assert "this is a plan of `translator`, not a compiled pipeline; such" in done.stderr
    assert "pass it with `--plan" in done.stderr


def test_options_win() -> None:
    put("migration.yaml", "drop-tasks: {serve: false}\nentrypoints: {prog: a}\n")
    given = ("convert", "flow.yaml", "--plan", "migration.yaml", "-o", "out")
    run(*given, "--drop-task", "serve", "--entrypoint", "prog=b")
    assert "- b\n" in Path("out/pipeline.yaml").read_text("utf-8")
    assert codes(*given, "--drop-task", "serve")["migration.yaml"] == ["TR275"]


def test_unused_options() -> None:
    assert codes("check", HELLO, "--volume", "a=run") == {HELLO: [], "<options>": ["TR276"]}
    # What a pipeline with errors uses is not known.
    put("bad.yaml", "kind: x\n")
    assert "<options>" not in codes("check", HELLO, "bad.yaml", "--volume", "a=run")


@pytest.mark.parametrize(
    "option",
    ["--drop-task=mkae", "--accelerator=nvidia.com/gpu=T4", "--default=zz=3", "--image=a:=b"],
)
def test_options_with_errors_are_not_unused(option: str) -> None:
    assert "<options>" not in codes("check", HELLO, option)


def test_pipelines_with_errors_that_no_decision_resolves() -> None:
    put("bad.yaml", workflow("[{name: again, template: main}]", ""))
    told = "1 pipeline has errors that no decision resolves: `translator check` reports them"
    assert told in run("plan", "flow.yaml", "bad.yaml", "-o", "migration.yaml").stderr
    assert told in run("plan", "bad.yaml").stderr
    assert told in run("plan", "--check", "migration.yaml", "bad.yaml", code=1).stderr
    assert told not in run("plan", "flow.yaml").stderr


def test_the_only_task_of_a_pipeline_is_not_to_drop() -> None:
    put("one.yaml", workflow("[{name: serve, template: serve}]", BARE))
    assert "drop-tasks" not in yaml.safe_load(run("plan", "one.yaml").stdout)


def test_check_reports_a_wrong_accelerator() -> None:
    put("gpu.yaml", "accelerators: {nvidia.com/gpu: T4}\n")
    done = run("plan", "--check", "gpu.yaml", "flow.yaml", code=1)
    assert "error[TR382]" in done.stderr and "did you mean `NVIDIA_TESLA_T4`?" in done.stderr


def test_an_open_decision_has_its_reason() -> None:
    put("empty.yaml", "plan-version: 1\n")
    done = run("plan", "--check", "empty.yaml", "flow.yaml", code=1)
    assert "no decision for task `serve`, which uses the cluster that it runs in" in done.stderr


def test_a_plan_in_the_settings() -> None:
    put("translator.toml", 'plan = "plans/mine.yaml"\n')
    put("plans/mine.yaml", "drop-tasks: {serve: true}\nentrypoints: {prog: a}\n")
    os.mkdir("below")
    os.chdir("below")
    assert "TR306" not in codes("check", "../flow.yaml")["../flow.yaml"]
    put("other.yaml", "plan-version: 1\n")
    assert "TR306" in codes("check", "../flow.yaml", "--plan", "other.yaml")["../flow.yaml"]
    os.remove("../plans/mine.yaml")
    assert "error[TR127]" in run("check", "../flow.yaml", code=1).stderr


@pytest.mark.parametrize("command", ["convert", "check"])
def test_an_invalid_plan_stops_the_command(command: str) -> None:
    put("migration.yaml", "volumes: {a: b}\n")
    done = run(command, HELLO, "--plan", "migration.yaml", code=1)
    assert "migration.yaml:1:11: error[TR272]" in done.stderr
    assert os.path.exists("pipeline") is False


def test_other_files_are_not_overwritten() -> None:
    before = Path("flow.yaml").read_text("utf-8")
    done = run("plan", HELLO, "-o", "flow.yaml", code=1)
    assert "error[TR270]" in done.stderr
    assert Path("flow.yaml").read_text("utf-8") == before


def test_missing_folders_are_created() -> None:
    run("plan", "flow.yaml", "-o", "new/folder/plan.yaml")
    assert plan("new/folder/plan.yaml") == OPEN


def test_a_link_leads_to_the_plan() -> None:
    put("real.yaml", "volumes: {a: run}\n")
    os.symlink("real.yaml", "migration.yaml")
    run("plan", "flow.yaml", "-o", "migration.yaml")
    assert os.path.islink("migration.yaml")
    assert plan("real.yaml") == {"volumes": {"a": "run"}} | {k: OPEN[k] for k in (*OPEN,)[1:]}
    os.symlink("new/plan.yaml", "dangling.yaml")
    assert run("plan", "flow.yaml", "-o", "dangling.yaml", code=1).stderr.count("error[") == 1
    os.mkfifo("fifo")
    assert "TR127" in run("plan", "flow.yaml", "-o", "fifo", code=1).stderr


def test_files_with_errors_leave_the_others_in_the_plan() -> None:
    put("bad.yaml", "kind: x\n")
    done = run("plan", "bad.yaml", "flow.yaml", "-o", "migration.yaml", code=1)
    assert "bad.yaml:1:1: error[TR130]" in done.stderr
    assert plan() == OPEN


def test_usage_errors() -> None:
    assert "Missing argument" in run("plan", code=2).stderr
    assert "--check writes nothing" in run("plan", "--check", "flow.yaml", "-o", "x", code=2).stderr


def test_the_library_takes_a_plan() -> None:
    import translator
    from translator.targets.vertex import Options

    put("migration.yaml", "drop-tasks: {serve: true}\nentrypoints: {prog: {cmd: [a, b]}}\n")
    found = load_plan("migration.yaml")
    options, how = Options(decisions=found.decisions), found.reading(translator.ReadOptions())
    made = translator.translate("flow.yaml", "vertex", options, how)
    (executor,) = yaml.safe_load(made.files["pipeline.yaml"])["deploymentSpec"][
        "executors"
    ].values()
    # Without an entrypoint, the first argument of the container is the program.
    assert executor["container"]["command"][-1] == "a"
    assert "args" not in executor["container"]


def test_check_reports_decisions_that_do_not_fit() -> None:
    put("migration.yaml", "drop-tasks: {make: true, serve: true}\ndefaults: {x: 1}\n")
    found = codes("plan", "--check", "migration.yaml", "flow.yaml")
    assert found == {"flow.yaml": ["TR377"], "migration.yaml": ["TR274", "TR273"]}
    # Without pipelines, only the plan itself is checked.
    assert codes("plan", "--check", "migration.yaml") == {}


def test_a_plan_over_the_limits_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ENTRIES", 1)
    done = run("plan", "flow.yaml", "-o", "migration.yaml", code=1)
    assert "TR270" in done.stderr
    assert not os.path.exists("migration.yaml")


def test_with_the_plan_of_the_example_nothing_is_left_to_do() -> None:
    file, migration = str(TRAIN / "pipeline_v1.yaml"), str(TRAIN / "migration.yaml")
    assert len(codes("check", file)[file]) > 6
    run("plan", "--check", migration, file)
    run("convert", file, "--plan", migration, "-o", "out", "--strict")
    report = Path("out/REPORT.md").read_text("utf-8")
    assert "\n## Manual steps\n\nNone.\n" in report
    (made,) = [part for part in report.split("\n## ") if part.startswith("Decisions\n")]
    assert made.count("\n| ") == 8  # with the head


#: Two pipelines of which one runs `kubectl` in the task that the other has too.
TRAIN_TASK = """
- name: train
  container: {image: tool, command: [COMMAND]}
- name: report
  container: {image: "python:3.11", command: [python]}
"""
BOTH = "[{name: train, template: train}, {name: report, template: report}]"


def two_flows() -> None:
    put("flows/a.yaml", workflow(BOTH, TRAIN_TASK.replace("COMMAND", "kubectl")))
    put("flows/b.yaml", workflow(BOTH, TRAIN_TASK.replace("COMMAND", "train")))


def images_of(folder: str) -> set[str]:
    spec = yaml.safe_load(Path(folder, "pipeline.yaml").read_text("utf-8"))
    return {one["container"]["image"] for one in spec["deploymentSpec"]["executors"].values()}


def test_a_task_is_left_out_of_one_pipeline() -> None:
    two_flows()
    run("plan", "flows", "-o", "plans/migration.yaml")
    wanted = {"../flows/a.yaml": {"drop-tasks": {"train": None}}}
    assert plan("plans/migration.yaml")["pipelines"] == wanted
    text = Path("plans/migration.yaml").read_text("utf-8")
    put("plans/migration.yaml", text.replace("train: null", "train: true"))
    run("plan", "--check", "plans/migration.yaml", "flows")
    for number in ("1", "2"):  # decisions go to other processes
        given = ("--plan", "plans/migration.yaml", "--jobs", number, "--strict", "--force")
        run("convert", "flows", *given, "-o", "out")
        assert (images_of("out/a"), images_of("out/b")) == (
            {"python:3.11"},
            {"python:3.11", "tool"},
        )
    os.chdir("flows")  # paths are those from the plan
    run("convert", "a.yaml", "--plan", "../plans/migration.yaml", "-o", "../one")
    assert images_of("../one") == {"python:3.11"}


def test_decisions_about_one_pipeline_win() -> None:
    two_flows()
    put("p.yaml", "{images: {tool: all}, pipelines: {flows/a.yaml: {images: {tool: one}}}}")
    run("convert", "flows", "--plan", "p.yaml", "-o", "out")
    assert images_of("out/a") == {"one", "python:3.11"}
    assert images_of("out/b") == {"all", "python:3.11"}
    run("convert", "flows", "--plan", "p.yaml", "-o", "out", "--image", "tool=given")
    assert images_of("out/a") == images_of("out/b") == {"given", "python:3.11"}
    # An open one does not undo that about all.
    put("p.yaml", "{images: {tool: all}, pipelines: {flows/a.yaml: {images: {tool: null}}}}")
    run("convert", "flows/a.yaml", "--plan", "p.yaml", "-o", "out/a")
    assert images_of("out/a") == {"all", "python:3.11"}
    done = run("plan", "--check", "p.yaml", code=1)
    assert "no decision for image `tool` of pipeline `flows/a.yaml`" in done.stderr


def test_unused_and_stale_decisions_about_one_pipeline() -> None:
    two_flows()
    here, gone = "{drop-tasks: {train: true, x: true}}", "{metrics: false}"
    own = f"{{flows/a.yaml: {here}, c.yaml: {gone}}}"
    put("p.yaml", f"drop-tasks: {{train: true}}\npipelines: {own}\n")
    # `train` of a.yaml is not left out by the decision about all.
    assert codes("check", "flows/a.yaml", "--plan", "p.yaml")["p.yaml"] == [
        *("TR386", "TR274", "TR274")
    ]
    # Decisions about a pipeline that is no input are no findings, if it exists.
    assert codes("check", "flows/b.yaml", "--plan", "p.yaml")["p.yaml"] == ["TR386"]
    assert "TR386" in codes("plan", "--check", "p.yaml", "flows")["p.yaml"]
    put("p.yaml", "drop-tasks: {train: true}")
    found = run("plan", "--check", "p.yaml", "flows")
    assert "also about `flows/b.yaml`, which does not need it" in found.stderr


#: A pipeline with a warning that no other decision settles.
LIMIT = "- name: work\n  activeDeadlineSeconds: 30\n  container: {image: 'a:1', command: [b]}\n"


def test_accepted_findings() -> None:
    put("limit.yaml", workflow("[{name: work, template: work}]", LIMIT))
    run("convert", "limit.yaml", "-o", "out", "--strict", code=1)
    run("plan", "limit.yaml", "-o", "p.yaml")
    assert plan("p.yaml") == {"plan-version": 1, "accepted": {"TR348/30": None}}
    assert "no decision for finding `TR348/30`" in run("plan", "--check", "p.yaml", code=1).stderr
    put("p.yaml", 'accepted: {TR348/30: "the *job* has\\n its own limit"}\n')
    text = Path("p.yaml").read_text("utf-8")
    run("plan", "--check", "p.yaml", "limit.yaml")
    run("plan", "limit.yaml", "-o", "p.yaml")
    assert Path("p.yaml").read_text("utf-8") == text
    given = ("convert", "limit.yaml", "--plan", "p.yaml", "-o", "out")
    assert "1 note" in run(*given, "--strict").stderr
    told = run(*given, "--error=TR348", "-v").stderr
    assert "help: no action needed: the *job* has its own limit" in told
    report = Path("out/REPORT.md").read_text("utf-8")
    assert "\n## Manual steps\n\nNone.\n" in report
    (made,) = [part for part in report.split("\n## ") if part.startswith("Accepted\n")]
    assert "**TR348**, line 16, task work: " in made
    assert made.rstrip().endswith("No action needed: the \\*job\\* has its own limit")
    found = json.loads(run(*given, "--format", "json").stdout)["inputs"][0]["diagnostics"]
    told = [(one["code"], one["severity"], one.get("accepted")) for one in found]
    assert told == [("TR348", "note", "the *job* has its own limit")]
    found = json.loads(run(*given, "--format", "sarif").stdout)["runs"][0]["results"]
    assert found[0]["suppressions"][0]["justification"] == "the *job* has its own limit"
    assert "no action needed: the *job*" in run(*given, "--format", "github", "-v").stdout


def test_what_is_accepted() -> None:
    put("limit.yaml", workflow("[{name: work, template: work}]", LIMIT))
    put("other.yaml", workflow("[{name: work, template: work}]", LIMIT.replace("30", "40")))
    given = ("check", "limit.yaml", "other.yaml", "--strict", "--plan", "p.yaml")
    for text, code in (
        ("{TR348: any}", 0),
        ("{TR348/30: one, TR348/40: other}", 0),
        ("{TR348/30: one}", 1),
        ("{TR304: other}", 1),
        ("{TR348: null}", 1),
    ):
        put("p.yaml", f"accepted: {text}")
        run(*given, code=code)
    put("p.yaml", "pipelines: {limit.yaml: {accepted: {TR348: here}}}")
    assert run(*given, code=1).stderr.count("error[TR348]") == 1
    put("p.yaml", "accepted: {TR348: any, TR304/podMetadata.labels: none}")
    assert codes(*given)["p.yaml"] == ["TR274"]
    # Ignored findings need no reason.
    assert "accepted" not in yaml.safe_load(run("plan", "limit.yaml", "--ignore", "TR348").stdout)


def test_findings_that_other_decisions_settle_are_not_to_accept() -> None:
    assert plan_of("flow.yaml") == OPEN
    put("p.yaml", "drop-tasks: {serve: false}\nentrypoints: {prog: run}\n")
    run("plan", "flow.yaml", "-o", "p.yaml")
    assert [*plan("p.yaml")["accepted"]] == ["TR146/prog", "TR306/kubectl"]


def plan_of(*pipelines: str) -> Any:
    return yaml.safe_load(run("plan", *pipelines).stdout)


def test_errors_about_decisions_are_at_their_line() -> None:
    put("p.yaml", "accelerators:\n  gpu: TESLA\npipelines: {flow.yaml: {images: {prog: 'a:'}}}\n")
    done = run("check", "flow.yaml", "--plan", "p.yaml", code=1)
    assert "p.yaml:2:3: error[TR382]" in done.stderr
    assert "p.yaml:3:34: error[TR380]" in done.stderr
    done = run("check", "flow.yaml", "--plan", "p.yaml", "--accelerator", "gpu=TESLA", code=1)
    assert "flow.yaml:1:1: error[TR382]" in done.stderr


def test_a_plan_for_kubeflow() -> None:
    template = LIMIT.replace("container:", "priority: 3\n  container:")
    put("limit.yaml", workflow("[{name: work, template: work}]", template))
    assert plan_of("limit.yaml", "--to", "kubeflow") == {"plan-version": 1}
    made = plan_of("limit.yaml", "--to", "kubeflow", "--upgrade")
    assert [*made] == ["plan-version", "accepted"]
    assert "--upgrade is an option for" in run("plan", "limit.yaml", "--upgrade", code=2).stderr


def test_entrypoints_of_options_are_decided() -> None:
    assert "entrypoints" not in (made := plan_of("flow.yaml", "--entrypoint", "prog=run"))
    assert [*made["accepted"]] == ["TR146/prog"]
    put("p.yaml", "entrypoints: {other: a}\n")
    given = ("plan", "--check", "p.yaml", "flow.yaml")
    assert "for entrypoint of image `prog`" in run(*given, code=1).stderr
    done = run(*given, "--entrypoint", "prog=run", code=1)
    assert "for entrypoint of image `prog`" not in done.stderr
