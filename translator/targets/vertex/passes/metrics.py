"""Metrics and visualizations of KFP v1 → artifacts of KFP v2.

A program writes them to two files, of which KFP v1 shows the content: ``mlpipeline-metrics`` and
``mlpipeline-ui-metadata`` (frontend/src/lib/OutputArtifactLoader.ts of kubeflow/pipelines). Vertex
AI shows the metadata of ``system.Metrics`` and ``system.ClassificationMetrics``, and the files of
``system.Markdown`` and ``system.HTML``. A wrapper converts them after the program if its image has
Python; else a task that is added does.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import decisions as rules
from translator.model import (
    KFP_V1,
    Artifact,
    Component,
    Container,
    Dag,
    ExecutorRef,
    FromTask,
    Interface,
    Task,
)
from translator.model.channels import free
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import NamedTuple, replace
from translator.shell import shell
from translator.targets.vertex.checks.tasks import MAX_TASKS, task_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Pipeline

__all__ = ["IMAGE", "WRAPPER", "metrics"]

#: The name of the wrapper, for reports.
WRAPPER = "show-metrics"
#: Runs the program, then the conversion. ``$1`` its text, ``$2`` executor input, ``$3`` options. A
#: conversion that fails changes nothing.
_SCRIPT = (
    '_program=$1 _input=$2 _options=$3; shift 3; "$@" || exit; '
    'python3 -c "$_program" "$_input" "$_options" || :'
)
#: A command that runs Python 3.
_PYTHON = r"(?:^|[\s/;&|(\"'])python3(?:\.\d+)?(?:$|[\s\"'])"

#: The image of the added tasks. ``--image`` replaces it as any other.
IMAGE = "python:3.12-slim"
#: The executor of the added tasks, and the beginning of the names of their components.
_LABEL = "adapter-metrics"
_ANY = "system.Artifact"
_EXECUTOR_INPUT = Placeholder(PlaceholderKind.EXECUTOR_INPUT)
#: Input of the added task → the name of the output of KFP v1.
_NAMES = {"metrics": "mlpipeline-metrics", "visualizations": "mlpipeline-ui-metadata"}
#: Type of a visualization → the artifact for it.
_TYPES = {
    "roc": "classification",
    "confusion_matrix": "classification",
    "markdown": "markdown",
    "table": "markdown",
    "web-app": "html",
}
#: Artifact → its type.
_TITLES = {
    "metrics": "system.Metrics",
    "classification": "system.ClassificationMetrics",
    "markdown": "system.Markdown",
    "html": "system.HTML",
}
#: Why a file is not converted, and what to do.
_LOGS = {
    "why": "no artifact has the address of logs",
    "advice": "write the logs to Cloud Storage, and upload them to Vertex AI TensorBoard",
}
_OF_ALL_TASKS = {
    "why": "kfp added them to all tasks, and no command names the files",
    "advice": "no action needed, unless a program writes them",
}
_OF_EXIT = {
    "why": "no task can run after an exit handler",
    "advice": "write metrics in another task to see them in Vertex AI",
}
_OF_MANY = {
    "why": f"with a task for each of them, a run would have more than {MAX_TASKS:,} tasks",
    "advice": "split the pipeline, or read the files in the pipeline root",
}
_OF_LOOP = {
    "why": "the task runs for each item of a loop",
    "advice": "read the files in the pipeline root",
}
#: How a program in the file sets the type of a visualization: ``"type": "roc"``, ``type='roc'``.
_IN_TEXT = (
    r"""type\\*["']?\s*[:=]\s*\\*["'](roc|confusion_matrix|markdown|table|web-app|tensorboard)\b"""
)
_TENSORBOARD = "tensorboard"


#: The decision whether to convert.
_USED = frozenset({("metrics", "")})


class _Files(NamedTuple):
    """The files of a component."""

    #: Input of the added task → output of the component.
    inputs: Mapping[str, str]
    #: The artifacts that are made of them.
    outputs: tuple[str, ...]
    #: Whether one of them has the address of logs for TensorBoard.
    has_logs: bool = False
    #: Whether kfp added them to the component, and not its author: nothing in the file names them.
    is_added_by_kfp: bool = False


