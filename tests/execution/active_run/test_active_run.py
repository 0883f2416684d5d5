from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW, RECORD, Batch, Blobs, World
from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.errors import ServiceError, UsageError
from recipebatch.phases import PhaseOptions
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.files import Collect
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.properties.task import RetryRule
from recipebatch.report import Verdict
from recipebatch.runs.labels import RUN
from recipebatch.vocabulary.ids import JobId

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord

OPTIONS = PhaseOptions()
EXISTING = a_pool(existing=True)
FIRST = a_job(a_task("a"), a_task("b"), logical="first", id=JobId("j1"))
SECOND = a_job(a_task("c"), logical="second", id=JobId("j2"), after=(PlannedAfter(job="first", on_failed="block"),))


def done(*phases: str, record: RunRecord = RECORD) -> RunRecord:
    for phase in phases:
        record = record.with_phase(phase, "done", NOW)
    return record


READY = done("stage", "provision")


def test_a_phase_is_recorded_before_and_after_it() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), containers=(a_container("out", "c1"),)))
    report = world.run().stage(OPTIONS)
    assert [step.action for step in report.steps] == ["created"]
    assert world.blobs.containers == {"c1": []}
    assert world.records.writes == 2
    kept = world.records.kept
    assert (kept.state_of("stage"), kept.phases["stage"].summary) == ("done", report.summary)


def test_a_phase_that_fails_is_recorded_with_the_reason_and_raises() -> None:
    missing = a_container("in", "c1", existing=True)
    world = World(plan=a_plan(pools=(EXISTING,), containers=(missing,)))
    with pytest.raises(ServiceError, match="container c1 does not exist"):
        world.run().stage(OPTIONS)
    kept = world.records.kept
    assert (kept.state_of("stage"), kept.phases["stage"].summary) == ("failed", "container c1 does not exist")


def test_tasks_are_added_followed_and_judged() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=READY, batch=Batch(exit_codes={"b": 3}))
    run = world.run()
    submitted = run.submit(OPTIONS)
    assert sum(step.count for step in submitted.steps if step.kind == "task") == 2
    watched = run.watch(OPTIONS)
    assert [(task.task_id, task.exit_code) for task in watched.failed_tasks] == [("b", 3)]
    assert run.verdict is Verdict.FAILED
    assert world.records.kept.verdict == "failed"


def test_another_process_continues_from_the_record() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=READY)
    world.run().submit(OPTIONS)
    later = world.run()
    assert later.submit(OPTIONS).summary == "nothing to add, 2 tasks already there"
    later.watch(OPTIONS)
    assert later.verdict is Verdict.SUCCEEDED


def test_the_blobs_that_tasks_are_made_from_are_listed_and_recorded_once() -> None:
    container = a_container("in", "c1")
    world = World(
        plan=a_plan(pools=(EXISTING,), containers=(container,), jobs=(FIRST,)),
        record=READY,
        blobs=Blobs({"c1": ["b.txt", "a.txt"]}),
        looped_over={"first": frozenset({"in"})},
    )
    world.run().submit(OPTIONS)
    assert world.records.kept.listings == {"in": ["a.txt", "b.txt"]}
    assert world.plans == [(None, {}), ({"in": ("a.txt", "b.txt")}, {})]
    world.blobs.containers["c1"].append("later.txt")
    world.run().submit(OPTIONS)
    assert world.plans[2:] == [({"in": ("a.txt", "b.txt")}, {})]
    assert world.blobs.listed == ["c1"]


def test_a_job_that_waits_for_another_is_submitted_when_that_has_ended() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST, SECOND)), record=READY)
    run = world.run()
    first = run.submit(OPTIONS)
    assert first.notes == ("job second waits for first",)
    assert [job.logical for job in run.waiting] == ["second"]
    assert world.records.kept.state_of("submit") == "started"
    assert run.submit(OPTIONS).notes == ()
    assert run.waiting == ()
    assert world.records.kept.job_listings == {"second": {}}
    assert set(world.batch.jobs) == {"j1", "j2"}


def test_a_watch_of_some_jobs_is_no_verdict_unless_one_failed() -> None:
    plan = a_plan(pools=(EXISTING,), jobs=(FIRST, SECOND))
    good = World(plan=plan, record=READY)
    run = good.run()
    run.submit(OPTIONS)
    assert run.watch(OPTIONS).notes == ("job second can be submitted now",)
    assert run.verdict is Verdict.UNKNOWN
    bad = World(plan=plan, record=READY, batch=Batch(exit_codes={"a": 1}))
    run = bad.run()
    run.submit(OPTIONS)
    assert run.watch(OPTIONS).notes == ("job second is not submitted: first failed",)
    assert run.verdict is Verdict.FAILED


def test_a_watch_lasts_as_long_as_the_options_the_recipe_or_the_run_say() -> None:
    plan = a_plan(pools=(EXISTING,), jobs=(FIRST,))
    assert World(plan=plan).run().watch_limit(OPTIONS) == plan.run_limit
    told = World(plan=replace(plan, watch_timeout=timedelta(minutes=5))).run()
    assert told.watch_limit(OPTIONS) == timedelta(minutes=5)
    assert told.watch_limit(PhaseOptions(timeout=timedelta(seconds=1))) == timedelta(seconds=1)


