"""run_phases: the one way to work on a run; every command and every function of the API calls it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.errors import RecipeBatchError, ServiceError, UnreachableError, UsageError
from recipebatch.execution.active_run import take_sizes, why_unfinished
from recipebatch.execution.apply import apply
from recipebatch.execution.comparison import run_of_saved_plan
from recipebatch.execution.open_account import account_services
from recipebatch.execution.open_run import opened_run
from recipebatch.execution.read_recipe import check_grants, checked_parameters, read_access
from recipebatch.execution.recipe_runs import RunSelector, Work, check_unchanged, new_sizes
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.execution.resources.holdings import held_by_owner, held_lines, load_record
from recipebatch.execution.select_run import Agreement, check_owner, choose_run, no_run, required_run, tell_others
from recipebatch.phases import (
    COLLECT,
    PROVISION,
    PURGE,
    SUBMIT,
    WATCH,
    PhaseOptions,
    check_target,
    delete_all,
    never_submitted,
    status_of,
)
from recipebatch.report import Quiet, RunEnded, RunReport, Verdict
from recipebatch.runs import RunLockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.recipe import Recipe
    from recipebatch.report import PhaseReport, Progress


def run_phases(
    selector: RunSelector,
    work: Work,
    *,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: Callable[[PhaseReport], None] | None = None,
) -> RunReport:
    """Work on a run: open the account, select the run, lock it, and run the phases.

    Args:
        selector: which run.
        work: what to do with it.
        account: an entry of `accounts.yaml`, `environment`, or `local`; None is the configured one, else `local`.
        options: how the phases do their work.
        progress: receives progress messages.
        on_phase: is given the report of each phase when it ends.

    Returns:
        What was done; a `run_id` of None means that there was no run and nothing to do.

    Raises:
        UsageError: the arguments do not fit each other, or there is no such run.
        RecipeBatchError: a phase failed.
    """
    if selector.new and not work.starts_run:
        raise UsageError("--new starts a run, which without the phase stage has no effect")
    progress, options = progress or Quiet(), options or PhaseOptions()
    given = selector.given
    if work.starts_run and selector.recipe is not None and selector.saved is None:
        given = checked_parameters(selector.recipe, given)
    access = None
    if selector.recipe is not None:
        access = read_access(
            selector.recipe, given, came_with_recipe=selector.came_with_recipe, allow_paths=options.allow_paths
        )
    done: list[PhaseReport] = []
    with account_services(account, progress) as services:
        recorded = _of_saved(services, selector, work, access, options, progress) or _select(
            services, selector, work, given, access, options, progress
        )
        if recorded is None:
            return RunReport(
                run_id=None, recipe=selector.recipe.name if selector.recipe else "", account=services.label
            )
        _check(services, recorded, work, options)
        command = work.command if work.takes_lock else None
        opened = partial(opened_run, services, recorded, progress, records_nodes=True)
        with (
            _with_earlier(services, recorded, work),
            opened(command=command, options=options, by_labels=work.by_labels) as run,
        ):
            work.on_run(run.record.run_id)
            progress.tell(run.opened(services.label))
            take_new_sizes = _new_sizes(run, recorded, selector.recipe, work)
            for report in _reports(run, work, options, progress, take_new_sizes):
                done.append(report)
                if on_phase is not None:
                    on_phase(report)
            if work.single and work.phases[0] in {WATCH, COLLECT}:
                _scale_idle_pools(services, run, work.command, progress)
        earlier = _earlier(services, run.record.run_id) if work.is_to_the_end else ()
    # The jobs of a schedule go on, so there is no end to see.
    follows = WATCH in work.phases and any(job.schedule is None for job in run.plan.jobs)
    finished = RunReport(
        run_id=run.record.run_id,
        recipe=run.record.recipe_name,
        account=services.label,
        phases=tuple(done),
        # An earlier command may have seen the tasks end: one that goes on with a run answers for all of it.
        recorded=Verdict.UNKNOWN
        if work.single or not work.answers_for_tasks or (work.action is not None and not done)
        else run.verdict,
        was_to_stop=work.action is not None,
        earlier=earlier,
        to_the_end=follows,
        to_submit=tuple(job.logical for job in run.waiting) if follows else (),
    )
    if finished.exit_code and finished.verdict is Verdict.UNKNOWN:
        progress.say(why_unfinished(finished))
    progress.tell(RunEnded(report=finished))
    return finished


@contextmanager
def _with_earlier(services: Services, recorded: RecordedRun, work: Work) -> Iterator[None]:
    """An error that ends a command on a run says too what earlier runs still hold."""
    try:
        yield
    except UnreachableError:
        raise
    except RecipeBatchError as error:
        for line in _earlier(services, recorded.record.run_id) if work.is_to_the_end else ():
            error.add_note(line)
        raise


def _earlier(services: Services, run_id: str) -> tuple[str, ...]:
    """What runs of this owner before this one still hold, in lines."""
    try:
        runs, unknown = held_by_owner(services, before=run_id)
    except ServiceError as error:
        runs, unknown = (), error.message
    account = "" if services.label == accounts.LOCAL else services.label
    return held_lines(runs, services.store.owner, account, unknown)


def _new_sizes(run: ActiveRun, recorded: RecordedRun, recipe: Recipe | None, work: Work) -> Callable[[], None]:
    """Checks the other target nodes of a recipe that has changed in these alone; what is returned takes them.

    Not to `apply` tasks that have ended.
    """
    needed = PROVISION in work.phases and (work.single or work.retry is not None or not run.journal.is_done(WATCH))
    if recipe is not None and needed and (sizes := new_sizes(recorded, recipe)):
        return partial(take_sizes, run, sizes, recipe.digest)
    return lambda: None


def _check(services: Services, recorded: RecordedRun, work: Work, options: PhaseOptions) -> None:
    """Check that the secrets that are given are the recipe's, and that the run may be worked on."""
    if not (work.by_labels and recorded.why_no_plan()):
        check_grants(recorded.recipe, options.secrets)
    if work.changes_for_others:
        check_owner(services, recorded.record, work.command, options.choose)


