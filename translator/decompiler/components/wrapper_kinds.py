"""The kinds of wrappers before a program: the hash of each script, and its helper function."""

from __future__ import annotations

import hashlib
from enum import Enum, auto

from translator.records import NamedTuple

__all__ = ["METRICS_PROGRAM", "SCRIPTS", "Shape", "Wrapper", "hashed"]


class Shape(Enum):
    """How the arguments of a script are written in the argv."""

    #: One after the other.
    PLAIN = auto()
    #: Their number, then they.
    COUNTED = auto()
    #: ``--`` behind them.
    ENDED = auto()
    #: The text of a program, the executor input, options.
    METRICS = auto()


class Wrapper(NamedTuple):
    """A kind of wrapper."""

    #: ``$0`` of the script, the word behind it.
    name: str
    #: The name of the function.
    function: str
    #: Its parameters: one with a star for any number.
    parameters: tuple[str, ...]
    #: Its docstring.
    purpose: str
    shape: Shape = Shape.PLAIN


#: The hash of a script → its wrapper. A test compares them with the scripts that are written today.
SCRIPTS = {
    "93a403a99e583237": Wrapper(
        "write-input",
        "write_input",
        ("value", "path"),
        "Writes a value to a file, then runs the program.\n\n"
        "KFP v1 passed inputs of any kind as files. KFP v2 passes parameters as text only.",
    ),
    "cd47e7badc6ea529": Wrapper(
        "place-input",
        "place_input",
        ("artifact", "path"),
        "Copies an artifact to a path, then runs the program.\n\n"
        "In KFP v1 a template chose the paths of its inputs. KFP v2 chooses them.",
    ),
    "347dd4f450dfe1a9": Wrapper(
        "place-input",
        "place_optional_input",
        ("artifact", "path"),
        "Copies an artifact, if there is one, to a path, then runs the program.\n\n"
        "In KFP v1 a template chose the paths of its inputs. KFP v2 chooses them.",
    ),
    "3382d857496cd1a7": Wrapper(
        "copy-output",
        "copy_output",
        ("path", "output"),
        "Runs the program, then copies a file or folder to an output.\n\n"
        "In KFP v1 a template chose the paths of its outputs. KFP v2 chooses them.",
    ),
    "280fef3a7416e107": Wrapper(
        "copy-output",
        "copy_optional_output",
        ("path", "output"),
        "Runs the program, then copies a file or folder, if there is one, to an output.\n\n"
        "In KFP v1 a template chose the paths of its outputs. KFP v2 chooses them.",
    ),
    "67713f7587988aef": Wrapper(
        "copy-value",
        "copy_value",
        ("path", "output"),
        "Runs the program, then copies a value from a file to an output parameter.\n\n"
        "In KFP v1 a template chose the paths of its outputs, and a newline at the end of a value "
        "was\nremoved.",
    ),
    "906f92b6e8b34299": Wrapper(
        "copy-value",
        "copy_value_or_default",
        ("path", "output", "default"),
        "Runs the program, then copies a value, or the default, to an output parameter.\n\n"
        "In KFP v1 outputs could have defaults, and a template chose their paths. A newline at the "
        "end\nof a value was removed.",
    ),
    "e1040127d53da5f4": Wrapper(
        "default-value",
        "default_value",
        ("output", "default"),
        "Runs the program, then writes an output parameter that it has not written.\n\n"
        "In KFP v1 outputs could have defaults.",
    ),
    "e134db049d23f9dd": Wrapper(
        "trim-values",
        "trim_values",
        ("*outputs",),
        "Runs the program, then removes a newline at the end of each output parameter.\n\n"
        "KFP v1 did so when it read them. KFP v2 does not.",
        Shape.COUNTED,
    ),
    "999e22ba40406540": Wrapper(
        "keep-printed",
        "keep_printed",
        ("output",),
        "Runs the program, and copies what it prints to an output parameter.\n\n"
        "In Argo the standard output of a script can be an output.",
    ),
    "953f829a9672a53c": Wrapper(
        "run-script",
        "run_script",
        ("source",),
        "Writes a script to a file, whose path is the last argument of the program.\n\n"
        "Argo runs scripts that way.",
    ),
    "fe2aec324aea1420": Wrapper(
        "set-environment",
        "set_environment",
        ("name", "value"),
        "Sets an environment variable to a value of the run, then runs the program.\n\n"
        "In KFP v2 environment variables are constants.",
    ),
    "ccfec1955d119d87": Wrapper(
        "change-directory",
        "change_directory",
        ("folder",),
        "Runs the program in a folder.\n\nContainers of KFP v2 have no working directory.",
    ),
    "8d5c081a179613d0": Wrapper(
        "fill-status",
        "fill_status",
        ("status", "mark"),
        "Runs the program with the final status, ``Succeeded`` or ``Failed``, in place of a mark."
        "\n\nArgo has it as a text. In KFP v2 it is a struct.",
    ),
    "9396711875f397a2": Wrapper(
        "fill-failures",
        "fill_failures",
        ("status", "mark"),
        "Runs the program with a JSON list of the failures in place of a mark.\n\n"
        "Argo has such a list. In KFP v2 the final status is a struct.",
    ),
    "a16a247c30eb059a": Wrapper(
        "mount-volume",
        "mount_volume",
        ("folder", "path"),
        "Links a path to a folder of Cloud Storage, then runs the program.\n\n"
        "Vertex AI has no volumes of Kubernetes.",
    ),
    "261d09b1d4deb97f": Wrapper(
        "empty-folder",
        "empty_folder",
        ("path",),
        "Makes an empty folder, then runs the program.\n\nVertex AI has no volumes of Kubernetes.",
    ),
    "dae245ac0807e660": Wrapper(
        "fetch-secrets",
        "fetch_secrets",
        ("*secrets",),
        "Sets variables and files to secrets of Secret Manager, then runs the program.\n\n"
        "Vertex AI has no secrets of Kubernetes. Three arguments for each secret: its version, the "
        "\nvariable or path, and ``env`` or the permissions of the file.",
        Shape.ENDED,
    ),
    "1e6d2da35cb6aa40": Wrapper(
        "write-config-maps",
        "write_config_maps",
        ("*values",),
        "Sets variables and files to values of config maps, then runs the program.\n\n"
        "Vertex AI has no config maps of Kubernetes.",
        Shape.ENDED,
    ),
    "dc524b0c81b423c2": Wrapper(
        "show-metrics",
        "show_metrics",
        ("side", "files", "artifacts"),
        "Runs the program, then converts its metrics and visualizations for Vertex AI.\n\n"
        "KFP v1 shows the files that the program writes. Vertex AI shows artifacts.",
        Shape.METRICS,
    ),
    "131edeb9ac782f4f": Wrapper(
        "convert-executor-input",
        "convert_executor_input",
        ("python", "types", "position"),
        "Runs a function of kfp 1.x with the executor input of schema 2.0.0, which it reads.\n\n"
        "Backends of KFP v2 pass that of schema 2.1.0.",
    ),
}


#: The hash of the program that converts metrics; tasks of their own run it, too.
METRICS_PROGRAM = "a5c1a700b398cb76"


def hashed(script: str) -> str:
    """The key of a script in ``SCRIPTS``."""
    return hashlib.sha256(script.encode("utf-8", "surrogatepass")).hexdigest()[:16]
