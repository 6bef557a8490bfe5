"""Components of google-cloud-pipeline-components, which pipeline.py imports by name.

A component is recognised by a hash of its interface and its container, which names the version of
the package in the tag of its image. ``google_components`` has the hashes of released versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from translator.decompiler.components.google_components import COMPONENTS, NEWEST
from translator.decompiler.components.ports import port_names
from translator.decompiler.definitions import Definition
from translator.diagnostics import decompiler_components as rules
from translator.model import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.decompiler.definitions import Module
    from translator.model import Component, Container, Interface, Json

__all__ = ["definition", "fingerprint", "version_of"]

_PACKAGE = "google-cloud-pipeline-components"
_IMAGE = re.compile(rf"(?:.*/)?{_PACKAGE}:(?P<version>[0-9.]+)")


def version_of(containers: Iterable[Container]) -> str:
    """The version of the package that most of the containers are from; the newest for none.

    A file of Python can import from one version only.
    """
    matches = [_IMAGE.fullmatch(str(container.image)) for container in containers]
    found = Counter(match["version"] for match in matches if match)
    return found.most_common(1)[0][0] if found else NEWEST


def definition(
    module: Module, name: str, component: Component, container: Container, version: str
) -> Definition | None:
    """The import of a component of this version; None for other components."""
    names = COMPONENTS.get(version, {})
    path = names.get(fingerprint(component, container)) if names else None
    if path is None:
        return None
    package, _, function = f"google_cloud_pipeline_components.{path}".rpartition(".")
    own = module.names.kept(function)
    module.use(f"from {package} import {function}" + ("" if own == function else f" as {own}"))
    requirement = f"{_PACKAGE}=={version}"
    module.requirements.add(requirement)
    facts = {"component": name, "requirement": requirement}
    module.findings.add(rules.IMPORTED.at(component.origin, **facts))
    inputs, outputs = port_names(component)
    return Definition(
        function=own,
        code="",
        inputs={one: one for one in inputs},
        outputs={one: one for one in outputs},
        defaults={
            one: parameter.default
            for one, parameter in component.inputs.parameters.items()
            if parameter.default is not UNSET
        },
    )


def fingerprint(component: Component, container: Container) -> str:
    """The hash of what kfp compiles from a component, but for descriptions."""
    parts: Json = [
        str(container.image),
        [str(word) for word in container.command],
        [str(word) for word in container.args],
        _interface(component.inputs),
        _interface(component.outputs),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _interface(side: Interface) -> Json:
    parameters: dict[str, Json] = {
        name: [
            one.type.value,
            one.optional or one.default is not UNSET,
            [] if one.default is UNSET else [_plain(one.default)],
        ]
        for name, one in side.parameters.items()
    }
    artifacts: dict[str, Json] = {
        name: [one.schema_title, one.schema_version, one.is_list, one.optional]
        for name, one in side.artifacts.items()
    }
    return [parameters, artifacts]


def _plain(value: Json) -> Json:
    """The value with all numbers in one form, as protobuf has only one."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
