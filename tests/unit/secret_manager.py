"""Secret Manager and the metadata server of Google Cloud, on this machine."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "ya29.c.b0Aaek-l_1~token"
_METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"


class SecretManager(ThreadingHTTPServer):
    """Answers as both do, as far as reading a version of a secret goes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        #: ``projects/P/secrets/S/versions/V`` → its payload.
        self.secrets: dict[str, bytes] = {}
        #: Resource → status and message of an error.
        self.errors: dict[str, tuple[int, str]] = {}
        #: Statuses of the next answers with a token; 0 closes the connection.
        self.trouble: list[int] = []
        #: The same of the next answers with a secret.
        self.trouble_with_secrets: list[int] = []
        #: The text of the answer for a token, if it is another one.
        self.token_answer: str | None = None
        #: The text of the answer for a resource, if it is another one.
        self.answers: dict[str, str] = {}
        #: The paths of all requests.
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def env(self) -> dict[str, str]:
        """The variables of a container that uses this server."""
        return {
            "GCE_METADATA_HOST": self.address,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"http://{self.address}/",
        }


class _Handler(BaseHTTPRequestHandler):
    server: SecretManager

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        is_token = self.path == _METADATA
        if trouble := self.server.trouble if is_token else self.server.trouble_with_secrets:
            if status := trouble.pop(0):
                self._send(status, "busy")
            else:
                self.close_connection = True
            return
        self._token() if is_token else self._secret()

    def _token(self) -> None:
        if self.headers.get("Metadata-Flavor") != "Google":
            self._send(403, "Missing Metadata-Flavor:Google header.")
        elif self.server.token_answer is not None:
            self._send(200, self.server.token_answer)
        else:
            known = {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}
            self._send(200, json.dumps(known, separators=(",", ":")))

    def _secret(self) -> None:
        resource = self.path.removeprefix("/v1/").removesuffix(":access")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._error(401, "Request had invalid authentication credentials.")
        elif resource in self.server.errors:
            self._error(*self.server.errors[resource])
        elif resource in self.server.answers:
            self._send(200, self.server.answers[resource])
        elif resource not in self.server.secrets or not self.path.endswith(":access"):
            self._error(404, f"Secret [{resource}] not found or has no versions.")
        else:
            data = base64.b64encode(self.server.secrets[resource]).decode()
            payload = {"data": data, "dataCrc32c": "12345"}
            self._send(200, json.dumps({"name": resource, "payload": payload}, indent=2) + "\n")

    def _error(self, status: int, message: str) -> None:
        error = {"code": status, "message": message, "status": "ERROR"}
        self._send(status, json.dumps({"error": error}, indent=2))

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"http://{self.server.address}/elsewhere")
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Writes nothing."""


@contextmanager
def secret_manager() -> Iterator[SecretManager]:
    with SecretManager() as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
