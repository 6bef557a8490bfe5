"""How pipelines of KFP v1 differ in kfp 1.8's own compilation for KFP v2 from our translation.

Each difference is a function that takes the pipeline spec of one side and gives it as the other
side has it. Where both say the same in other words, that is all; elsewhere it tells why ours is
right. docs/kfp-v1-and-kfps-own-compiler.md has an example of each.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from translator.readers.argo import shell_wrappers
from translator.readers.argo.loops import item_text
from translator.readers.argo.references import RUN_PLACEHOLDERS
from translator.writers import executor_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: A pipeline spec, or any JSON object in one.
Spec: TypeAlias = "dict[str, Any]"
Difference: TypeAlias = "Callable[[Spec], Spec]"

_VALUE = re.compile(r"\{\{\$\.inputs\.parameters\['([^']+)'\]\}\}")
_METRICS = {f"system.{kind}Metrics" for kind in ("", "Classification", "SlicedClassification")}


def _each(change: Callable[[Spec], Spec], value: Any) -> Any:
    """The value with a change made to each JSON object in it, from the inside out."""
    if isinstance(value, dict):
        return change({key: _each(change, entry) for key, entry in value.items()})
    return [_each(change, entry) for entry in value] if isinstance(value, list) else value


def _dags(spec: Spec) -> Iterator[Spec]:
    """All DAGs of a spec."""
    yield from (c["dag"] for c in (spec["root"], *spec["components"].values()) if "dag" in c)


def _copy(spec: Spec) -> Spec:
    copied: Spec = json.loads(json.dumps(spec))
    return copied


# What is put right in theirs.


def whole_numbers_as_text(theirs: Spec) -> Spec:
    """The same in other words: JSON of protocol buffers has the whole number 3 as ``"3"``."""

    def changed(entry: Spec) -> Spec:
        return {"intValue": int(entry["intValue"])} if "intValue" in entry else entry

    done: Spec = _each(changed, theirs)
    return done


def settings_of_the_job(theirs: Spec) -> Spec:
    """The same in other words: defaults, and the pipeline root, stand beside the spec in theirs."""
    spec = _copy(theirs)
    settings = spec.pop("runtimeConfig", {})
    for name, value in settings.get("parameters", {}).items():
        (spec["root"]["inputDefinitions"]["parameters"][name]["defaultValue"],) = value.values()
    if settings.get("gcsOutputDirectory"):
        spec["defaultPipelineRoot"] = settings["gcsOutputDirectory"]
    return spec


def texts_of_one_value(theirs: Spec) -> Spec:
    """The same in other words: a text that is one placeholder and no more is the value."""

    def changed(entry: Spec) -> Spec:
        if "componentRef" not in entry:
            return entry
        parameters = entry.get("inputs", {}).get("parameters", {})
        for name, source in parameters.items():
            text = source.get("runtimeValue", {}).get("constantValue", {}).get("stringValue", "")
            if found := _VALUE.fullmatch(text):
                parameters[name] = parameters[found[1]]
        return entry

    done: Spec = _each(changed, theirs)
    return done


def retry_defaults(theirs: Spec) -> Spec:
    """The same in other words: theirs writes down what a retry policy is when nothing is said."""
    defaults = {"backoffDuration": "0s", "backoffFactor": 2.0, "backoffMaxDuration": "3600s"}

    def changed(entry: Spec) -> Spec:
        if "retryPolicy" not in entry:
            return entry
        said = {k: v for k, v in entry["retryPolicy"].items() if defaults.get(k) != v}
        return {**entry, "retryPolicy": said}

    done: Spec = _each(changed, theirs)
    return done


def items_as_text(theirs: Spec) -> Spec:
    """Items of a loop that stand in the file are text in ours, as everything in Argo.

    Theirs gives the numbers to inputs that it declares as STRING, and mappings as they are.
    """

    def changed(entry: Spec) -> Spec:
        if set(entry) != {"raw"}:
            return entry
        items = json.loads(entry["raw"])
        written = [
            json.dumps({key: item_text(value) for key, value in item.items()})
            if isinstance(item, dict)
            else item_text(item)
            for item in items
        ]
        return {"raw": json.dumps(written)}

    done: Spec = _each(changed, theirs)
    return done


def untaken_outputs(theirs: Spec) -> Spec:
    """An output that no task takes is an artifact in ours, whatever its type.

    KFP v1 keeps it as a file, of any size and content, and never reads it as a value.
    """
    spec = _copy(theirs)
    executors = spec["deploymentSpec"]["executors"]
    taken = {output for dag in _dags(spec) for output in _taken(dag)}
    for name, component in spec["components"].items():
        outputs = component.get("outputDefinitions", {})
        values = () if "dag" in component else list(outputs.get("parameters", {}))
        for key in values:
            if (name, key) in taken:
                continue
            del outputs["parameters"][key]
            kind = {"schemaTitle": "system.Artifact"}
            outputs.setdefault("artifacts", {})[key] = {"artifactType": kind}
            as_value = f"$.outputs.parameters['{key}'].output_file"
            as_file = f"$.outputs.artifacts['{key}'].path"
            label = component["executorLabel"]
            executors[label] = json.loads(json.dumps(executors[label]).replace(as_value, as_file))
    return spec


def _taken(dag: Spec) -> Iterator[tuple[str, str]]:
    """Component and output of each value that is taken in a DAG, or leaves it."""
    found = [
        (source["taskOutputParameter"], "producerTask")
        for task in dag["tasks"].values()
        for source in task.get("inputs", {}).get("parameters", {}).values()
        if "taskOutputParameter" in source
    ]
    outputs = dag.get("outputs", {}).get("parameters", {}).values()
    found += [(output["valueFromParameter"], "producerSubtask") for output in outputs]
    for source, producer in found:
        component = dag["tasks"][source[producer]]["componentRef"]["name"]
        yield component, source["outputParameterKey"]


def metrics_of_the_pipeline(theirs: Spec) -> Spec:
    """Theirs makes each artifact of metrics an output of the pipeline too; the file does not."""
    spec = _copy(theirs)
    outputs = spec["root"]["dag"].get("outputs", {})
    for name, output in list(outputs.get("artifacts", {}).items()):
        kinds = {_kind(spec, spec["root"]["dag"], one) for one in output["artifactSelectors"]}
        if kinds <= _METRICS:
            del outputs["artifacts"][name]
    return spec


def _kind(spec: Spec, dag: Spec, selector: Spec) -> str:
    """What an output of a task is."""
    task = dag["tasks"][selector["producerSubtask"]]
    outputs = spec["components"][task["componentRef"]["name"]]["outputDefinitions"]
    kind: str = outputs["artifacts"][selector["outputArtifactKey"]]["artifactType"]["schemaTitle"]
    return kind


def run_placeholders(theirs: Spec) -> Spec:
    """Theirs leaves ``{{workflow.uid}}``, which means nothing in KFP v2, as it stands."""
    written = json.dumps(theirs)
    for path, own in RUN_PLACEHOLDERS.items():
        written = written.replace("{{" + ".".join(path) + "}}", str(own))
    done: Spec = json.loads(written)
    return done


def caching_of_exit_handlers(theirs: Spec) -> Spec:
    """The label that KFP v1 reads allows it, and so do compilers of kfp 2; theirs forgets it."""

    def changed(entry: Spec) -> Spec:
        if entry.get("triggerPolicy", {}).get("strategy") != "ALL_UPSTREAM_TASKS_COMPLETED":
            return entry
        return {"cachingOptions": {"enableCache": True}, **entry}

    done: Spec = _each(changed, theirs)
    return done


# What is taken back from ours.


def trimmed_values(ours: Spec) -> Spec:
    """Argo takes the newline off the end of a value, and so does ours; theirs leaves it on."""
    return _without_wrappers(ours, shell_wrappers._TRIM_VALUES)


def copied_outputs(ours: Spec) -> Spec:
    """A file that no word of the program names is collected in ours, as in KFP v1."""
    return _without_wrappers(ours, shell_wrappers._COPY_OUTPUT)


def converted_inputs(ours: Spec) -> Spec:
    """Functions of kfp 1.8 read schema 2.0.0, in which theirs is written; ours converts it."""
    return _without_wrappers(ours, executor_input.CONVERT)


def _without_wrappers(value: Any, *scripts: str) -> Any:
    """Any value, with each container's command without some of the wrappers before it."""

    def changed(entry: Spec) -> Spec:
        if "command" not in entry:
            return entry
        rest, kept = entry["command"], []
        while (length := _length(rest)) > 0:
            if rest[2] not in scripts:
                kept += rest[:length]
            rest = rest[length:]
        return {**entry, "command": kept + rest}

    return _each(changed, value)


