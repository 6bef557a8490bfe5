"""The outputs of a container template: parameter or artifact, decided from all their uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules
from translator.model import ParameterType
from translator.placeholders import Placeholder, PlaceholderKind
from translator.readers.argo import metadata
from translator.readers.argo.names import input_name, unique
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Artifact, Parameter
    from translator.readers.argo.document import Port, Template
    from translator.readers.argo.launcher_info import Launched
    from translator.readers.argo.metadata import ComponentSpec, Interface
    from translator.readers.argo.uses import Uses

#: What the user interface of KFP v1 reads if it is there (kfp 1.x, dsl/_container_op.py).
_OPTIONAL = frozenset({"mlpipeline-ui-metadata", "mlpipeline-metrics"})


def outputs_of(template: Template, uses: Uses) -> Outputs:
    """The outputs of a container template."""
    if template.launched is not None:
        return _Launched(template, template.launched)
    return _Decided(template, template.component, uses)


class Outputs:
    """The outputs of a container template, by the names of Argo and of the component."""

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.artifacts: dict[str, Artifact] = {}
        #: Argo's name → the component's.
        self.named_parameters: dict[str, str] = {}
        self.named_artifacts: dict[str, str] = {}
        #: Path → the placeholder that stands for it.
        self.paths: dict[str, Placeholder] = {}
        #: What is written there is copied here afterwards.
        self.copies: list[tuple[Placeholder, Placeholder]] = []
        #: Paths of files that the program may leave out.
        self.optional: set[str] = set()


class _Launched(Outputs):
    """The outputs as the component behind a launcher declares them."""

    def __init__(self, template: Template, behind: Launched) -> None:
        super().__init__()
        for name, parameter in behind.outputs.items():
            self.parameters[name] = metadata.parameter(None, parameter.type)
            self.named_parameters |= dict.fromkeys(
                _at(parameter.path, template.output_parameters), name
            )
        for name, artifact in behind.output_artifacts.items():
            self.artifacts[name] = metadata.launched_artifact(artifact)
            self.named_artifacts |= dict.fromkeys(
                _at(artifact.path, template.output_artifacts), name
            )


def _at(path: str, ports: Mapping[str, Port]) -> list[str]:
    """Argo's names of the outputs at a path."""
    return [name for name, port in ports.items() if port.text == path]


class _Decided(Outputs):
    """Decides for each file that a template hands on whether it is a parameter or an artifact.

    Taken by value: a parameter. Taken as a file, or not at all: an artifact. Taken both ways:
    both, and what the program writes is copied from the one to the other.
    """

    def __init__(self, template: Template, spec: ComponentSpec | None, uses: Uses) -> None:
        super().__init__()
        self.template = template
        self.spec = spec
        self.uses = uses
        taken: set[str] = set()
        for path, argo_names in self._by_path().items():
            self._declare(path, argo_names, taken)

    def _by_path(self) -> dict[str, list[str]]:
        """Path → Argo's names of the outputs that stand there, artifacts first."""
        paths: dict[str, list[str]] = {}
        for ports in (self.template.output_artifacts, self.template.output_parameters):
            for name, port in ports.items():
                if port.text is None:
                    port.cursor.drop(rules.NOT_TRANSLATED, what="an output without a path")
                elif name not in (names := paths.setdefault(port.text, [])):
                    names.append(name)
        return paths

    def _declare(self, path: str, argo_names: list[str], taken: set[str]) -> None:
        declared = self._declared(path)
        shortened = min(argo_names, key=len).removeprefix(f"{self.template.name}-")
        own = unique(input_name(declared.name if declared else shortened), taken)
        used = {(self.template.name, name) for name in argo_names}
        if _OPTIONAL & set(argo_names) or any(map(self._is_optional, argo_names)):
            self.optional.add(path)
        if used & self.uses.by_value:
            as_list = bool(used & self.uses.as_items)
            self._parameter(own, path, argo_names, declared, as_list)
            if used & self.uses.by_path:
                target = unique(f"{own}_file", taken)
                self._artifact(target, argo_names, declared)
                self.copies.append(
                    (self.paths[path], Placeholder(PlaceholderKind.OUTPUT_PATH, target))
                )
        else:
            self._artifact(own, argo_names, declared)
            self.paths[path] = Placeholder(PlaceholderKind.OUTPUT_PATH, own)

    def _is_optional(self, argo_name: str) -> bool:
        port = self.template.output_artifacts.get(argo_name)
        return port is not None and port.cursor.take("optional", bool, False)

    def _parameter(
        self, own: str, path: str, argo_names: list[str], declared: Interface | None, as_list: bool
    ) -> None:
        parameter = metadata.parameter(declared)
        if as_list:
            parameter = replace(parameter, type=ParameterType.LIST)
        self.parameters[own] = parameter
        self.named_parameters |= dict.fromkeys(argo_names, own)
        self.paths[path] = Placeholder(PlaceholderKind.OUTPUT_FILE, own)

    def _artifact(self, own: str, argo_names: list[str], declared: Interface | None) -> None:
        self.artifacts[own] = metadata.artifact(declared)
        self.named_artifacts |= dict.fromkeys(argo_names, own)

    def _declared(self, path: str) -> Interface | None:
        """The output as its author declared it, found by its path."""
        if self.spec is None:
            return None
        fixed = self.spec.container.get("fileOutputs") or {}
        inner = metadata.inner_name(path, "outputs")
        for entry in self.spec.outputs:
            if fixed.get(entry.name) == path or metadata.file_name(entry.name) == inner:
                return entry
        return None
