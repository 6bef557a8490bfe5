"""The look-up of an image, against a registry on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from translator import registries
from translator.registries import Config, RegistryError, client, look_up
from translator.registries.credentials import Credentials, credentials
from translator.registries.references import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Registry(ThreadingHTTPServer):
    """A registry of a few images, whose login and faults a test chooses."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        #: Path below /v2/ → content type, content, and what the digest header says.
        self.content: dict[str, tuple[str, bytes, str | None]] = {}
        #: How the registry asks for a login: "", "basic" or "bearer".
        self.login = ""
        self.user = ("ada", "pa:ss wörd")
        self.refresh_token = "refresh-me"
        self.anonymous_is_enough = False
        #: Prefix of a path → where it redirects to.
        self.redirects: dict[str, str] = {}
        #: Path → what answers instead.
        self.special: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        #: Each request: method, path with query, Authorization.
        self.seen: list[tuple[str, str, str | None]] = []
        self.token_answer = b'{"token": "good-token"}'
        self.challenge = ""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def add(
        self,
        tag: str = "app/manifests/1",
        config: object = None,
        *,
        docker: bool = False,
        platform: tuple[str, str] = ("linux", "amd64"),
    ) -> str:
        """Adds an image, and gives the digest of its manifest."""
        blob = json.dumps(
            {"os": platform[0], "architecture": platform[1], "config": config}
        ).encode()
        repository = tag.partition("/manifests/")[0]
        self.content[f"{repository}/blobs/{digest_of(blob)}"] = (
            "application/octet-stream",
            blob,
            None,
        )
        descriptor = {
            "mediaType": DOCKER_CONFIG if docker else OCI_CONFIG,
            "digest": digest_of(blob),
            "size": len(blob),
        }
        kind = DOCKER_MANIFEST if docker else OCI_MANIFEST
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": descriptor, "layers": []}
        return self.put(tag, kind, json.dumps(manifest).encode())

    def put(self, tag: str, kind: str, content: bytes, promised: str = "") -> str:
        """Adds content by its tag and by its digest."""
        digest = digest_of(content)
        repository = tag.partition("/manifests/")[0]
        for path in (tag, f"{repository}/manifests/{digest}"):
            self.content[path] = (kind, content, promised or digest)
        return digest

    def index(self, entries: list[dict[str, object]], kind: str = OCI_INDEX) -> str:
        content = {"schemaVersion": 2, "mediaType": kind, "manifests": entries}
        return self.put("app/manifests/1", kind, json.dumps(content).encode())


