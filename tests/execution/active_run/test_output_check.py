from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_run import NOW, RECORD, Batch, Blobs, World
from in_memory_schedules import BOSS, Scheduled
from in_memory_schedules import PLAN as PLAN_OF_SCHEDULE
from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.execution.active_run.output_check import summary_with_missing, without_repeats
from recipebatch.phases import OutputsMissingError, PhaseOptions, PromisedOutput
from recipebatch.properties.files import Collect, OutputFile
from recipebatch.report import PhaseReport, Verdict

OPTIONS = PhaseOptions()
TASKS = tuple(
    a_task(
        name,
        output_files=(OutputFile(file_pattern="r.txt", container="out", path=name, upload_condition="tasksuccess"),),
    )
    for name in ("a", "b")
)
PLAN = a_plan(
    pools=(a_pool(existing=True),),
    containers=(a_container("out", "c1"),),
    jobs=(a_job(*TASKS),),
)
COLLECTED = replace(PLAN, collect=(Collect(container="out", into="out"),))
READY = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)


def world_with(*blobs: str, plan: object = PLAN, **exit_codes: int) -> World:
    world = World(
        plan=plan,  # type: ignore[arg-type]
        record=READY,
        batch=Batch(exit_codes=exit_codes),
        blobs=Blobs(containers={"c1": list(blobs)}),
    )
    world.run().submit(OPTIONS)
    return world


def test_a_task_whose_promised_output_is_not_there_has_failed() -> None:
    world = world_with("b")
    report = world.run().watch(OPTIONS)
    assert report.verdict is Verdict.FAILED
    [failed] = report.failed_tasks
    assert (failed.task_id, failed.cause, failed.message) == ("a", "output_missing", "task a left no a in out")
    assert report.summary == "1 of 2 tasks succeeded, 1 failed (a; 1 output missing); task a left no a in out"
    assert world.records.kept.verdict == "failed"


def test_a_task_that_failed_promises_nothing() -> None:
    report = world_with("b", a=1).run().watch(OPTIONS)
    assert [task.cause for task in report.failed_tasks] == ["exit_code"]


def test_a_run_whose_outputs_are_all_there_succeeds_and_is_purged() -> None:
    world = world_with("a", "b")
    assert world.run().watch(OPTIONS).verdict is Verdict.SUCCEEDED
    assert world.records.kept.outputs == {"out": {"count": 2, "names": ["a", "b"]}}
    world.run().purge(OPTIONS)
    assert world.records.kept.ended


@pytest.mark.parametrize("left", [["b"], []], ids=["one blob", "all blobs"])
def test_outputs_that_went_after_the_tasks_had_ended_stop_the_purge_and_fail_the_run(left: list[str]) -> None:
    world = world_with("a", "b")
    world.run().watch(OPTIONS)
    world.blobs.containers["c1"] = left
    with pytest.raises(OutputsMissingError, match="task a wrote a, and there is no a in out"):
        world.run().purge(OPTIONS)
    kept = world.records.kept
    assert (kept.verdict, kept.state_of("purge"), kept.ended) == ("failed", None, False)


def test_a_container_that_is_gone_stops_the_purge() -> None:
    world = world_with("a", "b")
    world.run().watch(OPTIONS)
    del world.blobs.containers["c1"]
    with pytest.raises(OutputsMissingError, match="2 outputs of finished tasks are missing"):
        world.run().purge(OPTIONS)


def test_force_gives_up_what_is_missing() -> None:
    world = world_with("a", "b")
    world.run().watch(OPTIONS)
    world.blobs.containers["c1"] = []
    world.run().purge(PhaseOptions(force=True))
    assert world.records.kept.ended


def test_a_purge_that_has_started_is_completed_whatever_is_gone() -> None:
    world = world_with("a", "b")
    world.run().watch(OPTIONS)
    world.records.kept = world.records.kept.with_phase("purge", "started", NOW)
    world.blobs.containers["c1"] = []
    world.run().purge(OPTIONS)
    assert world.records.kept.ended


def test_a_blob_that_no_task_promised_and_that_was_seen_must_still_be_there() -> None:
    world = world_with("a", "b", "by-a-pattern")
    world.run().watch(OPTIONS)
    world.blobs.containers["c1"].remove("by-a-pattern")
    report = world.run().watch(OPTIONS)
    assert (report.verdict, report.missing_outputs) == (Verdict.FAILED, ("by-a-pattern in out",))
    with pytest.raises(OutputsMissingError, match="by-a-pattern in out"):
        world.run().purge(OPTIONS)


