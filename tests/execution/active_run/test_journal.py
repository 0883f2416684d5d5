from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW, RECORD, Clock, Records

from recipebatch.errors import UsageError
from recipebatch.execution.active_run import RunJournal
from recipebatch.phases import COLLECT, PHASES, PROVISION, PURGE, STAGE, SUBMIT, WATCH
from recipebatch.service import DocumentChangedError

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord


def unlocked() -> None:
    """The lock is held."""


def journal(records: Records) -> RunJournal:
    store: Any = records
    return RunJournal(records.kept, store, unlocked)


def with_phases(**states: str) -> RunRecord:
    record = RECORD
    for name, state in states.items():
        record = record.with_phase(name, state, NOW)
    return record


def test_a_phase_comes_after_the_one_it_needs() -> None:
    allowed = {
        (): ["stage", "purge"],
        (STAGE,): ["stage", "provision", "purge"],
        (STAGE, PROVISION): ["stage", "provision", "submit", "purge"],
        (STAGE, PROVISION, SUBMIT): [phase.name for phase in PHASES],
    }
    for before, names in allowed.items():
        run = journal(Records(with_phases(**{phase.name: "done" for phase in before})))
        for phase in PHASES:
            if phase.name in names:
                run.check_order(phase)
            else:
                with pytest.raises(UsageError, match=f"cannot {phase} yet: {phase.needs} comes first"):
                    run.check_order(phase)


def test_tasks_can_be_watched_and_collected_while_they_are_added() -> None:
    run = journal(Records(with_phases(stage="done", provision="done", submit="started")))
    run.check_order(WATCH)
    run.check_order(COLLECT)
    failed = journal(Records(with_phases(stage="done", provision="failed")))
    with pytest.raises(UsageError, match="cannot submit yet: provision comes first"):
        failed.check_order(SUBMIT)


def test_a_purged_run_can_only_be_purged_again() -> None:
    run = journal(Records(with_phases(stage="done", purge="done")))
    run.check_order(PURGE)
    with pytest.raises(UsageError, match="run r1 was purged: it cannot stage"):
        run.check_order(STAGE)
    assert run.has_begun(PURGE)
    assert run.is_done(PURGE)
    assert not run.has_begun(WATCH)


def test_a_run_whose_purge_has_started_can_only_be_collected_and_purged() -> None:
    states = {phase.name: "done" for phase in (STAGE, PROVISION, SUBMIT)}
    for state in ("started", "failed"):
        run = journal(Records(with_phases(**states, purge=state)))
        run.check_order(PURGE)
        run.check_order(COLLECT)
        for phase in (STAGE, PROVISION, SUBMIT, WATCH):
            with pytest.raises(UsageError, match=f"the purge of run r1 has started: it cannot {phase}"):
                run.check_order(phase)


def test_what_another_command_wrote_meanwhile_is_kept() -> None:
    records = Records(RECORD)
    run = journal(records)
    records.before_write.append(replace(RECORD, verdict="failed"))
    run.move(STAGE, "started", Clock())
    assert (records.kept.verdict, records.kept.state_of("stage")) == ("failed", "started")
    assert run.record == records.kept


def test_a_record_that_changes_with_every_write_is_given_up() -> None:
    records = Records(RECORD)
    run = journal(records)
    records.before_write += [RECORD] * 5
    with pytest.raises(DocumentChangedError, match="run r1's record changed 5 times while saving"):
        run.move(STAGE, "started", Clock())


def test_a_failure_is_known_even_if_it_cannot_be_recorded() -> None:
    records = Records(RECORD)
    run = journal(records)
    records.before_write += [RECORD] * 5
    run.fail(STAGE, Clock(), "no connection")
    assert (run.record.state_of("stage"), run.record.phases["stage"].summary) == ("failed", "no connection")
    assert records.kept.state_of("stage") is None


def test_a_purge_waits_for_those_who_follow_the_output_and_not_for_ever() -> None:
    records, clock, said = Records(RECORD), Clock(), list[str]()
    journal(records).wait_for_followers(clock, said.append)
    assert (clock.seconds, said) == (0, [])
    records.following = ["a", "b"]
    journal(records).wait_for_followers(clock, said.append)
    assert said == ["`logs --follow` reads the last lines first; waiting up to 15 s"]
    assert (clock.seconds, records.following) == (15, [])
