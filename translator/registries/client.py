"""Requests to a registry: HTTPS only, limited in size and time, with the login it asks for.

The token authentication: https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from translator.records import NamedTuple
from translator.registries.credentials import Credentials, credentials
from translator.registries.problems import RegistryError
from translator.registries.references import Reference, is_loopback
from translator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from http.client import HTTPMessage

__all__ = ["Answer", "Client"]

_SECONDS = 15
_REDIRECTS = 5
_LARGEST_TOKEN = 1 << 16
_PARAMETER = re.compile(r'\s*,?\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    headers: Message
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects become answers: the client decides which headers the next host gets."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> None:
        return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class Client:
    """The API of one repository of a registry."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._is_local = is_loopback(urlsplit(f"//{reference.host}").hostname or "")
        self._authorization = ""

    def get(self, path: str, accept: str, largest: int) -> Answer:
        """The answer for ``/v2/REPOSITORY/path``, of at most ``largest`` bytes.

        Raises ``RegistryError`` unless its status is 200 or 404.
        """
        scheme = "http" if self._is_local else "https"
        where = self._reference
        url = f"{scheme}://{where.host}/v2/{where.repository}/{path}"
        answer = self._send(url, {"Accept": accept, **self._login()}, largest)
        if answer.status == 401 and not self._authorization:
            self._authorization = self._authorized(answer.headers)
            answer = self._send(url, {"Accept": accept, **self._login()}, largest)
        if answer.status in (401, 403):
            raise self._unauthorized()
        if answer.status not in (200, 404):
            raise RegistryError(f"registry {where.registry} answers with status {answer.status}")
        return answer

    def _login(self) -> dict[str, str]:
        return {"Authorization": self._authorization} if self._authorization else {}

    def _unauthorized(self) -> RegistryError:
        registry = self._reference.registry
        return RegistryError(
            f"registry {registry} refuses access to `{self._reference}` (unauthorized): the image "
            f"does not exist, or is private and needs `docker login {registry}`"
        )

    def _authorized(self, headers: Message) -> str:
        """The ``Authorization`` that the challenges of an answer ask for."""
        known = credentials(self._reference.registry)
        challenges: list[str] = headers.get_all("WWW-Authenticate") or []
        bearer = _challenge(challenges, "bearer")
        if bearer is not None:
            return f"Bearer {self._token(bearer, known)}"
        if _challenge(challenges, "basic") is None or known is None or known.identity_token:
            raise self._unauthorized()
        return _basic(known)

    def _token(self, challenge: Mapping[str, str], known: Credentials | None) -> str:
        """A token to pull the image: that of an anonymous user without credentials."""
        asked = {"scope": f"repository:{self._reference.repository}:pull"}
        if service := challenge.get("service"):
            asked["service"] = service
        realm, headers, body = challenge.get("realm", ""), {}, None
        if known is not None and known.identity_token:
            grant = {"grant_type": "refresh_token", "client_id": "kfp-translator"}
            body = urlencode({**asked, **grant, "refresh_token": known.identity_token}).encode()
        else:
            realm += ("&" if "?" in realm else "?") + urlencode(asked)
            headers = {"Authorization": _basic(known)} if known else {}
        answer = self._send(realm, headers, _LARGEST_TOKEN, body)
        if answer.status in (400, 401, 403):
            raise self._unauthorized()
        try:
            read = json.loads(answer.body) if answer.status == 200 else None
        except (ValueError, RecursionError):
            read = None
        found = read if isinstance(read, dict) else {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise RegistryError(f"the login of registry {self._reference.registry} gives no token")
        return token

    def _send(
        self, url: str, headers: dict[str, str], largest: int, body: bytes | None = None
    ) -> Answer:
        """The answer after redirects. Another host than the first gets no credentials."""
        first = url
        for _ in range(_REDIRECTS + 1):
            self._check(url)
            if _server(url) != _server(first):
                headers = {name: text for name, text in headers.items() if name != "Authorization"}
            answer = self._exchange(url, headers, largest, body)
            target = answer.headers.get("Location")
            if answer.status not in (301, 302, 303, 307, 308) or target is None:
                return answer
            if body is not None:
                break
            try:
                url = urljoin(url, target)
            except ValueError:
                url = ""
        raise RegistryError(f"registry {self._reference.registry} redirects too often")

    def _check(self, url: str) -> None:
        """Only HTTPS; HTTP on this machine, for a registry that is on it."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            fits = parts.username is None and (parts.port is None or parts.port > 0)
        except ValueError:
            fits, host = False, ""
        local = self._is_local and is_loopback(host)
        if (
            not host
            or not fits
            or not (parts.scheme == "https" or (parts.scheme == "http" and local))
        ):
            raise RegistryError(
                f"registry {self._reference.registry} refers to an address that is not HTTPS"
            )

    def _exchange(
        self, url: str, headers: Mapping[str, str], largest: int, body: bytes | None
    ) -> Answer:
        host = urlsplit(url).hostname or ""
        request = urllib.request.Request(url, data=body, headers=dict(headers))
        request.add_header("User-Agent", f"kfp-translator/{__version__}")
        # A proxy of the environment is not for this machine.
        direct = [urllib.request.ProxyHandler({})] if is_loopback(host) else []
        opener = urllib.request.build_opener(_NoRedirects(), *direct)
        try:
            try:
                response = opener.open(request, timeout=_SECONDS)
            except urllib.error.HTTPError as error:
                response = error
            with response:
                content = _read(response, largest)
                return Answer(response.status, response.headers, content)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RegistryError(f"{host} cannot be reached: {_reason(error)}") from error


def _read(response: IO[bytes], largest: int) -> bytes:
    content = response.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"its answer has more than {largest} bytes")
    return content


def _reason(error: BaseException) -> str:
    """What went wrong, without text of the other side."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, http.client.HTTPException):
        return "its answer is not HTTP"
    if isinstance(cause, TimeoutError):
        return f"no answer within {_SECONDS} seconds"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause)


def _server(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _basic(known: Credentials) -> str:
    pair = f"{known.user}:{known.password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _challenge(challenges: list[str], scheme: str) -> dict[str, str] | None:
    """The parameters of the first challenge of a scheme, or None."""
    for text in challenges:
        start = re.search(rf"(?:\A|,)\s*{scheme}(?:\s+|\Z)", text, re.IGNORECASE)
        if start is None:
            continue
        found, position = {}, start.end()
        while one := _PARAMETER.match(text, position):
            value = re.sub(r"\\(.)", r"\1", one[2]) if one[2] is not None else one[3]
            found[one[1].lower()] = value
            position = one.end()
        return found
    return None
