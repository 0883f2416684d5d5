"""RunLock: a lease on the record of a run, renewed while a command works on it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RecipeBatchError, ServiceError
from recipebatch.runs.process_alive import ProcessIdentity, is_dead
from recipebatch.runs.requests import error_of
from recipebatch.service import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.runs.requests import Request
    from recipebatch.service import Lease

# The shortest lease there is: after a killed command the lock ends by itself so soon. Source: Blob service, Lease Blob.
LEASE_SECONDS = 15
_RENEW_EVERY = 5.0
# How soon a command notices that another one stops or pauses its run.
_LOOK_EVERY = 2.5


class RunLockedError(RecipeBatchError):
    """Another command works on the run."""

    code = "run-locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(ProcessIdentity):
    """Who holds the lock of a run: written beside the lease for others who find it taken."""

    owner: str
    host: str
    doing: str
    since: str

    def __str__(self) -> str:
        return f"{self.doing} by {self.owner} on {self.host}, since {self.since[:19]}"

    @property
    def is_dead(self) -> bool:
        """The process is known to have ended. One that cannot be seen from here may live: its lease must end first."""
        return is_dead(self)

    def to_json(self) -> str:
        """The text of the note."""
        return json.dumps(asdict(self))


def holder_from_json(text: str) -> Holder | None:
    """The inverse of `Holder.to_json`; None of a text that is no such note."""
    try:
        body = json.loads(text)
        values: dict[str, Any] = {field.name: body[field.name] for field in fields(Holder) if field.name in body}
        found = Holder(**values)
    except (ValueError, TypeError, RecursionError):
        return None
    # What a stranger wrote: the id of a process is a number, all else is text.
    fit = all(isinstance(value, int if name == "pid" else str) for name, value in values.items())
    return found if fit else None


# A clock that goes on while the machine sleeps, as the lease of a lock does: on Linux CLOCK_BOOTTIME, on macOS
# CLOCK_MONOTONIC. Source: clock_gettime(2) and (3). Python's own monotonic clock stops there.
_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def elapsed_seconds() -> float:
    """Seconds that go on while the machine or the command sleeps."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


class RunLock:
    """The right to work on a run, kept alive while its command works.

    Attributes:
        lost: another command may hold it now: this machine slept, or its network was down for too long.
        request: another command asks this one to end.
    """

    def __init__(self, run_id: str, lease: Lease, asked: Callable[[], Request | None] = lambda: None) -> None:
        self.lease = lease
        self.lost = False
        self.request: Request | None = None
        self._asked = asked
        self.stop = threading.Event()
        self._run_id = run_id
        self._held_until = elapsed_seconds() + LEASE_SECONDS

    def keep(self) -> None:
        """Renew the lease until `stop` is set, or until the service says that it is no longer ours."""
        renewed = elapsed_seconds()
        while not self.lost and not self.stop.wait(_LOOK_EVERY):
            if self.request is None:
                with suppress(ServiceError):
                    self.request = self._asked()
            if elapsed_seconds() - renewed >= _RENEW_EVERY:
                renewed = elapsed_seconds()
                self._renew()

    def check(self) -> None:
        """Go on only while the lock is held, and no other command asks for it.

        Raises:
            RunLockedError: it was lost, or has ended and cannot be had again.
            RunStoppedError, RunPausedError: another command stops or pauses the run.
        """
        self.check_request()
        if not self.lost and elapsed_seconds() > self._held_until:
            # The service was unreachable until the lease ended; unless another command took it, it can be renewed.
            self._renew()
        if self.lost or elapsed_seconds() > self._held_until:
            raise RunLockedError(
                f"run {self._run_id}: the lock was lost; another command may be working on it",
                hint="run the command again: it continues where this one stopped",
            )

    def check_request(self) -> None:
        """Go on only while no other command stops or pauses the run; it raises as `check`."""
        if self.request is not None:
            raise error_of(self.request, self._run_id)

    def _renew(self) -> None:
        asked = elapsed_seconds()
        try:
            self.lease.renew()
        except LeaseLostError:
            self.lost = True
        except ServiceError:
            # A short failure of the network or the service must not lose the lock: the next attempt may be in time.
            return
        else:
            self._held_until = asked + LEASE_SECONDS
