"""How many nodes the tasks of a pool need, for the formulas of scaling scenarios. Pure."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.recipe.model import JobSpec, TaskSpec

_FINEST = 1000
"""Parts of a node that a formula counts in; finer ones are rounded up."""


class Demand(NamedTuple):
    """What tasks need of a pool.

    Attributes:
        nodes_per_task: on average; the service's metrics count tasks, and each instance of a multi-instance task.
        most_at_once: nodes that one task needs at the same time.
        besides: task slots that one task occupies beside its own: a job manager that runs alone on its node.
    """

    nodes_per_task: Fraction = Fraction(1)
    most_at_once: int = 1
    besides: int = 0


def demand(specs: Iterable[JobSpec], jobs: Iterable[PlannedJob], slots: int, most_nodes: int) -> Demand:
    """What the tasks of the jobs of one pool need.

    Args:
        specs: of the jobs.
        jobs: the same, planned; tasks that are unknown before the submission count as their template says.
        slots: of a node.
        most_nodes: of the pool, for tasks that take a number of nodes that is not known yet.
    """
    tasks, nodes, at_once, unknown = 0, Fraction(0), 1, Fraction(0)
    for job in jobs:
        for task in job.tasks or ():
            instances, needed = _of_task(task, slots)
            at_once = max(at_once, instances)
            tasks, nodes = tasks + instances, nodes + needed
    known = {job.logical: job for job in jobs}
    for job_spec in specs:
        if known[job_spec.logical].tasks is None:
            for instances, needed in _of_templates(job_spec.tasks, slots, most_nodes):
                at_once, unknown = max(at_once, instances), max(unknown, needed)
    average = nodes / tasks if tasks else Fraction(0)
    found = max(average, unknown) or Fraction(1, slots)
    rounded = found if found.denominator <= _FINEST else Fraction(ceil(found * _FINEST), _FINEST)
    managers = [job.job_manager_task for job in jobs if job.job_manager_task is not None]
    besides = slots - 1 if any(manager.run_exclusive for manager in managers) else 0
    return Demand(rounded, at_once, besides)


def _of_task(task: PlannedTask, slots: int) -> tuple[int, Fraction]:
    """How often a task is counted, and the nodes that it needs."""
    if task.multi_instance_settings is not None:
        instances = task.multi_instance_settings.number_of_instances
        return instances, Fraction(instances)
    return 1, Fraction(1, max(slots // task.required_slots, 1))


def _of_templates(specs: Iterable[TaskSpec], slots: int, most_nodes: int) -> Iterator[tuple[int, Fraction]]:
    """Nodes that a task needs at once, and for each time that it is counted; what an item decides is the most."""
    for spec in specs:
        several = spec.settings["multi_instance_settings"]
        if several is not None:
            yield several["number_of_instances"].literal() or most_nodes, Fraction(1)
        else:
            yield 1, Fraction(1, max(slots // (spec.settings["required_slots"].literal() or slots), 1))
