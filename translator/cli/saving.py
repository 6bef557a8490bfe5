"""Writing one file that the user named."""

from __future__ import annotations

import click


def save(path: str, text: str) -> None:
    """Writes the text; an error of the system is a usage error."""
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise click.UsageError(f"'{path}' could not be written: {error.strerror}") from error
