"""The names of secrets, config maps and claims that are values of the pipeline.

A template can name an object with a reference, for example the claim that another task has created.
In the model such a name is a value of the DAG of the task, as kfp-kubernetes has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Constant, FromParent, FromTask
from translator.model.kubernetes import map_values
from translator.readers.argo.references import parse
from translator.readers.argo.values import known_text
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.model.kubernetes import Pod, Value
    from translator.readers.argo.references import Parts, Reference
    from translator.readers.argo.values import Pieces

__all__ = ["with_values"]


def with_values(
    pod: Pod, is_known: Callable[[Reference], bool], resolve: Callable[[Parts], Pieces]
) -> Pod:
    """The pod of a task, with the values that ``resolve`` finds for references in its DAG.

    A name with a reference that is not known before the run, or that is put together of a text and
    the output of a task, stays as it is.
    """

    def value(given: Value) -> Value:
        if not isinstance(given, Constant) or not isinstance(given.value, str):
            return given
        written = parse(given.value)
        found = [piece for piece in written if not isinstance(piece, str)]
        if not found or not all(map(is_known, found)):
            return given
        match resolve(written):
            case [(FromParent() | FromTask()) as source] if source.selector is None:
                return replace(source, origin=given.origin)
            case pieces if (text := known_text(pieces)) is not None:
                return replace(given, value=text)
        return given

    return map_values(pod, value)
