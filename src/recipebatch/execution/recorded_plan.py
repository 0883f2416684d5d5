"""RecordedRun: a run as its record says, with the recipe it began with and the plan of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.execution.read_recipe import folder_access, is_named_vault
from recipebatch.files import ReadAccess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord

Listing: TypeAlias = "dict[str, tuple[str, ...]]"
"""Logical name of a container → the names of its blobs."""


class RecordedRun:
    """A run's record with its recipe, which is parsed at most once, and its plan, resolved once for the same blobs.

    Args:
        record: of the run.
        recipe: as it was read from its file, if that is the recorded one; None parses the recorded text when needed.
    """

    def __init__(self, record: RunRecord, recipe: Recipe | None = None) -> None:
        self.record = record
        self._recipe = recipe
        self._resolved: tuple[Listing | None, Mapping[str, Listing], Plan] | None = None

    @property
    def recipe(self) -> Recipe:
        """The recipe as it was when the run began, with the files it was made from."""
        if self._recipe is None:
            self._recipe = _parse(self.record)
        return self._recipe

    def reuse(self, recipe: Recipe) -> None:
        """Take a recipe that was read from its file, if it is the recorded one to the letter."""
        same_place = recipe.file == self.record.recipe_file and str(recipe.folder) == self.record.recipe_folder
        fragments = [fragment.to_json() for fragment in recipe.fragments]
        if same_place and recipe.text == self.record.recipe_text and fragments == self.record.recipe_fragments:
            self._recipe = recipe

    def plan(self, listings: Listing | None, job_listings: Mapping[str, Listing]) -> Plan:
        """The run's plan without its retries.

        Args:
            listings: the blobs that the loops of the first jobs are expanded from; None is not expanded yet.
            job_listings: the same for each job with `after` that is expanded, by its name in the recipe.
        """
        from recipebatch import plan as planning
        from recipebatch.inputs import LocalInputs

        if self._resolved is None or self._resolved[:2] != (listings, job_listings):
            plan = planning.resolve(
                self.recipe,
                run_id=self.record.run_id,
                owner=self.record.owner,
                parameters=self.record.parameters,
                inputs=LocalInputs.from_json(self.record.inputs),
                environ=self.record.environ,
                listings=listings,
                job_listings=job_listings,
            )
            self._resolved = (listings, dict(job_listings), plan)
        return self._resolved[2]

    def read_access(self, allow_paths: Iterable[Path] = ()) -> ReadAccess:
        """Which local files the run may read: what its recipe may, and what the user named when it began.

        Args:
            allow_paths: what the user allows now.
        """
        access = folder_access(Path(self.record.recipe_folder), allow_paths)
        return access.with_allowed(ReadAccess.allowed_from_json(self.record.allowed_paths))

    def given(self) -> dict[str, object]:
        """The run's parameters as they can be given again: secrets come from their sources."""
        secret = {parameter.name for parameter in self.recipe.parameters if parameter.type == "secret"}
        return {name: value for name, value in self.record.parameters.items() if name not in secret}

    def parameters_with(self, given: Mapping[str, object]) -> dict[str, object]:
        """The run's parameters with others given, by the rules of the recipe it began with."""
        from recipebatch import plan as planning

        return planning.bind_parameters(self.recipe, {**self.given(), **given}, folder=Path.cwd())


def plan_of_record(record: RunRecord) -> Plan:
    """The plan of a run, as far as its record says, with the jobs of its retries."""
    from recipebatch import plan as planning

    plan = RecordedRun(record).plan(recorded_listing(record), recorded_job_listings(record))
    return planning.with_retries(plan, [planning.Retry.from_json(value) for value in record.retries])


def recorded_listing(record: RunRecord) -> Listing | None:
    """The blobs that the first jobs were expanded from; None if they are not expanded yet."""
    listings = record.listings
    return None if listings is None else {name: tuple(blobs) for name, blobs in listings.items()}


def recorded_job_listings(record: RunRecord) -> dict[str, Listing]:
    """The blobs that each expanded job with `after` was expanded from."""
    return {job: {name: tuple(blobs) for name, blobs in listed.items()} for job, listed in record.job_listings.items()}


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


def _parse(record: RunRecord) -> Recipe:
    from recipebatch.recipe import Fragment, parse_recipe, recorded_fragments

    fragments = [Fragment.from_json(value) for value in record.recipe_fragments]
    return parse_recipe(
        record.recipe_text,
        file=record.recipe_file,
        folder=Path(record.recipe_folder),
        fetch=recorded_fragments(fragments),
        is_named_vault=is_named_vault,
    )
