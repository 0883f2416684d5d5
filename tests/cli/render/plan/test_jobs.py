"""Jobs of a plan as text."""

from __future__ import annotations

from datetime import timedelta

from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cli.render.plan.jobs import job_section
from recipebatch.cli.render.plan.marks import Marks
from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.plan.model import PlannedAfter, PlannedJob, PlannedTemplate
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.job import JobPreparationTask, JobTask, Schedule
from recipebatch.properties.task import UserIdentity


def shown(*jobs: PlannedJob, pools: int = 1) -> list[str]:
    made = tuple(a_pool(logical="pool" if not n else f"p{n}", id=f"p{n}") for n in range(pools))
    section = job_section(a_plan(pools=made, jobs=jobs), Marks(None), all_tasks=False)
    return [line for block in section.blocks for line in block.lines]


def test_a_job_says_what_limits_it_and_where_it_runs() -> None:
    job = a_job(a_task("t"), priority=5, max_parallel_tasks=8)
    assert shown(job)[0] == "  job j1: 1 task · at most 1 h · priority 5 · at most 8 tasks at once"
    assert (
        shown(job, pools=2)[0] == "  job j1: 1 task · on pool p0 · at most 1 h · priority 5 · at most 8 tasks at once"
    )


def test_a_later_job_says_after_which_and_shows_its_templates() -> None:
    job = a_job(
        tasks=None,
        after=(PlannedAfter(job="a", on_failed="block"), PlannedAfter(job="b", on_failed="satisfy")),
        templates=(PlannedTemplate(name="work", per="per blob of parts", commands=("run",)),),
    )
    assert shown(job) == [
        "  job j1: after a and b · tasks known when it is submitted · at most 1 h",
        "    not submitted if a failed",
        "    work × one per blob of parts",
        "        run",
    ]


def test_special_tasks_and_variables_of_a_job_are_shown() -> None:
    prepare = JobTask(
        command_line="prepare",
        resource_files=tuple(ResourceFile(container="in", blob=f"b{n}", file_path="b") for n in range(6)),
        environment_settings=(("A", "b"),),
        user_identity=UserIdentity(elevation_level="admin"),
        max_task_retry_count=-1,
    )
    job = a_job(
        a_task("t"),
        common_environment_settings=(("KEY", DeferredText(SecretParameter("s"))),),
        job_preparation_task=JobPreparationTask(task=prepare),
        on_task_failure="performexitoptionsjobaction",
        on_all_tasks_complete="noaction",
        raw={"x": 1},
    )
    lines = shown(job)
    for line in (
        "    a task that fails can end it, as its exit conditions say",
        "    it stays active when its tasks have completed",
        "    KEY=***",
        "    job preparation task, as root, tried without limit:",
        "      prepare",
        "      resource file b from in/b3",
        "      … and 2 more resource files",
        "      A=b",
        '    raw: {"x": 1}',
    ):
        assert line in lines


def test_a_schedule_says_how_often_it_makes_a_job() -> None:
    schedule = Schedule(
        recurrence_interval=timedelta(hours=6), start_window=None, do_not_run_until=None, do_not_run_after=None
    )
    assert shown(a_job(schedule=schedule))[0] == "  job schedule j1: a job every 6 h · at most 1 h"
    daily = Schedule(
        recurrence_interval=timedelta(days=1), start_window=None, do_not_run_until=None, do_not_run_after=None
    )
    assert shown(a_job(schedule=daily))[0] == "  job schedule j1: a job every day · at most 1 h"
    once = Schedule(recurrence_interval=None, start_window=None, do_not_run_until=None, do_not_run_after=None)
    assert shown(a_job(schedule=once))[0] == "  job schedule j1: one job · at most 1 h"
