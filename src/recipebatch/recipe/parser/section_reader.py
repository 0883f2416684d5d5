"""Document → settings, each checked as far as it can be without a run: its kind, its expressions, their names."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from recipebatch.errors import Problem, SourcePosition
from recipebatch.properties import value_types
from recipebatch.recipe.expressions import (
    Expression,
    ExpressionError,
    QuoteState,
    Scope,
    Template,
    check_names,
    template,
)
from recipebatch.recipe.expressions.cmd_commands import CmdCommand, read_cmd
from recipebatch.recipe.model import CommandSpec, EnvironmentSpec, Setting, Text
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.properties.value_types import Converter
    from recipebatch.recipe.nodes import Node

T = TypeVar("T")
D = TypeVar("D")

_NO_DEFERRED = {
    "secret": "a secret is not allowed here",
    "sas": "a SAS token is not allowed here",
    "url": "a container's URL is not allowed here",
}


_BY_ENVIRONMENT = 'pass it to the command through environment_settings and write "$NAME" there'
_UNFINISHED = "each command must be complete by itself; ` #` begins a comment: put a command with ` #` in single quotes"
_OPEN_QUOTE = (
    "the quote is not closed: ' ends a text in '…', so put a text with ' in \"…\"; each command must be complete by "
    "itself; ` #` begins a comment: put a command with ` #` in single quotes"
)
_OWN_SHELL = "remove shell; for another shell write `command_line: powershell -File script.ps1`"
_OUT_OF = {
    "quotes": "remove the quotes: its result is quoted safely",
    "a comment": "remove it from the comment",
    "an escape": "remove the backslash: its result is quoted safely",
}


def _left_open_without_shell(pieces: Sequence[str | Expression]) -> str | None:
    """What the end of a command does not close that a node of Linux splits into words by its quotes and escapes."""
    if any(isinstance(piece, Expression) and piece.raw for piece in pieces):
        return None
    try:
        shlex.split("".join(piece if isinstance(piece, str) else "x" for piece in pieces))
    except ValueError as error:
        return "an escape" if "escape" in str(error) else "a quote"
    return None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads settings at places where the same names are known.

    Attributes:
        scope: the names that expressions may use here.
        problems: where what is wrong is collected; shared by all readers of one recipe.
        os: the pool's operating system, for commands.
        containers: the names in `storage:`.
        shell: what runs `commands:`: `bash`, `sh` or `cmd`.
        in_container: commands run in a container.
        seen: where given, the scope of each text that is read, by its position; for editors.
    """

    scope: Scope
    problems: list[Problem] = field(default_factory=list)
    os: str = "linux"
    containers: frozenset[str] = frozenset()
    shell: str = "bash"
    in_container: bool = False
    seen: dict[SourcePosition, Scope] | None = None

    def with_names(self, names: dict[str, frozenset[str] | None], elsewhere: dict[str, str] | None = None) -> Reader:
        """A reader for places where more names are known; `elsewhere` says why some are not."""
        reasons = {**self.scope.elsewhere, **(elsewhere or {})}
        return replace(self, scope=Scope({**self.scope.names, **names}, reasons))

    def with_commands(self, node: Node) -> Reader:
        """A reader for a task of any kind, whose `shell` and container say what runs its commands.

        Every Linux image of Azure Batch has bash, which can see that a command before a pipe fails; an image of a
        container may have no more than `sh`.
        """
        written, in_container = node.get("shell"), node.get("container_settings") is not None
        several = node.get("multi_instance_settings")
        if self.os == "windows":
            shell = "cmd"
            if written is not None:
                message = "shell has no effect on a Windows pool: commands run in cmd"
                self.problem(written.at, message, "exclusive-keys", _OWN_SHELL)
        else:
            shell = str(written.value) if written is not None else "sh" if in_container else "bash"
            if (
                written is not None
                and node.get("commands") is None
                and (several is None or several.get("coordination_commands") is None)
            ):
                message = "shell has no effect without commands: command_line runs without a shell"
                self.problem(written.at, message, "exclusive-keys", "write `commands: [...]`, or remove shell")
        return replace(self, shell=shell, in_container=in_container)

    def problem(self, at: SourcePosition, message: str, code: str, hint: str | None = None) -> None:
        """Note something that is wrong."""
        self.problems.append(Problem(at, message, code, hint))

    def setting(
        self, parent: Node | None, key: str, convert: Converter[T], default: D, *, deferred: bool = False
    ) -> Setting[T, D]:
        """The setting at a key of a mapping."""
        node = parent.get(key) if parent is not None else None
        return self.value(key, node, convert, default, deferred=deferred)

    def value(
        self, name: str, node: Node | None, convert: Converter[T], default: D, *, deferred: bool = False
    ) -> Setting[T, D]:
        """One value as a setting."""
        result = Setting(name, node, convert, default, deferred)
        if node is None:
            return result
        pieces = self.template(node, deferred=deferred)
        if pieces is not None and all(isinstance(piece, str) for piece in pieces):
            literal = "".join(str(piece) for piece in pieces) if isinstance(node.value, str) else node.scalar
            try:
                convert(literal)
            except ValueError as error:
                self.problem(node.at, f"{name} {error}", value_types.code_of(error), value_types.hint_of(error))
        return result

    def text(self, parent: Node | None, key: str) -> Text:
        """An optional text."""
        return self.setting(parent, key, value_types.some_text, None)

    def texts(self, parent: Node | None, key: str, convert: Converter[str] = value_types.some_text) -> tuple[Text, ...]:
        """One text or a list of them."""
        node = parent.get(key) if parent is not None else None
        if node is None:
            return ()
        nodes = node.items() if isinstance(node.value, tuple) else (node,)
        return tuple(self.value(key, item, convert, None) for item in nodes)

    def template(self, node: Node, *, deferred: bool = False) -> Template | None:
        """The pieces of a scalar, with its expressions checked; None when one is not well formed."""
        if not isinstance(node.value, str):
            return (value_types.scalar_text(node.scalar),) if isinstance(node.value, (int, float)) else ("",)
        self._see(node)
        try:
            pieces = template(node.value)
        except ExpressionError as error:
            self.problem(node.at, str(error), error.code, error.hint)
            return None
        for piece in pieces:
            if isinstance(piece, Expression):
                self._names(piece, node)
                if piece.deferred and not deferred:
                    hint = "pass it to the program through environment_settings"
                    self.problem(node.at, _NO_DEFERRED[piece.deferred], "deferred-not-here", hint)
        return pieces

    def tree(self, node: Node) -> None:
        """Check the expressions of data of any shape, such as the items of a loop."""
        for entry in node.value.values() if isinstance(node.value, dict) else ():
            self.tree(entry.value)
        for item in node.items():
            self.tree(item)
        if isinstance(node.value, str):
            self.template(node)

    def environment(
        self, node: Node | None, convert: Converter[str] = value_types.lines, *, deferred: bool = True
    ) -> EnvironmentSpec:
        """A mapping of names to texts; those of environment settings may hold secrets and SAS tokens."""
        return tuple(
            (name, self.value(name, entry.value, convert, "", deferred=deferred))
            for name, entry in (node.entries().items() if node is not None else ())
        )

    def command(self, parent: Node, key: str, shell_key: str) -> CommandSpec:
        """A list of commands for the shell, or one command line without one."""
        commands, line = parent.get(shell_key), parent.get(key)
        node = commands or line
        lines = () if node is None else node.items() if commands is not None else (node,)
        shell = self.shell if commands is not None else None
        for each in lines:
            self._command_line(each, shell)
        if shell == "cmd":
            self._commands_for_cmd(lines)
        return CommandSpec(at=(node or parent).at, lines=lines, shell=shell, in_container=self.in_container)

    def reference(self, node: Node | None, names: Iterable[str], what: str) -> str | None:
        """A name that must be one of those the recipe defines."""
        if node is None or not isinstance(node.value, str):
            return None
        known = list(names)
        if node.value not in known:
            hint = did_you_mean(node.value, known) or f"the recipe has no {what}s"
            self.problem(node.at, f"unknown {what} {node.value}", f"unknown-{what}", hint)
        return node.value

    def _see(self, node: Node) -> None:
        if self.seen is not None:
            self.seen[node.at] = self.scope

    def _names(self, expression: Expression, node: Node) -> None:
        for error in check_names(expression, self.scope):
            self.problem(node.at, str(error), error.code, error.hint)

    def _command_line(self, node: Node, shell: str | None) -> None:
        if shell is None and isinstance(node.value, str) and node.value.isspace():
            self.problem(node.at, "a command_line of blanks alone names no program", "invalid-recipe")
            return
        self._see(node)
        try:
            pieces = template(node.value) if isinstance(node.value, str) else ()
        except ExpressionError as error:
            self.problem(node.at, str(error), error.code, error.hint)
            return
        quotes = QuoteState(windows=self.os == "windows", shell=shell)
        for piece in pieces:
            if isinstance(piece, str):
                quotes.read(piece)
                continue
            self._names(piece, node)
            if piece.deferred:
                self._refuse_deferred(piece, node)
            elif quotes.inside is not None and not piece.raw:
                message = f"the expression ${{{{ {piece.source} }}}} is inside {quotes.inside}"
                self.problem(node.at, message, "expression-in-quotes", _OUT_OF.get(quotes.inside, _BY_ENVIRONMENT))
            quotes.value()
        left_open = quotes.left_open if shell not in {None, "cmd"} else None
        if shell is None and self.os == "linux":
            left_open = _left_open_without_shell(pieces)
        if left_open is not None:
            hint = _OPEN_QUOTE if left_open == "a quote" else _UNFINISHED
            self.problem(node.at, f"the command ends inside {left_open}", "unfinished-command", hint)

    def _commands_for_cmd(self, nodes: Iterable[Node]) -> None:
        """Refuse what cmd cannot run as one of these commands; what `| raw` adds is known with its value."""
        read: list[tuple[Node, CmdCommand | None]] = []
        for node in nodes:
            try:
                pieces = template(node.value) if isinstance(node.value, str) else ()
            except ExpressionError:  # said already
                pieces = ()
            is_known = not any(isinstance(piece, Expression) and piece.raw for piece in pieces)
            text = "".join(piece if isinstance(piece, str) else "x" for piece in pieces)
            read.append((node, read_cmd(text) if is_known else None))
        kept = [(node, found) for node, found in read if found is None or not found.is_comment]
        for node, found in kept:
            if found is None or found.problem is None:
                continue
            ends_the_line = node is kept[-1][0] and not (found.swallows and len(kept) > 1)
            if not (found.only_before_others and ends_the_line):
                self.problem(node.at, found.problem[0], "not-for-cmd", found.problem[1])

    def _refuse_deferred(self, expression: Expression, node: Node) -> None:
        hint = "pass it through environment_settings and use $NAME in `commands`"
        if expression.deferred == "url":
            message = "a container's URL is not known when the command line is built"
            self.problem(node.at, message, "deferred-not-here", hint)
        else:
            what = "a secret" if expression.deferred == "secret" else "a SAS token"
            message = f"{what} on a command line is visible to everyone who can read the task"
            self.problem(node.at, message, "secret-on-command-line", hint)


def keyword_at(parent: Node | None, key: str, default: str = "") -> str:
    """A word that the schema has checked."""
    node = parent.get(key) if parent is not None else None
    return default if node is None else str(node.value)
