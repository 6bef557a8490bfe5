"""A file with the keys and values of a config map."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator.diagnostics import TranslationError
from translator.source import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read"]

#: Kubernetes limits a config map to 1 MiB; YAML needs a few more characters.
_MOST = 2_000_000


def read(path: str) -> Mapping[str, str]:
    """The keys and values of a config map: its manifest, or a mapping of keys to texts.

    ``ValueError`` says in one sentence why the file cannot be used, ``OSError`` why it cannot be
    read.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError("this is not a regular file")
    with open(path, "rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"the file exceeds {_MOST:,} bytes")
    try:
        source = parse(content, path)
    except TranslationError as error:
        raise ValueError(error.diagnostics[-1].message) from error
    if len(source.documents) != 1:
        raise ValueError("the file must contain one config map")
    found = source.documents[0].peek()
    if isinstance(found, dict) and found.get("kind") == "ConfigMap":
        found = found.get("data") or {}
    if source.diagnostics:
        raise ValueError(source.diagnostics[0].message)
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError("the file must contain a config map, or texts by key")
    return {str(key): str(value) for key, value in found.items()}
