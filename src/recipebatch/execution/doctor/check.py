"""Check: one thing that a run needs, whether it is so, and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError
from recipebatch.service import call_within

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 8.0
"""Seconds after which a check that has not ended counts as failed."""


class State(StrEnum):
    """What came of a check."""

    FINE = "fine"
    WARNING = "warning"
    BAD = "bad"
    NOT_CHECKED = "not checked"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        name: what was checked, in a word or two.
        message: what is so; of one that was not made, why.
        cure: what to do; empty where nothing is to be done.
        decides: a run does not start without it.
    """

    name: str
    state: State
    message: str
    cure: str = ""
    decides: bool = True

    @property
    def lets_run(self) -> bool:
        """Whether a run would start as far as this check tells. One that was not made tells nothing."""
        return self.state is not State.BAD and (self.state is not State.NOT_CHECKED or not self.decides)


def fine(name: str, message: str) -> Check:
    """A check that found what a run needs. Pure."""
    return Check(name=name, state=State.FINE, message=message)


def warning(name: str, message: str, cure: str = "") -> Check:
    """A check that found what may be wrong. Pure."""
    return Check(name=name, state=State.WARNING, message=message, cure=cure)


def bad(name: str, message: str, cure: str = "") -> Check:
    """A check that found what keeps a run from starting. Pure."""
    return Check(name=name, state=State.BAD, message=message, cure=cure)


def not_checked(name: str, why: str, cure: str = "", *, decides: bool = True) -> Check:
    """A check that could not be made: no claim that it is fine. Pure."""
    return Check(name=name, state=State.NOT_CHECKED, message=why, cure=cure, decides=decides)


def not_needed(name: str, why: str) -> Check:
    """A check of something that a run does not need here. Pure."""
    return Check(name=name, state=State.NOT_NEEDED, message=why)


def checked(name: str, check: Callable[[], Check], *, limit: float = LIMIT) -> Check:
    """A check in bounded time; what it raises is what is wrong."""
    try:
        return call_within(limit, check)
    except TimeoutError as error:
        return bad(name, str(error), "check the network, the proxy and the endpoint")
    except RecipeBatchError as error:
        return bad(name, error.message.splitlines()[0], error.hint or "")
