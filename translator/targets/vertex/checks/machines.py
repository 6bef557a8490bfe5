"""What machines of Vertex AI have: tables of Google's pages, as read on 2026-11-23.

cloud.google.com/vertex-ai/docs/pipelines/machine-types and …/training/configure-compute; the names
are those of ``AcceleratorType`` in google-cloud-aiplatform 2.7.0.
"""

from __future__ import annotations

__all__ = ["ACCELERATORS", "ENDED", "MAX_CORES", "MAX_GIGABYTES"]

#: Limits of one step.
MAX_CORES, MAX_GIGABYTES = 96, 624
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
