"""Facts: what a pipeline says about a task, each under the words of its place, with its line."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from translator.comparison.sources import ABSENT, Joined, Name
from translator.comparison.values import input_value, is_generated, source_value
from translator.model import Artifact, Constant, FromParent, FromTask, Setting
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import NamedTuple, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.comparison.instances import Instance
    from translator.comparison.sources import Value
    from translator.diagnostics import Origin

__all__ = [
    "IF_PRESENT",
    "SIDES",
    "TASK_NAME",
    "Fact",
    "Facts",
    "What",
    "flat",
    "is_handed_on",
    "is_metrics_options",
    "outputs_in",
    "text_value",
]

#: The words of a place: ``("input", NAME, "type")``.
What: TypeAlias = "tuple[str | Name, ...]"


class Fact(NamedTuple):
    """A value, and where the file has it."""

    value: Value
    origin: Origin | None
    #: The value as the file has it, where it is compared in another form; else None.
    exact: Value = None
    #: The tolerance because of which ``exact`` is not compared (``tolerances``).
    reason: str = ""
    #: For a value with several spellings: facts that have one in common are equal.
    ways: frozenset[str] = frozenset()


Facts: TypeAlias = "dict[What, Fact]"

#: The first word of the fact that a task has its name, which counts where its container reads it.
TASK_NAME = "task name"
#: Fields whose words are not their names.
_WORDS = {
    "cpu_limit": "CPU limit",
    "cpu_request": "CPU request",
    "schema_title": "type",
    "schema_version": "version of the type",
    "instance_schema": "type schema",
    "max_retries": "times",
    "uri": "URI",
    "pull_secrets": "image pull secrets",
    "pull_policy": "image pull policy",
    "default_root": "pipeline root",
}
#: How the platform document of kfp-kubernetes has a name or variable: in which fields or entries.
_FORMS = frozenset({"forms", "joined"})
#: Fields of Kubernetes settings → the tolerance where they have no effect: forms, and ``false``.
_SPELLINGS = {
    **dict.fromkeys(_FORMS, "kubernetes-forms"),
    "default_storage_class": "kubernetes-forms",
    "optional": "not-optional",
}
#: The fields of an artifact's type.
_TYPE = ("schema_title", "schema_version", "instance_schema")
#: The title of an artifact type of kfp in an instance schema.
_KFPS_OWN = re.compile(
    r"^title: *kfp\.(Artifact|ClassificationMetrics|Dataset|HTML|Markdown|Metrics|Model"
    r"|SlicedClassificationMetrics)$",
    re.MULTILINE,
)
#: The version that all artifact types of the namespace ``system`` have.
_ONLY_VERSION = "0.0.1"
#: Fields that name an entry of a list, in the order in which they are looked for.
_LABELS = ("path", "variable", "name", "key")
#: ``inputs`` and ``outputs`` → the placeholders of their names.
SIDES = {
    "inputs": frozenset(
        {
            PlaceholderKind.INPUT_VALUE,
            PlaceholderKind.INPUT_PATH,
            PlaceholderKind.INPUT_URI,
            PlaceholderKind.INPUT_METADATA,
        }
    ),
    "outputs": frozenset(
        {
            PlaceholderKind.OUTPUT_FILE,
            PlaceholderKind.OUTPUT_PATH,
            PlaceholderKind.OUTPUT_URI,
            PlaceholderKind.OUTPUT_METADATA,
        }
    ),
}
#: The name of an input in an argument that is left out without it.
IF_PRESENT = r'(?<="InputName": ")[^"\\]+(?=")'
#: The options of the wrapper for metrics: kinds of files and of artifacts, and names of outputs.
_KINDS = r'\{(?:"(?:metrics|visualizations|classification|markdown|html)": "[^"\\]+"(?:, )?)*\}'
_METRICS = rf'\["outputs", {_KINDS}, {_KINDS}\]'


def is_handed_on(what: What) -> bool:
    """Whether a fact is about an input of a DAG that a task runs.

    Such an input hands a value to the tasks in the DAG, which have it as their own. Nothing else
    reads it.
    """
    name = what[1] if len(what) > 1 else None
    if what[0] not in ("input", "value of input") or not isinstance(name, Name):
        return False
    return name.of.task is not None and name.of.dag is not None


def words(field: str) -> str:
    """The name of a field of the model, for a message."""
    return _WORDS.get(field, field.replace("_", " "))


def flat(
    what: What,
    value: Any,
    origin: Origin | None,
    of: Instance,
    *,
    leave: frozenset[str] = frozenset(),
) -> Iterator[tuple[What, Fact]]:
    """The facts in a part of the model: one for each value that is not a default.

    ``leave`` are fields of ``value`` that are described elsewhere.
    """
    place = getattr(value, "origin", None) or origin
    match value:
        case Constant() | FromParent() | FromTask():
            holder = of.parent or of
            yield what, Fact(source_value(holder, "parameters", value, of), place)
        case Text():
            yield what, Fact(text_value(value, of), place)
        case Setting(name=name, value=content):
            yield from flat(what if what[-1:] == (name,) else (*what, name), content, place, of)
        case Record():
            found = list(_fields(what, value, place, of, leave))
            yield from found or [(what, Fact(words(type(value).__name__), place))]
        case Enum():
            yield what, Fact(value.value, place)
        case dict() if value:
            for key, entry in value.items():
                yield from flat((*what, str(key)), entry, place, of)
        case tuple() | list() if value:
            for label, entry in _labelled(value):
                yield from flat((*what, label), entry, place, of)
        case _:
            yield what, Fact(value, place)


def _fields(
    what: What, value: Record, place: Origin | None, of: Instance, leave: frozenset[str]
) -> Iterator[tuple[What, Fact]]:
    defaults: Mapping[str, Any] = type(value)._defaults
    origins: Mapping[str, Origin] = getattr(value, "origins", {})
    for field, entry in vars(value).items():
        if isinstance(value, Artifact) and field in _TYPE:
            if field == _TYPE[0]:
                yield from _type(what, value, place)
            continue
        is_default = field in defaults and entry == defaults[field]
        if is_default or field in type(value)._uncompared or field in leave:
            continue
        at = origins.get(field, place)
        reason = _SPELLINGS.get(field, "")
        if reason and entry is not None and (entry is False or field in _FORMS):
            yield (*what, words(field)), Fact(ABSENT, at, entry, reason)
        else:
            yield from flat((*what, words(field)), entry, at, of)


def _type(what: What, artifact: Artifact, place: Origin | None) -> Iterator[tuple[What, Fact]]:
    """The type of an artifact, as the newest compilers write it.

    Without a version it is the latest (``ArtifactTypeSchema`` in pipeline_spec.proto), and types of
    ``system`` have one. kfp 1.6 and older had schemas with a title: ``kfp.Model``.
    """
    title, schema = artifact.schema_title, artifact.instance_schema
    older = None if title else _KFPS_OWN.search(schema)
    if older is not None:
        title = f"system.{older[1]}"
        yield (*what, words("schema_title")), Fact(title, place, schema, "artifact-schema")
    else:
        for field, entry in (("schema_title", title), ("instance_schema", schema)):
            if entry:
                yield (*what, words(field)), Fact(entry, place)
    version, label = artifact.schema_version, (*what, words("schema_version"))
    if title.startswith("system."):
        exact = version or ABSENT
        yield label, Fact(version or _ONLY_VERSION, place, exact, "artifact-version")
    elif version:
        yield label, Fact(version, place)


def _labelled(entries: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a list, each with a label of its own."""
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        found = next((getattr(entry, name, None) for name in _LABELS if hasattr(entry, name)), None)
        label = found if isinstance(found, str) and found else f"{number}."
        label = label if label not in taken else f"{label} ({number}.)"
        taken.add(label)
        yield label, entry


