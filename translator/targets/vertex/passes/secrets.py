"""Kubernetes secrets as secrets of Secret Manager, which a wrapper reads when a task starts.

Secrets with a key of a Google Cloud account need no decision: without the key, programs use the
account of the task (``translator.mounts.credentials``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import vertex_secrets as rules
from translator.expansion import references
from translator.model import KFP_V1, Container
from translator.model.kubernetes import AllKeys, Mount, SecretVolume
from translator.records import NamedTuple, replace
from translator.shell import can_be_set
from translator.targets.vertex.passes.cluster_values import (
    KEY,
    Changes,
    in_claims,
    name_of_run,
    secret_of,
    uses,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.decisions import Decisions
    from translator.diagnostics import Origin
    from translator.model import Pipeline
    from translator.model.kubernetes import Variable
    from translator.targets.vertex.passes.cluster_values import Use, Value
    from translator.targets.vertex.passes.secret_wrapper import Target

__all__ = ["secrets"]


def secrets(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline whose containers read the secrets that are decided."""
    taking = [
        label
        for label, one in pipeline.executors.items()
        if isinstance(one, Container)
        and (
            any(map(secret_of, one.pod.variables))
            or any(isinstance(mount.volume, SecretVolume) for mount in one.pod.mounts)
        )
    ]
    return _Secrets(pipeline, decisions).result(taking) if taking else Decided(pipeline)


#: Images of Docker Hub with a shell, but neither ``python3`` nor ``curl`` (2026-11).
_WITHOUT_CLIENT = frozenset({"alpine", "bash", "busybox", "debian", "ubuntu"})


#: In a plan, the placeholder for the keys of a secret that is used as a whole, which no key is.
_ANY_KEY = "<KEY>"


class _Taken(NamedTuple):
    """What a container reads."""

    use: Use
    targets: tuple[Target, ...]


class _Secrets(Changes):
    """Collects what containers read while they are changed."""

    def __init__(self, pipeline: Pipeline, decisions: Decisions) -> None:
        super().__init__(pipeline)
        self.decisions = decisions.secrets
        #: Secret → the keys with a decision.
        self.keys: dict[str, list[str]] = {}
        for decision in self.decisions:
            name, slash, key = decision.partition("/")
            if slash and re.fullmatch(KEY, key):
                self.keys.setdefault(name, []).append(key)

    def container(self, label: str, container: Container) -> Container:
        keys, in_argv = _google_keys(container), _referred(container)
        unfillable = _unfillable(container, in_argv)
        used = uses(container, label, self.lookup, secret_of, self._known_keys)
        taken = []
        for use in used:
            if use.setting in unfillable:  # an error, which a check reports
                self.used |= {("secrets", f"{one.name}/{one.key}") for one in use.values}
            elif (one := self._taken(use, is_google_key=use.setting in keys)) is not None:
                taken.append(one)
        if not taken:
            return container
        pod = without(container.pod, [one.use.setting for one in taken])
        targets = {target.where: target for one in taken for target in one.targets}
        container = replace(container, pod=pod)
        if not targets:
            return container
        from translator.targets.vertex.passes.secret_wrapper import fetch_secrets
        from translator.targets.vertex.passes.wrapping import wrapped

        self._report(container, [one.use for one in taken])
        variables = {one.where for one in targets.values() if one.mode is None}
        container = self._filled(container, sorted(variables & in_argv))
        return wrapped(container, fetch_secrets(targets.values()))

    def _filled(self, container: Container, names: list[str]) -> Container:
        """The container with a wrapper that replaces references to variables in its argv."""
        if not names or not container.command:
            return container
        from translator.targets.vertex.passes.reference_wrapper import fill_references

        argv = (*container.command, *container.args)
        fill = fill_references(argv, names, is_escaped=self.pipeline.dialect != KFP_V1)
        listed = ", ".join(f"`$({name})`" for name in names)
        self.findings.add(rules.FILLED_REFERENCE.at(container.origin, references=listed))
        return replace(container, command=(*fill, *container.command))

    def _known_keys(self, name: str) -> list[str]:
        return self.keys.get(name, [])

    def _taken(self, use: Use, *, is_google_key: bool) -> _Taken | None:
        """What is read for a setting; None if that is not decided."""
        name = use.name.text
        if name in self.decisions:
            self.used.add(("secrets", name))
            self._wrong(name, f"{name}/KEY", "names no key of the secret", use.setting.origin)
            return None
        found = [(value, self._resource(value)) for value in use.values]
        decided = [(value, resource) for value, resource in found if resource]
        if is_google_key and not decided:
            return None
        if (placeholder := f"{name}/{_ANY_KEY}") in self.decisions:
            self.used.add(("secrets", placeholder))
            self._wrong(placeholder, f"{name}/KEY", "names no key", use.setting.origin)
        elif not found:
            shown = f"{use.shown} from secret `{name}`; replace {_ANY_KEY}: one entry for each key"
            self._need(placeholder, shown, use.setting.origin)
        for value, _ in found:
            self._need(f"{name}/{value.key}", _why(value, use.name.source), value.origin)
        if not decided or (len(decided) < len(found) and not use.optional):
            return None
        self.used |= {("secrets", f"{name}/{value.key}") for value, _ in decided}
        return _Taken(use, tuple(self._targets(decided)))

    def _targets(self, decided: Iterable[tuple[Value, str]]) -> Iterator[Target]:
        from translator.targets.vertex.passes.secret_wrapper import Target

        for value, resource in decided:
            if value.mode is None and not can_be_set(value.where):
                self._not_set(value)
                continue
            if "/versions/" not in resource:
                facts = {"secret": value.name, "key": value.key, "resource": resource}
                self.findings.add(rules.LATEST_VERSION.at(value.origin, **facts))
                resource += "/versions/latest"
            yield Target(resource, value.where, value.mode, value.optional)

    def _resource(self, value: Value) -> str:
        """The decision for a key; empty without a valid one."""
        key = f"{value.name}/{value.key}"
        resource = self.decisions.get(key)
        if resource is None:
            return ""
        from translator.targets.vertex.passes.secret_wrapper import RESOURCE

        if re.fullmatch(RESOURCE, resource) and re.fullmatch(KEY, value.key):
            return resource
        self.used.add(("secrets", key))
        self._wrong(key, key, "does not name a secret of Secret Manager", value.origin)
        return ""

    def _wrong(self, decision: str, key: str, problem: str, origin: Origin | None) -> None:
        """Reports a decision once, without its value, which may be the secret itself."""
        if not any(one.facts.get("decision") == decision for one in self.findings):
            facts = {"decision": decision, "key": key, "problem": problem}
            self.findings.add(rules.WRONG_SECRET.at(origin, **facts))

    def _need(self, key: str, why: str, origin: Origin | None) -> None:
        decided = self.decisions.get(key, "")
        value = decided or _proposal(key)
        self.needs.add(Need("secrets", key, value, why, is_proposal=not decided), origin)

    # Findings

    def _report(self, container: Container, taken: list[Use]) -> None:
        image = str(container.image)
        self.findings += in_claims(container, taken)
        if not container.command:
            from translator.targets.vertex.passes.wrapping import no_command

            self.findings.add(no_command(container, "read secrets of Secret Manager"))
        if _lacks_client(image):
            self._need_image(container, image)
        else:
            self.findings.add(rules.READS_SECRETS.at(container.origin, image=image))
        for use in taken:
            if use.name.source:
                self.findings.add(name_of_run(use))

    def _need_image(self, container: Container, image: str) -> None:
        lack = f"image `{image}` has, by its name, neither `python3` nor `curl`"
        what = f"the container cannot read secrets of Secret Manager: {lack}"
        advice = "use an image with one of them: `--image OLD=NEW`, or build one from it"
        self.findings.add(rules.DIFFERENCE.at(container.origin, what=what, advice=advice))
        why = f"{lack}, one of which reads secrets of Secret Manager"
        self.needs.add(Need("images", image, "", why), container.origin)

    def _not_set(self, value: Value) -> None:
        what = (
            f"environment variable `{value.where}` from secret `{value.name}` is left out: not "
            "every shell can set a variable of this name"
        )
        advice = "rename the variable in the pipeline and in its program"
        self.findings.add(rules.DIFFERENCE.at(value.origin, what=what, advice=advice))


