"""The picture in docs/architecture.md, held by tests."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "translator"

#: Part of the package → the parts that it may import, beside itself. The longest name wins.
MAY_IMPORT = {
    "translator": {
        "api",
        "comparison",
        "decompiler",
        "diagnostics",
        "plan",
        "readers.options",
        "version",
    },
    "translator.version": set(),
    "translator.diagnostics": set(),
    "translator.placeholders": {"diagnostics"},
    "translator.shell": {"placeholders"},
    "translator.quantities": {"diagnostics"},
    "translator.expansion": set(),
    "translator.records": set(),
    "translator.model": {"diagnostics", "placeholders", "records"},
    "translator.cel": {"model", "records"},
    "translator.fields": {"diagnostics", "model"},
    "translator.mounts": {"model"},
    "translator.decisions": {"diagnostics", "model", "records"},
    "translator.config_map_files": {"diagnostics", "source"},
    "translator.task_places": {"diagnostics", "model"},
    "translator.plan": {
        "writers",
        "config_map_files",
        "decisions",
        "diagnostics",
        "model",
        "passes",
        "placeholders",
        "readers.options",
        "records",
        "registries",
        "source",
        "task_places",
    },
    "translator.passes": {
        "decisions",
        "diagnostics",
        "model",
        "placeholders",
        "platforms",
        "records",
        "upstream",
    },
    "translator.upstream": {"model"},
    "translator.platform_document": {"diagnostics", "fields", "model", "records"},
    "translator.platforms": {"diagnostics", "model", "platform_document", "records", "upstream"},
    # Of the model only the type of a JSON value.
    "translator.source": {"diagnostics", "model"},
    "translator.outline": {"diagnostics", "model", "records"},
    "translator.graph": {"comparison", "diagnostics", "outline", "records"},
    "translator.readers": {
        "shell",
        "cel",
        "diagnostics",
        "outline",
        "expansion",
        "fields",
        "placeholders",
        "quantities",
        "records",
        "model",
        "mounts",
        "passes",
        "platform_document",
        "platforms",
        "source",
    },
    "translator.checks": {
        "diagnostics",
        "model",
        "platforms",
        "upstream",
    },
    "translator.writers": {
        "cel",
        "diagnostics",
        "placeholders",
        "platform_document",
        "quantities",
        "records",
        "model",
        "version",
    },
    "translator.decompiler": {
        "cel",
        "diagnostics",
        "model",
        "placeholders",
        "platform_document",
        "platforms",
        "quantities",
        "records",
        "upstream",
        "version",
        # A component that is loaded as text.
        "writers",
    },
    "translator.targets": {
        "checks",
        "decisions",
        "decompiler",
        "diagnostics",
        "model",
        "passes",
        "records",
        "version",
    },
    "translator.targets.vertex": {
        "shell",
        "checks",
        "decisions",
        "passes",
        "decompiler",
        "targets.base",
        "targets.forms",
        "targets.python_source",
        "diagnostics",
        "expansion",
        "model",
        "mounts",
        "placeholders",
        "platforms",
        "quantities",
        "records",
        "upstream",
        "writers",
        "version",
    },
    "translator.targets.kubeflow": {
        "checks",
        "decisions",
        "passes",
        "decompiler",
        "targets.base",
        "targets.forms",
        "targets.python_source",
        "diagnostics",
        "model",
        "placeholders",
        "platform_document",
        "platforms",
        "records",
        "writers",
        "version",
    },
    "translator.targets.workflow": {
        "checks",
        "decisions",
        "decompiler",
        "diagnostics",
        "model",
        "passes",
        "targets.base",
        "targets.kubeflow",
        "version",
        "writers",
    },
    "translator.comparison": {
        "cel",
        "diagnostics",
        "model",
        "placeholders",
        "quantities",
        "records",
        "source",
        "writers",
    },
    "translator.certificate": {
        "comparison",
        "diagnostics",
        "model",
        "reading",
        "records",
        "source",
    },
    "translator.registries": {"records", "version"},
    "translator.leaf_counts": {"reading", "source", "targets.base"},
    "translator.markdown": {"diagnostics"},
    "translator.assessment": {
        "decisions",
        "diagnostics",
        "markdown",
        "model",
        "outline",
        "plan",
        "platforms",
        "version",
    },
    "translator.report": {
        "leaf_counts",
        "markdown",
        "diagnostics",
        "model",
        "plan",
        "graph",
        "platforms",
        "readers",
        "targets.base",
        "task_places",
        "version",
    },
    "translator.reading": {
        "decisions",
        "diagnostics",
        "model",
        "notebook",
        "outline",
        "readers",
        "records",
        "source",
    },
    "translator.api": {
        "comparison",
        "decisions",
        "certificate",
        "decompiler",
        "reading",
        "bundle",
        "leaf_counts",
        "diagnostics",
        "model",
        "notebook",
        "plan",
        "readers",
        "records",
        "report",
        "source",
        "targets",
    },
    "translator.bundle": {"diagnostics", "system_calls", "targets"},
    "translator.system_calls": set(),
    "translator.notebook": {"diagnostics", "graph", "outline"},
    "translator.provenance": {
        "diagnostics",
        "model",
        "placeholders",
        "readers",
        "records",
        "upstream",
    },
    "translator.dossier": {
        "diagnostics",
        "graph",
        "leaf_counts",
        "model",
        "plan",
        "readers",
        "reading",
        "records",
        "report",
        "targets.base",
        "task_places",
        "version",
        "writers",
    },
    "translator.cli": {
        "assessment",
        "comparison",
        "dossier",
        "leaf_counts",
        "markdown",
        "api",
        "bundle",
        "config_map_files",
        "decisions",
        "diagnostics",
        "graph",
        "model",
        "outline",
        "plan",
        "provenance",
        "readers.kfp_outline",
        "readers.options",
        "records",
        "report",
        "targets",
        "version",
    },
    "translator.__main__": {"cli"},
}
#: Third parties by part; nobody else imports any.
THIRD_PARTIES = {
    "translator.records": {"typing_extensions"},  # for the type checker alone
    "translator.source": {"yaml"},
    "translator.graph": {"graphlay"},
    "translator.dossier": {"markupsafe"},
    "translator.writers": {"jinja2"},
    # Python 3.10 has no tomllib.
    "translator.cli": {"click", "tomli", "tomllib"},
}
HEAVY = ("yaml", "jinja2", "click", "kfp", "google", "kubernetes", "graphlay")
#: Light ones that most runs need not.
RARE = ("difflib", "tomli", "tomllib")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """What a module imports, as far as it is a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            assert node.module
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def is_in(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def part_of(module: str) -> str:
    return max((part for part in MAY_IMPORT if is_in(module, part)), key=len)


@pytest.mark.parametrize("module", MODULES)
class TestModule:
    def test_imports_go_one_way(self, module: str) -> None:
        part = part_of(module)
        allowed = {f"translator.{name}".rstrip(".") for name in MAY_IMPORT[part]} | {part}
        allowed.add("translator.records")  # as good as a part of the standard library
        for name in imports(MODULES[module]):
            if not is_in(name, "translator"):
                continue
            fits = [
                one
                for one in allowed
                # The root package is its own names, not whatever is below it.
                if (is_in(name, one) if one != "translator" else name == one)
            ]
            assert fits, f"{module} imports {name}"

    def test_third_parties_are_few(self, module: str) -> None:
        allowed = {
            name
            for part, names in THIRD_PARTIES.items()
            if is_in(module, part)
            for name in (*names, "translator")
        } | {"translator"}
        top = {name.partition(".")[0] for name in imports(MODULES[module])}
        assert top - allowed - sys.stdlib_module_names == set()

    def test_heavy_ones_are_imported_late(self, module: str) -> None:
        """At the top of a module only click, and that only in the command line."""
        tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {
            (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
            for node in top
            for alias in node.names
        }
        assert names & {"yaml", "jinja2", *RARE} == set()
        assert "click" not in names or is_in(module, "translator.cli")

    def test_fits_in_the_head(self, module: str) -> None:
        text = MODULES[module].read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 40, f"{module}.{node.name} has {lines} lines"

    def test_state_is_not_kept(self, module: str) -> None:
        """No ``global``, and no catch-all outside the command line's last resort."""
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Global)
            if isinstance(node, ast.ExceptHandler) and module != "translator.cli.group":
                assert node.type is not None
                assert ast.unparse(node.type) != "Exception"

    def test_says_what_it_is(self, module: str) -> None:
        assert ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8")))


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, each circle once, in the order in which they do."""
    found = []
    left = {module: names & arrows.keys() for module, names in arrows.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # What graphlib gives is in the order of dependants, its first module once more last.
            *circle, _ = reversed(error.args[1])
            found.append(circle)
            left = {m: names - {*circle} for m, names in left.items() if m not in circle}
        else:
            return found


def test_no_modules_import_each_other() -> None:
    """Not even for types, nor inside functions. What a module's own package holds is apart."""
    arrows = {module: {*imports(path)} - {module} for module, path in MODULES.items()}
    found = [" → ".join((*circle, circle[0])) for circle in circles(arrows)]
    assert not found, "modules import each other in a circle: " + "; ".join(found)


def test_circles_are_found() -> None:
    arrows = {"a": {"b", "x"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": {"d"}, "f": {"e"}}
    found = circles(arrows)
    assert sorted(map(sorted, found)) == [["a", "b", "c"], ["d", "e"]]
    for circle in found:
        for module, other in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert other in arrows[module]


def test_one_module_spells_generated_names() -> None:
    """The others ask it, but for the text of functions that the decompiler writes."""
    prefix = re.compile("pipelinechannel--(?!…)")
    spelling = set()
    for module, path in MODULES.items():
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = [n for n in nodes if isinstance(n, ast.Constant) and id(n) not in docstrings]
        texts = [n.value for n in constants if isinstance(n.value, str)]
        if any(prefix.search(text) and "\ndef " not in text for text in texts):
            spelling.add(module)
    assert spelling == {"translator.model.channels"}


def loaded(code: str) -> set[str]:
    """The top-level modules that ``code`` brings into a fresh interpreter."""
    # Some distributions put modules there at start-up, by a .pth file.
    program = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        f"{code}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stderr.splitlines()[-1])
    return {name.partition(".")[0] for name in modules}


def running(*arguments: str) -> str:
    return (
        "from translator.cli import main\n"
        f"try: main({list(arguments)!r})\n"
        "except SystemExit as end: assert not end.code, end.code"
    )


SMALL = (
    "pipelineInfo: {name: a}\nroot: {dag: {tasks: {}}}\n"
    "deploymentSpec: {executors: {}}\nschemaVersion: 2.1.0\n"
)


class TestStartUp:
    """By what is loaded and not by the clock, which differs from day to day."""

    def test_import_loads_nothing(self) -> None:
        assert loaded("import translator") & set(HEAVY) == set()

    @pytest.mark.parametrize("command", ["", "convert", "check", "assess", "inspect", "explain"])
    def test_help_loads_only_click(self, command: str) -> None:
        arguments = [command, "--help"] if command else ["--help"]
        assert loaded(running(*arguments)) & {*HEAVY, *RARE} == {"click"}

    @pytest.mark.parametrize("form", ["text", "json", "junit", "github"])
    def test_checking_loads_little(self, form: str, tmp_path: Path) -> None:
        """No file of settings is above the working folder here."""
        path = tmp_path / "a.yaml"
        path.write_text(SMALL)
        code = f"import os\nsys.path.insert(0, {str(ROOT)!r})\nos.chdir({str(tmp_path)!r})\n"
        found = loaded(code + running("check", "a.yaml", "--format", form))
        assert found & {*HEAVY, *RARE} == {"click", "yaml"}

    def test_explain_loads_only_click(self) -> None:
        assert loaded(running("explain", "TR103")) & set(HEAVY) == {"click"}

    def test_reading_loads_no_templates(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(SMALL)
        code = f"import translator\ntranslator.load({str(path)!r})"
        assert loaded(code) & set(HEAVY) == {"yaml"}


def test_packages_are_those_of_the_tree() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options"]["packages"].split()
    assert listed == sorted(listed)
    tree = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    assert set(listed) == tree | {"translator.templates"}


def test_every_folder_of_modules_is_a_package() -> None:
    for path in MODULES.values():
        assert (path.parent / "__init__.py").is_file(), path.parent


def test_data_files_are_shipped() -> None:
    """The patterns of setup.cfg take every template and every page."""
    shipped = {path for kind in ("j2", "py") for path in (ROOT / "templates").glob(f"*/*.{kind}")}
    found = {path for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path.parts} == shipped
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    for name in config["options.package_data"]["translator"].split(", "):
        assert (PACKAGE / name).is_file()
    pages = PACKAGE / "diagnostics" / "pages"
    assert all(path.suffix == ".md" for path in pages.iterdir()) if pages.is_dir() else True
