"""Plans as text."""

from __future__ import annotations

from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cli.render.plan import plan_text
from recipebatch.plan import PoolSize
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.files import Collect, OutputFile


def test_a_plan_shows_pools_tasks_and_commands_and_says_how_many_are_left_out() -> None:
    tasks = [a_task(f"t{number}", command_line="echo one\necho two") for number in range(22)]
    text = plan_text(a_plan(pools=(a_pool(target_low_priority_nodes=2),), jobs=(a_job(*tasks),)))
    lines = text.splitlines()
    assert any(line.startswith("pool p1: 1 + 2 spot x standard_d2s_v3, ") for line in lines)
    assert "job j1: 22 tasks" in lines
    first = lines.index("  task t0")
    assert lines[first + 1 : first + 3] == ["    echo one", "    echo two"]
    assert "  … and 2 more tasks (--json shows all)" in lines
    assert "  task t20" not in lines


def test_a_plan_shows_what_tasks_upload_and_when() -> None:
    files = (
        OutputFile(file_pattern="out/*.txt", container="results", path="a/b", upload_condition="tasksuccess"),
        OutputFile(file_pattern="x", container="logs", path=None, upload_condition="taskcompletion", required=False),
    )
    lines = plan_text(a_plan(jobs=(a_job(a_task("t", output_files=files)),))).splitlines()
    assert "    output file out/*.txt to results/a/b, if the task succeeds" in lines
    assert "    output file x to logs, required: false" in lines


def test_a_pool_that_was_scaled_shows_both_numbers_of_nodes() -> None:
    planned = a_plan(pools=(a_pool(target_dedicated_nodes=2), a_pool(logical="q", id="p2")))
    lines = plan_text(planned, {"pool": PoolSize(5, 0)}).splitlines()
    assert any(line.startswith("pool p1: 5 nodes by `scale` (recipe: 2) x ") for line in lines)
    assert any(line.startswith("pool p2: 1 x ") for line in lines)


def test_a_command_is_shown_at_a_length_that_one_can_read() -> None:
    command = "run " + "x" * 100_000
    text = plan_text(a_plan(jobs=(a_job(a_task("t", command_line=command)),)))
    assert f"    {command[:4000]}… (and 96,004 more characters; --json shows all)" in text.splitlines()


def test_a_pool_and_a_container_that_exist_are_called_existing() -> None:
    text = plan_text(a_plan(pools=(a_pool(existing=True),), jobs=(a_job(),)))
    assert "existing pool p1" in text.splitlines()


def test_a_pool_that_only_later_jobs_run_on_says_when_it_is_made() -> None:
    later = a_job(a_task("b"), logical="b", pool="q", after=(PlannedAfter(job="job", on_failed="block"),))
    text = plan_text(a_plan(pools=(a_pool(), a_pool(logical="q", id="p2")), jobs=(a_job(a_task("a")), later)))
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("  made ")] == ["  made when job job has ended, not if it failed"]
    assert lines.index("  made when job job has ended, not if it failed") > lines.index(
        next(line for line in lines if line.startswith("pool p2: "))
    )


def test_a_plan_says_how_long_nodes_stay_for_files_that_are_collected_from_them() -> None:
    files = (Collect(container=None, task_files=("stdout.txt",), into="logs"),)
    without = "recipebatch scale --nodes 0 and purge --force remove them without the files"
    stays = "  nodes stay until task files are collected"
    for pool, said in (
        (a_pool(), f"{stays}, or the run expires; {without}"),
        (a_pool(enable_inter_node_communication=True), f"{stays}; {without}"),
        (a_pool(existing=True), None),
        (a_pool(auto=True), None),
    ):
        lines = plan_text(a_plan(pools=(pool,), collect=files)).splitlines()
        assert [line for line in lines if "nodes stay" in line] == ([said] if said else [])
    assert "nodes stay" not in plan_text(a_plan(pools=(a_pool(),), collect=(Collect(container="out", into="o"),)))
