"""Runs a pipeline with volumes on this host: a KFP v1 one, or its translation for Vertex AI.

    volumes_run.py v1 WORKFLOW.yaml TRACE FOLDER [name=value …]
    volumes_run.py vertex PIPELINE.yaml TRACE FOLDER gs://BUCKET/ROOT [name=value …]

The interpreters are ``argo_run.py`` and ``ir_run.py`` of the shared tools. This adds what they do
not have; every container runs in a root folder of its own (``private_root``), at its own paths:

* v1: claims, ``FOLDER/claims/NAME``: those that exist before the run, those of resource templates
  and of ``volumeClaimTemplates``, those from a snapshot (``FOLDER/snapshots/NAME``) or another
  claim; deletion (to ``FOLDER/deleted/NAME``) by a resource template or kubectl; ``emptyDir``;
  ``subPath``, ``readOnly``, mounts inside of mounts.
* Vertex AI: the buckets, ``FOLDER/BUCKET``, at ``/gcs/BUCKET``; ``{{$.pipeline_root}}``.

``CONTAINER_SHELL=busybox`` in the environment makes it ``/bin/sh`` of the containers on Vertex AI.
``ORDER=SEED`` runs tasks that are ready at the same time in another order.
Exit status: as the shared tools, 0 succeeded, 1 failed, 3 outside of what the runner has.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("TRANSLATOR_SHARED") or ROOT.parent / "shared") / "tools"
sys.path[:0] = [str(ROOT), str(TOOLS)]

import argo_run  # noqa: E402
import ir_run  # noqa: E402

from tests.differential.private_root import Mount, PrivateRoot  # noqa: E402

CLAIM, SNAPSHOT = "PersistentVolumeClaim", "VolumeSnapshot"
KUBECTL_NAMES = {"pvc", "persistentvolumeclaim", "persistentvolumeclaims"}


class Cluster:
    """The volumes of a Kubernetes namespace."""

    def __init__(self, folder):
        self.claims = folder / "claims"
        self.snapshots = folder / "snapshots"
        self.deleted = folder / "deleted"
        for one in (self.claims, self.snapshots, self.deleted):
            one.mkdir(parents=True, exist_ok=True)

    def create(self, manifest, may_exist=False):
        """Creates a claim or a snapshot, and returns it as the server shows it."""
        kind, meta, spec = manifest.get("kind"), manifest["metadata"], manifest.get("spec") or {}
        if kind not in (CLAIM, SNAPSHOT):
            raise argo_run.Unsupported(f"resource of kind {kind}")
        if "name" not in meta:
            meta = {**meta, "name": meta["generateName"] + "x1y2z"}
        there = (self.claims if kind == CLAIM else self.snapshots) / meta["name"]
        size = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "1Gi")
        shown = {**manifest, "metadata": meta}
        shown["status"] = {"capacity": {"storage": size}, "restoreSize": size, "readyToUse": True}
        if there.exists():
            if may_exist:
                return shown
            raise argo_run.Failed(f"{kind} {meta['name']} already exists")
        source = spec.get("dataSource") or spec.get("source")
        if source:
            shutil.copytree(self.source(source), there, symlinks=True)
        else:
            there.mkdir()
        return shown

    def source(self, source):
        name = source.get("persistentVolumeClaimName") or source.get("name")
        is_claim = "persistentVolumeClaimName" in source or source.get("kind") == CLAIM
        there = (self.claims if is_claim else self.snapshots) / name
        if not there.is_dir():
            raise argo_run.Failed(f"no {name} to copy")
        return there

    def delete(self, name, may_be_missing=False):
        there = self.claims / name
        if there.is_dir():
            there.rename(self.deleted / name)
        elif not may_be_missing:
            raise argo_run.Failed(f"no claim {name} to delete")

    def path(self, claim):
        there = self.claims / claim
        if not claim or not there.is_dir():
            raise argo_run.Failed(f"persistentvolumeclaim {claim!r} not found")
        return there


class ArgoRun(argo_run.Run):
    """A KFP v1 pipeline with volumes."""

    def __init__(self, document, arguments, trace_file, folder):
        super().__init__(document, arguments, trace_file)
        self.cluster = Cluster(folder)

    def run(self):
        templates = self.spec.get("volumeClaimTemplates") or []
        names = {}
        for template in templates:
            name = template["metadata"]["name"]
            names[name] = f"{self.globals['workflow.name']}-{name}"
            meta = {"name": names[name]}
            self.cluster.create({"kind": CLAIM, "metadata": meta, "spec": template.get("spec")})
        self.own = {
            name: {"name": name, "persistentVolumeClaim": {"claimName": claim}}
            for name, claim in names.items()
        }
        ok = super().run()
        for claim in names.values():
            self.cluster.delete(claim)
        return ok

    def template(self, name, parameters, artifacts, extra):
        template = self.templates[name]
        if "resource" not in template:
            return super().template(name, parameters, artifacts, extra)
        scope = {**self.globals, **extra}
        for one in (template.get("inputs") or {}).get("parameters", []):
            value = parameters.get(one["name"], one.get("value", one.get("default")))
            if value is None:
                raise argo_run.Failed(f"{name}: input parameter {one['name']} was not supplied")
            scope[f"inputs.parameters.{one['name']}"] = value
        resource = argo_run.substitute(template["resource"], scope)
        shown = self.resource(resource)
        outputs = {
            one["name"]: at(shown, one["valueFrom"]["jsonPath"])
            for one in (template.get("outputs") or {}).get("parameters", [])
        }
        return outputs, {}

    def resource(self, resource):
        manifest = yaml.safe_load(resource["manifest"]) if "manifest" in resource else {}
        match resource["action"]:
            case "create" | "apply":
                return self.cluster.create(manifest, may_exist=resource["action"] == "apply")
            case "delete" if manifest.get("kind") == CLAIM:
                self.cluster.delete(manifest["metadata"]["name"])
                return {}
            case "delete" if len(resource.get("flags") or []) >= 2:
                self.kubectl(resource["flags"])
                return {}
        raise argo_run.Unsupported(f"resource {resource['action']}")

    def kubectl(self, words):
        kind, name = [word for word in words if not word.startswith("-")][:2]
        if kind.lower() not in KUBECTL_NAMES:
            raise argo_run.Unsupported(f"kubectl delete {kind}")
        self.cluster.delete(name, may_be_missing="--ignore-not-found" in words)

    def container(self, t, scope, art_in):
        """Runs a container at the paths that its template has."""
        container = t["container"]
        command = container.get("command") or []
        if command[:2] == ["kubectl", "delete"]:
            self.kubectl(argo_run.substitute([*command[2:], *(container.get("args") or [])], scope))
            return {}, {}
        if not command or t.get("sidecars") or t.get("initContainers"):
            raise argo_run.Unsupported(f"{t['name']}: no command, or several containers in a pod")
        scope = {**scope, "pod.name": "pod-" + os.urandom(4).hex()}
        argv = [str(one) for one in (*command, *(container.get("args") or []))]
        env = {one["name"]: str(one["value"]) for one in container.get("env", []) if "value" in one}
        env = {**argo_run.substitute(env, scope), "TRACE_FILE": self.trace_file}
        with PrivateRoot(self.mounts(t, scope)) as root:
            for one in (t.get("inputs") or {}).get("artifacts", []):
                if one["name"] in art_in:
                    copy(art_in[one["name"]], root.host_path(one["path"]))
            folder = container.get("workingDir") or "/tmp"
            done = root.run(argo_run.substitute(argv, scope), env, folder, [self.trace_file])
            if done.returncode:
                message = done.stderr.decode(errors="replace")[-400:]
                raise argo_run.Failed(f"{t['name']}: exit {done.returncode}: {message}")
            return self.outputs(t, root)

    def outputs(self, t, root):
        parameters, artifacts = {}, {}
        for one in (t.get("outputs") or {}).get("parameters", []):
            path = root.host_path(one["valueFrom"]["path"])
            if not path.exists():
                raise argo_run.Failed(f"{t['name']}: no output {one['name']}")
            parameters[one["name"]] = path.read_bytes().decode().rstrip("\n")
        for one in (t.get("outputs") or {}).get("artifacts", []):
            path = root.host_path(one["path"])
            kept = Path(self.scratch, os.urandom(8).hex())
            if path.exists():
                copy(path, kept)
                artifacts[one["name"]] = str(kept)
            elif not one.get("optional") and not one["name"].startswith("mlpipeline-"):
                raise argo_run.Failed(f"{t['name']}: no output artifact {one['name']}")
        return parameters, artifacts

    def mounts(self, t, scope):
        known = {**self.own, **{one["name"]: one for one in self.spec.get("volumes") or []}}
        known.update((one["name"], one) for one in t.get("volumes") or [])
        known = argo_run.substitute(known, scope)
        empty = {}
        for mount in argo_run.substitute(t["container"].get("volumeMounts") or [], scope):
            volume = known[mount["name"]]
            claim = volume.get("persistentVolumeClaim")
            if claim is not None:
                source = self.cluster.path(claim["claimName"])
            elif "emptyDir" in volume:
                source = empty.setdefault(mount["name"], Path(self.scratch, os.urandom(8).hex()))
                source.mkdir(exist_ok=True)
            else:
                raise argo_run.Unsupported(f"volume {sorted(volume)}")
            inside = mount.get("subPath") or ""
            if inside.startswith("/") or ".." in inside.split("/") or "subPathExpr" in mount:
                raise argo_run.Unsupported(f"subPath {inside!r}")
            source /= inside
            if not source.exists():
                source.mkdir(parents=True)
            read_only = bool(mount.get("readOnly") or (claim or {}).get("readOnly"))
            yield Mount(str(source), mount["mountPath"], read_only)


def copy(source, target):
    """Copies a file or a folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def at(shown, path):
    """A value of a resource by its JSONPath: ``{.metadata.name}``, or ``{}`` for all of it."""
    for key in path.strip("{}").split("."):
        shown = shown.get(key, {}) if key else shown
    return shown if isinstance(shown, str) else json.dumps(shown)


