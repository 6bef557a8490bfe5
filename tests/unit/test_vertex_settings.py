"""What Vertex AI requires of the options of ``convert``, and what main.py makes of its flags."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from pipeline_inputs import positive
from translator.targets.vertex import Options
from translator.targets.vertex.option_problems import option_problems
from vertex_runner import Settings, schedule_problems, with_defaults

FINE = {
    "project": ["p1", "example.com:p1"],
    "location": ["us-central1", "europe-west12", "northamerica-northeast2", "global", "eu"],
    "pipeline_root": ["gs://bucket", "gs://b.example.com/", "gs://abc/a b/ü"],
    "display_name": ["x" * 128, "a\nb"],
    "service_account": [
        "sa@p1.iam.gserviceaccount.com",
        "12-compute@developer.gserviceaccount.com",
        "p1@appspot.gserviceaccount.com",
        "sa@p1.example.com.iam.gserviceaccount.com",
    ],
    "failure_policy": ["slow", "fast"],
    "network": ["projects/1/global/networks/default"],
    "psc_network_attachment": ["a", "projects/p/regions/us-central1/networkAttachments/a"],
    "encryption_key": ["projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"],
}
WRONG = {
    "project": ["My Project", "p/locations/x"],
    "location": ["us-central1/x", "us-central", "US-CENTRAL1", "us central1", "evil.example"],
    "pipeline_root": [
        *("minio://a/b", "s3://bucket", "/tmp/x", "gs://", "gs://A", "gs://x", "bucket/x"),
        "gs://bucket/a\nb",
    ],
    "display_name": ["x" * 129],
    "service_account": ["me@example.com", "sa"],
    "failure_policy": ["quick", "FAST"],
    "network": ["projects/my-p/global/networks/x", "default"],
    "psc_network_attachment": ["projects/p/regions/us-east1/networkAttachments/a", "A"],
    "encryption_key": ["projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k", "k"],
}


def problems(**options: Any) -> list[str]:
    """What is wrong with these options, in us-central1."""
    return list(option_problems(Options(**{"location": "us-central1", **options})))


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in FINE.items() for v in values])
def test_what_vertex_takes_is_fine(name: str, value: str) -> None:
    assert problems(**{name: value}) == []


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_what_vertex_refuses_is_reported_with_its_form(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    flag = name.replace("_", "-")
    assert problem.startswith(f"--{flag} {value}: write ")
    assert problem.endswith(".")


def test_what_is_not_set_is_fine() -> None:
    assert list(option_problems(Options())) == []


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (("Team", "a"), "Label 'Team': use a-z 0-9 _ -, at most 63, starting with a letter."),
        (("1a", "b"), "Label '1a': use"),
        (("", "b"), "Label '': use"),
        (("a" * 64, "b"), "': use a-z"),
        (("a", "B.c"), "Label 'a': for 'B.c' use a-z 0-9 _ -, at most 63."),
        (("a", "b" * 64), "Label 'a': for 'bbb"),
    ],
)
def test_labels(label: tuple[str, str], told: str) -> None:
    (problem,) = problems(labels=dict([label]))
    assert told in problem


def test_number_of_labels() -> None:
    labels = {f"l{n}": "x" for n in range(65)}
    assert problems(labels=labels) == ["A run has at most 64 labels, not 65."]
    del labels["l0"]
    assert problems(labels={**labels, "größe": "größe_1-"}) != []
    del labels["l1"]
    assert problems(labels={**labels, "größe": "größe_1-"}) == []


def test_a_schedule_has_no_experiment() -> None:
    (problem,) = problems(schedule="0 3 * * *", experiment="e")
    assert problem.startswith("--experiment: a schedule cannot have one")


def scheduled(**given: Any) -> list[str]:
    """What main.py finds wrong with the flags of a schedule."""
    none: dict[str, Any] = dict.fromkeys(
        ("job_id", "schedule", "schedule_name", "schedule_start", "schedule_end", "experiment"), ""
    )
    none |= {"schedule_max_runs": None, "schedule_max_concurrent_runs": None}
    none |= {"schedule_allow_queueing": False, "wait": False}
    return list(schedule_problems(argparse.Namespace(**{**none, **given})))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"job_id": "a"}, "--job-id: a schedule has none"),
        ({"wait": True}, "--wait: a schedule has no end."),
        ({"experiment": "e"}, "--experiment: a schedule cannot have one"),
    ],
)
def test_what_a_schedule_cannot_have(given: dict[str, Any], told: str) -> None:
    (problem,) = scheduled(schedule="0 3 * * *", **given)
    assert told in problem


@pytest.mark.parametrize(
    "given",
    [
        {"schedule_name": "a"},
        {"schedule_start": "2030-01-01T00:00:00Z"},
        {"schedule_max_runs": 1},
        {"schedule_allow_queueing": True},
    ],
)
def test_companions_need_their_schedule(given: dict[str, Any]) -> None:
    flag = next(iter(given)).replace("_", "-")
    assert scheduled(**given) == [f"--{flag}: give --schedule too."]


def test_a_schedule_that_is_fine() -> None:
    assert scheduled() == []
    every = {"schedule_max_runs": 1, "schedule_allow_queueing": True, "schedule_name": "a"}
    assert scheduled(schedule="whatever", schedule_end="2030-01-01T00:00:00Z", **every) == []


def test_numbers_are_at_least_1() -> None:
    assert positive("12") == 12
    for text in ("0", "-1", "x", "1.5", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="at least 1"):
            positive(text)


def test_what_is_not_set_is_of_the_environment_then_of_the_pipeline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_REGION", "CLOUD_ML_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CORE_PROJECT", "env")
    spec = {"pipelineInfo": {"name": "demo"}, "defaultPipelineRoot": "gs://b/x"}
    found = with_defaults(Settings(), spec)
    assert found == Settings("env", "us-central1", "gs://b/x", "demo")
    given = Settings("p", "eu", "gs://c", "mine")
    assert with_defaults(given, spec) == given
    other = {"pipelineInfo": {"name": "x" * 200}, "defaultPipelineRoot": "minio://b"}
    assert with_defaults(Settings(), other).pipeline_root == ""
    assert with_defaults(Settings(), other).display_name == "x" * 128
