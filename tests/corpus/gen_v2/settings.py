"""Random settings of tasks, also those of kfp-kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpus.gen_v2.values import TEXTS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from tests.corpus.gen_v2.values import Value

#: Variables and keys.
KEYS = ("A", "MY_VAR", "key", "a-b", "app.kubernetes.io/name")


def text(r: random.Random, scope: Sequence[Value], plain: Sequence[str]) -> str:
    """A constant text, or a channel of one."""
    channels = [one.text for one in scope if one.type == "str" and not one.is_list and one.in_text]
    return r.choice(channels) if channels and r.random() < 0.4 else repr(r.choice(plain))


def of_any(r: random.Random) -> list[str]:
    """Settings that also a task of a pipeline has."""
    found = []
    if r.random() < 0.2:
        enabled = r.random() < 0.3
        key = f", cache_key={r.choice(TEXTS)!r}" if enabled and r.random() < 0.6 else ""
        found.append(f".set_caching_options({enabled}{key})")
    if r.random() < 0.15:
        names = ("Train the model", "x", 'A "quoted" name', "100% {it}", "ünï", "step-1")
        found.append(f".set_display_name({r.choice(names)!r})")
    if r.random() < 0.15:
        more = ["num_retries=" + r.choice(("0", "1", "3"))]
        more += [f"backoff_duration={r.choice(('30s', '1m', '2h'))!r}"] * (r.random() < 0.5)
        more += [f"backoff_factor={r.choice(('2', '1.5', '1.0'))}"] * (r.random() < 0.5)
        more += [f"backoff_max_duration={r.choice(('1h', '3600s'))!r}"] * (r.random() < 0.5)
        found.append(f".set_retry({', '.join(more)})")
    return found


def of_container(r: random.Random, scope: Sequence[Value]) -> list[str]:
    """Settings of a task that runs a container."""
    found = []
    amounts = {
        "cpu_limit": ("1", "500m", "0.5", "16"),
        "cpu_request": ("1", "250m", "2"),
        "memory_limit": ("1Gi", "512Mi", "2G", "100000"),
        "memory_request": ("1Gi", "512M"),
    }
    for what, plain in amounts.items():
        if r.random() < 0.1:
            found.append(f".set_{what}({text(r, scope, plain)})")
    if r.random() < 0.08:
        found.append(
            f".set_accelerator_type({text(r, scope, ('NVIDIA_TESLA_T4', 'nvidia.com/gpu'))})"
        )
        limit = r.choice(("1", "'2'", text(r, scope, ("4",))))
        found.append(f".set_accelerator_limit({limit})")
    elif r.random() < 0.03:
        found.append(".set_gpu_limit('1')")
    if r.random() < 0.05:
        found.append(f".set_container_image({text(r, scope, ('other:latest',))})")
    for _ in range(r.choice((0, 0, 0, 1, 2))):
        found.append(f".set_env_variable({r.choice(KEYS)!r}, {r.choice(TEXTS)!r})")
    return found


def kubernetes(r: random.Random, task: str, scope: Sequence[Value]) -> list[str]:
    """Calls of kfp-kubernetes."""
    if r.random() < 0.6:
        return []
    chosen: list[Callable[[random.Random, Sequence[Value]], str]] = r.sample(
        KUBERNETES, r.choice((1, 1, 2, 3))
    )
    return [one(r, scope).replace("TASK", task, 1) for one in chosen]


def env(r: random.Random, scope: Sequence[Value]) -> str:
    keys = {
        key: key.upper().replace("-", "_") for key in r.sample(("a", "b-c", "d"), r.choice((1, 2)))
    }
    optional = r.choice(("", ", optional=True", ", optional=False"))
    kind = r.choice(("secret", "config_map"))
    name = text(r, scope, ("my-secret",))
    return f"k.use_{kind}_as_env(TASK, {name}, {keys!r}{optional})"


def volume(r: random.Random, scope: Sequence[Value]) -> str:
    optional = r.choice(("", ", optional=True"))
    kind = r.choice(("secret", "config_map"))
    return f"k.use_{kind}_as_volume(TASK, {text(r, scope, ('my-secret',))}, '/mnt/x'{optional})"


def claim(r: random.Random, scope: Sequence[Value]) -> str:
    sub = r.choice(("", ", sub_path='a/b'"))
    return f"k.mount_pvc(TASK, {text(r, scope, ('my-claim',))}, '/data'{sub})"


def toleration(r: random.Random, scope: Sequence[Value]) -> str:
    if r.random() < 0.3:
        channels = [v.text for v in scope if v.type in ("list", "dict") and not v.is_list]
        channels = [v for v in channels if "Collected" not in v]
        if channels:
            return f"k.add_toleration_json(TASK, {r.choice(channels)})"
    return "k.add_toleration(TASK, " + r.choice(
        (
            "key='a', operator='Equal', value='b', effect='NoSchedule')",
            "key='a', operator='Exists', effect='NoExecute', toleration_seconds=10)",
            "operator='Exists')",
        )
    )


def selector(r: random.Random, scope: Sequence[Value]) -> str:
    if r.random() < 0.3:
        channels = [v.text for v in scope if v.type == "dict" and not v.is_list]
        if channels:
            return f"k.add_node_selector_json(TASK, {r.choice(channels)})"
    return f"k.add_node_selector(TASK, {r.choice(KEYS)!r}, {r.choice(('true', 'gpu', ''))!r})"


def affinity(r: random.Random, scope: Sequence[Value]) -> str:
    del scope
    match = "[{'key': 'disk', 'operator': 'In', 'values': ['ssd', 'nvme']}]"
    weight = r.choice(("", ", weight=100"))
    fields = r.choice(
        ("", ", match_fields=[{'key': 'metadata.name', 'operator': 'NotIn', 'values': ['n']}]")
    )
    return f"k.add_node_affinity(TASK, match_expressions={match}{fields}{weight})"


def other(r: random.Random, scope: Sequence[Value]) -> str:
    return r.choice(
        (
            f"k.add_pod_label(TASK, {r.choice(KEYS)!r}, {r.choice(('v', '', '1'))!r})",
            f"k.add_pod_annotation(TASK, {r.choice(KEYS)!r}, {r.choice(TEXTS)!r})",
            f"k.set_image_pull_policy(TASK, {r.choice(('Always', 'IfNotPresent', 'Never'))!r})",
            f"k.set_image_pull_secrets(TASK, ['regcred', {text(r, scope, ('other',))}])",
            f"k.set_timeout(TASK, {r.choice((0, 20, 3600))})",
            "k.use_field_path_as_env(TASK, 'POD_NAME', 'metadata.name')",
            "k.empty_dir_mount(TASK, 'scratch', '/scratch')",
            "k.empty_dir_mount(TASK, 'shm', '/dev/shm', medium='Memory', size_limit='1Gi')",
            "k.add_ephemeral_volume(TASK, 'v', '/v', ['ReadWriteOnce'], '5Gi')",
            "k.add_ephemeral_volume(TASK, 'v', '/v', ['ReadWriteOnce'], '5Gi', 'fast', {'a': 'b'})",
            "k.set_security_context(TASK, run_as_user=1000, run_as_group=0, run_as_non_root=True)",
            "k.set_security_context(TASK, run_as_non_root=False)",
        )
    )


KUBERNETES = (env, env, volume, claim, toleration, selector, affinity, other, other)
