"""Python functions of KFP v1: the function as source, and the program of its container from it.

KFP v1 put the source of a function between imports and a command line (argparse), and gave this
text to ``python3``. In pipeline.py the function is a function, inside that of its component, and
``v1_program`` rebuilds the text from it, byte for byte. Where the text would be another one, it
stays a text.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from typing import TYPE_CHECKING

from translator.decompiler.components import v1_program
from translator.decompiler.components.functions import (
    Function,
    Refused,
    function,
    local,
    parsed,
)
from translator.decompiler.components.signatures import checked
from translator.decompiler.layout import call, listed, mapping, named
from translator.decompiler.literals import key_literal, literal, text
from translator.diagnostics import decompiler_functions as rules
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.diagnostics import Origin

__all__ = ["RUN_SCRIPTS", "Rebuilt", "function_of", "program"]

#: How KFP v1 runs the program, from kfp 0.2 to 1.8.
RUN_SCRIPTS = frozenset(
    f'program_path=$(mktemp)\n{write} "$0" > "$program_path"\n{run} -u "$program_path" "$@"\n'
    for write, run in (
        ('printf "%s"', "python3"),
        ("echo -n", "python3"),
        ('printf "%s"', "exec python3"),
    )
)

#: What pipeline.py rebuilds programs with, in an order in which each calls those before it.
_HELPERS = (
    v1_program.v1_outputs,
    v1_program.v1_text,
    v1_program.v1_program,
    v1_program.v1_command,
)


class Rebuilt(NamedTuple):
    """How pipeline.py has the text of a program."""

    expression: Expression
    #: The function in it.
    function: str
    #: The source of the function, as a statement of the function that has the expression.
    code: str
    #: The names of pipeline.py in the expression.
    names: frozenset[str]


class _Program(NamedTuple):
    """The parts of a program of KFP v1."""

    function: Function
    #: Parameter → whether it has no default.
    required: Mapping[str, bool]
    #: Option → what reads its text.
    options: Mapping[str, str]
    #: What writes the returned value, or a list for a named tuple; None without outputs.
    returns: str | Sequence[str] | None
    title: str
    description: str
    #: What is before the function, for files.
    before: str
    #: What is between it and the command line, for types: imports and functions.
    around: Sequence[str]
    #: Programs of kfp 0.2 look at the returned value to see whether it is a tuple.
    older: bool

    def text(self) -> str:
        """The program as ``v1_program`` rebuilds it in pipeline.py."""
        # Its types are not written into pipeline.py.
        found: str = v1_program.v1_text(  # type: ignore[no-untyped-call]
            self.function.source,
            self.function.name,
            self.required,
            self.options,
            self.returns,
            self.description,
            title=self.title,
            before=self.before,
            around=self.around,
            older=self.older,
        )
        return found


def function_of(source: str) -> str:
    """The function of a program of KFP v1, which components are often named after, or nothing."""
    if not _is_program(source):
        return ""
    try:
        return _called(parsed(source))
    except (Refused, RecursionError):
        return ""


def _is_program(source: str) -> bool:
    return "_parsed_args = vars(_parser.parse_args())\n" in source


def program(
    module: Module, source: str, origin: Origin | None = None, run: str = ""
) -> Rebuilt | None:
    """The expression for a program of KFP v1, and its function.

    With ``run``, the script that runs the program, it is the whole command. None for a text that is
    no such program, and, with a finding at ``origin``, for one that cannot be rebuilt.
    """
    if not _is_program(source):
        return None
    name = "?"
    try:
        tree = parsed(source)
        name = _called(tree)
        found = _program(source, tree, name)
        _check_names(found)
        if found.text() != source:
            raise Refused("its text is not as KFP v1 writes it")
        imports = checked(found.function.node, {})
        code = local(module, found.function)
    except (Refused, RecursionError) as reason:
        module.findings.add(rules.PROGRAM_KEPT.at(origin, function=name, reason=str(reason)))
        return None
    for line in imports:
        module.use(line)
    return _call(module, found, code, run)


def _check_names(found: _Program) -> None:
    """Raises ``Refused`` for names from which ``v1_program`` could not make its text."""
    for option in found.options:
        if not {option, f"{option}_path", f"{option}_file"} & {*found.required}:
            raise Refused(f"its command line has the option `{option}`, which is no parameter")
    if not found.function.name.strip("_"):
        raise Refused("its name has no letters")
    if found.function.name.startswith("__") or not found.function.name.isascii():
        raise Refused("its name begins with two underscores or is not ASCII")


def _called(tree: ast.Module) -> str:
    """The function that the program calls with its arguments."""
    for statement in tree.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name("_outputs")],
                value=ast.Call(
                    func=ast.Name(name),
                    args=[],
                    keywords=[ast.keyword(None, ast.Name("_parsed_args"))],
                ),
            ):
                return name
    raise Refused("it does not call a function with its arguments")


def _program(source: str, tree: ast.Module, name: str) -> _Program:
    """The parts of a program. That they are all of it shows when it is rebuilt."""
    lines = source.split("\n")
    defined = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]
    imported = [
        one
        for one in tree.body
        if isinstance(one, ast.Import) and [name.name for name in one.names] == ["argparse"]
    ]
    if len(defined) != 1 or len(imported) != 1:
        raise Refused("it has not exactly one function and one command line")
    start, end = defined[0].lineno - 1, imported[0].lineno - 1
    between = [one for one in tree.body if start < one.lineno - 1 < end]
    stop = between[0].lineno - 1 if between else end
    found = function("\n".join(lines[start:stop]).rstrip("\n") + "\n")
    statements = tree.body[tree.body.index(imported[0]) + 1 :]
    title, description = _described(statements)
    writers = _writers(statements)
    single = "\n\n_outputs = [_outputs]\n" in source
    return _Program(
        function=found,
        required=_required(found.node),
        options=_options(statements),
        returns=writers[0] if single and writers else writers,
        title=title,
        description=description,
        before="\n".join(lines[:start]).strip("\n"),
        around=_around(lines, [*(one.lineno - 1 for one in between), end]),
        older="\nif not hasattr(_outputs, '__getitem__') " in source,
    )


def _around(lines: list[str], starts: list[int]) -> list[str]:
    """The statements between these lines, as the lines that KFP v1 put one below the other."""
    return ["\n".join(lines[start:stop]) for start, stop in itertools.pairwise(starts)]


def _described(statements: list[ast.stmt]) -> tuple[str, str]:
    """Name and description of the component, from the call that makes the parser."""
    match statements[:1]:
        case [
            ast.Assign(
                value=ast.Call(
                    args=[],
                    keywords=[
                        ast.keyword("prog", ast.Constant(str(title))),
                        ast.keyword("description", ast.Constant(str(description))),
                    ],
                )
            )
        ]:
            return title, description
    raise Refused("its command line has no name and description")


def _options(statements: list[ast.stmt]) -> dict[str, str]:
    """Each option of the command line, with the expression that reads its text."""
    found: dict[str, str] = {}
    for statement in statements:
        match statement:
            case ast.Expr(
                ast.Call(
                    func=ast.Attribute(attr="add_argument"),
                    args=[ast.Constant(str(flag))],
                    keywords=[_, ast.keyword("type", kind), ast.keyword("required"), *_],
                )
            ):
                found[flag.removeprefix("--").replace("-", "_")] = ast.unparse(kind)
    return found


def _writers(statements: list[ast.stmt]) -> list[str] | None:
    """What writes each output; None if the program writes none."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name("_output_serializers")], value=ast.List(elts=found)):
                return [ast.unparse(one) for one in found]
    return None


