"""doctor: whether a run would start, on this machine and with an account; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.execution import Check
    from recipebatch.plan.model import Plan


def doctor(plan: Callable[[], Plan] | None = None, *, name: str = "", account: str | None = None) -> tuple[Check, ...]:
    """Check all that a run needs: account, keys or sign-in, clock, roles, storage, images, disk and more.

    Args:
        plan: `Recipe.plan` of a recipe: also check what a run of it needs.
        name: of the recipe, as messages name it.
        account: as in `Recipe.apply`.

    Returns:
        The checks; a run would start if each of them `lets_run`.
    """
    return execution.check_everything(account, name, plan)
