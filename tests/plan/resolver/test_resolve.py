import json
from datetime import timedelta
from typing import Any

import pytest

from recipebatch import bundled_files
from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import read_local_inputs
from recipebatch.plan import Plan, bind_parameters, required_inputs, resolve
from recipebatch.plan.model import ImageReference, PlannedTask
from recipebatch.properties.deferred import ContainerUrl, DeferredText, SasToken, SecretParameter
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.properties.task import TaskConstraints, UserIdentity
from recipebatch.recipe import read_recipe

PlanOf = Any
STORAGE = "storage: {input: {}, output: {}}\n"


def one_task(plan_of: PlanOf, task: str, **arguments: Any) -> PlannedTask:
    plan: Plan = plan_of(f"{STORAGE}tasks:\n  - {task}\n", **arguments)
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    assert len(tasks) == 1
    return tasks[0]


def refusals(plan_of: PlanOf, sections: str, **arguments: Any) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_the_bundled_recipe_becomes_the_tutorials_tasks() -> None:
    recipe = read_recipe(bundled_files.recipes()["topn"])
    parameters = bind_parameters(recipe, {"words": "5", "nodes": "2"})
    inputs = read_local_inputs(required_inputs(recipe, parameters))
    plan = resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=parameters,
        inputs=inputs,
        environ={},
        listings=None,
    )
    assert [container.name for container in plan.containers] == [
        "topn-20260101-120000-ab12-application",
        "topn-20260101-120000-ab12-input",
        "topn-20260101-120000-ab12-output",
    ]
    assert [upload.blob for upload in plan.containers[1].uploads] == ["taskdata1.txt", "taskdata2.txt", "taskdata3.txt"]
    (pool,), (job,) = plan.pools, plan.jobs
    assert pool.image == ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
    assert pool.target_dedicated_nodes == 2
    assert pool.start_task is not None
    assert (pool.start_task.wait_for_success, pool.start_task.user_identity.elevation_level) == (True, "admin")
    assert pool.start_task.resource_files == (ResourceFile(container="application"),)
    assert job.tasks is not None
    assert [task.id for task in job.tasks] == ["topNtask0", "topNtask1", "topNtask2"]
    assert "--filepath taskdata2.txt --numwords 5\n" in job.tasks[1].command_line
    assert job.tasks[1].resource_files == (
        ResourceFile(container="input", blob="taskdata2.txt", file_path="taskdata2.txt"),
    )
    assert job.tasks[1].environment_settings == (
        ("OUTPUT_CONTAINER_URL", DeferredText(ContainerUrl("output"))),
        ("OUTPUT_SAS_TOKEN", DeferredText(SasToken("output", "cw"))),
    )
    assert (plan.purge, plan.collect[0].into, plan.warnings) == (PurgeRule.of(PurgeWhen.ON_SUCCESS), "topn-output", ())


def test_equal_arguments_give_equal_plans(plan_of: PlanOf) -> None:
    sections = STORAGE + "tasks: [{for_each: {range: {stop: 20}}, command_line: 'a ${{ item }}'}]\n"
    assert plan_of(sections) == plan_of(sections)


def test_defaults_are_those_of_the_service(plan_of: PlanOf) -> None:
    plan = plan_of("tasks: [{command_line: a}]")
    (pool,), (job,) = plan.pools, plan.jobs
    assert (pool.id, job.id, job.pool) == ("demo-20260101-120000-ab12", "demo-20260101-120000-ab12", pool.logical)
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes, pool.task_slots_per_node) == (1, 0, 1)
    assert (pool.resize_timeout, pool.start_task, pool.existing) == (timedelta(minutes=15), None, False)
    assert (job.priority, job.max_task_retry_count, job.max_parallel_tasks) == (0, 0, -1)
    assert job.tasks is not None
    task = job.tasks[0]
    assert (task.id, task.template, task.command_line, task.constraints) == ("task", "task", "a", TaskConstraints())
    assert (plan.purge, plan.watch_timeout, plan.run_limit) == (
        PurgeRule.of(PurgeWhen.ASK),
        None,
        timedelta(hours=25, minutes=15),
    )


