"""RunJournal: the record of a run while a command works on it; written before and after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError, UsageError
from recipebatch.phases import COLLECT, PROVISION, PURGE, SUBMIT, WATCH
from recipebatch.properties.purge import Part
from recipebatch.runs import DONE, FAILED, new_run_hint, run_option
from recipebatch.service import DocumentChangedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.phases import Clock, Phase
    from recipebatch.runs import RunFailures, RunRecord, RunStore, RunTasks, TaskHistory

_WRITE_TRIES = 5
# Longer than the longest interval at which a command that follows the output asks.
_FOLLOWERS_SECONDS = 15.0
_FOLLOWERS_EVERY = 0.25
_WORDS = {Part.JOBS: "jobs", Part.POOL: "pools", Part.STORAGE: "containers"}


class RunJournal:
    """The record of one run, and the only way to change it.

    Args:
        record: as it was read.
        store: where it is kept.
        check_lock: raises when the run may no longer be changed, because its lock was lost.
    """

    def __init__(self, record: RunRecord, store: RunStore, check_lock: Callable[[], None]) -> None:
        self.record = record
        self.check_lock = check_lock
        self._store = store

    @property
    def user(self) -> str:
        """Who changes the record, and where."""
        return self._store.user

    @property
    def run_option(self) -> str:
        """What a command needs to find the run: `--run ID`, with its account."""
        return run_option(self.record.run_id, self.record.account)

    def reload(self) -> None:
        """Read the record again."""
        self.record = self._store.load(self.record.run_id)

    def has_ended(self, run_id: str) -> bool:
        """Whether another run of the account has come to its end, or has no record any more."""
        try:
            return self._store.load(run_id).ended
        except UsageError:
            return True

    def has_begun(self, phase: Phase) -> bool:
        """The phase was started, whether or not it is done."""
        return self.record.state_of(phase.name) is not None

    def is_done(self, phase: Phase) -> bool:
        """The phase is done."""
        return self.record.state_of(phase.name) == DONE

    def check_order(self, phase: Phase) -> None:
        """Check that a phase can run now.

        Raises:
            UsageError: the run was purged, or the phase before has not come so far.
        """
        if self.is_done(PURGE) and phase is not PURGE:
            raise UsageError(f"run {self.record.run_id} was purged: it cannot {phase}", hint=new_run_hint(self.record))
        if self.has_begun(PURGE) and phase not in {PURGE, COLLECT}:
            raise UsageError(
                f"the purge of run {self.record.run_id} has started: it cannot {phase}",
                hint=f"complete it: recipebatch {PURGE} {self.run_option}",
            )
        needs = (Part.JOBS, Part.STORAGE) if phase.once else (Part.JOBS,) if phase is WATCH else ()
        self.check_parts(str(phase), *needs)
        if phase is SUBMIT and Part.POOL in self.record.purged:
            raise UsageError(
                f"the pools of run {self.record.run_id} were purged: it cannot {phase} yet",
                hint=f"recipebatch {PROVISION} {self.run_option} makes them again",
            )
        needed = phase.needs
        if needed is None:
            return
        if not (self.is_done(needed) if phase.needs_all_of_it else self.has_begun(needed)):
            raise UsageError(
                f"run {self.record.run_id} cannot {phase} yet: {needed} comes first",
                hint=f"recipebatch {needed} {self.run_option}, or apply for all phases",
            )

    def check_parts(self, what: str, *needed: Part) -> None:
        """Check that parts of the run are there, for what needs them.

        Raises:
            UsageError: one of them was purged.
        """
        if gone := [_WORDS[part] for part in needed if part in self.record.purged]:
            raise UsageError(
                f"the {' and '.join(gone)} of run {self.record.run_id} were purged: it cannot {what}",
                hint=new_run_hint(self.record, self.kept_failures()),
            )

    def move(
        self, phase: Phase, state: str, clock: Clock, summary: str = "", *, begins: bool = False, transferred: int = 0
    ) -> None:
        """Record that a phase is `started`, `done` or `failed`; the other arguments are those of the record."""
        now = clock.now()
        self.update(
            lambda record: record.with_phase(phase.name, state, now, summary, begins=begins, transferred=transferred)
        )

    def fail(self, phase: Phase, clock: Clock, summary: str) -> None:
        """Record that a phase failed; where the service cannot be reached, only in this process."""
        try:
            self.move(phase, FAILED, clock, summary)
        except RecipeBatchError:
            # The error of the phase is the one to report, not this one.
            self.record = self.record.with_phase(phase.name, FAILED, clock.now(), summary)

    def wait_for_followers(self, clock: Clock, say: Callable[[str], None]) -> None:
        """Before anything is deleted: wait until commands that follow the output have read what was written last."""
        try:
            following = self._store.followers(self.record.run_id)
            if following:
                say(f"`logs --follow` reads the last lines first; waiting up to {_FOLLOWERS_SECONDS:.0f} s")
            end = clock.monotonic() + _FOLLOWERS_SECONDS
            while following and clock.monotonic() < end:
                clock.sleep(_FOLLOWERS_EVERY)
                following = self._store.followers(self.record.run_id)
            for name in following:
                self._store.remove_follower(name)
        except ServiceError:
            return  # the run is deleted: that is what the user asked for

    def kept_failures(self) -> RunFailures:
        """What is kept of the run's failed tasks."""
        return self._store.failures(self.record.run_id)

    def update_failures(self, change: Callable[[RunFailures], RunFailures]) -> None:
        """Change what is kept of the run's failed tasks."""
        self.check_lock()
        self._store.update_failures(self.record.run_id, change)

    def kept_tasks(self) -> RunTasks:
        """What is kept of the files of the run's tasks."""
        return self._store.tasks(self.record.run_id)

    def update_tasks(self, change: Callable[[RunTasks], RunTasks]) -> None:
        """Change what is kept of the files of the run's tasks."""
        self.check_lock()
        self._store.update_tasks(self.record.run_id, change)

    def update_task_history(self, change: Callable[[TaskHistory], TaskHistory]) -> None:
        """Change what is kept of which tasks the run had."""
        self.check_lock()
        self._store.update_task_history(self.record.run_id, change)

    def update(self, change: Callable[[RunRecord], RunRecord]) -> None:
        """Write the record with a change; what another command wrote since is kept, as a watch takes no lock.

        Raises:
            DocumentChangedError: others changed it each time.
        """
        self.check_lock()
        for _ in range(_WRITE_TRIES):
            try:
                self.record = self._store.save(change(self.record))
            except DocumentChangedError:
                self.record = self._store.load(self.record.run_id)
            else:
                return
        raise DocumentChangedError(
            f"run {self.record.run_id}'s record changed {_WRITE_TRIES} times while saving: another command is active",
            hint="run the command again",
        )
