"""Runs, their phases and current state, and orphans, as text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.cli.render import block, quoted
from recipebatch.execution import NOT_FOUND, NOT_MADE
from recipebatch.phases import PURGE, failure_text, indented, status_now
from recipebatch.properties.purge import Part
from recipebatch.report import TASK, Verdict
from recipebatch.runs import DONE
from recipebatch.text.terminal import one_line
from recipebatch.vocabulary.durations import span
from recipebatch.vocabulary.money import amount_text
from recipebatch.vocabulary.states import AllocationState, TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recipebatch.api import RunDetails, RunStatus
    from recipebatch.cost import PoolCost, RunCost
    from recipebatch.execution import Orphan, PurgedRun
    from recipebatch.report import PhaseReport
    from recipebatch.runs import KeptFailure, RunSummary


_MAX_MISSING = 20
_MAX_BROKEN = 10
_PARTS = {"containers": Part.STORAGE, "pools": Part.POOL, "jobs": Part.JOBS}


def phase_text(report: PhaseReport) -> str:
    """`stage: 4 files uploaded … (0.3 s)`, and the notes, each on a line of its own."""
    lines = [block([f"{report.phase}: {report.summary} ({report.seconds:.1f} s)"])]
    lines += [f"  {quoted(note)}" for note in report.notes]
    # The summary ends with the first ones.
    missing = [output for output in report.missing_outputs if f"; {output};" not in f"{report.summary};"]
    lines += [one_line(f"  missing: {output}") for output in missing[:_MAX_MISSING]]
    if (more := len(missing) - _MAX_MISSING) > 0:
        lines.append(f"  and {more:,} more outputs are missing")
    return "\n".join(lines)


def held_text(run: RunSummary) -> str:
    """What a run holds; `-` is nothing, `?` is not known."""
    return "?" if run.holds is None else str(run.holds) or "-"


def to_purge_text(runs: Sequence[RunSummary]) -> str:
    """The runs that are going to be purged, each with what it holds."""
    return block(
        f"run {run.run_id} of {run.recipe} ({status_now(run.status, at_work=run.at_work)}): {held_text(run)}"
        for run in runs
    )


def purged_text(result: PurgedRun) -> str:
    """What came of the purge of one run of several."""
    lines = [f"run {result.run.run_id}: "]
    if result.error is not None:
        hint = f"; {result.error.hint}" if result.error.hint else ""
        message = result.error.message.removeprefix(lines[0])
        lines[0] += f"not purged: {message}{hint} [{result.error.code}]"
    elif result.report is not None:
        lines[0] += result.report.summary
        lines += [f"  {note}" for note in result.report.notes]
    return block(lines)


def run_text(found: RunDetails) -> str:
    """All that is recorded of a run."""
    version = f" {found.version}" if found.version else ""
    lines = [
        f"run {found.run_id} of {found.recipe}{version} ({found.digest[:12]})",
        f"  by {found.owner} on the account {found.account}, since {found.created}",
        f"  recipe: {found.source}",
        f"  {found.status}, verdict {found.verdict}" + (f"; locked: {found.locked_by}" if found.locked_by else ""),
    ]
    lines += [f"  {found.interrupted}"] if found.interrupted else []
    if found.without_plan:
        lines.append(f"  it has no plan any more ({found.without_plan}): its resources are those with its label")
    lines += [f"  -p {name}={json.dumps(value, ensure_ascii=False)}" for name, value in found.parameters.items()]
    for name, state in found.phases.items():
        summary = f": {state['summary']}" if state["summary"] else ""
        lines.append(f"  {name} {state['state']} at {state['at'][:19]}{summary}")
    for kind, names in found.things.items():
        lines += [f"  {kind}: {', '.join(names)}{_deleted_text(found, kind)}"] if names else []
    lines += cost_lines(found.cost)
    for retry in found.retries:
        lines.append(f"  retried at {retry.get('at', '?')[:19]}: {', '.join(retry['tasks'])}")
    if found.kept_tasks:
        tasks = "1 task" if found.kept_tasks == 1 else f"{found.kept_tasks} tasks"
        lines.append(
            f"  recorded: what {tasks} wrote last, and the names of their files: recipebatch logs {found.run_id}"
        )
    text = block(lines)
    if found.failures:
        text += "\n" + failures_text(found.failures, found.failures_total)
    return text


def cost_lines(cost: RunCost | None) -> list[str]:
    """What a run has cost, and of several pools what each has."""
    if cost is None:
        return []
    lines = [one_line(f"  cost: {cost}")]
    if len(cost.pools) > 1:
        lines += [one_line(f"    pool {pool.pool}: {pool_cost_text(pool, cost)}") for pool in cost.pools]
    return lines


def pool_cost_text(pool: PoolCost, cost: RunCost) -> str:
    """`0.42 USD for 3 nodes, 1:23:45 together`."""
    nodes = "1 node" if pool.nodes == 1 else f"{pool.nodes:,} nodes"
    hours = f"{span(timedelta(seconds=round(pool.node_seconds)))} of nodes"
    if pool.amount is None or cost.amount is None:
        return f"{nodes}, {hours}" + (f"; {pool.why_unknown}" if pool.why_unknown else "")
    return f"{amount_text(pool.amount, cost.currency)} for {nodes}, {hours}"


def _deleted_text(found: RunDetails, kind: str) -> str:
    """Whether the resources of a kind are recorded as deleted; empty if not, or where they are those that are there."""
    if found.without_plan:
        return ""
    purge = found.phases.get(str(PURGE))
    if purge is not None and purge["state"] == DONE:
        return " (deleted)"
    return " (deletion has begun)" if purge is not None or _PARTS[kind] in found.purged else ""


def failures_text(failures: Sequence[KeptFailure], total: int) -> str:
    """The failed tasks that a run's record keeps."""
    again = sum(failure.tried_again for failure in failures)
    first = len(failures) - again
    kept = f", the first {first} of them with what they wrote" if total > first else ""
    earlier = f", and {again:,} that {'was' if again == 1 else 'were'} tried again" if again else ""
    head = f"  tasks that failed, were stopped or never ran: {total:,}{kept}{earlier}"
    return "\n".join([head, *map(kept_failure_text, failures)])


