"""The wrappers before a program, as calls of one helper function for each kind.

KFP v1 and Kubernetes do more around a program than a KFP v2 container does, so a translated
command can begin with shell scripts that do the same (``readers/argo/shell_wrappers.py``, passes
of Vertex AI, ``writers/executor_input.py``). In pipeline.py each is ``*trim_values(rows)``, and the
function has the script and, in its docstring, the reason. The hash of a script tells it from one
of the author with the same words around it. The compiled command is the same to the byte.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.decompiler.components.wrapper_kinds import SCRIPTS, Shape, Wrapper, hashed
from translator.decompiler.definitions import docstring
from translator.decompiler.layout import (
    INDENT,
    Entry,
    Group,
    assigned,
    call,
    entries,
    listed,
    named,
    returned,
    signature,
)
from translator.decompiler.layout import Parameter as FunctionParameter
from translator.decompiler.literals import literal, text
from translator.placeholders import Placeholder, PlaceholderKind, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.components.words import Words
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.model import Json

__all__ = [
    "metrics_program",
    "renamed_options",
    "without_executor_input",
    "wrapper_call",
    "wrapper_length",
]

_EXECUTOR_INPUT = Text((Placeholder(PlaceholderKind.EXECUTOR_INPUT),))


def _found(command: Sequence[Text]) -> Wrapper | None:
    """The wrapper at the beginning of a command."""
    if len(command) < 4 or str(command[1]) != "-c":
        return None
    wrapper = SCRIPTS.get(hashed(str(command[2])))
    is_own = wrapper is not None and str(command[3]) == wrapper.name
    is_shell = str(command[0]) == "sh" or (wrapper is not None and "python" in wrapper.parameters)
    return wrapper if is_own and is_shell else None


def wrapper_length(command: Sequence[Text]) -> int:
    """The number of words of the wrapper at the beginning of a command; 0 if there is none."""
    wrapper = _found(command)
    if wrapper is None:
        return 0
    given = [str(word) for word in command[4:]]
    if wrapper.shape is Shape.COUNTED:
        is_number = bool(given) and given[0].isascii() and given[0].isdigit() and given[0][0] != "0"
        length = 1 + int(given[0]) if is_number and len(given[0]) < 4 else len(given) + 1
    elif wrapper.shape is Shape.ENDED:
        length = _ended(wrapper, given)
    elif wrapper.shape is Shape.METRICS:
        length = 3 if _options(command[4:7]) else len(given) + 1
    else:
        length = len(wrapper.parameters) - ("python" in wrapper.parameters)
    return 4 + length if length <= len(given) else 0


def _ended(wrapper: Wrapper, given: list[str]) -> int:
    """The number of arguments with the ``--`` behind them, which values can be as well."""
    at = 0
    while at < len(given) and given[at] != "--":
        pieces = given[at + 3] if at + 3 < len(given) else ""
        if wrapper.name == "fetch-secrets":
            at += 3
        elif pieces.isascii() and pieces.isdigit() and len(pieces) < 6:
            at += 4 + int(pieces)
        else:
            return len(given) + 1
    return at + 1


def _options(arguments: Sequence[Text]) -> list[Json]:
    """The options of the wrapper of metrics: a side, files and artifacts; empty if invalid."""
    if len(arguments) < 3 or arguments[0].placeholders() or arguments[1] != _EXECUTOR_INPUT:
        return []
    try:
        options = json.loads(str(arguments[2]))
    except (ValueError, RecursionError):
        return []
    if not isinstance(options, list) or json.dumps(options) != str(arguments[2]):
        return []
    is_valid = len(options) == 3 and all(isinstance(one, dict) for one in options[1:])
    is_valid = is_valid and all(isinstance(n, str) for one in options[1:] for n in one.values())
    return options if is_valid else []


def wrapper_call(
    module: Module, command: Sequence[Text], words: Words
) -> tuple[Entry, frozenset[str]]:
    """The call of the helper for the wrapper that begins a command, with a star before it.

    With it the names of pipeline.py that it uses. ``command`` is the wrapper, without the words
    behind it.
    """
    wrapper = _found(command)
    assert wrapper is not None
    arguments = list(command[4:])
    given: list[Expression] = []
    program = constant = ""
    if wrapper.shape is Shape.COUNTED:
        arguments = arguments[1:]
    elif wrapper.shape is Shape.ENDED:
        arguments = arguments[:-1]
    elif wrapper.shape is Shape.METRICS:
        for line in ("import json", "from kfp import dsl"):
            module.helpers.use(line)
        program = metrics_program(module, str(arguments[0]), inner=True)
        given = [literal(one) for one in _options(arguments)]
    elif "python" in wrapper.parameters:
        arguments = [command[0], *arguments]
    elif wrapper.name == "mount-volume":
        constant = _folder(module, arguments[0], words)
        given = [named(constant), words.word(arguments[1])] if constant else []
    function = module.helpers.helper(wrapper.function, _source(wrapper, str(command[2]), program))
    made = Group(
        opening=f"{function}(",
        entries=entries(given or [words.word(argument) for argument in arguments]),
        closing=")",
    )
    return Entry("*", made), frozenset({function, constant})


def _folder(module: Module, folder: Text, words: Words) -> str:
    """The constant for the folder of a volume, which several components mount.

    Empty if values of the task are in it.
    """
    if any(one.name for one in folder.placeholders()):
        return ""
    name = str(folder).rstrip("/").rpartition("/")[2]
    return module.constant(f"{name} folder", words.word(folder))


def metrics_program(module: Module, text_of: str, *, inner: bool = False) -> str:
    """The name of the constant with the program that converts metrics."""
    return module.helpers.constant("show metrics", text(text_of), inner=inner)


def _source(wrapper: Wrapper, script: str, program: str) -> str:
    """The helper function of a wrapper."""
    parameters = [FunctionParameter(name) for name in wrapper.parameters]
    given: list[Expression] = [named(parameter) for parameter in wrapper.parameters]
    interpreter = text("sh")
    if wrapper.shape is Shape.COUNTED:
        given = [named(f"str(len({wrapper.parameters[0][1:]}))"), *given]
    elif wrapper.shape is Shape.ENDED:
        given = [*given, named('"--"')]
    elif wrapper.shape is Shape.METRICS:
        options = call("json.dumps", listed(given))
        placeholder = named("dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER")
        given = [named(program), placeholder, options]
    elif "python" in wrapper.parameters:
        interpreter, *given = given
    command = [interpreter, text("-c"), named("script"), text(wrapper.name), *given]
    lines = [
        signature(wrapper.function, parameters),
        docstring(wrapper.purpose),
        assigned("script", text(script), INDENT),
        returned(Group(opening="[", entries=entries(command), closing="]")),
    ]
    return "\n".join(lines)


def renamed_options(command: Sequence[Text], outputs: Mapping[str, str]) -> tuple[Text, ...]:
    """The wrapper of metrics with new names of outputs in its options; others as they are."""
    wrapper = _found(command)
    if wrapper is None or wrapper.shape is not Shape.METRICS:
        return tuple(command)
    side, *files = _options(command[4:])
    renamed = [
        {kind: outputs.get(str(name), name) for kind, name in one.items()}
        for one in files
        if isinstance(one, dict)
    ]
    return (*command[:-1], Text((json.dumps([side, *renamed]),)))


def without_executor_input(command: Sequence[Text]) -> tuple[Text, ...]:
    """The command without the executor input of the metrics wrapper, whose options name outputs."""
    found: list[Text] = []
    while length := wrapper_length(command):
        wrapper = command[:length]
        kind = _found(wrapper)
        is_of_metrics = kind is not None and kind.shape is Shape.METRICS
        found += [word for word in wrapper if not is_of_metrics or word != _EXECUTOR_INPUT]
        command = command[length:]
    return (*found, *command)