def _scale_idle_pools(services: Services, run: ActiveRun, command: str, progress: Progress) -> None:
    """After a command without the lock: scale the pools of a run that has ended to 0, unless another works on it."""
    run_id = run.record.run_id
    if run.record.owner != services.store.owner or services.store.holder_of(run_id):
        # That command scales them, or needs them for what it does next.
        return
    try:
        with services.store.locked(run_id, command, say=progress.say):
            # What a command before us wrote counts.
            run.journal.reload()
            notes = run.scale_idle_pools()
    except RunLockedError as error:
        notes = (error.message,)
    for note in notes:
        progress.say(note)


def _finish_purge(
    services: Services, recorded: RecordedRun, work: Work, options: PhaseOptions, progress: Progress
) -> None:
    """Delete what is left of a run that never submitted its tasks."""
    run_id = recorded.record.run_id
    progress.say(f"run {run_id} never submitted its tasks and its purge has started: completing it, then a new run")
    with opened_run(services, recorded, progress, command=work.command, options=options) as run:
        report = run.purge(options)
        progress.say(f"{PURGE}: {report.summary}")


def purge_run(services: Services, run_id: str, options: PhaseOptions, progress: Progress) -> PhaseReport:
    """Delete what one run made, without any question."""
    recorded = RecordedRun(services.store.load(run_id))
    check_grants(recorded.recipe, options.secrets)
    unasked = replace(options, confirm=delete_all)
    with opened_run(services, recorded, progress, command=PURGE.name, options=unasked) as run:
        return run.purge(unasked)


