"""Tolerances: differences in the text of two pipelines that run the same way.

Compilers of different versions write one pipeline differently. A comparison has these as notes;
``strict`` counts them as differences.
"""

from __future__ import annotations

__all__ = ["TOLERANCES"]

#: Name → what may differ, and why that is the same pipeline.
TOLERANCES = {
    "bootstrap": "the shell text in which kfp starts a lightweight component: each version of kfp "
    "writes its own, which installs the same packages and runs the same function",
    "kfp-version": "the version of kfp that a lightweight component installs: the compiler writes "
    "its own version",
    "pip-order": "the order of the packages of a lightweight component: pip resolves all of one "
    "command together, and kfp 2.14 changed the order",
    "sdk-version": "the compiler that wrote the file; nothing reads it",
    "schema-version": "the version of the schema: the same pipeline is spelled differently in "
    "2.0.0 and 2.1.0",
    "artifact-version": "the version 0.0.1, or none, of an artifact type of the namespace "
    "`system`: without one, the latest version counts, and these types have one version",
    "artifact-schema": "an artifact type of kfp as an instance schema with the title `kfp.Model`, "
    "or the title `system.Model`: kfp 1.7 renamed its types, and programs get the same files and "
    "metadata; ML Metadata has the name as it is written",
    "optional-default": "`isOptional` of an input with a default: compilers write both, kfp up to "
    "2.0.1 the default alone; an input with a default may be left out anyway",
    "passed": "the default and the optionality of an input of a component, in a task: the value "
    "that the task takes is compared, whether it is passed or the default",
    "caching": "`cachingOptions` that is missing, empty or false: backends read all three as no "
    "caching; and that of a task that runs a DAG: only tasks that run a container are cached",
    "retry-defaults": "numbers of retries that are the defaults of backends (no retries, 0 s, "
    "factor 2, at most one hour): kfp writes some of them",
    "not-optional": "`optional: false` of a secret or config map, the default of Kubernetes: "
    "kfp-kubernetes writes it",
    "kubernetes-forms": "equal settings in other forms of the platform document: which fields have "
    "the name of an object, variables in one entry or in several, `defaultStorageClass: false`, a "
    "platform without settings: kfp-kubernetes has changed them",
    "component-description": "the description of a component of KFP v1: KFP v2 has no field for it",
    "volume-interface": "of `CreatePVC` and `DeletePVC`, descriptions, and inputs without a value: "
    "those of the version of kfp-kubernetes",
    "metrics-outputs": "outputs with the metrics of tasks that nothing returns: kfp up to 2.7 adds "
    "them to the outputs of DAGs, and nothing reads them",
    "resource-fields": "amounts of resources as numbers, as texts, or both: kfp from 2.12 writes "
    "both fields, older versions one of them",
    "fan-in-type": "the type of values collected from a loop: kfp up to 2.1.3 declares that of one "
    "value, though it is a list",
    "groups": "a DAG around tasks, which run at the same time and on the same values without it: "
    "it has no condition, loop or retries, and no value changes its type",
    "channels": "values that are passed to a component and that nothing reads: generated inputs "
    "(`pipelinechannel--…`), and amounts and images that kfp also writes where they count; and "
    "inputs that one of two DAGs has: the tasks in it are compared with the values that they take",
    "item-type": "STRUCT or STRING as the type of an item of a loop: compilers declare a text "
    "where they do not know the items, kfp 1 always, and entries are read from the text of the "
    "item (`parseJson(string_value)`) in both cases",
    "older-types": "BOOLEAN, LIST, STRUCT or the status of a task, and a text in schema 2.0.0, "
    "which has no such types: functions of kfp 1 and loops read the text as JSON, and nothing else "
    "reads the value; or a status, which is the same JSON text for any program",
    "undeclared": "an input of a lightweight component that a task passes nothing to, with the "
    "default in the function's own signature: kfp 1.8 does not declare it, kfp 2 declares this "
    "default",
    "typed-conditions": "in a condition, `int()` around a value that is declared as an integer, "
    "which `.int_value` of schema 2.0.0 does not have; and `true` for the text 'true', which a "
    "function of kfp 1 returns for it",
    "whole-text": "a text that is nothing but a value, passed to an input that is a text: backends "
    "write a value that is no text as the same JSON, in a text and for such an input; kfp 2 "
    "accepts it in a text only",
    "unused": "components and executors that no task runs",
    "renamed": "the name of an input or output of a component, which its container does not read",
    "fail-fast": "whether tasks start after another one has failed, between KFP v1 and KFP v2: the "
    "file of KFP v1 has this setting, and KFP v2 sets it when the run is submitted",
    "left-out": "values that are not translated, between KFP v1 and KFP v2: each format has its "
    "own, and findings report them",
    "text-types": "types, between KFP v1 and KFP v2: in KFP v1 every value is text",
}
