"""Jinja2's sandbox with our own reach: members of our names, listed filters and methods, operators with bounds."""

from __future__ import annotations

import math
import re
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, operators
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from recipebatch.plan.expressions.budget import charge, charge_all
from recipebatch.plan.expressions.namespaces import NOT_KNOWN_YET, File, Namespace, OpaqueText, SasTokenOf
from recipebatch.plan.expressions.unknown import known
from recipebatch.plan.expressions.values import MAX_TEXT, EvaluationError, element_text, plain_text, text_of
from recipebatch.properties.deferred import DeferredText, joined
from recipebatch.properties.value_types import format_value
from recipebatch.properties.written_scalars import plain
from recipebatch.recipe import FILTERS, METHODS, TESTS
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jinja2.compiler import Frame

MAX_LIST = 1_000_000
"""Elements that a list in an expression may have."""

_MAX_BITS = 4096
_MAX_WIDTH = 1000
_MAX_PRECISION = 300
_MAX_DIGITS = 350  # what a number takes that no width bounds
_FORMAT = re.compile(r"%(?:%|[-+ #0]*(\d*)(?:\.(\d*))?[diouxXeEfFgGs])")
_FILE_MEMBERS = ("container", "folder", "name", "path", "stem", "suffix")
_ENV_HINT = (
    "env reads variables whose names begin with RECIPEBATCH_ and do not say KEY, SECRET, TOKEN, PASSWORD or their like,"
    " and USER, USERNAME, LANG and TZ"
)
_KINDS = {str: "a text", list: "a list", int: "a number", float: "a number", bool: "true or false"}


@cache
def environment() -> Sandbox:
    """The one environment; it holds no state of its own."""
    sandbox = Sandbox(undefined=StrictUndefined, optimized=False, autoescape=True)
    filters = {name: sandbox.filters[name] for name in FILTERS if name in sandbox.filters} | _OWN_FILTERS
    guarded = {name: _guarded(function) for name, function in filters.items()}
    # `raw` passes everything on, and `default` must see what is undefined.
    sandbox.filters = guarded | {name: filters[name] for name in ("raw", "default")}
    tests = TESTS | {"eq", "ne", "lt", "le", "gt", "ge"}
    jinja: dict[str, Any] = sandbox.tests
    sandbox.tests = {name: _knowing(test) for name, test in jinja.items() if name in tests}
    sandbox.globals = {}
    # Results are texts of command lines and file names, never HTML.
    sandbox.autoescape = False
    return sandbox


