# What is read from files

# The largest --params-file, in bytes, and in characters once its aliases are expanded.
PARAMS_LIMIT = 1_000_000
# What PyYAML raises for values like `!!timestamp x`, beside errors of its own.
YAML_SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def yaml_module() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise Failure(f"{error}. Run: {install()}") from error
    return yaml


def install() -> str:
    return f"{sys.executable} -m pip install -r requirements.txt"


def load_params(path: Path) -> Any:
    """The value in a file of --params-file; ValueError or OSError if there is none."""
    text = limited_text(path)
    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError:
        pass
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return load_yaml(text)


def limited_text(path: Path) -> str:
    """The text of a file. Devices and pipes may never end, or never begin."""
    from_shell = str(path).startswith(("/dev/fd/", "/dev/stdin"))  # like <(command)
    if path.exists() and not path.is_file() and not from_shell:
        raise ValueError(f"{path} is not a regular file")
    with path.open("rb") as file:
        data = file.read(PARAMS_LIMIT + 1)
    if len(data) > PARAMS_LIMIT:
        raise ValueError(f"{path} is larger than {PARAMS_LIMIT:,} bytes")
    return data.decode("utf-8-sig")


def unique(pairs: list[tuple[str, Any]]) -> Json:
    """The JSON object of these pairs, whose keys have to differ."""
    value: Json = {}
    for key, item in pairs:
        if key in value:
            raise ValueError(f"the key {quoted(key)} occurs twice")
        value[key] = item
    return value


def load_yaml(text: str) -> Any:
    """The value of a YAML text, whose keys have to differ and whose aliases are few."""
    yaml = yaml_module()
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        if expanded_size(node, {}) > PARAMS_LIMIT:
            limit = f"{PARAMS_LIMIT:,} characters"
            raise ValueError(f"with its aliases expanded it is larger than {limit}")
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(f"neither JSON nor YAML: {error}") from error
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise
    except YAML_SLIPS as error:
        raise ValueError(f"neither JSON nor YAML: {error!r}") from error


def expanded_size(node: Any, sizes: dict[int, int]) -> int:
    """The characters of a node of YAML, where each alias counts as what it repeats."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = (
        PARAMS_LIMIT + 1
    )  # as long as it is looked at: it may be in itself
    size = 1
    if isinstance(node.value, str):
        size += len(node.value)
    elif node.id == "sequence":
        size += sum(expanded_size(item, sizes) for item in node.value)
    else:
        seen = set()
        for key, value in node.value:
            if key.id == "scalar" and (key.tag, key.value) in seen:
                raise ValueError(f"the key {quoted(key.value)} occurs twice")
            seen.add((key.tag, str(key.value) if key.id == "scalar" else id(key)))
            size += expanded_size(key, sizes) + expanded_size(value, sizes)
    sizes[id(node)] = size
    return size


def read_pipeline_text() -> str:
    """The text of the pipeline beside this script, with the line ends that it has."""
    try:
        return PIPELINE.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"No pipeline beside this script: {error}"
        raise Failure(message, status=2) from error
    except ValueError as error:
        raise Failure(f"{PIPELINE} is not text: {error}", status=2) from error
