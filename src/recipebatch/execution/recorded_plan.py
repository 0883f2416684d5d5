"""A run as its record tells: the recipe it began with, and the plan of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord
    from recipebatch.text.secret import Secret


def recorded_recipe(record: RunRecord) -> Recipe:
    """The recipe as it was when the run began, with the files it was made from."""
    from recipebatch.recipe import Fragment, parse_recipe, recorded_fragments

    fragments = [Fragment.from_json(value) for value in record.recipe_fragments]
    return parse_recipe(
        record.recipe_text,
        file=record.recipe_file,
        folder=Path(record.recipe_folder),
        fetch=recorded_fragments(fragments),
    )


def recorded_plan(record: RunRecord) -> Plan:
    """The plan of a run, as far as its record tells, with the jobs of its retries."""
    from recipebatch import plan as planning

    listings = record.listings
    plan = resolved(
        record,
        recorded_recipe(record),
        None if listings is None else {name: tuple(blobs) for name, blobs in listings.items()},
        {job: {name: tuple(blobs) for name, blobs in listed.items()} for job, listed in record.job_listings.items()},
    )
    return planning.with_retries(plan, [planning.Retry.from_json(value) for value in record.retries])


def resolved(
    record: RunRecord,
    recipe: Recipe,
    listings: dict[str, tuple[str, ...]] | None,
    job_listings: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
) -> Plan:
    """The plan of a recorded run, from the blobs that its loops were expanded from; None is not expanded yet."""
    from recipebatch import plan as planning
    from recipebatch.inputs import LocalInputs

    return planning.resolve(
        recipe,
        run_id=record.run_id,
        owner=record.owner,
        parameters=record.parameters,
        inputs=LocalInputs.from_json(record.inputs),
        environ=record.environ,
        listings=listings,
        job_listings=job_listings,
    )


def readable_environment(recipe: Recipe) -> dict[str, str]:
    """The variables that the recipe's expressions may read, and only those it names: a record keeps no others."""
    from recipebatch.plan import env

    sources = {parameter.source.environment_variable for parameter in recipe.parameters if parameter.source is not None}
    return {
        name: str(value)
        for name, value in env(os.environ).values.items()
        if recipe.mentions(name) and name not in sources
    }


def containers_looped_over(recipe: Recipe) -> dict[str, frozenset[str]]:
    """By job, the containers whose blobs its tasks are made from: they are listed once, when it is submitted."""
    from recipebatch.recipe.model import ForFiles

    return {
        job.logical: frozenset(
            task.for_each.source.container
            for task in job.tasks
            if task.for_each is not None
            and isinstance(task.for_each.source, ForFiles)
            and task.for_each.source.local is None
        )
        for job in recipe.jobs
    }


def secret_reader(recipe: Recipe) -> Callable[[str], Secret]:
    """Reads the secrets of a recipe by their names, each from its source."""
    from recipebatch.service.azure.secret_sources import read_secret

    by_name = {parameter.name: parameter for parameter in recipe.parameters}
    return lambda name: read_secret(by_name[name], os.environ, recipe.folder_of(by_name[name].at.file))