def metrics(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline, in which these files become artifacts too, and what stays a file only."""
    if pipeline.dialect != KFP_V1:
        return Decided(pipeline)
    found = {
        label: files
        for label, component in pipeline.components.items()
        if (files := _files(pipeline, component)) is not None
    }
    shown = {label: files for label, files in found.items() if files.outputs}
    if not decisions.metrics:
        return Decided(pipeline, used=_USED, needs=_needs(pipeline, shown, "false"))
    findings = tuple(_kept(pipeline, found))
    if not shown:
        return Decided(pipeline, findings)
    converting = _Converting(pipeline, decisions, shown)
    changed = converting.converted()
    if converting.adds_tasks and task_count(changed) > MAX_TASKS:
        converting = _Converting(pipeline, decisions, shown, can_add=False)
        changed = converting.converted()
    needs = _needs(pipeline, shown, "true")
    used = _USED | converting.used
    return Decided(changed, (*findings, *converting.findings), used, needs)


def _needs(pipeline: Pipeline, shown: Mapping[str, _Files], value: str) -> tuple[Need, ...]:
    if not shown:
        return ()
    origins = tuple(pipeline.components[label].origin for label in shown)
    why = "tasks write metrics or visualizations of KFP v1, which become artifacts"
    return (Need("metrics", "", value, why, origins),)


# The files of a component


def _files(pipeline: Pipeline, component: Component) -> _Files | None:
    """The files with metrics and visualizations of a component; None if it has none."""
    if not isinstance(component.body, ExecutorRef):
        return None
    named = {_plain(name): name for name in component.outputs.artifacts}
    inputs = {input_: named[name] for input_, name in _NAMES.items() if name in named}
    container = pipeline.executors.get(component.body.label)
    if not inputs or not isinstance(container, Container):
        return None
    words = (*container.command, *container.args)
    if not pipeline.sdk_version and not any(_is_named(words, name) for name in inputs.values()):
        return _Files(inputs, (), is_added_by_kfp=True)
    types: set[str] = set()
    if "visualizations" in inputs:
        types.update(re.findall(_IN_TEXT, "\n".join(map(str, words))))
    has_logs = _TENSORBOARD in types
    outputs = {"metrics"} & inputs.keys()
    if "visualizations" in inputs:
        # Without a type in the file, it can be any.
        outputs |= {_TYPES[one] for one in (types or _TYPES.keys()) & _TYPES.keys()}
    return _Files(inputs, tuple(name for name in _TITLES if name in outputs), has_logs)


def _plain(name: str) -> str:
    """The name as kfp 1.x writes it: ``MLPipeline UI metadata`` → ``mlpipeline-ui-metadata``."""
    return re.sub(r"[^0-9a-z]+", "-", name.lower()).strip("-")


def _is_named(words: Sequence[Text], output: str) -> bool:
    """Whether a command has the path of an output, apart from the wrapper that copies the file."""
    path = Placeholder(PlaceholderKind.OUTPUT_PATH, output)
    for at, word in enumerate(words):
        if path in word.parts:
            if len(word.parts) > 1 or at < 2 or str(words[at - 2]) != "copy-output":
                return True
            fixed = str(words[at - 1])
            return any(fixed in str(other) for n, other in enumerate(words) if n != at - 1)
    return False


def _kept(pipeline: Pipeline, found: Mapping[str, _Files]) -> Iterator[Diagnostic]:
    """What stays a file."""
    for label, files in found.items():
        if files.has_logs:
            name = files.inputs["visualizations"]
            facts = {"what": f"the entry for TensorBoard in output `{name}`", **_LOGS}
            yield rules.STAYS_FILE.at(pipeline.components[label].origin, **facts)
    added = [label for label, files in found.items() if files.is_added_by_kfp]
    if added:
        names = dict.fromkeys(name for label in added for name in found[label].inputs.values())
        listed = ", ".join(f"`{name}`" for name in names)
        what = f"{listed} of {len(added)} components"
        facts = {"what": what, **_OF_ALL_TASKS}
        yield rules.STAYS_FILE.at(pipeline.components[added[0]].origin, **facts)


# The conversion


class _Converting:
    """Adds wrappers and tasks to a pipeline."""

    def __init__(
        self,
        pipeline: Pipeline,
        decisions: Decisions,
        found: Mapping[str, _Files],
        *,
        can_add: bool = True,
    ) -> None:
        """Without ``can_add`` it adds wrappers only."""
        self.findings: list[Diagnostic] = []
        self.used: frozenset[tuple[str, str]] = frozenset()
        self._pipeline = pipeline
        self._found = found
        self._images = decisions.images
        self._can_add = can_add
        #: The tasks that get none, as the pipeline would have too many.
        self._without: list[Task] = []
        self._components = dict(pipeline.components)
        self._executors = dict(pipeline.executors)
        #: The components of added tasks, by inputs and outputs.
        self._labels: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self._wrapped: set[str] = set()

    @property
    def adds_tasks(self) -> bool:
        """Whether it has added a task."""
        return bool(self._labels)

    def converted(self) -> Pipeline:
        """The pipeline with wrappers and tasks."""
        users = Counter(_label_of(one) for one in self._pipeline.components.values())
        for label, files in self._found.items():
            component = self._pipeline.components[label]
            container = self._executors[_label_of(component)]
            assert isinstance(container, Container)
            if users[_label_of(component)] == 1 and _has_python(container):
                self._wrap(label, component, container, files)
        for label, component in self._pipeline.components.items():
            if isinstance(component.body, Dag):
                self._components[label] = self._with_tasks(component)
        root = self._with_tasks(self._pipeline.root)
        if self._without:
            facts = {"what": f"the output of {len(self._without):,} tasks", **_OF_MANY}
            self.findings.append(rules.STAYS_FILE.at(self._without[0].origin, **facts))
        if self._labels:
            self._executors[_LABEL] = self._executor()
        return replace(
            self._pipeline, root=root, components=self._components, executors=self._executors
        )

    def _wrap(self, label: str, component: Component, container: Container, files: _Files) -> None:
        """Puts the wrapper before a command, and adds the artifacts to the component's outputs."""
        artifacts = dict(component.outputs.artifacts)
        names: dict[str, str] = {}
        for kind in files.outputs:
            names[kind] = free(kind, {**component.outputs.parameters, **artifacts})
            artifacts[names[kind]] = _artifact(_TITLES[kind])
        options = json.dumps(["outputs", files.inputs, names])
        wrapper = shell(_SCRIPT, WRAPPER, _program(), _EXECUTOR_INPUT, options)
        from translator.targets.vertex.passes.wrapping import wrapped

        self._executors[_label_of(component)] = wrapped(container, wrapper)
        outputs = replace(component.outputs, artifacts=artifacts)
        self._components[label] = replace(component, outputs=outputs)
        self._wrapped.add(label)
        how = f"wrapper `{WRAPPER}` runs after its program"
        self._note(component.origin, files, f"component `{label}`", how)

    def _with_tasks(self, component: Component) -> Component:
        body = component.body
        if not isinstance(body, Dag):
            return component
        tasks = dict(body.tasks)
        for name, task in body.tasks.items():
            files = self._found.get(task.component)
            if files is None or task.component in self._wrapped:
                continue
            is_exit = task.trigger is not None and task.trigger.strategy is not None
            if is_exit or task.iterator is not None:
                outputs = " and ".join(f"`{output}`" for output in files.inputs.values())
                facts = {"what": f"{outputs} of task `{name}`"}
                facts |= _OF_EXIT if is_exit else _OF_LOOP
                self.findings.append(rules.STAYS_FILE.at(task.origin, **facts))
                continue
            if not self._can_add:
                self._without.append(task)
                continue
            new = free(f"{name}-metrics", tasks)
            tasks[new] = self._task(name, task, files)
            self._note(task.origin, files, f"task `{name}`", f"task `{new}` is added")
        if len(tasks) == len(body.tasks):
            return component
        return replace(component, body=replace(body, tasks=tasks))

    def _note(self, origin: Origin | None, files: _Files, of: str, how: str) -> None:
        outputs = " and ".join(f"`{output}`" for output in files.inputs.values())
        artifacts = ", ".join(f"`{_TITLES[kind]}`" for kind in files.outputs)
        facts = {"outputs": outputs, "of": of, "artifacts": artifacts, "how": how}
        self.findings.append(rules.METRICS_CONVERTED.at(origin, **facts))

    def _task(self, name: str, task: Task, files: _Files) -> Task:
        return Task(
            component=self._label(files),
            display_name=f"{task.display_name or name} (metrics)",
            artifacts={
                kind: FromTask(task=name, output=output) for kind, output in files.inputs.items()
            },
            depends_on=(name,),
            caching=task.caching,
        )

    def _label(self, files: _Files) -> str:
        """The component with these inputs and outputs."""
        key = tuple(files.inputs), files.outputs
        if key not in self._labels:
            label = self._labels[key] = free(_LABEL, self._components)
            self._components[label] = Component(
                body=ExecutorRef(label=_LABEL),
                inputs=Interface(artifacts={kind: _artifact(_ANY) for kind in key[0]}),
                outputs=Interface(artifacts={kind: _artifact(_TITLES[kind]) for kind in key[1]}),
                description="Converts metrics and visualizations of KFP v1.",
            )
        return self._labels[key]

    def _executor(self) -> Container:
        """The container of all added tasks, whose inputs and outputs have the same names."""
        image = Text((IMAGE,))
        if self._images and (rule := _rule_of(image, self._images)):
            self.used = frozenset({("images", rule)})
            image = Text((self._images[rule] + IMAGE[len(rule) :],))
        files, names = ({kind: kind for kind in kinds} for kinds in (_NAMES, _TITLES))
        options = json.dumps(["inputs", files, names])
        argv = ("python3", "-c", _program(), _EXECUTOR_INPUT, options)
        return Container(image=image, command=tuple(Text((part,)) for part in argv))


def _rule_of(image: Text, known: Mapping[str, str]) -> str:
    from translator.passes.images import rule_of

    return rule_of(image, known)


def _has_python(container: Container) -> bool:
    """Whether a command shows that its image has Python 3, and it can be wrapped."""
    words = (*container.command, *container.args)
    if not container.command or any(_EXECUTOR_INPUT in word.parts for word in words):
        return False
    commands = map(str, container.command)
    return any(
        word == "python3" or ("python3" in word and re.search(_PYTHON, word)) for word in commands
    )


def _label_of(component: Component) -> str:
    return component.body.label if isinstance(component.body, ExecutorRef) else ""


def _program() -> str:
    from translator.writers.rendering import module_text

    return module_text("vertex/show_metrics.py")


def _artifact(title: str) -> Artifact:
    return Artifact(schema_title=title, schema_version="0.0.1")
