"""The smallest machine type of Vertex AI for CPU, memory and accelerators.

Tables of Google's pages as read on 2026-11-23: cloud.google.com/vertex-ai/docs/training/
configure-compute for the machine types of a CustomJob, which each task is, and for the numbers of
accelerators that they can have; cloud.google.com/compute/docs for their CPUs and memory. The rule
by which Vertex AI selects one is not published, so this is an estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["DEFAULT", "MAX_CORES", "MAX_GIGABYTES", "TPUS", "Machine", "smallest"]

#: Limits of one step.
MAX_CORES, MAX_GIGABYTES = 96, 624

#: The machine type of a task without CPU, memory and accelerator.
DEFAULT = "e2-standard-4"


class Machine(NamedTuple):
    """A machine type."""

    name: str
    #: vCPUs.
    cores: int
    gigabytes: float


#: TPU → its machine type, of which only the number of TPUs is published.
TPUS = {"TPU_V2": "cloud-tpu", "TPU_V3": "cloud-tpu"}
#: Series → gigabytes for each vCPU, and the numbers of vCPUs.
_GENERAL = {
    "e2-standard": (4.0, (4, 8, 16, 32)),
    "e2-highmem": (8.0, (2, 4, 8, 16)),
    "e2-highcpu": (1.0, (16, 32)),
    "n1-standard": (3.75, (4, 8, 16, 32, 64, 96)),
    "n1-highmem": (6.5, (2, 4, 8, 16, 32, 64, 96)),
    "n1-highcpu": (0.9, (16, 32, 64, 96)),
}
#: Accelerator of N1 → the most vCPUs for a number of it.
_OF_N1 = {
    "NVIDIA_TESLA_T4": {1: 16, 2: 32, 4: 96},
    "NVIDIA_TESLA_P4": {1: 16, 2: 32, 4: 96},
    # Four of them go with more than 32 vCPUs on n1-highcpu-64 only.
    "NVIDIA_TESLA_P100": {1: 16, 2: 32, 4: 32},
    "NVIDIA_TESLA_V100": {1: 8, 2: 16, 4: 32, 8: 96},
}
#: Accelerator → the number of it → the machine types that have as many.
_BOUND: Mapping[str, Mapping[int, tuple[Machine, ...]]] = {
    "NVIDIA_L4": {
        1: tuple(Machine(f"g2-standard-{n}", n, 4 * n) for n in (4, 8, 12, 16, 32)),
        **{n: (Machine(f"g2-standard-{c}", c, 4 * c),) for n, c in ((2, 24), (4, 48), (8, 96))},
    },
    "NVIDIA_TESLA_A100": {
        **{n: (Machine(f"a2-highgpu-{n}g", 12 * n, 85 * n),) for n in (1, 2, 4, 8)},
        16: (Machine("a2-megagpu-16g", 96, 1360),),
    },
    "NVIDIA_A100_80GB": {n: (Machine(f"a2-ultragpu-{n}g", 12 * n, 170 * n),) for n in (1, 2, 4, 8)},
    "NVIDIA_H100_80GB": {n: (Machine(f"a3-highgpu-{n}g", 26 * n, 234 * n),) for n in (1, 2, 4, 8)},
    "NVIDIA_H100_MEGA_80GB": {8: (Machine("a3-megagpu-8g", 208, 1872),)},
    "NVIDIA_H200_141GB": {8: (Machine("a3-ultragpu-8g", 224, 2952),)},
    "NVIDIA_B200": {8: (Machine("a4-highgpu-8g", 224, 3968),)},
    "NVIDIA_GB200": {4: (Machine("a4x-highgpu-4g", 140, 884),)},
    "NVIDIA_RTX_PRO_6000": {
        n: (Machine(f"g4-standard-{48 * n}", 48 * n, 180 * n),) for n in (1, 2, 4, 8)
    },
}


def smallest(cores: float, gigabytes: float, accelerator: str = "", count: int = 0) -> str:
    """The machine type with the fewest vCPUs, then the least memory, that has at least this.

    ``gigabytes`` are of 10⁹ bytes. Empty if there is none.
    """
    machines = _with(accelerator, count) if accelerator else _general()
    fitting = [one for one in machines if one.cores >= cores and one.gigabytes >= gigabytes]
    return min(fitting, key=lambda one: (one.cores, one.gigabytes)).name if fitting else ""


def _general() -> Iterator[Machine]:
    for series, (each, sizes) in _GENERAL.items():
        for size in sizes:
            yield Machine(f"{series}-{size}", size, each * size)


def _with(accelerator: str, count: int) -> Iterator[Machine]:
    """The machine types that can have as many accelerators."""
    most = _OF_N1.get(accelerator, {}).get(count, 0)
    for machine in _general() if most else ():
        if machine.name.startswith("n1-") and machine.cores <= most:
            yield machine
    yield from _BOUND.get(accelerator, {}).get(count, ())
