"""Redaction: texts for messages, with control characters escaped and secrets hidden."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar

__all__ = [
    "VALUE_KEYS",
    "guarded",
    "is_about",
    "kept_back",
    "masked",
    "masked_line",
    "may_name_secrets",
    "names_secret",
    "printable",
    "secret_name",
    "secret_value",
    "shortened",
    "told",
]

T = TypeVar("T")
#: Characters of a text of the pipeline that a message shows.
MAX_FACT = 500
#: Secrets by their format; a few characters of one do not match.
_SHAPES = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{8,}",
    "a GitHub token": r"\b(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{8,}",
    "a GitLab token": r"\bglpat-[\w-]{8,}",
    "a Google API key": r"\bAIza[\w-]{8,}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{8,}",
    "a JSON web token": r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?",
    "an authorization header": r"(?i:\bauthorization['\"]?\s{0,3}[:=]\s{0,3}['\"]?"
    r"(?:bearer|basic|token)\s{1,3})[A-Za-z0-9._~+/=-]{8,}",
    "a password in an address": r"(?<=://)[^\s/:@{}\[\]'\"]+:[^\s/{}'\"]+(?=@)",
}
_SHAPE = "|".join(f"({shape})" for shape in _SHAPES.values())
#: A part of each format except addresses; searching for it is much faster.
_SIGNS = (
    *("PRIVATE KEY-----", "AKIA", "ASIA", "glpat-", "AIza", "xox", "eyJ"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "uthorization", "UTHORIZATION"),
)
#: Words in the name of a secret.
_SECRET = frozenset({"password", "passwd", "passphrase", "secret", "token", "apikey"})
_SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key")})
#: Last words of a name that is about a secret, but is not one.
_ABOUT = frozenset(
    {
        *("name", "names", "ref", "file", "path", "dir", "folder", "uri", "url", "id", "ids"),
        *("count", "length", "len", "limit", "size", "type", "version", "index", "ttl", "env"),
        *("endpoint", "server", "host", "header", "namespace", "resource", "project", "column"),
    }
)
_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+"
#: Values that are not secrets: a reference, an address, a path, a constant of a program.
_STAND_IN = r"\W*|\{\{.*|\$.*|<.*>|\[.*|%.*|/.*|\w+://.*|projects/.*|true|false|null|none"
#: The start of a line inside a private key; tools wrap keys at 64 or 76 characters.
_INSIDE = r"\s*[A-Za-z0-9+/]{40,200}(?![A-Za-z0-9+/])"
# Compiled when they are needed, which is rare.
_COMMAND = r"(?m)^([^\S\n]*)::"
_OLD_COMMAND = r"##(?=[\w.-]*\[)"
#: The options of curl and wget for a user name with a password.
_USER = r"(?<![\w-])(-u|--user)([ =]+['\"]?[^\s:'\"]+:)([^\s'\"]+)"
_USER_SIGNS = ("-u ", "-u=", "-user ", "-user=")
#: Keys of values whose name is the parent key or a sibling.
VALUE_KEYS = frozenset(
    {
        *("value", "default", "defaultValue", "raw", "data", "runtimeValue"),
        *("constant", "constantValue", "stringValue", "intValue", "doubleValue"),
    }
)
#: A part of each text that contains the name of a secret.
_SECRET_PARTS = ("passw", "passphrase", "secret", "token")
_SECRET_KEY = r"(?:api|access|private)[^a-z0-9]?key"
_SECRET_PART = rf"(?i){'|'.join(_SECRET_PARTS)}|{_SECRET_KEY}"
#: Each name of a secret contains one of them; searching for it is much faster.
_NAME_SIGNS = ("key", *_SECRET_PARTS)
_NAME = r"(?<![\w-])(?P<name>-*[A-Za-z][\w-]*)"
_VALUE = r"(?P<value>[^\s'\",{}\[\]]+)"
#: A name in a line of YAML, JSON or a shell, and its value. The line contains the key.
_NAMED = {
    "value": rf"{_NAME}(?P<between>['\"]?,\s*['\"]?value['\"]?\s*:\s*['\"]?){_VALUE}",
    "": rf"{_NAME}(?P<between>['\"]?\s*[:=,]\s*['\"]?){_VALUE}",
}


def printable(text: str) -> str:
    """The text with control characters escaped."""
    return text if text.isprintable() else "".join(map(_visible, text))


def guarded(lines: str) -> str:
    """Lines of output with workflow commands for the log of a CI service escaped.

    GitHub Actions reads ``::command`` after blanks at the start of a line, and ``##[command]``
    anywhere in it; Azure Pipelines reads ``##vso[command]``.
    """
    if "::" in lines:
        lines = re.sub(_COMMAND, r"\1\\x3a:", lines)
    return re.sub(_OLD_COMMAND, r"#\\x23", lines) if "##" in lines else lines


def told(text: str) -> str:
    """The text for a message: control characters escaped, secrets hidden."""
    return printable(masked(text))


def shortened(fact: T) -> T | str:
    """A fact, cut for messages: many messages may repeat one long text."""
    if isinstance(fact, str) and len(fact) > MAX_FACT:
        return f"{fact[:MAX_FACT]}… ({len(fact):,} characters)"
    return fact


def masked(text: str) -> str:
    """The text with a star for each character of a secret, recognised by its format."""
    return re.sub(_SHAPE, _starred, text) if _may_hold_secrets(text) else text


def masked_line(line: str) -> str:
    """A line of a file like ``masked``, and with stars for values with the name of a secret."""

    def hidden(found: re.Match[str]) -> str:
        name, between, value = found.group("name", "between", "value")
        return f"{name}{between}{'*' * len(value) if secret_name(name) else value}"

    if len(line) >= 40 and re.match(_INSIDE, line):
        return "*" * len(line)
    shown = masked(line)
    lowered = shown.lower()
    if any(map(lowered.__contains__, _NAME_SIGNS)):
        for part, named in _NAMED.items():
            shown = re.sub(named, hidden, shown) if part in shown else shown
    if not any(map(shown.__contains__, _USER_SIGNS)):
        return shown
    return re.sub(_USER, lambda user: user[1] + user[2] + "*" * len(user[3]), shown)


def may_name_secrets(text: str) -> bool:
    """Whether a text may contain the name of a secret."""
    if any(map(text.__contains__, _SECRET_PARTS)):
        return True
    # Letters that are not ASCII can be the same as `k` or `s` to the expression.
    if not text.isascii():
        return re.search(_SECRET_PART, text) is not None
    # An expression that ignores case is slow.
    lowered = text.lower()
    if any(map(lowered.__contains__, _SECRET_PARTS)):
        return True
    return "key" in lowered and re.search(_SECRET_KEY, lowered) is not None


def is_about(name: str) -> bool:
    """Whether a name is about a secret, such as its type or path, and not a secret itself."""
    words = re.findall(_WORD, name)
    return bool(words) and words[-1].lower() in _ABOUT


def secret_value(text: str) -> str:
    """The kind of secret in the text, by its format, with an article; empty for none."""
    found = re.search(_SHAPE, text) if _may_hold_secrets(text) else None
    return list(_SHAPES)[found.lastindex - 1] if found and found.lastindex else ""


def secret_name(name: str, value: str = "secret") -> bool:
    """Whether a value with this name is a secret.

    >>> [secret_name(name) for name in ("DB_PASSWORD", "apiKey", "max_tokens", "SECRET_NAME")]
    [True, True, False, False]
    """
    return names_secret(name) and not re.fullmatch(_STAND_IN, value, re.I | re.DOTALL)


@lru_cache(maxsize=1024)
def names_secret(name: str) -> bool:
    """Whether a name is one of a secret. Files repeat a few keys, so it is cached."""
    lowered = name.lower()
    if not any(map(lowered.__contains__, _NAME_SIGNS)):
        return False
    words = [word.lower() for word in re.findall(_WORD, name)]
    says_so = not _SECRET.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(pairwise(words))
    return says_so and words[-1] not in _ABOUT


def kept_back(name: str, value: object) -> Any:
    """The value with this name, for a report: with stars for secrets."""
    if isinstance(value, dict):
        inherited = {key: name if secret_name(name) else key for key in value}
        return {masked(key): kept_back(inherited[key], entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [kept_back(name, entry) for entry in value]
    if isinstance(value, str):
        return "*" * len(value) if secret_name(name, value) else masked(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "*" * len(str(value)) if is_number and secret_name(name) else value


def _may_hold_secrets(text: str) -> bool:
    # This runs for each text of a pipeline.
    if any(map(text.__contains__, _SIGNS)):
        return True
    return "://" in text and ("@" in text or "authorization" in text.lower())


def _starred(found: re.Match[str]) -> str:
    return "".join("\n" if character == "\n" else "*" for character in found[0])


def _visible(character: str) -> str:
    from unicodedata import category

    if character == "\t":
        return " "
    is_tag = "\U000e0000" <= character <= "\U000e007f"  # invisible, also where unassigned
    is_none = character in "\ufffe\uffff"  # no character of Unicode, and no XML has it
    if is_tag or is_none or category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode()
    return character