def test_failed_tasks_are_retried_in_a_new_job_and_the_phases_after_it_are_open_again() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=READY, batch=Batch(exit_codes={"b": 3}))
    run = world.run()
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    world.batch.exit_codes.clear()
    report = run.retry()
    assert report is not None
    assert report.summary == "1 task retried (b) in j1-retry1"
    kept = world.records.kept
    assert [kept.state_of(phase) for phase in ("stage", "provision", "submit", "watch")] == [
        "done",
        "started",
        "started",
        "started",
    ]
    assert kept.verdict == "unknown"
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    assert run.verdict is Verdict.SUCCEEDED
    assert set(world.batch.jobs["j1-retry1"]) == {"b"}
    assert run.retry() is None


def test_what_the_recipe_says_to_retry_is_due_after_a_watch() -> None:
    rule = RetryRule(causes=("exit_code",), exit_codes=(3,), limit=1)
    job = a_job(a_task("a", retry=rule), a_task("b"), logical="first", id=JobId("j1"))
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(job,)), record=READY, batch=Batch(exit_codes={"a": 3, "b": 3}))
    run = world.run()
    run.submit(OPTIONS)
    seen = run.watch(OPTIONS)
    report = run.retry_due(seen)
    assert report is not None
    assert report.summary == "1 task retried (a) in j1-retry1"
    run.submit(OPTIONS)
    assert run.retry_due(run.watch(OPTIONS)) is None


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (done("submit", "purge"), "was purged: its inputs and pools are gone"),
        (READY, "has not submitted any task yet"),
    ],
)
def test_a_run_without_tasks_has_nothing_to_retry(record: RunRecord, said: str) -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=record)
    with pytest.raises(UsageError, match=said):
        world.run().retry()


def test_uncollected_outputs_are_not_purged_without_force() -> None:
    plan = a_plan(
        pools=(EXISTING,),
        jobs=(FIRST,),
        collect=(Collect(container=None, task_files=("stdout.txt",), include=(), into="out"),),
    )
    world = World(plan=plan, record=READY)
    run = world.run()
    assert run.uncollected() == ""
    run.submit(OPTIONS)
    with pytest.raises(UsageError, match="outputs were not collected"):
        run.purge(OPTIONS)
    assert "j1" in world.batch.jobs
    run.purge(PhaseOptions(force=True))
    assert world.batch.jobs == {}
    assert world.records.kept.ended
    assert not run.has_left_something
    assert run.uncollected() == ""


def test_what_is_not_confirmed_is_kept_and_the_purge_stays_open() -> None:
    plan = replace(a_plan(pools=(EXISTING,), jobs=(FIRST,)), purge=PurgeRule.of(PurgeWhen.ASK))
    world = World(plan=plan, record=READY)
    run = world.run()
    run.submit(OPTIONS)
    report = run.purge(OPTIONS)
    assert [(step.kind, step.action) for step in report.steps] == [("job", "kept")]
    assert report.notes == ("kept job j1: the deletion was not confirmed; delete with: recipebatch purge --run r1",)
    assert (world.records.kept.state_of("purge"), world.records.kept.purged) == (None, [])
    assert world.records.kept.ended
    assert run.has_left_something


@pytest.mark.parametrize(("label", "state"), [({RUN: "r2"}, "done"), ({}, None)])
def test_a_run_is_purged_though_what_another_run_made_is_kept(label: dict[str, str], state: str | None) -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=done("stage"))
    world.batch.jobs["j1"], world.batch.metadata["j1"] = {}, label
    report = world.run().purge(OPTIONS)
    assert [(step.name, step.action) for step in report.steps] == [("j1", "kept")]
    assert world.records.kept.state_of("purge") == state
    assert world.batch.jobs == {"j1": {}}


def test_nothing_is_written_once_the_lock_is_lost() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=READY)
    run = world.run()
    world.lost = True
    with pytest.raises(UsageError, match="the lock was lost"):
        run.submit(OPTIONS)
    assert (world.records.writes, world.batch.jobs) == (0, {})


def test_task_files_that_were_collected_are_remembered_until_their_tasks_run_again() -> None:
    plan = a_plan(
        pools=(EXISTING,),
        jobs=(a_job(a_task("a"), a_task("b")),),
        collect=(Collect(container=None, task_files=("stdout.txt",), include=(), into="out"),),
    )
    world = World(plan=plan, record=READY, batch=Batch(exit_codes={"b": 3}))
    run = world.run()
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    # The nodes have no such file: that is said, and not remembered.
    run.collect(OPTIONS)
    assert world.records.kept.collected == {}
    world.batch.on_nodes = {"j1/a": ("stdout.txt",), "j1/b": ("stdout.txt",)}
    run.journal.update(lambda record: replace(record, collected={"j1": []}))
    run.retry()
    assert world.records.kept.collected == {"j1": []}


def test_a_job_of_others_is_found_before_pools_are_made() -> None:
    world = World(plan=a_plan(jobs=(FIRST,)), record=done("stage"))
    world.batch.jobs["j1"], world.batch.metadata["j1"] = {}, {RUN: "r2"}
    with pytest.raises(ServiceError, match="job j1 exists and does not belong to this run") as raised:
        world.run().provision(OPTIONS)
    assert str(raised.value.hint).startswith("it belongs to run r2, ")
    assert world.records.kept.state_of("provision") == "failed"


def test_the_pools_of_a_job_that_the_run_made_are_provisioned_again() -> None:
    world = World(plan=a_plan(pools=(EXISTING,), jobs=(FIRST,)), record=done("stage", "provision"))
    world.run().submit(OPTIONS)
    world.run().provision(OPTIONS)
    assert world.records.kept.state_of("provision") == "done"