def text_value(text: Text, of: Instance, *, resolved: bool = False) -> Value:
    """A text whose placeholders name inputs and outputs of the component of ``of``.

    ``resolved``: with the values of inputs, for a text that no container reads.
    """
    parts = [part for one in text.parts for part in _parts(one, of, resolved=resolved)]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else Joined(tuple(parts))


def _parts(part: str | Placeholder, of: Instance, *, resolved: bool) -> Iterator[Value]:
    if isinstance(part, str):
        yield from _named_in(part, of)
        return
    side = next((side for side, kinds in SIDES.items() if part.kind in kinds), "")
    if side == "inputs" and (resolved or is_generated(part.name)):
        yield input_value(of, "parameters", part.name)
        if part.kind is not PlaceholderKind.INPUT_VALUE:
            yield f".{part.kind.name}"
    elif side:
        before, _, after = str(part._replace(name="\0")).partition("\0")
        yield from (before, Name(of, side, part.name), after)
    else:
        yield str(part)


def _named_in(text: str, of: Instance) -> Iterator[Value]:
    """A text with the names of inputs in it, on which depends whether an argument is there.

    Or with names of outputs: the options of the wrapper for metrics.
    """
    end = 0
    if is_metrics_options(text):
        for match in re.finditer(r'(?<=": ")[^"\\\\]+(?=")', text):
            yield from (text[end : match.start()], Name(of, "outputs", match[0]))
            end = match.end()
    for match in re.finditer(IF_PRESENT, text) if "InputName" in text else ():
        yield from (text[end : match.start()], Name(of, "inputs", match[0]))
        end = match.end()
    yield text[end:]


def is_metrics_options(text: str) -> bool:
    """Whether a text is the options of the wrapper for metrics."""
    return re.fullmatch(_METRICS, text) is not None


def outputs_in(text: str) -> Iterator[re.Match[str]]:
    """The names of outputs in the options of the wrapper for metrics; none in other texts."""
    if is_metrics_options(text):
        yield from re.finditer(r'(?<=": ")[^"\\]+(?=")', text)
