"""References to services outside of the pipeline: addresses, storage, a cluster, a registry."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from translator.checks.texts import left_by_compiler, macros, of_server, texts
from translator.diagnostics import vertex as rules
from translator.model import Container, Importer
from translator.model.channels import readable
from translator.placeholders import PlaceholderKind, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.checks.texts import Written
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

# Expressions are compiled where they are needed, which is rarely.
#: A label has at most 63 characters; without a bound, long words take quadratic time.
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PORT = r"(?::\d{2,5})?"
#: Part of an address in the cluster → the expression: ``name.namespace.svc…``, ``name.kubeflow``,
#: and services of KFP itself. Most texts have none of the parts.
_CLUSTER_HOSTS = {
    ".svc": rf"(?:\w{{1,20}}://)?(?:{_HOST}\.){{1,10}}svc(?:\.cluster\.local)?{_PORT}(?![.-]*\w)",
    ".kubeflow": rf"(?:\w{{1,20}}://)?{_HOST}\.kubeflow{_PORT}(?![.-]*\w)",
    **{
        f"{name}:": rf"(?:\w{{1,20}}://)?\b{name}:\d{{2,5}}"
        for name in ("minio-service", "ml-pipeline", "mysql", "metadata-grpc-service")
    },
}
#: A name without a dot: a service of the same namespace. Only if it is the whole value.
_BARE_HOST = rf"https?://(?!localhost\b){_HOST}{_PORT}(?:/\S*)?"
#: A line with a comment of a shell or of Python.
_COMMENT = r"""(?m)^(?P<code>(?:[^#\n'"]|'[^'\n]*'|"[^"\n]*"|(?<=\S)#)*)(?<!\S)#.*$"""
#: Part of a scheme of other storage → the expression for the scheme.
_SCHEMES = {
    "s3": "s3[an]?",
    "minio": "minio",
    "hdfs": "hdfs",
    "wasb": "wasbs?",
    "abfs": "abfss?",
    "oss": "oss",
}
_STORAGE = rf"(?:{'|'.join(_SCHEMES.values())})://"
#: A model in a container image, which KFP's launcher mounts ("Modelcar").
_MODEL_IMAGE = "oci://"
#: What only programs use that control the cluster they run on: a part of it → the expression.
_PROGRAM = {
    "kube": r"\bkubectl\b|\bkuberay\b|serving\.kubeflow\.org/v\w+|kubeflow\.org/v\d\w*"
    r"|kubernetes\.client|from kubernetes import|from kubeflow[. ]"
    r"|import (?:kubernetes\b|kubernetes_asyncio|pykube|lightkube)",
    "kserve": r"kservedeployer\.py|serving\.kserve\.io/v\w+|\bkserve\b",
    "kfserving": r"kfservingdeployer\.py|\bkfserving\b",
    "katib": r"\bkatib\b",
    "seldon": r"machinelearning\.seldon\.io/v\w+",
    "incluster": r"load_incluster_config",
    "spark": r"sparkoperator\.k8s\.io/\w+",
    "argoproj": r"argoproj\.io/\w+",
    "openshift": r"from openshift[. ]",
    "codeflare": r"\bcodeflare_sdk\b",
    "ray://": r"\bray://",
    "ray.io": r"\bray\.io/v\w+",
    "ray job": r"\bray job submit\b",
    "ray.init": r"\bray\.init\(\s*(?:address|[\"'])",
}
_INSTEAD = (
    (
        ("serving", "kserve", "seldon"),
        " with `ModelUploadOp` and `ModelDeployOp` of google-cloud-pipeline-components, which "
        "serve a model on Vertex AI",
    ),
    (("katib",), " with `HyperparameterTuningJobRunOp` of google-cloud-pipeline-components"),
    (("kubeflow.org/v",), " with `CustomTrainingJobOp` of google-cloud-pipeline-components"),
    (("ray", "codeflare"), " with Ray on Vertex AI (`google-cloud-aiplatform[ray]`)"),
    (("sparkoperator",), " with the Dataproc components of google-cloud-pipeline-components"),
)
#: Argo's references, which KFP v2 does not resolve.
_ARGO_REFERENCE = (
    r"\{\{ ?(?:workflow|pod|node|inputs|tasks|steps)\.[\w.-]+ ?\}\}|\{\{item(?:\.\w+)?\}\}"
)
#: Placeholders of google-cloud-pipeline-components, and their suffix.
_GOOGLES = (
    r"\$\.pipeline_(?:google_cloud_project_id|google_cloud_location|service_account|network"
    r"|persistent_resource_id|encryption_key_name)|.*\.json_escape\[\d\]"
)
#: Hosts inside a cluster or on one computer, and the private addresses of RFC 1918.
_LOCAL_REGISTRY = (
    r"(?:localhost|kind-registry|registry\.local|host\.(?:docker|minikube)\.internal|[\w-]+:\d+"
    r"|(?=[\w.-]*\.svc(?![\w-]))[\w.-]+"
    r"|(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3})(?::\d+)?/"
)
#: The host of each such registry contains one of these, or begins with a digit.
_LOCAL_SIGNS = ("localhost", "kind-registry", "registry.local", ".internal", ".svc", ":")
#: The most characters of an address in a message.
SHOWN = 60


def references(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Addresses, storage and placeholders that are not those of Vertex AI, in all texts."""
    for root in (pipeline.default_root, pipeline.submission.pipeline_root):
        if root and not root.startswith(("gs://", "{{")):
            yield rules.FOREIGN_ROOT.at(pipeline.origin, root=_short(root))
    imported = set()
    if any(isinstance(one, Importer) for one in pipeline.executors.values()):
        from translator.targets.vertex.checks.imports import imports

        found = [one._replace(uri=readable(one.uri)) for one in imports(pipeline)]
        imported = {(id(one.holder), one.uri) for one in found}
        for uri, origin in dict.fromkeys((one.uri, one.origin) for one in found):
            if re.match(_STORAGE, uri) or uri.startswith(_MODEL_IMAGE):
                yield rules.IMPORTER_STORAGE.at(origin, address=_short(uri))
    of_cluster, of_storage = cache(_cluster_addresses), cache(_storage_addresses)  # texts repeat
    for written in texts(pipeline):
        for address in of_cluster(written.text, written.is_value):
            facts = {"address": _short(address), "how": _how(written)}
            yield rules.CLUSTER_ADDRESS.at(written.origin, **facts)
        for address in of_storage(written.text, written.is_value):
            if (id(written.holder), address) not in imported:  # that is reported for the importer
                facts = {"address": _short(readable(address)), "how": _how(written)}
                yield rules.FOREIGN_STORAGE.at(written.origin, **facts)
        if "{{" in written.text or written.parameter:
            yield from _placeholders(written)


def _is_made_by_code(address: str) -> bool:
    """Whether its first part is a format placeholder or missing: ``s3://{bucket}/a``."""
    first = address.partition("://")[2]
    return not first or first.startswith("%s") or (first[0] == "{" and first[:2] != "{{")


def _placeholders(written: Written) -> Iterator[Diagnostic]:
    """Placeholders of another backend or compiler that are not resolved on Vertex AI."""
    for found in left_by_compiler(written.text):
        from translator.diagnostics import vertex_values

        yield vertex_values.LEFT_BY_COMPILER.at(written.origin, placeholder=_short(found))
    if written.parameter:
        for found in macros(written.text):
            from translator.diagnostics import vertex_values

            facts = {"placeholder": _short(found), "input": written.parameter}
            yield vertex_values.MACRO.at(written.origin, **facts)
    for found in dict.fromkeys(_unknown(written)):
        yield rules.KNOWN_TO_KUBEFLOW.at(written.origin, placeholder=_short(found))


def _unknown(written: Written) -> Iterator[str]:
    text = written.text
    if not written.parameter:  # in values of inputs, main.py resolves those of Argo and its server
        if text.count("{{") > text.count("{{$"):
            yield from re.findall(_ARGO_REFERENCE, text)
        yield from of_server(text)
    if "{{$.workspace_path" not in text and "{{$.pipeline" not in text:
        return
    for placeholder in parse_text(text).placeholders():
        if placeholder.kind is PlaceholderKind.WORKSPACE_PATH or (
            placeholder.kind is PlaceholderKind.UNKNOWN
            and placeholder.name.startswith("$.pipeline")
            and not re.match(_GOOGLES, placeholder.name)
        ):
            yield str(placeholder)


def programs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Containers that use the API of the Kubernetes cluster they run in."""
    for label, sign in signs_of_cluster(pipeline).items():
        instead = next((how for keys, how in _INSTEAD if any(k in sign for k in keys)), "")
        origin = pipeline.executors[label].origin
        yield rules.CLUSTER_PROGRAM.at(origin, sign=sign, instead=instead)


def signs_of_cluster(pipeline: Pipeline) -> dict[str, str]:
    """Executor → what shows that its container uses the API of the cluster that it runs in."""
    signs_in = cache(_program_signs)  # containers share wrappers
    found = {
        label: next((sign for text in _argv(one) for sign in signs_in(text)), "")
        for label, one in pipeline.executors.items()
        if isinstance(one, Container)
    }
    return {label: sign for label, sign in found.items() if sign}


def _argv(container: Container) -> Iterator[str]:
    """The image, the command and its arguments."""
    return map(str, (container.image, *container.command, *container.args))


def _program_signs(text: str) -> list[str]:
    pattern = _expressions(_PROGRAM, text)
    return _in_code(pattern, text) if pattern else []


def images(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Images of registries inside a cluster."""
    for executor in pipeline.executors.values():
        if isinstance(executor, Container) and is_local(str(executor.image)):
            yield rules.LOCAL_IMAGE.at(executor.origin, image=str(executor.image))


def is_local(image: str) -> bool:
    """Whether an image is in a registry inside a cluster or on one computer."""
    host, slash, _ = image.partition("/")
    might = slash and (host[:1].isdigit() or any(map(host.__contains__, _LOCAL_SIGNS)))
    return bool(might) and re.match(_LOCAL_REGISTRY, image) is not None


def unreachable(text: str, is_value: bool) -> list[str]:
    """The addresses in a text that Vertex AI does not reach: those of a cluster, other storage.

    ``is_value``: whether it is no argument of a command.
    """
    return [*_cluster_addresses(text, is_value), *_storage_addresses(text, is_value)]


def reported(address: str) -> tuple[str, str]:
    """The code and the fact ``address`` of a finding about an address of ``unreachable``."""
    if re.match(_STORAGE, address):
        return rules.FOREIGN_STORAGE.code, _short(readable(address))
    return rules.CLUSTER_ADDRESS.code, _short(address)


def _storage_addresses(text: str, is_value: bool) -> list[str]:
    pattern = _storage(text) if "://" in text else ""
    found = _found(pattern, text, is_value) if pattern else []
    return [one for one in found if is_value or not _is_made_by_code(one)]


def _storage(text: str) -> str:
    """The expression for addresses of other storage in a text; empty if there is none."""
    schemes = _expressions(_SCHEMES, text)
    rest = r"(?:\{\{\$[^{}]*\}\}|[^\s\"'\\),;])*"
    return rf"\b(?:{schemes})://{rest}" if schemes else ""


def _cluster_addresses(text: str, is_value: bool) -> list[str]:
    pattern = _expressions(_CLUSTER_HOSTS, text)
    if pattern and (found := _found(pattern, text, is_value)):
        return found
    if is_value and text.startswith("http"):
        host = text.partition("://")[2].partition("/")[0]
        if "." not in host and re.fullmatch(_BARE_HOST, text):
            return [text]
    return []


def _expressions(known: Mapping[str, str], text: str) -> str:
    """The alternatives whose parts are in the text; empty if there are none."""
    return "|".join([expression for part, expression in known.items() if part in text])


def _found(pattern: str, text: str, is_value: bool) -> list[str]:
    """The matches of the pattern, each once."""
    found: list[str] = re.findall(pattern, text) if is_value else _in_code(pattern, text)
    return list(dict.fromkeys(found))


def _in_code(pattern: str, text: str) -> list[str]:
    """The matches of the pattern in an argument, except in comments of a program."""
    found: list[str] = re.findall(pattern, text)
    if found and "\n" in text and "#" in text:
        found = re.findall(pattern, re.sub(_COMMENT, r"\g<code>", text))
    return found


def _how(written: Written) -> str:
    return f" for parameter `{written.parameter}`" if written.parameter else ""


def _short(address: str) -> str:
    return address if len(address) <= SHOWN else address[: SHOWN - 1] + "…"
