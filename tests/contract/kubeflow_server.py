"""An HTTP server of Kubeflow Pipelines' API v2beta1 on loopback, for the unmodified client.

It keeps what arrives and refuses what the API server refuses (backend/src/apiserver of
kubeflow/pipelines, 2.17): pipeline specs that do not parse strictly, arguments that are unknown,
missing or of the wrong type, and schedules that robfig/cron v1 cannot read. Like the real one, it
drops the arguments of a run of a v1 workflow.
"""

from __future__ import annotations

import contextlib
import email.parser
import email.policy
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API = "/apis/v2beta1"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    #: A JSON body.
    body: dict[str, Any] = field(default_factory=dict)
    #: An uploaded file.
    file: bytes = b""


@dataclass
class Backend:
    """What the server holds, and how it behaves."""

    #: The states that a run shows, one for each look; the last one stays.
    states: tuple[str, ...] = ("PENDING", "RUNNING", "SUCCEEDED")
    #: A bearer token without which nobody is let in.
    token: str = ""
    #: Looks at a run that break before one succeeds.
    broken_looks: int = 0
    #: What a run is refused with.
    refusal: str = ""
    #: As with BLOCK_V1_PIPELINES: which requests refuse pipelines of KFP v1, with their texts.
    blocks_v1: Mapping[str, str] = field(default_factory=dict)
    #: Path → status and address of a redirect.
    redirects: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: Path → the body that is answered there, whatever is asked.
    odd: Mapping[str, bytes] = field(default_factory=dict)
    #: Paths whose answers begin and do not go on.
    stalls: frozenset[str] = frozenset()
    requests: list[Request] = field(default_factory=list)
    experiments: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    #: Each with ``pipeline_spec``: the file's own value.
    versions: list[dict[str, Any]] = field(default_factory=list)
    #: Each with ``effective_arguments``: what its tasks would see.
    runs: list[dict[str, Any]] = field(default_factory=list)
    recurring_runs: list[dict[str, Any]] = field(default_factory=list)

    def sent(self, method: str, path: str) -> list[Request]:
        """The requests to one address."""
        return [r for r in self.requests if (r.method, r.path) == (method, API + path)]


