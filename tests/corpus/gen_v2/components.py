"""Random components: lightweight Python, containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.corpus.gen_v2.values import ARTIFACTS, FORMS, PARAMETERS, TEXTS, Port, constant, names

if TYPE_CHECKING:
    import random

IMAGES = (
    "python:3.9",
    "python:3.11-slim",
    "gcr.io/project/image:v1.2",
    "alpine",
    "r/i@sha256:" + "a" * 64,
)
DOCS = (
    "Does it.",
    "Does it\n\n    in two parts.",
    "Quotes: \"a\" and 'b'.",
    "Ünicode.",
    "    Indented.",
    "One line\n    and one more, with a word: not a section.\n\n    Example:\n        code()",
)


class Made(NamedTuple):
    """A component or pipeline that others call."""

    name: str
    source: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...] = ()
    #: "python", "container" or "pipeline".
    kind: str = "python"
    #: Whether an input is the status of a task.
    takes_status: bool = False


def docstring(r: random.Random, inputs: tuple[Port, ...], outputs: tuple[Port, ...] = ()) -> str:
    """A docstring, maybe with the descriptions of the inputs."""
    lines = [r.choice(DOCS)]
    some = [port for port in inputs if r.random() < 0.7]
    if some and r.random() < 0.6:
        lines += ["", "    Args:"]
        for port in some:
            lines.append(f"        {port.name}: {described(r)}")
    if outputs and r.random() < 0.4:
        lines += ["", "    Returns:", f"        {outputs[0].name}: what comes out."]
    return 'r"""' + "\n".join(lines) + '\n    """'


def described(r: random.Random) -> str:
    return r.choice(
        (
            "The thing.",
            "a very long text about the input that goes on" + " and on" * 9,
            "first line\n            second line",
            "with: colon, 'quotes' and \"more\"",
            "100% {braces}",
        )
    )


def parameter_inputs(r: random.Random, count: int) -> list[tuple[Port, str]]:
    """Inputs, each with its text in the signature; those with a default are last."""
    plain, with_default = [], []
    for name in names(r, count):
        kind = r.choice(PARAMETERS)
        form = r.choice(FORMS[kind])
        if r.random() < 0.5:
            plain.append((Port(name, kind), f"{name}: {form}"))
            continue
        nothing = form.startswith("Optional") and r.random() < 0.7
        default = None if nothing else constant(r, kind)
        text = f"{name}: {form} = {default!r}"
        with_default.append((Port(name, kind, optional=True), text))
    return [*plain, *with_default]


def lightweight(r: random.Random, name: str) -> Made:
    """A ``@dsl.component``."""
    signature = parameter_inputs(r, r.choice((0, 1, 2, 3, 5)))
    head = [text for port, text in signature if not port.optional]
    tail = [text for port, text in signature if port.optional]
    ports = [port for port, _ in signature]
    outputs: list[Port] = []
    body = ["print(locals())"]
    for i in range(r.choice((0, 0, 1, 2))):
        kind, form = r.choice(ARTIFACTS), r.choice(("in", "in", "list", "path", "optional"))
        own = f"art{i}"
        if form == "list":
            ports.append(Port(own, kind, is_list=True))
            head.append(f"{own}: Input[List[{kind}]]")
        elif form == "path":
            ports.append(Port(own, kind))
            head.append(f"{own}: InputPath({kind!r})")
        elif form == "optional":
            ports.append(Port(own, kind, optional=True))
            tail.append(f"{own}: Optional[Input[{kind}]] = None")
        else:
            ports.append(Port(own, kind))
            head.append(f"{own}: {r.choice(('Input', 'dsl.Input'))}[{kind}]")
    for i in range(r.choice((0, 0, 1, 2))):
        own = f"out{i}"
        if r.random() < 0.3:
            kind = r.choice(PARAMETERS)
            outputs.append(Port(own, kind))
            head.append(f"{own}: OutputPath({kind})")
        elif r.random() < 0.2:
            kind = r.choice(ARTIFACTS)
            outputs.append(Port(own, kind))
            head.append(f"{own}: OutputPath({kind!r})")
        else:
            kind = r.choice(ARTIFACTS)
            outputs.append(Port(own, kind))
            head.append(f"{own}: Output[{kind}]")
    status = r.random() < 0.1
    if status:
        head.append("status: dsl.PipelineTaskFinalStatus")
    returns, named_outputs, last = returned(r, outputs)
    outputs += named_outputs
    decorator, before = decorated(r, name)
    arguments = [*head, *tail]
    joined = ", ".join(arguments)
    if r.random() < 0.3:
        joined = "\n    " + ",\n    ".join(arguments) + ",\n" if arguments else ""
    lines = [*before, decorator, f"def {name}({joined}){returns}:"]
    if r.random() < 0.5:
        lines.append("    " + docstring(r, tuple(ports), tuple(outputs)))
    lines += [f"    {line}" for line in (*r.choice(BODIES), *body, *last)]
    return Made(name, "\n".join(lines), tuple(ports), tuple(outputs), takes_status=status)


BODIES: tuple[tuple[str, ...], ...] = (
    (),
    ("import os", "os.getcwd()", "def inner(a, b=1):", "    return a + b", "", "# a comment"),
    (
        "text = '''",
        "not indented",
        "'''",
    ),
    ('print(f"{1 + 1} {{}}")', "y = 'a\\n'  # ünï"),
    ("class A:", "    b: int = 1"),
)


def returned(r: random.Random, outputs: list[Port]) -> tuple[str, list[Port], list[str]]:
    """The annotation of what a function returns, its outputs, and the statements that return it."""
    form = r.choice(("none", "one", "one", "many", "many", "artifact", "None"))
    if form == "None":
        return " -> None", [], []
    if form == "one":
        kind = r.choice(PARAMETERS)
        written = r.choice([one for one in FORMS[kind] if "ptional" not in one])
        return f" -> {written}", [Port("Output", kind)], ["return None"]
    if form == "artifact" and not outputs:
        kind = r.choice(ARTIFACTS)
        return f" -> {kind}", [Port("Output", kind)], [f"return {kind}(uri='gs://a/b')"]
    if form == "many":
        kinds = [r.choice((*PARAMETERS, *PARAMETERS, "Model")) for _ in range(r.choice((1, 2, 4)))]
        found = [
            Port(f"{r.choice(('o', 'result_', 'O'))}{i}", kind) for i, kind in enumerate(kinds)
        ]
        if r.random() < 0.5:
            fields = ", ".join(f"({p.name!r}, {p.type})" for p in found)
            annotation = f"NamedTuple('Outputs', [{fields}])"
        else:
            fields = ", ".join(f"{p.name}={p.type}" for p in found)
            annotation = f"NamedTuple('Outputs', {fields})"
        return f" -> {annotation}", found, ["return (1,)"]
    return "", [], []


def decorated(r: random.Random, name: str) -> tuple[str, list[str]]:
    """The decorator, and what is before it."""
    more: list[str] = []
    before: list[str] = []
    if r.random() < 0.5:
        more.append(f"base_image={r.choice(IMAGES)!r}")
    if r.random() < 0.4:
        packages = r.sample(
            (
                "pandas==1.3.5",
                "numpy",
                "scikit-learn>=1.0,<2",
                "git+https://github.com/a/b.git",
                "x[extra]==1; python_version<'3.9'",
                "./local",
            ),
            r.choice((1, 1, 2, 3)),
        )
        more.append(f"packages_to_install={packages!r}")
    if r.random() < 0.15:
        urls = ["https://pypi.org/simple", "http://my.index/simple"][: r.choice((1, 2))]
        more.append(f"pip_index_urls={urls!r}")
        if r.random() < 0.5:
            more.append("pip_trusted_hosts=['my.index']")
    if r.random() < 0.1:
        more.append("use_venv=True")
    if r.random() < 0.15:
        more.append("install_kfp_package=False")
    elif r.random() < 0.1:
        more.append(
            f"kfp_package_path={r.choice(('kfp==2.9.0', 'git+https://github.com/kubeflow/pipelines.git@master#subdirectory=sdk/python'))!r}"
        )
    if r.random() < 0.1:
        before = [f"def {name}_helper(a):", "    return a * 2", "", ""]
        more.append(f"additional_funcs=[{name}_helper]")
    if r.random() < 0.05:
        more.append("target_image='gcr.io/my/image'")
    form = r.choice(("@dsl.component", "@component"))
    return (f"{form}({', '.join(more)})" if more or r.random() < 0.3 else form), before


def container(r: random.Random, name: str) -> Made:
    """A ``@dsl.container_component``."""
    signature = parameter_inputs(r, r.choice((0, 1, 2, 4)))
    head = [text for port, text in signature if not port.optional]
    tail = [text for port, text in signature if port.optional]
    ports = [port for port, _ in signature]
    outputs = []
    pieces = [placeholder(r, port) for port in ports if r.random() < 0.85]
    for i in range(r.choice((0, 0, 1, 2))):
        kind = r.choice(ARTIFACTS)
        ports.append(Port(f"art{i}", kind))
        head.append(f"art{i}: Input[{kind}]")
        pieces.append(f"art{i}.{r.choice(('uri', 'path', 'path'))}")
    for i in range(r.choice((0, 1, 1, 2))):
        if r.random() < 0.5:
            kind = r.choice(PARAMETERS)
            head.append(f"out{i}: dsl.OutputPath({kind})")
            pieces.append(f"out{i}")
        else:
            kind = r.choice(ARTIFACTS)
            head.append(f"out{i}: Output[{kind}]")
            pieces.append(f"out{i}.{r.choice(('uri', 'path', 'metadata[' + repr('a') + ']'))}")
        outputs.append(Port(f"out{i}", kind))
    r.shuffle(pieces)
    constants = [repr(r.choice(TEXTS)) for _ in range(r.choice((0, 1, 3)))]
    command = (
        [*constants[:2], *pieces[:1]]
        if r.random() < 0.5
        else ["'sh'", "'-c'", repr("set -e\necho \"$0\" '$1'\n")]
    )
    args = [*constants[2:], *pieces]
    more = [f"image={r.choice(IMAGES)!r}"]
    more += [f"command=[{', '.join(command)}]"] if r.random() < 0.8 else []
    more += [f"args=[{', '.join(args)}]"] if args else []
    lines = ["@dsl.container_component", f"def {name}({', '.join([*head, *tail])}):"]
    if r.random() < 0.4:
        lines.append("    " + docstring(r, tuple(ports)))
    lines.append(f"    return d.ContainerSpec({', '.join(more)})")
    return Made(name, "\n".join(lines), tuple(ports), tuple(outputs), "container")


def placeholder(r: random.Random, port: Port) -> str:
    """An input in an argument of a container."""
    form = r.choice(("plain", "plain", "text", "concat", "if", "nested"))
    name = port.name
    if form == "text":
        return f"f'--{name}={{{name}}} 100%'"
    if form == "concat":
        return f"d.ConcatPlaceholder(['--{name}=', {name}, ';\"'])"
    if form == "if":
        other = f", else_={r.choice((['--no'], ['a', 'b'], '-'))!r}" if r.random() < 0.5 else ""
        then = r.choice((f"['--{name}', {name}]", repr("--yes"), f"[{name}]"))
        return f"d.IfPresentPlaceholder(input_name={name!r}, then={then}{other})"
    if form == "nested":
        inner = f"d.ConcatPlaceholder(['--{name}=', {name}])"
        if r.random() < 0.5:
            return f"d.IfPresentPlaceholder(input_name={name!r}, then=[{inner}])"
        inside = f"d.IfPresentPlaceholder(input_name={name!r}, then={name}, else_='n')"
        return f"d.ConcatPlaceholder(['x', {inside}, {inner}])"
    return name


def exit_component(r: random.Random, name: str) -> Made:
    """A component that may take the status of a task."""
    inputs = [Port("message", "str", optional=True)]
    status = r.random() < 0.7
    more = ", status: dsl.PipelineTaskFinalStatus" if status and r.random() < 0.5 else ""
    first = "" if not status or more else "status: dsl.PipelineTaskFinalStatus, "
    source = f"@dsl.component\ndef {name}({first}message: str = 'done'{more}):\n    print(message)"
    if more:
        source = source.replace("message: str = 'done'", "message: str")
        inputs = [Port("message", "str")]
    return Made(name, source, tuple(inputs), takes_status=status)
