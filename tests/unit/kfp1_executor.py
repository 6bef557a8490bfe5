"""A stand-in for kfp 1.8, so that its functions can be run without it.

It reads an executor input and writes an executor output as kfp/v2/components/executor.py of kfp
1.8.22 does, as far as the tests need it; those with an interpreter that has kfp 1.8 run both.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: The environment variable that names an interpreter with kfp 1.8.
VARIABLE = "TRANSLATOR_KFP1_PYTHON"

_DSL = """
from typing import *

class Artifact:
    def __init__(self, name, uri, metadata):
        self.name, self.uri, self.metadata = name, uri, metadata
    path = property(lambda self: self.uri)

class Dataset(Artifact): pass
class Model(Artifact): pass

class Input:
    def __class_getitem__(cls, kind): return ("inputs", kind)

class Output:
    def __class_getitem__(cls, kind): return ("outputs", kind)
"""
_EXECUTOR_MAIN = """
import argparse, importlib.util, json, os, sys, typing

def value(parameter, kind):
    if parameter is None:
        return None
    if parameter.get("stringValue") is not None:
        text = parameter["stringValue"]
        return text if kind is str else json.loads(text.lower() if kind is bool else text)
    if parameter.get("intValue") is not None:
        return int(parameter["intValue"])
    if parameter.get("doubleValue") is not None:
        return float(parameter["doubleValue"])

def typed(result):
    kind = {str: "stringValue", int: "intValue", float: "doubleValue"}.get(type(result))
    return {kind: result} if kind else {"stringValue": json.dumps(result)}

parser = argparse.ArgumentParser()
for name in ("--component_module_path", "--function_to_execute", "--executor_input"):
    parser.add_argument(name)
given, _ = parser.parse_known_args()
spec = importlib.util.spec_from_file_location("component", given.component_module_path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
function = getattr(module, given.function_to_execute)
executor_input = json.loads(given.executor_input)
arguments, artifacts = {}, {}
for name, kind in function.__annotations__.items():
    if name == "return":
        continue
    if typing.get_origin(kind) is typing.Union:
        kind = typing.get_args(kind)[0]
    if isinstance(kind, tuple):
        (found,) = executor_input[kind[0]]["artifacts"][name]["artifacts"]
        arguments[name] = kind[1](found["name"], found["uri"], found.get("metadata", {}))
        if kind[0] == "outputs":
            artifacts[name] = arguments[name]
    else:
        parameter = executor_input.get("inputs", {}).get("parameters", {}).get(name)
        if (found := value(parameter, typing.get_origin(kind) or kind)) is not None:
            arguments[name] = found
result = function(**arguments)
output = {}
if artifacts:
    output["artifacts"] = {
        name: {"artifacts": [{"name": a.name, "uri": a.uri, "metadata": a.metadata}]}
        for name, a in artifacts.items()
    }
if result is not None:
    fields = result._asdict() if hasattr(result, "_asdict") else {"Output": result}
    output["parameters"] = {name: typed(field) for name, field in fields.items()}
path = executor_input["outputs"]["outputFile"]
os.makedirs(os.path.dirname(path), exist_ok=True)
with open(path, "w") as file:
    json.dump(output, file)
"""


def real_python() -> str | None:
    """An interpreter that has kfp 1.8; None where there is none."""
    return shutil.which(os.environ.get(VARIABLE, ""))


def stand_in(folder: Path) -> Path:
    """Writes the stand-in; what it returns is for ``PYTHONPATH``."""
    components = folder / "kfp" / "v2" / "components"
    components.mkdir(parents=True)
    for package in (components, components.parent, components.parent.parent):
        (package / "__init__.py").touch()
    (components.parent / "dsl.py").write_text(_DSL, "utf-8")
    (components / "executor_main.py").write_text(_EXECUTOR_MAIN, "utf-8")
    return folder
