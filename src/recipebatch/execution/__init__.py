"""Puts the parts together for a command. The doors: `opened`, `read_recipe`, `choose_run`, `session`."""

from recipebatch.execution.open_account import Services, opened
from recipebatch.execution.open_run import session
from recipebatch.execution.orphans import Orphan
from recipebatch.execution.read_recipe import checked_parameters, offline_plan, read_recipe, recipe_path
from recipebatch.execution.recorded_plan import recorded_plan
from recipebatch.execution.select_run import begin, check_given, choose_run, is_applied, required_run
from recipebatch.execution.status import JobState, PoolState, Printed, job_states, pool_states

__all__ = [
    "JobState",
    "Orphan",
    "PoolState",
    "Printed",
    "Services",
    "begin",
    "check_given",
    "checked_parameters",
    "choose_run",
    "is_applied",
    "job_states",
    "offline_plan",
    "opened",
    "pool_states",
    "read_recipe",
    "recipe_path",
    "recorded_plan",
    "required_run",
    "session",
]
