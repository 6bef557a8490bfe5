"""The version, and the line about it in each generated file."""

from __future__ import annotations

__version__ = "0.1.0"

#: A line at the head of each file generated from a pipeline.
NOTICE = f"Written by kfp-translator {__version__}, which puts no conditions on this file."
