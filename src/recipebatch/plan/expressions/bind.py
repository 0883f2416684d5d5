"""Settings made ready: what is equal for every task of a template is evaluated once, the rest once per task."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from recipebatch.errors import UnknownValueError, fail_at
from recipebatch.plan.expressions.budget import FREE_CHARACTERS, charge, deep_size
from recipebatch.plan.expressions.evaluate import evaluator
from recipebatch.plan.expressions.namespaces import File, OpaqueText
from recipebatch.plan.expressions.shell_quoting import argument
from recipebatch.plan.expressions.unknown import UNKNOWN, if_known, is_unknown, known
from recipebatch.plan.expressions.values import EvaluationError, element_text, text_of
from recipebatch.properties.deferred import DeferredText, joined
from recipebatch.properties.value_types import code_of, hint_of, scalar_text
from recipebatch.properties.written_scalars import all_plain, plain
from recipebatch.recipe import Expression, ExpressionError, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.properties.deferred import Text
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import Setting

    Scope = Mapping[str, object]

T = TypeVar("T")
D = TypeVar("D")

_FAILED = "expression-failed"
_SHORTEST = "x"
"""Stands for an argument that is not known: the rest of its command is checked, and no argument is shorter."""


class Constant(Generic[T]):
    """A function whose answer is the same for every task."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __call__(self, _scope: Scope) -> T:
        """The value."""
        return self.value


def combine(parts: Sequence[Callable[[Scope], Any]], make: Callable[[list[Any]], T]) -> Callable[[Scope], T]:
    """A function to what `make` makes of the values of several functions; constant where all of them are.

    What it cannot make because a value is UNKNOWN is UNKNOWN too.
    """
    if all(isinstance(part, Constant) for part in parts):
        return Constant(if_known(lambda: make([part.value for part in parts if isinstance(part, Constant)])))

    def made(scope: Scope) -> T:
        try:
            return make([part(scope) for part in parts])
        except UnknownValueError:
            # The other parts too, for what is wrong with them.
            values = [if_known(partial(part, scope)) for part in parts]
            return if_known(lambda: make(values))

    return made


def compile_setting(
    setting: Setting[T, D], static: Scope, dynamic: frozenset[str] = frozenset()
) -> Callable[[Scope], T | D]:
    """A function from the names of one task to the setting's value.

    Args:
        setting: as the recipe says it.
        static: the names that are equal for all tasks.
        dynamic: the names that are not; the function's argument must have them, and the static ones too.

    Raises:
        InvalidRecipeError: positioned at the setting; from here, or from the function.
    """
    node, default = setting.node, setting.default
    if node is None:
        return Constant(default)
    return _value(node, setting, static, dynamic)


def evaluate(setting: Setting[T, D], scope: Scope) -> T | D:
    """The value of a setting that no loop changes."""
    return compile_setting(setting, scope)(scope)


def compile_command(
    node: Node, os: str, static: Scope, dynamic: frozenset[str], *, shell: bool
) -> Callable[[Scope], str]:
    """A function from the names of one task to one command, with the results of expressions quoted."""
    pieces = _pieces(node)
    parts = [
        _argument(piece, os, shell=shell) if isinstance(piece, Expression) else scalar_text(piece) for piece in pieces
    ]

    def make(scope: Scope) -> str:
        try:
            texts = [part if isinstance(part, str) else part(scope) for part in parts]
        except EvaluationError as error:
            fail_at(node.at, str(error), _FAILED, error.hint)
        except UnknownValueError:
            unknown: str = UNKNOWN
            return unknown
        try:
            line = "".join(texts)
        except TypeError:  # by a way that could not be seen when the recipe was read, such as storage[params.which]
            message = "a secret, a SAS token or a container's URL is not allowed on a command line"
            fail_at(node.at, message, "secret-on-command-line", "pass it through environment_settings")
        return line if len(line) <= FREE_CHARACTERS else _charged(line, node)

    return _once(pieces, make, static, dynamic)


def _charged(text: str, node: Node) -> str:
    try:
        return str(charge(text))
    except EvaluationError as error:
        fail_at(node.at, str(error), _FAILED, error.hint)


def compile_node(node: Node) -> Callable[[Scope], object]:
    """A function from the names of one task to the value of a scalar's one expression, whatever it is."""
    return _raw(node)


def compile_condition(node: Node, static: Scope) -> Callable[[Scope], bool]:
    """A function from the names of one item to whether a condition holds."""
    raw = _raw(node)

    def holds(scope: Scope) -> bool:
        value = plain(known(raw({**static, **scope})))
        if not isinstance(value, bool):
            hint = "compare something: ${{ item.a > 1 }}"
            fail_at(node.at, "the condition is neither true nor false", _FAILED, hint)
        return value

    return holds


def evaluate_data(node: Node, scope: Scope) -> Any:
    """Data of any shape with its expressions evaluated, as JSON takes it."""
    return all_plain(evaluate_values(node, scope))


