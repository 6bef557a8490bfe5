"""Texts that mean something to whatever may read them after us: shells, Python, YAML, terminals."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random

#: Made by a payload that somebody runs.
PWNED = "/tmp/translator-was-here"
_TOUCH = f"touch {PWNED}"
#: Kind → texts of that kind.
KINDS: dict[str, tuple[str, ...]] = {
    "quotes": ("'", '"', "`", "''", '""', '"""', "'''", "“”‘’«»", "'\"'\"'", '\\"', "\\'"),
    "backslashes": ("\\", "\\\\", "a\\", "\\n", "\\x41", "\\u0041", "\\N{BULLET}", "\\\n", "C:\\"),
    "lines": (
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\t",
        "a\n",
        "\na",
        "\v",
        "\f",
        "\u2028",
        "\u2029",
        "\x85",
    ),
    "controls": (
        "\0",
        "\x01",
        "\x07",
        "\b",
        "\x1a",
        "\x7f",
        "\x80",
        "\x9b31m",
        "\x1b[2J",
        "\ufffe",
    ),
    "terminal": (
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\y",
        "\x1b[1A\x1b[2K",
        "\x9d0;x\x9c",
    ),
    "surrogates": ("\ud800", "\udfff", "\udc80", "a\ud83d", "\udcff"),
    "bidi": (
        "\u202a",
        "\u202b",
        "\u202d",
        "\u202e",
        "\u202c",
        "\u2066",
        "\u2067",
        "\u2069",
        "\u061c",
    ),
    "invisible": ("\u200b", "\u200d", "\u200e", "\u2060", "\ufeff", "\xad", "\u3164", "\U000e0041"),
    "long": ("x" * 5000, "é" * 300, "a b " * 800, "\n" * 200, "(" * 300, "[" * 300, "{" * 300),
    "jinja": (
        "{{ 7*7 }}",
        "{% raw %}",
        "{% endraw %}",
        "{# #}",
        "{{ ''.__class__ }}",
        "{%",
        "}}",
        "{{",
    ),
    "format": (
        "{}",
        "{0}",
        "{name}",
        "{0.__class__}",
        "%s",
        "%(name)s",
        "%",
        "%%",
        "{!r}",
        "$name",
        "${x}",
    ),
    "shell": (
        *(f"$({_TOUCH})", f"`{_TOUCH}`", f"; {_TOUCH} #", f"| {_TOUCH}", f"&& {_TOUCH}", "\nEOF\n"),
        *(f"'; {_TOUCH}; '", f'"; {_TOUCH}; "', "> /dev/null", "$IFS", "!!", "~", "*", "-rf", "--"),
    ),
    "markdown": (
        *(
            "```",
            "~~~",
            "\n```\n",
            "[x](javascript:alert(1))",
            "![x](http://x/y.png)",
            "|",
            "| a | b |",
        ),
        *(
            "<script>alert(1)</script>",
            "<!--",
            "-->",
            "<img src=x onerror=alert(1)>",
            "# x",
            "\n# x\n",
        ),
        *(
            "\n- [x] y",
            "**",
            "__",
            "&lt;",
            "http://example.org",
            "<b>",
            "\n\n---\n\n",
            "$$x$$",
            "@user",
        ),
    ),
    "paths": (
        *(
            "../",
            "../../../../etc/passwd",
            "/etc/passwd",
            "..",
            ".",
            "/",
            "C:\\Windows",
            "\\\\host\\x",
        ),
        *(
            "CON",
            "NUL",
            "aux.py",
            "COM1",
            "main.py",
            "../main.py",
            ".translator.json",
            "a/b",
            "~root",
        ),
    ),
    "yaml": (
        *(
            "---",
            "\n---\n",
            "...",
            "&a",
            "*a",
            "!!python/object/apply:os.system",
            "!!binary eA==",
            "!x",
        ),
        *(
            "- a",
            "a: b",
            "\ninjected: true\n",
            "? a",
            ": ",
            " #",
            "# a",
            "%YAML 1.1",
            "<<",
            "|",
            ">-",
        ),
        *(
            "yes",
            "null",
            "~",
            "0x1f",
            "1e3",
            "012",
            "1_000",
            "12:30:45",
            ".inf",
            "2020-01-01",
            "@a",
        ),
    ),
    "python": (
        *(f'"; import os; os.system("{_TOUCH}")#', f"'; import os; os.system('{_TOUCH}')#"),
        *(
            f'"""\nimport os; os.system("{_TOUCH}")\n"""',
            f"'''\n__import__('os').system('{_TOUCH}')\n'''",
        ),
        *(
            f"\nimport os; os.system('{_TOUCH}')",
            f"__import__('os').system('{_TOUCH}')",
            "lambda: 0",
        ),
        *("\\N{", "\nraise SystemExit(7)\n", "f'{1/0}'", "# -*- coding: utf-7 -*-", "__name__"),
    ),
    "placeholders": (
        *("{{workflow.uid}}", "{{workflow.name}}", "{{item}}", "{{item.a}}", "{{workflow.status}}"),
        *("{{inputs.parameters.x}}", "{{tasks.x.outputs.parameters.y}}", "{{inputs.parameters}}"),
        *("{{$.inputs.parameters['x']}}", "{{$.outputs.artifacts['x'].path}}", "{{$}}", "{{$.a"),
        *(
            "{{=sprig.env('HOME')}}",
            "{{workflow.parameters.x}}",
            "{{$.inputs.parameters['a\\'b']}}",
        ),
        *("{{channel:task=x;name=y;type=String;}}", "{{$.pipeline_job_uuid}}", "{{pod.name}}"),
    ),
    "json": (
        '{"a": 1}',
        "[1, 2",
        "[[[]]]",
        '{"a": {"b": null}}',
        '"',
        "NaN",
        "1e999",
        "-0",
        "[]",
        "{}",
    ),
    "commands": (
        *(
            "::error::x",
            "\n::error file=a::x",
            "::set-output name=a::b",
            "##[error]x",
            "%0A::error::x",
        ),
        *("::stop-commands::x", "\r\n::add-mask::a", "##vso[task.complete]", "::add-path::/tmp"),
    ),
    "cel": (
        "' == '' || true || '",
        "inputs.parameter_values['x']",
        "'a' == \"b\"",
        "== ==",
        "in ()",
    ),
    "numbers": (
        "1" * 400,
        "-1",
        "0.1e-400",
        "1" * 5000,
        "١٢٣",
        "1e400",
        "0b1",
        "9223372036854775808",
    ),
}
_ALPHABET = "'\"\\\n\r\t\0\x1b{}%#$[]()- _=.,:;/<>|&`~!@*?+^ aZ09é中😀\u2028\u202e\x85\ufeff\u200b"

