"""Writing one file that the user named."""

from __future__ import annotations

import os

import click


def save(path: str, text: str) -> None:
    """Writes the text, in a new folder if need be; an error of the system is a usage error."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise click.UsageError(f"'{path}' could not be written: {error.strerror}") from error
