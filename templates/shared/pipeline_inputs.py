"""The inputs of a pipeline: flags and --params-file → checked values.

Types, defaults and allowed values of inputs are in pipeline.yaml only; the `Input`s
of a script add what it does not have. This file is the same for Vertex AI and for
Kubeflow Pipelines.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from script_support import Json, mapping, printable, quoted, say, stop_on, unique, yaml_documents

# Type of an input → how its flag is shown, the types of its values in Python, and the types of
# KFP v1 whose texts have to read as it.
KINDS: dict[str, tuple[str, tuple[type, ...], tuple[str, ...]]] = {
    "STRING": ("TEXT", (str,), ()),
    "NUMBER_INTEGER": ("INT", (int,), ("integer",)),
    "NUMBER_DOUBLE": ("NUMBER", (int, float), ("float", "double")),
    "BOOLEAN": ("true|false", (bool,), ("bool", "boolean")),
    "LIST": ("JSON", (list,), ("jsonarray", "list")),
    "STRUCT": ("JSON", (dict,), ("jsonobject", "dict")),
}
V1_KINDS = {name: kind for kind, (_, _, names) in KINDS.items() for name in names}
V1_BOOLEANS = ("true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0")
PARAMS_LIMIT = 1_000_000  # bytes of --params-file, also with its aliases expanded
HIDDEN = "(not shown)"  # instead of a secret


@dataclass
class Input:
    """An input of the pipeline. Everything but its name can be left out."""

    name: str
    _: KW_ONLY
    help: str = ""
    declared: str = ""  # the type that KFP v1 declares for a text
    value: Any = None  # used instead of the default in pipeline.yaml
    flag: str = ""  # instead of the name; without dashes before it
    secret: bool = False  # its value is not printed
    # Of pipeline.yaml; `declare` sets them.
    kind: str = field(default="", init=False)
    default: Any = field(default=None, init=False)
    required: bool = field(default=False, init=False)
    literals: list[Any] = field(default_factory=list, init=False)

    @property
    def flags(self) -> list[str]:
        """--learning-rate, and --learning_rate as well."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")
        names = [self.flag] if self.flag else [plain, self.name]
        return [f"--{name}" for name in dict.fromkeys(names)]

    @property
    def reads_as(self) -> str:
        """The type of its values; of a text in KFP v1, what it has to read as."""
        known = V1_KINDS if self.kind == "STRING" else {}
        return known.get(self.declared.lower(), self.kind)

    def shown(self, value: object) -> str:
        return HIDDEN if self.secret else quoted(value)

    def summary(self) -> str:
        """A line of help: what it is, and its value when none is given."""
        value = self.default if self.value is None else self.value
        if value is not None:
            default = f"default: {self.shown(value)}"
        elif self.kind:
            default = "required" if self.required else "optional"
        else:
            default = "default: see pipeline.yaml"
        facts = ", ".join(filter(None, [self.declared or self.kind, default]))
        return f"{self.help} [{facts}]".lstrip()


def declare(inputs: list[Input], spec: Json) -> list[str]:
    """Reads types, defaults and allowed values of the inputs; returns problems."""
    declared = parts_of(spec, "parameters")
    # Values of other types come from the backend.
    kinds = {name: kind_of(known) for name, known in declared.items()}
    for one in inputs:
        known = mapping(declared.get(one.name))
        one.kind = kinds.get(one.name, "")
        one.default = known.get("defaultValue")
        one.required = not ("defaultValue" in known or known.get("isOptional"))
        one.literals = list(known.get("literals") or ())
    problems = [f"pipeline.yaml has no input {it.name}." for it in inputs if it.kind not in KINDS]
    listed = [one.name for one in inputs]
    others = [name for name, kind in kinds.items() if kind in KINDS and name not in listed]
    return problems + [f"Input {name} of pipeline.yaml is not in INPUTS." for name in others]


def parts_of(spec: Json, kind: str) -> Json:
    """The parameters or the artifacts that the pipeline takes, by name."""
    return mapping(mapping(mapping(spec["root"]).get("inputDefinitions")).get(kind))