def _lacks_client(image: str) -> bool:
    """Whether the name is that of a system without Python and curl, official or a copy of it."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[0] in _WITHOUT_CLIENT


def _referred(container: Container) -> set[str]:
    """The variables to which ``$(NAME)`` in command and arguments refers."""
    named = [one.variable for one in container.pod.variables if not isinstance(one, AllKeys)]
    argv = (*container.command, *container.args)
    found = {one for word in argv for one in references(str(word), named)}
    return {name for name in named if f"$({name})" in found} | container.referred


def _unfillable(container: Container, in_argv: set[str]) -> list[Variable]:
    """Variables with a reference to them that the wrapper cannot replace.

    It is in another variable, no shell can set the variable, or the number of arguments is known
    only later, because they have the JSON of ``IfPresent`` or ``Concat``.
    """
    named = [one for one in container.pod.variables if not isinstance(one, AllKeys)]
    names = [one.variable for one in named]
    found = {one for it in container.env for one in references(str(it.value), names)}
    return [
        one
        for one in named
        if f"$({one.variable})" in found
        or (one.variable in in_argv and not (can_be_set(one.variable) and _is_fixed(container)))
    ]


def _is_fixed(container: Container) -> bool:
    """Whether the number of arguments is known."""
    from translator.targets.vertex.structs import is_struct

    return not any(map(is_struct, (*container.command, *container.args)))


def _google_keys(container: Container) -> list[Mount]:
    """The mounts with a key file of a Google Cloud account."""
    if not container.pod.mounts:
        return []
    from translator.mounts import credentials

    return list(credentials(container).values())


def _why(value: Value, source: str) -> str:
    what = "environment variable" if value.mode is None else "the file"
    named = f", whose name comes from {source}" if source else ""
    optional = " (optional)" if value.optional else ""
    from_key = f"key `{value.key}` of secret `{value.name}`{named}"
    return f"{what} `{value.where}` comes from {from_key}{optional}"


def _proposal(key: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")
    return f"projects/PROJECT/secrets/{name[:255]}"