class _Code(CodeGenerator):
    """Names, joined texts, comparisons and list displays ask the sandbox, so that all work is counted."""

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:  # noqa: N802 - as the base class calls it
        self._asked("charged", frame, node, super().visit_Name)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - as the base class calls it
        self.write("environment.concatenated((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802 - as the base class calls it
        self.write("(")
        self._asked("compared", frame, node.expr, self.visit)
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - as the base class calls it
        self._asked("charged", frame, node, super().visit_Getitem)

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: N802 - as the base class calls it
        self.write(f" {operators[node.op]} ")
        self._asked("compared", frame, node.expr, self.visit)

    def _asked(self, method: str, frame: Frame, node: Any, visit: Callable[[Any, Frame], None]) -> None:
        if isinstance(node, nodes.Name) and node.ctx != "load":
            visit(node, frame)
            return
        self.write(f"environment.{method}(")
        visit(node, frame)
        self.write(")")


class Sandbox(SandboxedEnvironment):
    """Decides what an expression can reach; everything that Python objects have beside it stays out of reach."""

    code_generator_class = _Code
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def compiled(self, tree: nodes.Expr) -> Callable[[Mapping[str, object]], object]:
        """An expression as a function; as `compile_expression`, without building a context's globals every time."""
        assign = nodes.Assign(nodes.Name("result", "store"), tree, lineno=1)
        template = self.from_string(nodes.Template([assign], lineno=1))

        def run(scope: Mapping[str, object]) -> object:
            context = template.new_context({"range": _range, **scope}, shared=True)
            for _ in template.root_render_func(context):
                pass
            return context.vars["result"]

        return run

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`."""
        return plain(self.member(obj, attribute))

    def member(self, obj: Any, attribute: str) -> Any:
        """The same, of a boolean with the way in which it is written."""
        if isinstance(obj, Namespace):
            if attribute in obj.values:
                return charge(obj.values[attribute])
            return self._missing(obj.label, attribute, obj.values)
        if isinstance(obj, dict):
            return charge(obj[attribute]) if attribute in obj else self._missing("item", attribute, obj)
        if isinstance(obj, File):
            is_member = attribute in _FILE_MEMBERS
            return getattr(obj, attribute) if is_member else self._missing("file", attribute, _FILE_MEMBERS)
        if isinstance(obj, str) and attribute in METHODS:
            return _Method(obj, attribute)
        if isinstance(obj, OpaqueText):
            raise EvaluationError(NOT_KNOWN_YET)
        return self.undefined(f"{attribute} is not a part of {_KINDS.get(type(known(obj)), 'this value')}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, (str, list, tuple, range)) and isinstance(argument, (int, slice)):
            return charge(plain(obj[argument]))
        if isinstance(obj, OpaqueText):
            raise EvaluationError(NOT_KNOWN_YET)
        known(obj)
        return self.undefined(f"there is no element {format_value(known(argument))}")

    def call(self, context: Any, target: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`target(…)`."""
        _ = context
        if isinstance(target, (_Method, SasTokenOf)) or target is _range:
            return charge(target(*args, **kwargs))
        raise SecurityError("only range and methods can be called")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """`left operator right`."""
        if isinstance(left, OpaqueText) or isinstance(right, OpaqueText):
            if operator != "+":
                raise EvaluationError(NOT_KNOWN_YET)
            return self.concatenated((left, right))
        if operator in _BOUNDS:
            _BOUNDS[operator](left, right)
        return charge(super().call_binop(context, operator, left, right))

    def charged(self, value: Any) -> Any:
        """The value of a name."""
        return charge(plain(value))

    def compared(self, value: Any) -> Any:
        """A value that is compared with another, or searched for it."""
        return charge_all(value)

    def concatenated(self, values: tuple[Any, ...]) -> Any:
        """`a ~ b`: the values as one text, in which texts that are not known yet stay pieces."""
        texts: list[Any] = []
        length = 0
        for value in values:
            text = value.text if isinstance(value, OpaqueText) else _concatenable(value)
            if isinstance(text, str):
                length += len(text)
            texts.append(text)
        if length > MAX_TEXT:
            _too_long()
        whole = joined(texts)
        return OpaqueText(whole) if isinstance(whole, DeferredText) else charge(whole)

    def _missing(self, label: str, name: str, known: Iterable[object]) -> Any:
        hint = _ENV_HINT if label == "env" else did_you_mean(name, [str(key) for key in known])
        return self.undefined(f"{label} has no {name}" + (f" ({hint})" if hint else ""))


class _Method:
    """A method of a text, of those on the list."""

    __slots__ = ("_name", "_text")

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name

    def __call__(self, *args: Any) -> Any:
        if any(isinstance(known(value), OpaqueText) for value in args):
            raise EvaluationError(NOT_KNOWN_YET)
        plain_text(self._text)
        bounded: dict[str, Callable[..., str]] = {"replace": _replace, "zfill": _zfill}
        return (
            bounded[self._name](self._text, *args) if self._name in bounded else getattr(self._text, self._name)(*args)
        )


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses what is not known yet."""

    @wraps(function)  # Jinja2 marks filters that want the environment; the wrapper bears the same mark
    def guard(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if isinstance(known(value), OpaqueText):
                raise EvaluationError(NOT_KNOWN_YET)
            charge_all(value)
        return charge(function(*args, **kwargs))

    return guard


def _knowing(test: Callable[..., Any]) -> Callable[..., Any]:
    """A test that needs to know what it looks at."""

    @wraps(test)  # as of a filter
    def knows(*args: Any) -> Any:
        return test(*map(known, args))

    return knows


def _concatenable(value: Any) -> str:
    """A scalar as `~` writes it; lists and mappings could be of any size."""
    return text_of(value) if isinstance(value, (list, tuple, dict, range, File)) else str(value)  # type: ignore[return-value]


def _bound_times(left: Any, right: Any) -> None:
    for sequence, count in ((left, right), (right, left)):
        if isinstance(sequence, (str, list, tuple)) and isinstance(count, int) and len(sequence) * count > MAX_TEXT:
            _too_long()
    if _bits(left) + _bits(right) > _MAX_BITS:
        raise EvaluationError("the result is too large a number")


def _bound_power(left: Any, right: Any) -> None:
    if isinstance(right, (int, float)) and abs(right) * max(_bits(left), 1) > _MAX_BITS:
        raise EvaluationError("the result is too large a number")


def _bound_plus(left: Any, right: Any) -> None:
    sequences = (str, list, tuple)
    if isinstance(left, sequences) and isinstance(right, sequences) and len(left) + len(right) > MAX_TEXT:
        _too_long()


def _bound_percent(left: Any, right: Any) -> None:
    """Of formats only `%d`, `%03d`, `%.2f`, `%s` and their like, of a bounded width."""
    if not isinstance(left, str):
        return
    length = len(left)
    for value in right if isinstance(right, tuple) else (right,):
        if isinstance(value, str):
            length += len(value)
        elif isinstance(value, (list, tuple, dict, range, File)):
            raise EvaluationError("a format takes texts and numbers")
        elif isinstance(value, OpaqueText):
            raise EvaluationError(NOT_KNOWN_YET)
    if "%" in _FORMAT.sub("", left):
        raise EvaluationError(f"{left!r} is not a format such as '%03d'")
    for match in _FORMAT.finditer(left):
        widths = [min(int(width[:9] or 0), _MAX_WIDTH + 1) for width in match.groups("")]
        if max(widths) > _MAX_WIDTH:
            raise EvaluationError(f"a format is wider than {_MAX_WIDTH} characters")
        length += sum(widths) + _MAX_DIGITS
    if length > MAX_TEXT:
        _too_long()


_BOUNDS = {"*": _bound_times, "**": _bound_power, "+": _bound_plus, "%": _bound_percent}
"""What to ask before an operation whose result could be too large; the others cannot make much of little."""


def _too_long() -> NoReturn:
    raise EvaluationError(f"the result has more than {MAX_TEXT:,} characters or elements")


def _bits(value: object) -> int:
    return value.bit_length() if isinstance(value, int) else 0


def _range(*args: int) -> range:
    """`range`, of a bounded length."""
    result = range(*args)
    # len() itself refuses more than a machine word, and an index says the same without it.
    try:
        result[MAX_LIST]
    except IndexError:
        return result
    raise EvaluationError(f"range gives more than {MAX_LIST:,} numbers")


def _known(value: object) -> str:
    text = text_of(value)
    if isinstance(text, str):
        return text
    raise EvaluationError(NOT_KNOWN_YET)


def _replace(text: object, old: str, new: str) -> str:
    whole = _known(text)
    if len(whole) + whole.count(old) * len(new) > MAX_TEXT:
        _too_long()
    return whole.replace(old, new)


def _zfill(text: object, width: int) -> str:
    if width > _MAX_WIDTH:
        raise EvaluationError(f"zfill to more than {_MAX_WIDTH} characters")
    return _known(text).zfill(width)


def _join(values: Iterable[object], separator: str = "") -> str | OpaqueText:
    texts = [element_text(value) for value in values]
    if sum(len(text) for text in texts if isinstance(text, str)) + len(separator) * len(texts) > MAX_TEXT:
        _too_long()
    whole = joined([each for number, text in enumerate(texts) for each in (separator if number else "", text)])
    return OpaqueText(whole) if isinstance(whole, DeferredText) else whole


def _round(value: Any, precision: int = 0, method: str = "common") -> float:
    """`round`, whose precision jinja2 makes a power of ten."""
    if abs(precision) > _MAX_PRECISION:
        raise EvaluationError(f"round to more than {_MAX_PRECISION} digits")
    if method == "common":
        return float(round(value, precision))
    if method not in {"ceil", "floor"}:
        raise EvaluationError("round takes common, ceil or floor")
    return float(getattr(math, method)(value * 10**precision) / 10**precision)


def _sum(values: Iterable[Any], attribute: str | None = None, start: float = 0) -> Any:
    """`sum` of numbers; lists would be copied once for each."""
    numbers = [plain(value[attribute] if attribute is not None else value) for value in values]
    if not all(isinstance(number, (int, float)) for number in (*numbers, start)):
        raise EvaluationError("sum takes numbers")
    return sum(numbers, start)


def _bool(value: object) -> bool:
    return value.strip().lower() in {"true", "yes", "on", "1"} if isinstance(value, str) else bool(value)


_OWN_FILTERS: dict[str, Callable[..., Any]] = {
    "basename": lambda value: _known(value).rpartition("/")[2],
    "bool": _bool,
    "join": _join,
    "raw": lambda value: value,
    "replace": _replace,
    "round": _round,
    "stem": lambda value: File(_known(value), "").stem,
    "string": text_of,
    "sum": _sum,
    "unique": lambda value: list(dict.fromkeys(value)),
    "zfill": _zfill,
}