_OF_TWO_WORDS = (shell_wrappers._WRITE_INPUT, shell_wrappers._COPY_OUTPUT)


def _length(command: list[str]) -> int:
    """How many words of a command are its first wrapper; 0 for none."""
    script = command[2] if len(command) > 4 and command[1] == "-c" else ""
    if script == shell_wrappers._TRIM_VALUES:
        return 5 + int(command[4])
    return 6 if script in (*_OF_TWO_WORDS, executor_input.CONVERT) else 0


def conditions_on_numbers(ours: Spec) -> Spec:
    """The same in other words: numbers are doubles in Argo as in schema 2.1.0."""

    def changed(entry: Spec) -> Spec:
        if "condition" not in entry:
            return entry
        plain = re.sub(
            r"double\((inputs\.parameter_values\['[^']+'\])\)", r"\1", entry["condition"]
        )
        return {**entry, "condition": re.sub(r"(?<= )(-?\d+)\.0(?= |$)", r"\1", plain)}

    done: Spec = _each(changed, ours)
    return done


# What is made alike in both.


def one_kind_of_number(either: Spec) -> Spec:
    """The same in other words: 4.0 and 4 are one number in JSON, which has doubles only."""

    def changed(entry: Spec) -> Spec:
        return {
            key: int(value) if isinstance(value, float) and value.is_integer() else value
            for key, value in entry.items()
        }

    done: Spec = _each(changed, either)
    return done


