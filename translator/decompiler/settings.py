"""The settings of a task as calls of the methods of ``PipelineTask`` (kfp/dsl/pipeline_task.py).

Only what differs from kfp's defaults is written. kfp checks the values of its methods more strictly
than backends do; what it refuses is written in another form, or reported.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from translator.decompiler.amounts import cpu_text, memory_text
from translator.decompiler.expressions import CHANNEL
from translator.decompiler.layout import call
from translator.decompiler.literals import literal
from translator.diagnostics import decompiler_settings as rules
from translator.model import (
    UNSET,
    Constant,
    Container,
    FromParent,
    FromTask,
    Parameter,
    Strategy,
)
from translator.placeholders import PlaceholderKind, parse_text
from translator.quantities import cores, gigabytes
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from translator.decompiler.layout import Expression, Group
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Amount, Artifact, Component, Executor, Json, Task
    from translator.placeholders import Text

    #: The expression of a value of the pipeline in the DAG of the task.
    Channel: TypeAlias = Callable[[FromParent | FromTask], Expression]

__all__ = ["SETTING_INPUTS", "Owner", "dynamic_image", "ignores_failures", "settings"]

#: Parameters that kfp's compiler adds to a task for settings with values of the pipeline
#: (``build_task_spec_for_task`` in kfp/compiler/pipeline_spec_builder.py).
SETTING_INPUTS = frozenset(
    {
        *("cpu_request", "cpu_limit", "memory_request", "memory_limit"),
        *("accelerator_type", "accelerator_count", "base_image"),
    }
)
#: What kfp writes for a retry policy without these values (kfp/dsl/structures.py), in seconds.
_BACKOFF, _FACTOR, _MAX_BACKOFF = 0, 2.0, 3600
#: Method → field of ``Resources``, the form that kfp accepts, and the number of a text.
_AMOUNTS = (
    ("set_cpu_request", "cpu_request", cpu_text, cores),
    ("set_cpu_limit", "cpu_limit", cpu_text, cores),
    ("set_memory_request", "memory_request", memory_text, gigabytes),
    ("set_memory_limit", "memory_limit", memory_text, gigabytes),
)


class Owner(NamedTuple):
    """A task whose settings are written, and what is found meanwhile."""

    #: The task's name in the file, for messages.
    name: str
    task: Task
    component: Component
    #: None for a pipeline in the pipeline.
    executor: Executor | None
    channel: Channel
    findings: list[Diagnostic]

    @property
    def shown(self) -> str:
        """The task in messages."""
        return f"task `{self.name}`"

    def left_out(self, setting: str, why: str, origin: Origin | None) -> None:
        """Reports a setting that is not written."""
        place = origin or self.task.origin
        self.findings.append(rules.LEFT_OUT.at(place, setting=setting, owner=self.shown, why=why))


def settings(owner: Owner, *, default_name: str, is_exit: bool = False) -> tuple[Group, ...]:
    """The calls to chain behind the call that makes a task, without ``.after()``.

    ``default_name`` is the display name that kfp gives it; an exit task, of ``dsl.ExitHandler``,
    runs after failed tasks anyway.
    """
    executor = owner.executor
    calls = [*_display_name(owner, default_name)]
    if isinstance(executor, Container):
        calls += [*_image(owner, executor), *_env(owner, executor), *_resources(owner, executor)]
    calls += [*_caching(owner), *_retry(owner)]
    if ignores_failures(owner.task, is_exit=is_exit):
        _require_defaults(owner)
        calls.append(call(".ignore_upstream_failure"))
    return tuple(calls)


def ignores_failures(task: Task, *, is_exit: bool) -> bool:
    """Whether a task has ``.ignore_upstream_failure()``.

    kfp raises ``KeyError`` then for inputs without an argument: defaults have to be written too.
    """
    strategy = task.trigger.strategy if task.trigger else None
    return strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED and not is_exit


def _require_defaults(owner: Owner) -> None:
    """Reports inputs with which kfp refuses ``.ignore_upstream_failure()``."""
    task, inputs = owner.task, owner.component.inputs
    declared: dict[str, Parameter | Artifact] = {**inputs.parameters, **inputs.artifacts}
    for name, one in declared.items():
        source = task.parameters.get(name) or task.artifacts.get(name)
        default = one.default if isinstance(one, Parameter) else UNSET
        is_optional = one.optional or default is not UNSET
        if isinstance(source, FromTask) and not is_optional:
            why = "is an output of another task, and has no default"
        elif source is None and default in (UNSET, None):
            why = "has neither a value nor a default"
        else:
            continue
        facts = {"task": owner.name, "input": name, "why": why}
        owner.findings.append(rules.AFTER_FAILURES.at(task.origin, **facts))


def _display_name(owner: Owner, default_name: str) -> Iterator[Group]:
    if owner.task.display_name not in ("", default_name):
        yield call(".set_display_name", literal(owner.task.display_name))


# The container


def dynamic_image(container: Container) -> bool:
    """Whether the image is a value of the pipeline (``.set_container_image``).

    The definition of the component has another image then, which no task runs.
    """
    return _is_channel(container.image)


def _image(owner: Owner, container: Container) -> Iterator[Group]:
    if CHANNEL.search(str(container.image)):
        why = "kfp would read the text as a value of the pipeline"
        owner.left_out("the image", why, container.origin)
    if not _is_channel(container.image):
        return
    value = _value(owner, container.image)
    if value is None:
        owner.left_out("the image", "kfp has no form for its placeholder", container.origin)
    else:
        yield call(".set_container_image", value)


def _is_channel(text: Text) -> bool:
    """Whether the text is the value of an input, and nothing else."""
    parts = text.placeholders()
    return len(text.parts) == 1 and bool(parts) and parts[0].kind is PlaceholderKind.INPUT_VALUE


def _value(owner: Owner, text: Text) -> Expression | None:
    """The text as an argument: a literal, or the value of the task's input; None for others."""
    if not text.placeholders():
        return None if CHANNEL.search(str(text)) else literal(str(text))
    if not _is_channel(text):
        return None
    name = text.placeholders()[0].name
    source = owner.task.parameters.get(name)
    if isinstance(source, (FromParent, FromTask)):
        return owner.channel(source)
    declared = owner.component.inputs.parameters.get(name)
    given: Json = None
    if isinstance(source, Constant):
        given = source.value
    elif source is None and declared is not None and declared.default is not UNSET:
        given = declared.default
    if not isinstance(given, str):
        return None
    inner = parse_text(given)
    # The constant may be another input's value, but not its own.
    return None if inner == text else _value(owner, inner)


