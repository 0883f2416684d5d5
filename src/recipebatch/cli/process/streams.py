"""stdout, stderr and stdin: nothing from elsewhere controls a terminal, and a stream that is lost ends no run.

A `SafeStream` takes the place of `sys.stdout` and `sys.stderr`, so that what libraries print is escaped as well.
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import shutil
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from recipebatch.cli.process.live_region import LiveRegion, awaiting_answer, rewraps_lines, size_of, write_other_text
from recipebatch.text.terminal import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_READER_GONE = {errno.EPIPE, errno.EBADF, errno.EIO, errno.ECONNRESET, errno.ENXIO}
"""What a write fails with when no process reads any more: `| head -1`, a closed stream, a terminal that was hung up."""

_FIRST, _LAST = 0, 2
"""The descriptors of stdin and stderr."""


_NO_COLOURS = frozenset({"", "dumb", "unknown"})
"""Values of TERM whose terminals show sequences as text."""

_MIN_WIDTH = 20
"""Columns."""


class SafeStream(io.TextIOBase):
    """A stream that escapes what could control a terminal, and goes on without its reader.

    Attributes:
        lost: why nothing is written to it any more, or None.
    """

    def __init__(self, stream: TextIO | None) -> None:
        # Only in a process that was started without the stream, where no process would read either.
        self._stream = stream if stream is not None else io.StringIO()
        self.lost: OSError | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._begun = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream below."""
        return self._stream.encoding or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What the stream below does with a character that its encoding does not have."""
        return self._stream.errors or "strict"

    def writable(self) -> bool:
        """Text can be written."""
        return True

    def isatty(self) -> bool:
        """Whether a terminal shows the stream."""
        try:
            return self._stream.isatty()
        except ValueError:
            # A stream that a library closed.
            return False

    def fileno(self) -> int:
        """The descriptor of the stream below."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write text from anywhere."""
        self.write_as_is(printable(text))
        return len(text)

    def write_as_is(self, text: str) -> None:
        """Write text that is ours alone, which may control the terminal."""
        if text and self.isatty():
            write_other_text(partial(self.write_live, text), ends_line=text.endswith("\n"))
        else:
            self.write_live(text)

    def write_live(self, text: str) -> None:
        """Write text of a live region."""
        if self.lost is None:
            with self._guarded():
                try:
                    self._stream.write(text)
                except UnicodeEncodeError:
                    encoding = self.encoding
                    self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
                self._stream.flush()

    def write_bytes(self, content: bytes) -> None:
        """Write bytes as they are."""
        if self.lost is None:
            with self._guarded():
                binary: IO[bytes] = self._stream.buffer  # type: ignore[attr-defined,unused-ignore]
                binary.write(content)
                binary.flush()

    def write_output(self, content: bytes, *, final: bool) -> None:
        """Write bytes as they are, but on a terminal as text whose lines may end with CR LF."""
        if not self.isatty():
            self.write_bytes(content)
            return
        text = self._begun + self._decoder.decode(content, final=final)
        self._begun = "\r" if text.endswith("\r") and not final else ""
        self.write(text.removesuffix(self._begun).replace("\r\n", "\n"))

    def flush(self) -> None:
        """Every write has been flushed."""

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.lost = error
            # What could not be written is still in the buffers, and Python flushes them when it ends.
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
        except ValueError as error:
            # A stream that a library closed.
            self.lost = OSError(errno.EBADF, str(error))


class _AsIs(io.TextIOBase):
    """A file for Rich, whose own sequences pass; what it is given to print is escaped beforehand."""

    def __init__(self, stream: SafeStream) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, text: str) -> int:
        self._stream.write_as_is(text)
        return len(text)


@contextmanager
def own_streams() -> Iterator[None]:
    """Within, all output of the process is safe, and stdin, stdout and stderr exist."""
    _open_missing()
    not_waiting = [number for number in (1, 2) if not os.get_blocking(number)]
    for number in not_waiting:
        # A full pipe is no lost one: wait for its reader.
        os.set_blocking(number, True)
    _forget_useless_width()
    _events_only[0] = False
    before = sys.stdin, sys.stdout, sys.stderr
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - it is for the rest of the process
    sys.stdout, sys.stderr = cast("TextIO", _stdout()), cast("TextIO", _stderr())
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for number in not_waiting:
            os.set_blocking(number, False)


def _open_missing() -> None:
    """Open what is closed of descriptors 0 to 2: a file or a connection with such a number would be taken for it."""
    for number in range(_FIRST, _LAST + 1):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken.
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)


def _forget_useless_width() -> None:
    """A width that shows nothing, such as COLUMNS=0, is not followed by Rich either."""
    width = os.environ.get("COLUMNS", "")
    if width and not (width.isdecimal() and int(width[:9]) >= _MIN_WIDTH):
        del os.environ["COLUMNS"]


_events_only = [False]


def stdout_for_events() -> Callable[[str], None]:
    """From now on stdout has the lines that the function given prints, and results go to stderr."""
    _events_only[0] = True
    return lambda line: cast("None", _safe(sys.stdout).write(line + "\n"))


def print_text(text: str, *, end: str = "\n") -> None:
    """Print a result on stdout."""
    _stdout().write(text + end)


