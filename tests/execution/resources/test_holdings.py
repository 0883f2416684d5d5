"""What runs hold, asked of services in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from plans import a_pool_snapshot

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.resources.holdings import held_by_owner, held_lines, load_record, look_at_holdings
from recipebatch.runs import Holdings, RunSummary, holdings_of, labels
from recipebatch.service import LabeledResource


def run(name: str, *, owner: str = "me", status: str = "ended", holds: Holdings | None = None) -> RunSummary:
    return RunSummary(
        run_id=name,
        recipe="topn",
        owner=owner,
        created="",
        status=status,
        verdict="failed",
        ended=True,
        digest="",
        holds=holds,
    )


def thing(kind: str, name: str, run_id: str, **more: str) -> LabeledResource:
    pool = a_pool_snapshot(id=name) if kind == "pool" else None
    return LabeledResource(
        kind=kind, name=name, metadata={labels.RUN: run_id, labels.OWNER: "me", **more}, created=None, pool=pool
    )


def services(things: list[LabeledResource], runs: list[RunSummary], refuses: str = "") -> Any:
    def of_batch(_mark: str) -> list[LabeledResource]:
        if refuses:
            raise ServiceError(refuses)
        return [each for each in things if each.kind != "container"]

    return SimpleNamespace(
        batch=SimpleNamespace(list_labeled=of_batch),
        blobs=SimpleNamespace(
            list_labeled=lambda _mark: [each for each in things if each.kind == "container"], account_name="one"
        ),
        store=SimpleNamespace(
            summaries=lambda: tuple(runs), owner="me", holder_of=lambda run_id: HOLDERS.get(run_id, "")
        ),
    )


HOLDERS = {"r1": "watch by me on pc, since 2026-01-02T03:04:05"}
THINGS = [
    thing("pool", "p1", "r1"),
    thing("container", "c1", "r1"),
    thing("job", "j2", "r2"),
    thing("job", "j3", "r3", **{labels.OWNER: "other"}),
    thing("job", "j4", "r4", **{labels.RECORDS: "another"}),
]


def test_each_run_gets_what_it_holds_from_one_look_at_the_account() -> None:
    looked = look_at_holdings(services(THINGS, []))
    first, second, fourth = looked.on([run("r1"), run("r2"), run("r4")])
    assert str(first.holds) == "1 pool (1 node without an end), 1 container"
    assert str(second.holds) == "1 job"
    # Its record is in another storage account.
    assert fourth.holds == Holdings()


def test_runs_without_a_record_that_hold_something_are_known_by_their_labels() -> None:
    looked = look_at_holdings(services(THINGS, []))
    lost = looked.without_record(["r1"])
    assert [(each.run_id, each.owner, each.status, str(each.holds)) for each in lost] == [
        ("r2", "me", "no record", "1 job"),
        ("r3", "other", "no record", "1 job"),
    ]


def test_what_a_service_does_not_say_is_not_known() -> None:
    looked = look_at_holdings(services(THINGS, [], refuses="the clock differs"))
    assert looked.unknown == "jobs and pools: the clock differs"
    assert looked.on([run("r1")])[0].holds is None


def test_a_service_that_does_not_answer_is_not_waited_for() -> None:
    asked, ended = services(THINGS, []), threading.Event()
    asked.batch.list_labeled = lambda _mark: [each for each in THINGS if ended.wait(60)]
    try:
        looked = look_at_holdings(asked, limit=0.01)
    finally:
        ended.set()
    assert looked.unknown == "jobs and pools: no answer within 0.01 s"


def test_earlier_runs_of_this_owner_are_named_with_what_removes_it() -> None:
    account = services(THINGS, [run("r1"), run("r2"), run("r3", owner="other")])
    runs, unknown = held_by_owner(account, before="r2")
    assert [each.run_id for each in runs] == ["r1"]
    assert held_lines(runs, "me", "", unknown) == (
        "earlier runs of me still hold:",
        "  run r1 of topn (ended): 1 pool (1 node without an end), 1 container",
        "  remove one: recipebatch purge --run ID; all of a recipe: recipebatch purge RECIPE --all",
    )
    assert [each.run_id for each in held_by_owner(account)[0]] == ["r1", "r2"]
    assert held_by_owner(services([], [run("r1")])) == ((), "")
    assert held_lines((), "me", "", "no answer") == ("not known: what earlier runs hold (no answer)",)


def test_an_earlier_run_whose_stop_or_purge_was_cut_off_is_said_to_be_interrupted() -> None:
    cut_off = run("r1", status="stop started", holds=Holdings(jobs=("j",)))
    assert held_lines([cut_off], "me", "")[1].endswith("(stop interrupted): 1 job")
    working = held_lines([replace(cut_off, locked_by="stop by me on pc")], "me", "")[1]
    assert "(stop started): 1 job; stop by me on pc is working on it" in working


def test_a_run_whose_record_is_gone_is_named_too() -> None:
    account = services([thing("job", "j9", "r9")], [])
    runs, _ = held_by_owner(account)
    *_, named, remove = held_lines(runs, "me", "work")
    assert named == "  run r9 of an unknown recipe (no record): 1 job"
    assert remove.endswith("those without a record: recipebatch purge --orphans --account work")
    assert held_by_owner(account, without_record=False)[0] == ()


def test_many_runs_are_counted() -> None:
    runs = tuple(run(f"r{number:02}", holds=Holdings(jobs=("j",))) for number in range(12))
    lines = held_lines(runs, "me", "")
    assert (len(lines), lines[1], lines[-2]) == (
        13,
        "  run r02 of topn (ended): 1 job",
        "  and 2 older ones: recipebatch runs",
    )


def test_a_run_that_a_command_works_on_is_not_one_to_remove() -> None:
    # The lock of r2 was held by a command that is known to have ended.
    account = services(THINGS, [replace(run("r1"), at_work=True), replace(run("r2"), at_work=True)])
    held, _ = held_by_owner(account)
    assert [each.at_work for each in held] == [True, False]
    working = f"  run r1 of topn (ended): 1 pool (1 node without an end), 1 container; {HOLDERS['r1']} is working on it"
    assert held_lines(held[:1], "me", "") == ("earlier runs of me still hold:", working)
    assert held_lines(held, "me", "")[1:] == (
        working,
        "  run r2 of topn (ended): 1 job",
        "  remove another one: recipebatch purge --run ID",
    )
    assert held_lines((held[0], replace(held[1], recipe="other")), "me", "")[-1] == (
        "  remove another one: recipebatch purge --run ID; all of another recipe: recipebatch purge RECIPE --all"
    )


def test_a_run_whose_record_is_gone_is_said_to_hold_what_the_services_have() -> None:
    asked = services(THINGS, [])

    def load(run_id: str) -> None:
        raise UsageError(f"there is no run {run_id} in this account")

    asked.store.load = load
    with pytest.raises(UsageError) as raised:
        load_record(asked, "r2")
    assert raised.value.message == f"the record of run r2 is gone; the services still have {holdings_of(THINGS)['r2']}"
    assert raised.value.hint is not None
    assert "purge --orphans" in raised.value.hint
    with pytest.raises(UsageError, match="there is no run r9 in this account"):
        load_record(asked, "r9")
