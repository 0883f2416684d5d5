"""UNKNOWN: the value of a parameter that has none yet. Whatever looks at it fails; whatever passes it on does not.

A recipe is checked with it as far as it goes: settings that do not use such a parameter have their values, the others
are UNKNOWN, and a check that needs one of those is left out. No check can take it for a value by mistake: comparing,
calculating, formatting and asking for its truth, length or attributes raise UnknownValueError.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from recipebatch.errors import UnknownValueError
from recipebatch.plan.expressions.namespaces import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from recipebatch.recipe import Expression

T = TypeVar("T")


def _fail(*_: object) -> NoReturn:
    raise UnknownValueError


class _Unknown:
    """The class of UNKNOWN."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unknown>"

    __getattr__ = __str__ = __format__ = __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = _fail
    __hash__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _fail
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = _fail
    __neg__ = __pos__ = __abs__ = __int__ = __float__ = __index__ = __round__ = __call__ = _fail


UNKNOWN: Any = _Unknown()


def known(value: T) -> T:
    """The value, for what does not fail by itself when it looks at UNKNOWN: `isinstance`, `re`, `str.join`.

    Raises:
        UnknownValueError: it is UNKNOWN.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    return value


def is_unknown(value: object) -> bool:
    """Whether a value is UNKNOWN itself."""
    return value is UNKNOWN


def holds_unknown(value: object) -> bool:
    """Whether a value is UNKNOWN, or a list or mapping with it inside."""
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_unknown, value))
    return value is UNKNOWN


def if_known(make: Callable[[], T]) -> T:
    """What a function makes; UNKNOWN if it needs something unknown."""
    try:
        return make()
    except UnknownValueError:
        found: T = UNKNOWN
        return found


def while_known(values: Iterable[T]) -> Iterator[T]:
    """The values up to the first that cannot be made."""
    with suppress(UnknownValueError):
        yield from values


def may_be_unknown(expression: Expression, scope: Mapping[str, object]) -> bool:
    """Whether an expression that failed may have failed because of something unknown."""
    return any(_uses_unknown(expression.source, name, scope.get(name)) for name in expression.names)


def _uses_unknown(source: str, name: str, value: object) -> bool:
    if not isinstance(value, Namespace):
        return holds_unknown(value)
    return any(
        re.search(rf"\b{name}\s*(?:\.\s*{re.escape(member)}\b|\[)", source) is not None
        for member, each in value.values.items()
        if holds_unknown(each)
    )
