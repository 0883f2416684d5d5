"""Which runs are those of a recipe, and what a recipe that has changed since its run started means."""

from recipebatch.execution.recipe_runs.changed_recipe import asked_to_begin, check_unchanged, report_changed_files
from recipebatch.execution.recipe_runs.changed_sizes import is_resized, new_sizes
from recipebatch.execution.recipe_runs.pending import PendingChanges, other_parameters, pending_changes
from recipebatch.execution.recipe_runs.purge_all import RunsToPurge, runs_to_purge
from recipebatch.execution.recipe_runs.runs_of_recipe import RunsOfRecipe

__all__ = [
    "PendingChanges",
    "RunsOfRecipe",
    "RunsToPurge",
    "asked_to_begin",
    "check_unchanged",
    "is_resized",
    "new_sizes",
    "other_parameters",
    "pending_changes",
    "report_changed_files",
    "runs_to_purge",
]
