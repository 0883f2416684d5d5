"""Why the tasks of a job do not run: its state, what it waits for, its pool, and the room that its tasks need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from recipebatch.phases.provision import nodes_text
from recipebatch.phases.table import PROVISION, SUBMIT, UNPAUSE
from recipebatch.phases.watch.blocked_tasks import blocked_text
from recipebatch.phases.watch.diagnosis.findings import Code, Finding
from recipebatch.phases.watch.diagnosis.pools import PoolLook, pool_findings
from recipebatch.report import TaskTotals, Verdict
from recipebatch.vocabulary.causes import OUT_OF_TIME, STOPPED, TASK_FAILED, exit_code_text
from recipebatch.vocabulary.limits import MAX_JOB_PRIORITY
from recipebatch.vocabulary.states import CLOSED, HELD, SCHEDULE_OVER, NodeState, ScheduleState, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.service import JobSnapshot, PreparationSnapshot, ScheduleSnapshot

_NAMED = 5
_REASONS = {
    STOPPED: "`recipebatch stop` ended it",
    OUT_OF_TIME: "it reached its time limit",
    TASK_FAILED: "the failure of a task ended it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another job with tasks on the same pool."""

    job_id: str
    priority: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLook:
    """A job at one moment.

    Attributes:
        job: of the plan.
        seen: the job, or the newest one of its schedule; None if there is none.
        totals: its tasks by state.
        pool: of the job; None if it was not looked at.
        run_option: what a command needs to find the run.
        preparations: of its preparation task, by node.
        rivals: other jobs with running tasks on its pool.
        blocked: tasks that can never start, each with the task that failed.
        waiting: the ids of active tasks, if none of them runs.
        submitted: the run has submitted its tasks.
        waits: why it is not submitted yet, where it waits for other jobs.
        waits_in_vain: a failure keeps it from ever being submitted.
        purged: the purge of the run has deleted it, or is about to.
        paused: by whom the run was paused; empty if it was not.
        schedule: the schedule that makes the job, where it has one.
    """

    job: PlannedJob
    seen: JobSnapshot | None
    totals: TaskTotals = field(default_factory=TaskTotals)
    pool: PoolLook | None = None
    run_option: str = ""
    preparations: Sequence[PreparationSnapshot] = ()
    rivals: Sequence[Rival] = ()
    blocked: Mapping[str, str] = field(default_factory=dict)
    waiting: Sequence[str] = ()
    submitted: bool = True
    waits: str = ""
    waits_in_vain: bool = False
    purged: bool = False
    paused: str = ""
    schedule: ScheduleSnapshot | None = None

    @property
    def name(self) -> str:
        """The id of the job that is looked at."""
        return self.job.id if self.seen is None else self.seen.id

    @property
    def is_over(self) -> bool:
        """All its tasks have ended, and no other is going to be added."""
        planned = len(self.job.tasks or ())
        return self.seen is not None and not self.totals.unfinished and self.totals.total >= max(planned, 1)

    def text(self) -> str:
        """The job in one line: its state, and its tasks by theirs."""
        if self.seen is None:
            return f"job {self.name}: there is none"
        counts: list[tuple[int, str]] = [
            (self.totals.active, TaskState.ACTIVE),
            (self.totals.running, TaskState.RUNNING),
            (self.totals.succeeded, Verdict.SUCCEEDED),
            (self.totals.failed, Verdict.FAILED),
        ]
        numbers = ", ".join(f"{count:,} {state}" for count, state in counts if count) or "no tasks"
        return f"job {self.name}: {self.seen.state}; {numbers}"


def job_findings(look: JobLook) -> list[Finding]:
    """Why none of a job's tasks runs, or why some do not; nothing where all run or have ended. Pure."""
    if look.job.schedule is not None and (of_schedule := _schedule(look)) is not None:
        return [of_schedule]
    if look.seen is None:
        return [_not_there(look)]
    if look.seen.state in HELD:
        return [_held(look)]
    if look.is_over or look.seen.state in CLOSED:
        return [] if look.is_over else [_ended(look)]
    return _of_active(look)


