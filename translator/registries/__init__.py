"""Entrypoint and Cmd of an image, looked up in its registry.

The client of the OCI distribution API reads manifests and configurations, never layers. No command
uses it unless the user asks for it: everything else works without a network.
API: https://github.com/opencontainers/distribution-spec/blob/main/spec.md.
"""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING

from translator.records import NamedTuple
from translator.registries.client import Client
from translator.registries.problems import RegistryError
from translator.registries.references import DIGEST, Reference, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Config", "RegistryError", "look_up"]

#: The longest that a look-up takes, whatever the registry does.
_SECONDS = 90
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
#: The limit of the distribution specification for a manifest.
_LARGEST_MANIFEST = 4 << 20
_LARGEST_CONFIG = 8 << 20
#: An index may list an index; the deepest of real images is 1.
_DEEPEST_INDEX = 3


class Config(NamedTuple):
    """The program of an image, for Linux on amd64."""

    #: ``ENTRYPOINT``; empty if the image has none.
    entrypoint: tuple[str, ...]
    #: ``CMD``: the default arguments, or the program without an entrypoint.
    cmd: tuple[str, ...]
    #: Digest of the manifest of the reference, or of its index if it is for several platforms:
    #: ``IMAGE@DIGEST`` is the same image forever.
    digest: str


def look_up(image: str) -> Config:
    """Entrypoint, Cmd and digest of an image in its registry, with the user's docker credentials.

    Raises ``RegistryError``: not found, unauthorized, not for Linux on amd64, not reached within
    90 seconds, or content that does not match its digest.
    """
    reference = parsed(image)
    found: list[Config | BaseException] = []

    def run() -> None:
        try:
            found.append(_looked_up(reference))
        except BaseException as error:  # re-raised by the caller's thread
            found.append(error)

    # A server that sends one byte now and then meets every time limit of a socket.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    if not found:
        raise RegistryError(f"registry {reference.registry} takes more than {_SECONDS} seconds")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _looked_up(reference: Reference) -> Config:
    client = Client(reference)
    version = reference.digest or reference.tag
    digest, manifest = _manifest(client, reference, version)
    top = digest
    for _ in range(_DEEPEST_INDEX):
        if "manifests" not in manifest:
            break
        digest, manifest = _manifest(client, reference, _for_platform(manifest, reference))
    return _config(client, reference, manifest, top)


def _manifest(
    client: Client, reference: Reference, version: str
) -> tuple[str, Mapping[str, object]]:
    """A manifest or an index, and its digest."""
    kinds = (*_INDEXES, *_MANIFESTS)
    answer = client.get(f"manifests/{version}", ", ".join(kinds), _LARGEST_MANIFEST)
    if answer.status == 404:
        raise RegistryError(f"image `{reference}` is not found in its registry")
    promised = version if ":" in version else answer.headers.get("Docker-Content-Digest")
    digest = _verified(answer.body, promised, reference)
    read = _object(answer.body, reference)
    kind = read.get("mediaType", answer.headers.get_content_type())
    if kind not in kinds or ("manifests" in read) != (kind in _INDEXES):
        raise RegistryError(f"`{reference}` has a manifest of an unsupported kind")
    return digest, read


def _config(
    client: Client, reference: Reference, manifest: Mapping[str, object], digest: str
) -> Config:
    descriptor = _mapping(manifest.get("config"))
    blob = descriptor.get("digest")
    if descriptor.get("mediaType") not in _CONFIGS or not _is_digest(blob):
        raise RegistryError(f"`{reference}` is not the image of a container")
    answer = client.get(f"blobs/{blob}", "*/*", _LARGEST_CONFIG)
    if answer.status == 404:
        raise RegistryError(f"the configuration of image `{reference}` is not found")
    _verified(answer.body, str(blob), reference)
    read = _object(answer.body, reference)
    if (read.get("os", "linux"), read.get("architecture", "amd64")) != ("linux", "amd64"):
        raise _no_platform(reference)
    settings = _mapping(read.get("config"))
    return Config(
        _words(settings.get("Entrypoint"), reference),
        _words(settings.get("Cmd"), reference),
        digest,
    )


def _for_platform(index: Mapping[str, object], reference: Reference) -> str:
    """The digest of the manifest for Linux on amd64, which Vertex AI and most clusters run."""
    listed = index.get("manifests")
    for entry in map(_mapping, listed if isinstance(listed, list) else ()):
        platform = _mapping(entry.get("platform"))
        if (platform.get("os"), platform.get("architecture")) == ("linux", "amd64"):
            digest = entry.get("digest")
            if not _is_digest(digest):
                raise RegistryError(f"the index of image `{reference}` is malformed")
            return str(digest)
    raise _no_platform(reference)


def _no_platform(reference: Reference) -> RegistryError:
    return RegistryError(f"image `{reference}` has no version for platform linux/amd64")


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _verified(content: bytes, promised: str | None, reference: Reference) -> str:
    """The digest of ``content``, which must be the promised one, if any."""
    if promised is None:
        return f"sha256:{hashlib.sha256(content).hexdigest()}"
    algorithm = promised.partition(":")[0]
    if not _is_digest(promised) or (
        f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}" != promised
    ):
        raise RegistryError(f"content of image `{reference}` does not match its digest")
    return promised


def _object(content: bytes, reference: Reference) -> Mapping[str, object]:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise RegistryError(f"the registry's answer for image `{reference}` is not a JSON object")
    return read


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _words(value: object, reference: Reference) -> tuple[str, ...]:
    """The words of a command: a list of texts, one text, or null."""
    words = [value] if isinstance(value, str) else value or []
    if not isinstance(words, list) or not all(map(_is_text, words)):
        raise RegistryError(f"the command of image `{reference}` is malformed")
    return tuple(words)


def _is_text(word: object) -> bool:
    """Whether a word can be an argument of a program: no NUL, no half of a surrogate pair."""
    return (
        isinstance(word, str)
        and "\0" not in word
        and not any("\ud800" <= c <= "\udfff" for c in word)
    )
