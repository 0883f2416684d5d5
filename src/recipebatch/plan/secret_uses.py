"""Which secrets of the user a plan takes, from where, and what gets them."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.deferred import DeferredText, SecretParameter, deferred_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.plan.model import Plan
    from recipebatch.recipe.model import Recipe, SecretSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """One secret of a recipe.

    Attributes:
        parameter: its name.
        source: the variable, file or vault entry that it is read from, unless the user gives another one.
        pools: the logical names of the pools that get it.
        jobs: the logical names of the jobs that get it, their tasks aside.
        tasks: the tasks that get it, by job and template: how many.
    """

    parameter: str
    source: SecretSource
    pools: tuple[str, ...]
    jobs: tuple[str, ...]
    tasks: dict[tuple[str, str], int]


def secret_uses(recipe: Recipe, plan: Plan) -> tuple[SecretUse, ...]:
    """All secrets of a recipe, in its order; also those that nothing gets, as each is read when a run starts."""
    pools = {pool.logical: _secrets_in(pool) for pool in plan.pools}
    jobs: dict[str, set[str]] = {}
    tasks: dict[tuple[str, str], dict[str, int]] = {}
    for job in plan.jobs:
        jobs[job.logical] = {
            name for each in fields(job) if each.name != "tasks" for name in _secrets_in(getattr(job, each.name))
        }
        for task in job.tasks or ():
            counts = tasks.setdefault((job.logical, task.template), {})
            for name in _secrets_in(task):
                counts[name] = counts.get(name, 0) + 1
    return tuple(
        SecretUse(
            parameter=parameter.name,
            source=parameter.source,
            pools=tuple(name for name, found in pools.items() if parameter.name in found),
            jobs=tuple(name for name, found in jobs.items() if parameter.name in found),
            tasks={key: counts[parameter.name] for key, counts in tasks.items() if parameter.name in counts},
        )
        for parameter in recipe.parameters
        if parameter.source is not None
    )


def _secrets_in(value: object) -> set[str]:
    return {
        found.name
        for text in _deferred_texts(value)
        for found in deferred_values(text)
        if isinstance(found, SecretParameter)
    }


def _deferred_texts(value: object) -> Iterator[DeferredText]:
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, DeferredText):
            yield found
        elif isinstance(found, (list, tuple)):
            stack.extend(found)
        elif isinstance(found, dict):
            stack.extend(found.values())
        elif is_dataclass(found) and not isinstance(found, type):
            stack.extend(getattr(found, each.name) for each in fields(found))
