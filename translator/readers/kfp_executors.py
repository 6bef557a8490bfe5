"""KFP v2: the executors of a pipeline spec, and artifact types, which importers share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules
from translator.model import (
    Accelerator,
    Amount,
    Artifact,
    Constant,
    Container,
    EnvVariable,
    Importer,
    OpaqueExecutor,
    Resources,
    RuntimeParameter,
)
from translator.mounts import credentials
from translator.placeholders import Text, parse_text
from translator.readers import kfp_legacy as legacy
from translator.readers.kfp_pods import with_pods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Executor, Json, Platform
    from translator.source import Cursor

#: Executors that are kept unchanged: only Vertex AI supports them.
_OPAQUE = ("customJob", "resolver")


def executors(cursor: Cursor | None, platforms: Mapping[str, Platform]) -> dict[str, Executor]:
    """``deploymentSpec.executors``, with the settings for Kubernetes in their pods.

    A variable with a path in a volume has the same fate as the volume.
    """
    if cursor is None:
        return {}
    found = with_pods({name: executor(entry) for name, entry in cursor.items()}, platforms)
    for label, one in found.items() if platforms else ():
        if lost := credentials(one):
            for entry in cursor.child(label).child("container").child("env").elements():
                if entry.get("name").peek() in lost:
                    for key in ("name", "value"):
                        entry.get(key).setting()
    return found


def executor(cursor: Cursor) -> Executor:
    """One entry of ``deploymentSpec.executors``."""
    if (container := cursor.find("container")) is not None:
        return _container(container)
    if (importer := cursor.find("importer")) is not None:
        return _importer(importer)
    for kind in _OPAQUE:
        if (content := cursor.find(kind)) is not None:
            return OpaqueExecutor(kind=kind, content=content.value(), origin=cursor.origin)
    cursor.report(rules.EMPTY_EXECUTOR)
    return OpaqueExecutor(kind="container", content={}, origin=cursor.origin)


def artifact(cursor: Cursor) -> Artifact:
    """One entry of the ``artifacts`` of an interface."""
    title, instance, version = _artifact_type(cursor.find("artifactType"))
    return Artifact(
        schema_title=title,
        instance_schema=instance,
        schema_version=version,
        is_list=cursor.take("isArtifactList", bool, False),
        optional=cursor.take("isOptional", bool, False),
        description=cursor.take("description", str, ""),
        metadata=_struct(cursor.find("metadata")),
        origin=cursor.origin,
    )


def _struct(cursor: Cursor | None) -> dict[str, Json]:
    return {} if cursor is None else {name: entry.value() for name, entry in cursor.items()}


def _artifact_type(cursor: Cursor | None) -> tuple[str, str, str]:
    if cursor is None:
        return "", "", ""
    return (
        cursor.take("schemaTitle", str, ""),
        cursor.take("instanceSchema", str, ""),
        cursor.take("schemaVersion", str, ""),
    )


def _container(cursor: Cursor) -> Container:
    env = cursor.find("env")
    lifecycle = cursor.find("lifecycle")
    resources = cursor.find("resources")
    return Container(
        image=parse_text(legacy.required(cursor, "image")),
        command=_words(cursor.find("command")),
        args=_words(cursor.find("args")),
        env=() if env is None else tuple(map(_env_variable, env.elements())),
        lifecycle=None if lifecycle is None else lifecycle.value(),
        resources=None if resources is None else _resources(resources),
        origin=cursor.origin,
    )


def _words(cursor: Cursor | None) -> tuple[Text, ...]:
    return () if cursor is None else tuple(parse_text(w.string()) for w in cursor.elements())


def _env_variable(cursor: Cursor) -> EnvVariable:
    return EnvVariable(
        name=cursor.take("name", str),
        value=parse_text(cursor.take("value", str, "")),
        origin=cursor.origin,
    )


def _resources(cursor: Cursor) -> Resources:
    accelerator = cursor.find("accelerator")
    return Resources(
        cpu_limit=_amount(cursor, "CpuLimit"),
        cpu_request=_amount(cursor, "CpuRequest"),
        memory_limit=_amount(cursor, "MemoryLimit"),
        memory_request=_amount(cursor, "MemoryRequest"),
        accelerator=None if accelerator is None else _accelerator(accelerator),
        origin=cursor.origin,
    )


def _amount(cursor: Cursor, name: str) -> Amount | None:
    """SDKs before 2.10 wrote numbers only, 2.10 and 2.11 text only, later versions both."""
    number = cursor.take(name[0].lower() + name[1:], float, None)
    text = cursor.take(f"resource{name}", str, None)
    if number is None and text is None:
        return None
    return Amount(
        number=number, text=None if text is None else parse_text(text), origin=cursor.origin
    )


def _accelerator(cursor: Cursor) -> Accelerator:
    older = cursor.take("type", str, "")
    count = legacy.integer(cursor, "count")
    kind = cursor.take("resourceType", str, older)
    number = cursor.take("resourceCount", str, "" if count is None else str(count))
    for old, new in (("type", "resourceType"), ("count", "resourceCount")):
        if cursor.find(new) is not None:  # since kfp 2.11 the file has both
            cursor.get(old).inert()
    waits = bool(parse_text(number).placeholders())
    if number and not waits and not re.fullmatch(r"[0-9]{1,18}", number):
        cursor.child("resourceCount").report(rules.UNKNOWN_VALUE, value=number, field="count")
    return Accelerator(
        type=parse_text(kind) if kind else None,
        count=parse_text(number) if number else None,
        origin=cursor.origin,
    )


def _importer(cursor: Cursor) -> Importer:
    title, instance, version = _artifact_type(cursor.find("typeSchema"))
    return Importer(
        uri=runtime_value(cursor.child("artifactUri")),
        artifact=Artifact(schema_title=title, instance_schema=instance, schema_version=version),
        reimport=cursor.take("reimport", bool, False),
        metadata=_struct(cursor.find("metadata")),
        download_to_workspace=cursor.take("downloadToWorkspace", bool, False),
        origin=cursor.origin,
    )


def runtime_value(cursor: Cursor) -> Constant | RuntimeParameter:
    """A value of ``ValueOrRuntimeParameter``, in any of its three spellings."""
    if "runtimeParameter" in cursor:
        return RuntimeParameter(name=cursor.take("runtimeParameter", str), origin=cursor.origin)
    if (older := cursor.find("constantValue")) is not None:
        return Constant(value=legacy.typed_value(older), origin=cursor.origin)
    # A null constant is a value: `find` and `child` would treat it as missing.
    found = cursor.get("constant") if "constant" in cursor else cursor.child("constant")
    return Constant(value=found.value(), origin=cursor.origin)
