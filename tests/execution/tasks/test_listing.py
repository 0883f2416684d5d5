from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from in_memory_run import LABELS, NOW, RECORD, Batch, Records, World
from in_memory_schedules import BOSS, Scheduled
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.errors import UsageError
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.execution.tasks.listing import TaskList, list_run_tasks
from recipebatch.execution.tasks.rows import TaskQuery
from recipebatch.phases import PhaseOptions
from recipebatch.runs import TaskHistory, TaskRecord

RECIPE = """\
schema_version: 1
name: r
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1}
tasks: [{name: a, command_line: "true", for_each: {range: {stop: 3}}}]
"""
LATER = NOW + timedelta(minutes=5)
PLAN = a_plan(
    pools=(a_pool(existing=True),),
    containers=(),
    jobs=(a_job(*(a_task(f"t{number}", item=str(number)) for number in range(6))),),
)
READY = replace(
    RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW), recipe_text=RECIPE, run_id="r1"
)


def listed(world: World, query: TaskQuery | None = None, **options: Any) -> TaskList:
    recorded: Any = SimpleNamespace(
        record=world.records.kept,
        recipe=SimpleNamespace(
            jobs=[SimpleNamespace(logical=job.logical, schedule=None, job_manager_task=None) for job in PLAN.jobs]
        ),
        why_no_plan=lambda: "",
    )
    services: Any = SimpleNamespace(store=world.records, batch=world.batch, blobs=world.blobs)
    return list_run_tasks(services, recorded, query or TaskQuery(), now=LATER, **options)


def submitted(**exit_codes: int) -> World:
    world = World(plan=PLAN, record=READY, batch=Batch(exit_codes=exit_codes))
    world.run().submit(PhaseOptions())
    return world


def names(found: TaskList) -> list[str]:
    return [row.record.task_id for row in found.rows]


def test_a_list_that_is_full_asks_the_service_for_no_more_and_still_counts_all() -> None:
    world = submitted(t4=3)
    found = listed(world, limit=2)
    assert (names(found), found.matching, world.batch.read) == (["t0", "t1"], None, 3)
    assert [page[1] for page in world.batch.pages] == [3]
    assert (dict(found.counts), found.total, found.longest) == ({"succeeded": 5, "failed": 1}, 6, None)
    assert (found.rows[0].record.item, found.from_service, found.from_record) == ("0", True, False)


def test_the_service_finds_the_tasks_of_a_state_and_those_of_an_item_are_looked_for() -> None:
    world = submitted(t4=3)
    found = listed(world, TaskQuery(states=frozenset({"failed"})), limit=10)
    assert (names(found), found.matching, world.batch.read, found.total) == (["t4"], 1, 1, 6)
    assert found.rows[0].record.cause == "exit_code"
    world = submitted()
    found = listed(world, TaskQuery(items=("2", "3")), limit=1)
    assert (names(found), found.matching, world.batch.pages[0][1]) == (["t2"], None, 1000)


def test_a_sorted_list_looks_at_all_tasks_before_it_is_cut() -> None:
    world = submitted(t4=3, t1=9)
    found = listed(world, sort="exit_code", limit=2)
    assert (names(found), found.matching) == (["t1", "t4"], 6)
    assert names(listed(world, reverse=True, limit=2)) == ["t5", "t4"]


def test_what_has_ended_and_was_watched_is_read_from_the_record() -> None:
    world = submitted(t4=3)
    world.run().watch(PhaseOptions())
    world.batch.ended = NOW - timedelta(minutes=1)
    found = listed(world, TaskQuery(states=frozenset({"failed"})))
    assert (names(found), world.batch.pages, found.recorded_at, found.total) == (["t4"], [], NOW, 6)
    world.batch.ended = NOW + timedelta(minutes=1)
    assert listed(world).from_service


def test_a_run_that_was_purged_has_what_was_recorded() -> None:
    world = submitted(t4=3)
    world.run().purge(PhaseOptions(force=True))
    found = listed(world)
    assert (len(found.rows), found.from_record, found.from_service, found.matching) == (6, True, False, 6)
    assert found.recorded_at == NOW
    assert found.rows[4].state == "failed"
    first = listed(world, limit=2)
    assert (len(first.rows), dict(first.counts), first.matching) == (2, {"succeeded": 5, "failed": 1}, None)


