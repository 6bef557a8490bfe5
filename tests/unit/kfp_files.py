"""Pipeline specs to read: the smallest, one that says everything, and what is found in them."""

from __future__ import annotations

import json
from typing import Any

import yaml

import translator
from translator.cel import parsed_condition
from translator.model import Dag, Pipeline, Task, Trigger

FILE = "pipeline.yaml"
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def spec(**changes: Any) -> dict[str, Any]:
    """The smallest pipeline spec, with some of its fields changed."""
    smallest = {
        "pipelineInfo": {"name": "train"},
        "schemaVersion": "2.1.0",
        "root": {"dag": {"tasks": {"say": task()}}},
        "components": {"comp-say": {"executorLabel": "exec-say"}},
        "deploymentSpec": {"executors": {"exec-say": {"container": {"image": "python:3.11"}}}},
    }
    return smallest | changes


def task(**fields: Any) -> dict[str, Any]:
    """A task of the smallest spec."""
    return {"componentRef": {"name": "comp-say"}, "taskInfo": {"name": "say"}} | fields


def only_if(condition: str) -> Trigger:
    """The trigger of a task that runs if a condition in CEL holds."""
    return Trigger(condition=parsed_condition(condition))


def with_task(**fields: Any) -> dict[str, Any]:
    """A spec of one task that has these fields."""
    return spec(root={"dag": {"tasks": {"say": task(**fields)}}})


def with_executor(executor: Any) -> dict[str, Any]:
    """A spec with this executor."""
    return spec(deploymentSpec={"executors": {"exec-say": executor}})


def text_of(*documents: Any) -> str:
    """The documents as YAML, in block style, keys in the order given."""
    return yaml.dump_all(documents, Dumper=_DUMPER, sort_keys=False)


def flow_of(*documents: Any) -> str:
    """The documents as YAML in flow style, which is written faster."""
    return "".join(f"---\n{json.dumps(document)}\n" for document in documents)


def read(*documents: Any) -> Pipeline:
    """The pipeline of these documents, about which there is nothing to say."""
    reading = translator.load_text(text_of(*documents), FILE)
    assert reading.diagnostics == ()
    return reading.pipeline


def read_task(document: Any, name: str = "say") -> Task:
    """A task of the root."""
    body = read(document).root.body
    assert isinstance(body, Dag)
    return body.tasks[name]


def found(text: str) -> list[translator.Diagnostic]:
    """What is found while reading the text, be it refused or not."""
    try:
        return list(translator.load_text(text, FILE).diagnostics)
    except translator.TranslationError as error:
        return list(error.diagnostics)


def told(*documents: Any) -> list[tuple[str, str]]:
    """Code and JSON pointer of what is found in these documents."""
    places = []
    for finding in found(text_of(*documents)):
        assert finding.origin is not None
        places.append((finding.rule.code, finding.origin.pointer))
    return places


def _parameter(kind: str, **fields: Any) -> dict[str, Any]:
    return fields | {"parameterType": kind}


_DATASET = {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}

