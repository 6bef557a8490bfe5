"""Random KFP v1 pipelines of what `shared/tools/gen_v1.py` leaves thin, compiled by kfp 1.8.

    PYTHON_WITH_KFP_1_8 gen_more.py KIND SEED OUT.yaml

Each task is a probe: it appends what it was given to $TRACE_FILE and writes outputs that are a
function of it, so that two runs are equal exactly when every task ran as often on the same data.
Kinds: see KINDS.
"""

# ruff: noqa: E501

from __future__ import annotations

import json
import random
import sys

import kfp
from kfp import components, dsl

PROBE = r"""
import hashlib, json, os, sys
tag, how, ins, outs = sys.argv[1], sys.argv[2], {}, []
def content(path):
    if os.path.isdir(path):
        return {name: open(os.path.join(path, name), newline="").read() for name in sorted(os.listdir(path))}
    return open(path, newline="").read()
for kind, name, value in zip(sys.argv[3::3], sys.argv[4::3], sys.argv[5::3]):
    if kind == "value":
        ins[name] = value
    elif kind == "path":
        ins[name] = content(value)
    else:
        outs.append((kind, name, value))
with open(os.environ["TRACE_FILE"], "a") as trace:
    trace.write(json.dumps({"tag": tag, "in": ins}, sort_keys=True) + "\n")
if how == "fail":
    sys.exit(3)
if how.startswith("flaky:"):
    # Fails so often before it succeeds, counted by what the trace holds of it.
    runs = [json.loads(line) for line in open(os.environ["TRACE_FILE"])]
    if sum(run["tag"] == tag for run in runs) <= int(how[6:]):
        sys.exit(4)
digest = hashlib.sha1(json.dumps([tag, ins], sort_keys=True).encode()).hexdigest()
number = int(digest[:8], 16)
HOSTILE = ["it's", 'say "hi"', "a\\b", "line1\nline2", "$HOME `x` $(y)", "", "  pad ", "-n", "--", "%s %d", "{}", "[]",
           "null", "true", "1.0", "007", "1e3", "\u00e9\u4e2d\U0001f600", "a,b;c|d&e", "x" * 300, "tab\there", "#no comment", "{{not}}"]
for kind, name, value in outs:
    os.makedirs(os.path.dirname(value), exist_ok=True)
    if kind == "folder":
        os.makedirs(value, exist_ok=True)
        for part in range(1 + number % 3):
            with open(os.path.join(value, f"part{part}"), "w") as file:
                file.write(digest[part:part + 5])
        continue
    text = {
        "text": tag + "-" + digest[:6],
        "line": digest[:5] + "\n",
        "lines": digest[:3] + "\n" + digest[3:6] + "\n",
        "coin": ["heads", "tails"][number % 2],
        "quoted": ["it's", 'a "b"', "c\\d", "x\ny", "plain"][number % 5],
        "hostile": HOSTILE[number % len(HOSTILE)],
        "int": str(number % 10),
        "float": ["0.5", "1e-05", "2.0", "10", "-3.25"][number % 5],
        "count": ins.get("n", "0") and str(int(ins.get("n", "0")) + 1),
        "empty": "[]",
        "list": json.dumps([digest[k] + str(k) for k in range(number % 4)]),
        "numbers": json.dumps([1, 2.5, True, None, "a b", {"k": [1]}][: number % 7]),
        "dicts": json.dumps([{"a": digest[k], "b": k, "c": [k]} for k in range(number % 3)]),
    }[kind]
    with open(value, "w", newline="") as file:
        file.write(text)
"""
#: Kinds of output whose value is text that can stand anywhere.
TEXTS = ("text", "line", "coin", "quoted", "hostile", "int", "float")


