"""Shell commands put before a container's own, which move data between values and files.

KFP v1 takes any output by value or by path; KFP v2 has parameters and artifacts. Each wrapper
does one thing and then runs the rest; several nest. The shell text is fixed: names and values
reach it as arguments, so nothing in them is ever read as shell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.placeholders import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.placeholders import Placeholder

    Words = tuple[Text, ...]

# Names of the shell's variables begin with `_`: one that the environment has would be changed for
# the program too.

#: A file or folder is copied, into a folder that may be there already.
_COPY = (
    'if [ -d "$_from" ]; then mkdir -p "$_to" && cp -R "$_from/." "$_to"; '
    'else mkdir -p "$(dirname "$_to")" && cp "$_from" "$_to"; fi'
)
#: A value becomes the file that the program reads. ``$1`` value, ``$2`` path.
_WRITE_INPUT = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2" && shift 2 && exec "$@"'
#: An artifact becomes the file or folder that the program reads. ``$1`` artifact, ``$2`` path.
_PLACE_INPUT = f'_from=$1 _to=$2; shift 2; {_COPY} || exit; exec "$@"'
#: The same for an artifact that may not be there.
_PLACE_OPTIONAL_INPUT = (
    f'_from=$1 _to=$2; shift 2; if [ -e "$_from" ]; then {_COPY} || exit; fi; exec "$@"'
)
#: What the program wrote becomes an output. ``$1`` path, ``$2`` output.
_COPY_OUTPUT = f'_from=$1 _to=$2; shift 2; "$@" || exit; {_COPY}'
#: The same for an output that the program may leave out.
_COPY_OPTIONAL_OUTPUT = (
    f'_from=$1 _to=$2; shift 2; "$@" || exit; if [ -e "$_from" ]; then {_COPY}; fi'
)
#: Reads the file ``$_from`` as a value, without the one newline at its end that Argo takes off.
#: The x keeps the shell from taking off more.
_READ_VALUE = """_value=$(cat "$_from" && printf x) || exit; _value=${_value%x}; _value=${_value%'
'}"""
_WRITE_VALUE = 'mkdir -p "$(dirname "$_to")" && printf %s "$_value" > "$_to"'
#: What the program wrote becomes a value. ``$1`` path, ``$2`` output.
_COPY_VALUE = f'_from=$1 _to=$2; shift 2; "$@" || exit; {_READ_VALUE}; {_WRITE_VALUE}'
#: The same for an output that has a default, ``$3``, in case there is no such file.
_COPY_VALUE_OR_DEFAULT = (
    '_from=$1 _to=$2 _value=$3; shift 3; "$@" || exit; '
    f'if [ -e "$_from" ]; then {_READ_VALUE}; fi; {_WRITE_VALUE}'
)
#: An output that the program did not write is its default. ``$1`` output, ``$2`` default.
_DEFAULT_VALUE = (
    f'_to=$1 _value=$2; shift 2; "$@" || exit; if [ ! -e "$_to" ]; then {_WRITE_VALUE}; fi'
)
#: What the program wrote as a value loses the newline at its end. ``$1`` how many files follow.
_TRIM_VALUES = (
    '_left=$1; shift; (shift "$_left"; exec "$@") || exit; while [ "$_left" -gt 0 ]; do '
    f"_from=$1 _to=$1; shift; _left=$((_left - 1)); {_READ_VALUE}; {_WRITE_VALUE} || exit; done"
)
#: What the program prints becomes a value. ``$1`` output.
_KEEP_PRINTED = (
    '_to=$1; shift; _from=$(mktemp) || exit; "$@" > "$_from"; _status=$?; cat "$_from"; '
    f'[ "$_status" = 0 ] || exit "$_status"; {_READ_VALUE}; {_WRITE_VALUE}'
)
#: A script, ``$1``, becomes the file that the program is given last.
_RUN_SCRIPT = '_file=$(mktemp) && printf %s "$1" > "$_file" && shift && exec "$@" "$_file"'
#: An environment variable whose value is known only at run time. ``$1`` name, ``$2`` value.
_SET_ENVIRONMENT = 'export "$1=$2" && shift 2 && exec "$@"'
#: The program, and what moves its files, runs in a folder. Kubernetes makes it where it is missing.
_CHANGE_DIRECTORY = 'mkdir -p "$1" && cd "$1" && shift && exec "$@"'
#: How the pipeline ended, as KFP v1 has it. ``$1`` the final status as JSON.
_STATUS = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) _value=Succeeded;; """
    "*) _value=Failed;; esac; "
)
#: Its failures as a list; KFP v2 has one. ``$1`` the final status as JSON.
_FAILURES = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) _value='[]';; """
    '*) _value="[$1]";; esac; '
)
#: ``_value`` takes the place of a mark, ``$2``, in all arguments that follow.
_FILL = (
    '_mark=$2; shift 2; _left=$#; while [ "$_left" -gt 0 ]; do _rest=$1; _word=; shift; '
    'while case $_rest in *"$_mark"*) :;; *) false;; esac; do '
    '_word=$_word${_rest%%"$_mark"*}$_value; _rest=${_rest#*"$_mark"}; done; '
    'set -- "$@" "$_word$_rest"; _left=$((_left - 1)); done; exec "$@"'
)