_CAPITALS = string.ascii_uppercase + string.digits
_LETTERS = string.ascii_letters + string.digits
#: Beginning, alphabet and length of what follows, for values that are keys to something.
_SECRETS = (
    ("AKIA", _CAPITALS, 16),
    ("ghp_", _LETTERS, 36),
    ("github_pat_", _LETTERS, 60),
    ("AIza", _LETTERS, 35),
    ("xoxb-123456789012-", _LETTERS, 24),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", _LETTERS, 43),
    ("-----BEGIN RSA PRIVATE KEY-----\nMII", _LETTERS, 60),
    ("-----BEGIN PRIVATE KEY-----\nMII", _LETTERS, 60),
)


class Word(NamedTuple):
    """A text to put somewhere."""

    text: str
    kind: str
    #: The part that no message may show; empty for all but secrets.
    secret: str = ""


def hostile(rng: random.Random) -> Word:
    """A text of one kind or of several, or of random characters."""
    kind = rng.choice([*KINDS, "random", "random", "several", "secret"])
    if kind == "random":
        return Word("".join(_character(rng) for _ in range(rng.randrange(1, 40))), kind)
    if kind == "several":
        kinds = rng.sample(list(KINDS), rng.randrange(2, 5))
        return Word("".join(rng.choice(KINDS[one]) for one in kinds), kind)
    if kind == "secret":
        start, alphabet, length = rng.choice(_SECRETS)
        rest = "".join(rng.choices(alphabet, k=length))
        return Word(start + rest, kind, rest[:16])
    return Word(rng.choice(KINDS[kind]), kind)


def _character(rng: random.Random) -> str:
    return rng.choice(_ALPHABET) if rng.random() < 0.8 else chr(rng.randrange(0x110000))


def mixed_in(word: Word, text: str, rng: random.Random) -> str:
    """The word, or the text with the word before it, after it or somewhere in it."""
    if word.secret:
        return word.text
    at = rng.choice([0, len(text), rng.randrange(len(text) + 1), -1, -1])
    return word.text if at < 0 else text[:at] + word.text + text[at:]


#: What may steer a terminal, or hide or turn around what one reads. Line ends are for the caller.
STEERS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
