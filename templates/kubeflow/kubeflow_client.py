"""kfp's client for one server of Kubeflow Pipelines, with limits.

The client alone follows redirects to other servers, with the token, the cookie and
the values of the pipeline, and reads an answer of any size for any time.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import io
import json
import logging
import os
import re
import threading
import urllib.parse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from script_support import SLIPS, Failure, installed, say, show_warnings_of

# Seconds for the first answer, which shows that the server is there, and for others.
FIRST_SECONDS = 10
ANSWER_SECONDS = 120
# Bytes of an answer; some contain a pipeline.
ANSWER_BYTES = 100_000_000
REDIRECTS = 10
# What a server answers that takes no pipelines of KFP v1.
V1_REFUSED = re.compile(r"V1 pipeline specs are not|is not allowed to run v1", re.I)

FORWARD = """\
If Kubeflow Pipelines runs in your own cluster, forward its port in another terminal:
  kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80
Otherwise give its address with --host."""
BELOW = """\
A multi-user Kubeflow has its API below /pipeline: --host http://localhost:8080/pipeline"""
LOG_IN = f"""\
Give --token, or --cookie 'NAME=VALUE' from a browser that is logged in.
{BELOW}"""
NOT_FOUND = f"""\
It is not Kubeflow Pipelines, or one before 2.0, or has its API below another path.
{BELOW}"""
NO_V1 = """\
The server refuses pipelines of KFP v1 (BLOCK_V1_PIPELINES). Ask its administrator to
add the namespace to V1_ALLOWED_NAMESPACES in the ConfigMap pipeline-install-config, or
convert the pipeline for KFP v2: compile its source with kfp 2
(https://www.kubeflow.org/docs/components/pipelines/user-guides/migration/)."""


def connect(host: str, token: str | None, cookie: str | None) -> Any:
    """kfp's client, which has had an answer from the server.

    The client reads the rest of the environment itself.
    """
    kfp, urllib3 = installed("kfp"), installed("urllib3")
    if kfp.__version__.startswith(("0.", "1.")):
        wanted = "that of requirements.txt"
        raise Failure(f"kfp {kfp.__version__} is too old; install {wanted}.")
    warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of each attempt
    show_warnings_of("")
    credentials = None
    if os.environ.get("KF_PIPELINES_SA_TOKEN_PATH"):
        credentials = kfp.client.ServiceAccountTokenVolumeCredentials()
    known = {"host": host, "existing_token": token, "cookies": cookie}
    plain = urllib3.PoolManager
    urllib3.PoolManager = pool_class(host)
    try:
        with server_errors(host):
            client = client_class(host)(credentials=credentials, **known)
            client.get_kfp_healthz()
    finally:
        urllib3.PoolManager = plain
    return client


def client_class(host: str) -> Any:
    """The client's class, which asks once whether the server is there.

    kfp's own asks five times, which takes 25 seconds if nothing answers.
    """
    import kfp
    import urllib3

    class Client(kfp.Client):  # type: ignore[misc]
        def get_kfp_healthz(self, sleep_duration: int = 0) -> Any:
            api = self._healthz_api
            try:
                health = api.healthz_service_get_healthz()
                answer = json.loads(api.api_client.last_response.data)
            except (ValueError, RecursionError):
                answer = None
            except (urllib3.exceptions.HTTPError, OSError) as error:
                message = f"nothing answers at {host} ({error.__cause__ or error})"
                port = urllib.parse.urlsplit(host).port or 8080
                raise Failure(message, advice=FORWARD.format(port=port)) from error
            if not isinstance(answer, dict):
                raise no_access(host, "it answers with a page, not with data")
            return health

    return Client


def no_access(host: str, why: str) -> Failure:
    return Failure(f"{host} is not accessible ({why})", advice=LOG_IN)


def pool_class(host: str) -> Any:
    """The class that sends the client's requests, with limits."""
    import urllib3

    class OwnRedirects(urllib3.Retry):
        """Follows a redirect of the server to itself, and no other."""

        def increment(  # type: ignore[override]
            self, method: Any, url: Any, response: Any = None, **more: Any
        ) -> Any:
            if place := response and response.get_redirect_location():
                response.close()  # it may have no end
                place = urllib.parse.urljoin(url, place)
                if not more["_pool"].is_same_host(place):
                    other = "://".join(urllib.parse.urlsplit(place)[:2])
                    raise no_access(host, f"it redirects to another server, {other}")
            return super().increment(method, url, response, **more)

    class Pool(urllib3.PoolManager):
        def urlopen(  # type: ignore[override]
            self, method: str, url: str, **more: Any
        ) -> Any:
            send, is_whole = super().urlopen, more.pop("preload_content", True)
            more = {"preload_content": False, **more}
            if not is_whole:  # of a redirect
                return send(method, url, **more)
            is_first = url.endswith("/healthz")
            tries, seconds = (0, FIRST_SECONDS) if is_first else (3, ANSWER_SECONDS)
            retries = OwnRedirects(
                connect=tries,
                read=tries,  # of a GET only
                redirect=REDIRECTS,
                raise_on_redirect=False,
                respect_retry_after_header=not is_first,
            )
            more["retries"] = retries
            return within(seconds, lambda: limited(send(method, url, **more)))

    return Pool


