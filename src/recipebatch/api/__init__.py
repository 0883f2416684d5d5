"""What a Python program, and the command itself, can ask for: recipes to load, check, plan and run.

The doors: `Recipe`, the functions on files (`problems`, `findings`), on runs (`run_phase`, `runs`) and `explain`.
"""

from __future__ import annotations

from recipebatch.api.checks import files_of, findings, problems, run_tests, write_junit
from recipebatch.api.codes import explain, explanations
from recipebatch.api.options import PhaseOptions
from recipebatch.api.recipe import Recipe, plan_as_json
from recipebatch.api.running import retry, run_phase, runs, selected
from recipebatch.api.shown import show
from recipebatch.api.start import bundled, new_recipe, schema, schema_reference

__all__ = [
    "PhaseOptions",
    "Recipe",
    "bundled",
    "explain",
    "explanations",
    "files_of",
    "findings",
    "new_recipe",
    "plan_as_json",
    "problems",
    "retry",
    "run_phase",
    "run_tests",
    "runs",
    "schema",
    "schema_reference",
    "selected",
    "show",
    "write_junit",
]
