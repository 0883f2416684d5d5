"""One command for cmd.exe: what it is made of, and what would happen to the commands after it in one line.

On Windows the commands of a task are one line, `cmd /c "a&& b"`. cmd gives everything after `if` and `for` to them,
takes what follows an open quote as quoted, and reads the first line of a text only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_CONTINUED = re.compile(r"[ \t]*\^[ \t]*\r?\n\s*")
VARIABLE = re.compile(r"%([A-Za-z_][\w()#$'.?@\[\]`{}~+-]*)(?::[^%\"\n]*)?%")
"""`%NAME%`, `%ProgramFiles(x86)%`, `%NAME:a=b%`: replaced before anything else is read."""

_UNARY = frozenset(("exist", "defined", "errorlevel", "cmdextversion"))
_BINARY = frozenset(("equ", "neq", "lss", "leq", "gtr", "geq"))
_BATCH_FILE = re.compile(r'\A"?[^"]*\.(?:bat|cmd)"?\Z', re.IGNORECASE)


@dataclass(slots=True)
class CmdCommand:
    """One command as cmd reads it.

    Attributes:
        text: on one line.
        problem: why it cannot be one of several in a line, and what to write instead; None if it can.
        only_before_others: the problem is that it takes what follows it along: with nothing after it, there is none.
        is_comment: all of it is a comment.
        swallows: what follows it in a line would belong to it, or to a part of it: `if`, `for`, `&`, `||`.
        loops: it has a `for`.
        starts: where the simple commands in it begin.
        operators: `&` and `|` in it, that hide a failure of what is before them.
        plain: `(` and `)` that group nothing: in parentheses they need a caret.
    """

    text: str
    problem: tuple[str, str] | None = None
    only_before_others: bool = False
    is_comment: bool = False
    swallows: bool = False
    loops: bool = False
    starts: list[int] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    plain: list[int] = field(default_factory=list)

    def in_parentheses(self) -> str:
        """The command as a group, after which another one can stand."""
        escaped = "".join("^" * (place in self.plain) + each for place, each in enumerate(self.text))
        return f"({escaped})"

    def with_calls(self) -> CmdCommand:
        """With `call` before .bat files: without it `&&` does not see their exit code.

        `call` reads its line a second time: where that would change an argument, there is a `problem`.
        """
        files = [start for start in self.starts if _BATCH_FILE.match(self._word(start))]
        if not files or self.problem is not None:
            return self
        if not _is_read_twice_the_same(self.text):
            hint = "pass it in a variable of environment_settings, or call the file in the last command"
            return CmdCommand(self.text, ("an argument of a .bat file holds %, ^ or a quote", hint))
        pieces = [self.text[start:end] for start, end in zip([0, *files], [*files, None], strict=True)]
        return read_cmd("call ".join(pieces))

    def _word(self, start: int) -> str:
        found = re.match(r'"[^"]*"|[^\s"&|<>()]+', self.text[start:])
        return found[0] if found is not None else ""


def read_cmd(text: str) -> CmdCommand:
    """Read one command; a caret at the end of a line continues it on the next one."""
    reading = _Reading(CmdCommand(_CONTINUED.sub(" ", text).strip()))
    reading.read()
    return reading.command


def _is_read_twice_the_same(text: str) -> bool:
    place = 0
    while place < len(text):
        character = text[place]
        if character == "^":
            if text[place + 1 : place + 2] in {"%", "^"} or text[max(0, place - 1) : place + 2] == '\\^"':
                return False
            place += 1
        elif character == '"':
            end = text.find('"', place + 1)
            if end < 0 or "^" in text[place:end]:
                return False
            place = end
        place += 1
    return True


class _Reading:
    """Goes through a text once.

    What may come next is one of: a `command`, its `arguments`, the condition of an `if`, what is between `for` and
    `in`, the set after `in`, `do`, and what follows a closed group (`closed`).
    """

    def __init__(self, command: CmdCommand) -> None:
        self.command = command
        self._text = command.text
        self._place = 0
        self._depth = 0
        self._next = "command"
        self._condition: list[str] = []

    def read(self) -> None:
        """Until the end, or what is wrong."""
        if "\n" in self._text or "\r" in self._text:
            self._wrong("the command has several lines, of which cmd reads the first only", "write each as a command")
        while self._place < len(self._text) and self.command.problem is None and not self.command.is_comment:
            self._step(self._text[self._place])
        if self._depth and self.command.problem is None and not self.command.is_comment:
            self._wrong("the command ends inside a parenthesis", "close it, or put ^ before it")

    def _wrong(self, message: str, hint: str, *, only_before_others: bool = False) -> None:
        in_command = self._depth == 0 and self._next in {"command", "arguments"}
        self.command.problem, self.command.only_before_others = (message, hint), only_before_others and in_command

    def _step(self, character: str) -> None:
        if character in " \t":
            self._place += 1
        elif character in "&|":
            self._operator(character)
        elif character in "<>":
            self._redirection()
        elif character == "(" and self._next == "command":
            self._depth += 1
            self._place += 1
        elif character == "(" and self._next == "in":
            self._place = self._end_of_set()
            self._next = "do"
        elif character == ")" and self._depth:
            self._depth -= 1
            self._place += 1
            self._next = "closed"
        elif character == ")" and self._next == "command":
            self._wrong("the command closes a parenthesis that it does not open", "remove it, or write ^)")
        else:
            self._word()

    def _operator(self, character: str) -> None:
        is_double = self._text[self._place : self._place + 2] == character * 2
        self._place += 1 + is_double
        if is_double != (character == "&"):
            self.command.swallows = True
        if not is_double:
            self.command.operators.append(character)
        self._next = "command"

    def _redirection(self) -> None:
        while self._text[self._place : self._place + 1] in {"<", ">", "&"}:
            self._place += 1
        while self._text[self._place : self._place + 1] in {" ", "\t"}:
            self._place += 1
        self._place = self._end_of_word()

    def _end_of_set(self) -> int:
        place = self._place
        while place < len(self._text):
            if self._text[place] == '"':
                place = self._after_quote(place)
                continue
            if self._text[place] == ")":
                return place + 1
            place += 2 if self._text[place] == "^" else 1
        self._wrong("the command ends inside a parenthesis", "close it, or put ^ before it")
        return place

    def _after_quote(self, place: int) -> int:
        end = self._text.find('"', place + 1)
        if end < 0:
            hint = 'close it, or write ^" for a quote that opens nothing'
            self._wrong("the command ends inside a quote", hint, only_before_others=True)
            return len(self._text)
        return end + 1

    def _end_of_word(self) -> int:
        place = self._place
        while place < len(self._text):
            character = self._text[place]
            variable = VARIABLE.match(self._text, place)
            if character == "^":
                if place + 1 == len(self._text):
                    hint = "remove the ^ at its end, or write ^^"
                    self._wrong("the command ends inside an escape", hint, only_before_others=True)
                place += 2
            elif character == '"':
                place = self._after_quote(place)
            elif variable is not None:
                place = variable.end()
            elif character in " \t&|<>" or (character == ")" and self._depth):
                break
            else:
                if character == ")" or (character == "(" and place == self._place and not self._depth):
                    self.command.plain.append(place)
                place += 1
        return min(place, len(self._text))

    def _word(self) -> None:
        begin, self._place = self._place, self._end_of_word()
        word = self._text[begin : self._place].lower()
        if self._next == "command":
            self._begin(begin, word)
        elif self._next == "if":
            self._condition.append(word)
            if _is_complete(self._condition):
                self._next = "command"
        elif self._next == "for":
            if word.startswith("%%"):
                self._wrong(f"{word} is for .bat files", f"in a command write {word[1:]}")
            self._next = "in" if word == "in" else "for"
        elif self._next in {"do", "closed"}:
            keyword = "do" if self._next == "do" else "else"
            found = re.match(rf"{keyword}(?=\(|\Z)", word)
            self._place = begin + len(keyword) if found is not None else self._place
            self._next = "command" if found is not None else "arguments"

    def _begin(self, begin: int, word: str) -> None:
        name = word.lstrip("@")
        begin += len(word) - len(name)
        is_first = not self._text[:begin].strip("@ \t")
        keyword = re.match(r"(?:if|for|rem)(?![\w.:\\-])", name)
        if name.startswith(":"):
            self.command.is_comment = is_first and name.startswith("::")
            if not self.command.is_comment:
                what = "a comment takes the rest of the line" if name.startswith("::") else "cmd /c has no labels"
                hint = "remove it" if name.startswith("::") else "write a .bat file, and upload it"
                self._wrong(what, hint, only_before_others=name.startswith("::"))
        elif keyword is not None and keyword[0] == "rem":
            self.command.is_comment = is_first
            if not is_first:
                hint = "remove it, or write it as a command of its own"
                self._wrong("rem takes the rest of the line", hint, only_before_others=True)
        elif keyword is not None:
            self._place = begin + len(keyword[0])
            self._next, self._condition = keyword[0], []
            self.command.swallows = True
            self.command.loops = self.command.loops or keyword[0] == "for"
        else:
            self.command.starts.append(begin)
            self._next = "arguments"


def _is_complete(condition: list[str]) -> bool:
    """Whether a condition of `if` has all of its words: `not exist x`, `"a"=="b"`, `a equ b`."""
    words = [word for word in condition if word not in {"/i", "not"}]
    if not words:
        return False
    if words[0] in _UNARY:
        return len(words) > 1
    _, equals, right = re.sub(r'"[^"]*"', '""', " ".join(words)).partition("==")
    if equals:
        return bool(right.strip())
    return len(words) > 2 and words[1] in _BINARY  # noqa: PLR2004
