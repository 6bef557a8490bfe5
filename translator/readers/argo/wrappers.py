"""Words put before a container's own, which move data between values and files.

KFP v1 takes any output by value or by path; KFP v2 has parameters and artifacts. Each wrapper
does one thing and then runs the rest; several nest. The shell text is fixed: names and values
reach it as arguments, so nothing in them is ever read as shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.placeholders import Text

if TYPE_CHECKING:
    from translator.placeholders import Placeholder

    Words = tuple[Text, ...]

#: A value becomes the file that the program reads. ``$1`` value, ``$2`` path.
_WRITE_INPUT = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2" && shift 2 && exec "$@"'
#: An artifact becomes the file or folder that the program reads. ``$1`` artifact, ``$2`` path.
_PLACE_INPUT = 'mkdir -p "$(dirname "$2")" && cp -R "$1" "$2" && shift 2 && exec "$@"'
#: What the program wrote becomes an output. ``$1`` path, ``$2`` output.
_COPY_OUTPUT = (
    'from=$1 to=$2; shift 2; "$@" || exit; mkdir -p "$(dirname "$to")" && cp -R "$from" "$to"'
)
#: The same for an output that the program may leave out.
_COPY_OPTIONAL_OUTPUT = (
    'from=$1 to=$2; shift 2; "$@" || exit; '
    'if [ -e "$from" ]; then mkdir -p "$(dirname "$to")" && cp -R "$from" "$to"; fi'
)
#: Reads the file ``$from`` as a value, without the one newline at its end that Argo takes off.
#: The x keeps the shell from taking off more.
_READ_VALUE = """value=$(cat "$from" && printf x) || exit; value=${value%x}; value=${value%'
'}"""
_WRITE_VALUE = 'mkdir -p "$(dirname "$to")" && printf %s "$value" > "$to"'
#: What the program wrote becomes a value. ``$1`` path, ``$2`` output.
_COPY_VALUE = f'from=$1 to=$2; shift 2; "$@" || exit; {_READ_VALUE}; {_WRITE_VALUE}'
#: What the program wrote as a value loses the newline at its end. ``$1`` how many files follow.
_TRIM_VALUES = (
    'left=$1; shift; (shift "$left"; exec "$@") || exit; while [ "$left" -gt 0 ]; do '
    f"from=$1 to=$1; shift; left=$((left - 1)); {_READ_VALUE}; {_WRITE_VALUE} || exit; done"
)
#: What the program prints becomes a value. ``$1`` output.
_KEEP_PRINTED = (
    'to=$1; shift; from=$(mktemp) || exit; "$@" > "$from"; status=$?; cat "$from"; '
    f'[ "$status" = 0 ] || exit "$status"; {_READ_VALUE}; {_WRITE_VALUE}'
)
#: A script, ``$1``, becomes the file that the program is given last.
_RUN_SCRIPT = 'file=$(mktemp) && printf %s "$1" > "$file" && shift && exec "$@" "$file"'
#: An environment variable whose value is known only at run time. ``$1`` name, ``$2`` value.
_SET_ENVIRONMENT = 'export "$1=$2" && shift 2 && exec "$@"'
#: How the pipeline ended, in the words of KFP v1. ``$1`` the final status as JSON.
_STATUS = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) value=Succeeded;; """
    "*) value=Failed;; esac; "
)
#: Its failures as a list; KFP v2 tells of one. ``$1`` the final status as JSON.
_FAILURES = (
    """case $1 in *'"state":"SUCCEEDED"'*|*'"state": "SUCCEEDED"'*) value='[]';; """
    '*) value="[$1]";; esac; '
)
#: ``value`` takes the place of a mark, ``$2``, in all words that follow.
_FILL = (
    'mark=$2; shift 2; left=$#; while [ "$left" -gt 0 ]; do rest=$1; word=; shift; '
    'while [ "${rest#*"$mark"}" != "$rest" ]; do word=$word${rest%%"$mark"*}$value; '
    'rest=${rest#*"$mark"}; done; set -- "$@" "$word$rest"; left=$((left - 1)); done; exec "$@"'
)


def write_input(value: Placeholder, path: str) -> Words:
    """Writes a value to a path first."""
    return _wrapper(_WRITE_INPUT, "write-input", value, path)


def place_input(artifact: Placeholder, path: str) -> Words:
    """Copies an artifact to a path first."""
    return _wrapper(_PLACE_INPUT, "place-input", artifact, path)


def copy_output(source: Placeholder | str, target: Placeholder, *, optional: bool = False) -> Words:
    """Copies a file or folder afterwards, if the program succeeded."""
    script = _COPY_OPTIONAL_OUTPUT if optional else _COPY_OUTPUT
    return _wrapper(script, "copy-output", source, target)


def copy_value(source: str, target: Placeholder) -> Words:
    """Copies a file to an output parameter afterwards, as Argo reads it."""
    return _wrapper(_COPY_VALUE, "copy-value", source, target)


def trim_values(targets: list[Placeholder]) -> Words:
    """Takes the newline at the end off output parameters afterwards, as Argo does."""
    return _wrapper(_TRIM_VALUES, "trim-values", str(len(targets)), *targets)


def keep_printed(target: Placeholder) -> Words:
    """Keeps what the program prints as an output parameter, and prints it."""
    return _wrapper(_KEEP_PRINTED, "keep-printed", target)


def run_script(source: Text) -> Words:
    """Gives the program a script as its last argument, as a file."""
    return (*_wrapper(_RUN_SCRIPT, "run-script"), source)


def set_environment(name: str, value: Text) -> Words:
    """Sets an environment variable first."""
    return (*_wrapper(_SET_ENVIRONMENT, "set-environment", name), value)


def fill_status(status: Placeholder, mark: str) -> Words:
    """Puts how the pipeline ended in the place of a mark: ``Succeeded`` or ``Failed``."""
    return _wrapper(_STATUS + _FILL, "fill-status", status, mark)


def fill_failures(status: Placeholder, mark: str) -> Words:
    """Puts a JSON list of what failed in the place of a mark."""
    return _wrapper(_FAILURES + _FILL, "fill-failures", status, mark)


def _wrapper(script: str, name: str, *arguments: Placeholder | str) -> Words:
    # The word after the script is $0, which the shell puts before its messages.
    return tuple(Text((word,)) for word in ("sh", "-c", script, name, *arguments))