def write_input(value: Placeholder, path: str) -> Words:
    """Writes a value to a path first."""
    return _wrapper(_WRITE_INPUT, "write-input", value, path)


def place_input(artifact: Placeholder, path: str, *, optional: bool = False) -> Words:
    """Copies an artifact to a path first."""
    script = _PLACE_OPTIONAL_INPUT if optional else _PLACE_INPUT
    return _wrapper(script, "place-input", artifact, path)


def copy_output(source: Placeholder | str, target: Placeholder, *, optional: bool = False) -> Words:
    """Copies a file or folder afterwards, if the program succeeded."""
    script = _COPY_OPTIONAL_OUTPUT if optional else _COPY_OUTPUT
    return _wrapper(script, "copy-output", source, target)


def copy_value(source: str, target: Placeholder, default: Text | None = None) -> Words:
    """Copies a file to an output parameter afterwards, as Argo reads it."""
    if default is None:
        return _wrapper(_COPY_VALUE, "copy-value", source, target)
    return (*_wrapper(_COPY_VALUE_OR_DEFAULT, "copy-value", source, target), default)


def default_value(target: Placeholder, default: Text) -> Words:
    """Writes an output parameter afterwards that the program has not written."""
    return (*_wrapper(_DEFAULT_VALUE, "default-value", target), default)


def trim_values(targets: list[Placeholder]) -> Words:
    """Takes the newline at the end off output parameters afterwards, as Argo does."""
    return _wrapper(_TRIM_VALUES, "trim-values", str(len(targets)), *targets)


def keep_printed(target: Placeholder) -> Words:
    """Keeps what the program prints as an output parameter, and prints it."""
    return _wrapper(_KEEP_PRINTED, "keep-printed", target)


def run_script(source: Text) -> Words:
    """Gives the program a script as its last argument, as a file."""
    return (*_wrapper(_RUN_SCRIPT, "run-script"), source)


def change_directory(folder: Text) -> Words:
    """Runs all that follows in a folder."""
    return (*_wrapper(_CHANGE_DIRECTORY, "change-directory"), folder)


def set_environment(name: str, value: Text) -> Words:
    """Sets an environment variable first."""
    return (*_wrapper(_SET_ENVIRONMENT, "set-environment", name), value)


def name_variables(variables: Iterable[tuple[str, Text]]) -> Words:
    """Sets variables whose names no shell takes. Shells forget them, so this comes last."""
    words = [Text((f"{name}=", *value.parts)) for name, value in variables]
    return (Text(("env",)), Text(("--",)), *words) if words else ()


def fill_status(status: Placeholder, mark: str) -> Words:
    """Puts how the pipeline ended in the place of a mark: ``Succeeded`` or ``Failed``."""
    return _wrapper(_STATUS + _FILL, "fill-status", status, mark)


def fill_failures(status: Placeholder, mark: str) -> Words:
    """Puts a JSON list of what failed in the place of a mark."""
    return _wrapper(_FAILURES + _FILL, "fill-failures", status, mark)


def _wrapper(script: str, name: str, *arguments: Placeholder | str) -> Words:
    # The argument after the script is $0, which the shell puts before its messages.
    return tuple(Text((word,)) for word in ("sh", "-c", script, name, *arguments))


#: Images that have a shell and the programs that wrappers need: systems, and what is built on them.
_IMAGES_WITH_SHELL = frozenset(
    {
        *("almalinux", "alpine", "amazonlinux", "bash", "busybox", "centos", "debian", "fedora"),
        *("golang", "node", "openjdk", "pypy", "python", "rockylinux", "ruby", "ubuntu"),
        *("google/cloud-sdk", "gcr.io/google.com/cloudsdktool/cloud-sdk"),
        *("gcr.io/google.com/cloudsdktool/google-cloud-cli", "continuumio/miniconda3"),
        *("pytorch/pytorch", "tensorflow/tensorflow"),
    }
)
#: Parts of a tag that name the system that an image is built on: ``3.20-alpine``, ``slim``.
_SYSTEM_TAG = r"(?:.*-)?(?:alpine|busybox|slim|buster|bullseye|bookworm|trixie|ubuntu)(?![a-z])"


def is_known_to_have_shell(image: str) -> bool:
    """Whether the name of an image shows that it has what wrappers need."""
    folder, _, last = image.partition("@")[0].rpartition("/")
    name, _, tag = last.partition(":")
    of_docker = ("", "library", "docker.io", "docker.io/library", "index.docker.io/library")
    full = name if folder in of_docker else f"{folder.removeprefix('docker.io/')}/{name}"
    return full in _IMAGES_WITH_SHELL or re.match(_SYSTEM_TAG, tag) is not None
