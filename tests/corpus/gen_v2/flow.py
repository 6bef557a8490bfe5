"""Random pipeline functions: calls, loops, branches, exit handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.corpus.gen_v2 import settings
from tests.corpus.gen_v2.components import Made, described
from tests.corpus.gen_v2.values import (
    FORMS,
    PARAMETERS,
    TEXTS,
    Port,
    Value,
    constant,
    item_type,
    names,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


class Author:
    """Writes a pipeline function that calls what was made before."""

    def __init__(self, r: random.Random, made: Sequence[Made], name: str) -> None:
        self.r = r
        self.made = [one for one in made if not (one.takes_status or one.name.startswith("exit"))]
        self.exits = [one for one in made if one.name.startswith("exit")]
        self.name = name
        self.lines: list[str] = []
        self.count = 0
        self.budget = r.choice((2, 4, 6, 10))
        self.uses_kubernetes = r.random() < 0.35
        #: The type of several outputs; not in the function, whose inputs may hide types.
        self.before = ""
        #: Tasks that others in the same scope may depend on.
        self.dynamic = r.random() < 0.5

    def pipeline(self, *, is_root: bool) -> Made:
        r = self.r
        signature, ports, scope = self.signature()
        exits = self.exits and r.random() < (0.35 if is_root else 0.15)
        values = self.exit_handler(scope) if exits else self.block(scope, 1, 0, [])
        outputs, annotation = self.outputs(values, scope)
        arguments = ", ".join(signature)
        lines = [
            f"@d.pipeline({self.options(is_root)})",
            f"def {self.name}({arguments}){annotation}:",
        ]
        if r.random() < 0.5:
            lines.append("    " + self.docstring(ports))
        source = "\n".join([self.before, *lines, *self.lines])
        return Made(self.name, source, tuple(ports), tuple(outputs), "pipeline")

    def options(self, is_root: bool) -> str:
        r, more = self.r, []
        if is_root or r.random() < 0.3:
            more.append(
                f"name={r.choice(('My pipeline', 'a', 'pipeline-x', 'train_it', 'ÜNI x'))!r}"
            )
        if r.random() < 0.3:
            more.append(f"description={r.choice((*TEXTS[1:], 'It trains.'))!r}")
        if r.random() < 0.2:
            more.append(f"pipeline_root={r.choice(('gs://b/root', 'minio://b/root'))!r}")
        if r.random() < 0.2:
            more.append(f"display_name={r.choice(('The pipeline', 'x' * 50, 'it is'))!r}")
        if is_root and r.random() < 0.15:
            patch = "d.KubernetesWorkspaceConfig(pvcSpecPatch={'accessModes': ['ReadWriteMany']})"
            kubernetes = f", kubernetes={patch}" if r.random() < 0.5 else ""
            config = r.choice(
                (
                    f"workspace=d.WorkspaceConfig(size='10Gi'{kubernetes})",
                    "ttl_seconds_after_finished=60, active_deadline_seconds=0",
                    "ttl_seconds_after_success=1, ttl_seconds_after_failure=2",
                )
            )
            more.append(f"pipeline_config=d.PipelineConfig({config})")
        return ", ".join(more)

    def docstring(self, ports: Sequence[Port]) -> str:
        r = self.r
        lines = [
            r.choice(("A pipeline.", "Several\n\n    parts of it.", 'Ends with \\\\ and \\".'))
        ]
        some = [port for port in ports if r.random() < 0.6]
        if some and r.random() < 0.6:
            lines += ["", "    Args:", *(f"        {one.name}: {described(r)}" for one in some)]
        return '"""' + "\n".join(lines) + '\n    """'

    def signature(self) -> tuple[list[str], list[Port], list[Value]]:
        """The inputs of the function."""
        r = self.r
        head, tail, ports, scope = [], [], [], []
        for name in names(r, r.choice((0, 1, 3, 4, 6))):
            artifact = r.random() < 0.12
            if artifact:
                kind = r.choice(("Dataset", "Model", "Artifact"))
                optional = r.random() < 0.3
                if optional:
                    tail.append(f"{name}: Optional[Input[{kind}]] = None")
                else:
                    head.append(f"{name}: Input[{kind}]")
                ports.append(Port(name, kind, optional=optional))
                scope.append(Value(name, kind))
                continue
            kind = r.choice(PARAMETERS)
            form = r.choice(FORMS[kind])
            if r.random() < 0.4:
                head.append(f"{name}: {form}")
                ports.append(Port(name, kind))
            else:
                nothing = "ptional" in form and r.random() < 0.6
                tail.append(f"{name}: {form} = {None if nothing else constant(r, kind)!r}")
                ports.append(Port(name, kind, optional=True))
            of = item_type(form) if kind == "list" else ""
            scope.append(Value(name, kind, of=of))
        return [*head, *tail], ports, scope

    def outputs(self, values: Sequence[Value], scope: Sequence[Value]) -> tuple[list[Port], str]:
        """The outputs of the function, which its last statement returns."""
        r = self.r
        del scope
        usable = [one for one in values if one.output]
        form = r.choice(("none", "one", "many"))
        if not usable or form == "none":
            return [], ""
        if form == "one":
            value = r.choice(usable)
            self.lines.append(f"    return {value.text}")
            return [Port("Output", value.type, value.is_list)], f" -> {annotation(value)}"
        chosen = r.sample(usable, min(len(usable), r.choice((1, 2, 3))))
        ports = [
            Port(f"{r.choice(('out', 'O'))}_{i}", one.type, one.is_list)
            for i, one in enumerate(chosen)
        ]
        fields = ", ".join(f"{p.name}={annotation(v)}" for p, v in zip(ports, chosen, strict=True))
        given = ", ".join(f"{p.name}={v.text}" for p, v in zip(ports, chosen, strict=True))
        self.lines.append(f"    return {self.name}_outputs({given})")
        self.before = f"{self.name}_outputs = typing.NamedTuple('Outs', {fields})"
        return ports, f" -> {self.name}_outputs"

    # Statements

    def put(self, indent: int, line: str) -> None:
        self.lines.append("    " * indent + line)

    def new(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def block(
        self, scope: Sequence[Value], indent: int, depth: int, tasks: list[str]
    ) -> list[Value]:
        """Statements; what they make is returned."""
        r = self.r
        made: list[Value] = []
        tasks = [*tasks]
        for _ in range(r.choice((1, 2, 3) if depth else (1, 2, 4, 6))):
            known = [*scope, *made]
            self.budget -= 1
            kind = r.random()
            if depth >= 3 or self.budget <= 0 or kind < 0.6:
                made += self.call(known, indent, tasks)
            elif kind < 0.8:
                made += self.loop(known, indent, depth, tasks)
            else:
                made += self.branches(known, indent, depth, tasks)
        return made

    def call(self, scope: Sequence[Value], indent: int, tasks: list[str]) -> list[Value]:
        r = self.r
        if r.random() < 0.08:
            return self.importer(scope, indent, tasks)
        component = r.choice(self.made)
        arguments = self.arguments(component, scope, indent, tasks)
        variable = self.new(r.choice(("task", "t", "step_", component.name + "_")))
        chain = settings.of_any(r)
        if component.kind != "pipeline":
            chain += settings.of_container(r, scope if self.dynamic else [])
        if tasks and r.random() < 0.25:
            some = r.sample(tasks, min(len(tasks), r.choice((1, 1, 2))))
            chain.insert(0, f".after({', '.join(some)})")
        # kfp wants an argument for each input of such a task.
        complete = len(arguments) == sum(port.optional for port in component.inputs)
        if tasks and complete and len(arguments) == len(component.inputs) and r.random() < 0.3:
            chain.append(".ignore_upstream_failure()")
        call = f"{component.name}({', '.join(arguments)})"
        self.put(indent, f"{variable} = {call}{''.join(chain)}")
        if self.uses_kubernetes and component.kind != "pipeline":
            for line in settings.kubernetes(r, variable, scope if self.dynamic else []):
                self.put(indent, line)
        tasks.append(variable)
        return outputs_of(r, component, variable)

    def arguments(
        self, component: Made, scope: Sequence[Value], indent: int, tasks: list[str]
    ) -> list[str]:
        r, found = self.r, []
        for port in component.inputs:
            if port.optional and r.random() < 0.5:
                continue
            found.append(f"{port.name}={self.argument(port, scope, indent, tasks)}")
        r.shuffle(found)
        return found

    def argument(self, port: Port, scope: Sequence[Value], indent: int, tasks: list[str]) -> str:
        r = self.r
        fitting = [one for one in scope if one.fits(port)]
        if fitting and (not port.is_parameter or r.random() < 0.6):
            return r.choice(fitting[-6:]).text
        if not port.is_parameter:
            made = self.producer(port, indent, tasks)
            return made
        if port.type == "str" and r.random() < 0.4:
            return self.f_string(scope)
        value = constant(r, port.type)
        if port.type in ("list", "dict") and r.random() < 0.3:
            return self.with_channels(value, scope)
        return repr(value)

    def producer(self, port: Port, indent: int, tasks: list[str]) -> str:
        """A task that makes an artifact, or artifacts in a loop."""
        variable = self.new("made")
        uri = f"gs://b/{variable}"
        if port.is_list:
            self.put(indent, f"with d.ParallelFor(['a', 'b']) as {variable}_i:")
            self.put(indent + 1, f"{variable} = make_{port.type.lower()}(a={variable}_i)")
            return f"d.Collected({variable}.output)"
        self.put(
            indent, f"{variable} = d.importer(artifact_uri={uri!r}, artifact_class=d.{port.type})"
        )
        tasks.append(variable)
        return f"{variable}.output"

    def f_string(self, scope: Sequence[Value]) -> str:
        r = self.r
        usable = [
            one.text for one in scope if one.type in PARAMETERS and one.in_text and not one.is_list
        ]
        if not usable:
            return repr(r.choice(TEXTS))
        parts = []
        for _ in range(r.choice((1, 2, 3))):
            parts.append(r.choice(TEXTS[:25]))
            parts.append(None)
        parts.append(r.choice(TEXTS))
        form = "".join(
            "{}" if one is None else one.replace("{", "{{").replace("}", "}}") for one in parts
        )
        values = [r.choice(usable) for one in parts if one is None]
        return f"{form!r}.format({', '.join(values)})"

    def with_channels(self, value: Any, scope: Sequence[Value]) -> str:
        """A list or object with channels in it."""
        usable = [
            one.text for one in scope if one.type in PARAMETERS and one.in_text and not one.is_list
        ]
        if not usable:
            return repr(value)
        channel = self.r.choice(usable)
        if isinstance(value, list):
            return f"[{', '.join([*map(repr, value), channel])}]"
        entries = [f"{key!r}: {one!r}" for key, one in value.items()]
        return "{" + ", ".join([*entries, f"'channel': {channel}"]) + "}"

    def importer(self, scope: Sequence[Value], indent: int, tasks: list[str]) -> list[Value]:
        r = self.r
        kind = r.choice(("Dataset", "Model", "Artifact", "Metrics"))
        texts = [one.text for one in scope if one.type == "str" and one.in_text and not one.is_list]
        uri = r.choice(texts) if texts and r.random() < 0.6 else repr("gs://bucket/data.csv")
        more = [f"artifact_uri={uri}", f"artifact_class=d.{kind}"]
        more += [f"reimport={r.random() < 0.5}"] if r.random() < 0.5 else []
        if r.random() < 0.5:
            value = (
                f"'{{}}'.format({r.choice(texts)})"
                if texts and r.random() < 0.5
                else repr(constant(r, "str"))
            )
            more.append(f"metadata={{'key': {value}, 'n': {constant(r, r.choice(PARAMETERS))!r}}}")
        variable = self.new("imported")
        chain = "".join(settings.of_any(r)[:1]) if r.random() < 0.3 else ""
        self.put(indent, f"{variable} = d.importer({', '.join(more)}){chain}")
        tasks.append(variable)
        return [Value(f"{variable}.output", kind, output=True)]

    def loop(
        self, scope: Sequence[Value], indent: int, depth: int, tasks: list[str]
    ) -> list[Value]:
        r = self.r
        item = self.new("item")
        more = [f"name={r.choice(('my loop', 'x'))!r}"] if r.random() < 0.15 else []
        more += [f"parallelism={r.choice((1, 2, 10))}"] if r.random() < 0.3 else []
        items, inner = self.items(scope, item)
        self.put(indent, f"with d.ParallelFor({', '.join([items, *more])}) as {item}:")
        made = self.block([*scope, *inner], indent + 1, depth + 1, tasks)
        collected = []
        for one in made:
            if one.output and not one.is_list and one.in_text and r.random() < 0.5:
                kind = "list" if one.type in PARAMETERS else one.type
                lists = kind != "list"
                collected.append(
                    Value(f"d.Collected({one.text})", kind, lists, in_text=False, output=True)
                )
        return collected

    def items(self, scope: Sequence[Value], item: str) -> tuple[str, list[Value]]:
        """What a loop is over, and the values of an item."""
        r = self.r
        lists = [one for one in scope if one.type == "list" and not one.is_list and one.in_text]
        artifacts = [one for one in scope if one.is_list and one.in_text]
        kind = r.choice(("static", "static", "dicts", "channel", "channel", "artifacts"))
        if kind == "artifacts" and artifacts:
            one = r.choice(artifacts)
            return one.text, [Value(item, one.type)]
        if kind == "channel" and lists:
            one = r.choice(lists)
            return one.text, [Value(item, one.of or "str")]
        if kind == "dicts":
            # kfp takes the type of the first entry for that of each.
            of = r.choice(("str", "int", "float"))
            keys = ("a", "b", "c_d")
            size = r.choice((1, 2, 3))
            values = [{key: constant(r, of) for key in keys} for _ in range(size)]
            entries = [Value(f"{item}.{key}", of) for key in keys]
            return repr(values), [*entries, Value(item, "dict")]
        of = r.choice(("str", "int", "float"))
        values = [constant(r, of) for _ in range(r.choice((1, 2, 4)))]
        if r.random() < 0.15:
            return self.with_channels(
                [str(one) for one in values], [s for s in scope if s.type == "str"]
            ), [Value(item, "str")]
        return repr(values), [Value(item, of)]

    def branches(
        self, scope: Sequence[Value], indent: int, depth: int, tasks: list[str]
    ) -> list[Value]:
        r = self.r
        usable = [
            one for one in scope if one.type in PARAMETERS[:4] and one.in_text and not one.is_list
        ]
        if not usable:
            return self.call(scope, indent, tasks)
        name = f", name={r.choice(('check', 'is it?'))!r}" if r.random() < 0.2 else ""
        self.put(
            indent, f"with d.{r.choice(('If', 'If', 'Condition'))}({self.condition(usable)}{name}):"
        )
        inner = [self.block(scope, indent + 1, depth + 1, tasks)]
        for _ in range(r.choice((0, 0, 0, 1, 2))):
            self.put(indent, f"with d.Elif({self.condition(usable)}):")
            inner.append(self.block(scope, indent + 1, depth + 1, tasks))
        if r.random() < 0.5:
            return []
        self.put(indent, "with d.Else():")
        inner.append(self.block(scope, indent + 1, depth + 1, tasks))
        return self.oneof(inner, indent)

    def oneof(self, inner: list[list[Value]], indent: int) -> list[Value]:
        """Values of ``dsl.OneOf``, if all branches make one of a type."""
        r = self.r
        plain = [[one for one in values if one.output and one.in_text] for values in inner]
        keys = [{(one.type, one.is_list) for one in values} for values in plain]
        common = sorted(set.intersection(*keys))
        if not common or r.random() < 0.3:
            return []
        kind = r.choice(common)
        chosen = [r.choice([v for v in values if (v.type, v.is_list) == kind]) for values in plain]
        variable = self.new("one_of")
        self.put(indent, f"{variable} = d.OneOf({', '.join(v.text for v in chosen)})")
        return [Value(variable, kind[0], kind[1], in_text=False, output=True)]

    def condition(self, usable: Sequence[Value]) -> str:
        r = self.r
        one = r.choice(usable)
        if one.type == "bool":
            return f"{one.text} {r.choice(('==', '!='))} {r.random() < 0.5}"
        same = [v for v in usable if v.type == one.type and v.text != one.text]
        other = r.choice(same).text if same and r.random() < 0.2 else repr(constant(r, one.type))
        if one.type == "str" and other[:1] in "'\"":
            other = repr(r.choice(("heads", "", "a b", "1", "a-b_c", "true", "ü", "x" * 90)))
        if r.random() < 0.1 and one.type == "int":
            other = repr(constant(r, "float"))
        return f"{one.text} {r.choice(OPERATORS)} {other}"

    def exit_handler(self, scope: Sequence[Value]) -> list[Value]:
        r = self.r
        component = r.choice(self.exits)
        task = self.new("exit_task")
        arguments = [
            f"{port.name}={self.argument(port, scope, 1, [])}"
            for port in component.inputs
            if not port.optional or r.random() < 0.5
        ]
        self.put(
            1, f"{task} = {component.name}({', '.join(arguments)}){''.join(settings.of_any(r)[:1])}"
        )
        name = f", name={r.choice(('my handler', 'x'))!r}" if r.random() < 0.3 else ""
        self.put(1, f"with d.ExitHandler({task}{name}) as handler:")
        made = self.block(scope, 2, 1, [])
        if r.random() < 0.4:
            values = self.call(scope, 1, [])
            return values
        del made
        return []


def annotation(value: Value) -> str:
    return f"List[{value.type}]" if value.is_list else value.type


def outputs_of(r: random.Random, component: Made, variable: str) -> list[Value]:
    """The outputs of a task as values."""
    if len(component.outputs) == 1:
        port = component.outputs[0]
        text = f"{variable}.output" if r.random() < 0.7 else f"{variable}.outputs[{port.name!r}]"
        return [Value(text, port.type, port.is_list, output=True)]
    return [
        Value(f"{variable}.outputs[{port.name!r}]", port.type, port.is_list, output=True)
        for port in component.outputs
    ]
