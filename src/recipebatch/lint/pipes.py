"""What a command gives to another shell, and pipes whose reader ends before it has read everything.

A shell that a command starts, by `bash -c`, `su -c` or `ssh host`, reads its text with options of its own.
Where a reader ends early, a signal (SIGPIPE) ends the writer, and a shell with `pipefail` gives its exit code, 141, as
that of the pipe.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.lint.subject import command_lines, finding
from recipebatch.recipe import simple_commands, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject
    from recipebatch.recipe import SimpleCommand, Word

_SHELLS = r"(?:ba|da|z|k|a)?sh"
_SHELL = re.compile(rf"{_SHELLS}\Z")
_COMMAND_OPTION = re.compile(r"-[A-Za-z]*c\Z|--command(?:=|\Z)")
_WITH_COMMAND_OPTION = frozenset(("su", "runuser", "script", "flock", "cmd", "cmd.exe"))
_READ_ALL = frozenset(("eval", "trap", "ssh", "watch"))
"""Programs and builtins that join all of their arguments and give them to a shell."""

_STARTERS = frozenset(
    ("command", "env", "exec", "nice", "nohup", "setsid", "srun", "stdbuf", "sudo", "timeout", "xargs")
)
"""Programs whose arguments are a command."""

_HERE_DOCUMENT = re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)(\w+)\1")

_SAME_SHELL = frozenset(("eval", "trap", "watch", "cmd -c", "cmd.exe -c"))
_DEEPEST = 3

_WRITES_LITTLE = frozenset(
    ("basename", "date", "dirname", "echo", "hostname", "id", "nproc", "printf", "pwd", "uname", "whoami", "true", ":")
)
"""What these write fits in a pipe: they have ended before the reader does."""

_IGNORED = frozenset(("true", ":"))
_GREP_OPTIONS = (
    (re.compile(r"--(?:quiet|silent|files-with(?:out-match|-matches))\Z|-[^-efmABCdD\W]*[qlL]"), "-q"),
    (re.compile(r"--max-count(?:=|\Z)|-[^-efABCdD\W]*m\d*\Z"), "-m"),
)
_READS_ALL_BUT = re.compile(r"(?:-[nc]|--(?:lines|bytes)=)-\d")
_SED_QUITS = re.compile(r"(?:\A|[;{\n\d/\s])[qQ]\s*\d*\s*(?:\Z|[;}\n])")
_SED_REPLACES = re.compile(r"\bs([/|,#:;]).*?\1.*?\1")
_AWK_EXITS = re.compile(r"(?<![\w$])exit(?!\w)")
_AWK_TEXTS = re.compile(r'"[^"]*"|/[^/\s][^/]*/')
_OF_STARTER = re.compile(r"-|\d+(?:\.\d+)?[smhd]?\Z|\w+=")
"""Options, the number of `timeout 5 a` and `nice -n 5 a`, the variables of `env A=1 a`."""


_HINTS = {
    "head": "let the reader read everything: `sed -n 1p`, `awk 'NR<=10'`",
    "grep -q": "let the reader read everything: `grep … >/dev/null`",
    "grep -m": "let the reader read everything: `grep … | sed -n 1p`",
    "sed": "let the reader read everything: `sed -n 1,3p`",
    "awk": "let the reader read everything: `awk 'NR==1'` without exit",
    "yes": "use an option of the program, such as `apt-get install -y`",
}
_OTHERWISE = "write to a file first, or `set +o pipefail` before it and `set -o pipefail` after it"


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


def early_ends(subject: Subject) -> Iterator[Problem]:
    """Pipes in a shell with `pipefail` whose reader ends early."""
    on: dict[int, dict[int | None, bool]] = {}
    for command, line in command_lines(subject, "bash", "sh", None):
        # The commands of one task are one script: `set +o pipefail` holds for those after it.
        state = on.setdefault(id(command), {None: command.shell == "bash"})
        found = _early(simple_commands(template(str(line.value)), command.shell), state) if command.shell else None
        for inner in inner_scripts(str(line.value), command.shell) if found is None else ():
            begins: dict[int | None, bool] = {None: "pipefail" in inner.before}
            found = found or _early(simple_commands((inner.text,), "bash"), begins)
        if found is not None:
            reader, kind = found
            what = "yes ends" if kind == "yes" else f"{reader} ends early, and the program before it"
            message = f"{what} with exit code 141, which is that of the pipe with pipefail"
            hint = _HINTS.get(kind)
            yield finding(line.at, message, "pipe-ends-early", f"{hint}; or {_OTHERWISE}" if hint else _OTHERWISE)


RULES = (early_ends,)


def inner_scripts(text: str, shell: str | None) -> Iterator[InnerScript]:
    """The scripts in a command for shells that it starts, and those in them."""
    yield from _scripts(simple_commands(template(text), shell), _DEEPEST)
    if shell is not None:
        yield from _here_documents("".join(piece if isinstance(piece, str) else "x" for piece in template(text)))


def _here_documents(text: str) -> Iterator[InnerScript]:
    """Those that a shell reads: `bash <<EOF`, `ssh host <<EOF`."""
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        line, found = lines[place], _HERE_DOCUMENT.search(lines[place])
        place += 1
        if found is None:
            continue
        end = next((at for at, each in enumerate(lines[place:], place) if each.strip() == found[2]), len(lines))
        before = re.split(r"[;&|()]", line[: found.start()])[-1]
        names = [word.strip("'\"").rpartition("/")[2] for word in before.split()]
        reader = next((name for name in names if _SHELL.match(name) or name == "ssh"), None)
        if reader is not None and (names[0] == reader or names[0] in _STARTERS):
            yield InnerScript("\n".join(lines[place:end]), f"{reader} <<", before)
        place = end + 1


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
        if name in _READ_ALL and (name == command.name or command.name in _STARTERS):
            yield from ((name, each) for each in words[place + 1 :])
            return
        if _SHELL.match(name) or name in _WITH_COMMAND_OPTION:
            rest = words[place + 1 :]
            option = next((at for at, each in enumerate(rest) if _COMMAND_OPTION.match(each.text)), None)
            if option is not None:
                inside = rest[option].text.partition("=")[1]
                yield from ((f"{name} -c", each) for each in rest[option + (not inside) : option + 2 - bool(inside)])
                return


def _early(commands: Sequence[SimpleCommand], on: dict[int | None, bool]) -> tuple[str, str] | None:
    """The first reader that ends early, and what it is by the name of its hint; `on` gets what `set` changes."""
    found = None
    for command in commands:
        words = [word.text for word in command.arguments]
        if command.name == "set" and "pipefail" in words:
            on[id(command.outer) if command.outer else None] = words[words.index("pipefail") - 1][:1] != "+"
        if (
            found is None
            and command.reads_from is not None
            and _is_on(command, on)
            and not _is_ignored(command, commands)
            and not _is_drained(command, commands)
        ):
            found = _kind(command, command.reads_from)
    return found


def _is_on(command: SimpleCommand, on: dict[int | None, bool]) -> bool:
    outer = command.outer
    while outer is not None:
        if id(outer) in on:
            return on[id(outer)]
        outer = outer.outer
    return on[None]


def _is_ignored(command: SimpleCommand, commands: Sequence[SimpleCommand]) -> bool:
    """Whether 141 is no failure: before `|| true` or `|| [ $? = 141 ]`, and in an argument, as in `echo "$(a | b)"`."""
    last = command
    while (after := next((each for each in commands if each.reads_from is last), None)) is not None:
        last = after
    instead = last.otherwise
    if instead is not None and (instead.name in _IGNORED or any("141" in word.text for word in instead.words)):
        return True
    outer = command.outer
    return outer is not None and (bool(outer.name) or _is_ignored(outer, commands))


def _is_drained(command: SimpleCommand, commands: Sequence[SimpleCommand]) -> bool:
    """Whether a `cat` after it reads the rest of the pipe, as in `a | { head -1; cat >/dev/null; }`."""
    later = commands[next(place for place, each in enumerate(commands) if each is command) + 1 :]
    return any(
        each.name == "cat"
        and each.reads_from is None
        and each.outer is command.outer
        and (not each.arguments or each.arguments[0].text.startswith(">"))
        for each in later
    )


def _kind(reader: SimpleCommand, writer: SimpleCommand) -> tuple[str, str] | None:
    """A reader that ends early, and what it is by the name of its hint; None of one that reads everything."""
    if writer.name in _WRITES_LITTLE:
        return None
    name, arguments = _program(reader)
    if name and _program(writer)[0] == "yes":
        return name, "yes"
    ends = _READERS.get(name)
    return None if ends is None else ends(name, arguments)


def _head(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    joined = re.sub(r"(?<!\S)(-[nc])\s+", r"\1", " ".join(arguments))
    return None if any(_READS_ALL_BUT.match(each) for each in joined.split()) else (name, "head")


def _grep(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    found = ((each, option) for shape, option in _GREP_OPTIONS for each in options if shape.match(each))
    return next(((f"{name} {each}", f"grep {option}") for each, option in found), None)


def _sed(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    scripts = [_SED_REPLACES.sub("s", each) for each in arguments if not re.match(r"--?[a-z]", each)]
    return (name, "sed") if any(map(_SED_QUITS.search, scripts)) else None


def _awk(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    programs = [_AWK_TEXTS.sub("", each.partition("END")[0]) for each in arguments]
    return (name, "awk") if any(map(_AWK_EXITS.search, programs)) else None


def _dd(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    return (name, "") if any(each.startswith("count=") for each in arguments) else None


def _reads_nothing(name: str, _arguments: Sequence[str]) -> tuple[str, str] | None:
    return name, ""


_READERS: dict[str, Callable[[str, Sequence[str]], tuple[str, str] | None]] = {
    "head": _head,
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep", "rg"), _grep),
    "sed": _sed,
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _awk),
    "dd": _dd,
    **dict.fromkeys(_IGNORED, _reads_nothing),
}
"""Programs that may end before they have read everything."""


def _program(command: SimpleCommand) -> tuple[str, list[str]]:
    """The name of a program and its arguments without quotes; in `sudo grep x` it is grep."""
    words = [command.name, *(word.text.strip("'\"") for word in command.arguments)]
    while len(words) > 1 and words[0] in _STARTERS and words[0] != "xargs":
        words = words[1:]
        while len(words) > 1 and _OF_STARTER.match(words[0]):
            words = words[1:]
    return words[0].rpartition("/")[2], words[1:]
