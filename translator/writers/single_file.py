"""A program of several modules → one file, with the part that users edit at the top."""

from __future__ import annotations

import ast
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["merged"]

#: Columns of a line in black's style.
_WIDTH = 88
_GUARD = 'if __name__ == "__main__":\n'


def merged(text: str, modules: Mapping[str, str]) -> str:
    """``text`` and the modules that it imports, by file name, as one program.

    ``text`` is a docstring, imports, statements, and a call under ``if __name__``. The statements
    use names of the modules, which come later, so they become a function that is called at the
    end. Each module may import those before it, and no two may define the same name. No string in
    ``text`` spans several lines, so that its lines can be indented.
    """
    head, imports, own = _parts(text)
    statements, guard, start = own.partition(_GUARD)
    if not guard:
        raise ValueError("the program does not end with a call")
    bodies, every = [], [*imports]
    for name, source in modules.items():
        about, imports, body = _parts(source)
        every += imports
        gap = "\n\n\n" if body.lstrip().startswith(("def ", "class ", "@")) else "\n\n"
        bodies.append(f"{_commented(name, about)}{gap}{body.strip()}\n")
    inner = {name.removesuffix(".py") for name in modules}
    main = f"{statements.strip()}\n\n{textwrap.dedent(start).strip()}"
    return "\n".join(
        [
            f"{head.strip()}\n\nfrom __future__ import annotations\n",
            *_imports(every, inner),
            "\n\ndef main() -> None:",
            f"{textwrap.indent(main, '    ')}\n\n",
            *(f"{body}\n" for body in bodies),
            f"{_GUARD}    main()\n",
        ]
    )


def _parts(text: str) -> tuple[str, list[ast.stmt], str]:
    """The docstring with the lines before it, the imports, and the rest of a module."""
    lines = text.splitlines(keepends=True)
    about, *body = ast.parse(text).body
    count = next(
        n for n, one in enumerate(body) if not isinstance(one, ast.Import | ast.ImportFrom)
    )
    imports, rest = body[:count], body[count:]
    last = (imports or [about])[-1].end_lineno or 0
    exported = next((one for one in rest if _assigns(one, "__all__")), None)
    skipped = range(exported.lineno - 1, exported.end_lineno or 0) if exported else ()
    kept = "".join(line for n, line in enumerate(lines) if n >= last and n not in skipped)
    return "".join(lines[: about.end_lineno]), imports, kept


def _assigns(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name


def _commented(name: str, about: str) -> str:
    """The docstring of a module as a comment."""
    docstring = ast.get_docstring(ast.parse(about)) or ""
    lines = [name, "", *docstring.splitlines()]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _imports(statements: Iterable[ast.stmt], inner: set[str]) -> Iterator[str]:
    """The imports of the program in isort's order, without those of the modules in it.

    Plain imports that are not of the standard library come last: the file with the pipeline.
    """
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for one in statements:
        if isinstance(one, ast.Import):
            whole |= {alias.name for alias in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module not in {*inner, "__future__"}:
            parts.setdefault(one.module or "", set()).update(alias.name for alias in one.names)
    own = {name for name in whole if name.partition(".")[0] not in sys.stdlib_module_names}
    yield from (f"import {name}" for name in sorted(whole - own))
    for module, names in sorted(parts.items()):
        ordered = sorted(names, key=lambda name: (not name.isupper(), name.islower(), name))
        line = f"from {module} import {', '.join(ordered)}"
        if len(line) > _WIDTH:
            line = f"from {module} import (\n    {(',' + chr(10) + '    ').join(ordered)},\n)"
        yield line
    if own:
        yield "\n" + "\n".join(f"import {name}" for name in sorted(own))
