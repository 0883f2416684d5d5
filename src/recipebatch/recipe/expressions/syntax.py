"""`${{ … }}` as trees of Jinja2: which are well formed, and which names they use.

Only Jinja2's *expressions*, and of those the part that is bounded in time and size; they are evaluated in
`recipebatch.plan.expressions.evaluate`, with the same lists of filters, tests and methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.recipe.expressions.text import ExpressionSource, UnclosedExpressionError, split
from recipebatch.text.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Environment, nodes

FILTERS = frozenset(
    (
        "abs",
        "basename",
        "bool",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "lower",
        "max",
        "min",
        "raw",
        "replace",
        "round",
        "sort",
        "stem",
        "string",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
        "zfill",
    )
)
TESTS = frozenset(
    ("defined", "divisibleby", "even", "false", "in", "none", "number", "odd", "string", "true", "undefined")
)
METHODS = frozenset(
    (
        "endswith",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "replace",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
        "zfill",
    )
)
PERMISSIONS = {"read": "r", "add": "a", "create": "c", "write": "w", "delete": "d", "list": "l"}
"""Words for what a SAS permits, in the order in which the storage service wants their letters."""

MAX_LENGTH = 2000
_MAX_DEPTH = 40
_NODES = frozenset(
    (
        "Add",
        "And",
        "Call",
        "Compare",
        "Concat",
        "CondExpr",
        "Const",
        "Dict",
        "Div",
        "Filter",
        "FloorDiv",
        "Getattr",
        "Getitem",
        "Keyword",
        "List",
        "Mod",
        "Mul",
        "Name",
        "Neg",
        "Not",
        "Operand",
        "Or",
        "Pair",
        "Pos",
        "Pow",
        "Slice",
        "Sub",
        "Test",
        "Tuple",
    )
)
_STORAGE_MEMBERS = ("name", "sas_token", "url")

Known: TypeAlias = "frozenset[str] | None"
"""The members of a name; None when any is possible."""


class ExpressionError(ValueError):
    """An expression is not well formed, or uses a name that does not exist.

    Attributes:
        code: the rule that is broken.
        hint: what to write instead, or None.
    """

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression.

    Attributes:
        source: as written between the braces.
        raw: it ends in `| raw`, so a command takes it without quoting.
        names: the top-level names it uses, such as `params`.
        deferred: `secret`, `sas` or `url` when it uses such a value, else None.
    """

    source: str
    raw: bool
    names: frozenset[str]
    deferred: str | None
    tree: nodes.Expr


Template: TypeAlias = "tuple[str | Expression, ...]"
"""A text in pieces: literal texts and expressions."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use at one place of a recipe.

    Attributes:
        names: top-level name → its members.
        elsewhere: a name that exists at other places → why it does not here.
    """

    names: Mapping[str, Known]
    elsewhere: Mapping[str, str]


@lru_cache(maxsize=4096)
def template(text: str) -> Template:
    """A text in pieces.

    Raises:
        ExpressionError: an expression in it is not well formed.
    """
    try:
        pieces = split(text)
    except UnclosedExpressionError as error:
        raise ExpressionError(str(error), code="expression-syntax", hint="write $${{ for a literal ${{") from None
    return tuple(_expression(piece.source) if isinstance(piece, ExpressionSource) else piece for piece in pieces)


def check_names(expression: Expression, scope: Scope) -> Iterator[ExpressionError]:
    """Everything in an expression that is not known at its place."""
    from jinja2 import nodes

    inner: set[int] = set()
    for node in _all(expression.tree):
        path = _path(node)
        if path is None or len(path) == 1 or id(node) in inner:
            continue
        inner.update(id(below) for below in node.find_all(nodes.Node))
        yield from _check_members(path, scope)
    for name in sorted(expression.names):
        if name not in scope.names:
            yield _unknown(name, scope)
    if expression.names & {"storage"}:
        yield from _check_storage(expression.tree)


