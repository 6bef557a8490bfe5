"""Random KFP v1 pipelines whose tasks share volumes, compiled by kfp 1.8.

    PYTHON_WITH_KFP_1_8 gen_volumes.py SEED OUT.yaml

Each task is a probe: it lists, reads, writes, moves and removes files in the volumes that it
mounts, appends what it has read to $TRACE_FILE, and writes texts that are a function of it. So two
runs are equal exactly when every task ran as often, on the same data, and found the same files.
Tasks that use the same files are ordered by dependencies; all others may run in any order.

OUT.json, beside the pipeline, has what a run needs: the claims that exist before it with their
files, and the options ``--volume`` of the conversion.
"""

# ruff: noqa: E501

from __future__ import annotations

import json
import random
import sys
import warnings
from pathlib import Path

import kfp
from kfp import components, dsl
from kubernetes import client as k8s

PROBE = r"""
import hashlib, json, os, sys
tag, how, found, outs, digest = sys.argv[1], sys.argv[2], [], [], ""
def files(folder, hidden):
    listed = {}
    for where, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if os.path.relpath(os.path.join(where, one), folder) not in hidden]
        for name in names:
            path = os.path.join(where, name)
            if not os.path.islink(path):
                listed[os.path.relpath(path, folder)] = open(path, newline="").read()
    return listed
def note(*what):
    global digest
    found.append(what)
    digest = hashlib.sha1(json.dumps([tag, found], sort_keys=True).encode()).hexdigest()
note("start")
words = iter(sys.argv[3:])
for verb in words:
    label = next(words)
    value = next(words)
    if verb.startswith("env-"):
        verb, value = verb[4:], os.environ[value]
    if verb == "value":
        note(label, value)
    elif verb == "list":
        note(label, files(value, label.split("|")[1:]))
    elif verb == "read":
        note(label, open(value, newline="").read() if os.path.isfile(value) else None)
    elif verb == "write":
        os.makedirs(os.path.dirname(os.path.abspath(value)), exist_ok=True)
        with open(value, "w", newline="") as file:
            file.write(f"{tag} {label} {digest[:8]}\n")
    elif verb == "move":
        if os.path.isfile(value):
            os.replace(value, value + ".moved")
        note(label, os.path.isfile(value + ".moved"))
    elif verb == "remove":
        note(label, os.path.isfile(value))
        if os.path.isfile(value):
            os.remove(value)
    else:
        outs.append((verb.removeprefix("out-"), value))
with open(os.environ["TRACE_FILE"], "a") as trace:
    trace.write(json.dumps({"tag": tag, "in": found}, sort_keys=True) + "\n")
if how.startswith("flaky:"):
    # Fails so often before it succeeds, counted by what the trace holds of it.
    runs = [json.loads(line) for line in open(os.environ["TRACE_FILE"])]
    if sum(run["tag"] == tag for run in runs) <= int(how[6:]):
        sys.exit(4)
number = int(digest[:8], 16)
for kind, path in outs:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write({
            "text": digest[:6],
            "coin": ["heads", "tails"][number % 2],
            "list": json.dumps([digest[k] + str(k) for k in range(1 + number % 3)]),
        }[kind])
"""
#: Where volumes are mounted; no path is inside another.
PATHS = [
    "/data",
    "/mnt",
    "/workspace",
    "/home/user/data",
    "/var/lib/data",
    "/opt/ml/model",
    "/srv/a b",
    "/data2/",
    "/usr/local/share/data",
    "/it's/$HOME",
]
IMAGE = "python:3.9"
#: Without a shell, so that no command can link the path of a volume.
BARE_IMAGE = "gcr.io/distroless/python3"


class Volume:
    """A volume of the pipeline, and the tasks that have used it so far."""

    def __init__(self, kind, name, volume, files=()):
        self.kind, self.name, self.volume = kind, name, volume
        self.files = list(files)
        self.writers, self.readers = [], []
        #: The task that creates it.
        self.maker = None


