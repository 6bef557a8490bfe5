"""Lightweight Python components: ``@dsl.component`` functions from the containers that kfp made.

The source of the function is written as it is in the container. kfp puts import lines before it and
installs itself, both by its version; everything else in the compiled container is as in the file.
A function that would do something else with today's kfp stays a container, with a finding.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import symtable
from typing import TYPE_CHECKING

from translator.decompiler.components.bootstrap import bootstrap
from translator.decompiler.components.functions import (
    Function,
    Refused,
    define,
    function,
    parsed,
)
from translator.decompiler.components.interfaces import difference, undescribed
from translator.decompiler.components.signatures import checked, signature
from translator.decompiler.definitions import Definition
from translator.decompiler.imported import GOOGLE, GOOGLE_ARTIFACTS, KFP_NAMES, TYPING_NAMES
from translator.decompiler.layout import call, decorated, listed, named
from translator.decompiler.literals import literal
from translator.decompiler.settings import dynamic_image
from translator.diagnostics import decompiler_functions as rules
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.decompiler.components.bootstrap import Bootstrap, Pip
    from translator.decompiler.components.signatures import Signature
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.model import Component, Container, Json

__all__ = ["definition", "repeated_packages", "signature_of"]

#: The lines that kfp 2 writes before a function, and those of the v2 compiler of kfp 1.7 and 1.8.
_HEADER = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n"
_OLDER_HEADERS = (
    "\nimport kfp\nfrom kfp.v2 import dsl\nfrom kfp.v2.dsl import *\nfrom typing import *\n",
    "\nfrom kfp.v2.dsl import *\nfrom typing import *\n",
)
_OLD_PYTHON = re.compile(r"(?:docker\.io/)?(?:library/)?python:3\.(?P<minor>[5-8])(?:[.-].*)?")
#: The module with the executor, in kfp 2.1 and later.
_EXECUTOR = "kfp.dsl.executor_main"
_FIELDS = frozenset(
    {
        *("RESOURCES", "ENV", "KUBERNETES_AFFINITY", "KUBERNETES_TOLERATIONS"),
        *("KUBERNETES_NODE_SELECTOR", "KUBERNETES_VOLUMES"),
    }
)


class _Program(NamedTuple):
    """The program of a container, in parts."""

    #: Artifact types that it imports: name → import line.
    imported: dict[str, str]
    helpers: tuple[Function, ...]
    main: Function


def repeated_packages(containers: Iterable[Container]) -> frozenset[tuple[str, ...]]:
    """The lists of packages that several functions install, which become constants."""
    seen: set[tuple[str, ...]] = set()
    repeated: set[tuple[str, ...]] = set()
    for container in containers:
        found = bootstrap(container)
        if found is not None and found.pip.packages:
            (repeated if found.pip.packages in seen else seen).add(found.pip.packages)
    return frozenset(repeated)


def definition(
    module: Module,
    name: str,
    component: Component,
    container: Container,
    repeated: frozenset[tuple[str, ...]] = frozenset(),
) -> Definition | None:
    """The function of a lightweight component; None if the component is written as a container.

    ``repeated`` are lists of packages that become constants.
    """
    found = bootstrap(container)
    if found is None:
        return None
    pip = _pinned(found, str(container.image), pin_kfp=module.choices.pin_kfp)
    try:
        program = _program(found)
        function_name, code = _function(module, component, container, program, pip, repeated)
    except (Refused, RecursionError) as reason:
        facts = {"function": found.function, "component": name, "reason": str(reason)}
        module.findings.add(rules.FUNCTION_KEPT.at(container.origin or component.origin, **facts))
        return None
    _report(module, name, component, container, found, pip, program)
    names = (*component.inputs.parameters, *component.inputs.artifacts)
    return Definition(
        function=function_name,
        code=code,
        inputs={one: one for one in _in_order(names, program.main)},
        outputs={one: one for one in (*component.outputs.parameters, *component.outputs.artifacts)},
    )


def _in_order(names: Iterable[str], of: Function) -> list[str]:
    """The inputs in the order of the function's parameters, whose names can end in ``_path``."""
    given = of.node.args
    declared = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    places = {name.removesuffix("_path"): place for place, name in enumerate(declared)}
    places |= {name: place for place, name in enumerate(declared)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def _function(
    module: Module,
    component: Component,
    container: Container,
    program: _Program,
    pip: Pip,
    repeated: frozenset[tuple[str, ...]],
) -> tuple[str, str]:
    """The name of the component's function, and its source with decorator."""
    read = signature(program.main.node, program.imported)
    _check(component, program, read)
    used = [_names_used(one) for one in (*program.helpers, program.main)]
    helpers = [_helper(module, one, program.imported) for one in program.helpers]
    given = _arguments(module, component, container, pip, repeated, helpers)
    defined = define(module, program.main, decorated(call("dsl.component", **given)) + "\n")
    for line in ("from kfp import dsl", *read.imports, *itertools.chain(*used)):
        module.use(line)
    return defined


def signature_of(found: Bootstrap) -> Signature:
    """The signature of the function that a container runs, or ``Refused``."""
    program = _program(found)
    return signature(program.main.node, program.imported)


def _program(found: Bootstrap) -> _Program:
    """The parts of a program, which are all of its text."""
    source = found.source
    header = next((one for one in (_HEADER, *_OLDER_HEADERS) if source.startswith(one)), None)
    if header is None:
        raise Refused("its program does not begin as kfp writes it")
    if header != _HEADER and re.search(r"\bkfp\.(?:v2|components)\b", source[len(header) :]):
        raise Refused("it uses modules that kfp 2 does not have")
    statements = parsed(source).body[header.count("import ") :]
    imported: dict[str, str] = {}
    while statements and isinstance(statements[0], (ast.Import, ast.ImportFrom)):
        imported |= _artifact_import(statements.pop(0))
    if any(isinstance(one, ast.Assign) for one in statements):
        raise Refused("it has an embedded file or notebook")
    functions = _functions(source, statements)
    lines = header + "".join([f"{line}\n" for line in imported.values()])
    # A component of a notebook (2.14) can have more blank lines before its function.
    written = "".join([f"\n{one.source}\n" for one in functions]).lstrip("\n")
    if not source.startswith(lines) or source[len(lines) :].lstrip("\n") != written:
        raise Refused("its program has more than functions")
    if not functions or functions[-1].name != found.function:
        raise Refused("the function is not the last one of its program")
    if len({one.name for one in functions}) < len(functions):
        raise Refused("its program has two functions of one name")
    return _Program(imported, tuple(functions[:-1]), functions[-1])


def _artifact_import(statement: ast.stmt) -> dict[str, str]:
    """A class that kfp imports for an artifact type: only Google's, which this package knows."""
    match statement:
        case ast.ImportFrom(module=of, names=[ast.alias(name, None)], level=0):
            if of == GOOGLE and name in GOOGLE_ARTIFACTS:
                return {name: f"from {GOOGLE} import {name}"}
    raise Refused(f"its program has `{ast.unparse(statement)[:80]}`")


def _functions(source: str, statements: list[ast.stmt]) -> list[Function]:
    """The functions, each with the lines until the next one, without the blank lines between."""
    lines = source.split("\n")
    starts = [one.lineno - 1 for one in statements]
    ends = [*(start - 2 for start in starts[1:]), len(lines) - 2]
    return [
        function("".join([f"{line}\n" for line in lines[start:end]]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _check(component: Component, program: _Program, read: Signature) -> None:
    """Raises ``Refused`` if kfp would compile the function to another component."""
    if list(read.header) != list(program.imported.values()):
        raise Refused("its program imports other artifact types than its signature has")
    different = difference(component, read)
    if different:
        raise Refused(different)


def _helper(module: Module, helper: Function, imported: dict[str, str]) -> str:
    """The name in pipeline.py of a function that the component's function calls."""
    for line in checked(helper.node, imported):
        module.use(line)
    name, code = define(module, helper)
    module.define(Definition(function=name, code=code, inputs={}, outputs={}))
    return name


def _names_used(found: Function) -> list[str]:
    """Imports for the names that the program of a container has from kfp and ``typing``.

    The function runs in the container only; in pipeline.py the imports are for editors and linters.
    """
    names = set(_globals(symtable.symtable(found.source, "<function>", "exec")))
    return [
        *(["import kfp"] if "kfp" in names else []),
        *(["from kfp import dsl"] if "dsl" in names else []),
        *(f"from kfp.dsl import {name}" for name in sorted(names & KFP_NAMES)),
        *(f"from typing import {name}" for name in sorted(names & TYPING_NAMES)),
    ]


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        yield from (one.get_name() for one in child.get_symbols() if one.is_global())
        yield from _globals(child)


def _old_python(image: str) -> int | None:
    """The minor version of Python in an official image, if kfp 2.17 does not run in it."""
    found = _OLD_PYTHON.fullmatch(image)
    return int(found["minor"]) if found else None


def _pinned(found: Bootstrap, image: str, *, pin_kfp: bool) -> Pip:
    """With the version of kfp as before, if that is wanted, or the only one that can be installed.

    The version has to have the executor in the module that kfp 2.17 starts.
    """
    own = found.pip.own_kfp
    if own and found.executor == _EXECUTOR and (pin_kfp or _old_python(image)):
        return found.pip._replace(own_kfp="", kfp_package_path=own)
    return found.pip


def _arguments(
    module: Module,
    component: Component,
    container: Container,
    pip: Pip,
    repeated: frozenset[tuple[str, ...]],
    helpers: list[str],
) -> dict[str, Expression]:
    """The arguments of ``@dsl.component``."""
    given: dict[str, Expression] = {}
    if not dynamic_image(container):  # otherwise each task sets it
        given["base_image"] = literal(str(container.image))
    if pip.packages:
        packages = literal(list(pip.packages))
        is_constant = pip.packages in repeated
        given["packages_to_install"] = (
            named(module.constant("packages", packages)) if is_constant else packages
        )
    if pip.index_urls:
        given["pip_index_urls"] = literal(list(pip.index_urls))
    if pip.trusted_hosts is not None:
        given["pip_trusted_hosts"] = literal(list(pip.trusted_hosts))
    if pip.kfp_package_path:
        given["kfp_package_path"] = literal(pip.kfp_package_path)
    if not pip.installs_kfp:
        given["install_kfp_package"] = literal(False)
    if pip.venv:
        given["use_venv"] = literal(True)
    if helpers:
        given["additional_funcs"] = listed([named(one) for one in helpers])
    if component.config_passthroughs:
        passed = [_passthrough(one) for one in component.config_passthroughs]
        given["task_config_passthroughs"] = listed(passed)
    return given


def _passthrough(value: Json) -> Expression:
    """A setting that the component applies itself (kfp/dsl/component_task_config.py)."""
    match value:
        case {"field": str(field), **others} if field in _FIELDS:
            found = named(f"dsl.TaskConfigField.{field}")
            if not others:
                return found
            if others == {"applyToTask": True}:
                return call("dsl.TaskConfigPassthrough", field=found, apply_to_task=literal(True))
    raise Refused(f"kfp does not have its `taskConfigPassthroughs`: {json.dumps(value)[:80]}")


def _report(
    module: Module,
    name: str,
    component: Component,
    container: Container,
    found: Bootstrap,
    pip: Pip,
    program: _Program,
) -> None:
    """What differs in the container, or is left out."""
    origin = container.origin or component.origin
    image = str(container.image)
    minor = _old_python(image)
    if pip.own_kfp:
        module.replaced_kfp.setdefault(pip.own_kfp.partition("==")[2], origin)
    facts = {"component": name, "image": image, "minor": minor, "version": pip.kfp_package_path}
    if minor is not None and found.pip.own_kfp:
        is_pinned = bool(pip.kfp_package_path)
        rule = rules.KFP_PINNED if is_pinned else rules.OLD_PYTHON
        module.findings.add(rule.at(origin, **facts))
    if found.executor != _EXECUTOR:
        version = found.pip.own_kfp.replace("==", " ") or "an older kfp"
        facts = {"component": name, "version": version, "executor": found.executor}
        module.findings.add(rules.EXECUTOR.at(origin, **facts))
    if undescribed(component, ast.get_docstring(program.main.node) or ""):
        module.findings.add(rules.DESCRIPTIONS.at(origin, component=name))
