"""The wrapper that writes the values of config maps to files before a program starts.

The script is a constant; paths and values are its arguments. A value is given in pieces, as Linux
limits an argument to 128 KiB. Values that are not text, or that a backend might change because
``{{$…}}``, ``$(NAME)`` or ``$$`` is in them, are in base64, for which the image needs ``base64``.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from translator.records import NamedTuple
from translator.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.placeholders import Text

__all__ = ["NAME", "Target", "write_values"]

#: ``$0`` of the script, the prefix of its messages.
NAME = "write-config-maps"

#: Arguments: for each value where it goes, ``env`` or the mode of a file, ``text`` or ``base64``,
#: the number of pieces, and the pieces; then ``--`` and the argv of the program.
_SCRIPT = r"""
_fail() { printf 'write-config-maps: cannot %s\n' "$1" >&2; exit 1; }
while [ "$1" != -- ]; do
  _where=$1 _how=$2 _form=$3 _left=$4 _value=
  shift 4
  while [ "$_left" -gt 0 ]; do _value=$_value$1 _left=$((_left - 1)); shift; done
  if [ "$_how" = env ]; then
    if [ "$_form" = base64 ]; then
      _value=$(printf %s "$_value" | base64 -d && printf x) || _fail "set $_where: no base64"
      _value=${_value%x}
    fi
    export "$_where=$_value"
  else
    [ -d "$_where" ] && _fail "write $_where: it is a folder"
    mkdir -p "$(dirname "$_where")" && rm -f "$_where" &&
      if [ "$_form" = base64 ]; then printf %s "$_value" | base64 -d; else printf %s "$_value"; fi \
        > "$_where" && chmod "$_how" "$_where" ||
      _fail "write $_where: the user of the image needs write access"
  fi
done
shift
unset _value
exec "$@"
"""
#: Linux allows 128 KiB for an argument, with the null character at its end.
_PIECE = 100_000
#: What a backend might change in an argument, or no argument can have.
_CHANGED = r"\{\{\$|\$[$(]|\0|[\ud800-\udfff]"


class Target(NamedTuple):
    """A value of a config map, and where it goes."""

    #: Bytes that are not UTF-8 are lone surrogates in it (``surrogateescape``).
    value: str
    #: An environment variable, or the path of a file.
    where: str
    #: Permissions of the file; None for a variable.
    mode: int | None = None


def write_values(targets: Iterable[Target]) -> tuple[Text, ...]:
    """The beginning of a command: sets variables and writes files, then runs the rest of it."""
    words: list[str] = []
    for target in targets:
        how = "env" if target.mode is None else f"{target.mode:04o}"
        form, pieces = _argument(target.value)
        words += [target.where, how, form, str(len(pieces)), *pieces]
    return shell(_SCRIPT, NAME, *words, "--")


def _argument(value: str) -> tuple[str, list[str]]:
    """The form of a value, and its pieces."""
    data = value.encode("utf-8", "surrogateescape")
    if re.search(_CHANGED, value):
        text, size, form = base64.b64encode(data).decode(), _PIECE, "base64"
    else:
        text, size, form = value, _PIECE if value.isascii() else _PIECE // 4, "text"
    return form, [text[at : at + size] for at in range(0, len(text), size)]
