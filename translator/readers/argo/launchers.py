"""A container that kfp's v2-compatible launcher starts → the component behind the launcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.placeholders import Text, parse_text
from translator.readers.argo import v2_compatible
from translator.readers.argo.annotations import declared_parameter
from translator.readers.argo.container_text import Written
from translator.readers.argo.containers import Builder
from translator.readers.argo.references import parse
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json, Setting
    from translator.placeholders import Placeholder
    from translator.readers.argo.containers import Given
    from translator.readers.argo.outputs import Outputs
    from translator.readers.argo.pod_volumes import Defined
    from translator.readers.argo.workflow import Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

_METADATA_SERVICE = "metadata-grpc-configmap"
#: The first argument of kfp's executor.
_EXECUTOR_ARGUMENTS = "--executor_input"


class LaunchedBuilder(Builder):
    """Makes the component of a template whose container is started by a launcher."""

    unread_variables = v2_compatible.VARIABLES

    def __init__(
        self,
        template: Template,
        outputs: Outputs,
        given: Given,
        options: ReadOptions,
        volumes: Mapping[str, Defined],
    ) -> None:
        super().__init__(template, outputs, given, options, volumes)
        assert template.launched is not None
        self.behind = template.launched

    def _declare_inputs(self) -> None:
        for name, entry in self.behind.inputs.items():
            self.taken.add(name)
            self.values[name] = Written(parse(entry.value), self.container)
            self.parameters[name] = declared_parameter(
                None, entry.type, typed=self.options.declared_types
            )

    def _declare_artifacts(self) -> None:
        by_path = {entry.path: name for name, entry in self.behind.input_artifacts.items()}
        for argo_name, port in self.template.input_artifacts.items():
            own = by_path.get(port.path)
            if argo_name in self.given.nothing:
                continue
            if own is None or argo_name in self.given.values:
                what = f"the input artifact `{argo_name}`, which the launcher does not get,"
                port.cursor.report(rules.NOT_TRANSLATED, what=what)
                continue
            info = self.behind.input_artifacts[own]
            self.artifacts[own] = argo_name
            self.input_artifacts[own] = v2_compatible.launched_artifact(info, port.cursor.origin)

    def _collect_outputs(self) -> None:
        """Declares no paths: the launcher passes the paths of outputs to the program."""

    def _argv(self) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
        """The argv that the launcher runs, all of it in ``args``."""
        places = self._cursors("args")
        written = [place.string() for place in places]
        first = _arguments_start(written)
        argv = tuple(self._launched_text(w, p) for w, p in zip(written, places, strict=True))
        return argv[:first], argv[first:]

    def _launched_text(self, argument: str, place: Cursor) -> Text:
        parts: list[str | Placeholder] = []
        for part in parse_text(self.variables.expanded(argument, place)).parts:
            parts += self.literal(part, place) if isinstance(part, str) else [part]
        return Text(tuple(parts))

    def _wrap(self, command: tuple[Text, ...], args: tuple[Text, ...]) -> None:
        """No wrapper is needed: components behind the launcher use the paths of KFP v2."""

    def _image(self) -> Text:
        self.container.get("image").inert()
        return Text((self.behind.image,))

    def _settings(self) -> tuple[Setting, ...]:
        """All settings except the launcher's volume, init container and metadata address."""
        settings = [replace(s, value=_others(s.value)) for s in super()._settings()]
        for owner in (self.container, self.template.cursor):
            for _, found in owner.items():
                for entry in found.elements() if found.kind == "sequence" else ():
                    if _is_launchers(entry.peek()):
                        entry.inert()
        return tuple(setting for setting in settings if setting.value != [])


def _arguments_start(argv: list[str]) -> int:
    if _EXECUTOR_ARGUMENTS in argv:
        return argv.index(_EXECUTOR_ARGUMENTS)
    return 0 if not argv or argv[0].startswith("-") else 1


def _others(value: Json) -> Json:
    if not isinstance(value, list):
        return value
    return [entry for entry in value if not _is_launchers(entry)]


def _is_launchers(entry: Json) -> bool:
    if not isinstance(entry, dict):
        return False
    source = entry.get("configMapRef")
    named = source.get("name") if isinstance(source, dict) else entry.get("name")
    return named in (v2_compatible.VOLUME, _METADATA_SERVICE)