def _of_active(look: JobLook) -> list[Finding]:
    """Why tasks of a job wait that is there and goes on."""
    found = []
    if look.totals.total < len(look.job.tasks or ()):
        found.append(replace(_unsubmitted(look), partial=look.totals.active > 0))
    if look.blocked:
        found.append(replace(_blocked(look), partial=len(look.blocked) < look.totals.active))
    if look.totals.unfinished > len(look.blocked):
        found += _preparations(look)
    if len(look.blocked) >= look.totals.active:
        return found
    found += [] if look.pool is None else pool_findings(look.pool)
    if look.pool is not None and look.pool.able and not look.totals.running:
        found += _room(look, look.pool)
    return found


def _schedule(look: JobLook) -> Finding | None:
    """Why a schedule has no job now; None where it has one that is to be looked at."""
    name, schedule = look.job.id, look.schedule
    if schedule is None:
        return _not_there(look)
    evidence = (f"job schedule {name}: {schedule.state}",)
    if schedule.state == ScheduleState.DISABLED:
        steps = (f"recipebatch {UNPAUSE} {look.run_option}",)
        said = f"job schedule {name} is disabled: it makes no job" + (f"; {look.paused}" if look.paused else "")
        return Finding(code=Code.SCHEDULE_DISABLED, sentence=said, evidence=evidence, steps=steps)
    if schedule.state in SCHEDULE_OVER:
        said = f"job schedule {name} is {schedule.state}: it makes no job any more"
        return Finding(code=Code.SCHEDULE_ENDED, sentence=said, evidence=evidence)
    if look.seen is not None and look.seen.state not in CLOSED:
        return None
    at = f"at {schedule.next_run_time:%Y-%m-%d %H:%M} UTC" if schedule.next_run_time is not None else "later"
    last = f"its last job is {schedule.recent_job}" if schedule.recent_job else "it has made no job yet"
    return Finding(
        code=Code.SCHEDULE_NOT_DUE,
        sentence=f"job schedule {name} makes its next job {at}",
        evidence=(*evidence, last),
        steps=(f"recipebatch logs {look.run_option}",) if schedule.recent_job else ("wait until then",),
    )


def _not_there(look: JobLook) -> Finding:
    kind = "job schedule" if look.job.schedule is not None else "job"
    if look.waits:
        return Finding(
            code=Code.AFTER_FAILED if look.waits_in_vain else Code.AFTER,
            sentence=look.waits,
            steps=(f"recipebatch retry {look.run_option}",)
            if look.waits_in_vain
            else (f"recipebatch watch {look.run_option}", f"recipebatch {SUBMIT} {look.run_option}"),
        )
    if look.purged:
        said = f"{kind} {look.job.id} was deleted by the purge of the run"
        return Finding(code=Code.PURGED, sentence=said, steps=("start another run: apply --new",))
    if look.submitted:
        return Finding(
            code=Code.JOB_MISSING,
            sentence=f"{kind} {look.job.id} was submitted, and is gone: someone deleted it",
            steps=("purge this run and start another one",),
        )
    return Finding(
        code=Code.NOT_SUBMITTED,
        sentence=f"{kind} {look.job.id} is not submitted yet",
        steps=(f"recipebatch {SUBMIT} {look.run_option}",),
    )


def _held(look: JobLook) -> Finding:
    state = "" if look.seen is None else look.seen.state
    if look.paused:
        code, said = Code.PAUSED, f"the run was {look.paused}: job {look.name} is {state}"
    else:
        code, said = Code.JOB_DISABLED, f"job {look.name} is {state}: none of its tasks starts"
    actions = _disabling_actions(look.job.tasks or ())
    evidence = [look.text()]
    if not look.paused and actions:
        evidence.append(f"exit conditions of {actions} disable the job; or another client did")
    return Finding(
        code=code, sentence=said, evidence=tuple(evidence), steps=(f"recipebatch {UNPAUSE} {look.run_option}",)
    )


def _disabling_actions(tasks: Sequence[PlannedTask]) -> str:
    """The templates whose exit conditions may disable the job."""
    names = dict.fromkeys(task.template for task in tasks if "job_action='disable'" in repr(task.exit_conditions))
    return ", ".join(list(names)[:_NAMED])


def _ended(look: JobLook) -> Finding:
    reason = "" if look.seen is None else look.seen.termination_reason or ""
    why = _REASONS.get(reason, f"termination reason {reason}" if reason else "the service gives no reason")
    left = look.totals.unfinished or len(look.job.tasks or ()) - look.totals.total
    return Finding(
        code=Code.STOPPED if reason == STOPPED else Code.JOB_ENDED,
        sentence=f"job {look.name} has ended before {left:,} of its tasks: {why}",
        evidence=(look.text(),),
        steps=(f"recipebatch retry {look.run_option}",),
    )