#: A file that uses every message of the spec; what is written for it is the same again.
EVERYTHING: dict[str, Any] = {
    "pipelineInfo": {"name": "train", "displayName": "Train it", "description": "All of it."},
    "schemaVersion": "2.1.0",
    "sdkVersion": "kfp-2.15.2",
    "defaultPipelineRoot": "gs://bucket/root",
    "root": {
        "inputDefinitions": {
            "artifacts": {
                "data": _DATASET | {"description": "Rows.", "isOptional": True},
                "many": {"artifactType": {"instanceSchema": "title: x\n"}, "isArtifactList": True},
            },
            "parameters": {
                "text": _parameter("STRING", defaultValue="a", description="Words."),
                "count": _parameter("NUMBER_INTEGER", defaultValue=3),
                "rate": _parameter("NUMBER_DOUBLE", defaultValue=0.5),
                "flag": _parameter("BOOLEAN", defaultValue=False, isOptional=True),
                "items": _parameter("LIST", defaultValue=[1, "b", None, {"c": []}]),
                "map": _parameter("STRUCT", defaultValue={"d": {}, "e": "", "f": None}),
                "none": _parameter("STRING", defaultValue=None, isOptional=True),
                "mode": _parameter("STRING", literals=["dev", "prod"]),
            },
        },
        "outputDefinitions": {
            "artifacts": {"model": _DATASET | {"metadata": {"owner": "me", "size": 3}}},
            "parameters": {"one": _parameter("STRING"), "any": _parameter("STRING")},
        },
        "dag": {
            "tasks": {
                "get": {
                    "componentRef": {"name": "comp-get"},
                    "taskInfo": {"name": "Get it"},
                    "inputs": {
                        "parameters": {
                            "uri": {"runtimeValue": {"constant": "gs://b/o"}},
                            "late": {"runtimeValue": {"runtimeParameter": "seed"}},
                        }
                    },
                    "cachingOptions": {"enableCache": True, "cacheKey": "k1"},
                },
                "each": {
                    "componentRef": {"name": "comp-each"},
                    "taskInfo": {"name": "each"},
                    "inputs": {
                        "artifacts": {"data": {"componentInputArtifact": "data"}},
                        "parameters": {
                            "items": {
                                "componentInputParameter": "items",
                                "parameterExpressionSelector": "parseJson(string_value)['p']",
                            }
                        },
                    },
                    "dependentTasks": ["get"],
                    "triggerPolicy": {"condition": "inputs.parameter_values['items'] != ''"},
                    "parameterIterator": {
                        "itemInput": "items-item",
                        "items": {"inputParameter": "items"},
                    },
                    "iteratorPolicy": {"parallelismLimit": 2},
                },
                "fixed": {
                    "componentRef": {"name": "comp-train"},
                    "taskInfo": {"name": "fixed"},
                    "parameterIterator": {"itemInput": "x", "items": {"raw": '[1, {"a": 2}]'}},
                    "retryPolicy": {
                        "maxRetryCount": 3,
                        "backoffDuration": "1.5s",
                        "backoffFactor": 2.5,
                        "backoffMaxDuration": "3600s",
                    },
                    "cachingOptions": {},
                },
                "every": {
                    "componentRef": {"name": "comp-train"},
                    "taskInfo": {"name": "every"},
                    "artifactIterator": {"itemInput": "x", "items": {"inputArtifact": "many"}},
                },
                "last": {
                    "componentRef": {"name": "comp-job"},
                    "taskInfo": {"name": "last"},
                    "inputs": {
                        "artifacts": {
                            "model": {
                                "taskOutputArtifact": {
                                    "outputArtifactKey": "model",
                                    "producerTask": "each",
                                }
                            }
                        },
                        "parameters": {
                            "status": {"taskFinalStatus": {"producerTask": "each"}},
                            "one": {
                                "taskOutputParameter": {
                                    "outputParameterKey": "one",
                                    "producerTask": "each",
                                },
                                "parameterExpressionSelector": "parseJson(string_value)['q']",
                            },
                        },
                    },
                    "dependentTasks": ["each", "get"],
                    "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
                    "cachingOptions": {"enableCache": False},
                },
            },
            "outputs": {
                "artifacts": {
                    "model": {
                        "artifactSelectors": [
                            {"outputArtifactKey": "model", "producerSubtask": "each"},
                            {"outputArtifactKey": "data", "producerSubtask": "get"},
                        ]
                    }
                },
                "parameters": {
                    "one": {
                        "valueFromParameter": {
                            "outputParameterKey": "one",
                            "producerSubtask": "each",
                        }
                    },
                    "any": {
                        "valueFromOneof": {
                            "parameterSelectors": [
                                {"outputParameterKey": "one", "producerSubtask": "each"},
                                {"outputParameterKey": "two", "producerSubtask": "fixed"},
                            ]
                        }
                    },
                },
            },
        },
    },
    "components": {
        "comp-get": {"executorLabel": "exec-get", "outputDefinitions": {"artifacts": {"data": {}}}},
        "comp-each": {
            "inputDefinitions": {
                "artifacts": {"data": _DATASET},
                "parameters": {"items": _parameter("LIST")},
            },
            "outputDefinitions": {
                "artifacts": {"model": _DATASET},
                "parameters": {"one": _parameter("STRING")},
            },
            "dag": {"tasks": {}},
        },
        "comp-train": {
            "executorLabel": "exec-train",
            "outputDefinitions": {"parameters": {"two": _parameter("STRING")}},
            "taskConfigPassthroughs": [{"field": "RESOURCES", "applyToTask": True}],
            "singlePlatformSpecs": [{"platform": "kubernetes", "config": {"a": 1}}],
        },
        "comp-job": {
            "executorLabel": "exec-job",
            "inputDefinitions": {"parameters": {"status": _parameter("TASK_FINAL_STATUS")}},
        },
        "comp-find": {"executorLabel": "exec-find"},
    },
    "deploymentSpec": {
        "executors": {
            "exec-get": {
                "importer": {
                    "artifactUri": {"runtimeParameter": "uri"},
                    "typeSchema": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
                    "metadata": {"text": "{{$.inputs.parameters['uri']}}", "list": []},
                    "reimport": True,
                    "downloadToWorkspace": True,
                }
            },
            "exec-train": {
                "container": {
                    "image": "python:3.11",
                    "command": ["sh", "-c", "echo {{$.inputs.parameters['x']}}\n"],
                    "args": ["--executor_input", "{{$}}"],
                    "env": [{"name": "A", "value": "b"}, {"name": "EMPTY", "value": ""}],
                    "lifecycle": {"preCacheCheck": {"command": ["true"], "args": []}},
                    "resources": {
                        "cpuLimit": 4.0,
                        "resourceCpuLimit": "4",
                        "cpuRequest": 0.5,
                        "resourceCpuRequest": "500m",
                        "memoryLimit": 16.106127360000002,
                        "resourceMemoryLimit": "15Gi",
                        "resourceMemoryRequest": "{{$.inputs.parameters['memory']}}",
                        "accelerator": {
                            "type": "NVIDIA_TESLA_T4",
                            "count": "2",
                            "resourceType": "NVIDIA_TESLA_T4",
                            "resourceCount": "2",
                        },
                    },
                }
            },
            "exec-job": {"customJob": {"customJob": {"jobSpec": {"workerPoolSpecs": [{}]}}}},
            "exec-find": {"resolver": {"outputArtifactQueries": {"a": {"filter": "x"}}}},
        }
    },
}

#: The second document of the same file.
PLATFORMS: dict[str, Any] = {
    "platforms": {
        "kubernetes": {
            "deploymentSpec": {
                "executors": {
                    "exec-train": {
                        "secretAsEnv": [{"secretName": "s", "keyToEnv": []}],
                        "podMetadata": {"labels": {"a": "b"}},
                    }
                }
            },
            "pipelineConfig": {"resourceTtlOnCompletion": 3600},
        }
    }
}


def copied(document: Any) -> Any:
    """An independent copy."""
    return json.loads(json.dumps(document))


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything inside a document."""
    entries: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    return [
        place for key, entry in entries for place in [(*path, key), *places(entry, (*path, key))]
    ]
