"""The keys and values of config maps, from files and folders."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from translator.config_map_files import read

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: defaults, resourceVersion: '1'}\n"


def manifest(tmp_path: Path, text: str, name: str = "c.yaml") -> str:
    (tmp_path / name).write_text(text, "utf-8")
    return str(tmp_path / name)


class TestManifests:
    def test_text(self, tmp_path: Path) -> None:
        data = 'data:\n  language: en\n  "1": "2"\n  app.conf: |\n    a=$(b)\n    c\n  e: ""\n'
        assert read(manifest(tmp_path, HEAD + data)) == {
            "language": "en",
            "1": "2",
            "app.conf": "a=$(b)\nc\n",
            "e": "",
        }

    def test_json(self, tmp_path: Path) -> None:
        text = '{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b\\n"}}'
        assert read(manifest(tmp_path, text, "c.json")) == {"a": "b\n"}

    def test_bytes(self, tmp_path: Path) -> None:
        data = bytes(range(256))
        text = f"binaryData:\n  x: {base64.b64encode(data).decode()}\n  y: aGk=\n"
        values = read(Path(manifest(tmp_path, HEAD + text)))
        assert values["x"].encode("utf-8", "surrogateescape") == data and values["y"] == "hi"

    @pytest.mark.parametrize("text", [HEAD, HEAD + "data:\n", HEAD + "data: {}\n"])
    def test_no_keys(self, tmp_path: Path, text: str) -> None:
        assert read(manifest(tmp_path, text)) == {}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "could not be read: the file is empty"),
            ("kind: Secret\n", "is no manifest of one `ConfigMap`, and no folder"),
            ("just text", "is no manifest of one `ConfigMap`"),
            (f"{HEAD}---\n{HEAD}", "is no manifest of one `ConfigMap`"),
            ("a: [", "could not be read: "),
            (HEAD + "data: {a: b, a: c}\n", "could not be read: "),
            (HEAD + "data: [a]\n", "`data` in `"),
            (HEAD + "data: {a: 1}\n", "is no text; put it in quotes"),
            (HEAD + "data: {a: {b: c}}\n", "is no text"),
            (HEAD + "data: {../x: c}\n", "has the invalid key `../x`"),
            (HEAD + "data: {..x: c}\n", "has the invalid key"),
            (HEAD + "binaryData: {a: '*'}\n", "is not in base64"),
            (HEAD + "binaryData: {a: 'aGk'}\n", "is not in base64"),
            (HEAD + f"data: {{a: {'x' * 2**20}}}\n", "a config map has at most 1,048,576"),
            (HEAD + f"data: {{a: {'x' * 2**22}}}\n", "is larger than any config map"),
        ],
    )
    def test_what_is_none(self, tmp_path: Path, text: str, problem: str) -> None:
        with pytest.raises(ValueError, match="`") as raised:
            read(manifest(tmp_path, text))
        assert problem in str(raised.value) and "\n" not in str(raised.value)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(OSError):
            read(tmp_path / "c.yaml")


class TestFolders:
    def test_a_file_for_each_key(self, tmp_path: Path) -> None:
        (tmp_path / "app.conf").write_bytes(b"a=\xff\n")
        (tmp_path / "b").write_bytes(b"")
        (tmp_path / "no key").write_bytes(b"x")
        (tmp_path / "folder").mkdir()
        (tmp_path / "link").symlink_to("/etc/hostname")
        assert read(tmp_path) == {"app.conf": os.fsdecode(b"a=\xff\n"), "b": ""}

    def test_without_files(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="has no files with names of keys"):
            read(str(tmp_path))

    def test_a_large_file(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"x" * (2**20 + 5))
        with pytest.raises(ValueError, match="a config map has at most"):
            read(tmp_path)
