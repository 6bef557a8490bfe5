"""Python functions of a pipeline's author: what is written of them into pipeline.py, and how.

Importing pipeline.py defines these functions, and calls none. A definition evaluates the defaults,
the annotations and the decorators of a function, so those are checked: ``signatures`` allows
literals and the names of types. The body is kept as it is, character by character, since it is a
part of the container.

The source of a function cannot contain a second statement: it is written only if it is, parsed
alone, one function at the start of a line and nothing else. Python parses a file statement by
statement, so the file then has that function and the statements of this package. Characters by
which a reader of the file could see other lines than Python are refused (docs/python-functions.md).
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import tokenize
import unicodedata
import warnings
from typing import TYPE_CHECKING

from translator.decompiler.names import RESERVED
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.decompiler.definitions import Module

__all__ = ["Function", "Refused", "define", "function", "local", "parsed"]

#: The markers between which formatters change nothing.
_OFF, _ON = "# fmt: off\n", "# fmt: on"
#: Bidirectional controls, by which text is shown in another order than Python reads it.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Longer programs are kept as text.
_LONGEST = 1_000_000


class Refused(Exception):
    """A function that is not written as Python; the text is the reason, for findings."""


class Function(NamedTuple):
    """A function of the author, checked by ``function``."""

    name: str
    #: From ``def`` to the newline at its end.
    source: str
    node: ast.FunctionDef


class _Known(dict[str, tuple[str, str]]):
    """The functions of a module: what ``define`` was given → its name and its definition."""


def parsed(program: str) -> ast.Module:
    """The program as a tree, never executed; ``Refused`` if it is not Python as ``function`` says.

    A whole program has several statements: who parses it checks each of them.
    """
    if len(program) > _LONGEST:
        raise Refused(f"its source has more than {_LONGEST:,} characters")
    for character in dict.fromkeys(program):
        if _is_deceptive(character):
            raise Refused(f"its source contains the character U+{ord(character):04X}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Compiling finds the errors that are in no grammar, such as `return` in a class; they
            # would make all of pipeline.py fail.
            compile(program, "<function>", "exec", dont_inherit=True)
            return ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused(f"its source is not valid Python: {error}") from None


def _is_deceptive(character: str) -> bool:
    """Whether readers of a file disagree about a character: they may see a new line in it.

    A carriage return, a form feed and other controls, surrogates, which no file has, separators of
    lines, bidirectional controls, and the byte order mark.
    """
    if character in "\n\t":
        return False
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI or character == "\ufeff"


def function(source: str) -> Function:
    """The function that is the whole of ``source``, or ``Refused``."""
    tree = parsed(source)
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise Refused("its source is not one function")
    node = tree.body[0]
    if not source.startswith("def ") or not source.endswith("\n") or node.decorator_list:
        raise Refused("its source does not begin with `def` and end with a line")
    if getattr(node, "type_params", None):
        raise Refused("the function has type parameters")
    return Function(node.name, source, node)


def local(module: Module, wanted: Function) -> str:
    """The source of the function inside another one, as the first statement of its body.

    ``Refused`` if ``v1_program`` would not find the text again in pipeline.py, or not after it was
    formatted: formatters remove the spaces of blank lines also where they keep the rest.
    """
    if any(line and not line.strip() for line in wanted.source.split("\n")):
        raise Refused("it has blank lines with spaces, which formatters remove")
    _require_other_names(wanted.node)
    code = _indented(f"{_OFF}{wanted.source}{_ON}")
    match _moved(f"def outer():\n{code}\n    pass\n").body:
        case [ast.FunctionDef(body=[ast.FunctionDef() as found, ast.Pass()])]:
            block = _block(code, found.lineno - 1)
            if re.sub(_INDENT, "", block, flags=re.MULTILINE) == wanted.source:
                module.has_own_text = True
                return code
    raise Refused("its text would not be found again in a file")


#: What ``v1_program`` removes from lines. Blank lines are not indented, and stay as they are.
_INDENT = r"^    (?=.*\S)"


def _indented(text: str) -> str:
    return "\n".join([f"    {line}" if line.strip() else line for line in text.split("\n")])


def define(module: Module, wanted: Function, decorator: str = "") -> tuple[str, str]:
    """The name of the function in pipeline.py, and the source of its definition.

    The definition has the text of ``wanted`` unchanged. If its name is taken in pipeline.py it is
    defined inside another function, so that it hides nothing. ``decorator`` is source of this
    package, with newlines at the end of lines.

    ``Refused`` if kfp, which removes spaces from blank lines, would not find the text again.
    """
    marked = f"{_OFF}{decorator}{wanted.source}{_ON}"
    known = module.kept(_Known, _Known)
    if marked in known:
        return known[marked]
    if _is_free(wanted.name, module):
        name, code = module.names.take(wanted.name), marked
    else:
        name = module.names.new(wanted.name)
        code = _inside_another(wanted.name, name, marked, module)
        _require_other_names(_of_author(_moved(code)))
    if _found_again(code) != wanted.source:
        raise Refused("its text would not be found again in a file, because of its blank lines")
    known[marked] = name, code
    module.has_own_text = True
    return name, code


def _require_other_names(node: ast.FunctionDef) -> None:
    """``Refused`` for a function inside another one whose definition has the function's own name.

    It would be that of a variable without a value.
    """
    given = node.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    annotations = [*(one.annotation for one in arguments), node.returns]
    defaults = [*given.defaults, *given.kw_defaults]
    evaluated = [one for one in (*node.decorator_list, *annotations, *defaults) if one is not None]
    names = {one.id for part in evaluated for one in ast.walk(part) if isinstance(one, ast.Name)}
    if node.name in names:
        raise Refused(f"its definition needs another `{node.name}`")


def _is_free(name: str, module: Module) -> bool:
    # Python itself calls functions of a module such as `__getattr__`.
    is_special = name.startswith("__") and name.endswith("__")
    # Letters of other alphabets may look like those of another name.
    is_plain = name.isascii() and not is_special
    return is_plain and name not in RESERVED and name not in module.names


def _inside_another(name: str, new: str, marked: str, module: Module) -> str:
    outer = module.names.new(f"make_{new}")
    body = f"{_indented(marked)}\n    return {name}"
    return f"def {outer}():\n{body}\n\n\n{new} = {outer}()"


def _found_again(code: str) -> str:
    """What kfp finds as the source of the author's function in a file with this code.

    ``inspect.getsource``, without indentation and decorators (``_get_function_source_definition``
    in kfp/dsl/component_factory.py).
    """
    node = _of_author(_moved(code))
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    block = textwrap.dedent(_block(code, first))
    start = 0 if block.startswith("def") else block.find("\ndef") + 1
    return block[start:]


def _moved(code: str) -> ast.Module:
    """The tree of code in which the function is further right: tabs count to other columns there,
    and Python allows 100 levels.
    """
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise Refused(f"its source is not valid inside another function: {error.msg}") from None


def _block(code: str, first: int) -> str:
    """What ``inspect.getsource`` finds for a function that begins in a line."""
    lines = [f"{line}\n" for line in code.split("\n")]
    try:
        return "".join(inspect.getblock(lines[first - 1 :]))
    except (tokenize.TokenError, SyntaxError):
        return ""


def _of_author(tree: ast.Module) -> ast.FunctionDef:
    """The function in its definition, which has exactly the statements that ``define`` writes."""
    match tree.body:
        case [ast.FunctionDef() as found]:
            return found
        case [
            ast.FunctionDef(body=[ast.FunctionDef() as found, ast.Return(ast.Name())]),
            ast.Assign([ast.Name()], ast.Call(ast.Name(), [], [])),
        ]:
            return found
    raise Refused("its source has other statements beside the function")