def test_a_job_that_is_gone_and_was_never_looked_at_is_unknown() -> None:
    world = submitted()
    world.batch.jobs.clear()
    found = listed(world)
    assert (found.rows, found.unknown, found.total) == ((), (str(PLAN.jobs[0].id),), 0)


def test_a_task_that_was_tried_again_is_listed_once_with_all_its_tries() -> None:
    world = submitted(t4=3)
    world.run().watch(PhaseOptions())
    run = world.run()
    run.retry()
    run.provision(PhaseOptions())
    run.submit(PhaseOptions())
    run.watch(PhaseOptions())
    found = listed(world)
    assert sorted(names(found)) == [f"t{number}" for number in range(6)]
    again = next(row for row in found.rows if row.record.task_id == "t4")
    assert (again.record.job_id, again.state, again.tries, again.earlier) == (run.plan.jobs[1].id, "failed", 2, 1)
    assert dict(found.counts) == {"succeeded": 5, "failed": 1}
    assert dict(listed(world, limit=1).counts) == dict(found.counts)


def test_what_a_watch_found_beside_the_word_of_the_service_is_listed() -> None:
    world = submitted()
    world.run().watch(PhaseOptions())
    lost = replace(world.records.kept_history.records[2], cause="output_missing", code="OutputMissing")
    world.records.kept_history = world.records.kept_history.with_seen([lost], NOW)
    found = listed(world, TaskQuery(causes=frozenset({"output_missing"})))
    assert [(row.record.task_id, row.state) for row in found.rows] == [("t2", "failed")]


def test_without_a_record_of_its_tasks_the_plan_of_the_run_tells_what_they_are() -> None:
    recorded = RecordedRun(replace(RECORD, recipe_text=RECIPE, inputs={"files": {}, "tables": {}}))
    (job,) = recorded.plan(None, {}).jobs
    batch = Batch()
    batch.create_job(LABELS.on(a_plan(jobs=(job,), containers=())).jobs[0])
    batch.add_tasks(job.id, (job.tasks or ())[:2])
    services: Any = SimpleNamespace(store=Records(recorded.record), batch=batch, blobs=None)
    found = list_run_tasks(services, recorded, TaskQuery(), now=LATER)
    assert [(row.record.task_id, row.record.template, row.record.item) for row in found.rows] == [
        ("a-0", "a", "0"),
        ("a-1", "a", "1"),
    ]


def test_the_jobs_of_a_schedule_are_listed_and_those_that_are_gone_come_from_the_record() -> None:
    old = TaskRecord(job="job", job_id="s:job-0", task_id="boss", state="completed", exit_code=0)
    store = Records(RECORD)
    store.kept_history = TaskHistory().with_seen([old], NOW)
    batch = Scheduled(jobs={"s:job-1": {"boss": BOSS}})
    services: Any = SimpleNamespace(store=store, batch=batch, blobs=None)
    job = 'job: {schedule: {recurrence_interval: P1D}, job_manager_task: {command_line: "true"}}'
    recipe = RECIPE.partition("tasks:")[0] + job
    record = replace(RECORD, recipe_text=recipe, inputs={"files": {}, "tables": {}})
    found = list_run_tasks(services, RecordedRun(record), TaskQuery(), now=LATER)
    assert [row.record.job_id for row in found.rows] == ["s:job-1", "s:job-0"]
    assert (found.from_record, found.from_service) == (True, True)


def test_a_recipe_that_is_refused_by_now_is_no_reason_to_list_nothing() -> None:
    world = submitted()

    class Refused:
        record = world.records.kept

        @property
        def recipe(self) -> None:
            raise UsageError("it is refused")

        @staticmethod
        def why_no_plan() -> str:
            return "it is refused"

    services: Any = SimpleNamespace(
        store=world.records,
        batch=world.batch,
        blobs=SimpleNamespace(list_labeled=lambda _mark: ()),
    )
    world.batch.list_labeled = lambda _mark: ()  # type: ignore[attr-defined]
    refused: Any = Refused()
    assert len(list_run_tasks(services, refused, TaskQuery(), now=LATER).rows) == 6
