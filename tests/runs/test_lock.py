from __future__ import annotations

import pytest

from recipebatch.errors import ServiceError
from recipebatch.runs import RunLockedError
from recipebatch.runs.lock import LEASE_SECONDS, RunLock
from recipebatch.service import LeaseLostError


class SilentLease:
    """A lease whose service does not answer."""

    def renew(self) -> None:
        raise ServiceError("503")

    def release(self) -> None:
        return


def test_a_lock_survives_one_failed_renewal() -> None:
    lock = RunLock("r", SilentLease())
    lock._renew()
    lock.check()


def test_a_lock_that_was_not_renewed_within_its_lease_is_lost() -> None:
    lock = RunLock("r", SilentLease())
    lock._held_until -= LEASE_SECONDS
    with pytest.raises(RunLockedError, match="the lock was lost"):
        lock.check()


class TakenLease:
    """A lease that another command has taken."""

    def renew(self) -> None:
        raise LeaseLostError("409")

    def release(self) -> None:
        return


class HeldLease:
    """A lease that is renewed whenever it is asked for."""

    def __init__(self) -> None:
        self.renewals = 0

    def renew(self) -> None:
        self.renewals += 1

    def release(self) -> None:
        return


def test_a_lock_that_another_command_took_is_lost_and_renewed_no_more() -> None:
    lock = RunLock("r", TakenLease())
    lock._renew()
    assert lock.lost
    lock.keep()
    with pytest.raises(RunLockedError, match="run r: the lock was lost; another command may be working on it"):
        lock.check()


def test_a_lock_whose_lease_ended_is_renewed_before_it_is_used() -> None:
    lease = HeldLease()
    lock = RunLock("r", lease)
    lock.check()
    assert lease.renewals == 0
    lock._held_until -= LEASE_SECONDS
    lock.check()
    assert lease.renewals == 1