def test_everything_written_reaches_the_plan(plan_of: PlanOf) -> None:
    pool = (
        "{id: 'p-${{ run.id }}', display_name: P, image: {publisher: a, offer: b, sku: c, version: '1'}, vm_size: v,"
        " target_dedicated_nodes: '${{ 1 + 1 }}', spot_nodes: 3, task_slots_per_node: 4, resize_timeout: 10m,"
        " metadata: {team: '${{ env.RECIPEBATCH_TEAM }}'}, start_task: {command_line: x, max_task_retry_count: 2,"
        " wait_for_success: false, environment_settings: {S: \"${{ storage.input.sas_token('read') }}\"}}}"
    )
    sections = STORAGE + (
        "job: {id: 'j-${{ run.owner }}', priority: 7, max_parallel_tasks: 5, display_name: 'on ${{ pool.id }}',"
        " constraints: {max_wall_clock_time: 2h, max_task_retry_count: 1}, common_environment_settings: {A: 1}}\n"
        "tasks:\n  - {name: t, command_line: 'a ${{ job.id }}', required_slots: 2,"
        " user_identity: {auto_user: {scope: task}},"
        " constraints: {max_wall_clock_time: PT5M, max_task_retry_count: 3, retention_time: 1d}}\n"
        "  - {name: u, command_line: b}\n"
        "watch: {timeout: 30m}\npurge: never\n"
        "collect: [{container: output, include: '*.csv'}, {task_files: [stdout.txt]}]\n"
    )
    plan = plan_of(sections, pool=pool)
    (pool_,), (job,) = plan.pools, plan.jobs
    assert (pool_.id, pool_.display_name, str(pool_.image), pool_.vm_size) == (
        "p-20260101-120000-ab12",
        "P",
        "a/b/c/1",
        "v",
    )
    assert (pool_.target_dedicated_nodes, pool_.target_low_priority_nodes, pool_.task_slots_per_node) == (2, 3, 4)
    assert (pool_.resize_timeout, pool_.metadata) == (timedelta(minutes=10), (("team", "blue"),))
    assert pool_.start_task is not None
    assert (pool_.start_task.command_line, pool_.start_task.max_task_retry_count) == ("x", 2)
    assert pool_.start_task.environment_settings == (("S", DeferredText(SasToken("input", "r"))),)
    assert (job.id, job.priority, job.max_parallel_tasks, job.display_name) == ("j-me", 7, 5, f"on {pool_.id}")
    assert (job.max_wall_clock_time, job.common_environment_settings) == (timedelta(hours=2), (("A", "1"),))
    assert job.tasks is not None
    assert job.tasks[0].command_line == "a j-me"
    assert job.tasks[0].constraints == TaskConstraints(
        max_wall_clock_time=timedelta(minutes=5), max_task_retry_count=3, retention_time=timedelta(days=1)
    )
    assert (job.tasks[0].required_slots, job.tasks[0].user_identity) == (2, UserIdentity(scope="task"))
    assert job.tasks[1].constraints.max_task_retry_count == 1
    assert [(entry.container, entry.task_files, entry.include, entry.into) for entry in plan.collect] == [
        ("output", (), ("*.csv",), "output"),
        (None, ("stdout.txt",), (), "task-files"),
    ]
    assert (plan.watch_timeout, plan.purge) == (timedelta(minutes=30), PurgeRule.of(PurgeWhen.NEVER))
    assert plan.run_limit == timedelta(hours=3, minutes=10)


def test_an_existing_pool_and_container_keep_their_names(plan_of: PlanOf) -> None:
    sections = "storage: {a: {existing: true, container: my-data}}\ntasks: [{command_line: a}]"
    plan = plan_of(sections, pool="{existing: shared}")
    assert (plan.pools[0].id, plan.pools[0].existing, plan.pools[0].image) == ("shared", True, None)
    assert (plan.containers[0].name, plan.containers[0].existing) == ("my-data", True)


def test_a_windows_pool_gets_windows_commands(plan_of: PlanOf) -> None:
    task = one_task(
        plan_of,
        "commands: [\"echo ${{ 'a & b' }}\", dir]",
        pool="{image: windows-2022, vm_size: v, target_dedicated_nodes: 1}",
    )
    assert task.command_line == 'cmd /c "echo ^"a ^& b^"&& dir"'


def test_two_logical_names_of_one_container_are_an_error(plan_of: PlanOf) -> None:
    sections = "storage: {a: {container: same}, b: {container: same}}\ntasks: [{command_line: a}]"
    assert refusals(plan_of, sections) == [
        "4:48 [duplicate-container] b and a are the same container, same | use one logical name for it"
    ]


@pytest.mark.parametrize("more", ["existing: true, ", ""])
def test_the_records_of_runs_are_no_container_of_a_recipe(plan_of: PlanOf, more: str) -> None:
    sections = f"storage: {{a: {{{more}container: \"${{{{ 'recipe' ~ 'batch' }}}}\"}}}}\ntasks: [{{command_line: a}}]"
    (problem,) = refusals(plan_of, sections)
    assert "[container-of-records] a is the container recipebatch, which holds the records of all runs" in problem


def test_a_secret_is_a_deferred_value_in_the_environment(plan_of: PlanOf) -> None:
    sections = (
        "parameters: {tok: {type: secret, source: {file: t}}}\n"
        "tasks: [{command_line: a, environment_settings: {T: 'Bearer ${{ secrets.tok }}'}}]"
    )
    tasks = plan_of(sections).jobs[0].tasks
    assert tasks is not None
    assert tasks[0].environment_settings == (("T", DeferredText("Bearer ", SecretParameter("tok"))),)


