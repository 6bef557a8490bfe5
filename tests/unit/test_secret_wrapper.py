"""The wrapper reads secrets in real shells, with Python or curl, and leaves nothing of them."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from tests.unit.images import FILE_PROGRAMS, PROGRAMS, Image, show, tree
from tests.unit.secret_manager import TOKEN, SecretManager, secret_manager
from translator.expansion import references
from translator.targets.vertex.passes.secret_wrapper import SCRIPT, Target, fetch_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

S = "projects/my-project/secrets/s/versions/1"
#: Values that a shell or curl reads as something else, if it gets to read them.
HOSTILE = {
    "newlines last": b"a\n\n",
    "newline only": b"\n",
    "no newline": b" a b ",
    "quotes": b'it\'s "so" \\ \\n %s %d \\c',
    "command": b"$(touch hacked) `touch hacked`; touch hacked & touch hacked | touch hacked",
    "variables": b"$0 $1 $@ ${HOME} ~ * $$ $(HOME)",
    "option": b"-n --help",
    "config of curl": b'"\nurl = "http://127.0.0.1:1/"\n',
    "json": b'{"data": "AAAA", "access_token": "x"}',
    "x last": b"ax",
    "odd": "ünï 😀 \u2028 \r\t\x01\x1b[31m".encode(),
    "not unicode": b"\xff\xc3x\xe2\x82",
    "large": b"0123456789" * 6_000 + b"\n",
    "every byte": bytes(range(1, 256)) * 200,
}


def wrapper(targets: Sequence[Target]) -> list[str]:
    return [str(word) for word in fetch_secrets(targets)]


@pytest.fixture(params=["dash", "bash", "busybox"])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["python3", "curl"])
def image(request: pytest.FixtureRequest, shell: str, tmp_path: Path) -> Image:
    return Image(tmp_path, shell, request.param)


@pytest.fixture
def server() -> Iterator[SecretManager]:
    with secret_manager() as made:
        yield made


class Watch:
    """Collects the arguments of all processes while it is open."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._done = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._done.is_set():
            for one in os.listdir("/proc"):
                if one.isdecimal():
                    with suppress(OSError):
                        self.seen.add(Path(f"/proc/{one}/cmdline").read_bytes())

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


