"""Lightweight Python components: what the shell text that kfp writes around a function says.

The text is that of ``_get_packages_to_install_command`` and ``_get_command_and_args_for_…`` in
kfp/dsl/component_factory.py, of kfp 1.8 to 2.17. Another text is no lightweight component, and is
compared as it is.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Lightweight", "lightweight"]

_QUIET = r"--quiet\s+--no-warn-script-location"
_ARGUMENTS = r"(?:'[^']*'|--[a-z-]+(?= )|[^\s'\"$&|;`\\<>()]+|\s)*?"
_PIP = rf"python3 -m pip install {_QUIET} (?P<{{name}}>{_ARGUMENTS})"
_ENVIRONMENT = (
    r"\s*(?P<venv>export PIP_DISABLE_PIP_VERSION_CHECK=1\n"
    r"tmp=\$\(mktemp -d\)\n"
    r"python3 -m venv \"\$tmp/venv\" --system-site-packages\n"
    r"\. \"\$tmp/venv/bin/activate\"\n)?\s*"
)
_INSTALL = (
    r"\nif ! \[ -x \"\$\(command -v pip\)\" \]; then\n"
    r"    python3 -m ensurepip \|\| python3 -m ensurepip --user \|\| apt-get install python3-pip\n"
    rf"fi\n\n(?:PIP_DISABLE_PIP_VERSION_CHECK=1 )?{_ENVIRONMENT}"
    rf"(?:{_PIP.format(name='first')}(?:\s*&&\s*{_ENVIRONMENT.replace('<venv>', '<later>')}"
    rf"{_PIP.format(name='second')})?\s*&&\s*)?\"\$0\" \"\$@\"\n"
)
_RUN = (
    r"program_path=\$\(mktemp -d\)\n\n?"
    r"printf \"%s\" \"\$0\" > \"\$program_path/ephemeral_component\.py\"\n"
    r"(?:_KFP_RUNTIME=true )?python3 -m kfp\.(?:v2\.)?(?:components|dsl)\.executor_main\s+"
    r"--component_module_path\s+\"\$program_path/ephemeral_component\.py\"\s+\"\$@\"\n"
)
_KFP = re.compile(r"kfp(?:-dsl)?==[\w.+!-]+")
#: What kfp itself adds beside its package.
_KFPS_OWN = ("--no-deps", 'typing-extensions>=3.7.4,<5; python_version<"3.9"')
#: The imports before the function, of kfp 1.8 and 2.
_HEADER = re.compile(
    r"\n?import kfp\nfrom kfp(?:\.v2)? import dsl\nfrom kfp(?:\.v2)?\.dsl import \*\n"
    r"from typing import \*\n\n"
)
_SHELL, _RUN_SHELL = ("sh", "-c"), ("sh", "-ec")


class Lightweight(NamedTuple):
    """A lightweight component, as its author wrote it."""

    #: The program, without the imports that kfp adds.
    source: str
    #: In the order of the file.
    packages: tuple[str, ...]
    #: The package of kfp: ``kfp==2.17.0``, an address, or empty if none is installed.
    kfp: str
    #: Other options of pip, with their values.
    options: tuple[str, ...]
    environment: bool


def lightweight(command: Sequence[str]) -> Lightweight | None:
    """The component of a command; None if it is not exactly a text of kfp."""
    command = tuple(command)
    installed = None
    if command[:2] == _SHELL and len(command) == 6:
        installed = re.fullmatch(_INSTALL, command[2])
        if installed is None:
            return None
        command = command[3:]
    if command[:2] != _RUN_SHELL or len(command) != 4 or not re.fullmatch(_RUN, command[2]):
        return None
    header = _HEADER.match(command[3])
    if header is None:
        return None
    source = command[3][header.end() :]
    if installed is None:
        return Lightweight(source, (), "", (), environment=False)
    try:
        first, second = (list(_words(installed[name] or "")) for name in ("first", "second"))
    except ValueError:  # an open quote
        return None
    return _parsed(source, first, second, bool(installed["venv"] or installed["later"]))


def _words(arguments: str) -> Iterator[tuple[str, str]]:
    """Option and value, or an empty option and a package."""
    left = shlex.split(arguments)
    while left:
        word = left.pop(0)
        if word in ("--index-url", "--extra-index-url", "--trusted-host") and left:
            yield word, left.pop(0)
        else:
            yield ("", word) if not word.startswith("--") or word == "--no-deps" else (word, "")


def _parsed(
    source: str, first: list[tuple[str, str]], second: list[tuple[str, str]], environment: bool
) -> Lightweight:
    options = {f"{option} {value}".strip(): None for option, value in (*first, *second) if option}
    packages = [value for option, value in (*first, *second) if not option]
    if _KFPS_OWN[0] in packages[1:]:  # it follows the package of kfp, whichever that is
        kfp = packages[packages.index(_KFPS_OWN[0]) - 1]
    else:
        kfp = next((one for one in packages if _KFP.fullmatch(one)), "")
    left = list(packages)
    for one in (kfp, *_KFPS_OWN):
        if one in left:
            left.remove(one)
    return Lightweight(source, tuple(left), kfp, tuple(options), environment)
