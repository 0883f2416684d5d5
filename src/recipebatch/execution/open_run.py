"""A run at work: locked, its plan resolved from its own record, its access signed from now on."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import InterruptedRunError, RecipeBatchError
from recipebatch.execution.recorded_plan import containers_looped_over, recorded_recipe, resolved, secret_reader
from recipebatch.execution.select_run import check_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord


@contextmanager
def session(
    services: Services, record: RunRecord, progress: Progress, *, doing: str | None, break_lock: bool = False
) -> Iterator[ActiveRun]:
    """A run at work: its plan resolved from its own record, its access signed from now on.

    Args:
        doing: the command, for others who find the run locked; None works without the lock.
        break_lock: take the lock whoever holds it; without the lock, nobody's is broken.

    Raises:
        InterruptedRunError: on Ctrl-C, saying what goes on and how to continue.
    """
    from recipebatch.execution.apply import purge_command, remaining

    with ExitStack() as stack:
        guard: Callable[[], None] = _unguarded
        if doing is not None:
            if break_lock and (held := services.store.break_lock(record.run_id)):
                progress.say(f"broke the lock of run {record.run_id} ({held})")
            guard = stack.enter_context(services.store.locked(record.run_id, doing, say=progress.say)).check
            # What a holder before us wrote while we waited for the lock counts.
            record = services.store.load(record.run_id)
        if record.owner != services.store.owner:
            progress.say(f"this run is {record.owner}'s")
        at_work = _session(services, record, progress, guard)
        try:
            yield at_work
        except RecipeBatchError as error:
            # Whatever phase failed, what was made is there and may cost: it is said with the error.
            if at_work.record.failed and at_work.has_left_something:
                error.add_note(f"{remaining(at_work)}; {purge_command(at_work)}")
            raise
        except KeyboardInterrupt:
            raise InterruptedRunError(
                f"interrupted; {remaining(at_work)}",
                hint=f"continue: the same command again; {purge_command(at_work)}",
            ) from None


def _unguarded() -> None:
    """What only reads needs no lock."""


def _session(services: Services, record: RunRecord, progress: Progress, guard: Callable[[], None]) -> ActiveRun:
    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.phases import PhaseContext
    from recipebatch.runs import RunLabels
    from recipebatch.service import SignedAccess

    recipe = recorded_recipe(record)

    def labels_of(plan: Plan) -> RunLabels:
        # Counted from now: what is made late, such as a job for a retry, is needed for as long again.
        endless = any(pool.endless for pool in plan.pools)
        return RunLabels(
            run_id=record.run_id,
            owner=record.owner,
            digest=record.recipe_digest,
            records=services.blobs.account_name,
            created=record.created,
            expires=None if endless else datetime.now(UTC) + plan.run_limit,
        )

    def plan_of(
        listings: dict[str, tuple[str, ...]] | None, job_listings: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> Plan:
        plan = resolved(record, recipe, listings, job_listings)
        return labels_of(plan).on(plan)

    def context_of(plan: Plan) -> PhaseContext:
        # Tasks that are known only at submission may last longer than what was checked when the run began.
        check_credentials(services, plan)
        expiry = datetime.now(UTC) + plan.run_limit
        named = {container.account for container in plan.containers} - {None}
        accounts = {name: services.storage(name) for name in named if name is not None}
        return PhaseContext(
            plan=plan,
            labels=labels_of(plan),
            batch=services.batch,
            blobs=services.blobs,
            access=SignedAccess(
                plan, services.blobs, expiry=expiry, secret_value=secret_reader(recipe), accounts=accounts
            ),
            accounts=accounts,
            progress=progress,
            poll_interval=services.polls[0],
            slow_poll_interval=services.polls[1],
        )

    return ActiveRun(
        record,
        services.store,
        plan_of=plan_of,
        context_of=context_of,
        containers_looped_over=containers_looped_over(recipe),
        guard=guard,
    )
