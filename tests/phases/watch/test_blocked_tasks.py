from __future__ import annotations

from plans import a_task

from recipebatch.phases.watch.blocked_tasks import blocked_text, find_blocked_tasks, satisfies
from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.task import ExitConditions, ExitOptions
from recipebatch.service import TaskSnapshot

SATISFY, BLOCK = ExitOptions(dependency_action="satisfy"), ExitOptions(dependency_action="block")


def seen(name: str, state: str = "active", exit_code: int | None = None, code: str | None = None) -> TaskSnapshot:
    failed = code is not None or bool(exit_code)
    return TaskSnapshot(
        id=name,
        state=state,
        state_transition_time=None,
        exit_code=exit_code,
        result=None if state != "completed" else "failure" if failed else "success",
        failure=(code or "FailureExitCode", "") if failed else None,
        failure_details=(),
        node_id=None,
        retry_count=0,
    )


def test_what_depends_on_a_failed_task_never_starts_nor_what_depends_on_that() -> None:
    tasks = [
        a_task("1"),
        a_task("b", depends_on=PlannedDependencies(task_id_ranges=((1, 3),))),
        a_task("c", depends_on=PlannedDependencies(task_ids=("b",))),
        a_task("d"),
    ]
    states = [seen("1", "completed", 2), seen("b"), seen("c"), seen("d")]
    assert find_blocked_tasks(tasks, states) == {"b": "1", "c": "1"}
    assert blocked_text(find_blocked_tasks(tasks, states)) == "2 tasks cannot start: they depend on 1, which failed"
    assert find_blocked_tasks(tasks, [seen("1", "completed", 0), *states[1:]]) == {}


def test_exit_conditions_say_what_satisfies() -> None:
    conditions = ExitConditions(
        exit_codes=((3, SATISFY),),
        exit_code_ranges=((0, 0, BLOCK), (10, 19, SATISFY)),
        file_upload_error=SATISFY,
        pre_processing_error=BLOCK,
        default=SATISFY,
    )
    task = a_task("t", exit_conditions=conditions)
    expected = {0: False, 3: True, 12: True, 9: True}
    assert {code: satisfies(task, seen("t", "completed", code)) for code in expected} == expected
    assert not satisfies(task, seen("t", "completed", None, "BlobNotFound"))
    only_default = a_task("t", exit_conditions=ExitConditions(default=SATISFY))
    assert satisfies(only_default, seen("t", "completed", None, "BlobNotFound"))
    assert not satisfies(a_task("t"), seen("t", "completed", 1))
    assert satisfies(None, seen("t", "completed", 0))