def test_a_blob_of_a_pattern_that_is_gone_is_named_with_its_task_which_can_be_retried() -> None:
    many = OutputFile(file_pattern="*.csv", container="out", path=None, upload_condition="taskcompletion")
    plan = replace(PLAN, jobs=(a_job(*(a_task(name, output_files=(many,)) for name in ("a", "b"))),))
    world = world_with("1.csv", "2.csv", "3.csv", plan=plan)
    world.blobs.marks = {"1.csv": "j1/a", "2.csv": "j1/b", "3.csv": "j1/b"}
    assert world.run().watch(OPTIONS).verdict is Verdict.SUCCEEDED
    assert world.records.kept.outputs["out"]["tasks"] == {"j1/a": [0], "j1/b": [1, 2]}
    world.blobs.containers["c1"].remove("3.csv")
    with pytest.raises(OutputsMissingError, match=r"task b wrote 3\.csv, and there is no 3\.csv in out$"):
        world.run().purge(OPTIONS)
    retried = world.run().retry(causes=["output_missing"])
    assert retried is not None
    assert retried.summary == "1 task retried (b) in j1-retry1"


def test_a_pattern_that_matched_nothing_fails_the_run_and_keeps_everything() -> None:
    many = OutputFile(file_pattern="*.csv", container="out", path=None, upload_condition="taskcompletion")
    plan = replace(PLAN, jobs=(a_job(*(a_task(name, output_files=(many,)) for name in ("a", "b"))),))
    world = world_with("1.csv", plan=plan)
    world.blobs.marks = {"1.csv": "j1/a"}
    world.batch.on_nodes = {"j1/b": ("stdout.txt",)}
    report = world.run().watch(OPTIONS)
    assert report.summary == "1 of 2 tasks succeeded, 1 failed (b; 1 output missing); task b wrote no *.csv"
    with pytest.raises(OutputsMissingError, match=r"task b wrote no \*\.csv"):
        world.run().purge(OPTIONS)


def test_what_is_promised_and_gone_is_told_once() -> None:
    promise = PromisedOutput(container="out", blob="*.csv", job="j1", task="a", file="*.csv", folder="")
    gone = [PromisedOutput(container="out", blob=name) for name in ("1.csv", "x.txt")]
    assert list(map(str, without_repeats([promise], gone))) == [
        "task a wrote 1.csv, and there is no 1.csv in out",
        "x.txt in out",
    ]
    assert without_repeats([promise], []) == [promise]


def test_a_collect_that_finds_a_container_gone_names_the_tasks() -> None:
    world = world_with("a", "b", plan=COLLECTED)
    world.run().watch(OPTIONS)
    del world.blobs.containers["c1"]
    report = world.run().collect(OPTIONS)
    assert report.missing_outputs == (
        "task a wrote a, and there is no a in out",
        "task b wrote b, and there is no b in out",
    )
    assert (report.verdict, world.records.kept.state_of("collect")) == (Verdict.FAILED, "failed")


def test_a_task_whose_output_is_missing_is_tried_again_in_a_new_job() -> None:
    world = world_with("b")
    run = world.run()
    run.watch(OPTIONS)
    retried = run.retry(causes=["output_missing"])
    assert retried is not None
    assert retried.summary == "1 task retried (a) in j1-retry1"
    run.provision(OPTIONS)
    run.submit(OPTIONS)
    world.blobs.containers["c1"].append("a")
    assert run.watch(OPTIONS).verdict is Verdict.SUCCEEDED


def test_a_collect_after_a_retry_that_nobody_watched_is_the_last_one_when_its_tasks_have_ended() -> None:
    world = world_with("a", "b")
    run = world.run()
    run.watch(OPTIONS)
    world.records.kept = world.records.kept.with_phase("watch", "started", NOW)
    world.run().collect(OPTIONS)
    assert world.records.kept.state_of("collect") == "done"


def test_a_collect_names_what_the_newest_finished_job_of_a_schedule_did_not_make() -> None:
    job = replace(PLAN_OF_SCHEDULE, collect=(Collect(container="out", into="out"),))
    batch = Scheduled(jobs={"s:job-1": {"boss": BOSS}}, on_nodes={"s:job-1/boss": ("stdout.txt",)})
    watched = READY.with_phase("submit", "done", NOW).with_phase("watch", "done", NOW)
    world = World(plan=job, record=watched, batch=batch, blobs=Blobs(containers={"c1": []}))
    report = world.run().collect(OPTIONS)
    assert report.missing_outputs == ("job s:job-1: task boss wrote no result.csv",)
    assert world.records.kept.verdict == "failed"
    assert world.run().uncollected() == (
        "the last collect failed: nothing to download; job s:job-1: task boss wrote no result.csv"
    )
    batch.on_nodes = {"s:job-1/boss": ("wd/result.csv",)}
    assert world.run().collect(OPTIONS).missing_outputs == ()


def test_the_record_names_the_first_outputs_that_a_collect_missed() -> None:
    told = PhaseReport(phase="collect", summary="1 file; a is gone", missing_outputs=("a is gone",))
    assert summary_with_missing(told) == "1 file; a is gone"
    lost = replace(told, missing_outputs=("a is gone", *(f"task t{number} has none" for number in range(7))))
    assert summary_with_missing(lost) == (
        "1 file; a is gone; missing: task t0 has none; task t1 has none; task t2 has none; task t3 has none;"
        " task t4 has none; and 2 more"
    )
