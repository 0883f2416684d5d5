"""A plan against what an account has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from execution.comparison.account_in_memory import TEXT, Account
from in_memory_run import NOW
from plans import a_pool_snapshot

from recipebatch.execution.recipe_runs import unrecorded_run
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.execution.select_run import Agreement
from recipebatch.phases import PROVISION, STAGE, SUBMIT, WATCH, status_of
from recipebatch.report import Action, Quiet
from recipebatch.runs import FAILED, STARTED
from recipebatch.runs.summary import summary_from_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.execution.comparison import ComparedPlan


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def actions(found: ComparedPlan) -> list[tuple[str, str, int]]:
    assert found.comparison is not None
    return [(change.action.value, change.kind, change.count) for change in found.comparison.changes]


def test_what_has_a_name_of_its_own_is_compared_and_tasks_loop_over_what_is_there(account: Account) -> None:
    account.blobs.containers["demo-in"] = ["old.txt"]
    account.batch.pools["p1"] = a_pool_snapshot(target_dedicated_nodes=4, current_dedicated_nodes=4)
    found = account.compare()
    assert actions(found) == [
        ("keep", "container", 1),
        ("create", "blob", 1),
        ("create", "container", 1),
        ("change", "pool", 1),
        ("create", "job", 1),
        ("create", "task", 2),
    ]
    assert found.record is not None
    assert found.record.listings == {"in": ["a.txt", "old.txt"]}
    assert [task.command_line for task in found.plan.jobs[0].tasks or ()] == ["run a.txt", "run old.txt"]
    assert found.pending == "no run of it is unfinished, and apply starts one"
    assert found.plan.takes is not None


def test_the_unfinished_run_goes_on_from_where_it_stands(account: Account) -> None:
    account.with_run(STAGE.name, PROVISION.name)
    account.blobs.containers["demo-in"] = []
    account.batch.pools["p1"] = a_pool_snapshot()
    found = account.compare()
    assert found.comparison is not None
    assert found.comparison.run_id == "20260102-030405-aaaa"
    assert "apply continues it with submit" in found.pending
    assert actions(found) == [
        ("keep", "container", 1),
        ("create", "blob", 1),
        ("create", "container", 1),
        ("keep", "pool", 1),
        ("create", "job", 1),
        ("create", "task", 1),
    ]
    assert found.comparison.seen["run"] == "e1"


def test_inputs_of_tasks_that_have_ended_are_not_looked_at(account: Account) -> None:
    account.with_run(STAGE.name, PROVISION.name, SUBMIT.name, WATCH.name)
    found = account.compare()
    assert actions(found) == [("keep", "pool", 1), ("keep", "job", 1)]
    assert found.comparison is not None
    assert {change.reason for change in found.comparison.changes} == {"it is not there any more"}


def test_the_nodes_of_a_changed_recipe_are_those_of_the_run_that_goes_on(account: Account) -> None:
    account.with_run(STAGE.name, text=TEXT.replace('"${{ params.n }}"', "1"))
    account.blobs.containers["demo-in"] = ["a.txt"]
    account.batch.pools["p1"] = a_pool_snapshot()
    found = account.compare(TEXT.replace('"${{ params.n }}"', "3"))
    assert found.comparison is not None
    (pool,) = (change for change in found.comparison.changes if change.kind == "pool")
    assert [(each.old, each.new) for each in pool.differences] == [("1 node", "3 nodes")]


def test_what_apply_would_refuse_or_ask_is_said(account: Account) -> None:
    account.with_run(STAGE.name)
    other = account.compare(n=2)
    assert other.refusal is not None
    assert other.comparison is not None
    assert "started with other parameters" in other.comparison.refused
    changed = account.compare(TEXT.replace("run $", "walk $"))
    assert changed.refusal is None
    assert changed.comparison is not None
    assert "apply asks whether to continue it" in changed.comparison.refused
    assert "has changed since the unfinished run" in changed.pending
    assert account.compare(n=2, new=True).pending == "apply starts another run (--new)"
    account.with_run(STAGE.name, paused={"by": "me", "at": "2026-01-02T03:04:05"})
    paused = account.compare()
    assert paused.comparison is not None
    assert "was paused by me" in paused.comparison.refused


def test_a_run_that_failed_with_another_recipe_is_left_as_it_is(account: Account) -> None:
    account.with_run(STAGE.name)
    assert account.store.record is not None
    record = account.store.record.with_phase(PROVISION.name, STARTED, NOW).with_phase(PROVISION.name, FAILED, NOW)
    account.store.record = record
    account.store.found = (summary_from_metadata(record.run_id, record.to_metadata(status_of(record))),)
    found = account.compare(TEXT.replace("run $", "walk $"))
    assert found.comparison is not None
    assert (found.comparison.run_id, found.comparison.refused) == (None, "")


def test_a_user_is_asked_before_a_run_begins_that_uses_names_of_its_own(account: Account) -> None:
    account.batch.pools["p1"] = a_pool_snapshot(target_dedicated_nodes=4, current_dedicated_nodes=4)
    asked: list[ComparedPlan] = []
    own = TEXT.replace("container: demo-in, ", "").replace("id: p1, ", "")
    for text, always, count in ((TEXT, False, 1), (own, False, 0), (own, True, 1)):
        asked.clear()
        recipe = account.recipe(text)
        begun, plan = unrecorded_run(account.services, recipe, {}, account.access(), NOW)
        before = begun.record
        agreement = Agreement(asked.append, always=always)
        agreement.to_new_run(account.services, begun.record, recipe, plan, account.access(), Quiet())
        assert len(asked) == count
        assert begun.record is before
    account.with_run(STAGE.name)
    assert account.store.record is not None
    run = RecordedRun(account.store.record)
    Agreement(asked.append).to_unfinished_run(account.services, run, account.recipe(), account.access(), Quiet())
    assert asked[-1].comparison is not None
    assert [(each.kind, each.action) for each in asked[-1].comparison.changes_existing] == [("pool", Action.CHANGE)]
