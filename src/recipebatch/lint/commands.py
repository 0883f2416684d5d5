"""Rules about commands, read as the shell reads them, and about `raw:`."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding, parts
from recipebatch.lint.texts import NEARLY_VARIABLE, own_variables
from recipebatch.recipe import Expression, Node, QuoteState, template, without_effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject

_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*]|\{[A-Za-z_](?!\w*\.)[^}]{0,200}\})")
_ENDS_WORD = frozenset(" \t\n;|&()<>")


def unquoted_expressions(subject: Subject) -> Iterator[Problem]:
    """`| raw` in a command."""
    for command in subject.commands:
        for line in command.lines:
            for piece in template(str(line.value)):
                if isinstance(piece, Expression) and piece.raw:
                    message = f"${{{{ {piece.source} }}}} is inserted into the command without quoting"
                    hint = "remove `| raw`; a list is expanded to several quoted arguments"
                    yield finding(line.at, message, "unquoted-expression", hint)


def unquoted_variables(subject: Subject) -> Iterator[Problem]:
    """`$NAME` outside quotes, where the shell splits its value."""
    own = own_variables(subject.document)
    for command in subject.commands:
        for line in command.lines if command.shell in {"bash", "sh"} else ():
            names = list(dict.fromkeys(_unquoted(line, command.shell, own)))
            if names:
                plural = "s" if len(names) > 1 else ""
                message = f"unquoted shell variable{plural} {', '.join(names)}"
                hint = f'write "{names[0]}": the shell splits an unquoted value at spaces'
                yield finding(line.at, message, "unquoted-variable", hint)


def without_shell(subject: Subject) -> Iterator[Problem]:
    """A `command_line` with shell syntax."""
    windows = _is_windows(subject)
    for command in subject.commands:
        for line in command.lines if command.shell is None else ():
            text = "".join(piece for piece in template(str(line.value)) if isinstance(piece, str))
            found = without_effect(text, windows=windows)
            if found is not None:
                message = f"{found} has no effect in command_line, which runs without a shell"
                yield finding(line.at, message, "no-shell", "write `commands: [...]`, which runs in a shell")


def raw_blocks(subject: Subject) -> Iterator[Problem]:
    """Every `raw:` that is not empty."""
    for part in parts(subject.recipe, object):
        if is_dataclass(part) and any(field.name == "raw" for field in fields(part)):
            node = getattr(part, "raw", None)
            if isinstance(node, Node) and node.entries():
                names = ", ".join(node.entries())
                yield finding(node.at, f"raw adds {names} to the request without validation", "raw-used")


RULES = (unquoted_expressions, unquoted_variables, without_shell, raw_blocks)


def _is_windows(subject: Subject) -> bool:
    return any(pool.os == "windows" for pool in subject.recipe.pools)


def _unquoted(line: Node, shell: str | None, own: set[str]) -> Iterator[str]:
    """The variables of one command that are outside quotes, where the shell splits their values.

    `$params.n` is none unless its name is among the recipe's own: it was meant as an expression.
    """
    quotes = QuoteState(windows=False, shell=shell)
    word, words = "", [""]
    for piece in template(str(line.value)):
        if not isinstance(piece, str):
            quotes.value()
            word += "\0"
            continue
        for number, character in enumerate(piece):
            if character == "$" and quotes.inside is None and not _is_kept_whole(word, words):
                found = _VARIABLE.match(piece, number)
                nearly = NEARLY_VARIABLE.match(piece, number)
                if found is not None and (nearly is None or nearly["name"] in own):
                    yield found[0]
            quotes.read(character)
            if character in _ENDS_WORD and quotes.inside is None:
                words = [*words[-2:], word] if word else words
                words = [""] if character in ";|&\n(" else words
                word = ""
            else:
                word += character


def _is_kept_whole(word: str, before: list[str]) -> bool:
    """Whether the shell does not split (an assignment, the word of `case`), or is meant to (the words of `for`)."""
    return bool(re.match(r"[A-Za-z_]\w*=", word)) or before[-1] == "case" or (before[-1] == "in" and "for" not in word)
