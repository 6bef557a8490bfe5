"""A KFP v1 workflow → a script that submits it to Kubeflow Pipelines, and the same workflow."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.targets.kubeflow.writer import files, text_form
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Json, Pipeline
    from translator.targets.kubeflow.options import Options

__all__ = ["write"]

#: JSON that is not valid YAML: tabs between tokens, escaped lone surrogates, some others.
_NO_YAML = r"\t|\\u[dD][89abAB]|[\x7f-\x84\x86-\x9f\ufffe\uffff]"
#: Longest key in characters: YAML allows 1,024 in the text, where an escape takes six.
_KEY_WIDTH = 160


def write(pipeline: Pipeline, options: Options, text: str, *, sha256: str = "") -> dict[str, str]:
    """Files of a Kubeflow submission: ``submit.py``, its modules, and the workflow.

    The text is unchanged, byte for byte. JSON is called ``pipeline.yaml`` too, the only name that
    KFP 2 accepts; it is rewritten only if it is not valid YAML.
    """
    return files(
        pipeline,
        options,
        text_form(_as_yaml(text)),
        names=[pipeline.display_name, pipeline.name],
        settings={},
        notes=_notes(options),
        sha256=sha256,
    )


def _notes(options: Options) -> Iterator[str]:
    """The options that have no effect, as comments in the script."""
    if options.pipeline_root:
        yield f"A KFP v1 workflow has no pipeline root; {options.pipeline_root!r} is not used."
    if options.cache is not None:
        yield "Caching of a KFP v1 workflow is set in pipeline.yaml, not here."


def _as_yaml(source: str) -> str:
    """The text itself, unless it is JSON that is not valid YAML."""
    if source.lstrip()[:1] != "{":
        return source
    try:
        value: Json = json.loads(source)
        is_yaml = not re.search(_NO_YAML, source) and all(len(k) < _KEY_WIDTH for k in _keys(value))
        if is_yaml:
            return source
        from translator.writers.yaml_text import yaml_text

        return f"# {NOTICE}\n{yaml_text(value)}"
    except ValueError:  # YAML in braces, or with numbers that JSON has not
        return source


def _keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    if isinstance(value, (dict, list)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _keys(entry)
