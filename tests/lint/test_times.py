"""Rules about time and cost."""

from __future__ import annotations

import pytest
from lint.findings import JOB, POOL, TOP, findings, messages


def test_a_task_with_more_time_than_its_job_is_told() -> None:
    def found(job: str, task: str) -> list[str]:
        tasks = f"tasks: [{{command_line: a, constraints: {{max_wall_clock_time: {task}}}}}]\n"
        return findings(f"{TOP}{POOL}{job}{tasks}")

    assert found("", "26h") == []
    assert found("job: {constraints: {max_wall_clock_time: 30h}}\n", "26h") == []
    (line,) = found("job: {constraints: {max_wall_clock_time: 1h}}\n", "26h")
    assert line.endswith("warning limit-beyond-job")


def test_a_task_without_a_time_limit_is_found_once_for_each_template() -> None:
    text = f"{TOP}{POOL}tasks: [{{name: a, command_line: a}}, {{name: b, command_line: b}}]\n"
    assert findings(text) == ["4:9 warning no-time-limit", "4:37 warning no-time-limit"]
    assert messages(text)[0] == (
        "neither task template a nor its job has max_wall_clock_time",
        "add `constraints: {max_wall_clock_time: 1h}`: a task that hangs occupies its node for up to 24 hours",
    )


@pytest.mark.parametrize(
    ("job", "task", "found"),
    [
        ("{}", "{max_wall_clock_time: 1h, max_task_retry_count: -1}", ["endless-retries"]),
        ("{max_task_retry_count: -1}", "{max_wall_clock_time: 1h}", ["endless-retries"]),
        ("{max_task_retry_count: -1}", "{max_wall_clock_time: 1h, max_task_retry_count: 2}", []),
        ("{max_wall_clock_time: 1h}", "{max_task_retry_count: -1}", []),
    ],
)
def test_retries_without_limit_need_a_time_limit_of_the_job(job: str, task: str, found: list[str]) -> None:
    text = f"{TOP}{POOL}job: {{constraints: {job}}}\ntasks: [{{command_line: a, constraints: {task}}}]\n"
    assert [line.split()[-1] for line in findings(text)] == found


@pytest.mark.parametrize(
    ("purge", "pool", "stays"),
    [
        ("purge: never\n", "target_dedicated_nodes: 1", True),
        ("purge: never\n", 'target_dedicated_nodes: "${{ params.n }}"', True),
        ("purge: never\n", "target_dedicated_nodes: 0", False),
        ("purge: never\n", "auto_scale: {scenario: active_tasks, max_nodes: 2}", False),
        ("purge: on_success\n", "target_dedicated_nodes: 1", False),
        ("", "target_dedicated_nodes: 1", False),
    ],
)
def test_nodes_that_no_purge_deletes_are_found(purge: str, pool: str, *, stays: bool) -> None:
    text = (
        f"{TOP}parameters: {{n: {{type: integer, default: 1, description: Nodes.}}}}\nx-n: ${{{{ params.n }}}}\n{JOB}"
        f"pool: {{image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, {pool}}}\n{purge}tasks: [{{command_line: a}}]\n"
    )
    assert findings(text) == (["7:8 warning pool-stays"] if stays else [])


STAYS = "nodes of pool pool stay until a command removes them: "
OF_MPI = "the service removes no node by formula from a pool with inter-node communication"
FIXED = "target_dedicated_nodes: 2"
MPI = f"{FIXED}, enable_inter_node_communication: true"
SCHEDULE = "schedule: {recurrence_interval: 1d}"


@pytest.mark.parametrize(
    ("pool", "job", "said"),
    [
        (MPI, "", OF_MPI),
        (
            "auto_scale: {scenario: pending_tasks, max_nodes: 2}, enable_inter_node_communication: true",
            "",
            "its formula adds some and removes none: " + OF_MPI,
        ),
        (MPI, "auto_pool: {keep_alive: true}", OF_MPI),
        (FIXED, SCHEDULE, "its job schedule has no end"),
        (f"{FIXED}, resize_timeout: 1h", "", "with resize_timeout no formula decides on them"),
        (f"{FIXED}, enable_inter_node_communication: false", "", ""),
        (MPI, "auto_pool: {}", ""),
        (FIXED, f"{SCHEDULE}, auto_pool: {{pool_lifetime_option: job_schedule}}", ""),
        (FIXED, "schedule: {recurrence_interval: 1d, do_not_run_after: '2099-01-01T00:00:00Z'}", ""),
        ("auto_scale: {scenario: pending_tasks, max_nodes: 2}", SCHEDULE, ""),
        (f"{FIXED}, resize_timeout: 15m", "", ""),
    ],
)
def test_nodes_that_no_formula_removes_are_found_whatever_the_purge_says(pool: str, job: str, said: str) -> None:
    manager = ", job_manager_task: {id: m, commands: [a]}" if "schedule" in job else ""
    tasks = "" if manager else "tasks: [{command_line: a}]\n"
    text = (
        f"{TOP}pool: {{image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, {pool}}}\n"
        f"job: {{constraints: {{max_wall_clock_time: 1h}}{manager}{', ' * bool(job)}{job}}}\n{tasks}purge: on_success\n"
    )
    found = [message for message, _ in messages(text) if message.startswith(STAYS)]
    assert found == ([f"{STAYS}{said}"] if said else [])


@pytest.mark.parametrize("purge", ["never", "on_success"])
def test_the_pool_of_a_schedule_that_ends_is_not_said_to_go_with_a_success(purge: str) -> None:
    pool = f"pool: {{image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, {FIXED}}}\n"
    manager = "job_manager_task: {id: m, commands: [a]}"
    schedule = "schedule: {recurrence_interval: 1d, do_not_run_after: '2099-01-01T00:00:00Z'}"
    job = f"job: {{constraints: {{max_wall_clock_time: 1h}}, {manager}, {schedule}}}\n"
    found = [each for each in messages(f"{TOP}{pool}{job}purge: {purge}\n") if each[0].startswith("nodes of pool")]
    expected = "nodes of pool pool incur charges until the run expires, or you purge it: a schedule has no verdict"
    assert [message for message, _ in found] == ([expected] if purge == "never" else [])
    assert all("on_success" not in str(hint) for _, hint in found)


def test_purge_never_says_nothing_of_a_pool_that_goes_with_its_job() -> None:
    pool = f"pool: {{image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, {FIXED}}}\n"
    job = "job: {constraints: {max_wall_clock_time: 1h}, auto_pool: {}}\n"
    assert findings(f"{TOP}{pool}{job}tasks: [{{command_line: a}}]\npurge: never\n") == []


def test_the_message_names_both_limits() -> None:
    job = "job: {constraints: {max_wall_clock_time: PT1H}}\n"
    text = f"{TOP}{POOL}{job}tasks: [{{command_line: a, constraints: {{max_wall_clock_time: 90m}}}}]\n"
    assert messages(text) == [
        (
            "a task of task may run for 1h30m, but its job ends after 1h",
            "increase max_wall_clock_time of the job",
        )
    ]
