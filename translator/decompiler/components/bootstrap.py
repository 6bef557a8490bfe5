"""Containers that kfp makes of Python functions: the settings of ``@dsl.component`` from a command.

Such a container installs packages with pip, writes the source of the function to a file, and runs
kfp's executor with it (kfp/dsl/component_factory.py, and in kfp 1.x kfp/v2/components). The forms
of the script by SDK:

- 1.7: ``ensurepip``, then ``pip`` or ``pip --user``;
- 1.8 to 2.0: one ``pip install`` with the packages and kfp;
- 2.1 and later: one for the packages and one for kfp, in either order, that of kfp with
  ``--no-deps`` and ``typing-extensions``; since 2.13 perhaps in a virtual environment.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from translator.decompiler.components.wrappers import wrapper_length
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.model import Container

__all__ = ["Bootstrap", "Pip", "bootstrap"]

_SCRIPT = re.compile(
    r"""
if ! \[ -x "\$\(command -v pip\)" \]; then
    python3 -m ensurepip \|\| python3 -m ensurepip --user \|\| apt-get install python3-pip
fi

PIP_DISABLE_PIP_VERSION_CHECK=1 (?P<commands>[^\n].*|\nexport .*) && "\$0" "\$@"
""",
    re.DOTALL,
)
_SCRIPT_OF_1_7 = re.compile(
    r"(?:\(python3 -m ensurepip \|\| python3 -m ensurepip --user\) && )?"
    r"\(PIP_DISABLE_PIP_VERSION_CHECK=1 (?P<commands>.*) \|\| "
    r'PIP_DISABLE_PIP_VERSION_CHECK=1 (?P=commands) --user\) && "\$0" "\$@"'
)
_PACKAGE = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_INSTALL = re.compile(
    r"python3 -m pip install --quiet +--no-warn-script-location "
    r"(?P<options>(?:--(?:index-url|extra-index-url|trusted-host) \S+ )*)"
    rf"(?P<packages>{_PACKAGE}(?: {_PACKAGE})*)"
)
_VENV = """
export PIP_DISABLE_PIP_VERSION_CHECK=1
tmp=$(mktemp -d)
python3 -m venv "$tmp/venv" --system-site-packages
. "$tmp/venv/bin/activate"
"""
_RUN = re.compile(
    r'program_path=\$\(mktemp -d\)\n+printf "%s" "\$0" > "\$program_path/ephemeral_component\.py"\n'
    r"(?:_KFP_RUNTIME=true )?"
    r"python3 -m (?P<executor>kfp\.(?:dsl|components|v2\.components)\.executor_main)"
    r' +--component_module_path +"\$program_path/ephemeral_component\.py" +"\$@"\n'
)
#: The name of the wrapper.
_CONVERTS = "convert-executor-input"
#: What kfp 2.1 and later install with their own version of kfp.
_WITH_KFP = ("--no-deps", 'typing-extensions>=3.7.4,<5; python_version<"3.9"')
#: The kfp that an SDK installs by itself: its own version.
_OWN_KFP = re.compile(r"kfp(?:-dsl)?==(?P<version>\d[\w.+-]*)")


class Pip(NamedTuple):
    """The arguments of ``@dsl.component`` that decide what is installed."""

    packages: tuple[str, ...] = ()
    index_urls: tuple[str, ...] = ()
    #: None: the URLs of the indexes, as by default.
    trusted_hosts: tuple[str, ...] | None = None
    #: The kfp that the SDK installs, its own version; empty if the author chose one, or none.
    own_kfp: str = ""
    #: The kfp that the author chose; empty if none.
    kfp_package_path: str = ""
    venv: bool = False

    @property
    def installs_kfp(self) -> bool:
        """What ``install_kfp_package`` says; kfp among the packages is never installed twice."""
        return bool(
            self.own_kfp
            or self.kfp_package_path
            or any(one.startswith("kfp") for one in self.packages)
        )


class Bootstrap(NamedTuple):
    """A container that kfp made of a function."""

    pip: Pip
    #: The program: imports, helper functions, and the function.
    source: str
    function: str
    #: The module of kfp that runs it, by which its version shows.
    executor: str


def bootstrap(container: Container) -> Bootstrap | None:
    """How a container runs a function with kfp's executor; None if it does anything else.

    The wrapper that converts the executor input for kfp 1 is passed over: that of kfp 2 needs none.
    """
    command = container.command
    if len(command) > 3 and str(command[3]) == _CONVERTS:
        command = command[wrapper_length(command) :]
    if not all(_is_constant(text) for text in command):
        return None
    match [str(text) for text in command], list(container.args):
        case (
            [*before, "sh", "-ec", run, source],
            [
                Text(("--executor_input",)),
                Text((Placeholder(PlaceholderKind.EXECUTOR_INPUT),)),
                Text(("--function_to_execute",)),
                Text((str(name),)),
            ],
        ):
            started = _RUN.fullmatch(run)
            pip = _pip(before)
            if started is not None and pip is not None:
                return Bootstrap(pip, source, name, started["executor"])
    return None


def _is_constant(text: Text) -> bool:
    """Whether a text has no placeholder but those that a source may mention."""
    return len(text.parts) < 2 or isinstance(text.parts[0], str)


def _pip(command: list[str]) -> Pip | None:
    match command:
        case []:
            return Pip()
        case ["sh", "-c", script]:
            found = _SCRIPT.fullmatch(script) or _SCRIPT_OF_1_7.fullmatch(script)
            return _of_commands(found["commands"]) if found else None
    return None


def _of_commands(commands: str) -> Pip | None:
    """One or two ``pip install``, that of kfp perhaps in a virtual environment."""
    before, venv, after = commands.rpartition(_VENV)
    installs = [_INSTALL.fullmatch(one.strip(" ")) for one in (before + after).split(" && ")]
    found = [one for one in installs if one is not None]
    if len(found) < len(installs) or len({one["options"] for one in found}) != 1:
        return None
    groups = [_packages(one["packages"]) for one in found]
    is_older = "--quiet  " in commands
    split = _older_split(groups) if is_older else _split(groups)
    if split is None or (venv and _packages(after) != split[1]):
        return None
    packages, kfp = split
    is_own = bool(kfp) and (is_older or len(kfp) > 1) and bool(_OWN_KFP.fullmatch(kfp[0]))
    index_urls, trusted_hosts = _options(found[0]["options"])
    return Pip(
        packages=packages,
        index_urls=index_urls,
        trusted_hosts=trusted_hosts,
        own_kfp=kfp[0] if is_own else "",
        kfp_package_path=kfp[0] if kfp and not is_own else "",
        venv=bool(venv),
    )


def _packages(text: str) -> tuple[str, ...]:
    """Arguments as ``repr`` quotes them."""
    return tuple(str(ast.literal_eval(one)) for one in re.findall(_PACKAGE, text))


def _older_split(groups: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...] | None:
    """The packages, and kfp behind them."""
    if len(groups) != 1:
        return None
    (group,) = groups
    return (group[:-1], group[-1:]) if group[-1].startswith("kfp") else (group, ())


def _split(groups: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...] | None:
    """The packages, and what is installed of kfp: one argument, or three as the SDK writes them."""
    match groups:
        case [group]:
            alone = len(group) == 1 and "kubeflow/pipelines" in group[0]
            return ((), group) if alone or group[1:] == _WITH_KFP else (group, ())
        case [first, second]:
            packages, kfp = (second, first) if _is_of_kfp(first) else (first, second)
            return (packages, kfp) if kfp[1:] in ((), _WITH_KFP) else None
    return None


def _is_of_kfp(group: tuple[str, ...]) -> bool:
    names_kfp = group[0].startswith("kfp") or "kubeflow/pipelines" in group[0]
    return group[1:] == _WITH_KFP or (len(group) == 1 and names_kfp)


def _options(options: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The URLs of indexes, and trusted hosts if they are others than these (kfp's default)."""
    words = options.split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    urls = tuple(value for key, value in pairs if key != "--trusted-host")
    hosts = tuple(value for key, value in pairs if key == "--trusted-host")
    return urls, None if hosts == urls else hosts
