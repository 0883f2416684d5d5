"""Why a run does not go on: what its record says, and the findings of its jobs, as one verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from recipebatch.phases.run_status import interruption_of, status_of
from recipebatch.phases.table import PURGE, STOP
from recipebatch.phases.watch.diagnosis.findings import Code, Finding, ranked
from recipebatch.phases.watch.diagnosis.jobs import JobLook, job_findings
from recipebatch.phases.watch.diagnosis.pools import PoolLook, pool_findings
from recipebatch.phases.watch.diagnosis.tasks import failure_finding
from recipebatch.phases.watch.totals import sum_of
from recipebatch.runs import DONE, FAILED, new_run_command
from recipebatch.vocabulary.error_codes import ACTIVE_JOB_AND_SCHEDULE_QUOTA_REACHED, POOL_QUOTA_REACHED
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from recipebatch.report import FailedTask
    from recipebatch.runs import RunRecord

_GROUPS = 5
_QUOTAS = {ACTIVE_JOB_AND_SCHEDULE_QUOTA_REACHED: Code.JOB_QUOTA, POOL_QUOTA_REACHED: Code.POOL_QUOTA}
_SAYS_IT_ALL = frozenset(
    {
        Code.QUOTA,
        Code.ALLOCATION_FAILED,
        Code.FORMULA_FAILED,
        Code.START_TASK_FAILED,
        Code.IMAGE,
        Code.NODES_UNUSABLE,
        Code.POOL_DELETING,
    }
)
"""What a failed `provision` failed for: its own message adds nothing to these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """A run at one moment.

    Attributes:
        record: as it is now.
        run_option: what a command needs to find the run.
        jobs: those of the plan.
        pools: those of the plan whose jobs are not there yet.
        failures: the tasks that failed, those with what they wrote first.
        failed_total: how many there are.
        access_ends: by job and task, when the SAS of its files ends, where one lacked a permission and that is known.
        working: who works on the run; empty if no command does.
    """

    record: RunRecord
    run_option: str
    jobs: Sequence[JobLook] = ()
    pools: Sequence[PoolLook] = ()
    failures: Sequence[FailedTask] = ()
    failed_total: int = 0
    access_ends: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    working: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why a run, or a task, is where it is.

    Attributes:
        run_id: of the run.
        recipe: its name.
        task_id: the task; empty for the run.
        verdict: how it stands, in a few words.
        findings: why, the one that explains most first.
        facts: what was looked at, a line each.
        looked_at: when, in ISO 8601.
    """

    run_id: str
    recipe: str
    task_id: str = ""
    verdict: str
    findings: tuple[Finding, ...] = ()
    facts: tuple[str, ...] = ()
    looked_at: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        if not self.findings or self.task_id:
            return self.findings[0].sentence if self.findings else self.verdict
        return f"{self.verdict}: {self.findings[0].sentence}"


def diagnose_run(look: RunLook, now: datetime) -> Diagnosis:
    """Why a run does not go on. Pure."""
    record = look.record
    if record.state_of(PURGE.name) == DONE:
        return diagnose_purged(look, now)
    found = [finding for job in look.jobs for finding in job_findings(job)]
    on_pools = [finding for pool in look.pools for finding in pool_findings(pool)]
    if any(finding.code in _SAYS_IT_ALL for finding in on_pools):
        found = [finding for finding in found if finding.code is not Code.NOT_SUBMITTED]
        found += on_pools
    totals = sum_of(job.totals for job in look.jobs)
    if record.stopped and totals.unfinished:
        found.append(_stopped(look))
    if (failed := _failed_phase(look)) is not None and not any(each.code in _SAYS_IT_ALL for each in found):
        found = [failed, *(each for each in found if each.code is not Code.NOT_SUBMITTED)]
    over = bool(look.jobs) and all(job.is_over for job in look.jobs)
    failures = failure_groups(look.failures, look.run_option, look.access_ends)
    found += failures if over or not totals.unfinished else [replace(each, partial=True) for each in failures]
    return Diagnosis(
        run_id=record.run_id,
        recipe=record.recipe_name,
        verdict=_verdict(look, over=over),
        findings=ranked(found),
        facts=_facts(look),
        looked_at=now.isoformat(timespec="seconds"),
    )


def diagnose_purged(look: RunLook, now: datetime) -> Diagnosis:
    """What the record of a run tells whose resources are deleted. Pure."""
    record = look.record
    again = f"start it once more: {new_run_command(record)}"
    failures = failure_groups(look.failures, look.run_option, look.access_ends)
    purged = Finding(
        code=Code.PURGED,
        sentence="nothing of it runs any more: its resources are deleted",
        evidence=(f"{PURGE} {record.state_of(PURGE.name)} at {_at(record, PURGE.name)}",),
        steps=(again,),
    )
    failed = (
        f", {'1 failure' if look.failed_total == 1 else f'{look.failed_total:,} failures'}" if look.failed_total else ""
    )
    return Diagnosis(
        run_id=record.run_id,
        recipe=record.recipe_name,
        verdict=f"purged, verdict {record.verdict}{failed}",
        findings=(purged, *ranked(failures)),
        facts=_facts(look),
        looked_at=now.isoformat(timespec="seconds"),
    )


def failure_groups(
    failures: Sequence[FailedTask], run_option: str, access_ends: Mapping[tuple[str, str], datetime]
) -> list[Finding]:
    """The failed tasks by how they failed, each kind once, by its first task. Pure."""
    groups: dict[tuple[str, int | None, str], list[FailedTask]] = {}
    for failure in failures:
        groups.setdefault((failure.cause, failure.exit_code, failure.code), []).append(failure)
    largest = sorted(groups.values(), key=len, reverse=True)
    found = []
    for group in largest[:_GROUPS]:
        end = access_ends.get((group[0].job_id, group[0].task_id))
        finding = failure_finding(group[0], run_option, access_ends=end)
        more = f"; {len(group) - 1:,} more {_tasks(len(group) - 1)} like it" if len(group) > 1 else ""
        why = f"recipebatch why {run_option} {group[0].task_id}" if group[0].task_id else ""
        steps = finding.steps if not more else tuple(filter(None, (why, *finding.steps)))
        found.append(replace(finding, sentence=finding.sentence + more, steps=steps))
    return found


def _verdict(look: RunLook, *, over: bool) -> str:
    totals = sum_of(job.totals for job in look.jobs)
    if totals.running:
        # The service counts a task as running while its job is prepared on its node.
        prepared = any(each.running for job in look.jobs for each in job.preparations)
        doing = f"{TaskState.RUNNING} or being prepared" if prepared else TaskState.RUNNING.value
        return f"1 task is {doing}" if totals.running == 1 else f"{totals.running:,} tasks are {doing}"
    if over and totals.failed:
        return f"all {totals.total:,} tasks have ended, {totals.failed:,} failed"
    if over:
        return f"all {totals.total:,} tasks have succeeded" if totals.total > 1 else "its task has succeeded"
    return "no task is running"


def _stopped(look: RunLook) -> Finding:
    return Finding(
        code=Code.STOPPED,
        sentence=f"the run was {interruption_of(look.record)}",
        steps=(f"recipebatch retry {look.run_option}", f"end what is left: recipebatch {STOP} {look.run_option}"),
    )


def _failed_phase(look: RunLook) -> Finding | None:
    """The phase that failed last, if none has been tried since."""
    phases = list(look.record.phases.items())
    if not phases or phases[-1][1].state != FAILED:
        return None
    name, state = phases[-1]
    quota = next((code for text, code in _QUOTAS.items() if text in state.summary), None)
    command = f"recipebatch {name} {look.run_option}"
    steps: tuple[str, ...] = (f"remove the cause, then: {command}",)
    if quota is not None:
        steps = ("recipebatch status --all", f"purge runs that are not needed, then: {command}")
    return Finding(
        code=quota or Code.PHASE_FAILED,
        sentence=f"{name} failed: {state.summary or 'its record does not say why'}",
        evidence=(f"at {_at(look.record, name)}",),
        steps=steps,
    )


def _facts(look: RunLook) -> tuple[str, ...]:
    pools = {job.pool.pool_id: job.pool for job in look.jobs if job.pool is not None}
    pools |= {pool.pool_id: pool for pool in look.pools}
    working = f"{look.working} is at work" if look.working else "no command works on it"
    status = f"run: {status_of(look.record)}, verdict {look.record.verdict}; {working}"
    return (status, *(job.text() for job in look.jobs), *(pool.text() for pool in pools.values()))


def _at(record: RunRecord, phase: str) -> str:
    return f"{record.phases[phase].at[:19].replace('T', ' ')} UTC"


def _tasks(count: int) -> str:
    return "task" if count == 1 else "tasks"