def types_of_today(either: Spec) -> Spec:
    """Schema 2.0.0 has no BOOLEAN, LIST and STRUCT; theirs has STRING, and the value as text."""

    def text(value: Any) -> Any:
        if isinstance(value, bool):
            return str(value)
        with contextlib.suppress(ValueError, TypeError):
            read = json.loads(value) if isinstance(value, str) else value
            return json.dumps(read, sort_keys=True) if isinstance(read, (list, dict)) else value
        return value

    def changed(entry: Spec) -> Spec:
        if entry.get("parameterType") in ("BOOLEAN", "LIST", "STRUCT"):
            entry = {**entry, "parameterType": "STRING"}
        values = ("constant", "stringValue", "defaultValue")
        return {key: text(value) if key in values else value for key, value in entry.items()}

    done: Spec = _each(changed, either)
    return done


def functions_for_kfp_v2(either: Spec) -> Spec:
    """What a function of KFP v2 takes is a value by its type in theirs, by its use in ours.

    Ours writes values to files for it too, as Argo does, which gives such a program the text
    ``{{$}}``. What is a file by its use does not reach the function (TR316).
    """
    spec = _copy(either)
    executors = spec["deploymentSpec"]["executors"]
    for component in spec["components"].values():
        container = executors.get(component.get("executorLabel"), {}).get("container", {})
        if "--function_to_execute" not in container.get("args", []):
            continue
        container |= _without_wrappers(container, shell_wrappers._WRITE_INPUT)
        for side in ("inputDefinitions", "outputDefinitions"):
            both = component.get(side, {})
            names = [name for kind in both.values() for name in kind]
            component[side] = {"parameters": {name: {"parameterType": "STRING"} for name in names}}
    return spec


THEIRS: tuple[Difference, ...] = (
    whole_numbers_as_text,
    settings_of_the_job,
    texts_of_one_value,
    retry_defaults,
    items_as_text,
    untaken_outputs,
    metrics_of_the_pipeline,
    run_placeholders,
    caching_of_exit_handlers,
)
OURS: tuple[Difference, ...] = (
    converted_inputs,
    trimmed_values,
    copied_outputs,
    conditions_on_numbers,
)
BOTH: tuple[Difference, ...] = (one_kind_of_number, types_of_today, functions_for_kfp_v2)
