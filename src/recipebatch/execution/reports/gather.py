"""gather_report(): what is known of a run, from its record, what is kept beside it, and the services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch import pages
from recipebatch._version import __version__
from recipebatch.errors import ServiceError
from recipebatch.execution.costs import cost_of_run
from recipebatch.phases import PURGE, SUBMIT, interruption_of, status_now, status_of, tasks_now, went_wrong
from recipebatch.properties.purge import Part
from recipebatch.report import Verdict
from recipebatch.runs import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.open_account import Services
    from recipebatch.runs import PhaseState, RunRecord


def gather_report(active: ActiveRun, services: Services, *, locked_by: str = "") -> pages.RunReportData:
    """The report of a run as it is now.

    Args:
        active: the run, opened to look at.
        services: of its account.
        locked_by: who holds its lock; empty if no command works on it.
    """
    record = active.record
    now = datetime.now(UTC)
    unknown: list[str] = []
    store = services.store
    history = store.task_history(record.run_id)
    if _has_jobs(record):
        try:
            history = history.with_seen(list(tasks_now(active.plan.jobs, active.context)), now)
        except ServiceError as error:
            unknown.append(f"how the tasks are now: {error.message}")
    elif history.seen_at is None and record.state_of(SUBMIT.name) is not None:
        unknown.append("which tasks the run had was not recorded, and its jobs are gone")
    if any(job.schedule is not None for job in active.plan.jobs):
        unknown.append("of a job schedule the tasks of its newest jobs are shown, up to 1,000 each")
    nodes, looks = store.node_history(record.run_id), {}
    for pool in sorted({node.pool_id for node in nodes.records if node.gone is None}):
        try:
            looks[pool] = list(services.batch.list_nodes(pool))
        except ServiceError as error:
            unknown.append(f"how the nodes of pool {pool} are now: {error.message}")
        else:
            nodes = nodes.with_look(pool, looks[pool], now)
    at = now if _has_jobs(record) or history.seen_at is None else history.seen_at
    return pages.run_report_data(
        facts_of(record, locked_by=locked_by),
        seen_at=at.timestamp(),
        live=_goes_on(record),
        over=record.ended or record.verdict != Verdict.UNKNOWN,
        phases=[_phase(name, state) for name, state in record.phases.items()],
        tasks=map(pages.report_task, history.records),
        nodes=map(pages.report_node, nodes.records),
        failures=store.failures(record.run_id),
        cost=cost_of_run(services, record, looks=looks, now=now),
        unknown=unknown,
    )


def facts_of(record: RunRecord, *, locked_by: str = "") -> pages.RunFacts:
    """What a run's record says of it, without any secret."""
    return pages.RunFacts(
        run_id=record.run_id,
        recipe=record.recipe_name,
        recipe_version=record.recipe_version,
        recipe_file=record.source,
        digest=record.recipe_digest,
        owner=record.owner,
        account=record.account,
        created=record.created.timestamp(),
        status=status_now(status_of(record), at_work=bool(locked_by)),
        verdict=record.verdict,
        ended=record.ended,
        interrupted=interruption_of(record),
        went_wrong=went_wrong(record),
        parameters={name: _shown(value) for name, value in record.parameters.items()},
        recipe_text=record.recipe_text,
        fragments=tuple(_fragment(each) for each in record.recipe_fragments),
        retries=len(record.retries),
        tool_version=__version__,
    )


def _shown(value: object) -> object:
    """A parameter's value; a secret's as `***`."""
    return "***" if isinstance(value, dict) and "pieces" in value else value


def _fragment(fragment: Mapping[str, str]) -> tuple[str, str]:
    return fragment.get("shown", "?"), fragment.get("text", "")


def _phase(name: str, state: PhaseState) -> pages.ReportPhase:
    return pages.ReportPhase(
        name=name,
        state=state.state,
        began=pages.moment_of(state.began),
        moved=pages.moment_of(state.at),
        summary=state.summary,
        transferred=state.transferred,
    )


def _goes_on(record: RunRecord) -> bool:
    """Whether a run is on its way: it has not ended, and no phase of it has failed since it was tried last."""
    over = record.ended or record.failed or record.stopped or record.state_of(PURGE.name) == DONE
    return not over and record.verdict == Verdict.UNKNOWN


def _has_jobs(record: RunRecord) -> bool:
    """Whether the services may still have the jobs of a run."""
    if record.state_of(SUBMIT.name) is None:
        return False
    return record.state_of(PURGE.name) != DONE and Part.JOBS not in record.purged
