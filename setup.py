"""The page of the package on an index: README.md, with links that work there.

Everything else is in setup.cfg. Links of README.md are relative to the repository. An index
resolves them against its own pages, so they have to be absolute there, which takes the address of
the repository: with

    url = https://github.com/OWNER/kfp-translator

in the section ``[metadata]`` of setup.cfg they are absolute; without it README.md is unchanged.
"""

import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup


def with_address(text: str, address: str) -> str:
    """Markdown with absolute links and pictures; GitHub and GitLab have these addresses."""

    def absolute(found: re.Match[str]) -> str:
        kind = "raw" if found["picture"] else "blob"
        return f"{found['start']}{address.rstrip('/')}/{kind}/HEAD/{found['target']})"

    pattern = r"(?P<start>(?P<picture>!?)\[[^]]*\]\()(?!\w+:|#)(?P<target>[^)]+)\)"
    return re.sub(pattern, absolute, text)


if __name__ == "__main__":
    here = Path(__file__).parent
    settings = ConfigParser()
    settings.read(here / "setup.cfg", encoding="utf-8")
    address = settings.get("metadata", "url", fallback="")
    readme = (here / "README.md").read_text("utf-8")
    setup(long_description=with_address(readme, address) if address else readme)
