"""A folder for bundles, and what else a translation may not do: ``hostile_text`` looks at it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import yaml
from click.testing import CliRunner

from tests.laws.hostile_checks import documents, printed, steering
from tests.laws.hostile_words import PWNED, Word, hostile
from translator.cli import main as command

TEMPLATES = Path(__file__).parents[2] / "templates"
# Where the scripts find their modules, when they run in this process.
sys.path += [str(TEMPLATES / name) for name in ("shared", "vertex", "kubeflow")]

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

SCRIPTS = {"vertex": "main.py", "kubeflow": "submit.py"}
_armed: list[Sandbox] = []
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Event → which of its arguments are paths that it changes.
_CHANGES = {
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.mkdir": (0,),
    "os.truncate": (0,),
    "os.rename": (0, 1),
    "os.symlink": (1,),
    "os.link": (1,),
    "os.chmod": (0,),
}
_NEVER = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.spawn"),
        *("socket.connect", "socket.bind", "urllib.Request", "pickle.find_class", "os.putenv"),
    }
)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _armed:
        return
    sandbox = _armed[-1]
    if event in _NEVER:
        sandbox.touched.append(f"{event}: {args[:1]!r}"[:300])
    elif event == "open":
        path, _, flags = args
        if isinstance(path, (str, bytes)) and (flags or 0) & _WRITES:
            sandbox.touch(event, path)
    elif event in _CHANGES:
        for position in _CHANGES[event]:
            if isinstance(args[position], (str, bytes, os.PathLike)):
                sandbox.touch(event, args[position])


sys.addaudithook(_audit)


class Sandbox:
    """A folder that a translation may write to; whatever else it does is noticed."""

    def __init__(self, folder: Path, values: list[Any]) -> None:
        #: The documents that were written last; none for a file that was copied.
        self.values = values
        self.folder = folder.resolve()
        self.out = self.folder / "out"
        self.touched: list[str] = []
        self._given: Path | None = None

    def given(self, suffix: str, text: str) -> Path:
        """The file with this text."""
        self._given = self.folder / f"given{suffix}"
        self._given.write_bytes(text.encode("utf-8", "surrogatepass"))
        return self._given

    @contextlib.contextmanager
    def watched(self) -> Iterator[list[str]]:
        """What is touched meanwhile and should not be."""
        self.touched = []
        _armed.append(self)
        try:
            yield self.touched
        finally:
            _armed.pop()

    def touch(self, event: str, path: str | bytes | os.PathLike[str]) -> None:
        """Notes a change outside of the folder."""
        full = os.path.join(os.getcwd(), os.fsdecode(path))
        inside = f"{os.path.normpath(full)}{os.sep}".startswith(f"{self.folder}{os.sep}")
        if not inside and "__pycache__" not in full and full != os.devnull:
            self.touched.append(f"{event}: {full}"[:300])

    def written(self, files: Mapping[str, str]) -> list[str]:
        """What of the folder's content is not as it should be."""
        names = {*files, ".translator.json"}
        found = {entry.name: entry for entry in os.scandir(self.out)}
        broken = [f"stray: {sorted(found)}"] if found.keys() != names else []
        broken += [f"stray: link {one.name}" for one in found.values() if one.is_symlink()]
        for name, text in files.items():
            if name in found and (self.out / name).read_bytes() != text.encode():
                broken.append(f"stray: other content in {name}")
        return broken

    def reads_back(self, text: str) -> list[str]:
        """What is wrong if a pipeline does not read back as it was meant, or as it was given."""
        assert self._given is not None
        try:
            meant = self.values or documents(self._given.read_text(encoding="utf-8"))
        except yaml.YAMLError:  # JSON that is no YAML
            meant = [json.loads(self._given.read_text(encoding="utf-8"))]
        try:
            same = documents(text) == meant
        except yaml.YAMLError:
            return []  # told before
        return [] if same else ["pipeline.yaml: reads back as something else"]

    def strays(self) -> list[str]:
        """What else is there."""
        expected = {"out", self._given.name if self._given else ""}
        found = [f"stray: {name}" for name in os.listdir(self.folder) if name not in expected]
        return found + [f"stray: {PWNED}"] * os.path.lexists(PWNED)

    def clear(self) -> None:
        """Removes everything, for the next run."""
        for folder, inner, names in os.walk(self.folder, topdown=False):
            for name in names:
                os.unlink(os.path.join(folder, name))
            for name in inner:
                path = os.path.join(folder, name)
                (os.unlink if os.path.islink(path) else os.rmdir)(path)

    def command_line(
        self, path: Path, target: str, words: Sequence[Word], rng: random.Random
    ) -> list[str]:
        """What is wrong with what a command prints; the file has a hostile name."""
        name = re.sub(r"[/\0]", "", hostile(rng).text)[:60].encode("utf-8", "replace").decode()[:60]
        file = path.with_name(f"{name}{path.suffix}") if name.strip(".") else path
        if len(os.fsencode(file.name)) > 200:
            file = path
        os.replace(path, file)
        verb = rng.choice(["convert", "convert", "convert --diff", "check", "inspect", "assess"])
        pages = ["text", "markdown", "html", "json"]
        forms = pages if verb == "assess" else ["text", "json", "github", "sarif", "junit"]
        form = rng.choice(forms)
        verbose = [] if verb == "assess" else ["-v"]
        to = [] if verb == "inspect" else ["--to", target]
        into = ["-o", str(self.out / file.stem)] if "convert" in verb else []
        arguments = [*verb.split(), *verbose, *to, *into, "--format", form, "--", str(file)]
        done = CliRunner().invoke(command, arguments)
        os.replace(file, path)
        broken = printed(form, done.stdout, done.stderr, words)
        if done.exit_code not in (0, 1):
            broken.append(f"command line: {done.exit_code} {done.stderr[-600:]}")
        self._remove_out(file.stem)
        return [f"{one} ({verb} {form} {file.name!a})" for one in broken]

    def _remove_out(self, name: str) -> None:
        folder = self.out / name
        if folder != self.out and folder.is_dir():
            for entry in list(os.scandir(folder)):
                if entry.is_file():
                    os.unlink(entry.path)
            if not list(os.scandir(folder)):
                os.rmdir(folder)

    def help(self, target: str, *, there: bool) -> list[str]:
        """What is wrong with what the script says of itself; ``there`` is another process."""
        script = self.out / SCRIPTS[target]
        status, told = _help_there(script) if there else _help_here(script)
        broken = [] if status == 0 else [f"help: {status} {told[-600:]}"]
        return broken + steering("help", told)


def _help_there(script: Path) -> tuple[int, str]:
    # Without the site's packages, among which the SDKs are.
    line = [sys.executable, "-E", "-s", "-S", str(script), "--help"]
    done = subprocess.run(line, capture_output=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "surrogateescape")


def _help_here(script: Path) -> tuple[int, str]:
    printed = io.StringIO()
    names: dict[str, Any] = {"__name__": "script", "__file__": str(script)}
    with mock.patch.object(sys, "argv", [str(script), "--help"]), contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(printed))
        try:
            exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
            inputs, settings = names["INPUTS"], names["SETTINGS"]
            pipeline = script.with_name("pipeline.yaml")
            if script.name == "main.py":
                import vertex_runner

                status = vertex_runner.status(pipeline, inputs, settings, as_text=False)
            else:
                import kubeflow_runner

                status = kubeflow_runner.status(pipeline, inputs, settings)
            return status, printed.getvalue()
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
        except Exception as error:
            return 1, f"{printed.getvalue()} {type(error).__name__}: {error}"
