"""Which runs are those of a recipe, and what a recipe that has changed since its run started means."""

from recipebatch.execution.recipe_runs.begin import check_credentials, record_run, unrecorded_run
from recipebatch.execution.recipe_runs.changed_recipe import asked_to_begin, check_unchanged, report_changed_files
from recipebatch.execution.recipe_runs.changed_sizes import is_resized, new_sizes
from recipebatch.execution.recipe_runs.next_run import NextRun, has_parameters, next_run
from recipebatch.execution.recipe_runs.pending import (
    STARTS,
    PendingChanges,
    given_and_said,
    left_to_do,
    other_parameters,
    pending_changes,
    scaled_pools,
    step_text,
)
from recipebatch.execution.recipe_runs.purge_all import RunsToPurge, runs_to_purge
from recipebatch.execution.recipe_runs.runs_of_recipe import RunsOfRecipe, newest_first
from recipebatch.execution.recipe_runs.saved_plan import SavedPlan, StalePlanError, read_saved_plan
from recipebatch.execution.recipe_runs.work import RetrySelector, RunSelector, Work

__all__ = [
    "STARTS",
    "NextRun",
    "PendingChanges",
    "RetrySelector",
    "RunSelector",
    "RunsOfRecipe",
    "RunsToPurge",
    "SavedPlan",
    "StalePlanError",
    "Work",
    "asked_to_begin",
    "check_credentials",
    "check_unchanged",
    "given_and_said",
    "has_parameters",
    "is_resized",
    "left_to_do",
    "new_sizes",
    "newest_first",
    "next_run",
    "other_parameters",
    "pending_changes",
    "read_saved_plan",
    "record_run",
    "report_changed_files",
    "runs_to_purge",
    "scaled_pools",
    "step_text",
    "unrecorded_run",
]
