from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_run import Blobs, World
from plans import a_container, a_job, a_plan, a_task

from recipebatch.phases import OutputBlobs, PromisedBlob, blob_of, missing_error, output_containers, promised
from recipebatch.phases.outputs import MAX_RECORDED
from recipebatch.properties.files import Collect, OutputFile

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan


def an_output(pattern: str, path: str | None = None, *, on: str = "tasksuccess", container: str = "out") -> OutputFile:
    return OutputFile(file_pattern=pattern, container=container, path=path, upload_condition=on)


@pytest.mark.parametrize(
    ("pattern", "path", "blob"),
    [
        ("a.txt", None, "a.txt"),
        ("deep/a.txt", None, "a.txt"),
        ("deep\\a.txt", None, "a.txt"),
        ("../stdout.txt", "logs/1.txt", "logs/1.txt"),
        ("$NAME.txt", "x.txt", "x.txt"),
        ("$NAME.txt", None, None),
        ("%NAME%.txt", None, None),
        ("*.txt", "folder", None),
        ("a?.txt", None, None),
        ("[ab].txt", None, None),
        ("folder/", None, None),
    ],
)
def test_a_file_named_without_wildcards_promises_one_blob(pattern: str, path: str | None, blob: str | None) -> None:
    assert blob_of(an_output(pattern, path)) == blob


def test_only_tasks_that_succeeded_promise_and_those_tried_again_do_not() -> None:
    tasks = (
        a_task("a", output_files=(an_output("a.txt"), an_output("why.txt", on="taskfailure"))),
        a_task("b", output_files=(an_output("b.txt", on="taskcompletion"),)),
        a_task("c", output_files=(an_output("c.txt"),)),
    )
    job = a_job(*tasks, superseded=frozenset({"b"}))
    assert list(promised(job, {"a", "b"})) == [PromisedBlob(container="out", blob="a.txt", job="j1", task="a")]


def a_plan_with(*files: OutputFile, existing: bool = False) -> Plan:
    container = replace(a_container("out", "c1"), existing=existing)
    job = a_job(*(a_task(f"t{number}", output_files=(file,)) for number, file in enumerate(files)))
    return a_plan(containers=(container,), jobs=(job,))


def looked_at(plan: Plan, *blobs: str) -> OutputBlobs:
    world = World(plan=plan, blobs=Blobs(containers={"c1": list(blobs)}))
    return OutputBlobs(world.context(plan))


def test_blobs_that_are_not_there_are_missing() -> None:
    plan = a_plan_with(an_output("a.txt"), an_output("b.txt"))
    promises = list(promised(plan.jobs[0], {"t0", "t1"}))
    assert [blob.task for blob in looked_at(plan, "b.txt").missing(promises)] == ["t0"]


def test_of_a_container_that_is_gone_everything_is_missing() -> None:
    plan = a_plan_with(an_output("a.txt"))
    outputs = OutputBlobs(World(plan=plan).context(plan))
    assert len(outputs.missing(promised(plan.jobs[0], {"t0"}))) == 1


def test_a_container_is_listed_once() -> None:
    plan = a_plan_with(an_output("a.txt"), an_output("b.txt"))
    world = World(plan=plan, blobs=Blobs(containers={"c1": []}))
    outputs = OutputBlobs(world.context(plan))
    outputs.missing(promised(plan.jobs[0], {"t0", "t1"}))
    outputs.seen()
    assert world.blobs.listed == ["c1"]


def test_what_was_seen_and_is_gone_is_named() -> None:
    plan = a_plan_with(an_output("*.txt", "of/1"))
    seen = looked_at(plan, "of/1/a.txt", "of/1/b.txt").seen()
    assert seen == {"out": {"count": 2, "names": ["of/1/a.txt", "of/1/b.txt"]}}
    gone, unnamed = looked_at(plan, "of/1/b.txt").gone(seen)
    assert ([str(blob) for blob in gone], unnamed) == (["of/1/a.txt in out"], 0)
    assert looked_at(plan, "of/1/a.txt", "of/1/b.txt", "new").gone(seen) == ([], 0)


def test_of_very_many_blobs_the_number_is_remembered() -> None:
    plan = a_plan_with(an_output("*.txt"))
    names = [f"{number}.txt" for number in range(MAX_RECORDED + 1)]
    seen = looked_at(plan, *names).seen()
    assert seen == {"out": {"count": MAX_RECORDED + 1, "names": []}}
    assert looked_at(plan, *names[2:]).gone(seen) == ([], 2)


def test_in_a_container_that_others_use_only_places_of_the_run_are_looked_at() -> None:
    plan = a_plan_with(an_output("*.txt", "mine/1"), an_output("a.txt", "mine/a.txt"), existing=True)
    outputs = looked_at(plan, "mine/1/x.txt", "mine/a.txt", "mine/2/of-others", "theirs")
    assert outputs.names("out") == {"mine/1/x.txt", "mine/a.txt"}


def test_a_collected_container_is_looked_at_even_if_no_output_file_names_it() -> None:
    plan = replace(a_plan_with(), collect=(Collect(container="out", into="o"), Collect(task_files=("x",), into="o")))
    assert output_containers(plan) == ("out",)
    assert looked_at(plan, "by-the-task-itself").seen() == {"out": {"count": 1, "names": ["by-the-task-itself"]}}


def test_the_error_names_tasks_and_files_and_what_to_do() -> None:
    blobs = [PromisedBlob(container="out", blob=f"f{n}.txt", job="j", task=f"t{n}") for n in range(7)]
    error = missing_error("r1", blobs)
    assert error.message.startswith(
        "run r1: 7 outputs of finished tasks are missing in storage: task t0: f0.txt in out;"
    )
    assert error.message.endswith("task t4: f4.txt in out; and 2 more")
    assert "recipebatch retry --run r1 --cause output_missing" in str(error.hint)
    assert "recipebatch purge --run r1 --force" in str(error.hint)
    assert error.exit_code == 1
    only_counted = missing_error("r1", [], 3)
    assert only_counted.message == "run r1: 3 outputs of finished tasks are missing in storage"
