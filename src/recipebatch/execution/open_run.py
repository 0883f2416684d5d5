"""opened_run: a run at work, locked, its plan resolved from its own record, its SAS signed from now on."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import InterruptedRunError, RecipeBatchError
from recipebatch.execution.active_run import ActiveRun, RunJournal, check_interrupted
from recipebatch.execution.costs import NodeLog
from recipebatch.execution.recipe_runs import check_credentials
from recipebatch.execution.recorded_plan import (
    check_accounts_of_foreign_run,
    check_secret_of_foreign_run,
    containers_looped_over,
    why_left_out,
)
from recipebatch.execution.resources.labelled_plan import labelled_plan
from recipebatch.execution.resources.leftovers import NOTHING, purge_command, remaining, what_remains
from recipebatch.phases import PAUSE, PURGE, STOP, UNPAUSE, NodeWatch, PhaseContext, PhaseOptions, RealClock
from recipebatch.runs import RunLabels, run_option
from recipebatch.service import SignedAccess, guarded_batch, guarded_blobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.execution.open_account import Services
    from recipebatch.execution.recorded_plan import Listing, RecordedRun
    from recipebatch.plan.model import Plan
    from recipebatch.report import Progress
    from recipebatch.text.secret import Secret


_NOTICED_AFTER = 1.0
_NO_SECRETS = "the recipe of the run is refused by now, and which secrets must be taken out of it is not known"


@contextmanager
def opened_run(
    services: Services,
    recorded: RecordedRun,
    progress: Progress,
    *,
    command: str | None,
    options: PhaseOptions,
    by_labels: bool = False,
    records_nodes: bool = False,
) -> Iterator[ActiveRun]:
    """A run at work.

    Args:
        services: the account that the run is recorded in.
        recorded: the run.
        progress: receives whose lock was broken, and whose run it is.
        command: for others who find the run locked; None works without the lock.
        options: `break_lock`, without effect if no lock is taken, `secrets` and `allow_paths`.
        by_labels: a run without a plan, as its recipe is refused by now, is opened with what has its label.
        records_nodes: nodes that are seen are recorded, as always with the lock.

    Raises:
        RunLockedError: another command works on the run.
        RunStoppedError, RunPausedError: another command stopped or paused it, and this one would continue it.
        InterruptedRunError: on Ctrl-C, saying what continues and how to continue the run.
    """
    run_id = recorded.record.run_id
    with ExitStack() as stack:
        check_lock: Callable[[], None] = _no_lock
        clock = RealClock()
        if command is not None:
            if options.break_lock and (held := services.store.break_lock(run_id)):
                progress.say(f"broke the lock of run {run_id} ({held})")
            request = command if command in {STOP, PAUSE} else None
            lock = stack.enter_context(services.store.locked(run_id, command, say=progress.say, request=request))
            check_lock, clock = lock.check, LockClock(lock.check_request)
            # What a holder before us wrote while we waited for the lock counts.
            if recorded.take(services.store.load(run_id)):
                recorded.record = services.store.save(recorded.record)
        check_interrupted(recorded.record, command)
        if recorded.record.owner != services.store.owner:
            progress.say(f"this run belongs to {recorded.record.owner}")
        # What only reads and what deletes gives nothing to nodes: any run can be looked at and ended.
        gives_access = command not in {None, PURGE.name, STOP, PAUSE, UNPAUSE}
        without_plan = recorded.why_no_plan() if by_labels else ""
        node_log = None
        if records_nodes or command is not None:
            node_log = NodeLog(
                services.store,
                run_id,
                created=recorded.record.created,
                prices=services.prices,
                check_lock=check_lock,
                run_option=run_option(run_id, recorded.record.account),
            )
            stack.enter_context(node_log)
        if without_plan:
            progress.say(f"run {run_id} has no plan any more ({without_plan}): what it made is found by its labels")
        run = _active_run(
            services,
            recorded,
            progress,
            check_lock,
            clock,
            options,
            gives_access=gives_access,
            without_plan=without_plan,
            node_log=node_log,
        )
        try:
            yield run
        except RecipeBatchError as error:
            # Whatever phase failed, what was made is there and may incur charges: it is said with the error.
            if command is not None and run.record.failed and run.has_left_something:
                error.add_note(what_remains(run, error))
            raise
        except KeyboardInterrupt:
            left = remaining(run)
            delete = "" if left == NOTHING else f"; {purge_command(run)}"
            raise InterruptedRunError(
                f"interrupted; {left}", hint=f"continue: run the same command again{delete}"
            ) from None


def unlocked_run(services: Services, recorded: RecordedRun, progress: Progress, options: PhaseOptions) -> ActiveRun:
    """A run to look at, recorded or not: nothing is written, and nodes get access to nothing."""
    return _active_run(services, recorded, progress, _no_lock, RealClock(), options, gives_access=False)


class LockClock(RealClock):
    """The clock of a command that holds the lock: its waits end when another command stops or pauses the run."""

    def __init__(self, check_request: Callable[[], None]) -> None:
        self._check_request = check_request

    def sleep(self, seconds: float) -> None:
        """Wait; raises as `RunLock.check_request`."""
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            self._check_request()
            super().sleep(min(left, _NOTICED_AFTER))
        self._check_request()


def _no_lock() -> None:
    """A command that only reads needs no lock."""


def _active_run(
    services: Services,
    recorded: RecordedRun,
    progress: Progress,
    check_lock: Callable[[], None],
    clock: RealClock,
    options: PhaseOptions,
    *,
    gives_access: bool,
    without_plan: str = "",
    node_log: NodeLog | None = None,
) -> ActiveRun:
    record = recorded.record
    read_access, foreign = recorded.read_access(options.allow_paths), recorded.is_foreign
    access: SignedAccess | None = None

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

    def plan_of(listings: Listing | None, job_listings: Mapping[str, Listing]) -> Plan:
        if without_plan:
            return labelled_plan(record, services.batch, services.blobs)
        plan = recorded.plan(listings, job_listings)
        return labels_of(plan).on(plan)

    def secret_value(name: str) -> Secret:
        recipe = recorded.recipe
        parameter = next(parameter for parameter in recipe.parameters if parameter.name == name)
        folder = recipe.folder_of(parameter.at.file)
        if foreign:
            check_secret_of_foreign_run(record, parameter, options.secrets)
        return services.read_secret(parameter, folder, options.secrets, read_access)

    def context_of(plan: Plan) -> PhaseContext:
        nonlocal access
        # Tasks that are known only at submission may last longer than what was checked when the run started.
        check_credentials(services, plan)
        named = {container.account for container in plan.containers if container.account is not None}
        if foreign and gives_access:
            check_accounts_of_foreign_run(record, named)
        accounts = {name: services.storage(name) for name in named}
        changing = {name: guarded_blobs(store, check_lock) for name, store in accounts.items()}
        expiry = datetime.now(UTC) + plan.run_limit
        if access is None:
            access = SignedAccess(plan, services.blobs, expiry=expiry, secret_value=secret_value, accounts=accounts)
        else:
            access.renew(expiry)
        # A command that was stopped for longer than its lease lasts must change nothing when it goes on.
        batch = guarded_batch(services.batch, check_lock)
        return PhaseContext(
            plan=plan,
            labels=labels_of(plan),
            batch=batch if node_log is None else node_log.observed(batch, plan, clock),
            blobs=guarded_blobs(services.blobs, check_lock),
            access=access,
            read_access=read_access,
            accounts=changing,
            progress=progress,
            poll_interval=services.polls[0],
            slow_poll_interval=services.polls[1],
            clock=clock,
            account=record.account,
            node_watch=node_log or NodeWatch(),
        )

    return ActiveRun(
        RunJournal(record, services.store, check_lock),
        left_out=lambda: why_left_out(recorded.recipe, secret_value) if not without_plan else _NO_SECRETS,
        plan_of=plan_of,
        context_of=context_of,
        looped_over={} if without_plan else containers_looped_over(recorded.recipe),
        by_labels=without_plan,
    )
