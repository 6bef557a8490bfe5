"""Lightweight Python components: what the shell text that kfp writes around a function says.

The text is that of ``_get_packages_to_install_command`` and ``_get_command_and_args_for_…`` in
kfp/dsl/component_factory.py, of kfp 1.8 to 2.17. Another text is no lightweight component, and is
compared as it is.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import warnings
from typing import TYPE_CHECKING, TypeVar

from translator.records import NamedTuple
from translator.writers.executor_input import CONVERT
from translator.writers.executor_input import NAME as CONVERT_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from translator.model import Container

__all__ = ["Lightweight", "defaults", "is_converted", "lightweight", "unconverted"]

_Word = TypeVar("_Word")

#: What comes before the commands of pip, and after them.
_BEGINNING = (
    '\nif ! [ -x "$(command -v pip)" ]; then\n'
    "    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip\n"
    "fi\n\n"
)
_END = '"$0" "$@"\n'
_ENVIRONMENT = (
    "export PIP_DISABLE_PIP_VERSION_CHECK=1\n"
    "tmp=$(mktemp -d)\n"
    'python3 -m venv "$tmp/venv" --system-site-packages\n'
    '. "$tmp/venv/bin/activate"\n'
)
_PIP = ["python3", "-m", "pip", "install", "--quiet", "--no-warn-script-location"]
_NO_CHECK = "PIP_DISABLE_PIP_VERSION_CHECK=1"
#: Outside of quotes, what a shell reads as something else than a word.
_SHELLS_OWN = re.compile(r"[\"`$;|<>()\\{}*?#!]")
_RUN = (
    r"program_path=\$\(mktemp -d\)\n\n?"
    r"printf \"%s\" \"\$0\" > \"\$program_path/ephemeral_component\.py\"\n"
    r"(?:_KFP_RUNTIME=true )?python3 -m kfp\.(?:v2\.)?(?:components|dsl)\.executor_main\s+"
    r"--component_module_path\s+\"\$program_path/ephemeral_component\.py\"\s+\"\$@\"\n"
)
_KFP = re.compile(r"kfp(?:-dsl)?==[\w.+!-]+")
_FUNCTION = "--function_to_execute"
#: What kfp itself adds beside its package.
_KFPS_OWN = ("--no-deps", 'typing-extensions>=3.7.4,<5; python_version<"3.9"')
#: The imports before the function, of kfp 1.8 and 2, and blank lines, of which 2.14 can have more.
_HEADER = re.compile(
    r"\n?import kfp\nfrom kfp(?:\.v2)? import dsl\nfrom kfp(?:\.v2)?\.dsl import \*\n"
    r"from typing import \*\n+"
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
    """The component of a command; None if it is not exactly a text of kfp.

    What converts the executor input for a function of kfp 1 is passed over.
    """
    command = tuple(unconverted(command))
    installed: list[tuple[str, str]] | None = []
    environment = False
    if command[:2] == _SHELL and len(command) == 7:
        environment = _ENVIRONMENT in command[2]
        installed = _installed(command[2])
        command = command[3:]
    if command[:2] != _RUN_SHELL or len(command) != 4 or not re.fullmatch(_RUN, command[2]):
        return None
    header = _HEADER.match(command[3])
    if header is None or installed is None:
        return None
    return _parsed(command[3][header.end() :], installed, environment=environment)


def is_converted(command: Sequence[object]) -> bool:
    """Whether a wrapper converts the executor input for a program of kfp 1."""
    return [*command[1:4]] == ["-c", CONVERT, CONVERT_NAME]


def unconverted(command: Sequence[_Word]) -> Sequence[_Word]:
    """The command without that wrapper."""
    return command[6:] if is_converted(command) else command  # with the types and the position


def _installed(script: str) -> list[tuple[str, str]] | None:
    """The arguments of pip: option and value, or an empty option and a package."""
    if not script.startswith(_BEGINNING) or not script.endswith(_END):
        return None
    text = script[len(_BEGINNING) : -len(_END)].replace(_ENVIRONMENT, " ", 1)
    if _SHELLS_OWN.search(re.sub(r"'[^']*'", "", text).replace("&&", "")):
        return None
    found: list[tuple[str, str]] = []
    try:
        words = shlex.split(text)
    except ValueError:  # an open quote
        return None
    while words:
        end = words.index("&&") if "&&" in words else len(words)
        one, words = words[:end], words[end + 1 :]
        one = one[1:] if one[:1] == [_NO_CHECK] else one
        if one and one[: len(_PIP)] != _PIP:
            return None
        found += _arguments(one[len(_PIP) :])
    return found


def _arguments(words: list[str]) -> Iterator[tuple[str, str]]:
    left = iter(words)
    for word in left:
        if word in ("--index-url", "--extra-index-url", "--trusted-host"):
            yield word, next(left, "")
        else:
            yield ("", word) if not word.startswith("--") or word == "--no-deps" else (word, "")


def _parsed(source: str, installed: list[tuple[str, str]], *, environment: bool) -> Lightweight:
    options = {f"{option} {value}".strip(): None for option, value in installed if option}
    packages = [value for option, value in installed if not option]
    if _KFPS_OWN[0] in packages[1:]:  # it follows the package of kfp, whichever that is
        kfp = packages[packages.index(_KFPS_OWN[0]) - 1]
    else:
        kfp = next((one for one in packages if _KFP.fullmatch(one)), "")
    left = list(packages)
    for one in (kfp, *_KFPS_OWN):
        if one in left:
            left.remove(one)
    return Lightweight(source, tuple(left), kfp, tuple(options), environment=environment)


def defaults(container: Container) -> Mapping[str, str]:
    """Parameter of the function of a lightweight component → its default in JSON."""
    given = [str(one) for one in container.command]
    args = [str(one) for one in container.args]
    found = lightweight(given)
    if found is None or _FUNCTION not in args[:-1]:
        return {}
    name = args[args.index(_FUNCTION) + 1]
    try:
        with warnings.catch_warnings():  # of escapes in the author's texts
            warnings.simplefilter("ignore")
            body = ast.parse(found.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    functions = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == name]
    return dict(_defaults(functions[-1].args)) if functions else {}


def _defaults(given: ast.arguments) -> Iterator[tuple[str, str]]:
    positional = [*given.posonlyargs, *given.args]
    with_default = positional[len(positional) - len(given.defaults) :]
    for argument, default in (
        *zip(with_default, given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ):
        try:
            yield argument.arg, json.dumps(ast.literal_eval(default) if default else ...)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue  # no literal, or no default
