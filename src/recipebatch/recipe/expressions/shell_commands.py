"""The simple commands of a text for a shell, with the words of each: `a 'b c' | d > e` → `a 'b c'` and `d > e`.

A reading for advice, not an interpreter: what it does not know, such as functions, it takes as words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.recipe.expressions.shell_quotes import QuoteState
from recipebatch.recipe.expressions.syntax import Expression

if TYPE_CHECKING:
    from recipebatch.recipe.expressions.syntax import Template

VALUE = "\0"
"""Stands for the result of an expression in the text of a word."""

_RESERVED = frozenset(("if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"))
_OPERATORS = frozenset("|&;\n()`")
_GROUP, _SUBSTITUTION = "(", "$("


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, quotes included.

    Attributes:
        text: with `VALUE` for each expression.
        bare: the same without what is in quotes.
        expressions: those in it, in order.
    """

    text: str
    bare: str
    expressions: tuple[Expression, ...] = ()


@dataclass(slots=True)
class SimpleCommand:
    """A program, builtin or assignment with its arguments; without words a group in parentheses.

    Attributes:
        piped: a pipe takes its output.
        reads_from: the command whose output a pipe gives to it.
        otherwise: the command after `||`, if that follows it.
        outer: the command that it stands in, in parentheses or as a substitution.
    """

    words: list[Word] = field(default_factory=list)
    piped: bool = False
    reads_from: SimpleCommand | None = None
    otherwise: SimpleCommand | None = None
    outer: SimpleCommand | None = None

    @property
    def name(self) -> str:
        """Its first word that is no assignment, without quotes and folders; "" if there is none."""
        found = next((word.text for word in self.words if not _is_assignment(word.text)), "")
        return found.replace("'", "").replace('"', "").rpartition("/")[2]

    @property
    def arguments(self) -> list[Word]:
        """The words after its name."""
        before = next((place for place, word in enumerate(self.words) if not _is_assignment(word.text)), 0)
        return self.words[before + 1 :]


def simple_commands(pieces: Template, shell: str | None) -> list[SimpleCommand]:
    """The commands of a text in the order in which they begin; a text without a shell is one."""
    reading = _Reading(shell)
    for piece in pieces:
        if isinstance(piece, Expression):
            reading.value(piece)
        else:
            for character in piece:
                reading.read(character)
    reading.end_word()
    return [command for command in reading.found if command.words or command.piped]


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.rstrip("+").isidentifier()


@dataclass(slots=True)
class _Part:
    """What has been read of a word."""

    text: str = ""
    bare: str = ""
    expressions: tuple[Expression, ...] = ()


class _Reading:
    def __init__(self, shell: str | None) -> None:
        self._shell = shell
        self._quotes = QuoteState(windows=False, shell=shell)
        self._command = SimpleCommand()
        self.found = [self._command]
        self._part = _Part()
        self._outer: list[tuple[str, SimpleCommand, _Part]] = []  # what parentheses and backquotes are inside of
        self._piped = self._command  # the last one whose output a pipe takes
        self._operator = ""  # that just before this character
        self._waits = False  # for the command after `|` or `||`, which can be on the next line
        self._cases = 0
        self._in_patterns = False  # of `case`, where `|` is no pipe

    def value(self, expression: Expression) -> None:
        """Go on over an expression."""
        self._quotes.value()
        self._add(VALUE, bare=True)
        self._part.expressions = (*self._part.expressions, expression)

    def read(self, character: str) -> None:
        """Go on over one character."""
        before = self._quotes.inside
        self._quotes.read(character)
        inside = self._quotes.inside
        operator, self._operator = self._operator, ""
        if before == "a here-document" and inside is None and character in _OPERATORS:
            self._operate(character, "")
        elif "a here-document" in {before, inside} or inside == "a comment":
            self.end_word()
        elif self._shell is None:
            self._without_shell(character, before)
        elif character == "(" and self._part.text.endswith(("$", "<", ">")) and inside != "quotes":
            self._open(_SUBSTITUTION)
        elif character == ")" and before == "arithmetic" != inside:
            self._close()
        elif before not in {None, "backquotes", "a comment"} or inside == "arithmetic":
            self._add(character, bare="arithmetic" in {before, inside})
        elif character in " \t":
            self.end_word()
        elif character in _OPERATORS and not self._is_part_of_word(character):
            self._operate(character, operator)
        else:
            self._add(character, bare=character not in "'\"\\")

    def end_word(self) -> None:
        """The word read so far is complete."""
        text = self._part.text
        if text and (self._command.words or text not in _RESERVED):
            self._command.words.append(Word(text, self._part.bare, self._part.expressions))
        self._waits = self._waits and not text
        if text == "esac":
            self._cases, self._in_patterns = max(0, self._cases - 1), False
        elif text == "in" and self._command.name == "case":
            self._cases, self._in_patterns = self._cases + 1, True
        self._part = _Part()

    def _without_shell(self, character: str, before: str | None) -> None:
        if before is None and character.isspace():
            self.end_word()
        else:
            self._add(character, bare=before is None and character not in "'\"\\")

    def _add(self, text: str, *, bare: bool) -> None:
        self._part.text += text
        self._part.bare += text if bare else ""

    def _is_part_of_word(self, character: str) -> bool:
        if character in "|&" and self._part.text.endswith((">", "<")):
            return True
        words = [word.text for word in self._command.words]
        return words[:1] == ["[["] and "]]" not in words and character in "|&()"

    def _operate(self, character: str, before: str) -> None:
        """A character that ends a command, or begins or ends a group of them; `before` is the operator just before."""
        if character == "`":
            is_end = any(opened == character for opened, _, _ in self._outer)
            self._close() if is_end else self._open(character)
        elif character == "(" and not self._in_patterns:
            self._open(_GROUP)
        elif character == ")" and self._outer and not self._in_patterns:
            self._close()
        else:
            self.end_word()
            if (character == "\n" and self._waits) or before + character == "|&":  # bash: stderr goes through it too
                return
            self._operator = before + character if before == character else character
            if character == "|" and not self._in_patterns:
                self._command.piped, self._piped = before != "|", self._piped if before == "|" else self._command
            if self._operator == "||":
                self._piped.piped = False
                self._command.reads_from, self._piped.otherwise = None, self._command
                return
            self._in_patterns = self._cases > 0 if self._operator == ";;" else self._in_patterns and character != ")"
            self._waits = character == "|" and not self._in_patterns
            self._begin(self._command if self._waits else None)

    def _begin(self, reads_from: SimpleCommand | None) -> None:
        outer = self._outer[-1][1] if self._outer else None
        self._command = SimpleCommand(reads_from=reads_from, outer=outer)
        self.found.append(self._command)

    def _open(self, opened: str) -> None:
        if opened == _GROUP:
            self.end_word()
        self._outer.append((opened, self._command, self._part))
        self._part, self._waits = _Part(), False
        self._begin(self._command.reads_from if opened == _GROUP else None)

    def _close(self) -> None:
        self.end_word()
        if self._outer:
            opened, self._command, self._part = self._outer.pop()
            if opened != _GROUP:
                self._add("(…)", bare=True)
