"""References of images: ``python``, ``ghcr.io/team/app:1.2``, ``localhost:5000/app@sha256:…``."""

from __future__ import annotations

import ipaddress
import re

from translator.records import NamedTuple
from translator.registries.problems import RegistryError

__all__ = ["DIGEST", "DOCKER_HUB", "Reference", "is_loopback", "parsed"]

#: The registry of references that do not name one.
DOCKER_HUB = "docker.io"
#: Its host for the API.
DOCKER_HUB_API = "registry-1.docker.io"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
# https://github.com/distribution/reference/blob/main/reference.go
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.|(?=:|\Z)))+(?::[0-9]{1,5})?"
    r"|\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?"
)
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
#: The limit for registry and repository together.
_LONGEST_NAME = 255


class Reference(NamedTuple):
    """An image in a registry."""

    #: ``docker.io``, ``ghcr.io``, ``localhost:5000``.
    registry: str
    #: ``library/python``.
    repository: str
    tag: str
    #: ``sha256:…``; empty unless the reference has one. It is stronger than the tag.
    digest: str = ""

    @property
    def host(self) -> str:
        """The host of the registry's API, with its port."""
        return DOCKER_HUB_API if self.registry == DOCKER_HUB else self.registry

    def __str__(self) -> str:
        version = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.registry}/{self.repository}{version}"


def parsed(image: str) -> Reference:
    """The parts of ``image``, with the defaults of Docker: ``docker.io``, ``library/``, ``latest``.

    >>> str(parsed("python"))
    'docker.io/library/python:latest'
    >>> parsed("localhost:5000/app:1").registry
    'localhost:5000'
    """
    name, at, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    if slash and (set(first) & set(".:[") or first == "localhost" or first != first.lower()):
        registry, path = first, rest
    else:
        registry, path = DOCKER_HUB, name
    if registry in ("index.docker.io", DOCKER_HUB_API):
        registry = DOCKER_HUB
    repository, colon, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    fits = (
        len(registry) + len(repository) <= _LONGEST_NAME
        and _HOST.fullmatch(registry)
        and _REPOSITORY.fullmatch(repository)
        and (_TAG.fullmatch(tag) if colon else True)
        and (DIGEST.fullmatch(digest) if at else True)
    )
    if not fits:
        raise RegistryError(f"{image[:200]!a} is not the reference of an image")
    return Reference(registry, repository, tag or ("" if digest else "latest"), digest)


def is_loopback(host: str) -> bool:
    """Whether ``host``, without its port, is this machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("example.com")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