def test_scalars_are_texts_as_they_are_written(plan_of: PlanOf) -> None:
    written = [
        "0123",
        "3.10",
        "1e0123",
        "00007",
        "0.00001",
        "True",
        "true",
        "FALSE",
        "0x1F",
        "0o17",
        "1_000",
        "2024-01-02",
        "+5",
        ".5",
        "5.",
        "-0",
        "1e3",
        "no",
        "NO",
        "on",
        "12:30",
    ]
    settings = ", ".join(f"V{number}: {text}" for number, text in enumerate(written))
    task = one_task(plan_of, f"{{command_line: a, environment_settings: {{{settings}}}}}")
    assert [value for _, value in task.environment_settings] == written


def test_booleans_of_items_and_variables_are_texts_as_they_are_written_and_booleans_elsewhere(plan_of: PlanOf) -> None:
    sections = (
        "vars: {v: TRUE, w: {x: False}, l: [True], copy: '${{ vars.w }}'}\n"
        "tasks:\n- for_each: {product: {a: [True, 'True', true], b: [FALSE]}, exclude: '${{ item.b }}'}\n"
        "  id: t-${{ item.a }}-${{ index }}\n  command_line: 'run ${{ item.a }} ${{ vars.l | join }}'\n"
        "  environment_settings:\n    A: '${{ item.a }}${{ vars.v }}${{ vars.copy.x }}'\n"
        "    B: '${{ item.a == true }}${{ item.b or item.a in [true] }}'\n    C: '${{ 1 if vars.w.x else 2 }}'\n"
        "  raw: {a: '${{ item.a }}', b: '${{ vars.w }}', c: True}\n"
        "- {name: u, command_line: a, for_each: {items: [true], include: '${{ vars.v }}'}, when: '${{ vars.v }}'}\n"
        "- {name: w, command_line: a, for_each: {items: [TRUE]}, depends_on: {same_item: u}}\n"
    )
    tasks = plan_of(sections).jobs[0].tasks
    assert tasks is not None
    found = [(task.id, task.command_line, dict(task.environment_settings), task.raw) for task in tasks[:3]]
    assert found == [
        ("t-True-0", "run True True", {"A": "TrueTRUEFalse", "B": "truetrue", "C": "2"}, RAW | {"a": True}),
        ("t-True-1", "run True True", {"A": "TrueTRUEFalse", "B": "falsefalse", "C": "2"}, RAW | {"a": "True"}),
        ("t-true-2", "run true True", {"A": "trueTRUEFalse", "B": "truetrue", "C": "2"}, RAW | {"a": True}),
    ]
    json.dumps(tasks[0].raw)
    assert tasks[4].depends_on is not None
    assert [task.template for task in tasks[3:]] == ["u", "w"]


RAW = {"b": {"x": False}, "c": True}


@pytest.mark.parametrize("written", ["~", "null", ""])
def test_nothing_is_no_text(plan_of: PlanOf, written: str) -> None:
    (told,) = refusals(plan_of, f"tasks: [{{command_line: a, environment_settings: {{A: {written}}}}}]\n")
    assert "not nothing" in told


def test_numbers_of_lists_become_texts_as_they_are_written_and_calculate_as_numbers(plan_of: PlanOf) -> None:
    sections = (
        "parameters: {p: {type: list, default: [3.9, 3.10]}, n: {type: integer, default: 0042}}\nvars: {v: 1.20}\n"
        "tasks:\n- for_each: {product: {a: [01, 0x1F], b: '${{ params.p }}'}}\n  id: t-${{ item.a }}-${{ index }}\n"
        "  command_line: run ${{ item.b }} v${{ item.b }}\n  environment_settings:\n    A: '${{ item.a + 1 }}'\n"
        "    B: '${{ item.b * 2 }}'\n    C: '${{ params.p | join(\" \") }}'\n    D: '${{ vars.v }}/${{ params.n }}'\n"
        "    E: '${{ item.a | int }}'\n"
    )
    plan: Plan = plan_of(sections, given={"p": "[3.9, 3.10]"})
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    assert [(str(task.id), task.command_line) for task in tasks] == [
        ("t-01-0", "run 3.9 v3.9"), ("t-01-1", "run 3.10 v3.10"), ("t-0x1F-2", "run 3.9 v3.9"),
        ("t-0x1F-3", "run 3.10 v3.10"),
    ]  # fmt: skip
    assert [value for _, value in tasks[1].environment_settings] == ["2", "6.2", "3.9 3.10", "1.20/0042", "1"]
    assert plan_of(sections).jobs == plan.jobs


def test_a_number_for_the_service_is_a_number_however_it_is_written(plan_of: PlanOf) -> None:
    plan: Plan = plan_of(f"{STORAGE}tasks: [{{command_line: a, constraints: {{max_task_retry_count: 003}}}}]\n")
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    assert str(tasks[0].constraints.max_task_retry_count) == "3"