def evaluate_values(node: Node, scope: Scope) -> Any:
    """The same for what expressions use: numbers and booleans know how they are written."""
    if not isinstance(node.value, (dict, tuple)):
        return _raw(node)(scope) if isinstance(node.value, str) else node.scalar
    data: Any
    if isinstance(node.value, dict):
        data = {key: evaluate_values(entry.value, scope) for key, entry in node.value.items()}
    else:
        data = [evaluate_values(item, scope) for item in node.value]
    try:
        deep_size(data)
    except EvaluationError as error:
        fail_at(node.at, str(error), _FAILED, error.hint)
    return data


def evaluate_node(node: Node, scope: Scope) -> object:
    """The value of one scalar.

    Raises:
        InvalidRecipeError: an expression in it fails.
    """
    return _raw(node)(scope)


def _raw(node: Node) -> Callable[[Scope], object]:
    whole = _joined(_pieces(node))

    def make(scope: Scope) -> object:
        try:
            value = whole(scope)
            return value.text if isinstance(value, OpaqueText) else value
        except EvaluationError as error:
            fail_at(node.at, str(error), _FAILED, error.hint)
        except UnknownValueError:
            return UNKNOWN

    return make


def _value(node: Node, setting: Setting[T, D], static: Scope, dynamic: frozenset[str]) -> Callable[[Scope], T]:
    pieces = _pieces(node)
    whole = _joined(pieces) if isinstance(node.value, str) else Constant(node.scalar)

    def make(scope: Scope) -> T:
        try:
            value = whole(scope)
            if isinstance(value, (OpaqueText, File)):
                value = text_of(value)
        except EvaluationError as error:
            fail_at(node.at, str(error), _FAILED, error.hint)
        except UnknownValueError:
            value = UNKNOWN
        if is_unknown(value):
            unknown: T = UNKNOWN
            return unknown
        if isinstance(value, DeferredText) and not setting.deferred:
            message = f"{setting.name} cannot hold a secret, a SAS token or a container's URL"
            fail_at(node.at, message, "deferred-not-here", "pass it through environment_settings")
        try:
            return setting.convert(value) if not isinstance(value, DeferredText) else _converted(value, setting)
        except ValueError as error:
            fail_at(node.at, f"{setting.name} {error}", code_of(error), hint_of(error))

    return _once(pieces, make, static, dynamic)


def _converted(text: DeferredText, setting: Setting[T, D]) -> T:
    """A text whose deferred values are not known yet, with the rule of its setting for the other pieces."""
    for piece in text.pieces:
        if isinstance(piece, str):
            setting.convert(piece)
    return text  # type: ignore[return-value]  # settings that may be deferred take one


def _once(
    pieces: tuple[object, ...], make: Callable[[Scope], T], static: Scope, dynamic: frozenset[str]
) -> Callable[[Scope], T]:
    """The function itself when a dynamic name is used; else one that knows the answer."""
    if any(isinstance(piece, Expression) and piece.names & dynamic for piece in pieces):
        return make
    return Constant(make(static))


def _pieces(node: Node) -> tuple[object, ...]:
    if not isinstance(node.value, str):
        return (node.value,)
    try:
        return template(node.value) or ("",)
    except ExpressionError as error:
        fail_at(node.at, str(error), error.code, error.hint)


def _joined(pieces: tuple[object, ...]) -> Callable[[Scope], object]:
    """A function to the value of a scalar: one piece keeps its type; several are joined as texts."""
    parts = [evaluator(piece) if isinstance(piece, Expression) else piece for piece in pieces]
    if len(parts) == 1:
        only = parts[0]
        return only if callable(only) else lambda _: only

    def join(scope: Scope) -> Text:
        texts = [text_of(part(scope)) if callable(part) else str(part) for part in parts]
        try:
            text = "".join(texts)  # type: ignore[arg-type]  # most are texts, and this is the fastest way to know
        except TypeError:
            return joined(texts)
        return charge(text) if len(text) > FREE_CHARACTERS else text

    return join


def _argument(expression: Expression, os: str, *, shell: bool) -> Callable[[Scope], Any]:
    """A function to an expression's result as an argument of a command."""
    evaluate, raw, source = evaluator(expression), expression.raw, expression.source

    def make(scope: Scope) -> Text:
        try:
            return made(evaluate(scope))
        except UnknownValueError:
            if raw:
                raise
            return _SHORTEST

    def made(value: object) -> Text:
        if raw:
            parts = value if isinstance(value, list) else [value]
            texts = [text for number, part in enumerate(parts) for text in (" " * (number > 0), element_text(part))]
            return joined(texts) if isinstance(value, list) else text_of(value)
        try:
            if isinstance(value, list):
                value = [part.name if isinstance(known(part), File) else part for part in value]
                return argument(value, os, shell=shell)
            text = text_of(value)
            return argument(text, os, shell=shell) if isinstance(text, str) else text
        except EvaluationError:
            raise
        except ValueError as error:
            raise EvaluationError(f"{source} {error}") from None

    return make
