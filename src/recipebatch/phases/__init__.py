"""Plan → calls → PhaseReport: the phases of a run, each safe to repeat. The table of them is `PHASES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lazy_imports import lazy_exports
from recipebatch.phases.options import PhaseOptions, delete_all
from recipebatch.phases.table import (
    COLLECT,
    PAUSE,
    PHASES,
    PROVISION,
    PURGE,
    RETRY,
    STAGE,
    STOP,
    SUBMIT,
    UNPAUSE,
    WATCH,
    Phase,
    PhaseRunner,
    phases_between,
    select_phases,
)

if TYPE_CHECKING:
    from recipebatch.phases.collect import check_target, collect_outputs
    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.job_control import disable_jobs, enable_jobs, terminate_jobs, terminate_tasks
    from recipebatch.phases.missing_blobs import missing_blobs_of_jobs
    from recipebatch.phases.outputs import (
        OutputBlobs,
        OutputsMissingError,
        PromisedOutput,
        missing_error,
        output_containers,
        outputs_text,
        promised,
        promises_anything,
    )
    from recipebatch.phases.poller import Clock, Poller, RealClock
    from recipebatch.phases.provision import (
        IdlePool,
        formula_failure,
        nodes_text,
        provision_pools,
        provision_turn,
        scale_idle_pools,
    )
    from recipebatch.phases.purge import purge_resources
    from recipebatch.phases.run_status import failed_before_tasks, interruption_of, never_submitted, status_of
    from recipebatch.phases.stage import Hashes, names_text, stage_inputs
    from recipebatch.phases.staged_inputs import changed_inputs, find_lost_inputs, upload_again
    from recipebatch.phases.submit import ROOM_LIMIT, submit_jobs
    from recipebatch.phases.watch import (
        cause_of_task,
        failed_now,
        failed_on_nodes,
        failure_text,
        find_blocked_tasks,
        no_node_got_ready,
        output_text,
        watch_jobs,
    )
else:
    # The command line reads the table for its help; what the phases are made of loads when one runs.
    __getattr__ = lazy_exports(
        __name__,
        {
            "Clock": "recipebatch.phases.poller",
            "Hashes": "recipebatch.phases.stage",
            "IdlePool": "recipebatch.phases.provision",
            "OutputBlobs": "recipebatch.phases.outputs",
            "OutputsMissingError": "recipebatch.phases.outputs",
            "PhaseContext": "recipebatch.phases.context",
            "Poller": "recipebatch.phases.poller",
            "PromisedOutput": "recipebatch.phases.outputs",
            "RealClock": "recipebatch.phases.poller",
            "cause_of_task": "recipebatch.phases.watch",
            "disable_jobs": "recipebatch.phases.job_control",
            "enable_jobs": "recipebatch.phases.job_control",
            "terminate_jobs": "recipebatch.phases.job_control",
            "terminate_tasks": "recipebatch.phases.job_control",
            "check_target": "recipebatch.phases.collect",
            "collect_outputs": "recipebatch.phases.collect",
            "failed_before_tasks": "recipebatch.phases.run_status",
            "failed_now": "recipebatch.phases.watch",
            "failed_on_nodes": "recipebatch.phases.watch",
            "failure_text": "recipebatch.phases.watch",
            "find_blocked_tasks": "recipebatch.phases.watch",
            "changed_inputs": "recipebatch.phases.staged_inputs",
            "formula_failure": "recipebatch.phases.provision",
            "find_lost_inputs": "recipebatch.phases.staged_inputs",
            "names_text": "recipebatch.phases.stage",
            "interruption_of": "recipebatch.phases.run_status",
            "missing_blobs_of_jobs": "recipebatch.phases.missing_blobs",
            "missing_error": "recipebatch.phases.outputs",
            "never_submitted": "recipebatch.phases.run_status",
            "no_node_got_ready": "recipebatch.phases.watch",
            "nodes_text": "recipebatch.phases.provision",
            "output_containers": "recipebatch.phases.outputs",
            "output_text": "recipebatch.phases.watch",
            "outputs_text": "recipebatch.phases.outputs",
            "promised": "recipebatch.phases.outputs",
            "promises_anything": "recipebatch.phases.outputs",
            "provision_pools": "recipebatch.phases.provision",
            "provision_turn": "recipebatch.phases.provision",
            "purge_resources": "recipebatch.phases.purge",
            "scale_idle_pools": "recipebatch.phases.provision",
            "stage_inputs": "recipebatch.phases.stage",
            "status_of": "recipebatch.phases.run_status",
            "submit_jobs": "recipebatch.phases.submit",
            "ROOM_LIMIT": "recipebatch.phases.submit",
            "upload_again": "recipebatch.phases.staged_inputs",
            "watch_jobs": "recipebatch.phases.watch",
        },
    )

__all__ = [
    "COLLECT",
    "PAUSE",
    "PHASES",
    "PROVISION",
    "PURGE",
    "RETRY",
    "ROOM_LIMIT",
    "STAGE",
    "STOP",
    "SUBMIT",
    "UNPAUSE",
    "WATCH",
    "Clock",
    "Hashes",
    "IdlePool",
    "OutputBlobs",
    "OutputsMissingError",
    "Phase",
    "PhaseContext",
    "PhaseOptions",
    "PhaseRunner",
    "Poller",
    "PromisedOutput",
    "RealClock",
    "cause_of_task",
    "changed_inputs",
    "check_target",
    "collect_outputs",
    "delete_all",
    "disable_jobs",
    "enable_jobs",
    "failed_before_tasks",
    "failed_now",
    "failed_on_nodes",
    "failure_text",
    "find_blocked_tasks",
    "find_lost_inputs",
    "formula_failure",
    "interruption_of",
    "missing_blobs_of_jobs",
    "missing_error",
    "names_text",
    "never_submitted",
    "no_node_got_ready",
    "nodes_text",
    "output_containers",
    "output_text",
    "outputs_text",
    "phases_between",
    "promised",
    "promises_anything",
    "provision_pools",
    "provision_turn",
    "purge_resources",
    "scale_idle_pools",
    "select_phases",
    "stage_inputs",
    "status_of",
    "submit_jobs",
    "terminate_jobs",
    "terminate_tasks",
    "upload_again",
    "watch_jobs",
]
