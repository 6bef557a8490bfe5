"""The user's docker credentials: those of ``docker login`` and of credential helpers.

The file and the protocol of the helpers: https://docs.docker.com/reference/cli/docker/login/ and
https://github.com/docker/docker-credential-helpers.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from translator.records import NamedTuple
from translator.registries.problems import RegistryError
from translator.registries.references import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Credentials", "credentials"]

#: The name of Docker Hub in the file.
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = ("index.docker.io", DOCKER_HUB, "registry-1.docker.io")
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HELPER_SECONDS = 30
_LARGEST_FILE = 1 << 20
#: In place of a user's name: the secret is an identity token.
_IS_TOKEN = "<token>"


class Credentials(NamedTuple):
    """A user and password, or an identity token."""

    user: str = ""
    password: str = ""
    #: A refresh token of OAuth 2; empty with a user and password.
    identity_token: str = ""

    def __repr__(self) -> str:
        return "Credentials(…)"


def credentials(registry: str) -> Credentials | None:
    """The user's credentials for ``registry``, or None.

    A helper comes first (``credHelpers``, then ``credsStore``), then ``auths``, as in docker.
    """
    settings = _settings()
    helper = _lookup(_mapping(settings.get("credHelpers")), registry)
    name = helper if isinstance(helper, str) else settings.get("credsStore")
    if isinstance(name, str) and name:
        found = _from_helper(name, _HUB_KEY if registry == DOCKER_HUB else registry)
        if found is not None:
            return found
    return _from_entry(_mapping(_lookup(_mapping(settings.get("auths")), registry)), registry)


def _settings() -> Mapping[str, object]:
    folder = os.environ.get("DOCKER_CONFIG")
    path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RegistryError(f"{path} cannot be read: {error.strerror}") from error
    try:
        read = json.loads(content) if len(content) <= _LARGEST_FILE else None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise RegistryError(
            f"{path} is not a configuration of docker: a JSON object of up to 1 MiB"
        )
    return read


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _lookup(entries: Mapping[str, object], registry: str) -> object:
    """The entry of a registry. Its key may be a URL with a path."""
    hosts = _HUB_HOSTS if registry == DOCKER_HUB else (registry,)
    for host in hosts:
        if host in entries:
            return entries[host]
    for key, value in entries.items():
        if re.sub(r"\Ahttps?://", "", key).partition("/")[0] in hosts:
            return value
    return None


def _from_entry(entry: Mapping[str, object], registry: str) -> Credentials | None:
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Credentials(identity_token=token)
    auth = entry.get("auth")
    if isinstance(auth, str) and auth:
        try:
            text = base64.b64decode(auth, validate=True).decode()
        except ValueError:
            text = ""
        user, colon, password = text.rstrip("\0").partition(":")
        if not colon:
            raise RegistryError(f"the entry of {registry} in docker's configuration is malformed")
        return Credentials(user, password)
    name, secret = entry.get("username"), entry.get("password")
    if isinstance(name, str) and isinstance(secret, str) and name:
        return Credentials(name, secret)
    return None


def _from_helper(name: str, server: str) -> Credentials | None:
    """What ``docker-credential-NAME get`` has for a server; None if it has nothing."""
    if not _HELPER.fullmatch(name):
        raise RegistryError(
            "the name of a credential helper in docker's configuration is malformed"
        )
    program = f"docker-credential-{name}"
    found = shutil.which(program)
    if found is None:
        raise RegistryError(f"`{program}`, which docker's configuration names, is not installed")
    try:
        done = subprocess.run(
            [found, "get"],
            input=server.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_HELPER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(f"`{program} get` for {server} failed") from error
    if done.returncode and b"credentials not found" in done.stdout:
        return None
    try:
        answer = _mapping(json.loads(done.stdout)) if not done.returncode else {}
    except (ValueError, RecursionError):
        answer = {}
    user, secret = answer.get("Username"), answer.get("Secret")
    if not isinstance(user, str) or not isinstance(secret, str):
        raise RegistryError(f"`{program} get` for {server} failed")
    return Credentials(identity_token=secret) if user == _IS_TOKEN else Credentials(user, secret)
