"""plan_against: the plan of a recipe, compared if an account can be asked without starting or installing anything."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, RecipeBatchError, UsageError
from recipebatch.execution.costs import last_durations
from recipebatch.execution.open_account import NO_LOCAL_ACCOUNT, account_services, why_not_running
from recipebatch.execution.quota import plan_quota
from recipebatch.execution.read_recipe import offline_plan
from recipebatch.execution.recipe_runs.compared_plan import NEW_RUN, ComparedPlan
from recipebatch.runs import new_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.files import ReadAccess
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress


def plan_against(
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    account: str | None,
    progress: Progress,
    *,
    new: bool = False,
    required: bool = False,
    saves: bool = False,
) -> ComparedPlan:
    """The plan of a recipe, compared if the account can be asked without starting one; `Recipe.compare` says more.

    `saves`: it is to be carried out, and the names of what it creates have the id that its run will have.
    """
    why, now = "", datetime.now(UTC)
    run_id = new_run_id(now, secrets.randbits(64)) if saves else NEW_RUN
    try:
        why = why_not_running(account)
        if not why:
            from recipebatch.execution.comparison.compare import compared_plan

            with account_services(account, progress) as services:
                found = compared_plan(services, recipe, given, access, progress, new=new, run_id=run_id, now=now)
                return replace(
                    found, durations=last_durations(services, recipe), quota=plan_quota(services, found.plan)
                )
    except InvalidRecipeError:
        raise
    except RecipeBatchError as error:
        if required:
            raise
        why = error.message.splitlines()[0]
    if required and why is not NO_LOCAL_ACCOUNT:
        raise UsageError(f"the plan cannot be compared: {why}", hint="leave out the account to plan without it")
    return ComparedPlan(plan=offline_plan(recipe, given, access), not_compared=why)