def _env(owner: Owner, container: Container) -> Iterator[Group]:
    """The environment. kfp keeps placeholders in it as they are.

    Of two variables with one name Kubernetes takes the last.
    """
    last = {variable.name: variable for variable in container.env}
    for variable in container.env:
        if last[variable.name] is variable:
            value = str(variable.value)
            yield call(".set_env_variable", literal(variable.name), literal(value))


def _resources(owner: Owner, container: Container) -> Iterator[Group]:
    resources = container.resources
    if resources is None:
        return
    for method, field, form_of, number_of in _AMOUNTS:
        amount: Amount | None = getattr(resources, field)
        if amount is not None:
            value = _amount(owner, amount, field.replace("_", " "), form_of, number_of)
            if value is not None:
                yield call(f".{method}", value)
    yield from _accelerator(owner, container)


def _amount(
    owner: Owner,
    amount: Amount,
    name: str,
    form_of: Callable[[str | None, float | None], str | None],
    number_of: Callable[[str], float | None],
) -> Expression | None:
    if amount.text is not None and amount.text.placeholders():
        value = _value(owner, amount.text)
        if value is None:
            owner.left_out(name, "kfp takes a whole value of the pipeline only", amount.origin)
        return value
    text = None if amount.text is None else str(amount.text)
    form = form_of(text, amount.number)
    if form is None:
        owner.left_out(f"{name} `{text}`", "kfp accepts no such amount", amount.origin)
        return None
    facts = {"setting": name, "owner": owner.shown, "written": f"`{form}`"}
    place = amount.origin or owner.task.origin
    number, written = amount.number, number_of(form)
    if text is not None and form != text:
        owner.findings.append(rules.SAME_AMOUNT.at(place, given=f"`{text}`", **facts))
    if number is not None and written is not None and not math.isclose(number, written):
        why = "kfp makes the number from the text, which has another amount"
        owner.findings.append(rules.CHANGED.at(place, given=f"{number!r}", why=why, **facts))
    return literal(form)


