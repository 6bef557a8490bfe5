"""Values of config maps as environment variables and files of containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import vertex_secrets as rules
from translator.expansion import escape, references
from translator.model import Container, EnvVariable
from translator.model.kubernetes import ConfigMapVolume
from translator.placeholders import Text
from translator.records import replace
from translator.shell import can_be_set
from translator.targets.vertex.passes.cluster_values import (
    KEY,
    Changes,
    config_map_of,
    in_claims,
    name_of_run,
    uses,
    without,
)
from translator.targets.vertex.passes.wrapping import no_command, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.decisions import Decisions
    from translator.model import Pipeline
    from translator.targets.vertex.passes.cluster_values import Use, Value
    from translator.targets.vertex.passes.config_map_wrapper import Target

__all__ = ["config_maps"]

#: Text that is not empty, without what a backend might take for a placeholder.
_PLAIN = r"(?:(?!\{\{\$)[^\0\ud800-\udfff])+"


def config_maps(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline whose containers have the values of the config maps that are given."""
    taking = [
        label
        for label, one in pipeline.executors.items()
        if isinstance(one, Container)
        and (
            any(map(config_map_of, one.pod.variables))
            or any(isinstance(mount.volume, ConfigMapVolume) for mount in one.pod.mounts)
        )
    ]
    return _ConfigMaps(pipeline, decisions).result(taking) if taking else Decided(pipeline)


class _ConfigMaps(Changes):
    """Collects what containers use while they are changed."""

    def __init__(self, pipeline: Pipeline, decisions: Decisions) -> None:
        super().__init__(pipeline)
        self.given = decisions.config_maps

    def container(self, label: str, container: Container) -> Container:
        taken = []
        for use in uses(container, label, self.lookup, config_map_of, self._keys):
            self._need(use)
            if use.name.text in self.given:
                taken.append(use)
        if not taken:
            return container
        self.findings += in_claims(container, taken)
        pod = without(container.pod, [use.setting for use in taken])
        targets = {one.where: one for use in taken for one in self._targets(use)}
        return self._changed(replace(container, pod=pod), targets)

    def _changed(self, container: Container, targets: Mapping[str, Target]) -> Container:
        """The container with plain variables, and a wrapper for the other values."""
        plain = [one for one in targets.values() if _is_plain(one)]
        others = [one for one in targets.values() if not _is_plain(one)]
        kept = [one for one in container.env if one.name not in targets]
        names = [*(one.where for one in plain), *(one.name for one in kept)]
        # First, as other variables can refer to them.
        env = [_variable(one, names) for one in plain]
        container = replace(container, env=(*env, *kept))
        if not others:
            return container
        if not container.command:
            self.findings.add(no_command(container, "write values of config maps"))
        from translator.targets.vertex.passes.config_map_wrapper import write_values

        return wrapped(container, write_values(others))

    def _keys(self, name: str) -> Sequence[str]:
        return tuple(self.given.get(name, ()))

    def _targets(self, use: Use) -> Iterator[Target]:
        from translator.targets.vertex.passes import config_map_wrapper

        name = use.name.text
        self.used.add(("config_maps", name))
        if use.name.source:
            self.findings.add(name_of_run(use))
        for value in use.values:
            text = self.given[name].get(value.key)
            if text is None or not re.fullmatch(KEY, value.key):
                if not use.optional:
                    shown = _shown(value)
                    facts = {"config_map": name, "key": value.key, "used": shown}
                    self.findings.add(rules.CONFIG_MAP_KEY.at(value.origin, **facts))
                continue
            target = config_map_wrapper.Target(text, value.where, value.mode)
            if value.mode is None and ("\0" in text or not _is_possible(target)):
                self._left_out(value)
            else:
                yield target

    def _left_out(self, value: Value) -> None:
        what = (
            f"environment variable `{value.where}` from config map `{value.name}` is left out: no "
            "shell sets a variable of this name, or to this value"
        )
        advice = "rename the variable in the pipeline and in its program, or use a file"
        self.findings.add(rules.DIFFERENCE.at(value.origin, what=what, advice=advice))

    def _need(self, use: Use) -> None:
        name = use.name.text
        decided = ", ".join(self._keys(name)) or "no keys" if name in self.given else ""
        of_input = f", whose name comes from {use.name.source}" if use.name.source else ""
        optional = " (optional)" if use.optional else ""
        why = f"{use.shown} from config map `{name}`{of_input}{optional}"
        self.needs.add(Need("config_maps", name, decided, why), use.setting.origin)


def _is_plain(target: Target) -> bool:
    """Whether a value can be one of ``env``: Vertex AI rejects empty ones."""
    return target.mode is None and re.fullmatch(_PLAIN, target.value) is not None


def _variable(target: Target, names: Iterable[str]) -> EnvVariable:
    """A plain variable. Vertex AI replaces references in it, as Kubernetes does."""
    value = escape(target.value) if references(target.value, names) else target.value
    return EnvVariable(name=target.where, value=Text((value,)))


def _is_possible(target: Target) -> bool:
    """Whether a variable can have the value: in ``env``, or set by a shell."""
    return _is_plain(target) or can_be_set(target.where)


def _shown(value: Value) -> str:
    what = "environment variable" if value.mode is None else "the file"
    return f"{what} `{value.where}`"