class VertexRun(ir_run.Run):
    """A pipeline for Vertex AI, with the buckets of a folder."""

    def __init__(self, spec, trace_file, folder, pipeline_root):
        super().__init__(spec, trace_file)
        self.buckets = folder
        self.job["pipeline_root"] = pipeline_root
        (folder / pipeline_root.removeprefix("gs://")).mkdir(parents=True, exist_ok=True)

    def execute(self, component, parameters, artifacts):
        mounts = [Mount(str(self.buckets), "/gcs", read_only=True)]
        mounts += [Mount(str(one), f"/gcs/{one.name}") for one in self.buckets.iterdir()]

        def start(argv, env, cwd, **_):
            env = {name: text for name, text in env.items() if os.environ.get(name) != text}
            with PrivateRoot(mounts, os.environ.get("CONTAINER_SHELL", "")) as root:
                return root.run(argv, env, cwd, [self.scratch, self.trace_file])

        pipes = {"DEVNULL": None, "PIPE": None}
        with mock.patch.object(ir_run, "subprocess", SimpleNamespace(run=start, **pipes)):
            return super().execute(component, parameters, artifacts)


def reordered(document):
    """The document, whose tasks are in another order, for another order of execution."""
    seed = os.environ.get("ORDER")
    if not seed:
        return document
    shuffle = random.Random(seed).shuffle
    for template in (document.get("spec") or {}).get("templates") or []:
        if "dag" in template:
            shuffle(template["dag"]["tasks"])
    for component in (document.get("root"), *(document.get("components") or {}).values()):
        if component and "dag" in component:
            tasks = list(component["dag"]["tasks"].items())
            shuffle(tasks)
            component["dag"]["tasks"] = dict(tasks)
    return document


def run(kind, path, trace, folder, *rest):
    """Runs a file, and says whether the run succeeded."""
    Path(trace).write_text("")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = next(yaml.load_all(Path(path).read_text("utf-8"), loader))
    folder = Path(folder).resolve()
    if kind == "v1":
        arguments = dict(one.split("=", 1) for one in rest)
        return ArgoRun(reordered(document), arguments, os.path.abspath(trace), folder).run()
    arguments = dict(one.split("=", 1) for one in rest[1:])
    spec = reordered(document.get("pipelineSpec", document))
    return VertexRun(spec, os.path.abspath(trace), folder, rest[0]).run(arguments)


def main():
    try:
        return 0 if run(*sys.argv[1:]) else 1
    except (argo_run.Unsupported, ir_run.Unsupported) as error:
        print(f"outside of what the runner has: {error}", file=sys.stderr)
        return 3
    except ir_run.Failed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
