"""The wrapper that reads secrets of Secret Manager before the program of a container starts.

The script is a constant: names, paths and resources are its arguments. It uses the REST API with
the account of the task: the token comes from the metadata server. It runs in the image of the
container, which needs a POSIX shell, the usual programs (coreutils or BusyBox), and ``python3`` or
``curl``; docs/secrets.md lists them, and what happens without them.

Values and token are never arguments of a process: ``printf`` is part of the shell, and curl and
Python read the header from their standard input. A variable is set in the shell; a file is in a
private folder in memory until the program ends, with a link at its path. So with files the program
is a child of the shell, which forwards signals to it and returns its exit status.

``GCE_METADATA_HOST`` and ``CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER``, variables of Google's
libraries and of gcloud, replace the two addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.placeholders import Text
from translator.records import NamedTuple
from translator.shell import shell
from translator.targets.vertex.features import FETCH_SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.model import Container

__all__ = ["NAME", "RESOURCE", "SCRIPT", "Target", "fetch_secrets", "fetched_secrets"]

#: A secret of Secret Manager, and a version of it: a number, ``latest`` or an alias.
RESOURCE = (
    r"projects/[a-z0-9][a-z0-9.:-]{0,62}/secrets/[A-Za-z0-9_-]{1,255}"
    r"(?:/versions/[A-Za-z0-9_-]{1,63})?"
)

#: ``$0`` of the script, the prefix of its messages.
NAME = FETCH_SECRETS

# Names of shell variables begin with `_` and a small letter, as no variable of a secret does. These
# are exported at the end, as one of them can be `https_proxy`. `set +x` is for `SHELLOPTS` of bash.
# The text contains neither `$$` nor `$(NAME)`, which a backend might replace.

#: A GET request. ``argv[1]`` URL; ``argv[2]``, if any: no proxy. The header is on standard input.
#: Prints the body, and the status on a line of its own: 000 without an answer.
_PYTHON = """\
import http.client, sys, urllib.error, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
direct = [urllib.request.ProxyHandler({})] if sys.argv[2:] else []
header = dict([sys.stdin.readline().rstrip().split(": ", 1)])
request = urllib.request.Request(sys.argv[1], headers=header)
body, status = b"", 0
try:
    with urllib.request.build_opener(Stay, *direct).open(request, timeout=30) as answer:
        body, status = answer.read(), answer.getcode()
except urllib.error.HTTPError as error:
    body, status = error.read(), error.code
except (OSError, http.client.HTTPException) as error:
    print("fetch-secrets:", error, file=sys.stderr)
sys.stdout.buffer.write(body + b"\\n%03d" % status)
"""

#: Arguments: three for each secret (resource, where it goes, ``env`` or ``file MODE``, with
#: ``optional`` before it), then ``--`` and the argv of the program.
SCRIPT = (
    f"""\
set +x
_python='{_PYTHON}'
"""
    + r"""
