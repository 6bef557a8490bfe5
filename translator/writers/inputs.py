"""The inputs of a pipeline as the flags of a script."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import kept_back, secret_name
from translator.model import ParameterType
from translator.writers.rendering import Call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.model import Json, Parameter, Pipeline

__all__ = ["flags_of", "input_calls", "shortened", "shown", "source_of"]

#: Characters of a description that ``--help`` shows.
_DESCRIPTION_WIDTH = 200
#: The most columns of a pipeline's or file's name in the docstring of a script.
TITLE_WIDTH = 64
#: Types whose values come from the backend only.
_BY_BACKEND = (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)


def _asked_for(pipeline: Pipeline) -> dict[str, Parameter]:
    """The inputs that a user can set, in the order of the pipeline."""
    return {
        name: parameter
        for name, parameter in pipeline.root.inputs.parameters.items()
        if parameter.type not in _BY_BACKEND
    }


def input_calls(pipeline: Pipeline, own: frozenset[str]) -> list[Call]:
    """The inputs as ``Input(...)`` of a script, with what its pipeline.yaml does not have.

    ``own`` are the flags of the script itself, without their dashes. The values are those
    of the run settings in the pipeline's file: a PipelineJob, or the arguments of a workflow.
    """
    inputs = _asked_for(pipeline)
    flags = flags_of(inputs, own)
    values = pipeline.submission.arguments
    return [
        _input_call(name, parameter, flags[name], values.get(name))
        for name, parameter in inputs.items()
    ]


def _input_call(name: str, parameter: Parameter, flags: tuple[str, ...], value: Json) -> Call:
    more: dict[str, object] = {}
    if text := shortened(parameter.description, _DESCRIPTION_WIDTH):
        more["help"] = text
    declared = shown(parameter.declared_type)
    if declared and declared.lower() != "string":
        more["declared"] = declared
    if value is not None:
        more["value"] = value
    if flags != _plain_flags(name):
        more["flag"] = flags[0].removeprefix("--")
    if _is_secret(name, parameter):
        more["secret"] = True
    return Call("Input", name, **more)


def _plain_flags(name: str) -> tuple[str, ...]:
    """The flags that the script derives from a name (``Input.flags``)."""
    return tuple(dict.fromkeys((f"--{_plain(name)}", f"--{name}")))


def _plain(name: str) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in name)
    return "-".join(words.split())


def _is_secret(name: str, parameter: Parameter) -> bool:
    """Whether the name or default of an input looks like a secret, which scripts do not show."""
    default = parameter.default
    return secret_name(name) or kept_back(name, default) != default


def flags_of(names: Iterable[str], own: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Input → its flags: the one in the help, then the unchanged name.

    The flags are unique, and none is in ``own``, the flags of the script without their dashes.
    A name that is a valid flag is always a flag of its input.

    >>> flags_of(["learning_rate", "host", "größe", "gr-e"], frozenset({"host"}))
    {'learning_rate': ('--learning-rate', '--learning_rate'), 'host': ('--param-host',), \
'größe': ('--param-gr-e',), 'gr-e': ('--gr-e',)}
    """
    names = list(names)
    exact = {name for name in names if name not in own and _is_flag(name)}
    taken = {*own, *exact}
    numbers: Counter[str] = Counter()
    flags: dict[str, tuple[str, ...]] = {}
    for name in names:
        plain = _plain(name)
        if name not in exact:
            flags[name] = (f"--{_free(plain, taken, numbers)}",)
        elif name != plain and plain not in taken:
            taken.add(plain)
            flags[name] = (f"--{plain}", f"--{name}")
        else:
            flags[name] = (f"--{name}",)
    return flags


def _is_flag(name: str) -> bool:
    """Whether a name is ASCII letters, digits, ``_`` and ``-``, and begins with neither sign."""
    is_word = name.replace("_", "0").replace("-", "0").isalnum()
    return is_word and name.isascii() and name[0].isalnum()


def _free(plain: str, taken: set[str], numbers: Counter[str]) -> str:
    """A free flag, which is added to ``taken``; ``numbers`` are the last ones tried for a name."""
    flag = plain or "param-1"
    if flag in taken and plain:
        flag = f"param-{plain}"
    while flag in taken:
        numbers[plain] += 1
        flag = f"param-{plain}-{numbers[plain]}" if plain else f"param-{numbers[plain]}"
    taken.add(flag)
    return flag


def shown(text: str, width: int = 128) -> str:
    """The text on one line, without control characters, cut to ``width`` characters."""
    words = " ".join(text.split())
    return "".join(char for char in words if char.isprintable())[:width].strip()


def shortened(text: str, width: int = TITLE_WIDTH) -> str:
    """The text on one line, as ``shown``; one that is longer than ``width`` ends with ``…``."""
    line = shown(text, len(text))
    return line if len(line) <= width else f"{shown(line, width - 1)}…"


def source_of(pipeline: Pipeline) -> str:
    """The pipeline's file, without its folder, and its format."""
    file = os.path.basename(pipeline.origin.file) if pipeline.origin else ""
    return f"{shortened(file) or 'a pipeline'} ({pipeline.dialect or 'KFP'})"
