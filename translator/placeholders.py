"""Text with placeholders: the type of a container's arguments and of constants.

The spelling is that of the KFP v2 pipeline spec, ``{{$.inputs.parameters['x']}}``
(kfp/dsl/__init__.py and placeholders.py of kfp 2 list them all).
"""

from __future__ import annotations

import re
from enum import Enum

from translator.records import NamedTuple

__all__ = ["Placeholder", "PlaceholderKind", "Text", "parse_text"]


class PlaceholderKind(Enum):
    """The kind of a placeholder; the value is its spelling, with ``NAME`` and ``KEY``."""

    INPUT_VALUE = "$.inputs.parameters['NAME']"
    INPUT_PATH = "$.inputs.artifacts['NAME'].path"
    INPUT_URI = "$.inputs.artifacts['NAME'].uri"
    INPUT_METADATA = "$.inputs.artifacts['NAME'].metadata['KEY']"
    OUTPUT_FILE = "$.outputs.parameters['NAME'].output_file"
    OUTPUT_PATH = "$.outputs.artifacts['NAME'].path"
    OUTPUT_URI = "$.outputs.artifacts['NAME'].uri"
    OUTPUT_METADATA = "$.outputs.artifacts['NAME'].metadata['KEY']"
    EXECUTOR_INPUT = "$"
    EXECUTOR_OUTPUT_FILE = "$.outputs.output_file"
    RUN_NAME = "$.pipeline_job_name"
    RUN_RESOURCE_NAME = "$.pipeline_job_resource_name"
    RUN_ID = "$.pipeline_job_uuid"
    TASK_NAME = "$.pipeline_task_name"
    TASK_ID = "$.pipeline_task_uuid"
    RUN_ROOT = "$.pipeline_root"
    RUN_CREATE_TIME = "$.pipeline_job_create_time_utc"
    RUN_SCHEDULE_TIME = "$.pipeline_job_schedule_time_utc"
    WORKSPACE_PATH = "$.workspace_path"
    #: Another text between ``{{$`` and ``}}``, unchanged in ``name``.
    UNKNOWN = "NAME"

    #: By identity, as they are compared: that of ``Enum`` is written in Python.
    __hash__ = object.__hash__


class Placeholder(NamedTuple):
    """A placeholder that the backend resolves."""

    kind: PlaceholderKind
    #: The parameter or artifact; for UNKNOWN the text between the braces.
    name: str = ""
    #: The metadata key, if any.
    key: str = ""

    def __str__(self) -> str:
        # Not ``value``, a property written in Python: checks print all texts.
        spelling = self.kind._value_.replace("['KEY']", f"['{self.key}']")
        return "{{" + spelling.replace("NAME", self.name, 1) + "}}"


class Text(NamedTuple):
    """Literal text and placeholders, in order."""

    parts: tuple[str | Placeholder, ...] = ()

    def __str__(self) -> str:
        parts = self.parts
        if len(parts) == 1 and type(parts[0]) is str:
            return parts[0]  # most texts
        return "".join([part if type(part) is str else str(part) for part in parts])

    def placeholders(self) -> tuple[Placeholder, ...]:
        """The placeholders in it, in order."""
        return tuple([part for part in self.parts if isinstance(part, Placeholder)])


#: Braces that open again before they close do not contain a placeholder.
_BRACES = r"\{\{(\$[^{}]*(?:(?:\{(?!\{)|\}(?!\}))[^{}]*)*)\}\}"
_NAMED = (
    r"""\$\.(?P<side>inputs|outputs)\.(?P<what>parameters|artifacts)"""
    r"""\[(?P<quote>\\?["'])(?P<name>[^'"\\\]]*)(?P=quote)\]"""
    r"""(?P<rest>|\.path|\.uri|\.output_file|\.metadata\[(?P<q2>\\?["'])(?P<key>[^'"\\\]]*)(?P=q2)\])"""
)
_NAMED_KINDS = {
    ("inputs", "parameters", ""): PlaceholderKind.INPUT_VALUE,
    ("inputs", "artifacts", ".path"): PlaceholderKind.INPUT_PATH,
    ("inputs", "artifacts", ".uri"): PlaceholderKind.INPUT_URI,
    ("inputs", "artifacts", ".metadata"): PlaceholderKind.INPUT_METADATA,
    ("outputs", "parameters", ".output_file"): PlaceholderKind.OUTPUT_FILE,
    ("outputs", "artifacts", ".path"): PlaceholderKind.OUTPUT_PATH,
    ("outputs", "artifacts", ".uri"): PlaceholderKind.OUTPUT_URI,
    ("outputs", "artifacts", ".metadata"): PlaceholderKind.OUTPUT_METADATA,
}
#: What is around the name and the key of a placeholder, in single quotes → its kind.
_PLAIN_KINDS = {
    tuple(kind.value.split("'")[::2]): kind
    for kind in PlaceholderKind
    if kind is not PlaceholderKind.UNKNOWN
}
#: Characters that are in no name and key.
_ODD = frozenset('"\\]')


def parse_text(text: str) -> Text:
    """The text, parsed into placeholders; printing it gives the text again.

    Placeholders quoted with ``"`` are equal to those quoted with ``'``, and are printed with ``'``.
    """
    if "{{$" not in text:
        return Text((text,)) if text else Text()
    parts: list[str | Placeholder] = []
    end = 0
    for match in re.finditer(_BRACES, text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(_placeholder(match.group(1)))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return Text(tuple(parts))


def _placeholder(inner: str) -> Placeholder:
    pieces = inner.split("'")
    names = pieces[1::2]
    plain = _PLAIN_KINDS.get(tuple(pieces[::2]))
    if plain is not None and len(pieces) % 2 and _ODD.isdisjoint("".join(names)):
        return Placeholder(plain, *names)
    match = re.fullmatch(_NAMED, inner)
    if match is None:
        return Placeholder(PlaceholderKind.UNKNOWN, inner)
    rest = match["rest"].partition("[")[0]
    kind = _NAMED_KINDS.get((match["side"], match["what"], rest))
    if kind is None:
        return Placeholder(PlaceholderKind.UNKNOWN, inner)
    return Placeholder(kind, match["name"], match["key"] or "")
