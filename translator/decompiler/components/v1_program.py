"""The program that KFP v1 wrote for a Python function, as pipeline.py rebuilds it.

The source of both functions is written into pipeline.py by ``lightweight_v1``, which compares what
``v1_text`` returns with the program in the file. The rules are those of ``_func_to_component_spec``
(kfp/components/_python_op.py of kfp 1.8).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import inspect
import re
import textwrap


def v1_program(function, options=None, returns=None, **parts):
    """The text of the program in which KFP v1 ran a function: its source, and a command line.

    ``options`` are those of the command line, each with what reads its text; ``returns`` is what
    writes the returned value to a file, or a list of it for the values of a named tuple.
    """
    parameters = inspect.signature(function).parameters
    required = {name: one.default is one.empty for name, one in parameters.items()}
    source = inspect.getsource(function)
    if not source.startswith("def"):
        source = textwrap.dedent(source)
    return v1_text(source, function.__name__, required, options, returns, **parts)


def v1_text(
    source,
    name,
    required,
    options,
    returns,
    title=None,
    description="",
    before="",
    around=(),
    older=False,
):
    """The text for the source of a function, in the form that KFP v1 gave it."""
    words = " ".join([word for word in name.split("_") if word])
    title = title or words[0].upper() + words[1:]
    lines = [
        *around,
        "import argparse",
        f"_parser = argparse.ArgumentParser(prog={title!r}, description={description!r})",
    ]
    for option, kind in (options or {}).items():
        # The option for a file has the name of its parameter without `_path` or `_file`.
        given = next(one for one in (option, f"{option}_path", f"{option}_file") if one in required)
        flag = option.replace("_", "-")
        lines.append(
            f'_parser.add_argument("--{flag}", dest="{given}", type={kind}, '
            f"required={required[given]}, default=argparse.SUPPRESS)"
        )
    writers = [returns] if isinstance(returns, str) else returns
    if writers:
        lines.append(
            '_parser.add_argument("----output-paths", dest="_output_paths", type=str, '
            f"nargs={len(writers)})"
        )
    lines.append("_parsed_args = vars(_parser.parse_args())")
    if writers is not None:
        lines.append('_output_files = _parsed_args.pop("_output_paths", [])')
    parts = [before, source, "\n".join(lines), f"_outputs = {name}(**_parsed_args)"]
    if older:
        parts.append(
            "if not hasattr(_outputs, '__getitem__') or isinstance(_outputs, str):\n"
            "    _outputs = [_outputs]"
        )
    elif isinstance(returns, str):
        parts.append("_outputs = [_outputs]")
    if writers is not None:
        parts.append(
            "_output_serializers = [\n" + "".join(f"    {one},\n" for one in writers) + "\n]"
        )
        parts.append(
            "import os\n"
            "for idx, output_file in enumerate(_output_files):\n"
            "    try:\n"
            "        os.makedirs(os.path.dirname(output_file))\n"
            "    except OSError:\n"
            "        pass\n"
            "    with open(output_file, 'w') as f:\n"
            "        f.write(_output_serializers[idx](_outputs[idx]))"
        )
    return re.sub("\n\n\n+", "\n\n", "\n\n".join(parts)).strip("\n") + "\n"