def _accelerator(owner: Owner, container: Container) -> Iterator[Group]:
    resources = container.resources
    accelerator = resources.accelerator if resources else None
    if accelerator is None:
        return
    if accelerator.type is not None:
        value = _value(owner, accelerator.type)
        if value is None:
            why = "kfp takes a whole value of the pipeline only"
            owner.left_out("the accelerator type", why, accelerator.origin)
        else:
            yield call(".set_accelerator_type", value)
            if accelerator.count is None:
                facts = {"given": "not set", "written": "1", "why": "kfp sets it with the type"}
                place = accelerator.origin or owner.task.origin
                owner.findings.append(
                    rules.CHANGED.at(
                        place, setting="the accelerator count", owner=owner.shown, **facts
                    )
                )
    if accelerator.count is not None:
        value = _count(owner, accelerator.count)
        if value is None:
            owner.left_out(
                f"the accelerator count `{accelerator.count}`",
                "kfp takes a number or a whole value of the pipeline only",
                accelerator.origin,
            )
        else:
            yield call(".set_accelerator_limit", value)


def _count(owner: Owner, count: Text) -> Expression | None:
    text = str(count)
    if count.placeholders():
        return _value(owner, count)
    if not re.fullmatch(r"[0-9]+", text):
        return None
    return literal(int(text)) if str(int(text)) == text else literal(text)


# The task


def _caching(owner: Owner) -> Iterator[Group]:
    """Caching is on by default; a task without caching options has none.

    Of a pipeline in the pipeline, whose tasks have their own options, absent ones mean nothing.
    """
    caching = owner.task.caching
    if caching is None and owner.executor is None:
        return
    enabled = caching is not None and bool(caching.enabled)
    key = caching.key if caching is not None else ""
    if key:
        yield call(".set_caching_options", literal(enabled), cache_key=literal(key))
    elif not enabled:
        yield call(".set_caching_options", literal(False))


def _retry(owner: Owner) -> Iterator[Group]:
    retry = owner.task.retry
    if retry is None:
        return
    arguments = {"num_retries": literal(retry.max_retries or 0)}
    for name, seconds, default in (
        ("backoff_duration", retry.backoff_seconds, _BACKOFF),
        ("backoff_max_duration", retry.max_backoff_seconds, _MAX_BACKOFF),
    ):
        if seconds is not None and seconds != default:
            arguments[name] = literal(_duration(owner, name, seconds))
    factor = retry.backoff_factor
    if factor and factor != _FACTOR:
        arguments["backoff_factor"] = literal(factor)
    order = ("num_retries", "backoff_duration", "backoff_factor", "backoff_max_duration")
    given = {name: arguments[name] for name in order if name in arguments}
    yield call(".set_retry", **given)


def _duration(owner: Owner, name: str, seconds: float) -> str:
    """The seconds as text; kfp reads whole ones only."""
    whole = math.ceil(seconds)
    if whole != seconds:
        retry = owner.task.retry
        facts = {"given": f"{seconds!r} s", "written": f"{whole} s", "why": "kfp has whole seconds"}
        place = (retry.origin if retry else None) or owner.task.origin
        setting = name.replace("_", " ")
        owner.findings.append(rules.CHANGED.at(place, setting=setting, owner=owner.shown, **facts))
    return f"{whole}s"
