"""The smallest machine type, and the section of REPORT.md about it."""

from __future__ import annotations

import pytest

import translator
from tests.unit import argo_files, kfp_files
from translator import api
from translator.targets.vertex.accelerator_types import ACCELERATORS
from translator.targets.vertex.machine_types import MAX_CORES, MAX_GIGABYTES, smallest


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ((2, 13), "n1-highmem-2"),
        ((2, 13.1), "e2-highmem-2"),
        ((4, 15), "n1-standard-4"),
        ((4, 16), "e2-standard-4"),
        ((4, 16.1), "n1-highmem-4"),
        ((16, 14.4), "n1-highcpu-16"),
        ((33, 1), "n1-highcpu-64"),
        ((MAX_CORES, MAX_GIGABYTES), "n1-highmem-96"),
        ((MAX_CORES + 1, 1), ""),
        ((1, MAX_GIGABYTES + 1), ""),
        ((4, 15, "NVIDIA_TESLA_T4", 1), "n1-standard-4"),
        ((17, 15, "NVIDIA_TESLA_T4", 1), ""),
        ((17, 15, "NVIDIA_TESLA_T4", 2), "n1-highcpu-32"),
        ((9, 15, "NVIDIA_TESLA_V100", 1), ""),
        ((96, 624, "NVIDIA_TESLA_V100", 8), "n1-highmem-96"),
        ((1, 1, "NVIDIA_TESLA_T4", 3), ""),
        ((1, 1, "NVIDIA_L4", 1), "g2-standard-4"),
        ((9, 1, "NVIDIA_L4", 1), "g2-standard-12"),
        ((24, 1, "NVIDIA_L4", 1), "g2-standard-32"),
        ((1, 1, "NVIDIA_L4", 2), "g2-standard-24"),
        ((1, 85, "NVIDIA_TESLA_A100", 1), "a2-highgpu-1g"),
        ((1, 86, "NVIDIA_TESLA_A100", 1), ""),
        ((1, 1, "NVIDIA_TESLA_A100", 16), "a2-megagpu-16g"),
    ],
)
def test_the_smallest_that_fits(request_: tuple[float, float], name: str) -> None:
    assert smallest(*request_) == name


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (kind, count)
        for kind, counts in ACCELERATORS.items()
        for count in counts
        if not kind.startswith("TPU")
    ],
)
def test_every_number_of_an_accelerator_has_a_machine(kind: str, count: int) -> None:
    assert smallest(0, 0, kind, count)
    assert not smallest(0, 0, kind, count + 20)


def section(text: str) -> list[list[str]]:
    """The rows of the section in the report about a pipeline."""
    reading = translator.load_text(text)
    found = translator.check(reading, "vertex")
    page = api.bundled(reading, found, "vertex", file="a.yaml").files["REPORT.md"]
    _, _, rest = page.partition("## Machines\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\", "") for cell in line.split("|")[1:-1]] for line in lines[2:]
    ]


def requesting(resources: str) -> list[str]:
    """The row of a task of KFP v1 with these resources, without its name."""
    (row,) = section(
        argo_files.one_container(
            f"container: {{image: a, command: [sh], resources: {resources}}}",
        )
    )
    assert row[0] == "run"
    return row[1:]


@pytest.mark.parametrize(
    ("resources", "row"),
    [
        ("{limits: {cpu: '4', memory: 4Gi}}", ["4", "4Gi", "", "n1-standard-4"]),
        ("{requests: {cpu: 500m}}", ["500m", "", "", "n1-highmem-2"]),
        (
            "{limits: {nvidia.com/gpu: 1}}",
            ["", "", "1 × nvidia.com/gpu", "unknown: no accelerator type of Vertex AI"],
        ),
        ("{limits: {memory: lots}}", ["", "lots", "", "unknown: invalid amount"]),
    ],
)
def test_rows(resources: str, row: list[str]) -> None:
    assert requesting(resources) == row


def test_a_number_of_the_older_fields() -> None:
    resources = {"cpuLimit": 8.0, "memoryLimit": 30.0}
    container = {"image": "a", "resources": resources}
    text = kfp_files.text_of(kfp_files.with_executor({"container": container}))
    assert section(text) == [["say", "8", "30 GB", "", "n1-standard-8"]]


def test_what_is_known_at_run_time() -> None:
    resources = {"resourceCpuLimit": "{{$.inputs.parameters['cpu']}}"}
    document = kfp_files.with_executor({"container": {"image": "a", "resources": resources}})
    document["components"]["comp-say"]["inputDefinitions"] = {
        "parameters": {"cpu": {"parameterType": "STRING", "defaultValue": "1"}}
    }
    assert section(kfp_files.text_of(document)) == [["say", "at run time", "", "", "at run time"]]


def test_no_section_without_requests() -> None:
    assert section(argo_files.one_container("container: {image: a, command: [sh]}")) == []
