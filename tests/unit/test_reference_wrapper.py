"""``$(NAME)`` in an argv is replaced in real shells, by values of secrets."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import translator
from tests.unit.argo_files import workflow
from tests.unit.images import Image
from tests.unit.secret_manager import secret_manager
from tests.unit.test_secret_wrapper import HOSTILE, S, wrapper
from translator import api
from translator.decisions import Decisions
from translator.expansion import expand, references
from translator.model import Container
from translator.placeholders import Text
from translator.readers.options import ReadOptions
from translator.targets import kubeflow
from translator.targets.vertex import Options
from translator.targets.vertex.passes.reference_wrapper import _SCRIPT, fill_references
from translator.targets.vertex.passes.secret_wrapper import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.unit.secret_manager import SecretManager

ARGV = ["-p", "$(KEY)", "a$(KEY)b$(OTHER)", "$$(KEY)", "$(NONE)", "text", "end", "--", "", "* $1"]


@pytest.fixture(params=["dash", "bash", "busybox"])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(shell: str, tmp_path: Path) -> Image:
    return Image(tmp_path, shell, "python3")


@pytest.fixture
def server() -> Iterator[SecretManager]:
    with secret_manager() as running:
        yield running


def filled(image: Image, argv: Sequence[str], *, is_escaped: bool = True) -> list[str]:
    """A program that prints its arguments, behind the wrapper."""
    shown = [str(image.bin / "sh"), "-c", "printf '%s\\0' \"$@\"", "show", *argv]
    given = [Text((word,)) for word in shown]
    fill = fill_references(given, ["KEY", "OTHER"], is_escaped=is_escaped)
    return [*map(str, fill), *shown]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_values_are_exact(image: Image, server: SecretManager, value: bytes) -> None:
    server.secrets[S] = value
    targets = [Target(S, "KEY"), Target(f"{S}0", "OTHER", None, True)]
    status, out, err = image.run([*wrapper(targets), *filled(image, ARGV)], server.env)
    assert (status, err) == (0, b"")
    # As for Kubernetes, an optional secret that is missing leaves the reference.
    wanted = [b"-p", value, b"a" + value + b"b$(OTHER)", b"$$(KEY)", b"$(NONE)"]
    assert out.split(b"\0")[:-1] == [*wanted, b"text", b"end", b"--", b"", b"* $1"]


def test_a_shell_that_traces_prints_no_value(image: Image) -> None:
    env = {"KEY": "hunter2", "SHELLOPTS": "braceexpand:hashall:xtrace:allexport"}
    code = "import os, sys; print(sorted(os.environ), sys.argv)"
    argv = [os.path.realpath(sys.executable), "-I", "-c", code, "$(KEY)"]
    fill = fill_references([Text((word,)) for word in argv], ["KEY"], is_escaped=False)
    status, out, err = image.run([*map(str, fill), *argv], env)
    assert status == 0 and b"hunter2" not in err
    assert b"'hunter2'" in out and b"_word" not in out and b"_set" not in out


WORDS = st.lists(
    st.sampled_from(["$(KEY)", "$$", "$", "(", ")", "$(", "KEY", "$(OTHER)", "$(NONE)", " ", "x"]),
    max_size=6,
).map("".join)


FIXTURES = [HealthCheck.function_scoped_fixture]


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
@settings(max_examples=60, deadline=None, suppress_health_check=FIXTURES)
def test_replaces_as_kubernetes_does(image: Image, argv: list[str], value: str) -> None:
    env = {"KEY": value, "OTHER": "o"}
    status, out, _ = image.run(filled(image, argv), env)
    names = {"KEY", "OTHER"}
    wanted = [
        expand(word, env.get) if {*references(word, names)} - {"$$"} else word for word in argv
    ]
    assert status == 0
    assert [one.decode() for one in out.split(b"\0")[:-1]] == wanted


def test_the_script_survives_replacement_of_references() -> None:
    assert references(_SCRIPT, ["HOME", "PATH", "KEY"]) == [] and "{{" not in _SCRIPT


TEMPLATE = """
- name: login
  container:
    image: python:3.11
    command: [python, login.py]
    args: ARGS
    env:
    - {name: KEY, valueFrom: {secretKeyRef: {name: db, key: password}}}
"""


def loaded(args: str) -> tuple[list[str], set[str]]:
    """Codes of errors of reading, and the names to which the arguments refer."""
    text = workflow("[{name: login, template: login}]", TEMPLATE.replace("ARGS", args))
    reading = api.load_text(text, "flow.yaml", ReadOptions())
    (container,) = reading.pipeline.executors.values()
    assert isinstance(container, Container)
    return [d.rule.code for d in reading.lowering], {*container.referred}


def test_references_of_kfp_v1() -> None:
    assert loaded("[$(KEY), a]") == ([], {"KEY"})
    assert loaded("[$$(KEY), $(NONE)]") == ([], set())
    assert loaded("['$$$(KEY)']") == (["TR177"], {"KEY"})
    # Behind the reference, the text cannot be told from one.
    assert loaded("['$(KEY)$$(KEY)']") == (["TR176"], {"KEY"})
    assert loaded("['$(KEY)', '$$(KEY)']")[0] == ["TR176"]


def test_a_workflow_with_a_password_in_its_arguments(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    template = TEMPLATE.replace("ARGS", "[--pass=$(KEY)]")
    path.write_text(workflow("[{name: login, template: login}]", template))
    with pytest.raises(translator.TranslationError, match="TR176"):
        translator.translate(path, "vertex")
    decisions = Decisions(secrets={"db/password": S})
    made = translator.translate(path, "vertex", Options(decisions=decisions))
    wanted = r"\n +- fill-references\n +- '2'\n +- text\n +- '--pass='\n"
    assert re.search(wanted, made.files["pipeline.yaml"])
    assert "begins with `fill-references`" in made.files["REPORT.md"]
    assert {"TR388"} <= {one.rule.code for one in made.diagnostics}
    # On Kubeflow, Kubernetes replaces it.
    upgraded = translator.translate(path, "kubeflow", kubeflow.Options(upgrade=True))
    assert "--pass=$(KEY)" in upgraded.files["pipeline.yaml"]
    assert "secretAsEnv" in upgraded.files["pipeline.yaml"]
