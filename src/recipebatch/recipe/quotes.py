"""Which places of a command line stand inside quotes, as the shell that will read it sees them."""

from __future__ import annotations

_CLOSED_BY_THEMSELVES = {'"', "`"}


class QuoteState:
    """Reads a command line piece by piece and knows whether the place reached is inside quotes.

    Nested `$(…)` and `` `…` `` begin afresh, as they do in a shell; a comment lasts to the end of its line.
    """

    def __init__(self, *, windows: bool, shell: bool) -> None:
        self._windows = windows
        self._shell = shell
        self._stack: list[str] = []
        self._comment = False
        self._escaped = False
        self._word_start = True

    @property
    def quoted(self) -> bool:
        """Whether the next character is inside quotes."""
        return bool(self._stack) and self._stack[-1] in {"'", '"'}

    @property
    def in_comment(self) -> bool:
        """Whether the next character belongs to a comment."""
        return self._comment

    def read(self, text: str) -> None:
        """Go on over a literal piece."""
        previous = ""
        for character in text:
            self._windows_step(character) if self._windows else self._step(character, previous)
            previous = character

    def value(self) -> None:
        """Go on over the result of an expression, which stands for whole words."""
        self._word_start = False
        self._escaped = False

    def _windows_step(self, character: str) -> None:
        if character == '"':
            self._stack = [] if self._stack else ['"']

    def _step(self, character: str, previous: str) -> None:
        top = self._stack[-1] if self._stack else ""
        if self._comment:
            self._comment = character != "\n"
        elif self._escaped:
            self._escaped = False
        elif top == "'":
            if character == "'":
                self._stack.pop()
        elif character == "\\":
            self._escaped = True
        elif top == character and character in _CLOSED_BY_THEMSELVES:
            self._stack.pop()
        elif self._opens(character, previous, top):
            self._stack.append(character)
        elif top == "(" and character == ")":
            self._stack.pop()
        elif top != '"' and self._shell and character == "#" and self._word_start:
            self._comment = True
        self._word_start = character in " \t\n;&|("

    def _opens(self, character: str, previous: str, top: str) -> bool:
        """Whether a character begins quotes, or a command inside the command."""
        if character == '"':
            return True
        if character == "`" or (character == "(" and previous == "$"):
            return self._shell
        # Inside double quotes an apostrophe and a lone parenthesis are themselves.
        return top != '"' and (character == "'" or (character == "(" and "(" in self._stack))
