"""The files of the shared corpus, as parameters of tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conftest import shared_folder

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

_ABSENT = "no corpus: set TRANSLATOR_SHARED, or put `shared` beside the checkout"


def corpus(*patterns: str, only: str = "", but: str = "(?!)") -> list[ParameterSet]:
    """The files that match, one parameter each; one that is skipped where there is no corpus.

    ``only`` and ``but`` are expressions that are looked for in the names.
    """
    shared = shared_folder()
    if shared is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason=_ABSENT), id="no corpus")]
    folder = shared / "corpus"
    paths = sorted(
        path
        for pattern in patterns
        for path in folder.glob(pattern)
        if re.search(only, path.name) and not re.search(but, path.name)
    )
    assert paths, f"nothing in {folder} is {patterns}, {only or 'any'}, not {but}"
    return [pytest.param(path, id=path.relative_to(folder).as_posix()) for path in paths]


def documents_of(text: str) -> list[Any]:
    """The documents of a YAML text, read by PyYAML."""
    return list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
