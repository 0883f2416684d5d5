"""RunLock: a lease on the record of a run, renewed while a command works on it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError
from recipebatch.service import LeaseLostError

if TYPE_CHECKING:
    from recipebatch.service import Lease

# The shortest lease there is: after a killed command the lock ends by itself so soon. Source: Blob service, Lease Blob.
LEASE_SECONDS = 15
_RENEW_EVERY = 5.0


class RunLockedError(RecipeBatchError):
    """Another command works on the run."""

    code = "run-locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock of a run: written beside the lease for others who find it taken."""

    owner: str
    host: str
    pid: int
    doing: str
    since: str


class RunLock:
    """The right to work on a run, kept alive while its command works.

    Attributes:
        lost: another command may hold it now: this machine slept, or its network was down for too long.
    """

    def __init__(self, run_id: str, lease: Lease) -> None:
        self.lease = lease
        self.lost = False
        self.stop = threading.Event()
        self._run_id = run_id
        self._held_until = time.monotonic() + LEASE_SECONDS

    def keep(self) -> None:
        """Renew the lease until `stop` is set, or until the service says that it is no longer ours."""
        while not self.lost and not self.stop.wait(_RENEW_EVERY):
            self._renew()

    def check(self) -> None:
        """Go on only while the lock is held.

        Raises:
            RunLockedError: it was lost, or has ended and cannot be had again.
        """
        if not self.lost and time.monotonic() > self._held_until:
            # The service was unreachable until the lease ended; unless another command took it, it can be renewed.
            self._renew()
        if self.lost or time.monotonic() > self._held_until:
            raise RunLockedError(
                f"run {self._run_id}: the lock was lost; another command may be working on it",
                hint="run the command again: it continues where this one stopped",
            )

    def _renew(self) -> None:
        asked = time.monotonic()
        try:
            self.lease.renew()
        except LeaseLostError:
            self.lost = True
        except ServiceError:
            # A short failure of the network or the service must not lose the lock: the next attempt may be in time.
            return
        else:
            self._held_until = asked + LEASE_SECONDS
