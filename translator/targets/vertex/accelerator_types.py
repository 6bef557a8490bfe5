"""The accelerators of Vertex AI: tables of Google's pages, as read on 2026-11-23.

cloud.google.com/vertex-ai/docs/pipelines/machine-types and …/training/configure-compute; the names
are those of ``AcceleratorType`` in google-cloud-aiplatform 2.7.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.model import Accelerator

__all__ = ["ACCELERATORS", "ENDED", "as_on_vertex", "key_of", "proposal"]

#: Accelerator → how many of it a machine can have.
ACCELERATORS = {
    "NVIDIA_TESLA_P100": (1, 2, 4),
    "NVIDIA_TESLA_V100": (1, 2, 4, 8),
    "NVIDIA_TESLA_P4": (1, 2, 4),
    "NVIDIA_TESLA_T4": (1, 2, 4),
    "NVIDIA_TESLA_A100": (1, 2, 4, 8, 16),
    "NVIDIA_A100_80GB": (1, 2, 4, 8),
    "NVIDIA_L4": (1, 2, 4, 8),
    "NVIDIA_H100_80GB": (1, 2, 4, 8),
    "NVIDIA_H100_MEGA_80GB": (8,),
    "NVIDIA_H200_141GB": (8,),
    "NVIDIA_B200": (8,),
    "NVIDIA_GB200": (4,),
    "NVIDIA_RTX_PRO_6000": (1, 2, 4, 8),
    # Pods of TPUs have more, 32 and up.
    "TPU_V2": (8, 32, 128, 256, 512),
    "TPU_V3": (8, 32, 128, 256, 512, 1024, 2048),
}
#: Accelerators that Google supports no longer, and since when.
ENDED = {"NVIDIA_TESLA_K80": "2024-05-01", "NVIDIA_TESLA_P100": "2026-09-15"}
#: The accelerator with the lowest price.
_CHEAPEST = "NVIDIA_TESLA_T4"
#: The resource of an accelerator without a type.
_GPU = "nvidia.com/gpu"


def key_of(accelerator: Accelerator) -> str:
    """The key of a decision about an accelerator; empty if its type is known at run time only."""
    kind = str(accelerator.type) if accelerator.type else ""
    if "{{" in kind:
        return ""
    return _GPU if kind.lower() in ("", "gpu") else kind


def proposal(key: str) -> str:
    """The type of Vertex AI that is proposed for a key; empty for an unknown type.

    It is that of the same name; the cheapest one for any accelerator, or for one that has ended.
    """
    same = as_on_vertex(key)
    if same in ACCELERATORS and same not in ENDED:
        return same
    return _CHEAPEST if key == _GPU or same in ENDED else ""


def as_on_vertex(key: str) -> str:
    """The key as Vertex AI spells types: ``nvidia-tesla-t4`` → ``NVIDIA_TESLA_T4``."""
    return key.upper().replace("-", "_")
