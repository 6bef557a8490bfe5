# What is printed


class Failure(Exception):
    """Something that the user has to know; ends the program."""

    def __init__(self, message: str, status: int = 1, advice: str = "") -> None:
        super().__init__(message)
        self.status = status
        # Lines of this script's own, which come after the message.
        self.advice = advice

    def tell(self) -> None:
        say(f"error: {self}")
        for line in self.advice.splitlines():
            say(line)


def say(text: str, *, result: bool = False) -> None:
    """Prints one line, whatever is in the text: results on stdout, all else on stderr.

    Every text that is not this script's own goes through here: those of a server or of
    a pipeline could steer a terminal.
    """
    line = printable(" ".join(text.splitlines()))
    print(line, file=sys.stdout if result else sys.stderr, flush=result)


def printable(text: str) -> str:
    """The text with what does not print spelled out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def warnings_of(name: str) -> None:
    """Has the warnings of a library told on one line each.

    Without a handler of ours, libraries tell all that they do, and with a traceback.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(in_one_line)
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    logging.getLogger(name).addHandler(handler)


def in_one_line(record: logging.LogRecord) -> bool:
    """Leaves out where in the library something went wrong that is not fatal."""
    told = record.getMessage()
    if record.exc_info:
        told = f"{told}: {record.exc_info[1]}"
        record.exc_info = record.exc_text = None
    record.msg, record.args = printable(" ".join(told.splitlines())), ()
    return True


def seconds(text: str) -> float:
    """A time to wait, from the command line."""
    value = float(text)
    if not 0 <= value <= 86_400:
        raise ValueError
    return max(value, 0.05)


def escaped(text: str) -> str:
    """The text for the help of argparse, which takes % for its own."""
    return printable(text).replace("%", "%%")


def quoted(value: object) -> str:
    """The value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
