"""Which version this is, and what each file that it writes says of itself."""

from __future__ import annotations

__version__ = "0.1.0"

#: A line for the head of each file that is written from a pipeline.
NOTICE = f"Written by kfp-translator {__version__}, which puts no conditions on this file."
