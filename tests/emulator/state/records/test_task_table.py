from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from recipebatch.emulator.state.records.task import TaskRecord
from recipebatch.emulator.state.records.task_table import TaskTable
from recipebatch.vocabulary.states import TaskResult, TaskState


def record(number: int, **values: Any) -> TaskRecord:
    given = {"slots": 1, "created": number, "modified": number, "state_time": number} | values
    return TaskRecord(id=f"T{number}", seq=number, spec="{}", **given)


def test_tasks_of_all_sizes_wait_in_order_of_addition() -> None:
    table = TaskTable()
    for number in range(6):
        table.add(record(number, slots=1 + number % 3))
    assert [task.seq for task in table.ready(10)] == [0, 1, 2, 3, 4, 5]
    assert [task.seq for task in table.ready(1)] == [0, 1, 2]


def test_a_task_that_ran_before_waits_before_the_others() -> None:
    table = TaskTable()
    tasks = [record(number) for number in range(3)]
    for task in tasks:
        table.add(task)
    table.take(tasks[1])
    table.make_ready(tasks[1], first=True)
    assert [task.seq for task in table.ready(10)] == [1, 0, 2]


def test_tasks_come_in_the_order_of_their_ids_from_anywhere() -> None:
    table = TaskTable()
    for number in (10, 2, 1, 30):
        table.add(record(number))
    assert [task.id for task in table.after("")] == ["T1", "T10", "T2", "T30"]
    assert [task.id for task in table.after("t10")] == ["T2", "T30"]
    assert [task.id for task in table.after("t11")] == ["T2", "T30"]


def test_changes_are_found_from_the_latest_back() -> None:
    table = TaskTable()
    tasks = [record(number) for number in range(5)]
    for task in tasks:
        table.add(task)
    table.leave(tasks[0])
    tasks[0].state_time = 9
    table.enter(tasks[0])
    assert [task.seq for task in table.changed_since(4)] == [0, 4]


class Tables(RuleBasedStateMachine):
    """Random changes; the maintained counts must equal the actual ones."""

    def __init__(self) -> None:
        super().__init__()
        self.table = TaskTable()
        self.tasks: list[TaskRecord] = []
        self.clock = 0

    @rule(slots=st.integers(1, 3))
    def add(self, slots: int) -> None:
        self.clock += 1
        task = record(self.clock, slots=slots)
        self.table.add(task)
        self.tasks.append(task)

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), state=st.sampled_from(list(TaskState)), result=st.sampled_from([None, *TaskResult]))
    def move(self, data: st.DataObject, state: TaskState, result: TaskResult | None) -> None:
        task = data.draw(st.sampled_from(self.tasks))
        self.clock += 1
        self.table.leave(task)
        task.state, task.result, task.state_time = state, result, self.clock
        self.table.enter(task)
        if state is TaskState.ACTIVE:
            self.table.make_ready(task)

    @precondition(lambda self: self.table.ready(1))
    @rule()
    def take(self) -> None:
        task = self.table.ready(1)[0]
        self.table.take(task)
        self.clock += 1
        self.table.leave(task)
        task.state, task.state_time = TaskState.RUNNING, self.clock
        self.table.enter(task)

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(self.tasks))
        self.table.remove(task)
        self.tasks.remove(task)

    @invariant()
    def counts_equal_lists(self) -> None:
        for state in TaskState:
            there = [task for task in self.tasks if task.state is state]
            assert self.table.count(state) == len(there) == len(self.table.in_state(state))
            assert self.table.slots(state) == sum(task.slots for task in there)
        for result in TaskResult:
            ended = [task for task in self.tasks if task.result is result]
            assert self.table.results(result) == (len(ended), sum(task.slots for task in ended))
        assert self.table.all_completed == all(task.state is TaskState.COMPLETED for task in self.tasks)

    @invariant()
    def everything_is_found(self) -> None:
        assert [task.key for task in self.table.after("")] == sorted(task.key for task in self.tasks)
        ready = self.table.ready(1000)
        assert len(set(map(id, ready))) == len(ready)
        assert all(task.state is TaskState.ACTIVE and task in self.tasks for task in ready)
        assert len(self.table.changed_since(0)) == len(self.tasks)


TestTables = Tables.TestCase
TestTables.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
