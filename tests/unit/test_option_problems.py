"""What `convert` takes as a default is what the script, the SDK or the service would take."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from translator.cli import main
from translator.readers.argo.annotations import is_run_label
from translator.targets import target
from translator.targets.vertex import Options
from translator.targets.vertex.option_problems import option_problems

if TYPE_CHECKING:
    from pathlib import Path

HELLO = "examples/hello/pipeline.yaml"
KEY = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
ATTACHMENT = "projects/p/regions/us-central1/networkAttachments"
#: Words of `convert`, and whether they are fine.
VERTEX = [
    (["--pipeline-root", "gs://b/r"], False),
    (["--pipeline-root", "gs://bucket/r"], True),
    (["--pipeline-root", "s3://bucket/r"], False),
    (["--pipeline-root", "gs://Bucket/r"], False),
    (["--project", "My Project"], False),
    (["--project", "my-project"], True),
    (["--location", "us-central"], False),
    (["--location", "europe-west4"], True),
    (["--location", "global"], True),
    (["--service-account", "me"], False),
    (["--service-account", "a@p.iam.gserviceaccount.com"], True),
    (["--network", "default"], False),
    (["--network", "projects/p/global/networks/n"], False),
    (["--network", "projects/12/global/networks/n"], True),
    (["--psc-network-attachment", f"{ATTACHMENT}/a", "--location", "us-east1"], False),
    (["--psc-network-attachment", f"{ATTACHMENT}/a"], True),
    (["--encryption-key", "k"], False),
    (["--encryption-key", KEY], True),
    (["--encryption-key", KEY, "--location", "us-east1"], False),
    (["--label", "Team=ml"], False),
    (["--label", "team=M"], False),
    (["--label", "team=ml"], True),
    (["--label", f"{'a' * 64}=ml"], False),
    (["--display-name", "x" * 129], False),
    (["--display-name", "x" * 128], True),
    (["--schedule", "0 3 * * 1"], True),
    (["--schedule", "0 3 * * 1", "--experiment", "e"], False),
]
KUBEFLOW = [
    (["--host", "localhost"], False),
    (["--host", "http://h:99999"], False),
    (["--host", "https://h/pipeline"], True),
    (["--host", "http://h h"], False),
    (["--recurring", "0 3 * * 1"], True),
    (["--recurring", "@every 1h30m"], True),
]


#: Of these the scripts refuse wrong values; others they leave to the SDKs and the services, whose
#: messages are in tests/contract.
CHECKED_BY_SCRIPT = [
    *(words for words, _ in VERTEX if words[0] == "--pipeline-root"),
    VERTEX[-1][0],
    KUBEFLOW[0][0],
]


@pytest.mark.parametrize(
    ("to", "words", "fine"),
    [*(("vertex", *case) for case in VERTEX), *(("kubeflow", *case) for case in KUBEFLOW)],
)
def test_convert_refuses_what_the_script_would(
    to: str, words: list[str], fine: bool, tmp_path: Path
) -> None:
    """The same values as flags of a script that was written without them."""
    given = ["convert", HELLO, "--to", to, "-o", str(tmp_path / "with"), *words]
    converted = CliRunner().invoke(main, given)
    assert (converted.exit_code == 0) is fine, converted.output
    assert (tmp_path / "with").exists() is fine
    CliRunner().invoke(main, [*given[:4], "-o", str(tmp_path / "without")])
    needed = {
        "vertex": ["--project=p", "--location=us-central1", "--pipeline-root=gs://bucket"],
        "kubeflow": [],
    }[to]
    script = {"vertex": "main.py", "kubeflow": "submit.py"}[to]
    needed = [word for word in needed if word.partition("=")[0] not in words]
    done = subprocess.run(
        [sys.executable, tmp_path / "without" / script, "--dry-run", *needed, *words],
        capture_output=True,
        text=True,
    )
    is_checked = words in CHECKED_BY_SCRIPT
    assert done.returncode == (0 if fine or not is_checked else 2), done.stderr
    if not fine:
        assert converted.exit_code == 2
        # In the same words: those after the flag or after "error: ".
        reason = converted.output.strip().splitlines()[-1].removeprefix("Error: ")
        same = "gs://BUCKET/PATH" if "--pipeline-root" in words else reason.partition(": ")[2]
        assert same in reason
        assert not is_checked or same in done.stderr


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("TZ=UTC 0 3 * * 1", "the time zone is the server's; leave it out"),
        ("0 3 * *", "'0 3 * *' has neither 5 nor 6 fields"),
        ("0 0 3 * * 1 2030", "has neither 5 nor 6 fields"),
    ],
)
def test_schedules_of_another_form_are_refused(schedule: str, reason: str, tmp_path: Path) -> None:
    """The server checks the rest; the script checks none of it."""
    given = ["convert", HELLO, "--to", "kubeflow", "-o", str(tmp_path / "out")]
    converted = CliRunner().invoke(main, [*given, "--recurring", schedule])
    assert converted.exit_code == 2
    assert reason in converted.output
    assert not (tmp_path / "out").exists()


def test_nothing_of_a_wrong_value_steers(tmp_path: Path) -> None:
    given = ["convert", HELLO, "-o", str(tmp_path / "out"), "--project", "a\x1b[2J\nb"]
    converted = CliRunner().invoke(main, given)
    assert converted.exit_code == 2
    assert "a\\x1b[2J\\nb" in converted.output


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_nothing_is_wrong_with_the_defaults(to: str) -> None:
    chosen = target(to)
    assert list(chosen.option_problems(chosen.options())) == []


@given(st.text(max_size=70), st.text(max_size=70) | st.integers())
@example("a" * 63, "é")
@example("A", "b")
@example("1a", "")
@example("a.b/c", "b")
def test_labels_of_a_workflow_are_those_that_the_script_takes(key: str, value: str | int) -> None:
    options = Options(labels={key: value if isinstance(value, str) else "a"})
    taken = not list(option_problems(options)) and isinstance(value, str)
    assert is_run_label(key, value) is taken
