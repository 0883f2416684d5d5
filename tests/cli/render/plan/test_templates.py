"""Task templates of a plan as text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from plans import a_task, an_output

from recipebatch.cli.render.plan.marks import TaskMarks
from recipebatch.cli.render.plan.templates import Dependencies, later_block, task_block, template_block
from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.plan.model import PlannedDependencies, PlannedTask, PlannedTemplate
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.properties.task import (
    ContainerSettings,
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    RetryRule,
    TaskConstraints,
    UserIdentity,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def limits(minutes: int | None, retries: int = 0) -> TaskConstraints:
    return TaskConstraints(
        max_wall_clock_time=None if minutes is None else timedelta(minutes=minutes), max_task_retry_count=retries
    )


def shown(tasks: Sequence[PlannedTask], among: Sequence[PlannedTask] = (), os: str = "linux") -> list[str]:
    return list(template_block("count", tasks, Dependencies([*tasks, *among]), os, TaskMarks(())).lines)


def counts(number: int, **changed: object) -> list[PlannedTask]:
    return [
        a_task(
            f"count-{n}", f"wc f{n}", item=f"f{n:04}.txt", constraints=limits(30, 1),
            output_files=(an_output("o", f"f{n:04}.out", container="output"),), **changed,
        )
        for n in range(number)
    ]  # fmt: skip


def test_a_template_says_how_many_of_what_how_long_and_where_to() -> None:
    assert shown(counts(3000))[:3] == [
        "    count × 3,000: f0000.txt … f2999.txt · 30 min each, 2 tries, 1 slot → output/{stem}.out",
        "      for example task count-0:",
        "        wc f0",
    ]


def test_limits_that_differ_are_ranges() -> None:
    tasks = [
        a_task("a", constraints=limits(10), required_slots=1),
        a_task("b", constraints=limits(90, 2), required_slots=4),
    ]
    assert shown(tasks)[0] == "    count × 2: a … b · 10 min to 1 h 30 min each, 1-3 tries, 1-4 slots"
    tasks.append(a_task("c", constraints=limits(None, -1)))
    assert "(some without a limit), tried without limit, 1-4 slots" in shown(tasks)[0]


def test_a_single_task_with_the_name_of_its_template_has_no_example() -> None:
    lines = shown([a_task("count", "run", user_identity=UserIdentity(elevation_level="admin"))])
    assert lines == ["    count · no time limit, 1 try, 1 slot, as root", "        run"]
    lines = shown([a_task("other", "run", user_identity=UserIdentity(user_name="me"))])
    assert lines[:2] == ["    count · no time limit, 1 try, 1 slot, as user me", "      task other:"]
    assert (
        "as administrator" in shown([a_task("t", user_identity=UserIdentity(elevation_level="admin"))], os="windows")[0]
    )


def test_what_a_task_reads_and_leaves_is_shown_with_its_secrets_hidden() -> None:
    files = [ResourceFile(container="in", blob=f"b{n}", file_path=f"b{n}") for n in range(9)]
    task = a_task(
        "count",
        resource_files=(ResourceFile(http_url="https://e.org/a", file_path="a", file_mode="0755"), *files),
        output_files=(
            OutputFile(file_pattern="out/*.txt", container="results", path="a/b", upload_condition="tasksuccess"),
            OutputFile(file_pattern="x", container="logs", path=None, upload_condition="taskfailure", required=False),
        ),
        environment_settings=(("KEY", DeferredText(SecretParameter("s"))), ("A", "b")),
        container_settings=ContainerSettings(image_name="img", container_run_options="--rm"),
        application_package_references=(("tool", None),),
        raw={"x": 1},
    )
    lines = shown([task])
    for line in (
        "        resource file a from https://e.org/a, mode 0755",
        "        … and 6 more resource files",
        "        output file out/*.txt to results/a/b, if the task succeeds",
        "        output file x to logs, if the task fails, required: false",
        "        KEY=***",
        "        A=b",
        "        in the container image img (--rm)",
        "        application packages: tool",
        '        raw: {"x": 1}',
    ):
        assert line in lines
    assert lines[0].endswith(" → results/a/b and 1 more")
    assert (
        sum("resource file" in line for line in task_block(task, Dependencies([task]), "linux", TaskMarks(())).lines)
        == 10
    )


def test_how_tasks_end_is_shown() -> None:
    ends = ExitConditions(
        exit_codes=((3, ExitOptions(job_action="terminate", dependency_action=None)),),
        exit_code_ranges=((4, 9, ExitOptions(job_action=None, dependency_action="satisfy")),),
        default=ExitOptions(job_action="none", dependency_action="block"),
        file_upload_error=ExitOptions(job_action=None, dependency_action=None),
    )
    rule = RetryRule(causes=("preempted",), exit_codes=(7,), limit=2)
    assert shown([a_task("count", exit_conditions=ends, retry=rule)])[1:6] == [
        "      tried again by recipebatch 2 times (cause preempted) with exit code 7",
        "      on exit code 3: the job ends",
        "      on exit codes 4 to 9: tasks that wait for it start",
        "      on an upload that fails: nothing of its own",
        "      on any other failure: the job goes on, tasks that wait for it do not start",
    ]


def test_a_task_on_several_nodes_shows_both_commands() -> None:
    several = MultiInstanceSettings(number_of_instances=4, coordination_command_line="greet")
    lines = shown([a_task("count", "mpirun", multi_instance_settings=several)])
    assert lines == [
        "    count · no time limit, 1 try, 1 slot, 4 nodes",
        "        on each of 4 nodes first:", "          greet", "        then on one of them:", "          mpirun",
    ]  # fmt: skip


def of(template: str, name: str, ids: tuple[str, ...] = (), ranges: tuple[tuple[int, int], ...] = ()) -> PlannedTask:
    found = PlannedDependencies(task_ids=ids, task_id_ranges=ranges) if ids or ranges else None
    return PlannedTask(id=name, template=template, command_line="", depends_on=found)  # type: ignore[arg-type]


def test_dependencies_are_said_by_templates() -> None:
    first = [of("a", str(n)) for n in range(1, 6)]
    users = Dependencies([*first, of("b", "6")])
    assert users.text([of("c", "7", ids=("1", "2", "3", "4", "5", "6"))]) == "all 5 of a, b"
    assert users.text([of("c", "7", ranges=((1, 5),))]) == "all 5 of a"
    assert users.text([of("c", "7", ids=("1",)), of("c", "8", ids=("2",))]) == "1 of a each"
    assert users.text([of("c", "7", ids=("1",)), of("c", "8", ranges=((2, 4),))]) == "1-3 of a each"
    assert users.text([of("c", "7"), of("c", "8", ids=("1", "2"))]) == "up to 2 of a"
    assert users.text([of("c", "7", ids=("elsewhere",))]) == "task elsewhere"
    assert users.text([of("c", "7")]) == ""


def test_a_later_template_shows_its_commands_as_they_are_written() -> None:
    block = later_block(PlannedTemplate(name="work", per="per blob of parts", commands=("a ${{ file.name }}\nb", "c")))
    assert block.lines == ("    work × one per blob of parts", "        a ${{ file.name }}", "        b", "        c")
    assert later_block(PlannedTemplate(name="once", per="", commands=())).lines == ("    once",)
