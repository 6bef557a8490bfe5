"""The wrapper that replaces ``$(NAME)`` in an argv by variables that a wrapper before it has set.

Kubernetes does it before it starts a container, where it knows secrets. The script is a constant:
the argv is split into text and references here, and not searched at run time, so neither a value
nor an input with ``$(NAME)`` in it is replaced. Values get into arguments of the program only, as
on Kubernetes; no other process has them as arguments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.expansion import expand_parts
from translator.shell import shell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from translator.placeholders import Placeholder, Text

__all__ = ["NAME", "fill_references"]

#: ``$0`` of the script, the prefix of its messages.
NAME = "fill-references"
#: Around a name between the texts; no text that YAML can hold has it.
_MARK = "\ud800"
_REFERENCE = f"{_MARK}([^{_MARK}]*){_MARK}"

#: Arguments: for each word with references its number, the pieces (``text TEXT``, ``value NAME``)
#: and ``end``; then ``--`` and the argv. A variable that is not set, as that of an optional secret,
#: leaves its reference. The text contains no reference that a backend might replace.
_SCRIPT = r"""
set +x
while [ "$1" != -- ]; do
  _at=$1 _word=
  shift
  while [ "$1" != end ]; do
    case $1 in
      text) _word=$_word$2;;
      value)
        eval "_set=\${$2+set}"
        if [ "$_set" ]; then eval "_word=\$_word\${$2}"; else _word=$_word'$('$2')'; fi;;
    esac
    shift 2
  done
  shift
  eval "_word_$_at=\$_word"
done
shift
_at=0 _left=$#
while [ "$_left" -gt 0 ]; do
  eval "_set=\${_word_$_at+set}"
  if [ "$_set" ]; then
    eval "set -- \"\$@\" \"\$_word_$_at\""
    unset "_word_$_at"
  else
    set -- "$@" "$1"
  fi
  shift
  _at=$((_at + 1)) _left=$((_left - 1))
done
unset _word _set
exec "$@"
"""


def fill_references(
    argv: Sequence[Text], names: Collection[str], *, is_escaped: bool
) -> tuple[Text, ...]:
    """The beginning of a command that replaces references to variables in the rest of the argv.

    The names are those that shells can set. ``is_escaped``: ``$$`` in the argv is a dollar sign, as
    for Kubernetes; else the argv has been resolved, and ``$(NAME)`` with a name is a reference.
    Empty if there are no references.
    """
    words: list[Placeholder | str] = []
    for number, word in enumerate(argv):
        pieces = [*_pieces(word, names, is_escaped)]
        if any(is_name for _, is_name in pieces):
            words.append(str(number))
            for piece, is_name in pieces:
                words += ["value" if is_name else "text", piece]
            words.append("end")
    return shell(_SCRIPT, NAME, *words, "--") if words else ()


def _pieces(
    word: Text, names: Collection[str], is_escaped: bool
) -> Iterator[tuple[Placeholder | str, bool]]:
    """Text, placeholders and names of variables, in order; true for a name."""
    marked = {name: f"{_MARK}{name}{_MARK}" for name in names}
    if is_escaped:
        parts = expand_parts(word.parts, marked.get)
    else:
        known = re.compile(rf"\$\(({'|'.join(map(re.escape, names))})\)")
        parts = [
            known.sub(lambda found: marked[found[1]], part) if isinstance(part, str) else part
            for part in word.parts
        ]
    for part in parts:
        if not isinstance(part, str):
            yield part, False
            continue
        for at, piece in enumerate(re.split(_REFERENCE, part)):
            if piece:
                yield piece, bool(at % 2)
