"""why_run, why_task: looks at one run, and says why nothing runs, or why a task waits, failed or was blocked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.execution.active_run import order
from recipebatch.phases import (
    PROVISION,
    PURGE,
    SUBMIT,
    Diagnosis,
    Finding,
    FindingCode,
    JobLook,
    RunLook,
    diagnose_run,
    failure_finding,
    interruption_of,
    look_at_all_access,
    look_at_failures,
    look_at_job,
    look_at_pool,
    look_at_task,
    task_findings,
)
from recipebatch.properties.purge import Part
from recipebatch.report import TASK, FailedTask
from recipebatch.runs import DONE
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.plan.model import PlannedJob
    from recipebatch.runs import RunFailures, RunStore, TaskRecord


def why_run(active: ActiveRun, store: RunStore, *, outputs: bool = True) -> Diagnosis:
    """Why a run does not go on; of one that was purged what its record tells.

    Args:
        active: the run, opened without its lock.
        store: of its account.
        outputs: also read the ends of what failed tasks wrote; False answers with fewer requests.
    """
    record, context = active.record, active.context
    look = RunLook(record=record, run_option=context.run_option, working=store.holder_of(record.run_id))
    if record.state_of(PURGE.name) == DONE:
        kept = store.failures(record.run_id)
        return diagnose_run(
            replace(look, failures=_counting(kept), failed_total=kept.total or len(_counting(kept))),
            context.clock.now(),
        )
    jobs = tuple(_looks(active, active.plan.jobs, outputs=outputs))
    failures = look_at_failures(active.plan.jobs, context, outputs=outputs)
    if outputs:
        failures = _with_kept_ends(failures, active, store)
    # Pools whose jobs are not there: a run that failed before it submitted, or has not submitted yet.
    seen = {job.pool.pool_id for job in jobs if job.pool is not None}
    begun = active.journal.has_begun(PROVISION)
    pools = tuple(
        look_at_pool(str(pool.id), context, existing=pool.existing, outputs=outputs)
        for pool in active.plan.pools
        if begun and not pool.auto and str(pool.id) not in seen and pool.logical not in active.unmade_pools
    )
    return diagnose_run(
        replace(
            look,
            jobs=jobs,
            pools=pools,
            failures=failures,
            failed_total=len(failures),
            access_ends=look_at_all_access(failures, context),
        ),
        context.clock.now(),
    )


def why_task(active: ActiveRun, store: RunStore, task_id: str) -> Diagnosis:
    """Why a task waits, failed, was blocked, or never ran.

    Args:
        active: the run, opened without its lock.
        store: of its account.
        task_id: its id.

    Raises:
        UsageError: the run has no such task.
    """
    record, context = active.record, active.context
    diagnosis = Diagnosis(
        run_id=record.run_id,
        recipe=record.recipe_name,
        task_id=task_id,
        verdict="",
        looked_at=context.clock.now().isoformat(timespec="seconds"),
    )
    if record.state_of(PURGE.name) == DONE:
        return replace(diagnosis, verdict="purged", findings=(_recorded(active, store, task_id),))
    job = _job_of(active, task_id)
    look = look_at_task(task_id, next(iter(_looks(active, [job], outputs=True))), context)
    if look.failure is not None:
        look = replace(look, failure=_with_kept_ends([look.failure], active, store)[0])
    if look.first is not None:
        look = replace(look, first=_with_kept_ends([look.first], active, store)[0])
    found = task_findings(look)
    pool = () if look.job.pool is None else (look.job.pool.text(),)
    return replace(
        diagnosis,
        verdict="not submitted" if look.seen is None else look.seen.state,
        findings=tuple(found),
        facts=(look.job.text(), *pool),
    )


def _looks(active: ActiveRun, jobs: Sequence[PlannedJob], *, outputs: bool) -> Iterator[JobLook]:
    """Jobs as they are now."""
    waits = {}
    if active.waiting:
        found = order(active.plan, active.record.job_listings, active.context)
        in_vain = {job.logical for job in found.blocked}
        waits = {job.logical: (reason, job.logical in in_vain) for job, reason in found.waiting}
        waits |= {job.logical: (f"job {job.logical} can be submitted now", False) for job in found.ready}
    paused = interruption_of(active.record) if active.record.paused else ""
    for job in jobs:
        yield look_at_job(
            job,
            active.context,
            submitted=active.journal.is_done(SUBMIT),
            waits=waits.get(job.logical, ("", False)),
            paused=paused,
            purged=active.journal.has_begun(PURGE) or Part.JOBS in active.record.purged,
            outputs=outputs,
        )


def _job_of(active: ActiveRun, task_id: str) -> PlannedJob:
    """The job that has a task; of one that was tried again in another job, the newest.

    Raises:
        UsageError: the run has no such task.
    """
    known: list[str] = []
    for job in reversed(active.plan.jobs):
        names = [str(task.id) for task in job.tasks or ()]
        if task_id in names:
            return job
        known += names
    # The plan does not know the tasks of job managers, and of a run whose recipe is refused by now.
    for job in reversed(active.plan.jobs):
        if task_id in active.context.batch.list_task_ids(job.id):
            return job
    raise UsageError(f"run {active.record.run_id} has no task {task_id}", hint=did_you_mean(task_id, known))


def _with_kept_ends(failures: Sequence[FailedTask], active: ActiveRun, store: RunStore) -> list[FailedTask]:
    """Failed tasks with the ends of what they wrote that the record keeps of this try, where their node is gone."""
    if all(failure.stdout or failure.stderr or not failure.node_id for failure in failures):
        return list(failures)
    kept = {
        (each.job_id, each.task_id): each for each in store.failures(active.record.run_id).kept if each.kind == TASK
    }
    found = []
    for failure in failures:
        known = kept.get((failure.job_id, failure.task_id))
        if known is not None and not (failure.stdout or failure.stderr) and known.ended == failure.ended:
            found.append(replace(failure, stdout=known.stdout, stderr=known.stderr))
        else:
            found.append(failure)
    return found


def _counting(kept: RunFailures) -> tuple[FailedTask, ...]:
    """The recorded failures that count: not those that were tried again."""
    return tuple(failure for failure in kept.kept if not failure.tried_again)


def _recorded(active: ActiveRun, store: RunStore, task_id: str) -> Finding:
    """What is recorded of a task whose job is deleted.

    Raises:
        UsageError: the run had no such task, as far as it is recorded.
    """
    record = active.record
    failures = store.failures(record.run_id).kept
    failed = [each for each in failures if each.kind == TASK and each.task_id == task_id]
    if failed:
        failure = min(failed, key=lambda each: each.tried_again)
        planned = next((task for job in active.plan.jobs for task in job.tasks or () if task.id == task_id), None)
        return replace(
            failure_finding(failure, active.context.run_option, planned),
            steps=(f"recipebatch logs {active.context.run_option} --task {task_id}", "start another run: apply --new"),
        )
    records = store.task_history(record.run_id).records
    found = next((each for each in reversed(records) if each.task_id == task_id), None)
    if found is None:
        known = [each.task_id for each in records]
        raise UsageError(f"no task {task_id} is recorded for run {record.run_id}", hint=did_you_mean(task_id, known))
    return _of_history(found)


def _of_history(task: TaskRecord) -> Finding:
    where = f" on node {task.node_id}" if task.node_id else ""
    times = f"{task.began:%Y-%m-%d %H:%M:%S} to {task.ended:%H:%M:%S} UTC" if task.began and task.ended else ""
    evidence = tuple(filter(None, (times, f"state {task.state} when it was seen last")))
    if task.state == TaskState.COMPLETED and not task.cause:
        return Finding(code=FindingCode.SUCCEEDED, sentence=f"task {task.task_id} succeeded{where}", evidence=evidence)
    code = f", exit code {task.exit_code}" if task.exit_code is not None else ""
    why = f"cause {task.cause.replace('_', ' ')}" if task.cause else "it had not ended"
    return Finding(
        code=FindingCode.of_cause(task.cause),
        sentence=f"task {task.task_id} did not succeed: {why}{code}{f' ({task.code})' if task.code else ''}",
        evidence=evidence,
    )
