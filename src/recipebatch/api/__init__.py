"""The interface for Python programs, which the command line uses too: load, check, plan and run recipes.

`Recipe`, functions on files (`validate`, `lint`, `problems`, `findings`), functions on runs (`run_phase`, `runs`), on
what nodes are made of (`images`, `sizes`), and `explain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.api.checks import (
    RecipeCheck,
    Values,
    explain,
    explanations,
    files_of,
    findings,
    lint,
    problems,
    run_tests,
    validate,
    write_junit,
)
from recipebatch.api.control import pause, scale, stop, unpause
from recipebatch.api.machines import ImageInfo, ImageList, SeriesInfo, images, sizes
from recipebatch.api.phases import resume, retry, run_phase
from recipebatch.api.recipe import Recipe, plan_as_json
from recipebatch.api.recipe_printout import RecipePrintout, show
from recipebatch.api.runs import (
    RunDetails,
    find_orphans,
    forget_run,
    purge_all,
    remove_orphans,
    runs,
    show_run,
)
from recipebatch.api.saved_plan import apply_saved
from recipebatch.api.scaffold import BundledRecipe, NewRecipe, bundled, new_recipe, schema, schema_reference
from recipebatch.api.status import RunStatus, account_pools, status
from recipebatch.config.secret_grants import SecretGrant
from recipebatch.execution import ComparedPlan, SavedPlan, read_saved_plan
from recipebatch.lazy_imports import lazy_exports
from recipebatch.phases import PhaseOptions, select_phases

if TYPE_CHECKING:
    from recipebatch.api.look.differences import RunDifference, compare_runs
    from recipebatch.api.look.logs import logs, task_files
    from recipebatch.api.look.report import WrittenReport, report, write_report
    from recipebatch.api.look.sas import sas
    from recipebatch.api.look.tasks import RunTask, RunTaskList, task, tasks
    from recipebatch.api.look.why import doctor, why
    from recipebatch.pages import RunReportData, report_as_json
else:
    # What looks at runs is loaded by who looks.
    __getattr__ = lazy_exports(
        __name__,
        {
            "RunDifference": "recipebatch.api.look.differences",
            "RunReportData": "recipebatch.pages",
            "RunTask": "recipebatch.api.look.tasks",
            "RunTaskList": "recipebatch.api.look.tasks",
            "WrittenReport": "recipebatch.api.look.report",
            "compare_runs": "recipebatch.api.look.differences",
            "doctor": "recipebatch.api.look.why",
            "logs": "recipebatch.api.look.logs",
            "report": "recipebatch.api.look.report",
            "report_as_json": "recipebatch.pages",
            "sas": "recipebatch.api.look.sas",
            "task": "recipebatch.api.look.tasks",
            "task_files": "recipebatch.api.look.logs",
            "tasks": "recipebatch.api.look.tasks",
            "why": "recipebatch.api.look.why",
            "write_report": "recipebatch.api.look.report",
        },
    )

__all__ = [
    "BundledRecipe",
    "ComparedPlan",
    "ImageInfo",
    "ImageList",
    "NewRecipe",
    "PhaseOptions",
    "Recipe",
    "RecipeCheck",
    "RecipePrintout",
    "RunDetails",
    "RunDifference",
    "RunReportData",
    "RunStatus",
    "RunTask",
    "RunTaskList",
    "SavedPlan",
    "SecretGrant",
    "SeriesInfo",
    "Values",
    "WrittenReport",
    "account_pools",
    "apply_saved",
    "bundled",
    "compare_runs",
    "doctor",
    "explain",
    "explanations",
    "files_of",
    "find_orphans",
    "findings",
    "forget_run",
    "images",
    "lint",
    "logs",
    "new_recipe",
    "pause",
    "plan_as_json",
    "problems",
    "purge_all",
    "read_saved_plan",
    "remove_orphans",
    "report",
    "report_as_json",
    "resume",
    "retry",
    "run_phase",
    "run_tests",
    "runs",
    "sas",
    "scale",
    "schema",
    "schema_reference",
    "select_phases",
    "show",
    "show_run",
    "sizes",
    "status",
    "stop",
    "task",
    "task_files",
    "tasks",
    "unpause",
    "validate",
    "why",
    "write_junit",
    "write_report",
]