_line='
'
_fail() { printf 'fetch-secrets: %s\n' "$1" >&2; exit 1; }
_need() { command -v "$1" >/dev/null 2>&1 || _fail "cannot read $_secret: the image has no $1"; }
_get() {
  if [ "$_client" = curl ]; then
    printf 'header = "%s"\n' "$2" | curl -q -gsS ${3:+--noproxy '*'} --connect-timeout 10 \
      --max-time 30 -w '\n%{http_code}' -K - "$1"
  else
    printf '%s\n' "$2" | python3 -I -S -c "$_python" "$1" ${3:+direct}
  fi
}
_ask() {
  for _pause in 1 2 4 8 end; do
    _answer=$(_get "$@") || _answer=${_line}000
    _status=${_answer##*"$_line"} _body=${_answer%"$_line"*}
    case $_status in [1-9][0-9][0-9]) ;; *) _status=000;; esac
    case $_pause,$_status in
      end,*) break;;
      *,000|*,408|*,429|*,5??) sleep "$_pause";;
      *) break;;
    esac
  done
  [ "$_status" != 000 ] || _status='no answer'
}
_field() { printf '%s\n' "$_body" | sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p' | sed -n 1p; }
_refused() {
  _said=$(_field message)
  case $_said in *"$_token"*) _said=;; esac
  case $_status in
    403) _why='grant the account of the task roles/secretmanager.secretAccessor on it';;
    404) _why='the secret or its version does not exist';;
    *) _why='Secret Manager did not return it';;
  esac
  _fail "cannot read $_secret: $_why (HTTP status: $_status)${_said:+: $_said}"
}
_folder() {
  [ -d "$1" ] || { _folder "$(dirname "$1")" && mkdir "$1" && _made=$1$_line$_made; }
}
_clean() {
  _count=0
  printf %s "$_links" | while IFS= read -r _path; do
    _count=$((_count + 1))
    rm -f "$_path"
    if [ -e "$_private/$_count.image" ] || [ -L "$_private/$_count.image" ]; then
      mv "$_private/$_count.image" "$_path"
    fi
  done
  printf %s "$_made" | while IFS= read -r _path; do rmdir "$_path" 2>/dev/null; done
  rm -rf "$_private"
}
_end() { trap '' HUP INT TERM; exit "$1"; }
_start() {
  _secret=$1
  for _program in base64 sed sleep tr wc; do _need "$_program"; done
  if python3 -I -S -c 'import ssl, urllib.request' >/dev/null 2>&1; then _client=python3
  elif command -v curl >/dev/null 2>&1; then _client=curl
  else _fail "cannot read $_secret: the image has neither python3 (3.4 or later) nor curl"; fi
  _host=${GCE_METADATA_HOST:-metadata.google.internal}
  _api=${CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER:-https://secretmanager.googleapis.com}
  _ask "http://$_host/computeMetadata/v1/instance/service-accounts/default/token" \
    'Metadata-Flavor: Google' direct
  _token=$(_field access_token)
  case $_token in ''|*[!A-Za-z0-9._~+/=-]*) _fail "cannot read $_secret: no access token from \
the metadata server $_host (HTTP status: $_status)";; esac
}
_set() {
  [ "$(printf %s "$_data" | base64 -d | tr -dc '\000' | wc -c)" -eq 0 ] ||
    _fail "$_secret has a NUL byte, which environment variable $1 cannot have"
  _value=$(printf %s "$_data" | base64 -d && printf x) || _fail "$_secret is not in base64"
  _variables=$((_variables + 1))
  eval "_name_$_variables=\$1 _value_$_variables=\${_value%x}"
}
_place() {
  if [ -z "$_private" ]; then
    for _program in mktemp mkdir chmod ln mv rm rmdir dirname; do _need "$_program"; done
    _private=$(umask 077 && { mktemp -d /dev/shm/secrets.XXXXXX 2>/dev/null || mktemp -d; }) ||
      _fail "cannot read $_secret: no folder for it in /dev/shm or ${TMPDIR:-/tmp}"
  fi
  _files=$((_files + 1))
  (umask 077 && printf %s "$_data" | base64 -d > "$_private/$_files") ||
    _fail "cannot write $_secret to a file"
  chmod "$2" "$_private/$_files" && _folder "$(dirname "$1")" && {
    if [ -d "$1" ]; then false; elif [ -e "$1" ] || [ -L "$1" ]; then
      mv "$1" "$_private/$_files.image"
    fi
  } && _links=$_links$1$_line && ln -s "$_private/$_files" "$1" ||
    _fail "cannot create $1 for $_secret: the user of the image needs write access"
}
_token= _variables=0 _private= _files=0 _links= _made= _child= _told=
trap '[ -z "$_private" ] || _clean' EXIT
trap '_end 129' HUP; trap '_end 130' INT; trap '_end 143' TERM
while [ "$1" != -- ]; do
  [ "$_token" ] || _start "$1"
  _secret=$1
  _ask "${_api%/}/v1/$_secret:access" "Authorization: Bearer $_token"
  case $_status,$3 in
    404,optional*) shift 3; continue;;
    200,*) _data=$(_field data);;
    *) _refused;;
  esac
  case $_data in
    *[!A-Za-z0-9+/=]*) _refused;;
    '') case $_body in *'"data"'*) _refused;; *'"payload"'*) ;; *) _refused;; esac;;
  esac
  case $3 in *env) _set "$2";; *) _place "$2" "${3##* }";; esac
  shift 3
done
shift
while [ "$_variables" -gt 0 ]; do
  eval "export \"\${_name_$_variables}=\${_value_$_variables}\""
  unset "_name_$_variables" "_value_$_variables"
  _variables=$((_variables - 1))
done
unset _answer _body _data _token _value
if [ -z "$_private" ]; then trap - EXIT HUP INT TERM; exec "$@"; fi
_tell() { _again=1 _told=$1; [ -z "$_child" ] || kill -s "$1" "$_child" 2>/dev/null; }
trap '_tell HUP' HUP; trap '_tell TERM' INT QUIT TERM
trap '_tell USR1' USR1; trap '_tell USR2' USR2
exec 9<&0
(trap - EXIT HUP INT QUIT TERM USR1 USR2; exec "$@" 9<&-) <&9 &
_child=$!
[ -z "$_told" ] || kill -s "$_told" "$_child"
_again=1 _result=
while [ "$_again" ]; do
  _again=
  wait "$_child"
  _code=$?
  [ "$_code" = 127 ] && [ "$_result" ] || _result=$_code
done
exit "$_result"
"""
)
_SCRIPT = Text((SCRIPT,))


class Target(NamedTuple):
    """A secret of Secret Manager, and where its value goes."""

    #: ``projects/P/secrets/S/versions/V``.
    resource: str
    #: An environment variable, or the path of a file.
    where: str
    #: Permissions of the file; None for a variable.
    mode: int | None = None
    #: Whether the program can start without it.
    optional: bool = False


def fetch_secrets(targets: Iterable[Target]) -> tuple[Text, ...]:
    """The beginning of a command: sets variables and files, then runs the rest of the argv."""
    words: list[str] = []
    for target in targets:
        how = "env" if target.mode is None else f"file {target.mode:04o}"
        words += [target.resource, target.where, f"optional {how}" if target.optional else how]
    return shell(SCRIPT, NAME, *words, "--")


def fetched_secrets(container: Container) -> Iterator[str]:
    """The resources that the command of a container reads with this wrapper."""
    if _SCRIPT not in container.command:
        return
    words = [str(word) for word in container.command]
    at = words.index(SCRIPT) + 2
    while at < len(words) and re.fullmatch(RESOURCE, words[at]):
        yield words[at]
        at += 3