class Refused(Exception):
    """A request that the server answers with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@contextlib.contextmanager
def serving(backend: Backend) -> Iterator[str]:
    """The address of a server with this backend."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, backend)

        def do_POST(self) -> None:
            _answer(self, backend)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, backend: Backend) -> None:
    request = _read(handler)
    backend.requests.append(request)
    path = request.path.removeprefix(API)
    if path in backend.redirects:
        status, place = backend.redirects[path]
        handler.send_response(status)
        handler.send_header("Location", place)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    if path in backend.stalls:
        _stall(handler)
        return
    try:
        status, answer = 200, {} if path in backend.odd else _route(request, backend)
    except Refused as refused:
        status = refused.status
        answer = {"code": 3, "message": str(refused), "error": str(refused)}
    data = backend.odd.get(path) or json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _stall(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    time.sleep(5)


def _read(handler: BaseHTTPRequestHandler) -> Request:
    url = urllib.parse.urlsplit(handler.path)
    data = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    kind = handler.headers.get("Content-Type") or ""
    is_upload = kind.startswith("multipart/")
    return Request(
        method=handler.command,
        path=url.path,
        query=dict(urllib.parse.parse_qsl(url.query)),
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=json.loads(data) if data and not is_upload else {},
        file=_uploaded(kind, data) if is_upload else b"",
    )


def _uploaded(kind: str, data: bytes) -> bytes:
    """The field ``uploadfile`` of a form."""
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    for part in parser.parsebytes(head + data).iter_parts():
        if part.get_param("name", header="content-disposition") == "uploadfile":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise Refused(400, "Failed to read pipeline from file")


def _route(request: Request, backend: Backend) -> dict[str, Any]:
    if backend.token and request.headers.get("authorization") != f"Bearer {backend.token}":
        raise Refused(401, "Unauthorized")
    path = request.path.removeprefix(API)
    match request.method, path.strip("/").split("/"):
        case "GET", ["healthz"]:
            return {"multi_user": False, "tag_name": "2.17.0", "pipeline_store": "database"}
        case "GET", ["experiments"]:
            return {"experiments": _found(backend.experiments, request)}
        case "POST", ["experiments"]:
            return _add(backend.experiments, "experiment_id", request.body)
        case "GET", ["pipelines"]:
            return {"pipelines": _found(backend.pipelines, request)}
        case "POST", ["pipelines", "upload"]:
            return _upload(request, backend)
        case "POST", ["pipelines", "upload_version"]:
            return _upload_version(request, backend)
        case "GET", ["pipelines", pipeline, "versions"]:
            versions = [v for v in backend.versions if v["pipeline_id"] == pipeline]
            return {"pipeline_versions": _found(versions, request)}
        case "POST", ["runs"]:
            if backend.refusal:
                raise Refused(400, backend.refusal)
            effective = _effective_arguments(request.body, backend)
            run = {**request.body, "state": "PENDING", "effective_arguments": effective, "looks": 0}
            return _add(backend.runs, "run_id", run)
        case "GET", ["runs", run_id]:
            return _look(next(r for r in backend.runs if r["run_id"] == run_id), backend)
        case "POST", ["recurringruns"]:
            _check_trigger(request.body)
            effective = _effective_arguments(request.body, backend)
            made = {**request.body, "effective_arguments": effective}
            return _add(backend.recurring_runs, "recurring_run_id", made)
    raise Refused(404, f"Not Found: {request.method} {request.path}")


def _add(things: list[dict[str, Any]], key: str, thing: dict[str, Any]) -> dict[str, Any]:
    made = {**thing, key: f"{key.removesuffix('_id')}-{len(things) + 1}"}
    things.append(made)
    return {name: value for name, value in made.items() if name not in _OURS}


_OURS = ("effective_arguments", "looks")


def _found(things: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """Those that the filter of the request finds."""
    predicates = json.loads(request.query.get("filter") or "{}").get("predicates", [])
    for predicate in predicates:
        assert predicate["operation"] in ("EQUALS", 1), predicate
        wanted = predicate["stringValue"]
        things = [thing for thing in things if thing[predicate["key"]] == wanted]
    return things


def _upload(request: Request, backend: Backend) -> dict[str, Any]:
    name = request.query.get("name", "pipeline.yaml")
    if any(pipeline["display_name"] == name for pipeline in backend.pipelines):
        raise Refused(409, "Failed to create a pipeline and a pipeline version")
    spec = parsed(request.file)
    if "upload" in backend.blocks_v1 and _is_workflow(spec):
        raise Refused(400, backend.blocks_v1["upload"])
    pipeline = _add(backend.pipelines, "pipeline_id", {"display_name": name})
    version = {"display_name": name, "pipeline_id": pipeline["pipeline_id"], "pipeline_spec": spec}
    _add(backend.versions, "pipeline_version_id", version)
    return pipeline


def _upload_version(request: Request, backend: Backend) -> dict[str, Any]:
    name, pipeline = request.query["name"], request.query["pipelineid"]
    if any((v["display_name"], v["pipeline_id"]) == (name, pipeline) for v in backend.versions):
        raise Refused(409, "Failed to create a pipeline version")
    version = {"display_name": name, "pipeline_id": pipeline, "pipeline_spec": parsed(request.file)}
    return _add(backend.versions, "pipeline_version_id", version)


def parsed(data: bytes) -> dict[str, Any]:
    """The value of an uploaded file, if the server knows its format (template.go)."""
    documents = [document for document in yaml.safe_load_all(data) if document]
    if documents and _is_workflow(documents[0]):
        return dict(documents[0])
    spec: dict[str, Any] = next((d for d in documents if "platforms" not in d), {})
    _require_pipeline_spec(spec)
    platforms = next((d for d in documents if "platforms" in d), None)
    return {"pipeline_spec": spec, "platform_spec": platforms} if platforms else dict(spec)


def _is_workflow(document: dict[str, Any]) -> bool:
    version = str(document.get("apiVersion", ""))
    return version.startswith("argoproj.io/") and document.get("kind") == "Workflow"


def _require_pipeline_spec(spec: dict[str, Any]) -> None:
    from google.protobuf import json_format  # type: ignore[import-untyped,unused-ignore]
    from kfp.pipeline_spec import pipeline_spec_pb2  # type: ignore[import-untyped,unused-ignore]

    try:
        json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except json_format.ParseError as error:
        raise Refused(400, f"unknown template format: {error}") from error
    if not spec.get("pipelineInfo", {}).get("name") or "root" not in spec:
        raise Refused(400, "unknown template format")
    if spec.get("schemaVersion") != "2.1.0":
        raise Refused(400, "unsupported schema version")


def _effective_arguments(body: dict[str, Any], backend: Backend) -> dict[str, Any]:
    """What the tasks would see, once the server has accepted the values."""
    given = body.get("runtime_config", {}).get("parameters", {})
    spec = body.get("pipeline_spec")
    if reference := body.get("pipeline_version_reference"):
        (version,) = (
            v
            for v in backend.versions
            if v["pipeline_id"] == reference["pipeline_id"]
            and v["pipeline_version_id"] == reference["pipeline_version_id"]
        )
        spec = version["pipeline_spec"]
    assert spec is not None, "neither a spec nor a reference"
    if _is_workflow(spec):
        if "run" in backend.blocks_v1:
            raise Refused(400, backend.blocks_v1["run"])
        # api_converter.go sets specParams to "": what is given is dropped.
        listed = spec["spec"].get("arguments", {}).get("parameters", [])
        return {entry["name"]: entry.get("value") for entry in listed}
    spec = spec.get("pipeline_spec", spec)
    _require_pipeline_spec(spec)
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, value in given.items():
        if name not in inputs:
            raise Refused(400, f"parameter {name} is not in the pipeline")
        if not isinstance(value, _TYPES[inputs[name]["parameterType"]]):
            raise Refused(400, f"parameter {name} has the wrong type")
    for name, spec_of in inputs.items():
        if name not in given and "defaultValue" not in spec_of and not spec_of.get("isOptional"):
            raise Refused(400, f"parameter {name} is missing")
    return {n: given.get(n, i.get("defaultValue")) for n, i in inputs.items()}


_TYPES: dict[str, Any] = {
    "STRING": str,
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}


def _check_trigger(body: dict[str, Any]) -> None:
    cron = body.get("trigger", {}).get("cron_schedule", {}).get("cron", "")
    if not cron.startswith("@") and len(cron.split()) not in (5, 6):
        raise Refused(400, f"Expected 5 to 6 fields: {cron}")
    if not 1 <= int(body.get("max_concurrency", 0)) <= 10:
        raise Refused(400, "The max_concurrency of the recurring run is out of bound")


def _look(run: dict[str, Any], backend: Backend) -> dict[str, Any]:
    run["looks"] += 1
    if run["looks"] <= backend.broken_looks:
        raise Refused(503, "upstream connect error")
    seen = run["looks"] - backend.broken_looks - 1
    state = backend.states[min(seen, len(backend.states) - 1)]
    answer = {"run_id": run["run_id"], "display_name": run["display_name"], "state": state}
    if state == "FAILED":
        answer["error"] = {"code": 13, "message": "step train failed"}
        details = [{"display_name": "train", "state": "FAILED"}]
        answer["run_details"] = {"task_details": details}
    return answer