def _unsubmitted(look: JobLook) -> Finding:
    planned = len(look.job.tasks or ())
    return Finding(
        code=Code.PARTLY_SUBMITTED if look.totals.total else Code.NOT_SUBMITTED,
        sentence=f"{look.totals.total:,} of {planned:,} tasks of job {look.name} are submitted",
        steps=(f"recipebatch {SUBMIT} {look.run_option}",),
    )


def _blocked(look: JobLook) -> Finding:
    firsts = list(dict.fromkeys(look.blocked.values()))
    return Finding(
        code=Code.BLOCKED,
        sentence=f"job {look.name}: {blocked_text(look.blocked)}",
        evidence=tuple(
            f"task {name} depends on {cause}, which failed" for name, cause in list(look.blocked.items())[:_NAMED]
        ),
        steps=(
            f"recipebatch why {look.run_option} {firsts[0]}",
            f"after the cause is removed: recipebatch retry {look.run_option}",
        ),
    )


def _preparations(look: JobLook) -> list[Finding]:
    """The preparation task failed on nodes, or runs."""
    failed = [each for each in look.preparations if each.failed]
    running = [each for each in look.preparations if each.running]
    if not failed:
        if not running:
            return []
        sentence = f"the job preparation task of job {look.name} runs on {nodes_text(len(running))}"
        steps = (f"recipebatch logs {look.run_option} --node {running[0].node_id}",)
        return [Finding(code=Code.PREPARATION_RUNNING, sentence=sentence, steps=steps, partial=look.totals.running > 0)]
    lines = []
    for each in failed[:_NAMED]:
        ended = exit_code_text(each.exit_code) if each.exit_code is not None else "it never ran"
        why = f"; {each.failure[1]} ({each.failure[0]})" if each.failure is not None else ""
        lines.append(f"node {each.node_id}: {ended}{why}")
        if look.pool is not None and (output := look.pool.outputs.get(f"{each.folder} {each.node_id}")):
            lines.append(output)
    code = f" with exit code {failed[0].exit_code}" if failed[0].exit_code is not None else ""
    return [
        Finding(
            code=Code.PREPARATION_FAILED,
            sentence=f"the job preparation task failed on {nodes_text(len(failed))}, {failed[0].node_id} first{code}",
            evidence=tuple(lines),
            steps=(
                f"recipebatch logs {look.run_option} --node {failed[0].node_id}",
                "correct `job_preparation_task` in the recipe and start another run: apply --new",
            ),
        )
    ]


def needs_of(look: JobLook) -> list[Finding]:
    """What all tasks that wait need and is not there now: room in their job, nodes, task slots. Pure."""
    pool = look.pool
    limit = -1 if look.seen is None else look.seen.max_parallel_tasks
    if 0 < limit <= look.totals.running:
        at_once = "1 task at once" if limit == 1 else f"{limit:,} tasks at once"
        return [
            Finding(
                code=Code.PARALLEL_LIMIT,
                sentence=f"job {look.name} runs at most {at_once} (`max_parallel_tasks`)",
                evidence=(look.text(),),
                steps=(f"wait: recipebatch watch {look.run_option}",),
            )
        ]
    planned = {str(task.id): task for task in look.job.tasks or ()}
    waiting = [planned[name] for name in look.waiting if name in planned and name not in look.blocked]
    if pool is None or not pool.able:
        return []
    return [each for each in (_instances(waiting, look, pool), _slots(waiting, look, pool)) if each is not None]


def _room(look: JobLook, pool: PoolLook) -> list[Finding]:
    """Why no task starts though nodes take tasks."""
    if look.blocked and not set(look.waiting) - set(look.blocked):
        return []
    if found := needs_of(look):
        return found
    if look.rivals:
        return [_rivals(look, pool)]
    # The service runs no task of a job on a node where the preparation of the job has failed.
    unprepared = {each.node_id for each in look.preparations if each.failed}
    able = [node for node in pool.able if node.id not in unprepared]
    if not able:
        return []
    idle = sum(node.state == NodeState.IDLE for node in able)
    return [
        Finding(
            code=Code.SOON,
            sentence=f"{nodes_text(idle or len(able))} of pool {pool.pool_id} can take tasks: they start soon",
            evidence=(pool.text(), look.text()),
            steps=(f"recipebatch watch {look.run_option}",),
        )
    ]


