"""The command ``translator``: a skin over the library.

Nothing heavier than click is imported until a command runs.
"""

from __future__ import annotations

import click

from translator.cli.check import check
from translator.cli.convert import convert
from translator.cli.explain import explain
from translator.cli.group import Group
from translator.cli.inspect import inspect
from translator.version import __version__

__all__ = ["main"]

EPILOG = """\
\b
Exit status:
  0  done; there may be warnings
  1  errors, or warnings under --strict
  2  wrong usage
  3  an internal error of translator

\b
Shell completion:
  bash  eval "$(_TRANSLATOR_COMPLETE=bash_source translator)"    in ~/.bashrc
  zsh   eval "$(_TRANSLATOR_COMPLETE=zsh_source translator)"     in ~/.zshrc
  fish  _TRANSLATOR_COMPLETE=fish_source translator | source     in config.fish
"""


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="translator", message="%(prog)s %(version)s")
def main() -> None:
    """Take a compiled Kubeflow pipeline and put it to work on Vertex AI or Kubeflow.

    Reads what the compilers of KFP v1 (Argo Workflow) and v2 (pipeline spec) write. Never
    runs anything of the pipeline, and needs neither kfp nor the Google Cloud SDK.
    """


for command in (convert, check, inspect, explain):
    main.add_command(command)
