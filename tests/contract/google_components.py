"""The components of google-cloud-pipeline-components, by the hashes that recognise them.

``python -m tests.contract.google_components FOLDER…`` prints the table of the decompiler
(translator/decompiler/components/google_components.py). Each folder is named after a version, which
is installed there with ``pip install --no-deps --target``. The Python that runs it has kfp,
google-cloud-aiplatform and the requirements of the translator.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from tests.unit.compiled_components import compiled
from translator.decompiler.components.google import fingerprint

PACKAGE = "google_cloud_pipeline_components"


def components() -> dict[str, str]:
    """Hash → the path of a component that a package of the installed version exports."""
    from kfp import dsl

    paths: dict[str, list[str]] = {}
    package = importlib.import_module(PACKAGE)
    with tempfile.TemporaryDirectory() as folder:
        for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
            parts = module.name.split(".")
            if not module.ispkg or any(part.startswith("_") for part in parts):
                continue
            for name, value in vars(imported(module.name)).items():
                if isinstance(value, dsl.base_component.BaseComponent) and is_container(value):
                    key = fingerprint(*compiled(value, Path(folder)))
                    paths.setdefault(key, []).append(f"{module.name}.{name}")
    return {key: min(found, key=rank) for key, found in paths.items()}


def imported(module: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(module)


def is_container(component: Any) -> bool:
    """Whether it is a container that is the same whichever version of kfp compiles it."""
    container = component.component_spec.implementation.container
    return container is not None and type(component).__name__ != "PythonComponent"


def rank(path: str) -> tuple[bool, int, bool, str]:
    """Released components before others, packages before their modules, ``…Op`` before others."""
    return ".v1." not in path, path.count("."), not path.endswith("Op"), path


def rows(folder: Path) -> dict[str, str]:
    """The components of the version in a folder."""
    path = os.pathsep.join([str(folder), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    program = (
        f"import json; from {__spec__.name} import components; print(json.dumps(components()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return dict(sorted(found.items(), key=lambda entry: (entry[1], entry[0])))


def table(folders: list[Path]) -> str:
    """The module with the components of the versions in these folders, the newest first."""
    versions = {folder.name: rows(folder) for folder in folders}
    lines = [
        '"""The components of google-cloud-pipeline-components by version and hash.',
        "",
        "Written by tests/contract/google_components.py. These are the versions that can be",
        "installed beside kfp 2.17.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        '__all__ = ["COMPONENTS", "NEWEST"]',
        "",
        f'NEWEST = "{next(iter(versions))}"',
        "#: Version → hash of a component → its path in the package.",
        "COMPONENTS = {",
    ]
    for version, found in versions.items():
        entries = [
            f'        "{key}": "{path.removeprefix(PACKAGE + ".")}",' for key, path in found.items()
        ]
        lines += [f'    "{version}": {{', *entries, "    },"]
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    print(table([Path(word) for word in sys.argv[1:]]), end="")
