"""The exception of a look-up that fails."""

from __future__ import annotations

__all__ = ["RegistryError"]


class RegistryError(Exception):
    """An image could not be looked up. The text is one sentence: the image or host, and why.

    It holds no text of a registry's answer, and nothing of the credentials.
    """
