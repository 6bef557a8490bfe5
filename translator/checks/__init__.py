"""The checks for every target; those of a single target are in its folder."""

from translator.checks.platforms import platforms
from translator.checks.references import references
from translator.checks.secrets import secrets

__all__ = ["FOR_ALL"]

FOR_ALL = (references, platforms, secrets)
