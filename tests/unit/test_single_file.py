"""A program of several modules as one file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from translator.writers.single_file import merged

if TYPE_CHECKING:
    from pathlib import Path

MAIN = '''\
#!/usr/bin/env python3
"""What it does.

More of it.
"""

from runner import Thing, run

# A comment.
THINGS = [
    Thing("a"),
    Thing("b"),
]

if __name__ == "__main__":
    # Why so.
    run(THINGS)
'''
MODULES = {
    "things.py": '''\
"""Things.

They are small.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LIMIT = 1


class Thing:
    """One."""

    def __init__(self, name: str) -> None:
        self.name: Any = json.loads(f'"{name}"')
''',
    "runner.py": '''\
"""Runs things."""

from __future__ import annotations

import json
import sys
from pathlib import Path, PurePath

from things import (
    LIMIT,
    Thing,
)

__all__ = [
    "Thing",
    "run",
]


def run(things: list[Thing]) -> None:
    """Prints their names."""
    assert isinstance(Path(), PurePath)
    print(LIMIT, json.dumps([thing.name for thing in things]), file=sys.stdout)
''',
}


def run(folder: Path) -> str:
    """What the program prints."""
    done = subprocess.run(
        [sys.executable, str(folder / "main.py")], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_does_the_same(tmp_path: Path) -> None:
    for name, text in {"main.py": MAIN, **MODULES}.items():
        (tmp_path / name).write_text(text)
    several = run(tmp_path)
    for name in MODULES:
        (tmp_path / name).unlink()
    (tmp_path / "main.py").write_text(merged(MAIN, MODULES))
    assert run(tmp_path) == several == '1 ["a", "b"]\n'


def test_the_part_that_people_edit_comes_first() -> None:
    assert merged(MAIN, MODULES).startswith(
        '''\
#!/usr/bin/env python3
"""What it does.

More of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path, PurePath
from typing import Any


def main() -> None:
    # A comment.
    THINGS = [
        Thing("a"),
        Thing("b"),
    ]

    # Why so.
    run(THINGS)


# things.py
#
# Things.
#
# They are small.

LIMIT = 1


class Thing:
'''
    )


def test_the_call_comes_last() -> None:
    text = merged(MAIN, MODULES)
    assert text.endswith('\n\n\nif __name__ == "__main__":\n    main()\n')
    assert "__all__" not in text
    assert "from things" not in text


def test_a_program_that_does_not_end_with_a_call_is_not_merged() -> None:
    with pytest.raises(ValueError, match="does not end with a call"):
        merged(MAIN.partition("if __name__")[0], MODULES)
