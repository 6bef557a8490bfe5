"""A root folder for programs: with the system's ``/usr``, and folders that can be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = ("dash", "bash", *(["busybox"] if shutil.which("busybox") else []))
#: Links of the root folder where the system has them.
_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
#: Programs of wrappers, which BusyBox has too.
_TOOLS = ("chmod", "id", "ln", "ls", "mkdir", "mktemp", "mv", "rm", "rmdir")


class Sandbox:
    """A root folder in which ``sh`` is a given shell, with the tools of BusyBox for its shell."""

    def __init__(self, root: Path, shell: str) -> None:
        self.root = root
        for name in ("usr", "tmp", "proc", "dev", "shell"):
            (root / name).mkdir(parents=True)
        (root / "tmp").chmod(0o777)
        for name in _LINKS:
            if (at := Path("/") / name).is_symlink():
                (root / name).symlink_to(at.readlink())
        if (program := shutil.which(shell)) is None:
            pytest.skip(f"no {shell} here")
        for name in ("sh", *(_TOOLS if shell == "busybox" else ())):
            (root / "shell" / name).symlink_to(program)

    def path(self, path: str) -> Path:
        """A path of the sandbox, from outside."""
        return self.root / path.lstrip("/")

    def run(self, words: Sequence[str], *, user: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a program in the sandbox, in its root folder."""
        mount = 'mount --rbind /usr "$1/usr" && mount --rbind /dev "$1/dev" && shift && exec "$@"'
        chroot = ["chroot", f"--userspec={user}:{user}", str(self.root)]
        own = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
        if user and os.getuid() != 0:
            pytest.skip("another user needs root")
        return subprocess.run(
            [*own, "/bin/sh", "-c", mount, "sandbox", str(self.root), *chroot, *words],
            env={"PATH": "/shell:/usr/bin:/usr/sbin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=60,
        )


def can_run() -> bool:
    """Whether this machine can run programs in a sandbox."""
    tools = ("unshare", "chroot", "mount")
    if not all(map(shutil.which, tools)) or not Path("/bin").is_symlink():
        return False
    mode = "-m" if os.getuid() == 0 else "-rm"
    return subprocess.run(["unshare", mode, "true"], capture_output=True).returncode == 0
