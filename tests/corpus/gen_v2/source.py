"""Random pipelines in the DSL of kfp 2.17, as source text.

    python -m tests.corpus.gen_v2 show SEED

``source(seed)`` is a module with a function ``the_pipeline``. Not each one compiles: kfp refuses
some combinations.
"""

from __future__ import annotations

import random

from tests.corpus.gen_v2.components import Made, container, exit_component, lightweight
from tests.corpus.gen_v2.flow import Author
from tests.corpus.gen_v2.values import ARTIFACTS, Port

__all__ = ["FUNCTION", "source"]

#: The pipeline function in the source.
FUNCTION = "the_pipeline"

_HEAD = """
import typing
from typing import Any, Dict, List, NamedTuple, Optional

import kfp
from kfp import dsl
from kfp import dsl as d
from kfp import kubernetes as k
from kfp.dsl import *
from kfp.dsl import component, OutputPath, InputPath, Input, Output
from kfp.dsl import Artifact, Dataset, Model, Metrics, ClassificationMetrics
from kfp.dsl import SlicedClassificationMetrics, HTML, Markdown
""".strip()
_MAKER = """
@d.container_component
def make_{0}(a: str, out: Output[{1}]):
    return d.ContainerSpec(image="alpine", command=["make", a, out.path])
""".strip()
_SAY = """
@d.component
def {0}(text: str = "hi") -> str:
    return text
""".strip()


def source(seed: int) -> str:
    """The source of a module with a pipeline."""
    r = random.Random(seed)
    makers = [_MAKER.format(kind.lower(), kind) for kind in ARTIFACTS]
    components: list[Made] = []
    pipelines: list[Made] = []
    # kfp's compiler mixes up the settings of tasks of one name in pipelines that call each other.
    is_shared = r.random() < 0.1
    inner = r.choice((0, 0, 0, 1, 2))
    for i in range(inner + 1):
        own = _components(r, f"{i}" if inner else "")
        components += own
        name = FUNCTION if i == inner else f"inner{i}"
        known = [*(components if is_shared else own), *pipelines]
        pipelines.append(Author(r, known, name).pipeline(is_root=i == inner))
    made = [one.source for one in (*components, *pipelines)]
    return "\n\n\n".join([_HEAD, *makers, *made]) + "\n"


def _components(r: random.Random, end: str) -> list[Made]:
    say = f"say{end}"
    made = [Made(say, _SAY.format(say), (Port("text", "str", optional=True),), (_RESULT,))]
    for i in range(r.choice((1, 2, 3, 5))):
        stem = r.choice(("train", "step", "echo", "print_", "op", "list_files", "model"))
        maker = lightweight if r.random() < 0.65 else container
        made.append(maker(r, f"{stem}{i or ''}{end and 'in' + end}"))
    return [*made, exit_component(r, f"exit_op{end}")]


_RESULT = Port("Output", "str")
