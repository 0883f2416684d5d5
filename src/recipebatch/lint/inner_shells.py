"""What a command gives to another shell: the text after `bash -c`, `su -c`, `ssh host`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.recipe import simple_commands, template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.recipe import SimpleCommand, Word

_SHELLS = r"(?:ba|da|z|k|a)?sh"
_SHELL = re.compile(rf"{_SHELLS}\Z")
_COMMAND_OPTION = re.compile(r"-[A-Za-z]*c\Z|--command(?:=|\Z)")
_WITH_COMMAND_OPTION = frozenset(("su", "runuser", "script", "flock", "cmd", "cmd.exe"))
_READ_ALL = frozenset(("eval", "trap", "ssh", "watch"))
"""Programs and builtins that join all of their arguments and give them to a shell."""

STARTERS = frozenset("command env exec nice nohup setsid srun stdbuf sudo timeout xargs".split())  # noqa: SIM905
"""Programs whose arguments are a command."""

_SAME_SHELL = frozenset(("eval", "trap", "watch", "cmd -c", "cmd.exe -c"))
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class InnerScript:
    """A text that a shell reads which a command starts.

    Attributes:
        text: without the quotes around it.
        by: `sh -c`, `ssh`.
        before: the words before it, such as `bash -o pipefail -c`.
    """

    text: str
    by: str
    before: str


def inner_scripts(text: str, shell: str | None) -> Iterator[InnerScript]:
    """The scripts in a command for shells that it starts, and those in them."""
    yield from _scripts(simple_commands(template(text), shell), _DEEPEST)


def _scripts(commands: list[SimpleCommand], depth: int) -> Iterator[InnerScript]:
    for command in commands:
        for name, word in second_readings(command):
            if name in _SAME_SHELL:
                continue
            before = " ".join(each.text for each in command.words[: command.words.index(word)])
            found = InnerScript(_without_quotes(word.text), name, before)
            yield found
            if depth:
                yield from _scripts(simple_commands((found.text,), "sh"), depth - 1)


def _without_quotes(text: str) -> str:
    try:
        return " ".join(shlex.split(text))
    except ValueError:
        return text


def second_readings(command: SimpleCommand) -> Iterator[tuple[str, Word]]:
    """The words of a command that a shell reads again, and the program that sees to it."""
    words = command.words
    for place, word in enumerate(words):
        name = word.text.strip("'\"").rpartition("/")[2]
        if name in _READ_ALL and (name == command.name or command.name in STARTERS):
            yield from ((name, each) for each in words[place + 1 :])
            return
        if _SHELL.match(name) or name in _WITH_COMMAND_OPTION:
            rest = words[place + 1 :]
            option = next((at for at, each in enumerate(rest) if _COMMAND_OPTION.match(each.text)), None)
            if option is not None:
                inside = rest[option].text.partition("=")[1]
                yield from ((f"{name} -c", each) for each in rest[option + (not inside) : option + 2 - bool(inside)])
                return
