"""The program that KFP v1 wrote for a Python function, as pipeline.py rebuilds it.

The source of both functions is written into pipeline.py by ``lightweight_v1``, which compares what
``v1_text`` returns with the program in the file. The rules are those of ``_func_to_component_spec``
(kfp/components/_python_op.py of kfp 1.8).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import inspect
import re


def v1_program(function, options=None, returns=None, description=None, **parts):
    """The text of the program in which KFP v1 ran a function: its source, and a command line.

    ``options`` are those of the command line, each with what reads its text: ``str`` for each
    parameter, if they are left out. ``returns`` is what writes the returned value to a file, or a
    list of it for the values of a named tuple.
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
    *,
    title=None,
    before="",
    around=(),
    older=False,
):
    """The text for the source of a function, in the form that KFP v1 gave it."""
    words = " ".join([word for word in name.split("_") if word])
    title = title or words[0].upper() + words[1:]
    writers = [returns] if isinstance(returns, str) else returns
    lines = [
        *around,
        "import argparse",
        f"_parser = argparse.ArgumentParser(prog={title!r}, description={description!r})",
        *[v1_option(option, kind, required) for option, kind in options.items()],
    ]
    if writers:
        paths = f'"----output-paths", dest="_output_paths", type=str, nargs={len(writers)}'
        lines.append(f"_parser.add_argument({paths})")
    lines.append("_parsed_args = vars(_parser.parse_args())")
    if writers is not None:
        lines.append('_output_files = _parsed_args.pop("_output_paths", [])')
    parts = [before, source, "\n".join(lines), f"_outputs = {name}(**_parsed_args)"]
    if writers is not None:
        parts.append(v1_outputs(writers, isinstance(returns, str), older))
    return re.sub("\n\n\n+", "\n\n", "\n\n".join(parts)).strip("\n") + "\n"


def v1_option(option, kind, required):
    """The line for an option; that for a file has its parameter's name without `_path`, `_file`."""
    name = next(one for one in (option, f"{option}_path", f"{option}_file") if one in required)
    flag = option.replace("_", "-")
    given = f"type={kind}, required={required[name]}, default=argparse.SUPPRESS"
    return f'_parser.add_argument("--{flag}", dest="{name}", {given})'


def v1_outputs(writers, single, older):
    """The lines that write the returned values, each to a file; a single one becomes a list."""
    wrap = "_outputs = [_outputs]" if single else ""
    if older:
        test = "not hasattr(_outputs, '__getitem__') or isinstance(_outputs, str)"
        wrap = f"if {test}:\n    _outputs = [_outputs]"
    listed = "".join([f"    {writer},\n" for writer in writers])
    return f"""{wrap}

_output_serializers = [
{listed}
]

import os
for idx, output_file in enumerate(_output_files):
    try:
        os.makedirs(os.path.dirname(output_file))
    except OSError:
        pass
    with open(output_file, 'w') as f:
        f.write(_output_serializers[idx](_outputs[idx]))"""
