"""The JSON schema of a plan, from the table of the kinds.

``python -m translator.plan.schema`` prints it; ``translator/plan.schema.json`` is shipped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.plan.kinds import KINDS, MAX_TEXT, PIPELINES, Form
from translator.plan.reading import VERSION, VERSION_KEY

if TYPE_CHECKING:
    from translator.model import Json
    from translator.plan.kinds import Kind

__all__ = ["schema"]

_TEXT: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_OPEN: dict[str, Json] = {"type": "null"}
_WORDS: dict[str, Json] = {
    "type": "array",
    "items": {"type": "string"},
    # The first one is the program.
    "prefixItems": [{"type": "string", "minLength": 1}],
}


def schema() -> dict[str, Json]:
    """The schema, of draft 2020-12."""
    sections: dict[str, Json] = {kind.section: _section(kind) for kind in KINDS}
    referred: dict[str, Json] = {name: {"$ref": f"#/$defs/{name}"} for name in sections}
    pipeline: dict[str, Json] = {
        "type": ["object", "null"],
        "properties": {**referred},
        "additionalProperties": False,
    }
    pipelines: dict[str, Json] = {
        "description": "Decisions about single pipelines, by their paths from the folder of the "
        "plan; they override those about all.",
        "type": ["object", "null"],
        "propertyNames": {"minLength": 1, "maxLength": MAX_TEXT},
        "additionalProperties": pipeline,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan of translator: decisions about pipelines",
        "type": ["object", "null"],
        "properties": {VERSION_KEY: {"const": VERSION}, **referred, PIPELINES: pipelines},
        "additionalProperties": False,
        "$defs": {**sections},
    }


def _section(kind: Kind) -> dict[str, Json]:
    value: Json = {"anyOf": [_OPEN, *_forms(kind)]}
    if not kind.has_keys:
        return {"description": kind.help, "anyOf": [_OPEN, *_forms(kind)]}
    return {
        "description": kind.help,
        "type": ["object", "null"],
        "propertyNames": {"minLength": 1, "maxLength": MAX_TEXT, **_keys(kind)},
        "additionalProperties": value,
    }


def _keys(kind: Kind) -> dict[str, Json]:
    return {"pattern": f"^(?:{kind.key_pattern})$"} if kind.key_pattern else {}


def _forms(kind: Kind) -> list[Json]:
    match kind.form:
        case Form.TEXT:
            return [{**_TEXT, "pattern": f"^(?:{kind.pattern})$"}]
        case Form.FILE:
            texts: Json = {"type": "object", "additionalProperties": {"type": "string"}}
            return [{**_TEXT}, texts]
        case Form.SWITCH:
            return [{"type": "boolean"}]
        case Form.COMMAND:
            lists: Json = {
                "type": "object",
                "properties": {"entrypoint": _WORDS, "cmd": _WORDS},
                "additionalProperties": False,
                "minProperties": 1,
            }
            return [{**_TEXT}, {**_WORDS, "minItems": 1}, lists]
        case Form.JSON:
            return [{"type": ["string", "number", "boolean", "array", "object"]}]


def main() -> None:
    """Prints the schema."""
    print(json.dumps(schema(), indent=2))


if __name__ == "__main__":
    main()
