"""The paths in a volume that a pipeline shows: arguments of containers, and values of inputs.

They are replaced where no command can link the volume's path to its folder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.model import Constant, Container, EnvVariable, Parameter
from translator.mounts import points_into
from translator.placeholders import Text
from translator.records import NamedTuple, replace
from translator.targets.vertex.passes.claims import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import InputSource
    from translator.platforms import Scopes

__all__ = ["NotShownError", "Replaced", "replaced_paths"]


class NotShownError(Exception):
    """The path is used in a text of another form, or in none at all."""


class Replaced(NamedTuple):
    """A container and its tasks with other paths."""

    executor: Container
    #: Task → its inputs that are paths.
    inputs: Mapping[Place, Mapping[str, Constant]]
    #: The paths that were replaced.
    uses: tuple[str, ...]


def replaced_paths(
    scopes: Scopes,
    label: str,
    executor: Container,
    path: str,
    folder: str,
    known: Mapping[Place, Mapping[str, Constant]],
) -> Replaced:
    """The container of an executor with paths in ``folder`` in place of those in ``path``.

    ``known`` has the inputs, by task, that were replaced for another path. A word may be the path,
    or begin with it, or be an option with ``=`` before it. Raises ``NotShownError`` if a text has
    the path elsewhere, or if there is no path to replace.
    """
    texts = _Texts(path, folder)
    changed = replace(
        executor,
        command=tuple(texts.word(word) for word in executor.command),
        args=tuple(texts.word(word) for word in executor.args),
        env=tuple(texts.variable(variable) for variable in executor.env),
    )
    inputs: dict[Place, dict[str, Constant]] = {}
    for call in scopes.places.get(label, ()):
        place = Place(call.holder, call.name)
        parameters = {**call.task.parameters, **known.get(place, {})}
        if given := dict(_values(scopes, call.holder, parameters, texts)):
            inputs[place] = given
    if not texts.uses:
        raise NotShownError
    return Replaced(changed, inputs, tuple(texts.uses))


def _values(
    scopes: Scopes, holder: str, given: Mapping[str, InputSource], texts: _Texts
) -> Iterator[tuple[str, Constant]]:
    for name, source in given.items():
        if isinstance(source, Constant):
            if isinstance(source.value, str) and (new := texts.value(source.value)) is not None:
                yield name, replace(source, value=new)
            continue
        for end in scopes.ends(holder, source):
            value = (
                end.source.value
                if isinstance(end.source, Constant)
                else end.source.default
                if isinstance(end.source, Parameter)
                else None
            )
            if isinstance(value, str) and points_into(value, texts.path):
                raise NotShownError  # other tasks may use the value too


class _Texts:
    """Replaces a path in texts."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.uses: dict[str, None] = {}
        self._folder = folder
        self._word = re.compile(rf"(--?[\w.-]+=)?{re.escape(path)}(?=/|\Z)")

    def word(self, word: Text) -> Text:
        """The word with another path."""
        if not points_into(str(word), self.path):
            return word
        first = word.parts[0]
        new = self._replaced(first) if isinstance(first, str) else None
        if new is None or (len(word.parts) > 1 and new.endswith(self._folder)):
            raise NotShownError
        self.uses[str(word)] = None
        return Text((new, *word.parts[1:]))

    def variable(self, variable: EnvVariable) -> EnvVariable:
        """The environment variable with another path."""
        value = self.word(variable.value)
        return variable if value is variable.value else replace(variable, value=value)

    def value(self, value: str) -> str | None:
        """The value of an input with another path; None if it has none."""
        if not points_into(value, self.path):
            return None
        if (new := self._replaced(value)) is None:
            raise NotShownError
        self.uses[value] = None
        return new

    def _replaced(self, text: str) -> str | None:
        match = self._word.match(text)
        if match is None or points_into(text[match.end() :], self.path):
            return None
        return f"{match[1] or ''}{self._folder}{text[match.end() :]}"
