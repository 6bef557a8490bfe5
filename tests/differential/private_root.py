"""Runs a program in a root folder of its own, with volumes mounted in it, as a container is run.

For root on Linux: a private mount namespace, whose root has the system folders of this host below
an overlay, and nothing else. What a program writes outside of volumes and ``visible`` folders is
lost with it: links and folders that one task makes are not seen by the next one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

__all__ = ["Mount", "PrivateRoot", "is_possible"]

_NEW_MOUNTS = 0x20000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 1 << 5, 1 << 12, 1 << 14, 1 << 18
#: Folders of the host that a program can write to without changing the host.
_SYSTEM = ("usr", "etc", "opt", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_DEVICES = ("proc", "sys", "dev")
#: Where the interpreter is; its folder comes first on the PATH.
_PREFIX = Path(sys.base_prefix).resolve()


class Mount(NamedTuple):
    """A folder or file of this host at a path of the program."""

    source: str
    path: str
    read_only: bool = False


def is_possible() -> bool:
    """Whether this host allows it: root, with namespaces and overlays."""
    if sys.platform != "linux" or os.geteuid():
        return False
    with tempfile.TemporaryDirectory() as folder, PrivateRoot() as root:
        try:
            return root.run(["true"], {}, folder, visible=(folder,)).returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False


class PrivateRoot:
    """A root folder for one program; a context manager that removes it.

    ``mounts`` are made in it; ``shell`` becomes ``/bin/sh``.
    """

    def __init__(self, mounts: Iterable[Mount] = (), shell: str = "") -> None:
        # A mount inside of another one comes after it.
        self._mounts = sorted(mounts, key=lambda one: one.path.rstrip("/").count("/"))
        self._shell = shell
        self._stage = Path(tempfile.mkdtemp(prefix="private-root-"))
        self._root = self._stage / "root"
        for entry in Path("/").iterdir():
            there = self._root / entry.name
            if entry.is_symlink():
                there.symlink_to(entry.readlink())
            elif entry.is_dir():
                there.mkdir(parents=True)
        (self._root / "tmp").chmod(0o1777)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._stage)

    def host_path(self, path: str) -> Path:
        """Where this host has a path of the program: in a volume or in the root folder."""
        for mount in reversed(self._mounts):
            if path == mount.path or path.startswith(mount.path.rstrip("/") + "/"):
                return Path(mount.source) / path[len(mount.path) :].lstrip("/")
        return self._root / path.lstrip("/")

    def run(
        self, argv: list[str], env: dict[str, str], cwd: str, visible: Iterable[str] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs ``argv``; ``visible`` paths are those of this host."""
        path = f"{_PREFIX}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        visible = tuple(visible)

        def enter() -> None:
            try:
                self._enter(visible)
                os.chdir(cwd)
            except BaseException:
                traceback.print_exc()
                os._exit(125)

        return subprocess.run(
            argv,
            env={**env, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=enter,
            check=False,
        )

    def _enter(self, visible: Iterable[str]) -> None:
        """Makes it the root folder of this process, in a namespace of its own."""
        _checked(ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNTS))
        _mount("none", Path("/"), flags=_RECURSIVE | _PRIVATE)
        layers = self._stage / "layers"
        layers.mkdir()
        _mount("tmpfs", layers, "tmpfs")
        for name in os.listdir(self._root):
            there = self._root / name
            if there.is_symlink():
                continue
            if name in _SYSTEM:
                _overlay(Path("/", name), there, layers)
            elif name in _DEVICES:
                _mount(f"/{name}", there, flags=_BIND | _RECURSIVE)
        _mount("tmpfs", self._root / "dev/shm", "tmpfs")
        if _PREFIX.parts[1] not in _SYSTEM:
            _overlay(_PREFIX, self._root / _PREFIX.relative_to("/"), layers)
        if self._shell:
            link = self._root / "usr/bin/sh"
            link.unlink()
            link.symlink_to(self._shell)
        for path in visible:
            _bind(Mount(path, path), self._root)
        for mount in self._mounts:
            _bind(mount, self._root)
        os.chroot(self._root)


def _overlay(source: Path, target: Path, layers: Path) -> None:
    upper, work = (layers / f"{kind}-{source.name}" for kind in ("upper", "work"))
    for folder in (target, upper, work):
        folder.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={source},upperdir={upper},workdir={work}"
    _mount("overlay", target, "overlay", options=options)


def _bind(mount: Mount, root: Path) -> None:
    """Mounts one; the mount point in a volume around it is made there, as in Kubernetes."""
    target = root / mount.path.lstrip("/")
    if Path(mount.source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(mount.source, target, flags=_BIND)
    if mount.read_only:
        _mount("none", target, flags=_BIND | _REMOUNT | _READ_ONLY)


def _mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    arguments = (source.encode(), str(target).encode(), kind.encode() or None)
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), str(target))


def _checked(result: int, where: str = "") -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), where)
