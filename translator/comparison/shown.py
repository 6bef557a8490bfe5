"""Values as an author reads them: JSON, with descriptions of the sources of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.comparison import sources
from translator.comparison.instances import Instance

if TYPE_CHECKING:
    from translator.comparison.sources import Name, Value
    from translator.model import Json

__all__ = ["shown", "words_of"]

#: Whole numbers that a double has without gaps.
_MOST = 2**53


def shown(value: Value) -> Json:
    """The value as JSON; sources of values are texts in angle brackets."""
    if isinstance(value, dict):
        return {key: shown(entry) for key, entry in value.items()}
    if isinstance(value, sources.Joined):
        return _joined(value)
    if isinstance(value, sources.Unordered):
        return [_source(one) for one in value.values]
    if isinstance(value, list) or type(value) is tuple:
        return [shown(entry) for entry in value]
    if isinstance(value, (tuple, Instance)):
        return f"<{_source(value)}>"
    # Numbers of a pipeline spec are doubles: kfp writes 100.0 for 100.
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _MOST
    return int(value) if isinstance(value, float) and is_whole else value


def words_of(what: tuple[str | Name, ...]) -> str:
    """The description of a place: ``input x: default``."""
    words = [one if isinstance(one, str) else one.name for one in what]
    if len(words) > 1 and isinstance(what[1], sources.Name):
        words[:2] = [f"{words[0]} {words[1]}"]
    elif len(words) > 1 and words[0] == "environment variable":
        words[:2] = [" ".join(words[:2])]
    return ": ".join(words)


def _joined(value: sources.Joined) -> str:
    return "".join(
        part if isinstance(part, str) else part.name if isinstance(part, sources.Name)
        else _joined(part) if isinstance(part, sources.Joined) else f"<{_source(part)}>"
        for part in value.parts
    )  # fmt: skip


def _source(value: Value) -> str:
    """The description of the source of a value."""
    match value:
        case Instance():
            return f"task {value.path}" if value.task else "the pipeline"
        case sources.PipelineInput(name=name):
            return f"input {name.name} of the pipeline"
        case sources.Output(of=of, name=name):
            return f"output {name.name} of task {of.path}"
        case sources.Item(of=of):
            return f"item of {of.path}"
        case sources.Collected(value=inner):
            return f"list of {_source(inner)}"
        case sources.OneOf(values=values):
            return f"one of {', '.join(map(_source, values))}"
        case sources.Status(of=of):
            return f"final status of {of.path}"
        case sources.Own(name=name):
            return f"input {name.name}"
        case sources.Name(name=text):
            return text
        case sources.Part(of=inner, path=path):
            return f"{_source(inner)}{path}"
        case sources.Passed(value=inner, type=kind, said=said):
            return f"{_source(inner)}{f' as {kind}' if kind else ''}{f' ({said})' if said else ''}"
        case sources.Missing(name=name):
            return "nothing" if value == sources.ABSENT else f"{name}, which does not exist"
    found: Any = shown(value)
    return f"{found}"
