"""run_report_data(): what is known of a run, put together for its report. Pure."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.pages.durations import by_template, most_at_once
from recipebatch.pages.failures import groups_of
from recipebatch.pages.model import ReportNode, ReportTask, RunReportData, State
from recipebatch.pages.node_use import by_pool, end_of, nodes_of, uses_of
from recipebatch.vocabulary.causes import NOT_RUN, Cause
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from recipebatch.cost import RunCost
    from recipebatch.pages.model import ReportPhase, RunFacts
    from recipebatch.runs import NodeRecord, RunFailures, TaskRecord

_OF_CAUSE = {Cause.PREEMPTED: State.PREEMPTED, Cause.TERMINATED: State.STOPPED}


def state_of(task: TaskRecord) -> State:
    """How a task stands, from the service's state and the cause of its end."""
    if task.tried_again:
        return State.TRIED_AGAIN
    if task.cause in _OF_CAUSE:
        return _OF_CAUSE[Cause(task.cause)]
    if task.cause in NOT_RUN:
        return State.NOT_RUN
    if task.cause:
        return State.FAILED
    if task.state == TaskState.COMPLETED:
        return State.SUCCEEDED
    return State.WAITING if task.state == TaskState.ACTIVE else State.RUNNING


def report_task(task: TaskRecord) -> ReportTask:
    """A recorded task as reports have it."""
    return ReportTask(
        job=task.job_id,
        id=task.task_id,
        template=task.template,
        item=task.item,
        state=state_of(task),
        cause=task.cause,
        code=task.code,
        exit_code=task.exit_code,
        tries=task.tries,
        node=task.node_id or "",
        pool=task.pool_id or "",
        created=_seconds(task.created),
        began=_seconds(task.began),
        ended=_seconds(task.ended),
    )


def report_node(node: NodeRecord) -> ReportNode:
    """A recorded node as reports have it."""
    return ReportNode(
        pool=node.pool_id,
        id=node.node_id,
        vm_size=node.vm_size,
        spot=node.spot,
        allocated=_seconds(node.allocated),
        start_began=_seconds(node.start_began),
        start_ended=_seconds(node.start_ended),
        preempted=node.preempted,
        gone=_seconds(node.gone),
        last_seen=_seconds(node.last_seen),
        state=node.state,
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def run_report_data(
    facts: RunFacts,
    *,
    seen_at: float,
    live: bool,
    over: bool = False,
    phases: Iterable[ReportPhase],
    tasks: Iterable[ReportTask],
    nodes: Iterable[ReportNode],
    failures: RunFailures,
    cost: RunCost | None = None,
    unknown: Iterable[str] = (),
) -> RunReportData:
    """The report of a run.

    Args:
        facts: of its record.
        seen_at: when the services were asked.
        live: the run goes on.
        over: it has a verdict, or has ended: what still waits will not run.
        phases: in the order in which they began.
        tasks: all of the run, as far as they are known.
        nodes: whose times are known.
        failures: what is kept of those that failed.
        cost: of its nodes so far.
        unknown: what is not known, and why.
    """
    all_tasks = tuple(
        task._replace(state=State.NOT_RUN) if over and task.state is State.WAITING else task for task in tasks
    )
    all_nodes = nodes_of(nodes, all_tasks)
    phases = tuple(phases)
    uses = uses_of(all_nodes, all_tasks, seen_at)
    groups = groups_of(failures.kept, all_tasks)
    notes = list(unknown)
    if any(not use.known for use in uses):
        notes.append("when nodes came and went is not recorded: nodes are shown with the times of their tasks alone")
    return RunReportData(
        facts=facts,
        seen_at=seen_at,
        live=live,
        phases=phases,
        tasks=all_tasks,
        nodes=all_nodes,
        span=_span(all_tasks, all_nodes, seen_at),
        counts=dict(Counter(task.state for task in all_tasks)),
        task_seconds=math.fsum(task.seconds or 0.0 for task in all_tasks),
        peak=most_at_once(all_tasks, seen_at),
        templates=by_template(all_tasks),
        failures=groups,
        failures_total=max(failures.total, sum(group.count for group in groups if not group.tried_again)),
        pools=by_pool(uses),
        node_uses=uses,
        cost=cost,
        unknown=tuple(notes),
    )


def _span(tasks: Iterable[ReportTask], nodes: Iterable[ReportNode], seen_at: float) -> tuple[float, float] | None:
    """The first and the last moment of which anything is known."""
    moments: list[float] = []
    for task in tasks:
        moments += [time for time in (task.created, task.began, task.ended) if time is not None]
        if task.state is State.RUNNING:
            moments.append(seen_at)
    for node in nodes:
        if node.allocated is not None:
            moments += [node.allocated, end_of(node, seen_at)]
    return (min(moments), max(moments)) if moments else None