def kept_failure_text(failure: KeptFailure) -> str:
    """A failed task as a run's record keeps it, with the ends of both files that it wrote."""
    at = [f"cause {failure.cause}"]
    # All jobs of a schedule have the same job manager task.
    at += [f"in job {failure.job_id}"] if ":" in failure.job_id and failure.kind == TASK else []
    at += [f"on node {failure.node_id}"] if failure.node_id and failure.kind == TASK else []
    at += ["1 try" if failure.tries == 1 else f"{failure.tries} tries"] if failure.tries else []
    at += [f"{failure.began} to {failure.ended or '?'}"] if failure.began else []
    at += ["tried again later"] if failure.tried_again else []
    lines = [one_line(f"  {failure_text(failure, output=False)}" + "".join(f"; {each}" for each in at))]
    for name, text in (("stdout.txt", failure.stdout), ("stderr.txt", failure.stderr)):
        if text:
            lines += [f"    the end of its {name}:", indented(text)]
    if failure.left_out:
        lines.append(one_line(f"    what it wrote is not kept: {failure.left_out}"))
    return "\n".join(lines)


def run_status_text(found: RunStatus) -> str:
    """The current state of a run."""
    locked = f"; locked: {found.locked_by}" if found.locked_by else ""
    lines = [f"run {found.run_id} of {found.recipe}, by {found.owner}: {found.status}, verdict {found.verdict}{locked}"]
    lines += [f"  {found.interrupted}"] if found.interrupted else []
    lines += [one_line(f"  {said}") for said in found.went_wrong]
    for pool in found.pools:
        scaled = f", scaled to {pool.scaled}" if pool.scaled else ""
        if pool.state in {NOT_FOUND, NOT_MADE}:
            lines.append(f"  pool {pool.pool}: {pool.state}" + (f", {pool.turn}" if pool.turn else "") + scaled)
            continue
        nodes = ", ".join(f"{count} {state}" for state, count in sorted(pool.nodes.items())) or "no nodes"
        if pool.asked is not None and sum(pool.asked) != sum(pool.nodes.values()):
            nodes += f", {sum(pool.asked)} requested"
        allocation = f", {pool.allocation_state}" if pool.allocation_state not in {"", AllocationState.STEADY} else ""
        until = f", until {pool.until[:16].replace('T', ' ')} UTC" if pool.until else ""
        lines.append(f"  pool {pool.pool}: {pool.state}{allocation}, {nodes}{scaled}{until}")
        lines += [f"    {error}" for error in pool.errors]
        lines += [f"    {node}" for node in pool.broken[:_MAX_BROKEN]]
        if (more := len(pool.broken) - _MAX_BROKEN) > 0:
            lines.append(f"    and {more:,} more nodes that take no tasks")
    lines += cost_lines(found.cost)
    lines += [f"  nodes stay: {found.nodes_stay}"] if found.nodes_stay else []
    for job in found.jobs:
        counts = {
            TaskState.ACTIVE: job.active,
            TaskState.RUNNING: job.running,
            Verdict.SUCCEEDED: job.succeeded,
            Verdict.FAILED: job.failed,
        }
        numbers = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        of = f" of {job.planned:,} tasks" if job.planned is not None and job.state != NOT_FOUND else ""
        lines.append(f"  job {job.job}: {job.state}" + (f"; {numbers}{of}" if numbers else of and f"; 0{of}"))
    lines += [f"  why: {found.why}"] if found.why else []
    return block(lines)


def orphans_text(found: Sequence[Orphan], now: datetime) -> str:
    """Orphans, each with its age and size."""
    if not found:
        return "there are no orphans in this account"
    lines = []
    for each in found:
        age = f", {span(now - each.created)} old" if each.created is not None else ""
        size = ""
        if each.size is not None:
            unit = ("node" if each.size == 1 else "nodes") if each.kind == "pool" else "bytes"
            size = f", {each.size:,} {unit}"
        lines.append(f"{each.kind} {each.name} of {each.owner}{age}{size}: {each.reason}")
    return block(lines)
