"""Parses the text of a formula."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, cast

from recipebatch.emulator.scheduler.autoscale.syntax.errors import (
    START,
    FormulaSyntaxError,
    FormulaTooLongError,
    Position,
)
from recipebatch.emulator.scheduler.autoscale.syntax.formula import (
    Call,
    Chain,
    Choice,
    Formula,
    Member,
    Method,
    Name,
    Node,
    Number,
    Operation,
    Statement,
    Text,
    Unary,
    Vector,
)
from recipebatch.emulator.scheduler.autoscale.syntax.grammar import GRAMMAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import Lark, Token

MAX_LENGTH: Final = 8192
"""Characters ("The maximum length is 8192 characters", error codes of the Batch SDK for .NET; in the article 8 KB)."""

MAX_STATEMENTS: Final = 100
"""The article: "can include up to 100 statements". Which error the service gives for more is unverified."""

MAX_DEPTH: Final = 60
"""Maximum nesting of expressions, not counting parentheses and branches of `?:`. A limit of the emulator that keeps
the evaluation below Python's recursion limit; Azure's limit is unknown."""


def parse(text: str) -> Formula:
    """Parse a formula. Names are not looked up: an undefined symbol is an error of the evaluation (recorded answers).

    Raises:
        FormulaTooLongError: more than `MAX_LENGTH` characters.
        FormulaSyntaxError: any other error; also an empty formula (unverified).
    """
    if len(text) > MAX_LENGTH:
        raise FormulaTooLongError(START, f"The formula has {len(text)} characters; {MAX_LENGTH} are allowed")
    from lark import UnexpectedCharacters, UnexpectedToken

    try:
        # With a transformer the parser returns the result of `start`.
        statements = cast("tuple[Statement, ...]", _parser().parse(text))
    except UnexpectedCharacters as error:
        raise FormulaSyntaxError(_position(error), f"Unexpected character: {error.char}") from None
    except UnexpectedToken as error:
        raise _unexpected(error.token) from None
    if not statements:
        raise FormulaSyntaxError(START, "The formula has no statement")
    if len(statements) > MAX_STATEMENTS:
        raise FormulaSyntaxError(
            statements[MAX_STATEMENTS].at, f"The formula has {len(statements)} statements; {MAX_STATEMENTS} are allowed"
        )
    return Formula(text, statements)


@cache
def _parser() -> Lark:
    from lark import Lark

    # The transformer runs bottom-up during parsing, so deeply nested text causes no recursion.
    return Lark(GRAMMAR, parser="lalr", transformer=_transformer(), propagate_positions=False)


def _position(error: object) -> Position:
    line, column = getattr(error, "line", -1), getattr(error, "column", -1)
    return Position(line, column) if line > 0 and column > 0 else START


def _unexpected(token: Token) -> FormulaSyntaxError:
    at = _position(token)
    return FormulaSyntaxError(at, "Unexpected end of formula" if token.type == "$END" else f"Unexpected token: {token}")


def _at(token: Token) -> Position:
    return Position(token.line or 1, token.column or 1)


def _deeper(at: Position, *inner: Node) -> int:
    depth = 1 + max((node.depth for node in inner), default=0)
    if depth > MAX_DEPTH:
        raise FormulaSyntaxError(at, f"Expressions are nested more than {MAX_DEPTH} deep")
    return depth


def _number(token: Token) -> Node:
    return Number(_at(token), 1, float(token))


def _text(token: Token) -> Node:
    return Text(_at(token), 1, str(token)[1:-1])


def _name(token: Token) -> Node:
    return Name(_at(token), 1, str(token))


def _vector(bracket: Token, items: tuple[Node, ...] | None) -> Node:
    at = _at(bracket)
    return Vector(at, _deeper(at, *(items or ())), items or ())


def _call(token: Token, arguments: tuple[Node, ...] | None) -> Node:
    at = _at(token)
    return Call(at, _deeper(at, *(arguments or ())), str(token), arguments or ())


def _member(owner: Node, token: Token) -> Node:
    return Member(owner.at, _deeper(owner.at, owner), owner, str(token))


def _method(owner: Node, token: Token, arguments: tuple[Node, ...] | None) -> Node:
    return Method(owner.at, _deeper(owner.at, owner, *(arguments or ())), owner, str(token), arguments or ())


def _unary(operator: Token, operand: Node) -> Node:
    at = _at(operator)
    return Unary(at, _deeper(at, operand), str(operator), operand)


def _chain(first: Node, *rest: Token | Node) -> Node:
    if not rest:
        return first
    operators = cast("tuple[Token, ...]", rest[::2])
    operands = cast("tuple[Node, ...]", rest[1::2])
    operations = tuple(
        Operation(_at(operator), operand.depth, str(operator), operand)
        for operator, operand in zip(operators, operands, strict=True)
    )
    return Chain(first.at, _deeper(first.at, first, *operands), first, operations)


def _choice(condition: Node, _mark: Token, yes: Node, no: Node) -> Node:
    depth = max(_deeper(condition.at, condition), yes.depth, no.depth)
    return Choice(condition.at, depth, condition, yes, no)


def _arguments(*nodes: Node) -> tuple[Node, ...]:
    return nodes


def _assignment(target: Token, value: Node) -> Statement:
    return Statement(_at(target), str(target), value)


def _bare(value: Node) -> Statement:
    return Statement(value.at, None, value)


def _start(*statements: Statement | None) -> tuple[Statement, ...]:
    return tuple(statement for statement in statements if statement is not None)


def _transformer() -> object:
    from lark import Transformer, v_args

    rules: dict[str, Callable[..., object]] = {
        "number": _number,
        "text": _text,
        "name": _name,
        "vector": _vector,
        "call": _call,
        "member": _member,
        "method": _method,
        "unary": _unary,
        "chain": _chain,
        "choice": _choice,
        "arguments": _arguments,
        "assignment": _assignment,
        "bare": _bare,
        "start": _start,
    }
    methods = {name: staticmethod(rule) for name, rule in rules.items()}
    return v_args(inline=True)(type("_Builder", (Transformer,), methods))()
