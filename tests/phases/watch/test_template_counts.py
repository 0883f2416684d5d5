"""Tasks by template: exact where the service counts them, listed by changes where it does not, at a bounded cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from in_memory_run import NOW, Batch, World
from plans import a_job, a_plan, a_task, a_task_snapshot

from recipebatch.phases.watch.template_counts import PAGE, TemplateWatch
from recipebatch.report import TaskTotals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from recipebatch.plan.model import PlannedTask
    from recipebatch.service import TaskSnapshot


class Listed(Batch):
    """A Batch account that counts the tasks it lists, each of which takes time.

    Attributes:
        listings: from when on tasks were listed that had changed.
        seconds_a_task: how long each takes.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.listings: list[float] = []
        self.listed = 0
        self.seconds_a_task = 0.0

    def find_tasks(self, job_id: str, *, changed_since: datetime | None = None, **_how: Any) -> Iterator[TaskSnapshot]:
        since = changed_since or NOW
        self.listings.append((since - NOW).total_seconds())
        for task in [each for each in self.jobs[job_id].values() if (each.state_transition_time or NOW) >= since]:
            self.world.clock.seconds += self.seconds_a_task
            self.listed += 1
            yield task


class Watched:
    """A job in memory with tasks of several templates, all of them active."""

    def __init__(self, **tasks: int) -> None:
        planned = [task(f"{name}-{number}", name) for name, count in tasks.items() for number in range(count)]
        self.job = a_job(*planned)
        plan = a_plan(containers=(), jobs=(self.job,))
        self.world = World(plan=plan)
        self.batch = self.world.batch = Listed(self.world)
        self.batch.jobs[str(self.job.id)] = {}
        for each in planned:
            self.move(str(each.id), "active")
        self.watch = TemplateWatch(self.job, self.world.context(plan), timedelta(seconds=30))

    def move(self, name: str, state: str, **more: object) -> None:
        moment = NOW + timedelta(seconds=self.world.clock.seconds)
        self.batch.jobs[str(self.job.id)][name] = a_task_snapshot(
            id=name, state=state, state_transition_time=moment, result=more.pop("result", None), **more
        )

    def look(self, **totals: int) -> dict[str, tuple[int, TaskTotals]]:
        return {each.name: (each.planned, each.totals) for each in self.watch.look(TaskTotals(**totals))}


def task(name: str, template: str) -> PlannedTask:
    return replace(a_task(name), template=template)


def test_the_tasks_of_one_template_are_never_listed() -> None:
    watched = Watched(count=3)
    totals = TaskTotals(active=1, running=1, failed=1)
    assert watched.look(active=1, running=1, failed=1) == {"count": (3, totals)}
    assert watched.batch.listings == []


def test_only_tasks_that_have_changed_are_listed_and_none_while_the_counts_stay() -> None:
    watched = Watched(count=3, merge=1)
    watched.world.clock.seconds = 40.0
    assert watched.look(active=4) == {"count": (3, TaskTotals(active=3)), "merge": (1, TaskTotals(active=1))}
    assert watched.batch.listed == 4
    watched.world.clock.seconds = 100.0
    watched.look(active=4)
    assert len(watched.batch.listings) == 1
    watched.move("count-0", "completed", result="success", exit_code=0)
    watched.move("count-1", "completed", result="failure", exit_code=3)
    watched.move("count-2", "preparing")
    found = watched.look(active=1, running=1, succeeded=1, failed=1)
    assert found["count"] == (3, TaskTotals(running=1, succeeded=1, failed=1))
    assert found["merge"] == (1, TaskTotals(active=1))
    # Since the last listing, less what clocks may differ.
    assert watched.batch.listings[1:] == [10.0]
    assert watched.batch.listed == 7


def test_a_long_listing_goes_on_at_the_next_look_and_counts_are_those_of_a_whole_one() -> None:
    watched = Watched(count=2 * PAGE, merge=PAGE)
    watched.batch.seconds_a_task = 0.001
    assert watched.look(active=3 * PAGE) == {}
    assert watched.batch.listed == PAGE
    watched.world.clock.seconds += 10.0
    assert watched.look(active=3 * PAGE) == {}
    assert watched.batch.listed == 2 * PAGE
    # A hundred seconds later two seconds may be spent: the rest is listed.
    watched.world.clock.seconds += 100.0
    assert watched.look(active=3 * PAGE)["merge"] == (PAGE, TaskTotals(active=PAGE))
    assert len(watched.batch.listings) == 1


def test_counts_say_how_old_they_are() -> None:
    watched = Watched(count=2 * PAGE, merge=1)
    for _ in range(3):
        watched.look(active=2 * PAGE + 1)
    watched.batch.seconds_a_task = 0.01
    watched.world.clock.seconds = 50.0
    for number in range(2 * PAGE):
        watched.move(f"count-{number}", "running")
    counts = watched.watch.look(TaskTotals(active=1, running=2 * PAGE))
    assert counts[0].totals == TaskTotals(active=2 * PAGE)
    assert counts[0].age == 60.0
