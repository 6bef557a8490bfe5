"""The command ``translator``, a thin layer over the library.

Nothing heavier than click is imported until a command runs.
"""

from __future__ import annotations

import click

from translator.cli.group import Commands, Group
from translator.version import __version__

__all__ = ["main"]

EPILOG = """\
\b
Exit status:
  0  success, perhaps with warnings
  1  errors, or warnings with --strict
  2  usage error
  3  internal error of translator

\b
Shell completion:
  bash  eval "$(_TRANSLATOR_COMPLETE=bash_source translator)"    in ~/.bashrc
  zsh   eval "$(_TRANSLATOR_COMPLETE=zsh_source translator)"     in ~/.zshrc
  fish  _TRANSLATOR_COMPLETE=fish_source translator | source     in config.fish
"""


@click.group(
    cls=Group,
    commands=Commands(
        *("convert", "decompile", "check", "assess", "plan", "prerequisites"),
        *("inspect", "why", "graph", "diff", "report", "explain"),
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="translator", message="%(prog)s %(version)s")
def main() -> None:
    """Convert compiled Kubeflow pipelines for {targets}.

    Reads the output of the compilers of KFP v1 (Argo Workflow) and KFP v2 (pipeline spec).
    Never runs code of a pipeline, and needs neither kfp nor the Google Cloud SDK.
    """
