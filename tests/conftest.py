"""What the tests share: options, and where the corpus of real pipelines is."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from translator import api, diagnostics, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic

# How long an example takes says something about the machine, not about the law.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected outputs again; read `git diff` afterwards",
    )


@pytest.fixture(scope="session", autouse=True)
def each_finding_once() -> Iterator[None]:
    """No test reads, checks or converts a file and gets the same finding twice."""
    in_order = diagnostics.in_order

    def checked(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        found = in_order(findings)
        told = Counter((str(one.origin), one.rule.code, one.message) for one in found)
        assert not [finding for finding, times in told.items() if times > 1]
        return found

    with pytest.MonkeyPatch.context() as patch:
        for module in (api, diagnostics, reading):
            patch.setattr(module, "in_order", checked)
        yield


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


def shared_folder() -> Path | None:
    """Real pipelines and tools: ``$TRANSLATOR_SHARED``, or ``shared`` beside the checkout."""
    folder = Path(os.environ.get("TRANSLATOR_SHARED") or ROOT.parent / "shared")
    return folder if (folder / "corpus").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pipelines; the test is skipped where there is none."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("no corpus: set TRANSLATOR_SHARED, or put `shared` beside the checkout")
    return folder