class TestValues:
    def test_are_exact(self, image: Image, server: SecretManager) -> None:
        targets = []
        for number, value in enumerate(HOSTILE.values()):
            resource = f"projects/p/secrets/s{number}/versions/latest"
            server.secrets[resource] = value
            path = str(image.root / "a b" / "it's $(x)" / str(number))
            targets += [Target(resource, f"KEY_{number}"), Target(resource, path, 0o400)]
        names = [target.where for target in targets]
        status, out, err = image.run([*wrapper(targets), *show(*names)], server.env)
        assert (status, err) == (0, b"")
        values = out.split(b"\0")[:-1]
        assert values[::2] == values[1::2] == list(HOSTILE.values())
        assert tree(image.root) == {} and not image.left()
        assert len([path for path in server.asked if "computeMetadata" in path]) == 1

    def test_replace_a_variable_of_the_container(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"new"
        env = {**server.env, "API_KEY": "old"}
        assert image.run([*wrapper([Target(S, "API_KEY")]), *show("API_KEY")], env)[1] == b"new\0"

    def test_nul_in_a_variable(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"a\0b"
        status, out, err = image.run(
            [*wrapper([Target(S, "API_KEY")]), *show("API_KEY")], server.env
        )
        assert (status, out) == (1, b"")
        assert err.decode() == (
            f"fetch-secrets: {S} has a NUL byte, which environment variable API_KEY cannot have\n"
        )

    def test_nul_in_a_file(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"a\0b"
        path = str(image.root / "key")
        status, out, err = image.run([*wrapper([Target(S, path, 0o600)]), *show(path)], server.env)
        assert (status, out, err) == (0, b"a\0b\0", b"")

    def test_an_empty_value(self, image: Image, server: SecretManager) -> None:
        server.answers[S] = '{"name": "x", "payload": {}}'
        path = str(image.root / "key")
        targets = [Target(S, "API_KEY"), Target(S, path, 0o600)]
        status, out, err = image.run([*wrapper(targets), *show("API_KEY", path)], server.env)
        assert (status, out, err) == (0, b"\0\0", b"")


class TestFiles:
    def test_have_the_mode(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"a"
        path = str(image.root / "key")
        code = "import os, sys; print(oct(os.stat(sys.argv[1]).st_mode))"
        program = [os.path.realpath(sys.executable), "-c", code, path]
        assert (
            image.run([*wrapper([Target(S, path, 0o440)]), *program], server.env)[1]
            == b"0o100440\n"
        )

    def test_hide_a_file_of_the_image(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        kept = image.root / "etc" / "app.conf"
        kept.parent.mkdir()
        kept.write_text("default")
        before = tree(image.root)
        targets = [Target(S, str(kept), 0o600), Target(S, str(kept.parent / "more"), 0o600)]
        status, out, err = image.run([*wrapper(targets), *show(str(kept))], server.env)
        assert (status, out, err) == (0, b"secret\0", b"")
        assert tree(image.root) == before

    def test_where_a_folder_is(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        path = image.root / "key"
        path.mkdir()
        status, out, err = image.run(
            [*wrapper([Target(S, str(path), 0o600)]), *show("A")], server.env
        )
        assert (status, out) == (1, b"") and str(path).encode() in err
        assert path.is_dir() and not image.left()

    def test_keep_what_the_program_writes_beside_them(
        self, image: Image, server: SecretManager
    ) -> None:
        server.secrets[S] = b"secret"
        path = image.root / "work" / "key"
        program = [str(image.bin / "sh"), "-c", 'echo done > "$1/result"', "x", str(path.parent)]
        assert image.run([*wrapper([Target(S, str(path), 0o600)]), *program], server.env)[0] == 0
        assert tree(image.root) == {"work": True, "work/result": b"done\n"}

    def test_no_dev_shm(self, image: Image, server: SecretManager, tmp_path: Path) -> None:
        real = shutil.which("mktemp")
        image.fake("mktemp", f'case $2 in /dev/shm/*) exit 1;; esac; exec {real} "$@"')
        (tmp_path / "tmp").mkdir()
        server.secrets[S] = b"secret"
        path = str(image.root / "key")
        code = (
            "import os, sys; print(os.path.realpath(sys.argv[1])); print(open(sys.argv[1]).read())"
        )
        program = [os.path.realpath(sys.executable), "-c", code, path]
        env = {**server.env, "TMPDIR": str(tmp_path / "tmp")}
        status, out, _ = image.run([*wrapper([Target(S, path, 0o600)]), *program], env)
        where, value = out.decode().splitlines()
        assert status == 0 and value == "secret" and where.startswith(str(tmp_path / "tmp"))
        assert tree(tmp_path / "tmp") == {} and tree(image.root) == {}


class TestNothingIsLeft:
    def test_in_arguments_files_and_output(self, image: Image, server: SecretManager) -> None:
        value = server.secrets[S] = b"hunter2-" * 5
        path = str(image.root / "secret" / "key")
        targets = [Target(S, "API_KEY"), Target(S, path, 0o400)]
        program = [
            str(image.bin / "sh"),
            "-c",
            '[ "$API_KEY" ] && [ -s "$1" ] && echo ok',
            "x",
            path,
        ]
        with Watch() as watch:
            status, out, err = image.run([*wrapper(targets), *program], server.env)
        assert (status, out, err) == (0, b"ok\n", b"")
        assert any(b"fetch-secrets" in words for words in watch.seen)  # it has looked
        for hidden in (value, b"hunter2", TOKEN.encode()):
            assert not [words for words in watch.seen if hidden in words]
        assert tree(image.root) == {} and image.made.exists() and not image.left()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_after_a_signal(
        self, image: Image, server: SecretManager, number: signal.Signals
    ) -> None:
        server.secrets[S] = b"secret"
        path = str(image.root / "secret" / "key")
        code = (
            "import os, signal, sys\n"
            "def stop(number, _):\n"
            "    os.write(1, b'%s %d\\n' % (open(sys.argv[1], 'rb').read(), number))\n"
            "    os._exit(7)\n"
            "for one in (signal.SIGTERM, signal.SIGHUP): signal.signal(one, stop)\n"
            "os.write(1, b'ready\\n')\n"
            "while True: signal.pause()\n"
        )
        program = [os.path.realpath(sys.executable), "-c", code, path]
        with image.start([*wrapper([Target(S, path, 0o400)]), *program], server.env) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        given = signal.SIGTERM if number is signal.SIGINT else number
        assert (process.returncode, out, err) == (7, b"secret %d\n" % given, b"")
        assert tree(image.root) == {} and not image.left()

    def test_after_a_signal_during_the_fetch(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        other = "projects/p/secrets/late/versions/1"
        server.errors[other] = (503, "busy")
        image.fake("sleep", f"echo waiting >&2; exec {shutil.which('sleep')} 0.3")
        targets = [Target(S, str(image.root / "a" / "key"), 0o400), Target(other, "B")]
        with image.start([*wrapper(targets), *["never"]], server.env) as process:
            assert process.stderr is not None and process.stderr.readline() == b"waiting\n"
            process.terminate()
            process.communicate(timeout=30)
        assert process.returncode == 143
        assert tree(image.root) == {} and not image.left()

    def test_after_an_error(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        targets = [Target(S, str(image.root / "a" / "key"), 0o400), Target(S[:-1] + "2", "B")]
        status, out, err = image.run([*wrapper(targets), *show("B")], server.env)
        assert (status, out) == (1, b"") and b"secret\n" not in err
        assert tree(image.root) == {} and not image.left()


class TestProgram:
    @pytest.mark.parametrize("with_file", [False, True])
    def test_has_its_input_arguments_and_status(
        self, image: Image, server: SecretManager, with_file: bool
    ) -> None:
        server.secrets[S] = b"secret"
        path = str(image.root / "key")
        targets = [Target(S, path, 0o400) if with_file else Target(S, "API_KEY")]
        script = 'read line; printf "%s|" "$line" "$@"; exit 42'
        words = ["--", "-x", "a b", "$(HOME)", "", "\n"]
        program = [str(image.bin / "sh"), "-c", script, "name", *words]
        status, out, err = image.run([*wrapper(targets), *program], server.env)
        assert (status, err) == (42, b"")
        assert out.decode() == "|".join(["input", *words, ""])

    @pytest.mark.parametrize("with_file", [False, True])
    def test_that_is_missing(self, image: Image, server: SecretManager, with_file: bool) -> None:
        server.secrets[S] = b"secret"
        targets = [Target(S, str(image.root / "key"), 0o400) if with_file else Target(S, "A")]
        status, _, err = image.run([*wrapper(targets), *["no-such-program"]], server.env)
        assert status == 127 and b"no-such-program" in err
        assert tree(image.root) == {}

    def test_has_no_variables_of_the_wrapper(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        code = "import os; print(sorted(os.environ))"
        program = [os.path.realpath(sys.executable), "-I", "-c", code]
        for where, mode in (("API_KEY", None), (str(image.root / "key"), 0o400)):
            out = image.run([*wrapper([Target(S, where, mode)]), *program], server.env)[1].decode()
            names = {"PATH", "LC_ALL", *server.env, *([where] if mode is None else [])}
            assert set(ast.literal_eval(out)) - {"PWD", "SHLVL", "OLDPWD", "_"} == names

    def test_is_exec_without_files(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"secret"
        code = "import os; print(os.getpid())"
        program = [os.path.realpath(sys.executable), "-c", code]
        with image.start([*wrapper([Target(S, "A")]), *program], server.env) as process:
            out, _ = process.communicate(timeout=30)
        assert int(out) == process.pid


class TestErrors:
    def test_permission(self, image: Image, server: SecretManager) -> None:
        said = (
            "Permission 'secretmanager.versions.access' denied for resource (or it may not exist)."
        )
        server.errors[S] = (403, said)
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"")
        assert err.decode() == (
            f"fetch-secrets: cannot read {S}: grant the account of the task "
            f"roles/secretmanager.secretAccessor on it (HTTP status: 403): {said}\n"
        )

    def test_missing_secret(self, image: Image, server: SecretManager) -> None:
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"")
        assert err.decode().startswith(
            f"fetch-secrets: cannot read {S}: the secret or its version does not exist (HTTP "
        )

    def test_optional_secret_that_is_missing(self, image: Image, server: SecretManager) -> None:
        path = str(image.root / "key")
        targets = [Target(S, "A", optional=True), Target(S, path, 0o600, optional=True)]
        status, out, err = image.run([*wrapper(targets), *show("A")], server.env)
        assert (status, out, err) == (0, b"(unset)\0", b"")
        assert tree(image.root) == {}

    def test_optional_secret_without_permission(self, image: Image, server: SecretManager) -> None:
        server.errors[S] = (403, "no")
        assert (
            image.run([*wrapper([Target(S, "A", optional=True)]), *show("A")], server.env)[0] == 1
        )

    def test_temporary_ones_are_retried(self, image: Image, server: SecretManager) -> None:
        server.secrets[S] = b"value"
        server.trouble = [429, 0, 503]
        server.trouble_with_secrets = [500, 0, 429, 504]
        status, out, _ = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (0, b"value\0")
        assert len(server.asked) == 4 + 5

    def test_retries_are_bounded(self, image: Image, server: SecretManager) -> None:
        server.errors[S] = (503, "The service is unavailable.")
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"")
        assert b"(HTTP status: 503): The service is unavailable.\n" in err
        assert len(server.asked) == 1 + 5

    def test_no_metadata_server(self, image: Image, server: SecretManager) -> None:
        env = {**server.env, "GCE_METADATA_HOST": "127.0.0.1:1"}
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], env)
        assert (status, out, server.asked) == (1, b"", [])
        assert err.decode().splitlines()[-1] == (
            f"fetch-secrets: cannot read {S}: no access token from the metadata server "
            "127.0.0.1:1 (HTTP status: no answer)"
        )

    @pytest.mark.parametrize("answer", ["", "{}", '{"access_token":"a\\"b"}', "busy"])
    def test_no_token(self, image: Image, server: SecretManager, answer: str) -> None:
        server.token_answer = answer
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"") and b"no access token" in err

    @pytest.mark.parametrize(
        "answer",
        ["", "{}", "<html>", '{"payload": {"data": "a\\u003d"}}', '{"payload": {"data": "'],
    )
    def test_an_unexpected_answer(self, image: Image, server: SecretManager, answer: str) -> None:
        server.answers[S] = answer
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"")
        assert f"cannot read {S}: Secret Manager did not return it" in err.decode()

    def test_a_redirect_is_not_followed(self, image: Image, server: SecretManager) -> None:
        server.trouble = [302]
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out) == (1, b"") and b"no access token" in err
        assert not [path for path in server.asked if "elsewhere" in path]

    def test_the_token_in_a_message_is_not_printed(
        self, image: Image, server: SecretManager
    ) -> None:
        server.errors[S] = (400, f"bad header Bearer {TOKEN}")
        _, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert TOKEN.encode() not in out + err and b"HTTP status: 400" in err

    @pytest.mark.parametrize("program", PROGRAMS)
    def test_a_program_that_the_image_lacks(
        self, shell: str, server: SecretManager, tmp_path: Path, program: str
    ) -> None:
        image = Image(tmp_path, shell, "curl")
        (image.bin / program).unlink()
        status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
        assert (status, out, server.asked) == (1, b"", [])
        assert err.decode() == f"fetch-secrets: cannot read {S}: the image has no {program}\n"

    @pytest.mark.parametrize("program", FILE_PROGRAMS)
    def test_a_program_that_files_need(
        self, shell: str, server: SecretManager, tmp_path: Path, program: str
    ) -> None:
        image = Image(tmp_path, shell, "curl")
        (image.bin / program).unlink()
        server.secrets[S] = b"secret"
        status, out, err = image.run(
            [*wrapper([Target(S, str(image.root / "k"), 0o600)]), *show("A")], server.env
        )
        assert (status, out) == (1, b"")
        assert err.decode() == f"fetch-secrets: cannot read {S}: the image has no {program}\n"


def test_no_client(shell: str, server: SecretManager, tmp_path: Path) -> None:
    image = Image(tmp_path, shell, "none")
    status, out, err = image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)
    assert (status, out) == (1, b"")
    assert err.decode() == (
        f"fetch-secrets: cannot read {S}: the image has neither python3 (3.4 or later) nor curl\n"
    )


def test_a_python_without_ssl_is_not_used(
    shell: str, server: SecretManager, tmp_path: Path
) -> None:
    image = Image(tmp_path, shell, "curl")
    image.fake("python3", "exit 1")
    server.secrets[S] = b"value"
    assert image.run([*wrapper([Target(S, "A")]), *show("A")], server.env)[1] == b"value\0"


def test_a_proxy_does_not_get_the_request_for_the_token(
    image: Image, server: SecretManager
) -> None:
    server.secrets[S] = b"value"
    proxies = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
    _, _, err = image.run([*wrapper([Target(S, "A")]), *show("A")], {**server.env, **proxies})
    # The stub is plain HTTP, so its secret is asked for through the proxy, which does not answer.
    assert [path for path in server.asked if "computeMetadata" in path]
    assert b"cannot read" in err and not [path for path in server.asked if "secrets" in path]


def test_variables_of_secrets_do_not_change_the_wrapper(
    image: Image, server: SecretManager
) -> None:
    server.secrets[S] = b"http://127.0.0.1:1"
    targets = [Target(S, name) for name in ("http_proxy", "PATH", "A")]
    env = {**server.env, "no_proxy": "", "NO_PROXY": ""}
    status, out, err = image.run([*wrapper(targets), *show("http_proxy", "PATH", "A")], env)
    assert (status, out, err) == (0, b"http://127.0.0.1:1\0" * 3, b"")


def test_a_shell_that_traces_prints_no_secret(image: Image, server: SecretManager) -> None:
    server.secrets[S] = b"hunter2"
    env = {**server.env, "SHELLOPTS": "braceexpand:hashall:xtrace"}
    targets = [Target(S, "A"), Target(S, str(image.root / "key"), 0o600)]
    _, out, err = image.run([*wrapper(targets), *show("A")], env)
    assert out == b"hunter2\0" and b"hunter2" not in err and TOKEN.encode() not in err


def test_the_script_survives_replacement_of_references() -> None:
    """A backend may replace ``$(NAME)``, ``$$`` and ``{{$…}}`` in arguments."""
    assert references(SCRIPT, ["HOME", "PATH", "A"]) == [] and "{{" not in SCRIPT
