"""Functions in pipeline.py, compiled by the real kfp, are the containers that they came from."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.corpus.files import corpus
from translator.decompiler.components import definition
from translator.decompiler.components.bootstrap import Bootstrap, bootstrap
from translator.decompiler.definitions import Definition, Module
from translator.model import Container, ExecutorRef
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from translator.model import Component, Interface, Pipeline

kfp = pytest.importorskip("kfp")

#: Every n-th file of the corpus; ``TRANSLATOR_EVERY=1`` for all.
EVERY = int(os.environ.get("TRANSLATOR_EVERY", "20"))

#: What authors write, and where the compiled containers differ.
AUTHORS = '''
from typing import Any, Dict, List, NamedTuple, Optional

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, InputPath, Metrics, Model, Output, OutputPath


def helper(x: str = "x", *, y=(1, 2)) -> str:
    return x


@dsl.component
def plain():
    pass


@dsl.component(
    base_image="python:3.12-slim",
    packages_to_install=["pandas==2.2.2", "x[y]; python_version<'3.9'"],
    pip_index_urls=["https://a/simple", "https://b/simple"],
    pip_trusted_hosts=[],
    use_venv=True,
)
def values(a: str, b: int = 3, c: float = 1.0, d: bool = True, e: List[Dict[str, Any]] = [{"k": 1}],
           f: dict = {}, g: Optional[str] = None
           ) -> NamedTuple("Outputs", [("o", int), ("m", Model)]):
    """Makes values.

    Args:
        a: The first,
            on two lines.
        b: The second.

    Returns:
        o: A number.
    """
    x = """
  a text
"""
    return a, 'b' , x   # as it is
    # the end


@dsl.component(install_kfp_package=False, packages_to_install=["pandas"], pip_index_urls=["u"])
def artifacts(a: Input[Dataset], b: InputPath("Model"), c: Output[Metrics], d: OutputPath(str),
              e: Input[List[Artifact]], f: Optional[Input[Model]] = None) -> Dataset:
    def inner(): return dsl.get_uri()
    return inner


@dsl.component(kfp_package_path="git+https://github.com/kubeflow/pipelines.git@master#sdk/python",
               additional_funcs=[helper])
def status(final: dsl.PipelineTaskFinalStatus, message: str = helper()): print(final)


@dsl.component(
    packages_to_install=["kfp==2.17.0", "numpy"],
    task_config_passthroughs=[
        dsl.TaskConfigField.RESOURCES,
        dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.ENV, apply_to_task=True),
    ],
)
def config(settings: dsl.TaskConfig, {name}: int = 1) -> Model:
\tprint(settings)
'''.replace("message: str = helper()", 'message: str = "x"').replace("{name}", "size")


def imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


def compiled(component: Any, folder: Path) -> Pipeline:
    path = folder / "compiled.yaml"
    kfp.compiler.Compiler().compile(component, str(path))
    return translator.load(path).pipeline


def of_containers(pipeline: Pipeline) -> Iterator[tuple[str, Component, Container]]:
    for name, component in pipeline.components.items():
        if isinstance(component.body, ExecutorRef):
            executor = pipeline.executors[component.body.label]
            if isinstance(executor, Container) and _runs_a_function(executor):
                yield name, component, executor


def _runs_a_function(container: Container) -> bool:
    return bootstrap(container) is not None or any(
        "_parsed_args" in str(word) for word in container.command
    )


def without_version(found: Bootstrap | None) -> Bootstrap:
    """What is the same for every version of kfp: not its own, and not the blank lines of 2.14."""
    assert found is not None
    source = found.source[found.source.index("\ndef ") :].strip("\n")
    own = found.pip.own_kfp and "kfp"
    return found._replace(pip=found.pip._replace(own_kfp=own), source=source, executor="")


def written(
    pipeline: Pipeline, folder: Path
) -> tuple[Any, list[tuple[Component, Container, Definition]]]:
    """pipeline.py as a module, and the definitions in it."""
    module = Module()
    found: list[tuple[Component, Container, Definition]] = []
    for name, component, container in of_containers(pipeline):
        made = definition(module, pipeline, name, component)
        module.define(made)
        found.append((component, container, made))
    path = folder / "pipeline.py"
    path.write_text(module.text('"""Doc."""'), "utf-8")
    return imported(path), found


@pytest.mark.parametrize("name", ["plain", "values", "artifacts", "status", "config"])
def test_what_an_author_writes(name: str, tmp_path: Path) -> None:
    (tmp_path / "authors.py").write_text(AUTHORS, "utf-8")
    given = compiled(getattr(imported(tmp_path / "authors.py"), name), tmp_path)
    module, [(component, container, made)] = written(given, tmp_path)
    [(_, other, found)] = of_containers(compiled(getattr(module, made.function), tmp_path))
    assert "@dsl.component" in made.code
    assert (found.image, found.command, found.args) == (
        container.image, container.command, container.args
    )  # fmt: skip
    assert (other.inputs, other.outputs, other.description, other.config_passthroughs) == (
        component.inputs, component.outputs, component.description, component.config_passthroughs
    )  # fmt: skip


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v2/kfp2/*", "v2/gcpc/*", "v2/synthetic/*")[::EVERY])
def test_functions_of_the_corpus(path: Path, tmp_path: Path) -> None:
    pipeline = translator.load(path).pipeline
    module, found = written(pipeline, tmp_path)
    for component, container, made in found:
        if not made.code.startswith("# fmt: off\n@dsl.component"):
            continue
        again = compiled(getattr(module, made.function), tmp_path)
        [(_, other, run)] = of_containers(again)
        assert run.image == container.image
        given, new = without_version(bootstrap(container)), without_version(bootstrap(run))
        if "kfp_package_path" in made.code:  # the version is pinned
            new = new._replace(pip=given.pip)
        assert new == given
        if pipeline.sdk_version >= "kfp-2.1":
            assert ports(other.inputs) == ports(component.inputs)
            assert ports(other.outputs) == ports(component.outputs)


def ports(given: Interface) -> Interface:
    """Without whether an input is optional, which old versions did not write for each."""
    return replace(
        given,
        parameters={name: replace(one, optional=False) for name, one in given.parameters.items()},
        artifacts={name: replace(one, optional=False) for name, one in given.artifacts.items()},
    )


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v1/compiled/*.yaml", "v1/goldens/*/*.yaml")[::EVERY])
def test_programs_of_kfp_v1_in_the_corpus(path: Path, tmp_path: Path) -> None:
    """Programs are the same to the byte, in a pipeline.py that kfp compiles.

    Those of Kale name an output of the component, which can have another name in pipeline.py.
    """
    try:
        pipeline = translator.load(path).pipeline
    except translator.diagnostics.TranslationError:
        pytest.skip("the file is refused")
    module, found = written(pipeline, tmp_path)
    for _, container, made in found:
        if "v1_program(" in made.code:
            [(_, _, run)] = of_containers(compiled(getattr(module, made.function), tmp_path))
            assert programs(run) == [renamed(one, made.outputs) for one in programs(container)]


def renamed(program: str, outputs: Mapping[str, str]) -> str:
    of_output = r"(?<=\$\.outputs\.artifacts\[')[^']*"
    return re.sub(of_output, lambda found: outputs[found[0]], program)


def programs(container: Container) -> list[str]:
    return [str(word) for word in container.command if "_parsed_args" in str(word)]