class Gen:
    """Makes pipelines while kfp traces them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def task(self, inputs, outputs, how="", **arguments):
        """A probe: inputs name → value|path, outputs name → kind."""
        self.count += 1
        tag = f"t{self.count}"
        spec = {
            "name": tag,
            "inputs": [{"name": name} for name in inputs],
            "outputs": [{"name": name, "type": "String"} for name in outputs],
            "implementation": {
                "container": {
                    "image": "python:3.9",
                    "command": ["python3", "-c", PROBE],
                    "args": [tag, how or "run"],
                }
            },
        }
        args = spec["implementation"]["container"]["args"]
        for name, way in inputs.items():
            args += [way, name, {"inputValue" if way == "value" else "inputPath": name}]
        for name, kind in outputs.items():
            args += [kind, name, {"outputPath": name}]
        op = components.load_component_from_text(json.dumps(spec))
        return op(**arguments)

    def both_ways(self, levels):
        """Outputs taken by value and by path, at once, over levels of sub-DAGs."""
        r = self.random
        names = [f"o{k}" for k in range(r.randrange(1, 4))]
        maker = self.task({}, {name: r.choice((*TEXTS, "lines")) for name in names})

        def use():
            for _ in range(r.randrange(1, 4)):
                chosen = [r.choice(names) for _ in range(r.randrange(1, 3))]
                inputs = {f"i{k}": r.choice(("value", "path")) for k in range(len(chosen))}
                given = {f"i{k}": maker.outputs[name] for k, name in enumerate(chosen)}
                if r.random() < 0.3:
                    inputs["mix"] = "value"
                    given["mix"] = f"<{maker.outputs[names[0]]}|{maker.outputs[names[-1]]}>"
                self.task(inputs, {"x": "text"}, **given)

        self.nested(levels, use)

    def nested(self, levels, inside):
        r = self.random
        if not levels:
            inside()
            return
        kind = r.choice(("condition", "loop", "items"))
        if kind == "condition":
            coin = self.task({}, {"c": "int"})
            with dsl.Condition(coin.outputs["c"] >= 0):
                inside_or_more(self, levels, inside)
        elif kind == "loop":
            with dsl.ParallelFor(["a", "b c"][: r.randrange(1, 3)]) as item:
                self.task({"item": r.choice(("value", "path"))}, {"y": "text"}, item=item)
                inside_or_more(self, levels, inside)
        else:
            maker = self.task({}, {"l": r.choice(("list", "empty", "numbers"))})
            with dsl.ParallelFor(maker.outputs["l"]) as item:
                self.task({"item": r.choice(("value", "path"))}, {"y": "text"}, item=item)
                inside_or_more(self, levels, inside)

    def compared(self):
        """Conditions over values with quotes, backslashes and newlines."""
        r = self.random
        constants = ["it's", 'a "b"', "plain", "heads", "", "0.5", "5", "x y"]
        maker = self.task({}, {"q": "quoted", "h": "coin", "f": "float", "i": "int", "e": "line"})
        for _ in range(r.randrange(2, 5)):
            left = maker.outputs[r.choice(("h", "f", "i", "e"))]
            if r.random() < 0.5:
                right = r.choice([c for c in constants if '"' not in c])
                with dsl.Condition(left == right if r.random() < 0.5 else left != right):
                    self.task({"l": "value"}, {"z": "text"}, l=left)
            else:
                number = maker.outputs[r.choice(("f", "i"))]
                bound = r.choice((0, 3, 5.5, -1))
                test = r.choice((number > bound, number < bound, number >= bound, number <= bound))
                with dsl.Condition(test):
                    self.task({"l": "path"}, {"z": "text"}, l=number)
        after = self.task({}, {"z": "text"})
        self.task({"z": "value"}, {}, z=after.outputs["z"])

    def failing(self):
        """Tasks that fail, some after retries, and what comes after them."""
        r = self.random
        first = self.task({}, {"x": "text"})
        flaky = self.task(
            {"x": "value"}, {"y": "text"}, how=f"flaky:{r.randrange(0, 3)}", x=first.outputs["x"]
        )
        flaky.set_retry(r.randrange(0, 4))
        self.task({"y": "path"}, {"z": "text"}, y=flaky.outputs["y"])
        if r.random() < 0.4:
            bad = self.task({"x": "value"}, {"y": "text"}, how="fail", x=first.outputs["x"])
            bad.set_retry(r.randrange(0, 2))
            self.task({"y": "value"}, {}, y=bad.outputs["y"])

    def folders(self):
        """Artifacts that are folders, passed through sub-DAGs."""
        maker = self.task({}, {"d": "folder", "t": "text"})
        self.task(
            {"d": "path", "t": "value"}, {"e": "folder"}, d=maker.outputs["d"], t=maker.outputs["t"]
        )
        self.nested(1, lambda: self.task({"d": "path"}, {}, d=maker.outputs["d"]))

    def recursive(self):
        """A component of tasks that runs itself until a condition holds."""
        r = self.random
        limit = r.randrange(1, 4)
        gen = self

        @dsl.graph_component
        def again(n):
            counted = gen.task({"n": "value"}, {"n": "count"}, n=n)
            with dsl.Condition(counted.outputs["n"] < limit):
                again(counted.outputs["n"])

        start = self.task({}, {"n": "count"})
        again(start.outputs["n"])

    def nested_items(self):
        """Loops in loops over dict items, the inner ones using what is around them."""
        r = self.random
        outer = self.task({}, {"d": "dicts", "t": "text"})
        with dsl.ParallelFor(outer.outputs["d"]) as one:
            self.task({"a": "value", "b": "path"}, {}, a=one.a, b=one.b)
            with dsl.ParallelFor(
                [{"x": "1", "y": "p q"}, {"x": "2", "y": ""}][: r.randrange(1, 3)]
            ) as two:
                self.task(
                    {"a": "value", "x": "value", "y": "path", "t": "path"},
                    {},
                    a=one.a,
                    x=two.x,
                    y=two.y,
                    t=outer.outputs["t"],
                )
                with dsl.ParallelFor(["u", "v"]) as three:
                    self.task(
                        {"m": "value", "b": "value"}, {}, m=f"{three}-{two.x}-{one.a}", b=one.b
                    )


def inside_or_more(gen, levels, inside):
    if levels > 1:
        gen.nested(levels - 1, inside)
    inside()


#: Kind → what the pipeline does.
KINDS = {
    "both": lambda gen, p: gen.both_ways(gen.random.randrange(0, 3)),
    "compared": lambda gen, p: gen.compared(),
    "failing": lambda gen, p: gen.failing(),
    "folders": lambda gen, p: gen.folders(),
    "recursive": lambda gen, p: gen.recursive(),
    "items": lambda gen, p: gen.nested_items(),
}


def main() -> None:
    kind, seed, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    gen = Gen(seed)

    def pipeline(p: str = "it's $HOME", q: str = "[]", r: str = '["a", 1]'):
        if gen.random.random() < 0.4:
            on_exit = gen.task({"p": gen.random.choice(("value", "value"))}, {}, p=p)
            with dsl.ExitHandler(on_exit):
                KINDS[kind](gen, p)
        else:
            KINDS[kind](gen, p)
            with dsl.ParallelFor(q) as none:
                gen.task({"i": "value"}, {}, i=none)
            with dsl.ParallelFor(r) as some:
                gen.task({"i": "value", "p": "path"}, {}, i=some, p=p)

    made = dsl.pipeline(name=f"{kind}-{seed}")(pipeline)
    kfp.compiler.Compiler().compile(made, out)


if __name__ == "__main__":
    main()
