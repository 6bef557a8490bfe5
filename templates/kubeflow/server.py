# The server

# The longest that an answer may take, in seconds: it could come byte by byte.
PROBE_SECONDS = 10
ANSWER_SECONDS = 120
# The most that is read of the first answer, in bytes.
PROBE_BYTES = 1_000_000
CONTEXT = Path.home() / ".config/kfp/context.json"


def within(limit: float, call: Callable[[], Any]) -> Any:
    """What the call returns; TimeoutError if that takes longer."""
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:  # raised below, in the thread that waits
            outcome.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = outcome.get(timeout=limit)
    except queue.Empty:
        raise TimeoutError(f"no whole answer within {limit} seconds") from None
    if error is not None:
        raise error
    return value


def server_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def elsewhere(url: str) -> str:
    """What is said of a server that sends requests on to another one."""
    scheme, host, port = server_of(url)
    return f"it redirects to another server, {scheme}://{host}:{port}"


class SameServer(urllib.request.HTTPRedirectHandler):
    """Follows no redirect to another server, which would get token and cookie."""

    def redirect_request(self, req: Any, *rest: Any) -> Any:
        url = rest[-1]
        if server_of(url) != server_of(req.full_url):
            raise PermissionError(elsewhere(url))
        return super().redirect_request(req, *rest)


def require_server(args: argparse.Namespace) -> None:
    """Fails, with what to do, if no Kubeflow Pipelines API answers at the host."""
    try:
        data = within(PROBE_SECONDS, lambda: probe(args))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise Failure(TOO_OLD.format(host=args.host), advice=BELOW) from error
        if error.code in (401, 403):
            refuse(args, f"HTTP status {error.code}")
            return
        raise no_answer(args, f"HTTP status {error.code}") from error
    except PermissionError as error:
        refuse(args, str(error))
        return
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        # The client has certificates of its own.
        if isinstance(reason, ssl.SSLError):
            return
        raise no_answer(args, reason) from error
    try:
        is_object = isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        refuse(args, "it answers with a page, not with data")


def probe(args: argparse.Namespace) -> bytes:
    """The beginning of what the server answers when it is asked whether it is well."""
    request = urllib.request.Request(args.host.rstrip("/") + "/apis/v2beta1/healthz")
    if args.token:
        request.add_header("Authorization", f"Bearer {args.token}")
    if args.cookie:
        request.add_header("Cookie", args.cookie)
    # Like the client, without the proxies of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), SameServer)
    with opener.open(request, timeout=PROBE_SECONDS) as response:
        data: bytes = response.read(PROBE_BYTES)
        return data


def refuse(args: argparse.Namespace, reason: str) -> None:
    """Fails, unless the client may know more than --token and --cookie say."""
    known = ("KF_PIPELINES_SA_TOKEN_PATH", "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID")
    google = args.host.rstrip("/").endswith(".googleusercontent.com")
    if not (google or CONTEXT.exists() or any(map(os.environ.get, known))):
        message = NOT_LET_IN.format(host=args.host, reason=reason)
        raise Failure(message, advice=LOG_IN)


def no_answer(args: argparse.Namespace, reason: object) -> Failure:
    port = urllib.parse.urlsplit(args.host).port or 8080
    message = NOTHING_ANSWERS.format(host=args.host, reason=reason)
    return Failure(message, advice=FORWARD.format(port=port))


def connect(args: argparse.Namespace) -> Any:
    """The KFP client; it reads the rest of the environment itself."""
    kfp = kfp_module()
    import urllib3

    warnings.filterwarnings("ignore", category=FutureWarning, module="kfp")
    warnings_of("")
    check_context()
    credentials = None
    if os.environ.get("KF_PIPELINES_SA_TOKEN_PATH"):
        credentials = kfp.client.ServiceAccountTokenVolumeCredentials()
    plain = urllib3.PoolManager
    # The client takes no other way to its server, and asks it as soon as it is made.
    urllib3.PoolManager = one_server(args.host)  # type: ignore[misc]
    try:
        return kfp.Client(
            host=args.host,
            existing_token=args.token,
            cookies=args.cookie,
            credentials=credentials,
        )
    finally:
        urllib3.PoolManager = plain  # type: ignore[misc]


def one_server(server: str) -> Any:
    """The class of urllib3 that sends requests, for requests to this server only."""
    import urllib3

    class OneServer(urllib3.PoolManager):
        # Redirects come here too: with token, cookie and values of the pipeline.
        def urlopen(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
            if server_of(url) != server_of(server):
                message = NOT_LET_IN.format(host=server, reason=elsewhere(url))
                raise Failure(message, advice=LOG_IN)
            send = super().urlopen
            return within(ANSWER_SECONDS, lambda: send(method, url, *rest, **more))

    return OneServer


def check_context() -> None:
    """Fails if the file of settings that the client reads is broken."""
    if not CONTEXT.exists():
        return
    try:
        found = json.loads(limited_text(CONTEXT))
        if not isinstance(found, dict) or "namespace" not in found:
            raise ValueError("it has no `namespace`")
    except (OSError, ValueError, RecursionError) as error:
        message = f"{CONTEXT}, which the KFP client reads, is broken: {error}"
        raise Failure(f"{message}. Repair or remove it.") from error


def kfp_module() -> Any:
    try:
        import kfp
    except ImportError as error:
        raise Failure(f"{error}; run: {install()}") from error
    if kfp.__version__.startswith(("0.", "1.")):
        raise Failure(f"kfp {kfp.__version__} is too old; run: {install()}")
    return kfp


@contextlib.contextmanager
def server_errors(host: str) -> Iterator[None]:
    """Turns what the client raises into a message."""
    kfp_module()
    import kfp_server_api
    import urllib3

    try:
        yield
    except kfp_server_api.ApiException as error:
        told = explanation(error)
        message = f"{host} refused ({error.status}): {told}"
        advice = NO_V1 if V1_REFUSED.search(told) else ""
        raise Failure(message, advice=advice) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Failure(f"lost contact with {host}: {error}") from error
    except (RecursionError, *YAML_SLIPS) as error:
        message = f"the KFP client cannot use the pipeline or an answer of {host}"
        raise Failure(f"{message}: {error!r}") from error


def explanation(error: Any) -> str:
    """What the server says about a refusal."""
    try:
        told = json.loads(error.body)
        return str(told.get("error_details") or told.get("message") or told["error"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return str(error.body or error.reason)


@contextlib.contextmanager
def said_by_the_client() -> Iterator[None]:
    """Prints what the client prints, with ids of the server, once all went well."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        yield
    for line in told.getvalue().splitlines():
        say(line, result=True)


def known_id(value: Any, what: str) -> str:
    """The id, if the server gave one: a page for logging in would not."""
    if not isinstance(value, str) or not value:
        message = f"the server answered without the id of the {what}"
        raise Failure(f"{message}: is it Kubeflow Pipelines?", advice=LOG_IN)
    return value
