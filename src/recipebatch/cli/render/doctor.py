"""The checks of `doctor`, a line each, and the cure below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render import wrapped
from recipebatch.execution import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.execution import Check

_SIGNS = {State.FINE: "✓", State.WARNING: "!", State.BAD: "✗", State.NOT_CHECKED: "?", State.NOT_NEEDED: "-"}
_ASCII = {State.FINE: "ok", State.BAD: "x"}


def doctor_text(checks: Sequence[Check], width: int | None = None, encoding: str = "utf-8") -> str:
    """The checks, and whether a run would start.

    Args:
        checks: in the order in which they were made.
        width: the columns to break lines at; None leaves them whole.
        encoding: of the terminal; signs that it lacks are written in ASCII.
    """
    signs = _SIGNS if _has_signs(encoding) else _SIGNS | _ASCII
    longest = max((len(sign) for sign in signs.values()), default=1)
    names = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        indent = " " * (longest + names + 3)
        said = {State.NOT_CHECKED: "not checked: ", State.NOT_NEEDED: "not needed: "}.get(check.state, "")
        head = f"{signs[check.state]:{longest}} {check.name:{names}}  "
        first, *more = wrapped(said + check.message, indent, width)
        lines += [head + first.removeprefix(indent), *more]
        if check.cure:
            lines += wrapped(f"cure: {check.cure}", indent, width, more=f"{indent}  ")
    return "\n".join([*lines, *wrapped(verdict(checks), "", width)])


def verdict(checks: Sequence[Check]) -> str:
    """Whether a run would start, as far as was checked. Pure."""
    bad = [check.name for check in checks if check.state is State.BAD]
    unknown = [check.name for check in checks if check.state is State.NOT_CHECKED]
    if bad:
        return f"a run would not start: {', '.join(bad)}"
    if not all(check.lets_run for check in checks):
        return f"whether a run would start is not known: {', '.join(unknown)} not checked"
    return "a run would start" + (f" as far as was checked; not checked: {', '.join(unknown)}" if unknown else "")


def _has_signs(encoding: str) -> bool:
    try:
        "".join(_SIGNS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
