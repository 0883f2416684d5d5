"""What a position in a command line is inside of, as its shell will read it.

The result of an expression is quoted as a separate word. Inside quotes, a comment, a here-document, backquotes or
arithmetic, or after a backslash, a shell reads that quoting differently, so no expression is allowed there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARITHMETIC, _OLD_ARITHMETIC, _SUBSHELL, _ANSI_QUOTE = "((", "$[", "(", "$'"
_QUOTES = frozenset({"'", '"', _ANSI_QUOTE})
_LEFT_OPEN = {
    "'": "a quote",
    _ANSI_QUOTE: "a quote",
    '"': "a quote",
    "`": "a backquote",
    _OLD_ARITHMETIC: "arithmetic",
}
_END_OF_WORD = re.compile(r"[\s;|&()<>]")
_DELIMITER = re.compile(r"(['\"]?)([A-Za-z0-9_]+)\1\Z")


@dataclass(frozen=True, slots=True)
class _Here:
    """A here-document: the line that ends it, None where it cannot be determined; `<<-` strips leading tabs."""

    end: str | None
    strips_tabs: bool

    def ends_with(self, line: str) -> bool:
        return (line.lstrip("\t") if self.strips_tabs else line) == self.end


class QuoteState:
    """Reads a command line piece by piece and knows what the place reached is inside of.

    Nested `$(…)` begins afresh, as it does in a shell; a comment lasts to the end of its line.

    Args:
        windows: the line is for a Windows node.
        shell: `bash`, `sh` (any shell of POSIX) or `cmd`; None is the node itself, which splits the line.
    """

    def __init__(self, *, windows: bool, shell: str | None) -> None:
        self._windows = windows
        self._shell = shell is not None
        self._bash = shell == "bash"
        self._stack: list[str] = []
        self._comment = False
        self._escaped = False
        self._word_start = True
        self._before = ""
        self._delimiter: str | None = None  # of a here-document, while it is being read
        self._here: list[_Here] = []  # those whose bodies come, or have begun
        self._in_body = False
        self._line = ""
        self._closes_arithmetic = False  # the first of the two parentheses has been read
        self._ambiguous: str | None = None  # what shells read differently from here to the end

    @property
    def inside(self) -> str | None:
        """What the next character is inside of, in words; None where a word of its own can stand."""
        if self._stack and self._stack[-1] in _QUOTES:
            return "quotes"
        if self._escaped:
            return "an escape"
        if self._comment:
            return "a comment"
        if self._in_body or self._delimiter is not None:
            return "a here-document"
        if "`" in self._stack:
            return "backquotes"
        return "arithmetic" if self._in_arithmetic or self._closes_arithmetic else self._ambiguous

    @property
    def expands(self) -> bool:
        """Whether the shell reads a `$` here as a sign: also between double quotes."""
        top = self._stack[-1] if self._stack else ""
        return top == '"' or self.inside not in {"quotes", "an escape", "a comment", "a here-document"}

    @property
    def left_open(self) -> str | None:
        """What the end of a command does not close, in words."""
        ended = self._in_body and len(self._here) == 1 and self._here[0].ends_with(self._line)
        if self._delimiter is not None or (self._here and not ended):
            return "a here-document"
        if self._escaped:
            return "an escape"
        if not self._stack:
            return None
        return _LEFT_OPEN.get(self._stack[-1], "a parenthesis")

    def read(self, text: str) -> None:
        """Go on over a literal piece."""
        for character in text:
            if self._windows:
                if self._escaped:
                    self._escaped = False
                elif character == '"':
                    self._stack = [] if self._stack else ['"']
                else:
                    self._escaped = self._shell and character == "^" and not self._stack
            elif self._in_body:
                self._step_in_body(character)
            else:
                self._read_one(character)

    def value(self) -> None:
        """Go on over the result of an expression, which stands for whole words."""
        self._word_start = self._escaped = False
        self._before = ""
        self._line += "\0"

    def _read_one(self, character: str) -> None:
        escaped = self._escaped
        if self._closes_arithmetic and character != ")":
            # `$(( … ) …`: some shells go on with arithmetic, others read a command that begins with a subshell.
            self._ambiguous = "arithmetic"
        self._closes_arithmetic = False
        self._step(character)
        if self._escaped or (escaped and character == "\n"):
            return  # a backslash joins the lines: what is before it is before what follows
        self._word_start = not escaped and character in " \t\n;&|("
        # An escaped character is itself, and no part of `<<` or `$(`.
        self._before = (self._before + ("\0" if escaped else character))[-2:]

    def _step_in_body(self, character: str) -> None:
        if character != "\n":
            self._line += character
            return
        if self._line.endswith("\\"):
            self._line = self._line[:-1]  # where the delimiter is not quoted, the shell joins the lines
            return
        if self._here[0].ends_with(self._line):
            self._here.pop(0)
            self._in_body = bool(self._here)
        self._line = ""

    def _step(self, character: str) -> None:
        top = self._stack[-1] if self._stack else ""
        begins_body = character == "\n" and not self._escaped and top not in _QUOTES
        if self._delimiter is not None:
            self._read_delimiter(character)
        if self._comment:
            self._comment = character != "\n"
        elif self._escaped:
            self._escaped = False
        elif top in {"'", _ANSI_QUOTE}:
            self._step_in_quotes(character, top)
        elif character == "\\":
            self._escaped = True
        elif top == character and character in {'"', "`"}:
            self._stack.pop()
        elif not self._opens(character, top):
            self._step_outside(character, top)
        if begins_body and self._here:
            self._in_body, self._line = True, ""

    def _step_in_quotes(self, character: str, top: str) -> None:
        """A character between apostrophes, or in `$'…'`."""
        if character == "'":
            self._stack.pop()
        elif character == "\\" and top == _ANSI_QUOTE:
            if self._bash:
                self._escaped = True
            else:  # bash reads an escape in `$'…'`, other shells a backslash
                self._ambiguous = "quotes"

    def _step_outside(self, character: str, top: str) -> None:
        """A character that neither opens nor ends quotes."""
        if top == '"':
            return
        if character == ")" and top in {_SUBSHELL, _ARITHMETIC}:
            self._stack.pop()
            self._closes_arithmetic = top == _ARITHMETIC and self._stack[-1:] == [_SUBSHELL]
        elif character == "]" and top == _OLD_ARITHMETIC:
            self._stack.pop()
        elif self._shell and character == "#" and self._word_start:
            self._comment = True
        elif self._shell and character == "<" and self._before[-1:] == "<" and self._before != "<<":
            # In arithmetic `<<` shifts.
            self._delimiter = None if self._in_arithmetic else ""

    @property
    def _in_arithmetic(self) -> bool:
        return _ARITHMETIC in self._stack or _OLD_ARITHMETIC in self._stack

    def _opens(self, character: str, top: str) -> bool:
        """Whether a character begins quotes, or a command inside the command; notes which."""
        opened = ""
        if character == '"':
            opened = character
        elif character == "`" or (character == "(" and self._before[-1:] == "$"):
            opened = character if self._shell else ""
        elif character == "[" and self._bash and self._before[-1:] == "$":
            opened = _OLD_ARITHMETIC
        elif top == '"':
            # Inside double quotes an apostrophe and a lone parenthesis are themselves.
            opened = ""
        elif character == "'":
            opened = _ANSI_QUOTE if self._before[-1:] == "$" else character
        elif character == "(" and self._shell:
            opened = _ARITHMETIC if self._before[-1:] == "(" or top == _ARITHMETIC else _SUBSHELL
        if opened:
            self._stack.append(opened)
        return bool(opened)

    def _read_delimiter(self, character: str) -> None:
        """The word after `<<`, which ends the here-document when it stands alone on a line."""
        word = self._delimiter or ""
        if word == "" and character == "<":  # `<<<` takes one word and has no body
            self._delimiter = None
        elif word in {"", "-"} and character in " \t-":
            self._delimiter = word + character.strip()
        elif _END_OF_WORD.match(character):
            known = _DELIMITER.match(word.removeprefix("-"))
            self._here.append(_Here(known[2] if known else None, word.startswith("-")))
            self._delimiter = None
        else:
            self._delimiter = word + character