class Handler(BaseHTTPRequestHandler):
    server: Registry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer("GET", b"")

    def do_POST(self) -> None:
        self.answer("POST", self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, method: str, body: bytes) -> None:
        registry, given = self.server, self.headers["Authorization"]
        registry.seen.append((method, self.path, given))
        path = urlsplit(self.path).path
        if special := registry.special.get(path):
            special(self)
            return
        for prefix, target in registry.redirects.items():
            if path.startswith(prefix):
                self.send(307, b"", {"Location": target + path})
                return
        if path == "/token":
            self.token(parse_qs(body.decode() or urlsplit(self.path).query), given)
        elif registry.login and not self.may(given):
            self.send(401, b"{}", {"WWW-Authenticate": registry.challenge or self.challenge()})
        elif found := registry.content.get(path.removeprefix("/v2/")):
            kind, content, promised = found
            headers = {"Content-Type": kind}
            if promised:
                headers["Docker-Content-Digest"] = promised
            self.send(200, content, headers)
        else:
            self.send(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')

    def challenge(self) -> str:
        if self.server.login == "basic":
            return 'Basic realm="a registry"'
        realm = f"http://{self.server.host}/token"
        return f'Bearer realm="{realm}",service="a \\"quoted\\", one",scope="repository:app:push"'

    def basic(self) -> str:
        pair = ":".join(self.server.user).encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def may(self, given: str | None) -> bool:
        return given == (self.basic() if self.server.login == "basic" else "Bearer good-token")

    def token(self, asked: dict[str, list[str]], given: str | None) -> None:
        assert asked["service"] == ['a "quoted", one']
        assert asked["scope"] == ["repository:app:pull"]
        known = given == self.basic() or asked.get("refresh_token") == [self.server.refresh_token]
        if known or (self.server.anonymous_is_enough and given is None):
            self.send(200, self.server.token_answer)
        else:
            self.send(401, b"{}")

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def started() -> Registry:
    server = Registry()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def registry() -> Iterator[Registry]:
    server = started()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def other() -> Iterator[Registry]:
    server = started()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def docker_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration of docker; a proxy that does not exist."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return folder


def configure(folder: Path, **settings: object) -> None:
    (folder / "config.json").write_text(json.dumps(settings))


def entry(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def refused(image: str) -> str:
    """The message of a look-up that fails: one sentence."""
    with pytest.raises(RegistryError) as caught:
        look_up(image)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert not message.endswith(".")
    return message


class TestReferences:
    @pytest.mark.parametrize(
        ("image", "full"),
        [
            ("python", "docker.io/library/python:latest"),
            ("python:3.9", "docker.io/library/python:3.9"),
            ("team/app", "docker.io/team/app:latest"),
            ("docker.io/python", "docker.io/library/python:latest"),
            ("index.docker.io/team/app:1", "docker.io/team/app:1"),
            ("gcr.io/p/app:v1.2-x_y", "gcr.io/p/app:v1.2-x_y"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/a/b/c__d--e.f:T", "localhost:5000/a/b/c__d--e.f:T"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
            ("Registry/app", "Registry/app:latest"),
            (f"gcr.io/p/app@sha256:{'a' * 64}", f"gcr.io/p/app@sha256:{'a' * 64}"),
            (f"app:1@sha512:{'0' * 128}", f"docker.io/library/app@sha512:{'0' * 128}"),
        ],
    )
    def test_parts(self, image: str, full: str) -> None:
        assert str(parsed(image)) == full

    def test_api_of_docker_hub(self) -> None:
        assert parsed("python").host == "registry-1.docker.io"
        assert parsed("localhost:5000/app").host == "localhost:5000"

    @pytest.mark.parametrize(
        "image",
        [
            *("", "/", "a/", "/a", "UPPER", "a b", "a:", "a@", "a@sha256:123", "a:-x", "a//b"),
            *("{{$.inputs.parameters['image']}}", "user:pw@host.com/app", "http://host.com/app"),
            *("host.com/../app", "host.com/a?b", "host.com/a#b", "host.com:/app", "host.com:x/a"),
            *("a:1\n", "host.com\n/app", "-host.com/app", "host..com/app", "host.com/a\x1b[0m"),
            *("a" * 300, f"{'a' * 64}.com/app", f"a:{'t' * 129}", "hôst.com/app", "a___b"),
        ],
    )
    def test_not_a_reference(self, image: str) -> None:
        assert "is not the reference of an image" in refused(image)

    def test_long_text_takes_no_time(self) -> None:
        begin = time.monotonic()
        for image in ("a-" * 100_000, "a" * 100_000 + "!", "a." * 50_000 + "/a", "a/" * 50_000):
            refused(image)
        assert time.monotonic() - begin < 5


class TestLookUp:
    @pytest.mark.parametrize("docker", [False, True])
    def test_image_of_one_platform(self, registry: Registry, docker: bool) -> None:
        config = {"Entrypoint": ["python", "-u"], "Cmd": ["a b", "é"]}
        digest = registry.add(config=config, docker=docker)
        found = look_up(f"{registry.host}/app:1")
        assert found == Config(("python", "-u"), ("a b", "é"), digest)
        assert look_up(f"{registry.host}/app@{digest}") == found

    @pytest.mark.parametrize(
        ("config", "entrypoint", "cmd"),
        [
            (None, (), ()),
            ({}, (), ()),
            ({"Entrypoint": None, "Cmd": []}, (), ()),
            ({"Entrypoint": "one word", "Cmd": None}, ("one word",), ()),
        ],
    )
    def test_without_a_program(
        self, registry: Registry, config: object, entrypoint: tuple[str], cmd: tuple[str]
    ) -> None:
        registry.add(config=config)
        assert look_up(f"{registry.host}/app:1")[:2] == (entrypoint, cmd)

    @pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
    def test_index_of_platforms(self, registry: Registry, kind: str) -> None:
        """The digest is the one of the index: that of the reference, and of `docker pull`."""
        arm = registry.add("app/manifests/a", {"Cmd": ["arm"]}, platform=("linux", "arm64"))
        amd = registry.add("app/manifests/b", {"Cmd": ["amd"]})
        windows = {"digest": amd, "platform": {"os": "windows", "architecture": "amd64"}}
        attestation = {"digest": arm, "platform": {"os": "unknown", "architecture": "unknown"}}
        linux_arm = {"digest": arm, "platform": {"os": "linux", "architecture": "arm64"}}
        linux_amd = {"digest": amd, "platform": {"os": "linux", "architecture": "amd64"}}
        hostile: dict[str, object] = {"platform": ["linux"]}
        entries = [attestation, hostile, windows, linux_arm, linux_amd]
        digest = registry.index(entries, kind)
        assert look_up(f"{registry.host}/app:1") == Config((), ("amd",), digest)
        assert digest != amd

    def test_index_in_an_index(self, registry: Registry) -> None:
        platform = {"os": "linux", "architecture": "amd64"}
        image = registry.add("app/manifests/a", {"Cmd": ["deep"]})
        inner = registry.index([{"digest": image, "platform": platform}])
        registry.index([{"digest": inner, "platform": platform}])
        assert look_up(f"{registry.host}/app:1").cmd == ("deep",)

    def test_layers_are_not_read(self, registry: Registry) -> None:
        registry.add(config={"Cmd": ["x"]})
        look_up(f"{registry.host}/app:1")
        assert [path.split("/")[3] for _, path, _ in registry.seen] == ["manifests", "blobs"]

    def test_nothing_is_loaded_before(self) -> None:
        code = (
            "import sys, translator.cli.convert, translator.cli.check, translator.api\n"
            "assert not [m for m in sys.modules if m.startswith('translator.registries')]"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


class TestRefusals:
    def test_not_found(self, registry: Registry) -> None:
        message = refused(f"{registry.host}/app:2")
        assert message == f"image `{registry.host}/app:2` is not found in its registry"

    def test_blob_not_found(self, registry: Registry) -> None:
        registry.add()
        for path in [path for path in registry.content if "/blobs/" in path]:
            del registry.content[path]
        assert "configuration of image" in refused(f"{registry.host}/app:1")

    def test_other_platform(self, registry: Registry) -> None:
        registry.add(platform=("linux", "arm64"))
        assert "no version for platform linux/amd64" in refused(f"{registry.host}/app:1")
        registry.index([{"digest": "x", "platform": {"os": "linux", "architecture": "s390x"}}])
        assert "no version for platform linux/amd64" in refused(f"{registry.host}/app:1")

    def test_unreachable(self) -> None:
        with socket.socket() as bound:  # the port of no server
            bound.bind(("127.0.0.1", 0))
            message = refused(f"127.0.0.1:{bound.getsockname()[1]}/app:1")
        assert message == "127.0.0.1 cannot be reached: Connection refused"

    def test_host_does_not_exist(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("no_proxy", "*")
        assert "registry.invalid cannot be reached" in refused("registry.invalid/app")

    @pytest.mark.parametrize("kind", ["tag", "digest", "blob", "platform"])
    def test_wrong_digest(self, registry: Registry, kind: str) -> None:
        digest = registry.add(config={"Cmd": ["x"]})
        image = f"{registry.host}/app:1"
        if kind == "platform":
            platform = {"os": "linux", "architecture": "amd64"}
            registry.index([{"digest": digest, "platform": platform}])
        for path, (media, content, promised) in list(registry.content.items()):
            if kind == "blob" and "/blobs/" in path:
                registry.content[path] = (media, content + b" ", promised)
            elif kind == "tag" and path.endswith("/1"):
                registry.content[path] = (media, content, "sha256:" + "0" * 64)
            elif kind in ("digest", "platform") and path.endswith(digest):
                registry.content[path] = (media, content + b" ", digest_of(content + b" "))
        if kind == "digest":
            image = f"{registry.host}/app@{digest}"
        assert "does not match its digest" in refused(image)

    @pytest.mark.parametrize(
        "header", ["md5:" + "0" * 32, "sha256:short", "nonsense", "sha256:" + "A" * 64]
    )
    def test_malformed_digest_header(self, registry: Registry, header: str) -> None:
        registry.add()
        media, content, _ = registry.content["app/manifests/1"]
        registry.content["app/manifests/1"] = (media, content, header)
        assert "does not match its digest" in refused(f"{registry.host}/app:1")

    @pytest.mark.parametrize(
        "content",
        [
            *(
                b"",
                b"[]",
                b"null",
                b"{",
                b"\xff\xfe",
                b"[" * 200_000,
                b'{"a": ' + b"9" * 5000 + b"}",
            ),
            b"{}",
            b'{"mediaType": ["x"]}',
            b'{"config": {}}',
            b'{"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}',
            json.dumps({"config": {"mediaType": OCI_CONFIG, "digest": "../../x"}}).encode(),
            json.dumps({"config": {"mediaType": OCI_CONFIG, "digest": ["x"]}}).encode(),
            json.dumps({"config": {"mediaType": "helm", "digest": f"sha256:{'0' * 64}"}}).encode(),
            json.dumps({"mediaType": OCI_INDEX, "config": {}}).encode(),
            json.dumps({"mediaType": OCI_MANIFEST, "manifests": []}).encode(),
            json.dumps({"mediaType": "application/vnd.docker.distribution.manifest.v1"}).encode(),
        ],
    )
    def test_hostile_manifest(self, registry: Registry, content: bytes) -> None:
        registry.put("app/manifests/1", OCI_MANIFEST, content)
        assert registry.host in refused(f"{registry.host}/app:1")

    @pytest.mark.parametrize(
        "entries",
        [
            {"a": 1},
            [],
            [None, 1, "x"],
            [{"platform": {"os": "linux", "architecture": "amd64"}}],
            [{"platform": {"os": "linux", "architecture": "amd64"}, "digest": "../../x"}],
        ],
    )
    def test_hostile_index(self, registry: Registry, entries: list[dict[str, object]]) -> None:
        registry.index(entries)
        assert registry.host in refused(f"{registry.host}/app:1")
        assert len(registry.seen) == 1

    @pytest.mark.parametrize(
        "words", [5, True, {"a": 1}, [1], [None], [["x"]], ["a\0b"], ["\ud800"], "x\0"]
    )
    def test_hostile_command(self, registry: Registry, words: object) -> None:
        registry.add(config={"Entrypoint": words})
        assert "command of image" in refused(f"{registry.host}/app:1")

    def test_large_answer(self, registry: Registry) -> None:
        registry.put("app/manifests/1", OCI_MANIFEST, b" " * ((4 << 20) + 1))
        assert "more than 4194304 bytes" in refused(f"{registry.host}/app:1")

    def test_answer_without_an_end(self, registry: Registry) -> None:
        def endless(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            try:
                while True:
                    handler.wfile.write(b" " * (1 << 20))
            except OSError:
                handler.close_connection = True

        registry.special["/v2/app/manifests/1"] = endless
        assert "more than 4194304 bytes" in refused(f"{registry.host}/app:1")

    def test_silent_server(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "_SECONDS", 0.2)
        registry.special["/v2/app/manifests/1"] = lambda _: time.sleep(1)
        message = refused(f"{registry.host}/app:1")
        assert message == "127.0.0.1 cannot be reached: no answer within 0.2 seconds"

    @pytest.mark.parametrize("part", ["head", "body"])
    def test_slow_server(
        self, registry: Registry, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        """A byte now and then, so that no time limit of the socket is met."""

        def slow(handler: BaseHTTPRequestHandler) -> None:
            if part == "body":
                handler.send_response(200)
                handler.send_header("Content-Length", "1000")
                handler.end_headers()
            for _ in range(60):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)

        monkeypatch.setattr(registries, "_SECONDS", 0.5)
        registry.special["/v2/app/manifests/1"] = slow
        begin = time.monotonic()
        assert "takes more than 0.5 seconds" in refused(f"{registry.host}/app:1")
        assert time.monotonic() - begin < 2

    def test_not_http(self, registry: Registry) -> None:
        def garbage(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"\x1b[31mSSH-2.0-evil\r\n\r\n")
            handler.close_connection = True

        registry.special["/v2/app/manifests/1"] = garbage
        message = refused(f"{registry.host}/app:1")
        assert message == "127.0.0.1 cannot be reached: its answer is not HTTP"

    @pytest.mark.parametrize("status", [204, 400, 429, 500, 503])
    def test_other_status(self, registry: Registry, status: int) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            assert isinstance(handler, Handler)
            handler.send(status, b"")

        registry.special["/v2/app/manifests/1"] = answer
        assert f"answers with status {status}" in refused(f"{registry.host}/app:1")


class TestLogin:
    def test_basic(self, registry: Registry, docker_folder: Path) -> None:
        registry.login = "basic"
        registry.add(config={"Cmd": ["x"]})
        image = f"{registry.host}/app:1"
        assert "unauthorized" in refused(image)
        configure(docker_folder, auths={registry.host: entry(*registry.user)})
        assert look_up(image).cmd == ("x",)
        configure(docker_folder, auths={registry.host: entry("ada", "wrong")})
        message = refused(image)
        assert f"docker login {registry.host}" in message
        assert "wrong" not in message

    def test_token(self, registry: Registry, docker_folder: Path) -> None:
        registry.login = "bearer"
        registry.add(config={"Cmd": ["x"]})
        image = f"{registry.host}/app:1"
        assert "unauthorized" in refused(image)
        configure(docker_folder, auths={f"https://{registry.host}/v1/": entry(*registry.user)})
        registry.seen.clear()
        assert look_up(image).cmd == ("x",)
        asked = [urlsplit(path).path.split("/")[-2:] for _, path, _ in registry.seen]
        assert [one[0] for one in asked] == ["manifests", "", "manifests", "blobs"]
        assert registry.seen[0][2] is None

    def test_anonymous_token(self, registry: Registry) -> None:
        registry.login, registry.anonymous_is_enough = "bearer", True
        registry.token_answer = b'{"access_token": "good-token"}'
        registry.add(config={"Cmd": ["x"]})
        assert look_up(f"{registry.host}/app:1").cmd == ("x",)

    @pytest.mark.parametrize("token", ["refresh-me", "old"])
    def test_identity_token(self, registry: Registry, docker_folder: Path, token: str) -> None:
        registry.login = "bearer"
        registry.add(config={"Cmd": ["x"]})
        configure(docker_folder, auths={registry.host: {"identitytoken": token}})
        if token == "old":
            assert "unauthorized" in refused(f"{registry.host}/app:1")
            return
        assert look_up(f"{registry.host}/app:1").cmd == ("x",)
        method, path, given = registry.seen[1]
        assert (method, path, given) == ("POST", "/token", None)

    def test_second_refusal_is_final(self, registry: Registry) -> None:
        registry.login, registry.anonymous_is_enough = "bearer", True
        registry.token_answer = b'{"token": "bad-token"}'
        assert "unauthorized" in refused(f"{registry.host}/app:1")
        assert len(registry.seen) == 3

    @pytest.mark.parametrize(
        "answer",
        [
            *(b"", b"[]", b"{}", b'{"token": 5}', b'{"token": ""}', b"[" * 60_000, b"\xff"),
            *(b'{"token": "a\\r\\nX-Evil: 1"}', b'{"token": "a b"}', b'{"token": "\\u00e9"}'),
        ],
    )
    def test_hostile_token(self, registry: Registry, answer: bytes) -> None:
        registry.login, registry.anonymous_is_enough = "bearer", True
        registry.token_answer = answer
        assert "gives no token" in refused(f"{registry.host}/app:1")

    @pytest.mark.parametrize(
        "challenge",
        [
            *("Bearer", "Bearer realm", 'Bearer realm=""', "Bearer service=x", "Bearer realm=x"),
            *('Bearer realm="http://example.com/token"', 'Bearer realm="file:///etc/passwd"'),
            *('Bearer realm="ftp://127.0.0.1/x"', 'Bearer realm="https://u:p@127.0.0.1/x"'),
            *('Bearer realm="https://[/"', 'Bearer realm="http://127.0.0.1:99999/"'),
            'Bearer realm="http://example.com#@127.0.0.1/"',
        ],
    )
    def test_hostile_realm(self, registry: Registry, docker_folder: Path, challenge: str) -> None:
        registry.login, registry.challenge = "bearer", challenge
        configure(docker_folder, auths={registry.host: entry(*registry.user)})
        assert "not HTTPS" in refused(f"{registry.host}/app:1")
        assert len(registry.seen) == 1

    @pytest.mark.parametrize("challenge", ["", "Digest x=y", "x" * 50_000, 'Negotiate, NTLM a="b"'])
    def test_unknown_challenge(self, registry: Registry, challenge: str) -> None:
        registry.login, registry.challenge = "basic", challenge or "?"
        assert "unauthorized" in refused(f"{registry.host}/app:1")

    def test_several_challenges(self, registry: Registry, docker_folder: Path) -> None:
        registry.login = "bearer"
        registry.anonymous_is_enough = True
        service = r"a \"quoted\", one"
        registry.challenge = (
            f'Basic realm="x", bearer realm="http://{registry.host}/token", service="{service}"'
            ', Digest realm="http://example.com/"'
        )
        registry.add(config={"Cmd": ["x"]})
        assert look_up(f"{registry.host}/app:1").cmd == ("x",)


class TestRedirects:
    def test_credentials_stay_with_the_host(
        self, registry: Registry, other: Registry, docker_folder: Path
    ) -> None:
        registry.login = "basic"
        registry.add(config={"Cmd": ["x"]})
        other.content = registry.content
        registry.redirects["/v2/app/blobs/"] = f"http://{other.host}"
        configure(docker_folder, auths={registry.host: entry(*registry.user)})
        assert look_up(f"{registry.host}/app:1").cmd == ("x",)
        assert registry.seen[-1][2] is not None
        assert [given for _, _, given in other.seen] == [None]

    def test_credentials_are_not_sent_again_on_the_way_back(
        self, registry: Registry, other: Registry, docker_folder: Path
    ) -> None:
        registry.login = "basic"
        registry.add()
        registry.redirects["/v2/app/blobs/"] = f"http://{other.host}/x"
        other.redirects["/x"] = f"http://{registry.host}/back"
        configure(docker_folder, auths={registry.host: entry(*registry.user)})
        refused(f"{registry.host}/app:1")
        assert registry.seen[-1][1].startswith("/back")
        assert registry.seen[-1][2] is None

    def test_on_one_host(self, registry: Registry, docker_folder: Path) -> None:
        registry.login = "basic"
        registry.add(config={"Cmd": ["x"]})
        for path in [path for path in registry.content if "/blobs/" in path]:
            registry.content[f"moved/v2/{path}"] = registry.content.pop(path)
        registry.redirects["/v2/app/blobs/"] = "/v2/moved"
        configure(docker_folder, auths={registry.host: entry(*registry.user)})
        assert look_up(f"{registry.host}/app:1").cmd == ("x",)

    @pytest.mark.parametrize(
        "target", ["http://example.com", "file://", "gopher://127.0.0.1", "http://[", "//", "http:"]
    )
    def test_hostile_target(self, registry: Registry, target: str) -> None:
        registry.redirects["/v2/app/manifests/"] = target
        message = refused(f"{registry.host}/app:1")
        assert "not HTTPS" in message or "redirects too often" in message

    def test_without_an_end(self, registry: Registry) -> None:
        registry.redirects["/"] = ""
        assert "redirects too often" in refused(f"{registry.host}/app:1")
        assert len(registry.seen) == 6


class TestRemote:
    """A registry that is not on this machine, with answers in place of the network."""

    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        sent: list[str] = []
        challenge = {"WWW-Authenticate": 'Bearer realm="http://localhost:80/token"'}

        def exchange(_: object, url: str, *__: object) -> client.Answer:
            from email.message import Message

            sent.append(url)
            headers = Message()
            if "redirected" in url:
                headers["Location"] = "http://127.0.0.1/"
                return client.Answer(302, headers, b"")
            for name, value in challenge.items():
                headers[name] = value
            return client.Answer(401, headers, b"")

        monkeypatch.setattr(client.Client, "_exchange", exchange)
        return sent

    def test_is_asked_by_https_alone(self, sent: list[str]) -> None:
        assert "not HTTPS" in refused("ghcr.io/app")
        assert sent == ["https://ghcr.io/v2/app/manifests/latest"]

    def test_cannot_send_us_to_this_machine(self, sent: list[str]) -> None:
        assert "not HTTPS" in refused("ghcr.io/redirected")
        assert sent == ["https://ghcr.io/v2/redirected/manifests/latest"]

    @pytest.mark.parametrize("host", ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1"])
    def test_only_loopback_is_local(self, sent: list[str], host: str) -> None:
        refused(f"{host}/app")
        assert sent[0].startswith("https://")

    def test_docker_hub(self, sent: list[str]) -> None:
        refused("python:3.9")
        assert sent == ["https://registry-1.docker.io/v2/library/python/manifests/3.9"]


HELPER = """#!/bin/sh
printf '%s ' "$@" >> {log}
read server || :
echo "$server" >> {log}
case $server in
  known.io) echo '{{"ServerURL": "known.io", "Username": "ada", "Secret": "s3cret"}}' ;;
  token.io) echo '{{"Username": "<token>", "Secret": "refresh"}}' ;;
  junk.io) echo junk ;;
  list.io) echo '["a"]' ;;
  broken.io) echo boom >&2; exit 2 ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""


class TestCredentials:
    @pytest.fixture
    def log(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """What the helper `docker-credential-test` was asked."""
        folder = tmp_path / "bin"
        folder.mkdir()
        program, log = folder / "docker-credential-test", tmp_path / "log"
        program.write_text(HELPER.format(log=log))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return log

    @pytest.mark.parametrize(
        ("key", "registry"),
        [
            ("ghcr.io", "ghcr.io"),
            ("https://ghcr.io", "ghcr.io"),
            ("https://ghcr.io/v2/", "ghcr.io"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("docker.io", "docker.io"),
            ("localhost:5000", "localhost:5000"),
        ],
    )
    def test_auths(self, docker_folder: Path, key: str, registry: str) -> None:
        configure(docker_folder, auths={"a.io": entry("x", "y"), key: entry("ada", "a:b")})
        assert credentials(registry) == Credentials("ada", "a:b")
        assert credentials("other.io") is None
        assert credentials(f"sub.{registry}") is None

    def test_plain_user(self, docker_folder: Path) -> None:
        configure(docker_folder, auths={"a.io": {"username": "ada", "password": "x"}})
        assert credentials("a.io") == Credentials("ada", "x")

    def test_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker_folder: Path
    ) -> None:
        monkeypatch.delenv("DOCKER_CONFIG")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        docker_folder.rename(tmp_path / ".docker")
        assert credentials("a.io") is None
        configure(tmp_path / ".docker", auths={"a.io": entry("ada", "x")})
        assert credentials("a.io") == Credentials("ada", "x")

    @pytest.mark.parametrize(
        "settings",
        [{"credsStore": "test"}, {"credHelpers": {"known.io": "test"}, "credsStore": "missing"}],
    )
    def test_helper(self, docker_folder: Path, log: Path, settings: dict[str, object]) -> None:
        configure(docker_folder, auths={"known.io": {}}, **settings)
        assert credentials("known.io") == Credentials("ada", "s3cret")
        assert log.read_text() == "get known.io\n"

    def test_helper_for_docker_hub(self, docker_folder: Path, log: Path) -> None:
        configure(docker_folder, credsStore="test")
        assert credentials("docker.io") is None
        assert log.read_text() == "get https://index.docker.io/v1/\n"

    def test_helper_with_a_token(self, docker_folder: Path, log: Path) -> None:
        configure(docker_folder, credsStore="test")
        assert credentials("token.io") == Credentials(identity_token="refresh")

    def test_helper_without_the_entry(self, docker_folder: Path, log: Path) -> None:
        configure(docker_folder, credsStore="test", auths={"a.io": entry("ada", "x")})
        assert credentials("a.io") == Credentials("ada", "x")

    @pytest.mark.parametrize("registry", ["junk.io", "list.io", "broken.io"])
    def test_helper_that_fails(self, docker_folder: Path, log: Path, registry: str) -> None:
        configure(docker_folder, credsStore="test")
        with pytest.raises(RegistryError, match=f"`docker-credential-test get` for {registry}"):
            credentials(registry)

    @pytest.mark.parametrize("name", ["../test", "a b", "-x", "a;b", "a/b", "$(x)", "a\nb", "/x"])
    def test_hostile_helper(self, docker_folder: Path, log: Path, name: str) -> None:
        configure(docker_folder, credsStore=name)
        with pytest.raises(RegistryError, match="malformed"):
            credentials("a.io")
        assert not log.exists()

    def test_helper_is_missing(self, docker_folder: Path) -> None:
        configure(docker_folder, credsStore="does-not-exist")
        with pytest.raises(RegistryError, match="is not installed"):
            credentials("a.io")

    @pytest.mark.parametrize("auth", ["!!!", "bm9jb2xvbg==", "/w==", "YTpiYw", "é"])
    def test_malformed_entry(self, docker_folder: Path, auth: str) -> None:
        configure(docker_folder, auths={"a.io": {"auth": auth}})
        with pytest.raises(RegistryError, match=r"entry of a\.io"):
            credentials("a.io")

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b" " * (2 << 20)]
    )
    def test_malformed_file(self, docker_folder: Path, content: bytes) -> None:
        (docker_folder / "config.json").write_bytes(content)
        with pytest.raises(RegistryError, match="is not a configuration of docker"):
            credentials("a.io")

    def test_file_cannot_be_read(self, docker_folder: Path) -> None:
        (docker_folder / "config.json").mkdir()
        with pytest.raises(RegistryError, match="cannot be read"):
            credentials("a.io")

    @pytest.mark.parametrize("value", [None, 5, [], "x", {"a.io": 5}, {"a.io": []}, {"a.io": {}}])
    def test_entries_of_other_kinds(self, docker_folder: Path, value: object) -> None:
        configure(docker_folder, auths=value, credHelpers=5, credsStore=["x"])
        assert credentials("a.io") is None

    def test_are_not_shown(self) -> None:
        assert "s3cret" not in repr(Credentials("ada", "s3cret"))