def _instances(waiting: Sequence[PlannedTask], look: JobLook, pool: PoolLook) -> Finding | None:
    """All waiting tasks want more idle nodes at once than there are; None if one does not."""
    wanted = {
        str(task.id): task.multi_instance_settings.number_of_instances
        for task in waiting
        if task.multi_instance_settings is not None
    }
    idle = sum(node.state == NodeState.IDLE for node in pool.able)
    if not wanted or len(wanted) < len(waiting) or min(wanted.values()) <= idle:
        return None
    name, count = min(wanted.items(), key=lambda item: item[1])
    in_pool = f"pool {pool.pool_id} has {nodes_text(len(pool.nodes))}, {idle} idle"
    never = count > len(pool.nodes)
    steps = (look_scale(pool, look),) if never else (f"wait: recipebatch watch {look.run_option}",)
    return Finding(
        code=Code.INSTANCES,
        sentence=f"task {name} waits for {nodes_text(count)} that are idle at once; {in_pool}",
        evidence=(pool.text(),),
        steps=tuple(filter(None, steps)),
    )


def look_scale(pool: PoolLook, look: JobLook) -> str:
    """The command that gives a pool more nodes. Pure."""
    return pool.scale_command or f"recipebatch {PROVISION} {look.run_option}"


def _slots(waiting: Sequence[PlannedTask], look: JobLook, pool: PoolLook) -> Finding | None:
    """All waiting tasks want more task slots than any node has free; None if one fits."""
    slots = 1 if pool.pool is None else pool.pool.task_slots_per_node
    free = max(slots - node.used_slots for node in pool.able)
    if not waiting or min(task.required_slots for task in waiting) <= free:
        return None
    task = min(waiting, key=lambda task: task.required_slots)
    if task.required_slots > slots:
        return Finding(
            code=Code.SLOTS,
            sentence=f"task {task.id} needs {task.required_slots} task slots; a node of {pool.pool_id} has {slots}",
            evidence=(f"required_slots {task.required_slots}, task_slots_per_node {slots}",),
            steps=(
                "use a pool with more `task_slots_per_node`, or fewer `required_slots`, in another run: apply --new",
            ),
        )
    if look.rivals:
        return _rivals(look, pool)
    return Finding(
        code=Code.SLOTS,
        sentence=f"task {task.id} needs {task.required_slots} free task slots on one node, and no node of pool"
        f" {pool.pool_id} has more than {free} free",
        evidence=tuple(f"node {node.id}: {node.used_slots} of {slots} slots used" for node in pool.able[:_NAMED]),
        steps=(f"wait: recipebatch watch {look.run_option}", f"or add nodes: {look_scale(pool, look)}"),
    )


def _rivals(look: JobLook, pool: PoolLook) -> Finding:
    """Other jobs use the pool."""
    own = 0 if look.seen is None else look.seen.priority
    higher = [rival for rival in look.rivals if rival.priority > own]
    rivals = sorted(look.rivals, key=lambda rival: (-rival.priority, -rival.running))
    running = sum(rival.running for rival in rivals)
    which = "1 task" if running == 1 else f"{running:,} tasks"
    first = f"job {rivals[0].job_id}" + (f" and {len(rivals) - 1} more" if len(rivals) > 1 else "")
    said = f"{which} of {first} {'occupies' if running == 1 else 'occupy'} pool {pool.pool_id}"
    if higher:
        said += f", with priority {rivals[0].priority} above {own} of job {look.name}"
    steps = [f"wait: recipebatch watch {look.run_option}", f"or add nodes: {look_scale(pool, look)}"]
    if higher and rivals[0].priority < MAX_JOB_PRIORITY:
        steps.append(f"or raise it: az batch job set --job-id {look.name} --priority {rivals[0].priority + 1}")
    return Finding(
        code=Code.PRIORITY if higher else Code.POOL_BUSY,
        sentence=said,
        evidence=(
            *(f"job {each.job_id}: priority {each.priority}, {each.running:,} running" for each in rivals[:_NAMED]),
            f"job {look.name}: priority {own}",
            pool.text(),
        ),
        steps=tuple(steps),
    )
