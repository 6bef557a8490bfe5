"""Kubernetes settings of several tasks are written once, in a loop over the tasks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("kfp.kubernetes")

from tests.unit.decompiling import HEAD, body, compiled, round_trip

if TYPE_CHECKING:
    from pathlib import Path

SECRET = 'secret_name="keys", secret_key_to_env={"a": "A_VARIABLE", "b": "ANOTHER_VARIABLE"}'


def statements(function: str, folder: Path) -> str:
    """The body of the function that comes back, which compiles to the same pipeline."""
    source = f"{HEAD}\nfrom kfp import kubernetes\n\n\n{textwrap.dedent(function).strip()}\n"
    return body(round_trip(compiled(source, "p", folder), folder))


def test_one_loop_for_equal_settings(tmp_path: Path) -> None:
    function = f"""
        @dsl.pipeline(name="p")
        def p(claim: str):
            one, two, three, four = say(), say(text="b"), count(number=1), count(number=2)
            for task in (one, two, three):
                kubernetes.use_secret_as_env(task, {SECRET})
                kubernetes.mount_pvc(task, pvc_name=claim, mount_path="/a-folder/for-the-data")
                kubernetes.mount_pvc(task, pvc_name=claim, mount_path="/another/for-the-data")
            kubernetes.use_secret_as_env(four, {SECRET})
            kubernetes.use_secret_as_env(four, secret_name="more", secret_key_to_env={{"c": "C"}})
            kubernetes.set_timeout(two, 60)
    """
    found = statements(function, tmp_path)
    assert found.count('secret_name="keys"') == 2  # in another order for the fourth
    assert found.count("pvc_name=claim") == 2
    assert "for task in (count_task, say_task, say_task_2):\n        kubernetes." in found
    assert found.count("for task in") == 1
    assert "kubernetes.set_timeout(say_task_2, seconds=60)" in found
    assert found.index("count_task_2") < found.index("for task in")


def test_few_short_settings_stay_with_their_tasks(tmp_path: Path) -> None:
    function = """
        @dsl.pipeline(name="p")
        def p():
            kubernetes.set_timeout(say(), 60)
            kubernetes.set_timeout(count(number=1), 60)
            kubernetes.set_timeout(say(text="b"), 60)
    """
    found = statements(function, tmp_path)
    assert "for task in" not in found and found.count("kubernetes.set_timeout(") == 3


def test_items_of_loops_stay_in_their_loop(tmp_path: Path) -> None:
    """After the loop the variable is another item, or that of another loop."""
    function = f"""
        @dsl.pipeline(name="p")
        def p(task: str):
            for items in (["a", "b"], ["c", "d"]):
                with dsl.ParallelFor(items) as item:
                    for of in (say(text=item), say(text=task), say()):
                        kubernetes.mount_pvc(of, pvc_name=item, mount_path="/a-folder/for-the-data")
                        kubernetes.use_secret_as_env(of, {SECRET})
    """
    found = statements(function, tmp_path)
    assert found.count("pvc_name=item") == 6 and found.count('secret_name="keys"') == 1
    assert found.count("for task_2 in (say_task, say_task_2, say_task_3, say_task_4, ") == 1


def test_settings_without_a_function_come_last(tmp_path: Path) -> None:
    """kfp-kubernetes reads `platform_config`, and refuses what it does not know in it."""
    function = f"""
        @dsl.pipeline(name="p")
        def p():
            for task in (say(), say(text="b"), count(number=1)):
                kubernetes.use_secret_as_env(task, {SECRET})
                task.platform_config["kubernetes"]["unknown"] = {{"a": "b"}}
    """
    found = statements(function, tmp_path)
    assert "for task in" not in found and found.count('platform_config["kubernetes"].update') == 3
