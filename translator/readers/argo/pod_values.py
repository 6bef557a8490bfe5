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
    from translator.model.kubernetes import Pod, Value
    from translator.readers.argo.references import Reference
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.workflow import DagTask, Template

__all__ = ["with_values"]


def with_values(pod: Pod, scope: Scope, call: DagTask, template: Template) -> Pod:
    """The pod of a task, with the values that references to parameters have in its DAG.

    A name that is known only in the run, or that is put together of a text and the output of a
    task, stays as it is.
    """

    def is_known(piece: str | Reference) -> bool:
        match () if isinstance(piece, str) else piece.path:
            case ("inputs", "parameters", *name):
                return ".".join(name) in template.parameters
            case ("workflow", "parameters", *name):
                return ".".join(name) in scope.context.workflow.arguments
        return isinstance(piece, str)

    def value(given: Value) -> Value:
        if not isinstance(given, Constant) or "{{" not in str(given.value):
            return given
        written = parse(str(given.value))
        if not all(map(is_known, written)):
            return given
        match scope.filled(call, template, written, call.cursor):
            case [(FromParent() | FromTask()) as source] if source.selector is None:
                return replace(source, origin=given.origin)
            case pieces if (text := known_text(pieces)) is not None:
                return replace(given, value=text)
        return given

    return map_values(pod, value)
