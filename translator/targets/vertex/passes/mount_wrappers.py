"""Shell commands before a container's own, which put folders where Kubernetes mounts volumes.

Scripts are constants: paths are arguments, so that the shell never parses them. All paths are
absolute. Names of shell variables begin with ``_``: a variable of the environment would change for
the program too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.placeholders import Text
from translator.shell import shell

if TYPE_CHECKING:
    Argv = tuple[Text, ...]

__all__ = ["empty_folder", "link_folder"]

#: Ends the task with a message.
_FAIL = '_fail() { printf \'%s: %s\\n\' "$_to" "$*" >&2; exit 1; }; '
#: A folder of Cloud Storage as a path.
_AS_PATH = "case $_from in gs://*) _from=/gcs/${_from#gs://};; esac; "
#: An address with ``..`` would lead out of the volume. Without Cloud Storage at ``/gcs``, files
#: would be written to the disk of the container, and be lost.
_CHECK = (
    'case $_from/ in */../*) _fail "invalid folder: $_from";; /gcs/*) _bucket=${_from#/gcs/}; '
    '[ -d "/gcs/${_bucket%%/*}" ] || _fail "no access to gs://${_bucket%%/*}: create the bucket, '
    'and grant the service account of the run the role Storage Object User";; esac; '
)
#: Kubernetes creates the folder of a volume, also that of a ``subPath``.
_CREATE = '[ -e "$_from" ] || mkdir -p "$_from" || _fail "cannot create the folder $_from"; '
#: A mount hides what the image has at its path. Files of a volume stay, as all tasks share them.
_HIDE = (
    'if [ -L "$_to" ]; then rm "$_to"; elif [ -e "$_to" ]; then rmdir "$_to" 2>/dev/null || '
    '{ case $(cd "${_to%/*}/" && pwd -P)/ in /gcs/*) _fail "the volume around it has files there, '
    'which all tasks share";; esac; _old=$(mktemp -d "$_to.XXXXXX") && mv "$_to" "$_old/"; }; fi'
)
_ADVICE = (
    "the user of the image ($(id -u)) cannot replace it; set USER root in the image, or change the "
    "mount path"
)
#: The working directory of the image may be in the volume.
_ENTER = (
    'case $PWD/ in "$_to"/*) { [ -d "$PWD" ] || mkdir -p "$PWD"; } && cd "$PWD" || '
    '_fail "cannot change to the working directory";; esac; '
)
#: Links a path to a folder. ``$1`` folder, ``$2`` path. Another task may do the same at the same
#: time, where the path is in a volume itself.
_LINK = (
    f'_from=$1 _to=$2; shift 2; {_FAIL}{_AS_PATH}{_CHECK}{_CREATE}[ "$_to" -ef "$_from" ] || '
    f'{{ mkdir -p "${{_to%/*}}/" && {{ {_HIDE}; }} && ln -s "$_from" "$_to"; }} || '
    f'[ "$_to" -ef "$_from" ] || _fail "{_ADVICE}"; {_ENTER}exec "$@"'
)
#: Makes an empty folder that every user can write to. ``$1`` path.
_EMPTY = (
    f'_to=$1; shift; {_FAIL}if [ ! -d "$_to" ] || [ ! -w "$_to" ] || [ -n "$(ls -A "$_to")" ]; '
    f'then {{ {_HIDE}; }} && mkdir -p "$_to" && chmod 777 "$_to" || '
    f'{{ [ -d "$_to" ] && [ -w "$_to" ]; }} || _fail "{_ADVICE}"; fi; {_ENTER}exec "$@"'
)


def link_folder(folder: Text, path: str) -> Argv:
    """Makes a path lead to a folder of Cloud Storage, ``gs://…`` or ``/gcs/…``, first."""
    return (*shell(_LINK, "mount-volume"), folder, Text((path,)))


def empty_folder(path: str) -> Argv:
    """Makes an empty folder on the disk of the container first."""
    return shell(_EMPTY, "empty-folder", path)
