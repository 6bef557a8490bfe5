"""The table of Google's components agrees with the installed version of their package."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from translator.decompiler.components.google_components import COMPONENTS

pytest.importorskip("google_cloud_pipeline_components", reason="the package is not installed")


@pytest.mark.contract
def test_the_table_has_all_components_of_the_installed_version() -> None:
    from tests.contract.google_components import PACKAGE, components

    installed = version(PACKAGE.replace("_", "-"))
    if installed not in COMPONENTS:
        pytest.skip(f"no table for version {installed}")
    found = {key: path.removeprefix(f"{PACKAGE}.") for key, path in components().items()}
    assert found == COMPONENTS[installed]
