"""The options for how a KFP v1 workflow is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.readers.options import ReadOptions

#: Names of the options' values, for ``read_options_of``.
_NAMES = ("types", "unroll_recursion", "set_placeholder", "entrypoint", "adapter_image")
FLAGS = tuple(f"--{name.replace('_', '-')}" for name in _NAMES)


def _pairs(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    # An expression of Argo begins with an equals sign, and may contain more of them.
    pairs = [one.rpartition("=") if one.startswith("=") else one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise click.BadParameter(f"'{name}' is not {param.metavar}")
    return {name: value for name, _, value in pairs}


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for option in (
        click.option(
            "--adapter-image",
            metavar="IMAGE",
            help="The image of the added tasks that convert values to files and files to values.",
        ),
        click.option(
            "--entrypoint",
            metavar="IMAGE=COMMAND",
            multiple=True,
            callback=_pairs,
            help="The entrypoint of an image, for containers without a command. May be repeated.",
        ),
        click.option(
            "--set-placeholder",
            metavar="NAME=TEXT",
            multiple=True,
            callback=_pairs,
            help="The text of a placeholder without an equivalent in KFP v2, for example "
            "workflow.namespace=kubeflow. May be repeated.",
        ),
        click.option(
            "--unroll-recursion",
            metavar="N",
            type=click.IntRange(min=1),
            help="Unroll a recursive template N times. Without it, recursion is an error.",
        ),
        click.option(
            "--types",
            type=click.Choice(["text", "declared"]),
            default="text",
            show_default=True,
            help="Types of inputs and outputs: text as in KFP v1, or as declared by the author.",
        ),
    ):
        command = option(command)
    return command


def read_options_of(values: dict[str, Any]) -> ReadOptions:
    """Takes the options' values out of ``values``."""
    from translator.readers.options import ReadOptions

    types, unrolled, placeholders, entrypoints, image = (values.pop(name) for name in _NAMES)
    commands: dict[str, tuple[str, ...]] = {}
    for name, command in entrypoints.items():
        import shlex  # rarely given

        try:
            commands[name] = tuple(shlex.split(command))
        except ValueError as error:
            raise click.BadParameter(f"'{command}': {error}") from error
    given = {"adapter_image": image} if image else {}
    return ReadOptions(
        declared_types=types == "declared",
        unroll_recursion=unrolled or 0,
        placeholders=placeholders,
        entrypoints=commands,
        **given,
    )