def sas_letters(words: tuple[object, ...]) -> str:
    """The letters for permissions given as words (`'read', 'list'`, `'read,list'`) or letters (`'rl'`).

    Raises:
        ExpressionError: none is given, or one is unknown.
    """
    parts = [part for word in words for part in str(word).replace(",", " ").split()]
    letters: set[str] = set()
    for part in parts:
        if part in PERMISSIONS:
            letters.add(PERMISSIONS[part])
        elif set(part) <= set(PERMISSIONS.values()):
            letters.update(part)
        else:
            hint = did_you_mean(part, PERMISSIONS)
            raise ExpressionError(f"unknown SAS permission {part}", code="unknown-permission", hint=hint)
    if not letters:
        message = "sas_token needs the permissions to grant"
        raise ExpressionError(message, code="unknown-permission", hint="for example sas_token('create', 'write')")
    return "".join(letter for letter in PERMISSIONS.values() if letter in letters)


@cache
def _parser() -> Environment:
    from jinja2 import Environment  # here, not above: a tenth of a second that only expressions pay

    return Environment(autoescape=True)  # it parses only, and makes no HTML either way


@lru_cache(maxsize=4096)
def _expression(source: str) -> Expression:
    from jinja2 import TemplateSyntaxError, nodes

    if not source:
        raise ExpressionError(
            "an expression is empty", code="expression-syntax", hint="write a name between the braces"
        )
    if len(source) > MAX_LENGTH:
        message = f"an expression has {len(source)} characters; at most {MAX_LENGTH} are allowed"
        raise ExpressionError(message, code="expression-syntax")
    try:
        body = _parser().parse("{{ " + source + " }}").body
    except TemplateSyntaxError as error:
        message = f"{_abbreviated(source)} is not an expression: {error.message}"
        raise ExpressionError(message, code="expression-syntax") from None
    except RecursionError:
        raise ExpressionError("an expression is nested too deep", code="expression-syntax") from None
    outputs = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    if len(outputs) != 1:
        raise ExpressionError(f"{_abbreviated(source)} is not one expression", code="expression-syntax")
    tree = outputs[0]
    _check_nodes(tree, 0)
    raw = isinstance(tree, nodes.Filter) and tree.name == "raw"
    if sum(isinstance(found, nodes.Filter) and found.name == "raw" for found in _all(tree)) > raw:
        message = f"{_abbreviated(source)}: raw must be the last filter of an expression"
        raise ExpressionError(message, code="expression-syntax")
    found = {name.name for name in _all(tree) if isinstance(name, nodes.Name)} - {"range"}
    return Expression(source, raw, frozenset(found), _deferred(tree, found), tree)


def _check_nodes(node: nodes.Node, depth: int) -> None:
    """Refuse what is not on the lists above, so that nothing unbounded or unsafe is ever compiled."""
    kind = type(node).__name__
    if depth > _MAX_DEPTH:
        raise ExpressionError("an expression is nested too deep", code="expression-syntax")
    if kind not in _NODES:
        raise ExpressionError(f"{kind.lower()} is not allowed in an expression", code="expression-syntax")
    if kind == "Filter":
        _check_listed("filter", getattr(node, "name", ""), FILTERS)
    elif kind == "Test":
        _check_listed("test", getattr(node, "name", ""), TESTS | {"eq", "ne", "lt", "le", "gt", "ge"})
    elif kind == "Getattr" and str(getattr(node, "attr", "")).startswith("_"):
        raise ExpressionError("a name here cannot begin with an underscore", code="expression-syntax")
    elif kind == "Call":
        _check_call(node)
    for child in node.iter_child_nodes():
        _check_nodes(child, depth + 1)


def _check_listed(what: str, name: str, known: frozenset[str]) -> None:
    if name not in known:
        hint = did_you_mean(name, known) or f"known: {', '.join(sorted(known))}"
        raise ExpressionError(f"unknown {what} {name}", code="unknown-name", hint=hint)


