"""Settings of a project: ``translator.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics.globs import Glob
    from translator.diagnostics.policy import Policy

#: Setting → its type, for messages.
_SETTINGS = {
    "strict": "true or false",
    "ignore": "a list of codes",
    "error": "a list of codes",
    "plan": "the path of a plan",
    "exclude": "a list of patterns of paths",
    "baseline": "the path of a baseline",
    "per-file-ignores": "a table: pattern of paths → list of codes",
}


class Settings(NamedTuple):
    """The settings of a project. Paths and patterns in its file are relative to its folder."""

    policy: Policy
    #: The path of the plan; empty for none.
    plan: str = ""
    #: The files that are left out of folders.
    exclude: tuple[Glob, ...] = ()
    #: The path of the baseline; empty for none.
    baseline: str = ""


def configured(folder: str = ".") -> Settings:
    """The settings of the nearest file that has any, in ``folder`` or above it.

    ``translator.toml`` has the settings at its top level and takes precedence over a
    ``pyproject.toml`` in the same folder, which has them in ``[tool.translator]``. Invalid settings
    are a usage error.
    """
    from translator.diagnostics.policy import Policy

    for file, name in _candidates(os.path.abspath(folder)):
        shown = os.path.relpath(file, folder)
        settings: Any = _table(file, shown)
        if name == "pyproject.toml":
            tool = settings.get("tool")
            settings = tool.get("translator") if isinstance(tool, dict) else None
        if settings is not None:
            return _settings(settings, shown)
    return Settings(Policy())


def _candidates(folder: str) -> Iterator[tuple[str, str]]:
    while True:
        for name in ("translator.toml", "pyproject.toml"):
            file = os.path.join(folder, name)
            if os.path.isfile(file):
                yield file, name
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _table(file: str, shown: str) -> dict[str, Any]:
    """The contents of the file; empty if it does not contain the name of the translator."""
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise click.UsageError(f"{shown}: {error.strerror}") from error
    if os.path.basename(file) == "pyproject.toml" and b"translator" not in data:
        return {}
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # of the text, or of its encoding
        raise click.UsageError(f"{shown}: not valid TOML: {error}") from error


def _settings(settings: Any, shown: str) -> Settings:
    from translator.diagnostics.spelling import question

    if not isinstance(settings, dict):
        raise click.UsageError(f"{shown}: `tool.translator` must be a table")
    for name, value in settings.items():
        if name not in _SETTINGS:
            known = ", ".join(f"`{one}`" for one in _SETTINGS)
            guess = question(name, _SETTINGS)
            raise click.UsageError(
                f"{shown}: unknown setting `{name}`{guess}; the settings are {known}"
            )
        if not _fits(name, value):
            raise click.UsageError(f"{shown}: `{name}` must be {_SETTINGS[name]}")
    folder = os.path.dirname(shown)
    try:
        policy = _policy(settings, folder)
    except ValueError as error:
        raise click.UsageError(f"{shown}: {error}") from error
    paths = {n: os.path.join(folder, settings[n]) for n in ("plan", "baseline") if n in settings}
    return Settings(policy, exclude=globs(settings.get("exclude", ()), folder), **paths)


def _policy(settings: dict[str, Any], folder: str) -> Policy:
    from translator.diagnostics.policy import Policy

    given = {name: settings[name] for name in ("strict", "ignore", "error") if name in settings}
    files = settings.get("per-file-ignores", {})
    per_file = [(glob, codes) for name, codes in files.items() for glob in globs([name], folder)]
    return Policy.of(**given, per_file=per_file)


def globs(patterns: Iterable[str], folder: str = "") -> tuple[Glob, ...]:
    """Patterns of paths from a folder, by default the working directory."""
    listed = list(patterns)
    if not listed:
        return ()
    from translator.diagnostics.globs import Glob

    return tuple(Glob(pattern, folder or os.curdir) for pattern in listed)


def _fits(name: str, value: Any) -> bool:
    if name == "strict":
        return isinstance(value, bool)
    if name in ("plan", "baseline"):
        return isinstance(value, str) and bool(value) and "\0" not in value
    if name == "per-file-ignores":
        return isinstance(value, dict) and all(
            pattern and _are_texts(value[pattern]) for pattern in value
        )
    return _are_texts(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
