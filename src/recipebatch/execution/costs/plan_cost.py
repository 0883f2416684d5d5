"""cost_of_plan: what a run costs before it begins, by the prices of an account; and whether its recipe allows that."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.cost import PlanCost, durations_of, kinds_of, plan_cost
from recipebatch.errors import MaxCostError, UsageError
from recipebatch.execution.open_account import accounts_file
from recipebatch.prices import account_prices
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from recipebatch.cost import Durations
    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan
    from recipebatch.prices import PriceSource
    from recipebatch.recipe import Recipe

_RUNS = 5
"""The newest so many runs of a recipe in which the durations of tasks are looked for."""


def prices_of(account: str | None) -> PriceSource:
    """The prices of an account that is not opened; None is the configured one.

    Raises:
        UsageError: it is named and not known, or the settings of prices are not valid.
    """
    try:
        found = accounts.account(account, os.environ, accounts_file())
    except UsageError:
        if account is not None:
            raise
        # A plan needs no account: of one that is not complete no region is known.
        return account_prices("", "", os.environ, accounts_file())
    region = "" if isinstance(found, accounts.LocalChoice) else found.region
    return account_prices(found.name, region, os.environ, accounts_file())


def last_durations(services: Services, recipe: Recipe) -> Durations | None:
    """How long the tasks of this owner's newest run of a recipe took; None if none is recorded."""
    for run in services.store.own(recipe.name)[:_RUNS]:
        if (found := durations_of(run.run_id, services.store.task_history(run.run_id))) is not None:
            return found
    return None


def recipe_cost(recipe: Recipe, plan: Plan, account: str | None, durations: Durations | None = None) -> PlanCost:
    """What a run of a recipe costs by the prices of an account, which is not opened.

    Raises:
        MaxCostError: it can cost more than the recipe allows.
        UsageError: as of `prices_of`.
    """
    cost = cost_of_plan(plan, prices_of(account), datetime.now(UTC), durations)
    check_max_cost(cost, recipe, unknown_too=False)
    return cost


def cost_of_plan(plan: Plan, prices: PriceSource, now: datetime, durations: Durations | None = None) -> PlanCost:
    """What a run costs.

    Args:
        plan: of the run.
        prices: of the account.
        now: the time.
        durations: how long its tasks took the last time.
    """
    currency = None if plan.max_cost is None else plan.max_cost.currency
    return plan_cost(plan, prices.card(kinds_of(plan), now, currency=currency), durations)


def check_max_cost(cost: PlanCost, recipe: Recipe, *, unknown_too: bool = True) -> None:
    """Check that a run costs at most what its recipe allows.

    Args:
        cost: of its plan.
        recipe: says where the limit is written.
        unknown_too: refuse also what cannot be checked, unless the recipe says `without_price: continue`.

    Raises:
        MaxCostError: it can cost more, or a price is not known.
    """
    node = recipe.max_cost.node
    at = None if node is None else node.at
    if cost.excess:
        longest = cost.longest_within()
        hint = "use fewer or smaller nodes, or raise max_cost"
        if longest is not None:
            hint = f"let the run last {span(longest)} at most (max_wall_clock_time of its jobs), {hint}"
        raise MaxCostError(f"{cost.excess}, until it expires in {span(cost.limit)}", hint=hint, at=at)
    if cost.why_unchecked and unknown_too and cost.max_cost is not None and cost.max_cost.without_price == "refuse":
        limit = f"{cost.max_cost.amount:f} {cost.max_cost.currency}"
        first = "write a file of prices (RECIPEBATCH_PRICES)" if cost.why_no_price else f"write it in {cost.currency}"
        raise MaxCostError(
            cost.why_unchecked,
            hint=f"{first}, or `max_cost: {{limit: {limit}, without_price: continue}}` to start without a limit",
            at=at,
        )
