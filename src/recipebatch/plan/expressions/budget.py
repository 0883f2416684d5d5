"""What the expressions of one plan may cost: work and memory are bounded, whatever the recipe.

Small values are free, so that no honest plan of 1,000,000 tasks comes near: counted are texts of more than 1,000
characters, lists of more than 50 elements, and what a task takes beyond 2,000 bytes. Work is counted when a value is
made or read: a character is one unit, an element of a list 50.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.plan.expressions.values import EvaluationError
from recipebatch.properties.deferred import DeferredText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FREE_CHARACTERS = 1000
FREE_ELEMENTS = 50
FREE_TASK_BYTES = 2000

MAX_WORK = 1_000_000_000
"""Units of work of all expressions of a plan; about a second or two."""

MAX_WORK_AT_ONCE = 200_000_000
"""Units of work of one evaluation of one expression, all of whose values may be in memory together."""

MAX_TASK_BYTES = 100_000_000
"""Bytes that all tasks of a plan may take beyond what is free."""

MAX_MATCHES = 2_000_000
"""Names times patterns that all loops of a plan compare; a comparison takes about a microsecond."""

_ELEMENT = 50
_OBJECT = 60
"""Bytes of a small object of Python."""


class Budget:
    """What one plan has spent.

    Attributes:
        at_once: units of work of the evaluation that is under way.
        work: of all evaluations.
        task_bytes: of all tasks.
        matches: names that were compared with a pattern.
    """

    __slots__ = ("at_once", "limit", "matches", "task_bytes", "work")

    def __init__(self, limit: float = MAX_WORK) -> None:
        self.limit = limit
        self.at_once = self.work = self.task_bytes = self.matches = 0

    def spend(self, units: int) -> None:
        """Count work.

        Raises:
            EvaluationError: it is too much.
        """
        self.at_once += units
        self.work += units
        if self.at_once > MAX_WORK_AT_ONCE:
            raise EvaluationError("it handles too long texts or lists", _HINT)
        if self.work > self.limit:
            raise EvaluationError("the expressions of this plan handle too long texts or lists, too often", _HINT)

    def keep_task(self, size: int) -> bool:
        """Count the bytes of one more task; False when all together are too many."""
        self.task_bytes += max(0, size - FREE_TASK_BYTES)
        return self.task_bytes <= MAX_TASK_BYTES


_HINT = "put long data into a file that the tasks download"
_budget: ContextVar[Budget] = ContextVar("budget")
_NO_PLAN = Budget(float("inf"))


@contextmanager
def within_budget() -> Iterator[Budget]:
    """One budget for everything that is evaluated inside; an inner one is the outer one."""
    outer = _budget.get(None)
    if outer is not None:
        yield outer
        return
    token = _budget.set(Budget())
    try:
        yield _budget.get()
    finally:
        _budget.reset(token)


@contextmanager
def separate_task_bytes() -> Iterator[None]:
    """Tasks that are counted inside are only looked at, and do not stay."""
    budget = current()
    before = budget.task_bytes
    yield
    budget.task_bytes = before


def budget_is_spent() -> bool:
    """Whether nothing more can be evaluated, or kept, for this plan: the first problem that says so is enough."""
    budget = current()
    return budget.work > budget.limit or budget.task_bytes > MAX_TASK_BYTES


def current() -> Budget:
    """The budget of the plan that is being made."""
    return _budget.get(_NO_PLAN)


def charge(value: Any) -> Any:
    """The value, with the work of making or reading it counted."""
    kind = type(value)
    if kind is str:
        if len(value) > FREE_CHARACTERS:
            current().spend(len(value))
    elif kind in _LISTS and len(value) > FREE_ELEMENTS:
        current().spend(len(value) * _ELEMENT)
    return value


def charge_all(value: Any) -> Any:
    """The value, with the work of looking at all that is in it counted; for what compares or sorts.

    Raises:
        EvaluationError: it is too much, as of a list that holds another one a thousand times, and so on.
    """
    if type(value) in _LISTS:
        deep_size(value)
    return charge(value)


_LISTS = frozenset((list, tuple, dict, range))


def deep_size(value: object) -> int:
    """The number of values in a list or mapping, counted as often as they are in it; also counted as work.

    Raises:
        EvaluationError: there are too many.
    """
    budget, stack, count, characters = current(), [value], 0, 0
    while stack:
        found = stack.pop()
        count += 1
        if isinstance(found, str):
            characters += len(found)
        elif isinstance(found, (list, tuple)):
            stack.extend(found)
            count += len(found) // 8
        elif isinstance(found, dict):
            stack.extend(found)
            stack.extend(found.values())
        if len(stack) + count > _MAX_VALUES or characters > _MAX_CHARACTERS:
            raise EvaluationError("it holds too many values", _HINT)
    if count > FREE_ELEMENTS:
        budget.spend(count * _ELEMENT + characters)
    return count


_MAX_VALUES = 2_000_000
_MAX_CHARACTERS = 50_000_000


def count_matches(count: int) -> bool:
    """Count comparisons of names with patterns; False when all of the plan are too many."""
    budget = current()
    budget.matches += count
    return budget.matches <= MAX_MATCHES or budget is _NO_PLAN


def keep_task_bytes(size: int) -> bool:
    """Count the bytes of one more task of the plan; False when all together are too many."""
    return current().keep_task(size)


def weight(value: object, shared: Collection[int] = ()) -> int:
    """About how many bytes a planned value takes in memory, without the texts whose `id` is in `shared`."""
    total = 0
    for found in _inside(value):
        total += _OBJECT
        if isinstance(found, str) and id(found) not in shared:
            total += len(found) if found.isascii() else 4 * len(found)
    return total


def texts_in(value: object) -> Iterator[str]:
    """All texts in a planned value."""
    return (found for found in _inside(value) if isinstance(found, str))


def _inside(value: object) -> Iterator[object]:
    """A planned value and all that it consists of."""
    stack = [value]
    while stack:
        found = stack.pop()
        yield found
        if isinstance(found, (list, tuple)):
            stack.extend(found)
        elif isinstance(found, dict):
            stack.extend(found)
            stack.extend(found.values())
        elif is_dataclass(found):
            stack.extend(getattr(found, field.name) for field in fields(found))
        elif isinstance(found, DeferredText):
            stack.extend(piece for piece in found.pieces if isinstance(piece, str))