def kind_of(declared: Any) -> str:
    known = mapping(declared)
    kind = str(known.get("parameterType") or known.get("type") or "")
    # As schema 2.0.0 has them.
    return {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE"}.get(kind, kind)


# Flags


def pair(text: str) -> list[str]:
    if "=" not in text:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return text.split("=", 1)


def positive(text: str) -> int:
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError("write a number that is at least 1")


# Kind of a flag → its arguments of `add_argument`.
FLAG_KINDS: dict[str, Json] = {
    "text": {},
    "switch": {"action": "store_true", "default": False},
    "on/off": {"action": argparse.BooleanOptionalAction},
    "number": {"type": positive, "metavar": "NUMBER", "default": None},
    "seconds": {"type": float, "default": 5.0},
    "list": {"action": "append", "default": []},
    "pairs": {"action": "append", "default": [], "type": pair, "metavar": "NAME=VALUE"},
}
# Group of the help → flag → its help, perhaps with its kind or its arguments.
Flags = dict[str, dict[str, str | tuple[str, str | Json]]]


class Parser(argparse.ArgumentParser):
    """A parser whose help steers neither a terminal nor the log of a CI service."""

    color: bool

    def format_help(self) -> str:
        return "\n".join(map(printable, super().format_help().split("\n")))


def parse_flags(
    about: str, epilog: str, table: Flags, defaults: Json, inputs: list[Input]
) -> argparse.Namespace:
    """The values of the flags in a table, and of those of the inputs.

    `defaults` are by name; the help shows those that are texts.
    """
    parser = Parser(
        usage="%(prog)s [options]",
        description=about,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.color = False  # since Python 3.14, by characters that do not print
    # For --rate -1e-5; where argparse does not have it, write --rate=-1e-5.
    parser._negative_number_matcher = re.compile(r"-\.?\d")
    for title, flags in table.items():
        group = parser.add_argument_group(title)
        for flag, known in flags.items():
            text, kind = (known, "text") if isinstance(known, str) else known
            options = FLAG_KINDS[kind] if isinstance(kind, str) else kind
            default = defaults.get(flag[2:].replace("-", "_"), "")
            shown = f" [{default}]" if default and isinstance(default, str) else ""
            text = f"{text}{shown}".replace("%", "%%")
            group.add_argument(flag, help=text, **{"default": default, **options})
    group = parser.add_argument_group("inputs of the pipeline")
    for one in inputs:
        metavar = KINDS[one.reads_as][0] if one.kind in KINDS else "VALUE"
        text = one.summary().replace("%", "%%")
        for flag in one.flags:
            dest = f"input {one.name}"
            group.add_argument(flag, dest=dest, metavar=metavar, help=text)
            text = argparse.SUPPRESS  # for the second spelling
    text = "YAML or JSON: a mapping of inputs to values; flags win over it"
    group.add_argument("--params-file", type=Path, metavar="FILE", help=text)
    return parser.parse_args()


def checked_settings(settings: Any) -> Json:
    """The SETTINGS by name; `Failure` if one is not of the type of its default."""
    others: dict[type, tuple[type, ...]] = {tuple: (list,), type(None): (bool,)}
    errors = []
    for name, value in settings._asdict().items():
        kind = type(settings._field_defaults.get(name, ""))
        kinds = (kind, *others.get(kind, ()))
        if not isinstance(value, kinds):
            wanted = " or ".join(known.__name__ for known in kinds)
            errors.append(f"SETTINGS: {name} must be {wanted}, got {quoted(value)}.")
    stop_on(errors)
    return dict(settings._asdict())


# Values


ToText = Callable[[Any], str] | None


def v1_text(value: Any) -> str:
    """The text that the client of KFP v1 makes of a value."""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def read_values(
    args: Any,
    inputs: list[Input],
    errors: list[str],
    to_text: ToText = None,
    *,
    as_doubles: bool = True,
) -> Json:
    """The values as they are sent: of flags, else --params-file, else INPUTS.

    `to_text` makes the text of another value for an input that is a text. Warns of the digits
    that integers lose on the way, as doubles.
    """
    given: Json = {}
    if args.params_file:
        try:
            given = read_params_file(args.params_file)
        except (OSError, ValueError) as error:
            errors.append(f"--params-file {args.params_file}: {error}")
    values: Json = {}
    for one in inputs:
        text, in_file = vars(args)[f"input {one.name}"], given.get(one.name, one.value)
        value, title = in_file if text is None else text, f"Parameter {one.name}"
        if value is not None:
            try:
                value = values[one.name] = checked(one, value, to_text)
                if as_doubles and (arrives := doubles(value)) != value:
                    digits = f"{one.shown(value)} arrives as {one.shown(arrives)}"
                    say(f"warning: {title}: {digits} (values travel as doubles).")
            except ValueError as error:
                errors.append(f"{title} {error}")
        elif one.required:
            advice = f"Pass {one.flags[0]} VALUE or put it into --params-file."
            errors.append(f"{title} ({one.declared or one.kind}) has no value. {advice}")
        elif one.name in given and one.default is not None:
            # Servers drop null in silence.
            say(f"warning: {title}: null is not sent; {one.shown(one.default)} is used.")
    known = [one.name for one in inputs]
    listed = ", ".join(known) or "none"
    others = [name for name in given if name not in known]
    errors += [f"Parameter {name} is not known. Known: {listed}." for name in others]
    return values


def read_params_file(path: Path) -> Json:
    """The values in a file; `ValueError` if it has something else."""
    with path.open("rb") as file:
        data = file.read(PARAMS_LIMIT + 1)  # some devices never end
    if len(data) > PARAMS_LIMIT:
        raise ValueError(f"it is larger than {PARAMS_LIMIT:,} bytes")
    text = data.decode("utf-8-sig")
    try:
        values = [json.loads(text, object_pairs_hook=unique)]
    except (json.JSONDecodeError, RecursionError):
        values = yaml_documents(text, PARAMS_LIMIT)[1]
    if len(values) != 1 or not isinstance(values[0], dict):
        raise ValueError("it is not a mapping of inputs to values")
    return values[0]


def checked(one: Input, value: Any, to_text: ToText) -> Any:
    """The value as it is sent; `ValueError` if it is not one for this input."""
    if isinstance(value, str):
        value = from_text(one.kind, value)
    doubles(value)
    if one.kind == "STRING" and to_text and not isinstance(value, str):
        value = to_text(value)
    if one.kind == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        value = int(value)
    got = f"got {one.shown(value)}"
    if one.kind in KINDS and not is_of(one.kind, value):  # another kind is reported
        advice = " Quote it." if one.kind == "STRING" else ""
        raise ValueError(f"is {one.kind}, {got} ({type(value).__name__}).{advice}")
    if one.literals and value not in one.literals:
        raise ValueError(f"is one of {', '.join(map(quoted, one.literals))}; {got}.")
    # The text of KFP v1 may have a placeholder that is resolved later.
    if one.reads_as != one.kind and "{{" not in value:
        is_boolean = one.reads_as == "BOOLEAN" and value.lower() in V1_BOOLEANS
        if not is_boolean and not is_of(one.reads_as, from_text(one.reads_as, value)):
            raise ValueError(f"is {one.declared}, {got}.")
    return value


def from_text(kind: str, text: str) -> Any:
    """What a text reads as; the text itself where it is not of this type."""
    try:
        if kind.startswith("NUMBER"):
            return float(text) if set(".en") & set(text.lower()) else int(text)
        if kind == "BOOLEAN":
            return {"true": True, "false": False}.get(text.lower(), text)
        return json.loads(text) if kind in ("LIST", "STRUCT") else text
    except (ValueError, RecursionError):
        return text


def is_of(kind: str, value: Any) -> bool:
    is_bool = isinstance(value, bool)
    return isinstance(value, KINDS[kind][1]) and is_bool == (kind == "BOOLEAN")


def doubles(value: Any) -> Any:
    """The value as it arrives: integers above 2**53 lose digits.

    `ValueError` if it is not JSON: YAML also has dates, sets and keys of any type.
    """
    try:
        text = json.dumps(value)
        arrives = json.loads(text, parse_int=float)
        json.dumps(arrives, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from error
    if json.loads(text) != value:
        raise ValueError("is not JSON: a key is not a text. Quote it.")
    return arrives


def without_secrets(inputs: list[Input], values: Json) -> Json:
    """The values as they are printed."""
    secret = {one.name for one in inputs if one.secret}
    return {name: HIDDEN if name in secret else it for name, it in values.items()}
