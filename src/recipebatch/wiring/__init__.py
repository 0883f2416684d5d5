"""Puts the parts together for a command. The doors: `opened`, `read_recipe`, `choose_run`, `session`."""

from recipebatch.wiring.accounts import Services, opened
from recipebatch.wiring.choosing import begin, check_given, choose_run, is_applied, required_run
from recipebatch.wiring.recipes import checked_parameters, offline_plan, read_recipe, recipe_path
from recipebatch.wiring.recorded import recorded_plan
from recipebatch.wiring.sessions import session

__all__ = [
    "Services",
    "begin",
    "check_given",
    "checked_parameters",
    "choose_run",
    "is_applied",
    "offline_plan",
    "opened",
    "read_recipe",
    "recipe_path",
    "recorded_plan",
    "required_run",
    "session",
]