class Gen:
    """Makes a pipeline while kfp traces it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.names = 0
        self.existing = {}
        self.options = {}
        self.with_copies = self.random.random() < 0.3

    def chance(self, probability):
        return self.random.random() < probability

    # -- volumes ------------------------------------------------------------

    def new_name(self, kind):
        self.names += 1
        return (
            f"{self.random.choice(['data', 'model-store', 'cache', 'my-claim'])}-{kind}{self.names}"
        )

    def option(self, key, name, probability):
        if self.chance(probability):
            self.options[key] = (
                f"gs://{self.random.choice(['bucket', 'other-bucket'])}/volumes/{name}"
            )

    def created(self, **arguments):
        name = self.new_name("new")
        unique = self.chance(0.7)
        op = dsl.VolumeOp(
            name=f"create {name}",
            resource_name=name,
            size=arguments.pop("size", "1Gi"),
            modes=dsl.VOLUME_MODE_RWM,
            generate_unique_name=unique,
            **arguments,
        )
        volume = Volume("created", name, op.volume)
        volume.maker = op
        self.option(name, name, 0.25)
        return volume

    def existing_claim(self, parameter=None):
        name = "claim-of-input" if parameter is not None else self.new_name("old")
        files = {"seed.txt": f"seed of {name}", "sub/a.txt": "a\n", "sub/deep/b.txt": "é"}
        self.existing[name] = {
            path: files[path] for path in list(files)[: self.random.randrange(4)]
        }
        self.option(name, name, 1)
        volume = dsl.PipelineVolume(
            pvc=parameter if parameter is not None else name, name=f"v-{name.replace('.', '-')}"
        )
        return Volume("existing", name, volume, self.existing[name])

    def copy_of(self, volume):
        """A snapshot of a volume, and a new volume from it."""
        name = self.new_name("snap")
        snapshot = dsl.VolumeSnapshotOp(
            name=f"snapshot {name}", resource_name=name, volume=volume.volume
        )
        snapshot.after(*volume.writers, *([volume.maker] if volume.maker else []))
        volume.readers.append(snapshot)
        made = self.created(data_source=snapshot.snapshot)
        made.files = list(volume.files)
        return made

    # -- tasks --------------------------------------------------------------

    def task(self, volumes, values, prefix="", fixed=False):
        """A probe of some volumes. ``prefix`` is the folder for its files, in a loop."""
        r = self.random
        self.count += 1
        tag = f"t{self.count}"
        how = f"flaky:{r.randrange(1, 3)}" if not fixed and self.chance(0.06) else "run"
        words, env, mounts, after = [], {}, [], []
        for _ in range(r.randrange(0, 3)):
            if values:
                words += ["value", "value", r.choice([r.choice(values), f"<{r.choice(values)}>"])]
        chosen = r.sample(volumes, min(len(volumes), r.choice([0, 1, 1, 1, 2, 2, 3])))
        if chosen and self.chance(0.15):
            chosen.append(chosen[0])
        paths = r.sample(PATHS, len(chosen) + 1)
        nested = len(chosen) > 1 and not fixed and self.chance(0.3)
        for index, volume in enumerate(chosen):
            path = paths[index]
            if nested and index == 1 and volume is not chosen[0]:
                path = paths[0].rstrip("/") + "/inner"
            hidden = ["inner"] if nested and index == 0 and chosen[1] is not volume else []
            words += self.uses(volume, tag, path, hidden, prefix, mounts, env, after, fixed)
        decided = all(one[0].name in self.options and not (prefix and one[1]) for one in mounts)
        bare = bool(mounts) and decided and self.chance(0.2)
        outputs = {}
        folder = "/tmp/outputs"
        writable = [one for one in mounts if not one[3] and one[1] is None and not prefix]
        for index in range(r.randrange(0, 3)):
            if writable and not bare and self.chance(0.25):
                folder = writable[0][2].rstrip("/") + "/out"
            kind = r.choice(["text", "coin", "list"])
            outputs[f"o{index}"] = kind, f"{folder}/{tag}-{index}"
            words += [f"out-{kind}", "output", outputs[f"o{index}"][1]]
        make = self.component if self.chance(0.35) else self.container
        paths = {name: path for name, (_, path) in outputs.items()}
        # kfp gives the exit handler no files.
        op = make(tag, [tag, how, *words], paths, [] if fixed else values)
        if bare:
            op.container.image = BARE_IMAGE
        if not prefix and writable and not bare and self.chance(0.15):
            op.container.working_dir = writable[0][2].rstrip("/")
            op.arguments = [*op.arguments, "write", "in place", "in place.txt"]
        for name, text in env.items():
            op.container.add_env_variable(k8s.V1EnvVar(name=name, value=text))
        if how != "run":
            op.set_retry(r.randrange(2, 4))
        self.mount(op, mounts)
        if after:
            op.after(*dict.fromkeys(after))
        for volume, _, _, read_only in mounts:
            if volume is not None:
                (volume.readers if read_only else volume.writers).append(op)
        if self.chance(0.2):
            self.empty(op)
        return op, {
            name: (kind, op.outputs[name] if len(outputs) > 1 else op.output)
            for name, (kind, _) in outputs.items()
        }

    def container(self, tag, words, outputs, values):
        """A task with paths of the author; it may read a value as a file."""
        files = []
        if values and self.chance(0.3):
            words = [*words, "read", "file", "/tmp/inputs/value"]
            files = [dsl.InputArgumentPath(self.random.choice(values), path=words[-1])]
        return dsl.ContainerOp(
            name=tag,
            image=IMAGE,
            command=["python3", "-c", PROBE],
            arguments=words,
            artifact_argument_paths=files,
            file_outputs=outputs,
        )

    def component(self, tag, words, outputs, values):
        """A task of a component, whose inputs are words with values, and maybe a file."""
        args, given, made = [], {}, {path: name for name, path in outputs.items()}
        for word in words:
            if word in made:
                args.append({"outputPath": made[word]})
            elif "{{pipelineparam" in str(word):
                given[f"in{len(given)}"] = word
                args.append({"inputValue": f"in{len(given) - 1}"})
            else:
                args.append(word)
        if values and self.chance(0.3):
            given["file"] = self.random.choice(values)
            args += ["read", "file", {"inputPath": "file"}]
        spec = {
            "name": tag,
            "inputs": [{"name": name} for name in given],
            "outputs": [{"name": name, "type": "String"} for name in outputs],
            "implementation": {
                "container": {"image": IMAGE, "command": ["python3", "-c", PROBE], "args": args}
            },
        }
        return components.load_component_from_text(json.dumps(spec))(**given)

    def uses(self, volume, tag, path, hidden, prefix, mounts, env, after, fixed):
        """The words of a probe for one of its volumes."""
        r = self.random
        read_only = fixed or (not hidden and self.chance(0.25))
        inside = (
            r.choice(["sub", "sub/deep", "new", f"of-{tag}"])
            if self.chance(0.25) and not hidden
            else None
        )
        if prefix and inside:
            inside = f"{prefix}/{inside}"
        mounts.append((volume, inside, path, read_only))
        known = [*volume.writers, *([volume.maker] if volume.maker else [])]
        after += known if read_only else [*known, *volume.readers]
        base = path.rstrip("/")
        own = base if inside or not prefix else f"{base}/{prefix}"
        label = "|".join(["list", *hidden])
        name = f"FOLDER_{len(env)}"
        words = []
        if self.chance(0.3):
            env[name] = own
            words += ["env-list", label, name]
        elif self.chance(0.8):
            words += ["list", label, own]
        files = [] if inside else [f"{base}/{one}" for one in volume.files]
        for _ in range(r.randrange(0, 3)):
            if files:
                words += ["read", "read", r.choice(files)]
        if read_only:
            return words
        for index in range(r.randrange(1, 4)):
            file = r.choice(
                [f"{tag}-{index}.txt", f"folder/{tag}/{index}", "same.txt", f"it's {index}"]
            )
            words += ["write", f"w{index}", f"{own}/{file}"]
            if not prefix and not inside:
                volume.files.append(file)
        if self.chance(0.2):
            words += [r.choice(["move", "remove"]), "change", f"{own}/same.txt"]
        if self.chance(0.3):
            words += ["list", label, own]
        return words

    def mount(self, op, mounts):
        """Adds the mounts to a task, as kfp's users do."""
        added = set()
        for volume, inside, path, read_only in mounts:
            is_new = volume not in added
            added.add(volume)
            if (
                is_new
                and sum(one[0] is volume for one in mounts) == 1
                and inside is None
                and not read_only
                and self.chance(0.6)
            ):
                op.add_pvolumes({path: volume.volume})
                continue
            if is_new:
                op.add_volume(volume.volume)
            op.container.add_volume_mount(
                k8s.V1VolumeMount(
                    name=volume.volume.name,
                    mount_path=path,
                    sub_path=inside,
                    read_only=read_only or None,
                )
            )

    def empty(self, op):
        """An empty folder, in which a file is written and listed."""
        medium = "Memory" if self.chance(0.3) else None
        path = "/scratch" if medium is None or self.chance(0.5) else "/dev/shm"
        op.add_volume(
            k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource(medium=medium))
        )
        op.container.add_volume_mount(k8s.V1VolumeMount(name="scratch", mount_path=path))
        op.arguments = [
            *op.arguments,
            "list",
            "list",
            path,
            "write",
            "w",
            f"{path}/a/b",
            "list",
            "list",
            path,
        ]

    # -- control flow -------------------------------------------------------

    def block(self, volumes, values, kinds, depth, budget, prefix=""):
        r = self.random
        for _ in range(budget):
            weights = [
                7,
                2 if depth else 0,
                2 if depth else 0,
                1 if depth else 0,
                1,
                1 if self.with_copies and not prefix else 0,
            ]
            what = r.choices(["task", "condition", "loop", "graph", "volume", "copy"], weights)[0]
            inner = {"kinds": kinds, "depth": depth - 1, "budget": r.randrange(1, 4)}
            if what == "task":
                _, outputs = self.task(volumes, values, prefix)
                for kind, reference in outputs.values():
                    values.append(reference)
                    kinds.setdefault(kind, []).append(reference)
            elif what == "condition" and kinds.get("coin"):
                coin = r.choice(kinds["coin"])
                with dsl.Condition(coin == "heads" if self.chance(0.5) else coin != "heads"):
                    self.inside(volumes, values, prefix=prefix, **inner)
            elif what == "loop":
                self.count += 1
                if kinds.get("list") and self.chance(0.5):
                    with dsl.ParallelFor(r.choice(kinds["list"])) as item:
                        self.inside(
                            volumes,
                            values,
                            item,
                            prefix=f"{prefix}/loop{self.count}/{item}".lstrip("/"),
                            **inner,
                        )
                else:
                    items = [{"a": f"x{k}", "b": f"v {k}"} for k in range(r.randrange(1, 3))]
                    with dsl.ParallelFor(items) as item:
                        self.inside(
                            volumes,
                            values,
                            item.b,
                            prefix=f"{prefix}/loop{self.count}/{item.a}".lstrip("/"),
                            **inner,
                        )
            elif what == "graph" and values and not prefix:
                self.graph(volumes, values, inner)
            elif what == "volume" and not prefix:
                volumes.append(self.created())
            elif what == "copy" and volumes:
                volumes.append(self.copy_of(r.choice(volumes)))

    def delete(self, volume):
        """A task that deletes a volume after its last use: by kubectl, or by the workflow itself."""
        if self.chance(0.5):
            op = volume.maker.delete()
        else:
            meta = k8s.V1ObjectMeta(name=str(volume.maker.outputs["name"]))
            claim = k8s.V1PersistentVolumeClaim("v1", "PersistentVolumeClaim", metadata=meta)
            op = dsl.ResourceOp(claim, action="delete", name=f"delete {volume.name}")
        op.after(*volume.writers, *volume.readers)

    def inside(self, volumes, values, *more, kinds, depth, budget, prefix):
        """The tasks of a DAG inside. Volumes that are made in it are for it alone."""
        kinds = {kind: list(known) for kind, known in kinds.items()}
        self.block(list(volumes), [*values, *more], kinds, depth, budget, prefix)

    def graph(self, volumes, values, inner):
        """A component of tasks, which takes the names of its volumes as inputs."""
        gen = self
        chosen = [one for one in volumes if one.maker is not None][:1]
        names = [one.maker.outputs["name"] for one in chosen]
        before = [op for one in chosen for op in (one.maker, *one.writers, *one.readers)]

        def body(value, name=None):
            own = [
                Volume(
                    one.kind, one.name, dsl.PipelineVolume(pvc=name, name=f"in-{one.maker.name}")
                )
                for one in chosen
            ]
            gen.inside(own, [value], prefix="", **{**inner, "kinds": {}})

        def part(value):
            body(value)

        def part_of_volume(value, name):
            body(value, name)

        part = part_of_volume if chosen else part
        self.count += 1
        part.__name__ += f"_{self.count}"  # kfp takes one of the same name for recursion
        group = dsl.graph_component(part)(self.random.choice(values), *names)
        if before:
            group.after(*dict.fromkeys(before))
        for one in chosen:
            one.writers.append(group)

    def pipeline(self, text, claim):
        old = [self.existing_claim() for _ in range(self.random.randrange(0, 3))]
        if self.chance(0.3):
            old.append(self.existing_claim(claim))

        def body():
            volumes = [self.created() for _ in range(self.random.randrange(1, 3))] + old
            self.random.shuffle(volumes)
            self.block(volumes, [text], {}, 2, self.random.randrange(4, 9))
            for volume in volumes:
                if volume.maker is not None and self.chance(0.3):
                    self.delete(volume)

        if old and self.chance(0.2):
            last, _ = self.task(old, [text], fixed=True)
            for volume in old:
                volume.readers.clear()
            with dsl.ExitHandler(last):
                body()
        else:
            body()


def main():
    warnings.simplefilter("ignore")
    seed, out = int(sys.argv[1]), sys.argv[2]
    gen = Gen(seed)

    def pipeline(text: str = "it's $HOME", claim: str = "claim-of-input"):
        gen.pipeline(text, claim)

    kfp.compiler.Compiler().compile(dsl.pipeline(name=f"volumes-{seed}")(pipeline), out)
    facts = {"existing": gen.existing, "options": gen.options}
    Path(out).with_suffix(".json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
