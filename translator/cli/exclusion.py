"""The options for files that are left out: ``--exclude``, and for pre-commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.diagnostics.globs import Glob

__all__ = ["NONE", "Exclusion", "exclude_options", "exclusion_of"]


class Exclusion(NamedTuple):
    """The files that a command leaves out."""

    globs: tuple[Glob, ...] = ()
    #: Whether named files are left out too, and skipped if they are no pipelines.
    of_named_files: bool = False

    def with_file(self, path: str) -> Exclusion:
        """Leaves one more file out; none for ""."""
        from translator.cli.config import globs

        name = f"/{os.path.basename(path)}"
        return (
            self._replace(globs=(*self.globs, *globs([name], os.path.dirname(path))))
            if path
            else self
        )

    def has(self, path: str) -> bool:
        """Whether a file or folder is left out."""
        return any(glob.matches(path) for glob in self.globs)


NONE = Exclusion()


def exclude_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for option in (
        click.option(
            "--skip-non-pipelines",
            is_flag=True,
            help="Skip named files that are excluded or no pipelines, as those in folders. For "
            "pre-commit, which names all files.",
        ),
        click.option(
            "--exclude",
            metavar="GLOB",
            multiple=True,
            help="Leave out files and folders in folders: a name, or a path from the working "
            "directory. May be repeated; adds to `exclude` in translator.toml.",
        ),
    ):
        command = option(command)
    return command


def exclusion_of(values: dict[str, Any]) -> Exclusion:
    """Takes the options' values out of ``values``; the settings of the project's file are added."""
    from translator.cli.config import configured, globs

    given = globs(filter(None, values.pop("exclude")))
    return Exclusion((*configured().exclude, *given), values.pop("skip_non_pipelines"))
