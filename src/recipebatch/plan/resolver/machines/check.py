"""All that is refused of the pools that a new run would make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.plan.resolver.machines.fit import check_fit
from recipebatch.plan.resolver.machines.identities import check_identities
from recipebatch.plan.resolver.machines.limits import check_limits
from recipebatch.plan.resolver.machines.retirement import check_retirement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from recipebatch.errors import ProblemList
    from recipebatch.plan.resolver.pools import PoolPlan
    from recipebatch.recipe.model import Recipe


def check_machines(recipe: Recipe, pools: Mapping[str, PoolPlan], today: date, problems: ProblemList) -> None:
    """Refuse what the service cannot make or no longer makes, of new runs only: one that began must be able to end.

    Args:
        recipe: the recipe.
        pools: by their names; of existing ones nothing is known.
        today: the day on which the run would begin.
        problems: gets what is wrong.
    """
    for spec in recipe.pools:
        planned = pools[spec.logical]
        if not planned.pool.existing:
            with problems.collecting():
                check_retirement(spec, planned.pool, today)
                check_fit(spec, planned.pool)
            with problems.collecting():
                check_limits(spec, planned)
    own = {name for name, planned in pools.items() if not planned.pool.existing}
    with problems.collecting():
        check_identities(recipe, own)
