"""DebugLog: what a command did and which requests it sent, in a file for debugging; without secrets."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from recipebatch._version import __version__
from recipebatch.errors import OutputError
from recipebatch.text.secret import end_without_secrets, redacted
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recipebatch.report import Event

_PRIVATE = 0o600


class DebugLog:
    """A file that only its user can read; each line begins with the time in UTC.

    Args:
        folder: where it is made, under a name of its own.
        arguments: the command line.

    Raises:
        OutputError: it cannot be made.
    """

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self._lock = Lock()
        now = datetime.now(UTC)
        self.path = folder / f"debug-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Nobody has put a file or a link there before.
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, _PRIVATE)
        except OSError as error:
            raise OutputError(f"--debug: cannot write {self.path}: {error.strerror}") from None
        self.write(f"recipebatch {__version__}, Python {platform.python_version()}, {platform.platform()}")
        self.write("command: " + " ".join(arguments))

    def write(self, text: str) -> None:
        """Add lines; what fails, such as on a full disk, fails nothing else."""
        moment = f"{datetime.now(UTC):%H:%M:%S.%f}"[:-3]
        safe = end_without_secrets(text, len(text.encode("utf-8", "replace")))
        lines = "".join(f"{moment} {one_line(line)}\n" for line in safe.split("\n"))
        with self._lock:
            try:
                os.write(self._file, lines.encode("utf-8", "backslashreplace"))
            except OSError:
                return

    def tell(self, event: Event) -> None:
        """Add an event."""
        self.write(f"{type(event).__name__}: {event}")

    def failed(self, error: BaseException) -> None:
        """Add an error with where it was raised."""
        self.write(redacted("".join(traceback.format_exception(error))).rstrip())

    def end(self, code: int) -> None:
        """The command ends with an exit code."""
        self.write(f"exit code {code}")
        os.close(self._file)


def open_debug_log() -> DebugLog:
    """The log of this command, in the user's folder for logs, or in `RECIPEBATCH_DEBUG_DIR`; raises as `DebugLog`."""
    from pathlib import Path

    import platformdirs

    folder = os.environ.get("RECIPEBATCH_DEBUG_DIR")
    return DebugLog(Path(folder) if folder else platformdirs.user_log_path("recipebatch"), sys.argv)
