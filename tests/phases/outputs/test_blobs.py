from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_run import Batch, Blobs, World
from plans import a_container, a_job, a_plan, a_task, an_output

from recipebatch.phases import OutputBlobs
from recipebatch.phases.outputs import PromisedOutput, promised
from recipebatch.phases.outputs.blobs import MAX_RECORDED, MarkedBlobs, Standing, standing
from recipebatch.properties.files import Collect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.plan.model import Plan
    from recipebatch.properties.files import OutputFile

TASKS = frozenset({"j1/t", "j1/u"})


def a_promise(pattern: str, path: str | None = None) -> PromisedOutput:
    (promise,) = promised(a_job(a_task("t", output_files=(an_output(pattern, path),))), {"t"})
    return promise


@pytest.mark.parametrize(
    ("pattern", "blobs", "expected"),
    [
        ("a.txt", {}, Standing.MISSING),
        ("a.txt", {"a.txt": "j1/t"}, Standing.THERE),
        ("a.txt", {"a.txt": "j1/u"}, Standing.OF_OTHERS),
        ("a.txt", {"a.txt": "j0/t"}, Standing.MISSING),
        ("a.txt", {"a.txt": ""}, Standing.UNMARKED),
        ("a.txt", {"b.txt": "j1/t"}, Standing.MISSING),
        ("*.txt", {}, Standing.MISSING),
        ("*.txt", {"a.log": "j1/t"}, Standing.MISSING),
        ("*.txt", {"a.txt": "j1/u", "b.txt": "j1/t"}, Standing.THERE),
        ("*.txt", {"a.txt": "j1/u", "b.txt": "j1/u"}, Standing.OF_OTHERS),
        ("*.txt", {"a.txt": "j1/u", "b.txt": ""}, Standing.UNMARKED),
        # An earlier run, or an earlier try of the task in another job.
        ("*.txt", {"a.txt": "j0/t", "b.txt": "j1-retry1/t"}, Standing.MISSING),
    ],
)
def test_the_mark_of_a_blob_says_whose_it_is(pattern: str, blobs: dict[str, str], expected: Standing) -> None:
    assert standing(a_promise(pattern), MarkedBlobs(blobs), TASKS) is expected


def test_only_blobs_below_the_folder_count() -> None:
    blobs = MarkedBlobs({"of/1/a.txt": "j1/t", "of/2/a.txt": "j1/u", "of": "x", "of/1": "x"})
    assert list(blobs.below("of/1/")) == ["of/1/a.txt"]
    assert standing(a_promise("*.txt", "of/1"), blobs, TASKS) is Standing.THERE
    assert standing(a_promise("*.txt", "of/2"), blobs, TASKS) is Standing.OF_OTHERS
    assert standing(a_promise("*.txt", "of/3"), blobs, TASKS) is Standing.MISSING


def a_plan_with(*files: OutputFile, existing: bool = False) -> Plan:
    container = replace(a_container("out", "c1"), existing=existing)
    job = a_job(*(a_task(f"t{number}", output_files=(file,)) for number, file in enumerate(files)))
    return a_plan(containers=(container,), jobs=(job,))


def looked_at(
    plan: Plan, *blobs: str, marks: dict[str, str] | None = None, files: Mapping[str, tuple[str, ...]] | None = None
) -> OutputBlobs:
    names = [*blobs, *(marks or {})]
    world = World(
        plan=plan, blobs=Blobs(containers={"c1": names}, marks=marks or {}), batch=Batch(on_nodes=files or {})
    )
    return OutputBlobs(world.context(plan))


def missing(plan: Plan, outputs: OutputBlobs) -> list[str]:
    return list(map(str, outputs.missing(promised(plan.jobs[0], {"t0", "t1"}))))


def test_blobs_that_are_not_there_are_missing() -> None:
    plan = a_plan_with(an_output("a.txt"), an_output("b.txt"))
    assert missing(plan, looked_at(plan, "b.txt")) == ["task t0 left no a.txt in out"]


def test_a_pattern_that_two_tasks_share_is_decided_by_marks_without_any_node() -> None:
    plan = a_plan_with(an_output("*.csv"), an_output("*.csv"))
    assert missing(plan, looked_at(plan, marks={"a.csv": "j1/t1"})) == ["task t0 left no *.csv in out"]
    assert missing(plan, looked_at(plan, marks={"a.csv": "j1/t1", "b.csv": "j1/t0"})) == []


def test_what_the_node_lists_says_what_the_task_wrote() -> None:
    plan = a_plan_with(an_output("*.csv"), an_output("*.csv"))
    nothing = {"j1/t0": ("stdout.txt",)}
    assert missing(plan, looked_at(plan, marks={"a.csv": "j1/t1"}, files=nothing)) == ["task t0 wrote no *.csv"]
    # What it wrote was replaced by what the other task wrote under the same name: it is there.
    same = {"j1/t0": ("stdout.txt", "wd/a.csv")}
    assert missing(plan, looked_at(plan, marks={"a.csv": "j1/t1"}, files=same)) == []
    assert missing(plan, looked_at(plan, files=same)) == [
        "task t0 wrote *.csv, and there is no *.csv in out",
        "task t1 left no *.csv in out",
    ]


def test_where_blobs_have_no_marks_the_node_decides_and_without_a_node_nothing_is_claimed() -> None:
    plan = a_plan_with(an_output("*.csv"), an_output("*.csv"))
    files = {"j1/t0": ("stdout.txt", "wd/x.txt"), "j1/t1": ("stdout.txt", "wd/a.csv")}
    assert missing(plan, looked_at(plan, "a.csv", files=files)) == ["task t0 wrote no *.csv"]
    assert missing(plan, looked_at(plan, "a.csv")) == []


def test_a_folder_is_named_as_one() -> None:
    plan = a_plan_with(an_output("res"))
    files = {"j1/t0": ("stdout.txt", "wd/res/a.csv")}
    assert missing(plan, looked_at(plan, files=files)) == [
        "task t0 wrote no file res: it is a folder; res/**/* is its files"
    ]


def test_of_a_container_that_is_gone_everything_is_missing() -> None:
    plan = a_plan_with(an_output("a.txt"), an_output("*.txt"))
    assert len(missing(plan, OutputBlobs(World(plan=plan).context(plan)))) == 2


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


def test_a_blob_that_an_earlier_run_left_in_a_container_of_others_is_no_output() -> None:
    plan = a_plan_with(an_output("a.txt"), an_output("*.csv", "of"), existing=True)
    outputs = looked_at(plan, marks={"a.txt": "r0-j/t0", "of/x.csv": "r0-j/t1"})
    assert missing(plan, outputs) == ["task t0 left no a.txt in out", "task t1 left no of/*.csv in out"]


def test_blobs_that_tasks_write_themselves_are_remembered_too() -> None:
    plan = replace(a_plan_with(), collect=(Collect(container="out", into="o"),))
    assert looked_at(plan, "by-the-task-itself").seen() == {"out": {"count": 1, "names": ["by-the-task-itself"]}}
