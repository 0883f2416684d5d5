"""The command on a terminal of its own, and what reaches that terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Shown:
    """What a terminal received.

    Attributes:
        returncode: of the command.
        content: bytes, as the terminal got them.
    """

    returncode: int
    content: bytes

    @property
    def text(self) -> str:
        """The content as text, with the line ends that the terminal adds taken away."""
        return self.content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def on_terminal(
    command: list[str],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    typed: bytes = b"",
    columns: int = 80,
    timeout: float = 120.0,
    on_output: Callable[[subprocess.Popen[bytes], bytes], None] | None = None,
) -> Shown:
    """Run a command whose stdin, stdout and stderr are a terminal of its session.

    Args:
        typed: what is typed at once.
        on_output: called with the process and all output so far, whenever some arrives.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=dict(environ), start_new_session=True
    )
    os.close(theirs)
    os.write(ours, typed)
    content = b""
    deadline = time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                # On Linux the end of a terminal is an error.
                part = b""
                with contextlib.suppress(OSError):
                    part = os.read(ours, 65536)
                content += part
                if part and on_output is not None:
                    on_output(process, content)
                if not part:
                    break
            elif process.poll() is not None:
                break
        return Shown(process.wait(timeout=30), content)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def controls(text: str) -> set[str]:
    """What of a text could control a terminal, or hide or turn around what follows."""
    return {
        sign for sign in text if sign != "\n" and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    }
