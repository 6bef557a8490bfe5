"""Leaves that are known to break the law: where they stand → why."""

from __future__ import annotations

KNOWN: dict[str, str] = dict.fromkeys(
    (
        "/spec/templates/*(container)/inputs/parameters/*/name",
        "/spec/templates/*(dag)/dag/tasks/*/arguments/parameters/*/value",
    ),
    "only a label uses the input, and it is left out and reported",
)
#: Of those some are known in some files only: where → what is looked for in the file's path.
IN_FILES: dict[str, str] = dict.fromkeys(KNOWN, "sdk__param_op_transform")

_TEMPLATE = r"/spec/templates/\*(\(\w+\))?"
_SPEC = rf"{_TEMPLATE}/metadata/annotations/pipelines\.kubeflow\.org~1component_spec"
_GUIDE = rf"{_SPEC}#/.*"
_DECLARED = r"/metadata/annotations/pipelines\.kubeflow\.org~1pipeline_spec"
_PIPELINE = rf"{_DECLARED}#"
_PORTS = r"(inputs|outputs|arguments)/(parameters|artifacts)/\*"
_PART = r"(/pipelineSpec)?/(root|components/[^/]+)/dag/tasks/(?P<name>[^/]+)/taskInfo"
_NOT_GIVEN = r"/deploymentSpec/executors/[^/]+/container/(args|command)/.* = .*IfPresent.*"
#: Changes of other kinds that mean nothing: kind, an expression for all of the place, or of
#: ``pointer = value``, and why.
MEANINGLESS: list[tuple[str, str, str]] = [
    ("delete", rf'{_PART}/name = "(?P=name)"', "without it the task is shown by this name too"),
    ("delete", rf'{_PART} = {{"name": "(?P=name)"}}', "without it the task is shown so too"),
    ("delete", r'/displayName = ".*"', "without it the run is shown by the pipeline's name"),
    ("delete", r".* = (\[\]|\{\}|\{\"parameters\": \[\]\})", "what is empty is as what is absent"),
    ("delete", r".*/accelerator/resourceCount", "its older spelling `count` says the same"),
    ("delete", r'.*enable_caching = "true"', "KFP v1 caches what does not say otherwise"),
    ("delete", rf"{_TEMPLATE}/metadata(/labels|/annotations)?", "kfp's own: stamps, and a guide"),
    ("delete", r'.*/schemaVersion = "0\.0\.1"', "the version of an artifact without one"),
    ("delete", r'.*/schemaTitle = "system\.Artifact"', "the schema of an artifact without one"),
    ("delete", r".*/parallelism = 0", "that is no limit, as none is"),
    ("delete", r"/metadata/annotations/.*~1kfp_sdk_version", "a label says the same"),
    ("delete", rf"{_PIPELINE}/name|{_DECLARED}|/metadata/annotations", "the workflow says so"),
    (
        "delete",
        rf'{_PIPELINE}/inputs/\*/type = "String"|{_PIPELINE}/inputs(/\*(/name)?)?',
        "the workflow's arguments count, and their values are texts where no type says otherwise",
    ),
    ("delete", rf"{_SPEC}|.*~1arguments\.parameters", "the container counts"),
    (
        "delete",
        rf"{_TEMPLATE}/outputs/(artifacts|parameters)(/\*)?",
        "no task takes it",
    ),
    ("add", rf"{_TEMPLATE}/outputs/(parameters|artifacts)/\*", "no task takes the new output"),
    ("add", _GUIDE, "the container counts"),
    ("add", rf"{_TEMPLATE}/volumes/\*", "an empty volume that no container mounts"),
    ("duplicate", rf"{_TEMPLATE}/container/env/\*", "the last of one name counts, and is the same"),
    ("duplicate", _NOT_GIVEN, "it comes to no argument, as its input is not given"),
    ("delete", _NOT_GIVEN, "it comes to no argument, as its input is not given"),
    ("reorder", _NOT_GIVEN, "it comes to no argument, as its input is not given"),
    ("twice", _GUIDE, "the container counts"),
    (
        "twice",
        r"/spec/templates/\*\(launched\)/container/env/\*/value#/.*",
        "the last of several keys counts, as in the launcher",
    ),
    ("twice", rf"{_PIPELINE}/inputs", "the last of several keys counts, as in kfp itself"),
    ("duplicate", _GUIDE, "the container counts"),
    ("duplicate", rf"{_PIPELINE}/inputs/\*", "the workflow's arguments count"),
    ("duplicate", rf"{_TEMPLATE}/dag/tasks/\*/dependencies/\*", "a task waits for another once"),
    ("duplicate", r"/spec/templates/\*\(launched\)/container/(env|command)/\*", "the launcher's"),
    ("reorder", _GUIDE, "the container counts"),
    ("reorder", rf"{_TEMPLATE}/dag/tasks/\*", "tasks go by name, and some are left out"),
    ("reorder", rf"{_TEMPLATE}/dag/tasks/\*/dependencies/\*", "a task waits for all of them"),
    (
        "delete",
        r'/spec/templates/\d+/dag/tasks/\d+/dependencies(/\d+ = "create-.*"| = \["create-.*"\])',
        "a task that mounts a volume waits for the one that creates it, which is left out",
    ),
    (
        "delete",
        r"/components/comp-(create|delete)pvc[^/]*/inputDefinitions(/.*)? = .*",
        "the task that creates or deletes a volume is left out, and reported",
    ),
    ("reorder", rf"{_PIPELINE}/inputs/\*", "inputs go by name"),
    ("reorder", r"/spec/templates/\*(\(\w+\))?", "templates go by name"),
    ("reorder", rf"{_TEMPLATE}/({_PORTS}|.*/{_PORTS})|/spec/{_PORTS}", "ports go by name"),
    ("reorder", r"/spec/templates/\*\(launched\)/container/(env|command)/\*", "the launcher's"),
    ("reorder", r".*\(container\)/container/env/\*", "one of the two is left out, and reported"),
]
#: Changes that nothing shows and that should show; in the same form.
OPEN: list[tuple[str, str, str]] = []

_JOB = r"(/pipelineSpec)?/(root|components/[^/]+)/dag/tasks/[^/]+"
#: Changes that a comparison of two pipelines does not show, beside those; in the same form.
UNCOMPARED: list[tuple[str, str, str]] = [
    (
        "value",
        rf"{_TEMPLATE}/(dag/tasks|steps/\*)/\*/name",
        "names of tasks do not count where tasks are found by their content",
    ),
    ("duplicate", rf"{_JOB}/dependentTasks/\d+ = .*", "a task waits for another once"),
    ("reorder", rf"{_JOB}/dependentTasks/\d+ = .*", "a task waits for all of them"),
    ("reorder", r"#\*/platforms/.*(Env|env)/\*", "variables have different names"),
    ("reorder", rf"{_TEMPLATE}/container/env/\*", "variables have different names"),
    (
        "duplicate",
        rf"({_TEMPLATE}|/spec)/(container/volumeMounts|volumes)/\*",
        "the same volume at the same path",
    ),
    ("value", r"/inputs/\*/optional", "an input with a default may be left out"),
    ("delete", r"/inputs/\*/optional", "an input with a default may be left out"),
    ("duplicate", r"/(inputs|outputs)/\*", "the same input or output"),
    ("reorder", r"/(inputs|outputs)/\*", "inputs and outputs go by name"),
    (
        "value",
        rf"{_PIPELINE}/inputs/\*/name",
        "the workflow's arguments count, and a String is as an input without a type",
    ),
]
