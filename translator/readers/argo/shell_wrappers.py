"""Shell commands before a container's own, which move data between values and files.

In KFP v1 any output can be used by value or by path; KFP v2 has parameters and artifacts. Each
wrapper does one step and then runs the rest of the argv, so wrappers nest. Scripts are constants:
names and values are arguments, so that the shell never parses them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.shell import shell

if TYPE_CHECKING:
    from translator.placeholders import Placeholder, Text

    Argv = tuple[Text, ...]

# Names of shell variables begin with `_`: a variable of the environment would change for the
# program too.

#: Copies a file or folder, into a folder that may exist.
_COPY = (
    'if [ -d "$_from" ]; then mkdir -p "$_to" && cp -R "$_from/." "$_to"; '
    'else mkdir -p "$(dirname "$_to")" && cp "$_from" "$_to"; fi'
)
#: Writes a value to the file that the program reads. ``$1`` value, ``$2`` path.
_WRITE_INPUT = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2" && shift 2 && exec "$@"'
#: Copies an artifact to the path that the program reads. ``$1`` artifact, ``$2`` path.
_PLACE_INPUT = f'_from=$1 _to=$2; shift 2; {_COPY} || exit; exec "$@"'
#: The same for an artifact that may be missing.
_PLACE_OPTIONAL_INPUT = (
    f'_from=$1 _to=$2; shift 2; if [ -e "$_from" ]; then {_COPY} || exit; fi; exec "$@"'
)
#: Copies a file of the program to an output. ``$1`` path, ``$2`` output.
_COPY_OUTPUT = f'_from=$1 _to=$2; shift 2; "$@" || exit; {_COPY}'
#: The same for a file that the program need not write.
_COPY_OPTIONAL_OUTPUT = (
    f'_from=$1 _to=$2; shift 2; "$@" || exit; if [ -e "$_from" ]; then {_COPY}; fi'
)
#: Reads the file ``$_from`` as a value, without one newline at its end, which Argo removes.
#: The x keeps the shell from removing more.
_READ_VALUE = """_value=$(cat "$_from" && printf x) || exit; _value=${_value%x}; _value=${_value%'
'}"""
_WRITE_VALUE = 'mkdir -p "$(dirname "$_to")" && printf %s "$_value" > "$_to"'
#: Copies a file of the program to an output parameter. ``$1`` path, ``$2`` output.
_COPY_VALUE = f'_from=$1 _to=$2; shift 2; "$@" || exit; {_READ_VALUE}; {_WRITE_VALUE}'
#: The same with a default, ``$3``, if the file is missing.
_COPY_VALUE_OR_DEFAULT = (
    '_from=$1 _to=$2 _value=$3; shift 3; "$@" || exit; '
    f'if [ -e "$_from" ]; then {_READ_VALUE}; fi; {_WRITE_VALUE}'
)
#: Writes the default of an output without a file. ``$1`` output, ``$2`` default.
_DEFAULT_VALUE = (
    f'_to=$1 _value=$2; shift 2; "$@" || exit; if [ ! -e "$_to" ]; then {_WRITE_VALUE}; fi'
)
#: Removes the newline at the end of output parameters. ``$1`` number of files that follow.
_TRIM_VALUES = (
    '_left=$1; shift; (shift "$_left"; exec "$@") || exit; while [ "$_left" -gt 0 ]; do '
    f"_from=$1 _to=$1; shift; _left=$((_left - 1)); {_READ_VALUE}; {_WRITE_VALUE} || exit; done"
)
#: Copies the standard output to an output parameter. ``$1`` output.
_KEEP_PRINTED = (
    '_to=$1; shift; _from=$(mktemp) || exit; "$@" > "$_from"; _status=$?; cat "$_from"; '
    f'[ "$_status" = 0 ] || exit "$_status"; {_READ_VALUE}; {_WRITE_VALUE}'
)
#: Writes a script, ``$1``, to a file, which is the last argument of the program.
_RUN_SCRIPT = '_file=$(mktemp) && printf %s "$1" > "$_file" && shift && exec "$@" "$_file"'
#: Sets an environment variable with a value of the run. ``$1`` name, ``$2`` value.
_SET_ENVIRONMENT = 'export "$1=$2" && shift 2 && exec "$@"'
#: Changes the working directory, which Kubernetes creates if it is missing.
_CHANGE_DIRECTORY = 'mkdir -p "$1" && cd "$1" && shift && exec "$@"'
#: The final status in the text of KFP v1. ``$1`` the final status as JSON.
_STATUS = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) _value=Succeeded;; """
    "*) _value=Failed;; esac; "
)
#: The failures as a list; KFP v2 has one at most. ``$1`` the final status as JSON.
_FAILURES = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) _value='[]';; """
    '*) _value="[$1]";; esac; '
)
#: Replaces a marker, ``$2``, by ``_value`` in all arguments that follow.
_FILL = (
    '_mark=$2; shift 2; _left=$#; while [ "$_left" -gt 0 ]; do _rest=$1; _word=; shift; '
    'while case $_rest in *"$_mark"*) :;; *) false;; esac; do '
    '_word=$_word${_rest%%"$_mark"*}$_value; _rest=${_rest#*"$_mark"}; done; '
    'set -- "$@" "$_word$_rest"; _left=$((_left - 1)); done; exec "$@"'
)


