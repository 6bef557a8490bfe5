"""Compares KFP v1 pipelines with volumes with their translations for Vertex AI.

    compare_volumes.py TRANSLATOR FILE.yaml…        (made by gen_volumes.py, with FILE.json beside)

Each file is run, translated, and run again (``volumes_run.py``): the same tasks on the same data,
as often, and the same files in each volume at the end. The translation is run with its tasks in
another order, and with dash, bash or busybox as ``sh``; the name of the file decides which.

Prints one line for each difference, then the numbers. Exit status 0 when nothing differs and
nothing is refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.differential.private_root import is_possible  # noqa: E402

SHELLS = ("dash", "bash", "busybox")
PIPELINE_ROOT = "gs://bucket/root"
#: The end of a claim's name that is new in each run; ``argo_run`` gives the workflow this name.
RUN_OF_V1 = "-abcde-"


def files(folder):
    """The regular files below a folder: path → text. Empty folders and links do not count."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if not path.is_symlink():
                found[str(path.relative_to(folder))] = path.read_text("utf-8")
    return found


def write(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run(kind, path, trace, folder, *rest, **env):
    """Exit status, sorted trace and messages of a run."""
    command = [sys.executable, HERE / "volumes_run.py", kind, path, trace, folder, *rest]
    done = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=600
    )
    return done.returncode, sorted(trace.read_text().splitlines()), done.stderr.strip()[-600:]


def tag_of(line):
    """The name of a probe in its line of the trace."""
    try:
        return json.loads(line)["tag"]
    except (ValueError, KeyError, TypeError):
        return "?"


class Comparison:
    """One pipeline, run twice, in a folder for its volumes.

    ``translator`` are the words of the command; ``turn`` chooses the shell and the order.
    """

    def __init__(self, translator, path, box, turn):
        self.translator, self.path, self.box, self.turn = translator, path, box, turn
        self.facts = json.loads(path.with_suffix(".json").read_text())
        self.options = self.facts["options"]

    def bucket(self, address):
        return self.box / "buckets" / address.removeprefix("gs://")

    def result(self):
        """What it is (same, differs, refused, skipped), and the details."""
        for claim, texts in self.facts["existing"].items():
            write(self.box / "cluster/claims" / claim, texts)
            write(self.bucket(self.options[claim]), texts)
        for address in self.options.values():
            self.bucket(address).mkdir(parents=True, exist_ok=True)
        first = run("v1", self.path, self.box / "a", self.box / "cluster")
        if first[0] == 3:
            return "skipped", first[2]
        out = self.box / "out"
        command = [*self.translator, "convert", self.path, "--to", "vertex", "--project", "p"]
        command += ["--location", "us-central1", "--pipeline-root", PIPELINE_ROOT, "-o", out]
        command += [f"--volume={key}={address}" for key, address in self.options.items()]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = (done.stderr + done.stdout).splitlines()
            errors = [line for line in lines if ": error[" in line]
            return "refused", "\n   ".join(["", *(errors or lines)])
        env = {"CONTAINER_SHELL": SHELLS[self.turn % 3], "ORDER": str(self.turn)}
        spec = out / "pipeline.yaml"
        second = run("vertex", spec, self.box / "b", self.box / "buckets", PIPELINE_ROOT, **env)
        found = [*self.differences(first, second), *self.of_volumes()]
        if not found:
            return "same", ""
        return "differs", "\n   ".join([f"{env}", *found, first[2], second[2]])

    def differences(self, first, second):
        if first[0] != second[0]:
            yield f"exit status {first[0]} / {second[0]}"
        if first[1] != second[1]:
            yield f"{len(first[1])} / {len(second[1])} task runs"
            for name, here, there in (("v1", first, second), ("Vertex AI", second, first)):
                only = [one for one in here[1] if one not in there[1]]
                yield f"only {name}: {' '.join(sorted(map(tag_of, only)))}: {only[:1]}"

    def of_volumes(self):
        """The differences of the volumes' files at the end, and files outside of all volumes."""
        cluster, root = self.box / "cluster", self.bucket(PIPELINE_ROOT) / "volumes"
        runs = list(root.iterdir()) if root.is_dir() else []
        if len(runs) > 1:
            yield f"folders of several runs: {runs}"
        known = set()
        for kind in ("claims", "deleted", "snapshots"):
            for claim in (cluster / kind).iterdir():
                key = claim.name.partition(RUN_OF_V1)[2] or claim.name
                address = self.options.get(key)
                folder = self.bucket(address) if address else (runs or [root])[0] / key
                known.add(folder)
                here, there = files(claim), files(folder)
                if here != there and (folder.exists() or kind != "snapshots"):
                    only = {name for name in here | there if here.get(name) != there.get(name)}
                    yield f"files of {kind}/{key}: {sorted(only)[:5]}"
        for name in files(self.box / "buckets"):
            path = self.box / "buckets" / name
            if not any(path.is_relative_to(one) for one in known):
                yield f"file outside of all volumes: {name}"


def main():
    translator, *paths = sys.argv[1:]
    if not is_possible():
        sys.exit("needs root on Linux, with mount namespaces and overlays")
    counts = dict.fromkeys(("same", "differs", "refused", "skipped"), 0)
    for path in map(Path, paths):
        turn = crc32(path.name.encode())
        with tempfile.TemporaryDirectory() as box:
            kind, details = Comparison([translator], path.resolve(), Path(box), turn).result()
        counts[kind] += 1
        if kind != "same":
            print(f"{kind}  {path}: {details}", flush=True)
    print(", ".join(f"{number} {kind}" for kind, number in counts.items()))
    return 0 if counts["same"] and not counts["differs"] and not counts["refused"] else 1


if __name__ == "__main__":
    sys.exit(main())
