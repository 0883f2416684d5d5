"""What `apply` would do now, compared with what the account has; and plans that are saved to be carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lazy_imports import lazy_exports

if TYPE_CHECKING:
    from recipebatch.execution.comparison.ask_account import plan_against
    from recipebatch.execution.comparison.saved import run_of_saved_plan, save_plan, selector_of_saved_plan
    from recipebatch.execution.recipe_runs.compared_plan import ComparedPlan
else:
    # A plan that is not compared loads no phases.
    __getattr__ = lazy_exports(
        __name__,
        {
            "ComparedPlan": "recipebatch.execution.recipe_runs.compared_plan",
            "plan_against": "recipebatch.execution.comparison.ask_account",
            "run_of_saved_plan": "recipebatch.execution.comparison.saved",
            "save_plan": "recipebatch.execution.comparison.saved",
            "selector_of_saved_plan": "recipebatch.execution.comparison.saved",
        },
    )

__all__ = ["ComparedPlan", "plan_against", "run_of_saved_plan", "save_plan", "selector_of_saved_plan"]
