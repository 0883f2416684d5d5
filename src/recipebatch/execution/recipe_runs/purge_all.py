"""Which runs `purge RECIPE --all` means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.execution.recipe_runs.runs_of_recipe import RunsOfRecipe
from recipebatch.execution.resources.holdings import look_at_holdings

if TYPE_CHECKING:
    from recipebatch.execution.open_account import Services
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunSummary


@dataclass(frozen=True, slots=True)
class RunsToPurge:
    """The runs of a recipe by this owner of which something is left.

    Attributes:
        runs: oldest first, with what they hold.
        others: those of recipes elsewhere that have the same name, as a text; they are not purged.
        why_none: why there are none, as a text.
    """

    runs: tuple[RunSummary, ...]
    others: str
    why_none: str


def runs_to_purge(services: Services, recipe: Recipe) -> RunsToPurge:
    """The runs to purge: of the recipe where it is, and of where it was moved from."""
    known = RunsOfRecipe(services, recipe)
    own = known.unpurged()
    none = "all your runs of this recipe are purged" if known.here else "you have no run of this recipe in this account"
    others = known.others(*(run.run_id for run in own))
    if others:
        others = f"runs of recipes elsewhere are named {recipe.name} too: {others}; --run ID uses one of them"
    return RunsToPurge(look_at_holdings(services).on(own) if own else (), others, none)
