from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from in_memory_run import NOW, RECORD, Batch, Blobs, World
from in_memory_schedules import BOSS, Scheduled
from in_memory_schedules import PLAN as SCHEDULES
from plans import a_container, a_job, a_plan, a_pool, a_task, an_output

from recipebatch.errors import UsageError
from recipebatch.execution.tasks.details import TaskDetails, task_details
from recipebatch.phases import PhaseOptions
from recipebatch.plan.expressions import command_line_of
from recipebatch.plan.model import PlannedDependencies, PlannedUpload
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.properties.files import ResourceFile
from recipebatch.report import FailedTask

AFTER_FAILURE = replace(an_output("e", "e"), upload_condition="taskfailure")
COUNT = a_task(
    "count",
    command_line_of(["wc -l a.txt", "echo 'done'"], "bash"),
    item="a.txt",
    environment_settings=(("LEVEL", "high"), ("KEY", DeferredText("x-", SecretParameter("key")))),
    resource_files=(
        ResourceFile(container="in", blob="a.txt", file_path="a.txt"),
        ResourceFile(container="other", blob_prefix="x/", file_path="x"),
        ResourceFile(http_url="https://h.invalid/f?sig=secret", file_path="f"),
    ),
    output_files=(
        an_output("n.txt", "n/a.txt"),
        an_output("*.log", "logs"),
        replace(an_output("e", "e"), upload_condition="taskfailure"),
    ),
)
MERGE = a_task("merge", depends_on=PlannedDependencies(task_ids=("count",), task_id_ranges=((1, 9),)))
UPLOAD = PlannedUpload(blob="a.txt", source=None, size=1)
PLAN = a_plan(
    pools=(a_pool(existing=True),),
    containers=(
        replace(a_container("in", "c-in"), uploads=(UPLOAD,)),
        a_container("other", "c-other"),
        a_container("out", "c-out"),
    ),
    jobs=(a_job(COUNT, MERGE),),
)
JOB = str(PLAN.jobs[0].id)
READY = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
LATER = NOW + timedelta(minutes=5)


def submitted(plan: Any = PLAN, **exit_codes: int) -> World:
    blobs = Blobs(
        containers={
            "c-in": ["a.txt"],
            "c-other": ["x/1", "x/2", "y"],
            "c-out": ["n/a.txt", "logs/1.log", "logs/2.log"],
        },
        marks={"n/a.txt": f"{JOB}/count", "logs/1.log": f"{JOB}/count", "logs/2.log": f"{JOB}/other"},
    )
    world = World(plan=plan, record=READY, batch=Batch(exit_codes=exit_codes), blobs=blobs)
    world.run().submit(PhaseOptions())
    return world


def details(world: World, task: str = "count", *, job: str | None = None) -> TaskDetails:
    store: Any = world.records
    return task_details(world.run(), store, task, job=job, now=LATER)


def test_a_task_is_shown_as_its_author_wrote_it_without_secrets() -> None:
    found = details(submitted())
    assert (found.row.state, found.row.record.item, found.from_record) == ("succeeded", "a.txt", False)
    assert found.commands == ("wc -l a.txt", "echo 'done'")
    assert found.environment == (("LEVEL", "high"), ("KEY", "x-***"))
    merged = details(submitted(), "merge")
    assert merged.depends_on == ("count", "1-9")
    assert (merged.slots, merged.instances, merged.container_image, merged.user) == (1, 1, "", "")


def test_files_are_shown_with_their_sizes_and_outputs_with_what_this_task_uploaded() -> None:
    found = details(submitted())
    assert [(file.place, file.blobs, file.seen) for file in found.inputs] == [
        ("in/a.txt", {"a.txt": 1}, True),
        ("other/x/*", {"x/1": 1, "x/2": 1}, True),
        ("https://h.invalid/f", {}, False),
    ]
    assert [(file.name, file.place, file.blobs, file.when) for file in found.outputs] == [
        ("n.txt", "out/n/a.txt", {"n/a.txt": 1}, "if it succeeds"),
        ("*.log", "out/logs", {"logs/1.log": 1}, "if it succeeds"),
        ("e", "out/e", {}, "if it fails"),
    ]
    world = submitted()
    del world.blobs.containers["c-out"]
    assert [file.seen for file in details(world).outputs] == [False] * 3


def test_why_it_failed_is_what_the_service_says_and_its_output_is_what_was_recorded() -> None:
    world = submitted(count=3)
    assert (details(world).message, details(world).stderr) == ("it failed", "")
    kept = FailedTask(job_id=JOB, task_id="count", exit_code=3, code="FailureExitCode", message="m", stderr="broken")
    world.records.kept_failures = world.records.kept_failures.with_seen([kept])
    assert details(world).stderr == "broken"


def test_a_run_that_was_purged_has_what_was_recorded() -> None:
    world = submitted(count=3)
    world.run().purge(PhaseOptions(force=True))
    found = details(world)
    assert (found.from_record, found.row.record.exit_code, found.row.seen) == (True, 3, NOW)
    assert found.commands == ("wc -l a.txt", "echo 'done'")
    assert [file.seen for file in found.outputs] == [False] * 3


def test_all_jobs_that_a_task_was_added_to_are_its_tries() -> None:
    world = submitted(count=3, merge=0)
    world.run().watch(PhaseOptions())
    run = world.run()
    run.retry()
    run.provision(PhaseOptions())
    run.submit(PhaseOptions())
    found = details(world)
    assert [(row.record.job_id, row.record.tried_again) for row in found.tries] == [
        (JOB, True),
        (f"{JOB}-retry1", False),
    ]
    assert found.row == found.tries[-1]


def test_a_task_that_is_not_there_is_an_error_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="run r1 has no task conut") as caught:
        details(submitted(), "conut")
    assert caught.value.hint == "did you mean count?"
    with pytest.raises(UsageError, match="run r1 has no task count in job b"):
        details(submitted(), job="b")


def test_a_task_of_several_jobs_must_be_named_with_its_job() -> None:
    other = a_job(a_task("count"), logical="second", id="j2")
    world = submitted(replace(PLAN, jobs=(*PLAN.jobs, other)))
    with pytest.raises(UsageError, match="several jobs have a task count") as caught:
        details(world)
    assert caught.value.hint == f"name one: --job {PLAN.jobs[0].logical} or --job second"
    assert details(world, job="second").row.record.job_id == "j2"
    assert details(world, job=JOB).row.record.job_id == JOB


def test_of_a_task_that_the_plan_does_not_know_the_service_tells() -> None:
    world = World(plan=SCHEDULES, batch=Scheduled(jobs={"s:job-1": {"boss": BOSS}}))
    found = details(world, "boss")
    assert (found.row.record.job_id, found.commands, found.limit) == ("s:job-1", (), None)
