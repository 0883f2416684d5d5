"""What a Python program, and the command itself, can ask for: recipes to load, check, plan and run.

The doors: `Recipe`, the functions on files (`problems`, `findings`), on runs (`run_phase`, `runs`) and `explain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.api.checks import explain, explanations, files_of, findings, problems, run_tests, write_junit
from recipebatch.api.phases import resume, retry, run_phase, selected
from recipebatch.api.recipe import Recipe, plan_as_json
from recipebatch.api.recipe_printout import show
from recipebatch.api.runs import compare_runs, find_orphans, forget_run, remove_orphans, runs, show_run
from recipebatch.api.scaffold import bundled, new_recipe, schema, schema_reference
from recipebatch.api.status import logs, status

if TYPE_CHECKING:
    from recipebatch.phases.options import PhaseOptions

__all__ = [
    "PhaseOptions",
    "Recipe",
    "bundled",
    "compare_runs",
    "explain",
    "explanations",
    "files_of",
    "find_orphans",
    "findings",
    "forget_run",
    "logs",
    "new_recipe",
    "plan_as_json",
    "problems",
    "remove_orphans",
    "resume",
    "retry",
    "run_phase",
    "run_tests",
    "runs",
    "schema",
    "schema_reference",
    "selected",
    "show",
    "show_run",
    "status",
    "write_junit",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import the phases when a program asks for their options: checks of recipes need none of them."""
        if name != "PhaseOptions":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from recipebatch.phases.options import PhaseOptions

        return PhaseOptions
