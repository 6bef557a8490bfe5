"""Vertex AI on loopback, for the unmodified SDK: gRPC over TLS, built on the SDK's own messages.

The SDK finds it by environment alone (``Vertex.environment``): gRPC tunnels its calls through a
proxy of ours, which leads to our port whatever host is asked for, and trusts our certificate.
It keeps what arrives and refuses what the API's documents say is refused. There is also as much of
Cloud Storage and the Resource Manager as the SDK looks at before it submits a run.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import ipaddress
import json
import re
import select
import socket
import socketserver
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud import aiplatform_v1, resourcemanager_v3
from google.protobuf import json_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROJECT_NUMBER = 123
_JOB_ID = re.compile(r"[a-z][a-z0-9-]{0,127}")
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")
_TYPES: dict[str, Any] = {
    "STRING": str,
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
#: How a value of schema 2.0.0 says that it is of a type.
_VALUE_KEYS = {"STRING": "stringValue", "INT": "intValue", "DOUBLE": "doubleValue"}


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Vertex:
    """What the service holds, and how it behaves."""

    #: The states that a run shows, one for each look; the last one stays.
    states: tuple[str, ...] = ("PENDING", "RUNNING", "SUCCEEDED")
    #: Looks at a run that break before one succeeds.
    broken_looks: int = 0
    #: Method → the requests that arrived, as protobuf messages, refused ones too.
    requests: dict[str, list[Any]] = field(default_factory=dict)
    jobs: dict[str, Any] = field(default_factory=dict)
    looks: int = 0
    #: Name → an experiment, or a run's place among them.
    contexts: dict[str, Any] = field(default_factory=dict)
    #: Nothing may be added to an experiment, and nobody may look at a bucket.
    closed: bool = False
    #: Bucket → its location.
    buckets: dict[str, str] = field(default_factory=dict)
    #: Method and path of the calls to Cloud Storage.
    storage: list[str] = field(default_factory=list)
    #: What a process needs in its environment to end up here.
    environment: dict[str, str] = field(default_factory=dict)
    #: Where the API is without TLS.
    rest: str = ""

    def reset(self) -> None:
        """Forgets what was; the address stays."""
        fresh = Vertex()
        for name in vars(fresh):
            if name not in ("environment", "rest"):
                setattr(self, name, getattr(fresh, name))

    def keep(self, method: str, request: Any) -> None:
        """Notes that a request arrived."""
        self.requests.setdefault(method, []).append(type(request).pb(request))


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Vertex]:
    """The service, running. ``folder`` takes its certificate and throw-away credentials."""
    vertex = Vertex()
    key, certificate = _certificate()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers(_handlers(vertex))
    credentials = grpc.ssl_server_credentials([(_pem(key), certificate)])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    with _threaded(_proxy(port)) as proxy, _threaded(_http(vertex)) as rest:
        vertex.rest = f"http://127.0.0.1:{rest}"
        vertex.environment = _environment(folder, key, certificate, proxy, vertex.rest)
        yield vertex
    server.stop(None)


def _environment(
    folder: Path, key: rsa.RSAPrivateKey, certificate: bytes, proxy: int, http: str
) -> dict[str, str]:
    (folder / "ca.pem").write_bytes(certificate)
    account = {
        "type": "service_account",
        "project_id": "p1",
        "private_key_id": "k",
        "private_key": _pem(key).decode(),
        "client_email": "deployer@p1.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{http}/token",
    }
    (folder / "adc.json").write_text(json.dumps(account))
    return {
        "grpc_proxy": f"http://127.0.0.1:{proxy}",
        "no_grpc_proxy": "localhost,127.0.0.1",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(folder / "ca.pem"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "adc.json"),
        "STORAGE_EMULATOR_HOST": http,
        "NO_GCE_CHECK": "true",
    }


# The API


def _handlers(vertex: Vertex) -> tuple[grpc.GenericRpcHandler, ...]:
    v1 = aiplatform_v1
    pipelines = {
        "CreatePipelineJob": (create_pipeline_job, v1.CreatePipelineJobRequest, v1.PipelineJob),
        "GetPipelineJob": (get_pipeline_job, v1.GetPipelineJobRequest, v1.PipelineJob),
    }
    schedules = {"CreateSchedule": (create_schedule, v1.CreateScheduleRequest, v1.Schedule)}
    metadata = {
        "GetMetadataStore": (get_store, v1.GetMetadataStoreRequest, v1.MetadataStore),
        "GetContext": (get_context, v1.GetContextRequest, v1.Context),
        "CreateContext": (create_context, v1.CreateContextRequest, v1.Context),
        "AddContextChildren": (
            add_context_children,
            v1.AddContextChildrenRequest,
            v1.AddContextChildrenResponse,
        ),
    }
    manager = resourcemanager_v3
    projects = {"GetProject": (get_project, manager.GetProjectRequest, manager.Project)}
    return (
        _service(vertex, "google.cloud.aiplatform.v1.PipelineService", pipelines),
        _service(vertex, "google.cloud.aiplatform.v1.ScheduleService", schedules),
        _service(vertex, "google.cloud.aiplatform.v1.MetadataService", metadata),
        _service(vertex, "google.cloud.resourcemanager.v3.Projects", projects),
    )


def _service(
    vertex: Vertex, name: str, methods: dict[str, tuple[Any, Any, Any]]
) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        name,
        {
            method: grpc.unary_unary_rpc_method_handler(
                _answering(vertex, method, answer),
                request_deserializer=request.deserialize,
                response_serializer=response.serialize,
            )
            for method, (answer, request, response) in methods.items()
        },
    )


def _answering(
    vertex: Vertex, method: str, answer: Callable[[Vertex, Any], Any]
) -> Callable[[Any, grpc.ServicerContext], Any]:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        vertex.keep(method, request)
        try:
            return answer(vertex, request)
        except Refused as refused:
            context.abort(refused.code, str(refused))

    return handle


def create_pipeline_job(vertex: Vertex, request: Any) -> Any:
    """The run, if the documents let it through."""
    if not _JOB_ID.fullmatch(request.pipeline_job_id):
        _invalid(f"pipeline_job_id {request.pipeline_job_id!r}")
    name = f"{request.parent}/pipelineJobs/{request.pipeline_job_id}"
    if name in vertex.jobs:
        raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"{name} already exists")
    check_job(type(request.pipeline_job).to_dict(request.pipeline_job), request.pipeline_job)
    job = aiplatform_v1.PipelineJob(request.pipeline_job)
    job.name = name
    place = f"{request.parent}/metadataStores/default/contexts/{request.pipeline_job_id}"
    context = aiplatform_v1.Context(name=place, schema_title="system.PipelineRun")
    job.job_detail = {"pipeline_run_context": context}
    vertex.jobs[name], vertex.contexts[place] = job, context
    return job


def get_pipeline_job(vertex: Vertex, request: Any) -> Any:
    """The run in its next state."""
    vertex.looks += 1
    if vertex.looks <= vertex.broken_looks:
        raise Refused(grpc.StatusCode.INTERNAL, "try again")
    job = vertex.jobs[request.name]
    seen = vertex.looks - vertex.broken_looks - 1
    state = vertex.states[min(seen, len(vertex.states) - 1)]
    job.state = f"PIPELINE_STATE_{state}"
    if state == "FAILED":
        job.error = {"code": 9, "message": "The DAG failed because some tasks failed."}
        details = [
            {"task_name": "prepare", "state": "SUCCEEDED"},
            {"task_name": "train", "state": "FAILED", "error": {"message": "exit status 3"}},
        ]
        job.job_detail.task_details = details
    return job


def create_schedule(vertex: Vertex, request: Any) -> Any:
    """The schedule, if the documents let it through."""
    fields = re.sub(r"^(CRON_)?TZ=\S+ ", "", request.schedule.cron).split()
    inner = request.schedule.create_pipeline_job_request
    if len(fields) != 5:
        _invalid(f"cron {request.schedule.cron!r}")
    if inner.pipeline_job_id or inner.pipeline_job.display_name:
        _invalid("a schedule has no id and no display name of runs")
    check_job(type(inner.pipeline_job).to_dict(inner.pipeline_job), inner.pipeline_job)
    schedule = aiplatform_v1.Schedule(request.schedule)
    schedule.name = f"{request.parent}/schedules/77"
    return schedule


def get_store(_: Vertex, request: Any) -> Any:
    """The store of metadata, which is always there."""
    return aiplatform_v1.MetadataStore(name=request.name)


def get_context(vertex: Vertex, request: Any) -> Any:
    """An experiment, or the place of a run among them."""
    if request.name not in vertex.contexts:
        raise Refused(grpc.StatusCode.NOT_FOUND, f"{request.name} is not found")
    return vertex.contexts[request.name]


def create_context(vertex: Vertex, request: Any) -> Any:
    """A new experiment."""
    context = aiplatform_v1.Context(request.context)
    context.name = f"{request.parent}/contexts/{request.context_id}"
    vertex.contexts[context.name] = context
    return context


def add_context_children(vertex: Vertex, request: Any) -> Any:
    """Joins a run to an experiment, if that is allowed."""
    if vertex.closed:
        raise Refused(grpc.StatusCode.PERMISSION_DENIED, "not yours")
    return aiplatform_v1.AddContextChildrenResponse()


def get_project(_: Vertex, request: Any) -> Any:
    """Any project there is."""
    project = request.name.removeprefix("projects/")
    return resourcemanager_v3.Project(name=f"projects/{PROJECT_NUMBER}", project_id=project)


def check_job(job: dict[str, Any], message: Any) -> None:
    """Refuses what the documents say is refused."""
    from kfp.pipeline_spec import pipeline_spec_pb2

    pb = type(message).pb(message)
    spec = json_format.MessageToDict(pb.pipeline_spec)
    try:
        json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except json_format.ParseError as error:
        _invalid(f"pipeline_spec: {error}")
    if not job["runtime_config"]["gcs_output_directory"].startswith("gs://"):
        _invalid("gcs_output_directory")
    for key, value in job.get("labels", {}).items():
        if not (_LABEL.fullmatch(key) and _LABEL.fullmatch(value)):
            _invalid(f"label {key}")
    network = job.get("network", "")
    if network and not re.fullmatch(r"projects/\d+/global/networks/[a-z0-9-]+", network):
        _invalid(f"network {network}")
    runtime = json_format.MessageToDict(pb.runtime_config)
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    if spec["schemaVersion"] == "2.0.0":
        _check_typed_values(inputs, runtime.get("parameters", {}))
        other = "parameterValues"
    else:
        _check_values(inputs, runtime.get("parameterValues", {}))
        other = "parameters"
    if other in runtime:
        _invalid(f"{other} with schema {spec['schemaVersion']}")


def _check_typed_values(inputs: dict[str, Any], given: dict[str, Any]) -> None:
    """Those of schema 2.0.0, which has no defaults and no optional inputs."""
    if given.keys() != inputs.keys():
        _invalid(f"parameters are {', '.join(inputs)}, not {', '.join(given)}")
    for name, value in given.items():
        if list(value) != [_VALUE_KEYS[inputs[name]["type"]]]:
            _invalid(f"parameter {name} is of the wrong type")


def _check_values(inputs: dict[str, Any], given: dict[str, Any]) -> None:
    for name, value in given.items():
        if name not in inputs:
            _invalid(f"parameter {name} is not known")
        if not isinstance(value, _TYPES[inputs[name]["parameterType"]]):
            _invalid(f"parameter {name} is of the wrong type")
    for name, known in inputs.items():
        if name not in given and "defaultValue" not in known and not known.get("isOptional"):
            _invalid(f"parameter {name} is missing")


def _invalid(message: str) -> None:
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


# Without gRPC: the REST form of the API, Cloud Storage, tokens


def _http(vertex: Vertex) -> socketserver.BaseServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _respond(self, vertex, {})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in (self.headers.get("Content-Type") or "")
            _respond(self, vertex, json.loads(data) if is_json and data else {})

        do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def _respond(handler: BaseHTTPRequestHandler, vertex: Vertex, body: dict[str, Any]) -> None:
    url = urllib.parse.urlsplit(handler.path)
    query = dict(urllib.parse.parse_qsl(url.query))
    if url.path == "/token":
        status, answer = 200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
    elif url.path.startswith("/storage/"):
        vertex.storage.append(f"{handler.command} {url.path}")
        status, answer = _storage(vertex, handler.command, url.path.split("/")[4:], body)
    else:
        status, answer = _rest(vertex, url.path, query, body)
    data = json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _storage(
    vertex: Vertex, method: str, path: list[str], body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    if vertex.closed:
        return 403, {"error": {"code": 403, "message": "no storage.buckets.get"}}
    if path[1:] == ["iam"]:
        return 200, {"kind": "storage#policy", "bindings": body.get("bindings", []), "etag": "x"}
    if method == "POST":
        vertex.buckets[body["name"]] = body.get("location", "US").upper()
    name = body["name"] if method == "POST" else path[0]
    if name not in vertex.buckets:
        return 404, {"error": {"code": 404, "message": "The specified bucket does not exist."}}
    location = vertex.buckets[name]
    return 200, {"name": name, "location": location, "projectNumber": str(PROJECT_NUMBER)}


def _rest(
    vertex: Vertex, path: str, query: dict[str, str], body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    parent = re.fullmatch(r"/v1/(projects/[^/]+/locations/[^/]+)/pipelineJobs", path)
    if parent is None:
        return 404, {"error": {"code": 404, "message": f"no {path}"}}
    request = aiplatform_v1.CreatePipelineJobRequest()
    pb = type(request).pb(request)
    json_format.ParseDict(
        {
            "parent": parent[1],
            "pipelineJobId": query.get("pipelineJobId", ""),
            "pipelineJob": body,
        },
        pb,
    )
    vertex.keep("CreatePipelineJob", request)
    try:
        job = create_pipeline_job(vertex, request)
    except Refused as refused:
        return 400, {"error": {"code": 400, "message": str(refused)}}
    return 200, json_format.MessageToDict(type(job).pb(job))


# Wires


def _proxy(port: int) -> socketserver.BaseServer:
    """Answers CONNECT for any host with our own port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                received = self.request.recv(4096)
                if not received:
                    return
                head += received
            with socket.create_connection(("127.0.0.1", port)) as inside:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with contextlib.suppress(OSError):
                    _pipe(self.request, inside)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def _pipe(left: socket.socket, right: socket.socket) -> None:
    others = {left: right, right: left}
    while True:
        for ready in select.select([left, right], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            others[ready].sendall(data)


@contextlib.contextmanager
def _threaded(server: socketserver.BaseServer) -> Iterator[int]:
    """The port of a server that runs in a thread."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()


def _certificate() -> tuple[rsa.RSAPrivateKey, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names: list[x509.GeneralName] = [
        x509.DNSName("*.googleapis.com"),
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
