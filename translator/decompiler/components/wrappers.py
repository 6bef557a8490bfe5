"""The wrappers before a program, as calls of one helper function for each kind.

KFP v1 and Kubernetes do more around a program than a KFP v2 container does, so a translated
command can begin with shell scripts that do the same (``readers/argo/shell_wrappers.py``, passes
of Vertex AI, ``writers/executor_input.py``). In pipeline.py each is ``*trim_values(rows)``, and the
function has the script and, in its docstring, the reason. The hash of a script tells it from one
of the author with the same words around it. The compiled command is the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
from enum import Enum, auto
from typing import TYPE_CHECKING

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
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.components.words import Words
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.model import Json

__all__ = [
    "METRICS_PROGRAM",
    "SCRIPTS",
    "Wrapper",
    "hashed",
    "metrics_program",
    "renamed_options",
    "without_executor_input",
    "wrapper_call",
    "wrapper_length",
]

_EXECUTOR_INPUT = Text((Placeholder(PlaceholderKind.EXECUTOR_INPUT),))


class _Shape(Enum):
    """How the arguments of a script are written in the argv."""

    #: One after the other.
    PLAIN = auto()
    #: Their number, then they.
    COUNTED = auto()
    #: ``--`` behind them.
    ENDED = auto()
    #: The text of a program, the executor input, options.
    METRICS = auto()


class Wrapper(NamedTuple):
    """A kind of wrapper."""

    #: ``$0`` of the script, the word behind it.
    name: str
    #: The name of the function.
    function: str
    #: Its parameters: one with a star for any number.
    parameters: tuple[str, ...]
    #: Its docstring.
    purpose: str
    shape: _Shape = _Shape.PLAIN


#: The hash of a script → its wrapper. A test compares them with the scripts that are written today.
SCRIPTS = {
    "93a403a99e583237": Wrapper(
        "write-input",
        "write_input",
        ("value", "path"),
        "Writes a value to a file, then runs the program.\n\n"
        "KFP v1 passed inputs of any kind as files. KFP v2 passes parameters as text only.",
    ),
    "cd47e7badc6ea529": Wrapper(
        "place-input",
        "place_input",
        ("artifact", "path"),
        "Copies an artifact to a path, then runs the program.\n\n"
        "In KFP v1 a template chose the paths of its inputs. KFP v2 chooses them.",
    ),
    "347dd4f450dfe1a9": Wrapper(
        "place-input",
        "place_optional_input",
        ("artifact", "path"),
        "Copies an artifact, if there is one, to a path, then runs the program.\n\n"
        "In KFP v1 a template chose the paths of its inputs. KFP v2 chooses them.",
    ),
    "3382d857496cd1a7": Wrapper(
        "copy-output",
        "copy_output",
        ("path", "output"),
        "Runs the program, then copies a file or folder to an output.\n\n"
        "In KFP v1 a template chose the paths of its outputs. KFP v2 chooses them.",
    ),
    "280fef3a7416e107": Wrapper(
        "copy-output",
        "copy_optional_output",
        ("path", "output"),
        "Runs the program, then copies a file or folder, if there is one, to an output.\n\n"
        "In KFP v1 a template chose the paths of its outputs. KFP v2 chooses them.",
    ),
    "67713f7587988aef": Wrapper(
        "copy-value",
        "copy_value",
        ("path", "output"),
        "Runs the program, then copies a value from a file to an output parameter.\n\n"
        "In KFP v1 a template chose the paths of its outputs, and a newline at the end of a value "
        "was\nremoved.",
    ),
    "906f92b6e8b34299": Wrapper(
        "copy-value",
        "copy_value_or_default",
        ("path", "output", "default"),
        "Runs the program, then copies a value, or the default, to an output parameter.\n\n"
        "In KFP v1 outputs could have defaults, and a template chose their paths. A newline at the "
        "end\nof a value was removed.",
    ),
    "e1040127d53da5f4": Wrapper(
        "default-value",
        "default_value",
        ("output", "default"),
        "Runs the program, then writes an output parameter that it has not written.\n\n"
        "In KFP v1 outputs could have defaults.",
    ),
    "e134db049d23f9dd": Wrapper(
        "trim-values",
        "trim_values",
        ("*outputs",),
        "Runs the program, then removes a newline at the end of each output parameter.\n\n"
        "KFP v1 did so when it read them. KFP v2 does not.",
        _Shape.COUNTED,
    ),
    "999e22ba40406540": Wrapper(
        "keep-printed",
        "keep_printed",
        ("output",),
        "Runs the program, and copies what it prints to an output parameter.\n\n"
        "In Argo the standard output of a script can be an output.",
    ),
    "953f829a9672a53c": Wrapper(
        "run-script",
        "run_script",
        ("source",),
        "Writes a script to a file, whose path is the last argument of the program.\n\n"
        "Argo runs scripts that way.",
    ),
    "fe2aec324aea1420": Wrapper(
        "set-environment",
        "set_environment",
        ("name", "value"),
        "Sets an environment variable to a value of the run, then runs the program.\n\n"
        "In KFP v2 environment variables are constants.",
    ),
    "ccfec1955d119d87": Wrapper(
        "change-directory",
        "change_directory",
        ("folder",),
        "Runs the program in a folder.\n\nContainers of KFP v2 have no working directory.",
    ),
    "8d5c081a179613d0": Wrapper(
        "fill-status",
        "fill_status",
        ("status", "mark"),
        "Runs the program with the final status, ``Succeeded`` or ``Failed``, in place of a mark."
        "\n\nArgo has it as a text. In KFP v2 it is a struct.",
    ),
    "9396711875f397a2": Wrapper(
        "fill-failures",
        "fill_failures",
        ("status", "mark"),
        "Runs the program with a JSON list of the failures in place of a mark.\n\n"
        "Argo has such a list. In KFP v2 the final status is a struct.",
    ),
    "a16a247c30eb059a": Wrapper(
        "mount-volume",
        "mount_volume",
        ("folder", "path"),
        "Links a path to a folder of Cloud Storage, then runs the program.\n\n"
        "Vertex AI has no volumes of Kubernetes.",
    ),
    "261d09b1d4deb97f": Wrapper(
        "empty-folder",
        "empty_folder",
        ("path",),
        "Makes an empty folder, then runs the program.\n\nVertex AI has no volumes of Kubernetes.",
    ),
    "dae245ac0807e660": Wrapper(
        "fetch-secrets",
        "fetch_secrets",
        ("*secrets",),
        "Sets variables and files to secrets of Secret Manager, then runs the program.\n\n"
        "Vertex AI has no secrets of Kubernetes. Three arguments for each secret: its version, the "
        "\nvariable or path, and ``env`` or the permissions of the file.",
        _Shape.ENDED,
    ),
    "1e6d2da35cb6aa40": Wrapper(
        "write-config-maps",
        "write_config_maps",
        ("*values",),
        "Sets variables and files to values of config maps, then runs the program.\n\n"
        "Vertex AI has no config maps of Kubernetes.",
        _Shape.ENDED,
    ),
    "dc524b0c81b423c2": Wrapper(
        "show-metrics",
        "show_metrics",
        ("side", "files", "artifacts"),
        "Runs the program, then converts its metrics and visualizations for Vertex AI.\n\n"
        "KFP v1 shows the files that the program writes. Vertex AI shows artifacts.",
        _Shape.METRICS,
    ),
    "131edeb9ac782f4f": Wrapper(
        "convert-executor-input",
        "convert_executor_input",
        ("python", "types", "position"),
        "Runs a function of kfp 1.x with the executor input of schema 2.0.0, which it reads.\n\n"
        "Backends of KFP v2 pass that of schema 2.1.0.",
    ),
}


#: The hash of the program that converts metrics; tasks of their own run it, too.
METRICS_PROGRAM = "a5c1a700b398cb76"


def hashed(script: str) -> str:
    """The key of a script in ``SCRIPTS``."""
    return hashlib.sha256(script.encode("utf-8", "surrogatepass")).hexdigest()[:16]


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
    if wrapper.shape is _Shape.COUNTED:
        is_number = bool(given) and given[0].isascii() and given[0].isdigit() and given[0][0] != "0"
        length = 1 + int(given[0]) if is_number and len(given[0]) < 4 else len(given) + 1
    elif wrapper.shape is _Shape.ENDED:
        length = _ended(wrapper, given)
    elif wrapper.shape is _Shape.METRICS:
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


def wrapper_call(module: Module, command: Sequence[Text], words: Words) -> Entry:
    """The call of the helper for the wrapper that begins a command, with a star before it.

    ``command`` is the wrapper, without the words behind it.
    """
    wrapper = _found(command)
    assert wrapper is not None
    arguments = list(command[4:])
    given: list[Expression] = []
    program = ""
    if wrapper.shape is _Shape.COUNTED:
        arguments = arguments[1:]
    elif wrapper.shape is _Shape.ENDED:
        arguments = arguments[:-1]
    elif wrapper.shape is _Shape.METRICS:
        for line in ("import json", "from kfp import dsl"):
            module.helpers.use(line)
        program = metrics_program(module, str(arguments[0]), inner=True)
        given = [literal(one) for one in _options(arguments)]
    elif "python" in wrapper.parameters:
        arguments = [command[0], *arguments]
    function = module.helpers.helper(wrapper.function, _source(wrapper, str(command[2]), program))
    made = Group(
        opening=f"{function}(",
        entries=entries(given or [words.word(argument) for argument in arguments]),
        closing=")",
    )
    return Entry("*", made)


def metrics_program(module: Module, text_of: str, *, inner: bool = False) -> str:
    """The name of the constant with the program that converts metrics."""
    return module.helpers.constant("show metrics", text(text_of), inner=inner)


def _source(wrapper: Wrapper, script: str, program: str) -> str:
    """The helper function of a wrapper."""
    parameters = [FunctionParameter(name) for name in wrapper.parameters]
    given: list[Expression] = [named(parameter) for parameter in wrapper.parameters]
    interpreter = text("sh")
    if wrapper.shape is _Shape.COUNTED:
        given = [named(f"str(len({wrapper.parameters[0][1:]}))"), *given]
    elif wrapper.shape is _Shape.ENDED:
        given = [*given, named('"--"')]
    elif wrapper.shape is _Shape.METRICS:
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
    if wrapper is None or wrapper.shape is not _Shape.METRICS:
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
        is_of_metrics = kind is not None and kind.shape is _Shape.METRICS
        found += [word for word in wrapper if not is_of_metrics or word != _EXECUTOR_INPUT]
        command = command[length:]
    return (*found, *command)
