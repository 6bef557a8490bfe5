"""A package is opened in memory, and gives its one pipeline or says why not."""

from __future__ import annotations

import gzip
import io
import random
import stat
import tarfile
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest

from translator.diagnostics import TranslationError
from translator.source import archives
from translator.source.archives import Member, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Packer = Callable[..., bytes]

PIPELINE = b"pipelineInfo: {name: hello}\n"
CONTENT = PIPELINE + random.Random(0).randbytes(400).hex().encode()


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return buffer.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    return compressed(plain_tar(*members))


def plain_tar(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def compressed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def problem(data: bytes) -> str:
    """What is said of a package that cannot be opened."""
    with pytest.raises(TranslationError) as caught:
        unpacked(data, "package")
    (finding,) = caught.value.diagnostics
    assert finding.rule.code == "TR112"
    assert str(finding.origin) == "package"
    return str(finding.facts["problem"])


each_packer = pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar.gz"])


@each_packer
@pytest.mark.parametrize("name", ["pipeline.yaml", "a/b/pipeline.yml", "Pipeline.JSON", "é ü.yaml"])
def test_the_one_pipeline_comes_out(pack: Packer, name: str) -> None:
    member = unpacked(pack((name, PIPELINE)), "dir/package")
    assert member == Member(PIPELINE, f"dir/package/{name}")


@pytest.mark.parametrize("file", ["p.zip", "p.tar.gz", "p.tgz", "p.yaml", "p"])
@each_packer
def test_a_package_is_told_by_its_content(pack: Packer, file: str) -> None:
    assert unpacked(pack(("pipeline.yaml", PIPELINE)), file).data == PIPELINE
    assert unpacked(PIPELINE, file) == Member(PIPELINE, file)


@pytest.mark.parametrize("data", [b"", b"P", b"PK", b"PK: 1", b"\x1f", b"{}", b"\xff\xfe{\0}\0"])
def test_what_is_no_package_comes_back(data: bytes) -> None:
    assert unpacked(data, "file") == Member(data, "file")


@each_packer
def test_other_files_do_not_count(pack: Packer) -> None:
    data = pack(
        ("README.md", b"read me"), ("a/", b""), ("p.yaml", PIPELINE), ("p.yaml.bak", b"old: 1")
    )
    assert unpacked(data, "package").file == "package/p.yaml"


@each_packer
def test_what_macos_adds_does_not_count(pack: Packer) -> None:
    data = pack(
        ("p.yaml", PIPELINE), ("__MACOSX/._p.yaml", b"\0"), ("__MACOSX/p.yaml", b"\0"),
        ("._p.yaml", b"\0"), ("a/._q.yaml", b"\0"),
    )  # fmt: skip
    assert unpacked(data, "package") == Member(PIPELINE, "package/p.yaml")


@each_packer
@pytest.mark.parametrize(
    "names", [(), ("README.md",), ("__MACOSX/._p.yaml",), ("p.yaml/q.txt",)], ids=" ".join
)
def test_a_package_without_a_pipeline_is_refused(pack: Packer, names: tuple[str, ...]) -> None:
    data = pack(*((name, PIPELINE) for name in names))
    assert problem(data) == "it contains no YAML or JSON files instead of one"


@each_packer
@pytest.mark.parametrize(
    "names", [("a.yaml", "b.json"), ("a/p.yaml", "b/p.yaml"), ("p.yaml", "p.yaml")], ids=" ".join
)
def test_a_package_with_several_is_refused(pack: Packer, names: tuple[str, ...]) -> None:
    data = pack(*((name, PIPELINE) for name in names))
    assert problem(data) == "it contains 2 YAML or JSON files instead of one"


def test_no_more_than_the_limit_is_unpacked_from_a_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    assert len(unpacked(zipped(("p.yaml", b"#" * 1000)), "package").data) == 1000
    for size in (1001, 100_000):
        assert problem(zipped(("p.yaml", b"#" * size))) == "p.yaml has more than 1,000 bytes"


def test_no_more_than_the_limit_is_unpacked_from_a_tar(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tarred(("p.yaml", PIPELINE), ("other", b"\0" * 20_000))
    size = len(gzip.decompress(data))
    monkeypatch.setattr(archives, "MAX_BYTES", size)
    assert unpacked(data, "package").data == PIPELINE
    monkeypatch.setattr(archives, "MAX_BYTES", size - 1)
    assert problem(data) == f"the archive has more than {size - 1:,} bytes"


def test_a_zip_that_claims_less_than_it_has_is_refused() -> None:
    assert "CRC" in problem(claiming(5, zipped(("p.yaml", CONTENT))))


def test_a_zip_that_claims_more_than_it_has_gives_what_it_has() -> None:
    assert unpacked(claiming(2**31, zipped(("p.yaml", CONTENT))), "package").data == CONTENT


def test_a_tar_that_claims_more_than_it_has_is_refused() -> None:
    info = tarfile.TarInfo("p.yaml")
    info.size = 2**33
    assert "end of data" in problem(compressed(info.tobuf() + PIPELINE.ljust(512, b"\0")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_a_tar_do_not_count(kind: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_bytes(b"secret: 1\n")
    link = tarfile.TarInfo("link.yaml")
    link.type, link.linkname = kind, str(secret)
    assert "no YAML" in problem(compressed(link.tobuf()))
    data = compressed(link.tobuf() + plain_tar(("p.yaml", PIPELINE)))
    assert unpacked(data, "package") == Member(PIPELINE, "package/p.yaml")


def test_a_link_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_bytes(b"secret: 1\n")
    link = zipfile.ZipInfo("link.yaml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, str(secret))
    assert unpacked(buffer.getvalue(), "package").data == str(secret).encode()


@each_packer
@pytest.mark.parametrize("name", ["../p.yaml", "/p.yaml", "a/../../p.yaml"])
def test_nothing_is_written(
    pack: Packer, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "a" / "b"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert unpacked(pack((name, PIPELINE)), "package").data == PIPELINE
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "a", work]


def test_an_encrypted_zip_is_refused() -> None:
    data = zipped(("p.yaml", PIPELINE))
    directory = data.index(b"PK\x01\x02")
    flagged = bytearray(data)
    flagged[6] |= 1
    flagged[directory + 8] |= 1
    assert "encrypted" in problem(bytes(flagged))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x03\x04 and more",
        b"\x1f\x8b",
        b"\x1f\x8b and more",
        compressed(b""),
        compressed(PIPELINE),
        compressed(b"\xff" * 1024),
    ],
    ids=["zip", "zip+", "gzip", "gzip+", "gzip of nothing", "gzip of a file", "gzip of no tar"],
)
def test_what_only_begins_like_a_package_is_refused(data: bytes) -> None:
    assert problem(data)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize(
    "data",
    [
        zipped(("p.yaml", CONTENT)),
        zipped(("p.yaml", CONTENT), method=zipfile.ZIP_STORED),
        zipped(("p.yaml", CONTENT), method=zipfile.ZIP_BZIP2),
        zipped(("p.yaml", CONTENT), method=zipfile.ZIP_LZMA),
        tarred(("p.yaml", CONTENT)),
    ],
    ids=["deflated", "stored", "bzip2", "lzma", "tar.gz"],
)
def test_damage_is_told_and_never_gives_other_content(data: bytes, seed: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(data[: chance.randrange(5, len(data))] if seed % 3 == 0 else data)
    for _ in range(chance.randint(1, 3)):
        damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
    try:
        content = unpacked(bytes(damaged), "package").data
    except TranslationError as error:
        assert [finding.rule.code for finding in error.diagnostics] == ["TR112"]
    else:
        assert content == CONTENT


def claiming(size: int, data: bytes) -> bytes:
    """The zip file, whose directory gives its one member another size."""
    place = data.index(b"PK\x01\x02") + 24
    return data[:place] + size.to_bytes(4, "little") + data[place + 4 :]
