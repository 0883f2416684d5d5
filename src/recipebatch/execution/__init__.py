"""Work on a run, from the account to the report. `run_phases` is the one way in; the rest looks, reads or selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lazy_imports import lazy_exports

if TYPE_CHECKING:
    from recipebatch.execution.actions import pause_work, scale_work, stop_work, unpause_work
    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.costs import cost_of_run
    from recipebatch.execution.diagnosis import why_run, why_task
    from recipebatch.execution.engine import (
        RetrySelector,
        RunSelector,
        Work,
        find_run,
        purge_run,
        run_phases,
    )
    from recipebatch.execution.machine_inputs import secret_source
    from recipebatch.execution.offers import is_configured, offered_images
    from recipebatch.execution.open_account import Services, account_services
    from recipebatch.execution.open_run import opened_run
    from recipebatch.execution.output import (
        Following,
        KeptOutput,
        NoOutputError,
        TaskOutput,
        is_purging,
        node_output,
        recorded_output,
        task_output,
    )
    from recipebatch.execution.read_recipe import (
        RecipeFromElsewhere,
        checked_parameters,
        from_elsewhere,
        is_named_vault,
        load_recipe,
        offline_plan,
        partial_problems,
        read_access,
        recipe_path,
    )
    from recipebatch.execution.recipe_runs import PendingChanges, pending_changes, runs_to_purge
    from recipebatch.execution.recorded_plan import RecordedRun, plan_of_record
    from recipebatch.execution.reports import gather_report
    from recipebatch.execution.resources.account_pools import AccountPool, pools_of_account
    from recipebatch.execution.resources.all_runs import PurgedRun, exit_code_of, purge_runs
    from recipebatch.execution.resources.holdings import (
        held_by_owner,
        held_lines,
        load_record,
        look_at_holdings,
        with_holders,
    )
    from recipebatch.execution.resources.labelled_plan import labelled_plan
    from recipebatch.execution.resources.orphans import Orphan, delete_orphans, find_orphans, measure_orphans
    from recipebatch.execution.select_run import check_owner, is_applied, newest_run
    from recipebatch.execution.status import NOT_FOUND, NOT_MADE, JobStatus, PoolStatus, job_statuses, pool_statuses
    from recipebatch.execution.tasks import SORT_KEYS, TASK_STATES, TaskList, TaskQuery, TaskRow, list_run_tasks
else:
    # A command that only reads a recipe loads neither the phases nor the clients.
    __getattr__ = lazy_exports(
        __name__,
        {
            "SORT_KEYS": "recipebatch.execution.tasks",
            "TASK_STATES": "recipebatch.execution.tasks",
            "TaskList": "recipebatch.execution.tasks",
            "TaskQuery": "recipebatch.execution.tasks",
            "TaskRow": "recipebatch.execution.tasks",
            "list_run_tasks": "recipebatch.execution.tasks",
            "NOT_FOUND": "recipebatch.execution.status",
            "NOT_MADE": "recipebatch.execution.status",
            "ActiveRun": "recipebatch.execution.active_run",
            "pause_work": "recipebatch.execution.actions",
            "scale_work": "recipebatch.execution.actions",
            "stop_work": "recipebatch.execution.actions",
            "unpause_work": "recipebatch.execution.actions",
            "cost_of_run": "recipebatch.execution.costs",
            "JobStatus": "recipebatch.execution.status",
            "Orphan": "recipebatch.execution.resources.orphans",
            "PoolStatus": "recipebatch.execution.status",
            "PurgedRun": "recipebatch.execution.resources.all_runs",
            "RecipeFromElsewhere": "recipebatch.execution.read_recipe",
            "RecordedRun": "recipebatch.execution.recorded_plan",
            "labelled_plan": "recipebatch.execution.resources.labelled_plan",
            "RetrySelector": "recipebatch.execution.engine",
            "RunSelector": "recipebatch.execution.engine",
            "Services": "recipebatch.execution.open_account",
            "Following": "recipebatch.execution.output",
            "NoOutputError": "recipebatch.execution.output",
            "TaskOutput": "recipebatch.execution.output",
            "is_purging": "recipebatch.execution.output",
            "node_output": "recipebatch.execution.output",
            "KeptOutput": "recipebatch.execution.output",
            "recorded_output": "recipebatch.execution.output",
            "Work": "recipebatch.execution.engine",
            "checked_parameters": "recipebatch.execution.read_recipe",
            "delete_orphans": "recipebatch.execution.resources.orphans",
            "from_elsewhere": "recipebatch.execution.read_recipe",
            "find_orphans": "recipebatch.execution.resources.orphans",
            "gather_report": "recipebatch.execution.reports",
            "exit_code_of": "recipebatch.execution.resources.all_runs",
            "find_run": "recipebatch.execution.engine",
            "check_owner": "recipebatch.execution.select_run",
            "held_by_owner": "recipebatch.execution.resources.holdings",
            "held_lines": "recipebatch.execution.resources.holdings",
            "is_applied": "recipebatch.execution.select_run",
            "newest_run": "recipebatch.execution.select_run",
            "is_configured": "recipebatch.execution.offers",
            "offered_images": "recipebatch.execution.offers",
            "job_statuses": "recipebatch.execution.status",
            "load_record": "recipebatch.execution.resources.holdings",
            "look_at_holdings": "recipebatch.execution.resources.holdings",
            "with_holders": "recipebatch.execution.resources.holdings",
            "AccountPool": "recipebatch.execution.resources.account_pools",
            "pools_of_account": "recipebatch.execution.resources.account_pools",
            "why_run": "recipebatch.execution.diagnosis",
            "why_task": "recipebatch.execution.diagnosis",
            "measure_orphans": "recipebatch.execution.resources.orphans",
            "offline_plan": "recipebatch.execution.read_recipe",
            "partial_problems": "recipebatch.execution.read_recipe",
            "account_services": "recipebatch.execution.open_account",
            "opened_run": "recipebatch.execution.open_run",
            "pool_statuses": "recipebatch.execution.status",
            "is_named_vault": "recipebatch.execution.read_recipe",
            "load_recipe": "recipebatch.execution.read_recipe",
            "read_access": "recipebatch.execution.read_recipe",
            "recipe_path": "recipebatch.execution.read_recipe",
            "PendingChanges": "recipebatch.execution.recipe_runs",
            "pending_changes": "recipebatch.execution.recipe_runs",
            "plan_of_record": "recipebatch.execution.recorded_plan",
            "purge_run": "recipebatch.execution.engine",
            "purge_runs": "recipebatch.execution.resources.all_runs",
            "run_phases": "recipebatch.execution.engine",
            "runs_to_purge": "recipebatch.execution.recipe_runs",
            "secret_source": "recipebatch.execution.machine_inputs",
            "task_output": "recipebatch.execution.output",
        },
    )

__all__ = [
    "NOT_FOUND",
    "NOT_MADE",
    "SORT_KEYS",
    "TASK_STATES",
    "AccountPool",
    "ActiveRun",
    "Following",
    "JobStatus",
    "KeptOutput",
    "NoOutputError",
    "Orphan",
    "PendingChanges",
    "PoolStatus",
    "PurgedRun",
    "RecipeFromElsewhere",
    "RecordedRun",
    "RetrySelector",
    "RunSelector",
    "Services",
    "TaskList",
    "TaskOutput",
    "TaskQuery",
    "TaskRow",
    "Work",
    "account_services",
    "check_owner",
    "checked_parameters",
    "cost_of_run",
    "delete_orphans",
    "exit_code_of",
    "find_orphans",
    "find_run",
    "from_elsewhere",
    "gather_report",
    "held_by_owner",
    "held_lines",
    "is_applied",
    "is_configured",
    "is_named_vault",
    "is_purging",
    "job_statuses",
    "labelled_plan",
    "list_run_tasks",
    "load_recipe",
    "load_record",
    "look_at_holdings",
    "measure_orphans",
    "newest_run",
    "node_output",
    "offered_images",
    "offline_plan",
    "opened_run",
    "partial_problems",
    "pause_work",
    "pending_changes",
    "plan_of_record",
    "pool_statuses",
    "pools_of_account",
    "purge_run",
    "purge_runs",
    "read_access",
    "recipe_path",
    "recorded_output",
    "run_phases",
    "runs_to_purge",
    "scale_work",
    "secret_source",
    "stop_work",
    "task_output",
    "unpause_work",
    "why_run",
    "why_task",
    "with_holders",
]
