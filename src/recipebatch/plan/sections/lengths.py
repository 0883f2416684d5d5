"""What the system of a node takes: how long a command and an environment variable may be."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.properties.deferred import DeferredText
from recipebatch.vocabulary.limits import MAX_ARGUMENT_BYTES, MAX_CMD_CHARACTERS, MAX_WINDOWS_CHARACTERS

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.properties.deferred import Text

_LINUX = MAX_ARGUMENT_BYTES - 1
_WINDOWS = MAX_WINDOWS_CHARACTERS - 1
_BYTES_OF_CHARACTER = 4
_HINT = "write long values to a file that the task downloads, or give each task fewer items"


def check_command(line: str, os: str, at: SourcePosition, *, shell: str | None) -> None:
    """Refuse a command line that cannot be started on a node; `shell` is what runs it, None the node itself.

    Raises:
        InvalidRecipeError: positioned at `at`.
    """
    if os == "windows":
        length, reader, most = _characters(line), "a command line of Windows", _WINDOWS
        if _is_read_by_cmd(line):
            reader, most = "one line of cmd", MAX_CMD_CHARACTERS
        if length > most:
            what = "the commands together have" if shell is not None else "the command has"
            message = f"{what} {length:,} characters; {reader} has at most {most:,}"
            fail_at(at, message, "command-too-long", _HINT)
    elif len(line) * _BYTES_OF_CHARACTER > _LINUX and (longest := _longest_argument(line)) > _LINUX:
        where = f" as one argument of {shell}" if shell is not None else ""
        what = "the commands together have" if shell is not None else "an argument of the command has"
        message = f"{what} {longest:,} bytes{where}; Linux accepts at most {_LINUX:,}"
        fail_at(at, message, "command-too-long", _HINT)


def check_variable(name: str, value: Text, os: str, at: SourcePosition) -> None:
    """Refuse an environment variable with which no program can be started; deferred values count as empty.

    Raises:
        InvalidRecipeError: positioned at `at`.
    """
    pieces = value.pieces if isinstance(value, DeferredText) else (value,)
    text = f"{name}={''.join(piece for piece in pieces if isinstance(piece, str))}"
    windows = os == "windows"
    length, most, unit = (_characters(text), _WINDOWS, "characters") if windows else (_bytes(text), _LINUX, "bytes")
    if length > most:
        system = "Windows" if windows else "Linux"
        message = f"the variable {name} has {length:,} {unit} with its name; {system} accepts at most {most:,}"
        fail_at(at, message, "variable-too-long", "write it to a file that the task downloads")


def _characters(text: str) -> int:
    """Characters as Windows counts them: units of UTF-16."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _longest_argument(line: str) -> int:
    try:
        arguments = shlex.split(line)
    except ValueError:  # the node splits it in another way, or refuses it
        arguments = [line]
    return max(map(_bytes, arguments), default=0)


def _is_read_by_cmd(line: str) -> bool:
    """Whether the program is cmd, or a script that cmd reads."""
    stripped = line.lstrip()
    program = stripped[1:].partition('"')[0] if stripped.startswith('"') else (stripped.split() or [""])[0]
    name = re.split(r"[/\\]", program.lower())[-1]
    return name in {"cmd", "cmd.exe"} or name.endswith((".bat", ".cmd"))