def write_input(value: Placeholder, path: str) -> Argv:
    """Writes a value to a path first."""
    return shell(_WRITE_INPUT, "write-input", value, path)


def place_input(artifact: Placeholder, path: str, *, optional: bool = False) -> Argv:
    """Copies an artifact to a path first."""
    script = _PLACE_OPTIONAL_INPUT if optional else _PLACE_INPUT
    return shell(script, "place-input", artifact, path)


def copy_output(source: Placeholder | str, target: Placeholder, *, optional: bool = False) -> Argv:
    """Copies a file or folder afterwards, if the program succeeded."""
    script = _COPY_OPTIONAL_OUTPUT if optional else _COPY_OUTPUT
    return shell(script, "copy-output", source, target)


def copy_value(source: str, target: Placeholder, default: Text | None = None) -> Argv:
    """Copies a file to an output parameter afterwards, as Argo reads it."""
    if default is None:
        return shell(_COPY_VALUE, "copy-value", source, target)
    return (*shell(_COPY_VALUE_OR_DEFAULT, "copy-value", source, target), default)


def default_value(target: Placeholder, default: Text) -> Argv:
    """Writes an output parameter afterwards that the program has not written."""
    return (*shell(_DEFAULT_VALUE, "default-value", target), default)


def trim_values(targets: list[Placeholder]) -> Argv:
    """Removes the newline at the end of output parameters afterwards, as Argo does."""
    return shell(_TRIM_VALUES, "trim-values", str(len(targets)), *targets)


def keep_printed(target: Placeholder) -> Argv:
    """Copies the standard output to an output parameter, and still prints it."""
    return shell(_KEEP_PRINTED, "keep-printed", target)


def run_script(source: Text) -> Argv:
    """Writes a script to a file, and passes its path to the program as the last argument."""
    return (*shell(_RUN_SCRIPT, "run-script"), source)


def change_directory(folder: Text) -> Argv:
    """Runs the rest of the argv in a folder."""
    return (*shell(_CHANGE_DIRECTORY, "change-directory"), folder)


def set_environment(name: str, value: Text) -> Argv:
    """Sets an environment variable first."""
    return (*shell(_SET_ENVIRONMENT, "set-environment", name), value)


def fill_status(status: Placeholder, mark: str) -> Argv:
    """Replaces a marker with the final status: ``Succeeded`` or ``Failed``."""
    return shell(_STATUS + _FILL, "fill-status", status, mark)


def fill_failures(status: Placeholder, mark: str) -> Argv:
    """Replaces a marker with a JSON list of the failures."""
    return shell(_FAILURES + _FILL, "fill-failures", status, mark)


#: Programs that show that the image has a shell.
_SHELLS = r"(?:.*/)?(?:(?:ba|da|a|k|z)?sh|python[\d.]*)"
#: Images with a shell and the programs that wrappers need: systems, and images built on them.
_IMAGES_WITH_SHELL = frozenset(
    {
        *("almalinux", "alpine", "amazonlinux", "bash", "busybox", "centos", "debian", "fedora"),
        *("golang", "node", "openjdk", "pypy", "python", "rockylinux", "ruby", "ubuntu"),
        *("google/cloud-sdk", "gcr.io/google.com/cloudsdktool/cloud-sdk"),
        *("gcr.io/google.com/cloudsdktool/google-cloud-cli", "continuumio/miniconda3"),
        *("pytorch/pytorch", "tensorflow/tensorflow"),
    }
)
#: Parts of a tag with the system that an image is built on: ``3.20-alpine``, ``slim``.
_SYSTEM_TAG = r"(?:.*-)?(?:alpine|busybox|slim|buster|bullseye|bookworm|trixie|ubuntu)(?![a-z])"


def is_known_to_have_shell(image: str) -> bool:
    """Whether the name of an image shows that it has the programs that wrappers need."""
    folder, _, last = image.partition("@")[0].rpartition("/")
    name, _, tag = last.partition(":")
    of_docker = ("", "library", "docker.io", "docker.io/library", "index.docker.io/library")
    full = name if folder in of_docker else f"{folder.removeprefix('docker.io/')}/{name}"
    return full in _IMAGES_WITH_SHELL or re.match(_SYSTEM_TAG, tag) is not None


def is_shell(command: tuple[Text, ...]) -> bool:
    """Whether the command shows that its image has a shell."""
    return bool(command) and re.fullmatch(_SHELLS, str(command[0])) is not None
