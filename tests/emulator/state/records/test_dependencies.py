from __future__ import annotations

from recipebatch.emulator.state.records.dependencies import Dependencies
from recipebatch.emulator.state.records.task import TaskRecord


def record(name: str) -> TaskRecord:
    return TaskRecord(id=name, seq=0, spec="{}", slots=1, created=0, modified=0, state_time=0)


def test_a_task_is_freed_by_the_last_one_it_waits_for() -> None:
    dependencies, task = Dependencies(), record("t")
    assert dependencies.wait(task, {"taskIds": ["A", "a", "B"]})
    assert dependencies.satisfy("a") == []
    assert dependencies.satisfy("a") == []
    assert dependencies.satisfy("b") == [task]


def test_a_range_means_plain_numbers_and_is_not_expanded() -> None:
    dependencies, task = Dependencies(), record("t")
    dependencies.satisfy("5")
    assert dependencies.wait(task, {"taskIdRanges": [{"start": 1, "end": 2_000_000_000}]})
    for key in ("01", "x", "0", "2000000001"):
        assert dependencies.satisfy(key) == []
    assert dependencies.wait(record("small"), {"taskIdRanges": [{"start": 4, "end": 6}]})
    assert dependencies.satisfy("4") == []
    assert [freed.id for freed in dependencies.satisfy("6")] == ["small"]


def test_what_is_satisfied_already_is_not_waited_for() -> None:
    dependencies = Dependencies()
    for number in range(1, 4):
        dependencies.satisfy(str(number))
    assert not dependencies.wait(record("t"), {"taskIds": ["2"], "taskIdRanges": [{"start": 1, "end": 3}]})