def _required(node: ast.FunctionDef) -> dict[str, bool]:
    """Each parameter of a function, and whether it has no default."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    first = len(positional) - len(given.defaults)
    found = {one.arg: index < first for index, one in enumerate(positional)}
    pairs = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return {**found, **{one.arg: default is None for one, default in pairs}}


def _call(module: Module, found: _Program, code: str, run: str) -> Rebuilt:
    """The call of ``v1_program`` or ``v1_command``, without arguments that it takes by default."""
    parts = _Parts(module)
    given: dict[str, Expression] = {}
    if list(found.options.items()) != [(one, "str") for one in found.required]:
        pairs = [(key_literal(option), literal(kind)) for option, kind in found.options.items()]
        given["options"] = mapping(pairs)
    if found.returns is not None:
        is_list = not isinstance(found.returns, str)
        given["returns"] = literal(list(found.returns) if is_list else found.returns)
    if found._replace(title="").text() != found.text():
        given["title"] = literal(found.title)
    docstring = ast.get_docstring(found.function.node) or ""
    if found.description != docstring.partition("\n")[0].strip():
        given["description"] = literal(found.description)
    if found.before:
        given["before"] = parts.part(found.before)
    if found.around:
        given["around"] = listed([parts.part(one) for one in found.around])
    if found.older:
        given["older"] = literal(True)
    helper = _helper(module, run)
    name = found.function.name
    expression = call(helper, named(name), **given)
    return Rebuilt(expression, name, code, frozenset({helper, *parts.constants}))


class _Parts:
    """The parts of a program around its function: constants, or texts of one line."""

    def __init__(self, module: Module) -> None:
        self._module = module
        #: The names of the constants.
        self.constants: set[str] = set()

    def part(self, part: str) -> Expression:
        """A constant, which is named after the function in it."""
        if "\n" not in part.strip("\n"):
            return text(part)
        defined = re.search(r"^def _*(\w+)\(", part, re.MULTILINE)
        name = self._module.helpers.constant(defined[1] if defined else "program part", text(part))
        self.constants.add(name)
        return named(name)


def _helper(module: Module, run: str) -> str:
    """The name of ``v1_program`` or ``v1_command``, with the functions that it calls."""
    helpers = module.helpers
    for line in ("import inspect", "import re"):
        helpers.use(line)
    names: dict[str, str] = {}
    if run:
        names["RUN_PROGRAM"] = helpers.constant("run program", text(run), inner=True)
    needed = _HELPERS if run else _HELPERS[:-1]
    for helper in needed:
        source = inspect.getsource(helper)
        for name, new in names.items():
            source = re.sub(rf"\b{name}\b(?=[(,])", new, source)
        is_inner = helper is not needed[-1]
        names[helper.__name__] = helpers.helper(helper.__name__, source, inner=is_inner)
    return names[needed[-1].__name__]