def find_run(services: Services, selector: RunSelector, progress: Progress | None = None) -> RecordedRun:
    """The run of a selector, purged or not, to look at; `progress` is told what else may have been meant.

    Raises:
        UsageError: there is none.
    """
    if selector.recipe is None:
        return RecordedRun(load_record(services, str(selector.run_id)))
    found = required_run(services, selector.recipe, selector.given, unfinished=False, progress=progress)
    if found is None:
        raise no_run(services, selector.recipe, unfinished=False)
    return found


def _of_saved(
    services: Services,
    selector: RunSelector,
    work: Work,
    access: ReadAccess | None,
    options: PhaseOptions,
    progress: Progress,
) -> RecordedRun | None:
    """The run of the saved plan that is to be carried out; None if there is no such plan."""
    if selector.saved is None or selector.recipe is None or access is None:
        return None
    check_grants(selector.recipe, options.secrets)
    target = options.output_dir if COLLECT in work.phases else None
    return run_of_saved_plan(
        services,
        selector.saved,
        selector.recipe,
        access,
        progress,
        grants=options.secrets,
        output_dir=target,
        agree=work.agree,
    )


def _select(
    services: Services,
    selector: RunSelector,
    work: Work,
    given: Mapping[str, object],
    access: ReadAccess | None,
    options: PhaseOptions,
    progress: Progress,
) -> RecordedRun | None:
    """The run to work on; None if there is nothing to purge because no run was ever started."""
    if selector.recipe is None or access is None:
        return RecordedRun(load_record(services, str(selector.run_id)))
    if work.starts_run:
        check_grants(selector.recipe, options.secrets)
        chosen = partial(
            choose_run,
            services,
            selector.recipe,
            given,
            access,
            command=work.command,
            options=options,
            progress=progress,
            output_dir=options.output_dir if COLLECT in work.phases else None,
            agree=None if work.agree is None else Agreement(work.agree, always=work.agree_always),
        )
        found = chosen(new=selector.new)
        if never_submitted(found.record):
            # Nothing of it ever ran, and it is being deleted: what is wanted is a run.
            _finish_purge(services, found, work, options, progress)
            return chosen(new=True)
        return found
    first = work.phases[0] if work.phases else None
    unfinished = work.action is not None or (first is not None and first.once and work.retry is None)
    required = partial(required_run, services, selector.recipe, given, access=access, progress=progress)
    newest = required(unfinished=unfinished)
    if newest is None and work.action is not None:
        # What has ended is said to have ended.
        newest = required(unfinished=False)
    if newest is None:
        if first is not PURGE:
            raise no_run(services, selector.recipe, unfinished=unfinished)
        tell_others(services, selector.recipe, progress)
    if newest is not None:
        progress.say(f"run {newest.record.run_id} of {newest.record.recipe_name} ({status_of(newest.record)})")
        if work.retry is not None or (first is not None and first.once):
            check_unchanged(newest, selector.recipe, work.command, options, progress)
        elif not newest.says(selector.recipe):
            progress.say(f"{selector.recipe.file} has changed since that run started: the recorded recipe counts")
    return newest


def _reports(
    run: ActiveRun, work: Work, options: PhaseOptions, progress: Progress, take_new_sizes: Callable[[], None]
) -> Iterator[PhaseReport]:
    if COLLECT in work.phases and not work.single and not run.journal.has_begun(PURGE):
        check_target(run.plan.collect, options.output_dir)
    if work.retry is not None:
        retried = run.retry(causes=work.retry.causes, tasks=work.retry.tasks)
        # A retry that was recorded, and refused or interrupted before its tasks were added, is continued.
        if retried is None and not (run.record.retries and not run.journal.is_done(SUBMIT)):
            causes = f" with cause {' or '.join(work.retry.causes)}" if work.retry.causes else ""
            progress.say(f"no task has failed{causes}")
            return
        if retried is not None:
            yield retried
    # Not before it is known that something is retried: nodes without tasks are of no use.
    take_new_sizes()
    if work.action is not None:
        yield from work.action(run, options, progress)
    elif work.single:
        yield work.phases[0].run(run, options)
    else:
        yield from apply(run, work.phases, options=options, progress=progress)