def is_address(host: str) -> bool:
    """Whether requests to this address are possible."""
    try:
        parts = urllib.parse.urlsplit(host)
        is_place = bool(parts.hostname and parts.port != 0)
    except ValueError:
        return False
    is_text = host.isascii() and host.isprintable() and " " not in host
    return is_text and is_place and parts.scheme in ("http", "https")


def limited(response: Any) -> Any:
    """The response of urllib3, read to its end."""
    import urllib3

    data = bytearray()
    for part in response.stream(2**16):
        data += part
        if len(data) > ANSWER_BYTES:
            response.close()
            raise Failure(f"the server answers more than {ANSWER_BYTES:,} bytes")
    return urllib3.HTTPResponse(
        io.BytesIO(data),
        headers=response.headers,
        status=response.status,
        reason=response.reason,
        decode_content=False,  # it is decoded
    )


def within(limit: float, call: Callable[[], Any]) -> Any:
    """What the call returns; `TimeoutError` after `limit` seconds."""
    outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # raised below, in the thread that waits
            outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return outcome.result(limit)
    except concurrent.futures.TimeoutError:  # before Python 3.11, one of its own
        if outcome.done():
            raise
        raise TimeoutError(f"no whole answer within {limit} seconds") from None


@contextlib.contextmanager
def server_errors(host: str) -> Iterator[None]:
    """Turns what the client raises into a `Failure`."""
    import kfp_server_api
    import urllib3

    try:
        yield
    except kfp_server_api.ApiException as error:
        message = str(error.body or error.reason)
        with contextlib.suppress(*SLIPS, RecursionError):
            body = json.loads(message)
            message = str(body.get("error_details") or body.get("message") or body["error"])
        advice = {401: LOG_IN, 403: LOG_IN, 404: NOT_FOUND}.get(error.status, "")
        advice = NO_V1 if V1_REFUSED.search(message) else advice
        message = f"{host} refused ({error.status}): {message[:2000]}"
        raise Failure(message, advice=advice) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Failure(f"lost contact with {host}: {error}") from error
    except (RecursionError, *SLIPS) as error:
        read = f"the pipeline, its context.json or an answer of {host}"
        raise Failure(f"kfp's client cannot use {read}: {error!r}") from error


def required_id(value: Any, what: str) -> str:
    """The id, if the server gave one: a login page would not."""
    if not isinstance(value, str) or not value:
        message = f"the server answered without the id of the {what}"
        raise Failure(f"{message}: is it Kubeflow Pipelines?", advice=LOG_IN)
    return value


@contextlib.contextmanager
def client_output() -> Iterator[None]:
    """Prints what the client prints, with ids of the server, once all went well."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        yield
    for line in output.getvalue().splitlines():
        say(line, result=True)


def upload(client: Any, name: str, file: Path, namespace: str | None) -> dict[str, str]:
    """The ids of the pipeline and of the version with this content, new if need be."""
    version = "sha256-" + hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    found = client.list_pipelines(filter=named(name), namespace=namespace).pipelines
    if found:
        pipeline = required_id(found[0].pipeline_id, "pipeline")
        listed = client.list_pipeline_versions(pipeline, filter=named(version))
        versions = listed.pipeline_versions or [
            client.upload_pipeline_version(str(file), version, pipeline_id=pipeline)
        ]
    else:
        # With a name, so that the client does not look for one in the file.
        made = client.upload_pipeline(str(file), pipeline_name=name, namespace=namespace)
        pipeline = required_id(made.pipeline_id, "pipeline")
        versions = client.list_pipeline_versions(pipeline).pipeline_versions
    first = versions[0].pipeline_version_id if versions else None
    version = required_id(first, "pipeline version")
    say(f"Pipeline: {pipeline}, version: {version}", result=True)
    return {"pipeline_id": pipeline, "version_id": version}


def named(name: str) -> str:
    """The filter that finds what has this name."""
    predicate = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})
