"""The program that KFP v1 wrote for a Python function, as pipeline.py rebuilds it.

The source of these functions is written beside pipeline.py by ``lightweight_v1``, which compares
what ``v1_text`` returns with the program in the file. The rules are those of
``_func_to_component_spec`` (kfp/components/_python_op.py of kfp 1.8).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import inspect
import re

RUN_PROGRAM = ""


def v1_command(function, **given):
    """The command with which KFP v1 ran a function: it writes the program to a file."""
    return ["sh", "-ec", RUN_PROGRAM, v1_program(function, **given)]


def v1_program(function, options=None, returns=None, description=None, **parts):
    """The program in which KFP v1 ran a function: its source, and a command line (argparse).

    ``options``: option → what reads its text, ``str`` for each parameter if left out. ``returns``:
    what writes the returned value to a file, or a list for the values of a named tuple.
    """
    parameters = inspect.signature(function).parameters
    required = {name: one.default is one.empty for name, one in parameters.items()}
    if options is None:
        options = dict.fromkeys(parameters, "str")
    if description is None:
        description = (inspect.getdoc(function) or "").partition("\n")[0].strip()
    # It is inside another function, but for blank lines as KFP v1 took it.
    source = re.sub(r"^    (?=.*\S)", "", inspect.getsource(function), flags=re.MULTILINE)
    return v1_text(source, function.__name__, required, options, returns, description, **parts)


def v1_text(
    source,
    name,
    required,
    options,
    returns,
    description,
    title="",
    before="",
    around=(),
    older=False,
):
    """The text for the source of a function, in the form that KFP v1 gave it."""
    words = re.sub("_+", " ", name.strip("_"))
    title = title or words[0].upper() + words[1:]
    lines = [f"_parser = argparse.ArgumentParser(prog={title!r}, description={description!r})"]
    for option, kind in options.items():
        # The option for a file has the name of its parameter without `_path` or `_file`.
        dest = next(one for one in (option, f"{option}_path", f"{option}_file") if one in required)
        given = f"type={kind}, required={required[dest]}, default=argparse.SUPPRESS"
        flag = option.replace("_", "-")
        lines.append(f'_parser.add_argument("--{flag}", dest="{dest}", {given})')
    writers = [returns] if isinstance(returns, str) else returns
    if writers:
        paths = f'"----output-paths", dest="_output_paths", type=str, nargs={len(writers)}'
        lines.append(f"_parser.add_argument({paths})")
    lines.append("_parsed_args = vars(_parser.parse_args())")
    if writers is not None:
        lines.append('_output_files = _parsed_args.pop("_output_paths", [])')
    command_line = "\n".join([*around, "import argparse", *lines])
    parts = [before, source, command_line, f"_outputs = {name}(**_parsed_args)"]
    if writers is not None:
        parts.append(v1_outputs(writers, isinstance(returns, str), older))
    return re.sub("\n\n\n+", "\n\n", "\n\n".join(parts)).strip("\n") + "\n"


def v1_outputs(writers, single, older):
    """The lines that write the returned values, each to a file."""
    wrap = "_outputs = [_outputs]" if single else ""
    if older:
        test = "not hasattr(_outputs, '__getitem__') or isinstance(_outputs, str)"
        wrap = f"if {test}:\n    _outputs = [_outputs]"
    listed = "".join([f"    {writer},\n" for writer in writers])
    return f"""{wrap}\n\n_output_serializers = [\n{listed}\n]\n
import os
for idx, output_file in enumerate(_output_files):
    try:
        os.makedirs(os.path.dirname(output_file))
    except OSError:
        pass
    with open(output_file, 'w') as f:
        f.write(_output_serializers[idx](_outputs[idx]))"""