def _check_call(node: nodes.Node) -> None:
    target = getattr(node, "node", None)
    if getattr(node, "dyn_args", None) is not None or getattr(node, "dyn_kwargs", None) is not None:
        raise ExpressionError("* and ** are not allowed in a call", code="expression-syntax")
    name = getattr(target, "attr", None) or getattr(target, "name", None)
    if type(target).__name__ == "Getattr" and isinstance(name, str):
        if name != "sas_token":
            _check_listed("method", name, METHODS)
    elif name != "range":
        hint = None
        if isinstance(name, str):
            hint = f"write a filter behind the value, for example x | {nearest(name, FILTERS) or 'upper'}"
        raise ExpressionError("only range and methods can be called", code="expression-syntax", hint=hint)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    """`a.b['c']` as ("a", "b", "c"); None when it is no such chain."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return None if before is None else (*before, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        before = _path(node.node)
        return None if before is None else (*before, node.arg.value)
    return None


def _check_members(path: tuple[str, ...], scope: Scope) -> Iterator[ExpressionError]:
    known = scope.names.get(path[0])
    if known is not None and path[1] not in known:
        what = {"storage": "container", "params": "parameter", "secrets": "secret"}.get(path[0])
        code = "unknown-container" if path[0] == "storage" else "unknown-name"
        hint = did_you_mean(path[1], known)
        if what is None:
            yield ExpressionError(f"{path[0]} has no {path[1]}", code=code, hint=hint)
        elif path[0] == "params" and path[1] in (scope.names.get("secrets") or ()):
            message, hint = f"{path[1]} is a secret, not a plain parameter", f"write secrets.{path[1]}"
            yield ExpressionError(message, code=code, hint=hint)
        else:
            yield ExpressionError(f"unknown {what} {path[1]}", code=code, hint=hint or f"the recipe has no {what}s")
    elif path[0] == "storage" and len(path) > 2 and path[2] not in _STORAGE_MEMBERS:  # noqa: PLR2004
        message = f"a container has no {path[2]}"
        yield ExpressionError(message, code="unknown-name", hint=did_you_mean(path[2], _STORAGE_MEMBERS))


def _check_storage(tree: nodes.Expr) -> Iterator[ExpressionError]:
    """A container is used by one of its members, and a SAS only with permissions that exist."""
    from jinja2 import nodes

    whole = list(_all(tree))
    calls = {id(node.node): node for node in whole if isinstance(node, nodes.Call)}
    continued = {id(node.node) for node in whole if isinstance(node, (nodes.Getattr, nodes.Getitem))}
    for node in whole:
        path = _path(node)
        if path is None or path[0] != "storage":
            continue
        if len(path) < 3 and id(node) not in continued:  # noqa: PLR2004
            dotted = ".".join(path)
            hint = f"write {dotted}.name, {dotted}.url or {dotted}.sas_token('read')"
            yield ExpressionError(f"{dotted} cannot be used as a value", code="unknown-name", hint=hint)
        elif len(path) == 3 and path[2] == "sas_token":  # noqa: PLR2004
            if id(node) not in calls:
                hint = f"write {'.'.join(path)}('create', 'write') with the permissions to grant"
                yield ExpressionError("sas_token needs permissions", code="unknown-permission", hint=hint)
            elif all(isinstance(argument, nodes.Const) for argument in calls[id(node)].args):
                try:
                    sas_letters(tuple(argument.value for argument in calls[id(node)].args))  # type: ignore[attr-defined]
                except ExpressionError as error:
                    yield error


def _unknown(name: str, scope: Scope) -> ExpressionError:
    if name in scope.elsewhere:
        return ExpressionError(f"{name} is not available here", code="unknown-name", hint=scope.elsewhere[name])
    holders = [space for space in ("params", "secrets", "vars") if name in (scope.names.get(space) or ())]
    hint = f"write {holders[0]}.{name}" if holders else did_you_mean(name, scope.names)
    return ExpressionError(f"unknown name {name}", code="unknown-name", hint=hint)


def _deferred(tree: nodes.Expr, names: set[str]) -> str | None:
    if "secrets" in names:
        return "secret"
    if "storage" not in names:
        return None
    members = {member for node in _all(tree) for member in (_path(node) or ())[2:]}
    if "sas_token" in members:
        return "sas"
    return "url" if "url" in members else None


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    """A node and all below it."""
    yield tree
    for child in tree.iter_child_nodes():
        yield from _all(child)


def _abbreviated(source: str) -> str:
    return source if len(source) <= 60 else source[:57] + "..."  # noqa: PLR2004
