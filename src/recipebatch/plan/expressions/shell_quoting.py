"""Values → arguments of a command line, whatever characters they hold; commands → one command line."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from recipebatch.properties.value_types import scalar_text
from recipebatch.recipe import read_cmd

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELL_OPTIONS = {"sh": "set -e\n", "bash": "set -e -o pipefail\nshopt -s inherit_errexit 2>/dev/null || :\n"}
"""Shell → what begins its script. In bash a pipe fails if any of its commands does, and `$(…)` ends at its first
failure, as it does in `sh`; bash before 4.4 has no such option."""

_END_OF_COMMAND = "\n{ (exit $?);} 2>/dev/null\n"
"""After each command; without the redirection `set -x` of a command would trace it."""
_END_IN_EARLIER_VERSION = "\n(exit $?)\n"
"""Pools that exist may have it in the command of their start task."""

_CMD_SPECIAL = re.compile(r'[()%!^"<>&|]')
_CMD_BARE_NAME = re.compile(r"%(?!\^)")
_PLAIN_WINDOWS = re.compile(r"[A-Za-z0-9_./:\\=+,@-]+\Z")


_CMD_END = re.compile(r"(?<=\)) && |(?<=[^\s&])&& ")
"""After each command of `cmd` but the last: no blank is before it, unless the command is in parentheses."""


class UnfitCommandError(ValueError):
    """A command that cmd cannot run as one of several; `place` counts from 0."""

    def __init__(self, place: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.place, self.hint = place, hint


def argument(value: object, os: str, *, shell: bool) -> str:
    """One value as one argument; a list as one argument each.

    Args:
        value: a scalar or a list of scalars.
        os: `linux` or `windows`.
        shell: whether `/bin/sh` or `cmd` reads the line, or the node itself splits it.

    Raises:
        ValueError: the value is no scalar, or holds what no command line can carry.
    """
    if isinstance(value, (list, tuple)):
        return " ".join(argument(item, os, shell=shell) for item in value)
    text = scalar_text(value)
    if "\x00" in text:
        raise ValueError("holds a NUL character, which no command line can carry")
    if os == "linux":
        return shlex.quote(text)
    if shell and ("\n" in text or "\r" in text):
        raise ValueError("holds a line end, which cmd cannot carry")
    quoted = _windows_argument(text)
    # With a caret before every special character, quotes included, cmd passes all of them on untouched. It replaces
    # variables before it reads carets: so the name after a percent sign gets one too, as no variable's name begins so.
    return _CMD_BARE_NAME.sub("%^", _CMD_SPECIAL.sub(r"^\g<0>", quoted)) if shell else quoted


def command_line_of(commands: Sequence[str], shell: str, *, in_container: bool = False) -> str:
    """One command line that runs commands one after the other and ends at the first that fails, with its exit code.

    For cmd a command that would take the others along is in parentheses. The rest are not: a variable whose value has a
    parenthesis, such as `%PATH%`, would close them. No blank follows a command: it would be a part of `set X=1`.

    Args:
        commands: each complete by itself.
        shell: `bash`, `sh` or `cmd`.
        in_container: the shell is that of a container's image.

    Raises:
        UnfitCommandError: cmd cannot run a command as one of several.
    """
    if shell == "cmd":
        return f'cmd /c "{_cmd_line(commands)}"'
    # `set -e` lets `a && b` fail without ending the script when it is `a` that fails; the subshell after it does not.
    script = "".join(command.rstrip() + _END_OF_COMMAND for command in commands)
    # Images of containers have bash at different places, nodes at one.
    program = shell if shell == "bash" and in_container else f"/bin/{shell}"
    return f"{program} -c {shlex.quote(SHELL_OPTIONS[shell] + script)}"


def commands_of(command_line: str) -> str:
    """The commands as in the recipe: one of `commands:` per line, without the shell call; else the command line."""
    try:
        words = shlex.split(command_line)
    except ValueError:
        return command_line
    if len(words) != len(("sh", "-c", "script")) or words[1] != "-c":
        return command_line
    options = SHELL_OPTIONS.get(words[0].rpartition("/")[2], "")
    if not options or not words[2].startswith(options):
        return command_line
    script = words[2].removeprefix(options).replace(_END_IN_EARLIER_VERSION, _END_OF_COMMAND)
    return script.removesuffix(_END_OF_COMMAND).replace(_END_OF_COMMAND, "\n")


def written_commands(command_line: str) -> str:
    """The same for a person to read, also of `cmd`, whose lines tell less of what was written."""
    text = commands_of(command_line)
    begin, end = 'cmd /c "', '"'
    if text != command_line or not (command_line.startswith(begin) and command_line.endswith(end)):
        return text
    return "\n".join(_CMD_END.split(command_line[len(begin) : -len(end)]))


def _cmd_line(commands: Sequence[str]) -> str:
    read = [(place, read_cmd(command)) for place, command in enumerate(commands)]
    kept = [(place, command) for place, command in read if not command.is_comment]
    line = ""
    for place, command in kept:
        is_last = place == kept[-1][0]
        called = command if is_last else command.with_calls()
        in_group = called.swallows and len(kept) > 1
        if called.problem is not None and not (called.only_before_others and is_last and not in_group):
            raise UnfitCommandError(place, *called.problem)
        line += called.in_parentheses() if in_group else called.text
        line += "" if is_last else " && " if in_group else "&& "
    return line or "rem"


def _windows_argument(text: str) -> str:
    """Quoted as Microsoft's C runtime reads it: backslashes count double before a quote."""
    if _PLAIN_WINDOWS.match(text):
        return text
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', text)
    return '"' + re.sub(r"(\\+)\Z", r"\1\1", escaped) + '"'