def print_document(text: str) -> None:
    """Print a document on stdout, such as YAML: byte for byte in a pipe or a file, escaped on a terminal."""
    stream = _stdout()
    if stream.isatty():
        stream.write(text)
    else:
        stream.write_bytes(text.encode("utf-8", "backslashreplace"))


def print_value(value: Any) -> None:
    """Print a value on stdout as JSON, in ASCII without control characters."""
    # Of all that JSON may have unescaped, DEL alone is ASCII and no text.
    print_text(json.dumps(value, indent=1, default=str).replace("\x7f", "\\u007f"))


def print_bytes(content: bytes, *, final: bool = False) -> None:
    """Print output of tasks on stdout: byte for byte in a pipe or a file, escaped on a terminal.

    Args:
        content: may begin and end within a character.
        final: nothing follows.
    """
    _stdout().write_output(content, final=final)


def tell(text: str) -> None:
    """Print progress, an error or a hint on stderr."""
    _stderr().write(text + "\n")


def tell_problems(text: str, paint: Callable[[str], str]) -> None:
    """Print problems on stderr, in colour on a terminal that has any.

    Args:
        text: from anywhere.
        paint: puts colours into the escaped text.
    """
    _write_painted(_stderr(), text, paint)


def print_problems(text: str, paint: Callable[[str], str]) -> None:
    """Print problems that are the result on stdout, in colour on a terminal that has any."""
    _write_painted(_stdout(), text, paint)


def _write_painted(stream: SafeStream, text: str, paint: Callable[[str], str]) -> None:
    coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in _NO_COLOURS
    safe = printable(text)
    stream.write_as_is((paint(safe) if coloured else safe) + "\n")


def stdout_encoding() -> str:
    """The encoding of stdout: what it lacks is written as an escape."""
    return _stdout().encoding


def stdout_width() -> int | None:
    """The columns of the terminal that shows stdout; None if none does."""
    return _width(_stdout())


def stderr_width() -> int | None:
    """The columns of the terminal that shows stderr; None if none does."""
    return _width(_stderr())


def _width(stream: SafeStream) -> int | None:
    return max(shutil.get_terminal_size().columns, _MIN_WIDTH) if stream.isatty() else None


def prints_on_terminal() -> bool:
    """Whether a terminal shows stdout."""
    return _stdout().isatty()


def has_colours() -> bool:
    """Whether stderr may be coloured where a terminal shows it."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in _NO_COLOURS


def tells_terminal() -> bool:
    """Whether a terminal shows stderr that can move its cursor."""
    return _stderr().isatty() and os.environ.get("TERM", "") not in _NO_COLOURS


def live_region() -> LiveRegion:
    """The region at the end of the terminal that shows stderr."""
    stream = _stderr()
    return LiveRegion(stream.write_live, lambda: size_of(stream.fileno()), reflows=rewraps_lines(os.environ))


def tells_unicode() -> bool:
    """Whether stderr has characters beyond ASCII."""
    return _stderr().encoding.lower().replace("-", "").startswith("utf")


@contextmanager
def unescaped_stdout() -> Iterator[None]:
    """Within, stdout takes the sequences of Rich; for texts that are ours alone."""
    before = sys.stdout
    sys.stdout = cast("TextIO", _AsIs(_stdout()))
    try:
        yield
    finally:
        sys.stdout = before


def show_cursor() -> None:
    """Show the cursor of a terminal, which a bar hides; for a signal handler, which finds any stream in use."""
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), b"\x1b[?25h\n")


def can_ask() -> bool:
    """Whether a question can be asked and answered on a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and _stderr().isatty()


def ask(question: str, *, default: bool) -> bool:
    """Ask on stderr, read the answer from stdin; without any answer it is no.

    Args:
        question: in one line.
        default: what Enter alone means.
    """
    choices = "[Y/n]" if default else "[y/N]"
    while (answer := _answer(question, choices)) is not None:
        if answer in {"y", "yes"}:
            return True
        if answer in {"n", "no"}:
            return False
        if not answer:
            return default
    return False


def ask_which(question: str, answers: tuple[str, ...]) -> str | None:
    """Ask on stderr which of the answers is meant, by its first letters; None if nothing is answered.

    Args:
        question: in one line.
        answers: no two begin with the same letter.
    """
    while (answer := _answer(question, f"[{'/'.join(answers)}]")) is not None:
        found = [each for each in answers if answer and each.startswith(answer)]
        if len(found) == 1:
            return found[0]
    return None


def _answer(question: str, choices: str) -> str | None:
    """A line of stdin in lower case, without the blanks at its ends; None at the end of stdin."""
    _stderr().write(f"{one_line(question)} {choices}: ")
    with awaiting_answer():
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            _stderr().write_live("\n")
    return line.strip().lower() if line else None


def is_lost() -> bool:
    """Whether nothing that is printed on stdout arrives any more."""
    return _safe(sys.stdout).lost is not None


def unwritten() -> OSError | None:
    """Why results are missing on stdout although somebody may read it, such as a full disk; None if none are."""
    lost = _safe(sys.stdout).lost
    return lost if lost is not None and lost.errno not in _READER_GONE else None


def _stdout() -> SafeStream:
    return _stderr() if _events_only[0] else _safe(sys.stdout)


def _stderr() -> SafeStream:
    return _safe(sys.stderr)


def _safe(stream: object) -> SafeStream:
    return stream if isinstance(stream, SafeStream) else SafeStream(cast("TextIO | None", stream))
