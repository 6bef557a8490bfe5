"""Files with the keys and values of a config map.

The values are text. Bytes that are not UTF-8 are lone surrogates in it, as in file names in Python
(``surrogateescape``): values of ``binaryData``, and files of a folder.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.source import Cursor

__all__ = ["KEY", "read"]

#: The keys of config maps (``IsConfigMapKey`` of Kubernetes).
KEY = re.compile(r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}")
#: The most bytes of a config map, and so of its values.
_LIMIT = 1024 * 1024


def read(path: str | os.PathLike[str]) -> Mapping[str, str]:
    """Key → value of the config map in a file or folder.

    A file is a manifest as ``kubectl get configmap NAME -o yaml`` (or ``json``) prints it. A folder
    has a file for each key, as for ``kubectl create configmap --from-file``. Raises ``ValueError``
    with one sentence if there is no config map in it, ``OSError`` if it cannot be read.
    """
    name = os.fspath(path)
    values = _folder(name) if os.path.isdir(name) else _manifest(name)
    size = sum(len(key) + len(_bytes(value)) for key, value in values.items())
    if size > _LIMIT:
        raise ValueError(f"`{name}` has {size:,} bytes; a config map has at most {_LIMIT:,}")
    return values


def _folder(name: str) -> dict[str, str]:
    """Other files are left out, as by kubectl: links, folders, names that are no keys."""
    values = {}
    for entry in sorted(os.scandir(name), key=lambda one: one.name):
        if entry.is_file(follow_symlinks=False) and KEY.fullmatch(entry.name):
            with open(entry.path, "rb") as file:
                values[entry.name] = _text(file.read(_LIMIT + 1))
    if not values:
        raise ValueError(f"`{name}` has no files with names of keys, letters, digits and `-_.`")
    return values


def _manifest(name: str) -> dict[str, str]:
    from translator.diagnostics import TranslationError
    from translator.source import parse

    with open(name, "rb") as file:
        data = file.read(4 * _LIMIT + 1)  # base64, and fields beside the data
    if len(data) > 4 * _LIMIT:
        raise ValueError(f"`{name}` is larger than any config map")
    try:
        source = parse(data, name)
        if source.diagnostics:
            raise TranslationError(source.diagnostics)
    except TranslationError as error:
        problem = error.diagnostics[0].message
        raise ValueError(f"`{name}` could not be read: {problem}") from error
    documents = [document for document in source.documents if document.kind == "mapping"]
    if len(documents) != 1 or documents[0].get("kind").peek() != "ConfigMap":
        raise ValueError(f"`{name}` is no manifest of one `ConfigMap`, and no folder")
    values = dict(_values(documents[0], "data", name))
    for key, value in _values(documents[0], "binaryData", name).items():
        try:
            values[key] = _text(base64.b64decode("".join(value.split()), validate=True))
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"`binaryData.{key}` in `{name}` is not in base64") from error
    return values


def _values(manifest: Cursor, field: str, name: str) -> dict[str, str]:
    found = manifest.find(field)
    if found is None or found.peek() is None:
        return {}
    if found.kind != "mapping":
        raise ValueError(f"`{field}` in `{name}` is no mapping")
    values = {}
    for key, entry in found.items():
        value = entry.peek()
        if not KEY.fullmatch(key):
            raise ValueError(f"`{field}` in `{name}` has the invalid key `{key}`")
        if not isinstance(value, str):
            raise ValueError(f"`{field}.{key}` in `{name}` is no text; put it in quotes")
        values[key] = value
    return values


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
