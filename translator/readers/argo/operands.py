"""The author's operands in the conditions and loops of a workflow.

kfp passes values into the DAGs of conditions and loops as inputs that its compiler generates. Here
an operand is what the author wrote, as for KFP v2 (``kfp_outline``): an input of the pipeline,
``task.output``, ``task.outputs['name']``, or ``item`` of the loop around it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.readers.argo.references import Reference, parse
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.readers.argo.workflow import DagTask, Workflow

__all__ = ["Operands"]

#: Levels of nested DAGs that are followed to resolve a name.
_DEPTH = 50
#: A reference: in quotes with nothing else, or anywhere.
_REFERENCE = re.compile(r"""(?P<quote>["']?)(?P<text>\{\{[^{}]*\}\})(?P=quote)""")


class Operands(NamedTuple):
    """What references stand for, in the DAGs of a workflow."""

    entrypoint: str
    #: DAG → the DAG around it, and the task there that runs it.
    calls: Mapping[str, tuple[str, DagTask]]

    @classmethod
    def of(cls, workflow: Workflow) -> Operands:
        """Those of a workflow."""
        calls = {
            task.template: (name, task)
            for name, template in workflow.templates.items()
            for task in template.tasks
        }
        return cls(workflow.entrypoint, calls)

    def readable(self, dag: str, text: str) -> str:
        """The text with the author's operands for its references.

        Quotes around a reference are left out: Argo needs them, the author has not written them.
        """

        def operand(match: re.Match[str]) -> str:
            parts = parse(match["text"])
            whole = parts[0] if len(parts) == 1 else ""
            found = self._operand(dag, whole) if isinstance(whole, Reference) else ""
            return found or match[0]

        return _REFERENCE.sub(operand, text)

    def _operand(self, dag: str, reference: Reference) -> str:
        """The operand of a reference; empty for one without a name in KFP."""
        for _ in range(_DEPTH):
            match reference.path:
                case ("item", *path):
                    return ".".join(("item", *path))
                case ("workflow", "parameters", name):
                    return name
                case ("tasks" | "steps", task, "outputs", "parameters" | "artifacts", name):
                    return _output(task, name)
                case ("inputs", "parameters" | "artifacts", name):
                    pass
                case _:
                    return ""
            if dag == self.entrypoint or dag not in self.calls:
                return name
            dag, call = self.calls[dag]
            port = call.parameters.get(name)
            if port is None or port.text is None:
                return name
            parts = parse(port.text)
            if len(parts) != 1 or not isinstance(parts[0], Reference):
                return json.dumps(port.text, ensure_ascii=False) if len(parts) < 2 else name
            reference = parts[0]
        return ""


def _output(task: str, name: str) -> str:
    """An output in the notation of the SDK; kfp puts the name of the task before its own."""
    own = name.removeprefix(f"{task}-")
    return f"{task}.output" if own.lower() == "output" else f"{task}.outputs['{own}']"
