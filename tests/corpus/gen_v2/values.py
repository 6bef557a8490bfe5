"""Names, constants and types of random pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random

PARAMETERS = ("str", "int", "float", "bool", "list", "dict")
ARTIFACTS = (
    *("Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics"),
    *("SlicedClassificationMetrics", "HTML", "Markdown"),
)
#: Other ways to write the types of parameters.
FORMS = {
    "str": ("str", "str", "Optional[str]"),
    "int": ("int", "int", "Optional[int]"),
    "float": ("float", "float", "Optional[float]"),
    "bool": ("bool", "bool", "Optional[bool]"),
    "list": (
        *("list", "List", "List[str]", "List[int]", "list[str]", "List[float]"),
        *("List[Dict[str, str]]", "Optional[List[str]]"),
    ),
    "dict": ("dict", "Dict", "Dict[str, int]", "dict[str, str]", "Optional[Dict[str, Any]]"),
}
#: Names of inputs: of builtins, of imports, of what the DSL gives names to.
NAMES = (
    *("list", "print", "dsl", "task", "kubernetes", "type", "id", "items", "item", "input"),
    *("pipeline", "component", "model", "data", "x", "y", "learning_rate", "n_epochs", "kfp"),
    *("url", "name", "args", "image", "message", "text", "output_dir", "project", "str_", "key"),
    *("a", "b", "result", "value", "int", "dict", "self_", "config", "NamedTuple", "os", "json"),
    *("Camel", "UPPER", "with_2_numbers", "trailing_", "len", "metrics", "Dataset"),
)
TEXTS = (
    *("", "a", "gs://bucket/folder/file.csv", "two words", 'say "hi"', "it's", "a\nb\n", "100%"),
    *("{}", "{a}", "{{x}}", "%s %d", "back\\slash", "\\n", "tab\t", "ünï ☃ 😀", "$(VAR)", "${VAR}"),
    *("1", "1.0", "true", "null", "[]", "{'a': 1}", '{"a": 1}', "line\r\nend", "a" * 130, "'''"),
    *('"""', "# no comment", "\x07bell", "trailing ", " ", "None", "@", "yes", "2020-01-01", "`x`"),
)
NUMBERS = {
    "int": (0, 1, -1, 7, 10**9, 2**31, -(2**40)),
    "float": (0.0, 1.0, -1.5, 0.1, 1e-9, 1e20, 3.14159, 100.0, -0.0, 1e16),
}


class Port(NamedTuple):
    """An input or output."""

    name: str
    #: "str", … or the class of an artifact.
    type: str
    is_list: bool = False
    #: Whether a call may leave it out.
    optional: bool = False

    @property
    def is_parameter(self) -> bool:
        return self.type in PARAMETERS


class Value(NamedTuple):
    """An expression in a pipeline function, and its type."""

    text: str
    type: str
    is_list: bool = False
    #: Whether it can be in an f-string: ``dsl.OneOf`` and ``dsl.Collected`` cannot.
    in_text: bool = True
    #: Whether it is an output of a task.
    output: bool = False
    #: Of a list, the type of its items where kfp knows it.
    of: str = ""

    def fits(self, port: Port) -> bool:
        """Whether it can be the argument of an input."""
        if self.is_list != port.is_list:
            return False
        return self.type == port.type or (
            port.type == "Artifact" and self.type not in (*PARAMETERS, "")
        )


def constant(r: random.Random, kind: str, depth: int = 2) -> Any:
    """A value of a type of parameters."""
    if kind == "str":
        return r.choice(TEXTS)
    if kind in NUMBERS:
        return r.choice(NUMBERS[kind])
    if kind == "bool":
        return r.random() < 0.5
    size = r.choice((0, 1, 1, 2, 3, 5))
    kinds = PARAMETERS if depth else PARAMETERS[:4]
    if kind == "list":
        same = r.choice(kinds)
        return [
            constant(r, same if r.random() < 0.7 else r.choice(kinds), depth - 1)
            for _ in range(size)
        ]
    keys = r.sample(("a", "b", "key", "a b", "x-y", "ü", 'q"', "1", ""), size)
    return {key: constant(r, r.choice(kinds), depth - 1) for key in keys}


def item_type(form: str) -> str:
    """The type of the items of a list that is annotated so; empty if kfp knows none."""
    found = re.search(r"[Ll]ist\[(\w+)", form)
    return found[1].lower() if found else ""


def names(r: random.Random, count: int) -> list[str]:
    """Different names of inputs."""
    return r.sample(NAMES, count)
