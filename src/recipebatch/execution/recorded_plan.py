"""RecordedRun: a run as its record says, with the recipe it began with and the plan of that."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.config import accounts
from recipebatch.config.current_folder import current_folder
from recipebatch.config.state_folder import user_state_folder
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.read_recipe import folder_access, is_named_vault
from recipebatch.files import AllowedPath, ReadAccess, RefusedPathError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.plan import PoolSize, Retry
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Parameter, Recipe
    from recipebatch.runs import Receipts, RunRecord
    from recipebatch.text.secret import Secret

Listing: TypeAlias = "dict[str, tuple[str, ...]]"
"""Logical name of a container → the names of its blobs."""


class RecordedRun:
    """A run's record with its recipe, which is parsed at most once, and its plan, resolved once for the same blobs.

    Args:
        record: of the run.
        recipe: as it was read from its file, if that is the recorded one; None parses the recorded text when needed.

    Attributes:
        moved_from: where its recipe was when it was recorded, if it was moved since (`move_to`).
    """

    def __init__(self, record: RunRecord, recipe: Recipe | None = None) -> None:
        self.record = record
        self.moved_from = ""
        self._recipe = recipe
        self._named_access: ReadAccess | None = None
        self._unmoved: RunRecord | None = None
        self._moved_to: Recipe | None = None
        self._moved_files: Mapping[str, object] | None = None
        self._resolved: tuple[Listing | None, Mapping[str, Listing], Plan] | None = None
        self._trust: tuple[RunRecord, bool] | None = None

    @property
    def recipe(self) -> Recipe:
        """The recipe as it was when the run began, with the files it was made from."""
        if self._recipe is None:
            self._recipe = _parse(self.record)
        return self._recipe

    def reuse(self, recipe: Recipe, access: ReadAccess | None = None) -> None:
        """Take a recipe that was read from its file, if it is the recorded one to the letter; `access` is its own."""
        same_place = recipe.file == self.record.recipe_file and str(recipe.folder) == self.record.recipe_folder
        fragments = [fragment.to_json() for fragment in recipe.fragments]
        if same_place and recipe.text == self.record.recipe_text and fragments == self.record.recipe_fragments:
            self._recipe = recipe
            self._named_access = access

    def says(self, recipe: Recipe) -> bool:
        """Whether the recorded recipe says the same as another one; if it cannot be read any more, by its digest.

        The digest of the record alone is not enough: of an older recipebatch it can be another one of the same text.
        """
        try:
            return self.recipe.digest == recipe.digest
        except RecipeBatchError:
            return self.record.recipe_digest == recipe.digest

    def move_to(
        self, recipe: Recipe, access: ReadAccess | None = None, files: Mapping[str, object] | None = None
    ) -> None:
        """Take a recipe of another place as the recorded one, which was moved there: its files are looked for there.

        Args:
            recipe: as it is at its new place.
            access: which local files it may read.
            files: those of the recorded inputs, as JSON, where they are now; None is below the recipe's new folder.
        """
        self._unmoved = record = self._unmoved or self.record
        self.moved_from = record.source
        self._moved_to = recipe
        self._moved_files = files
        self._named_access = access if self.says(recipe) else None
        self.take(record)

    def take(self, record: RunRecord) -> bool:
        """Take the run's record as it was read just now; whether it differs, as the recipe was moved."""
        self.record = record
        to = self._moved_to
        if to is None or record.source == to.source:
            return False
        paths = [parameter.name for parameter in to.parameters if parameter.type == "file"]
        with reading(record):
            self.record = record.moved_to(to.file, str(to.folder), to.source, paths)
        if self._moved_files is not None:
            self.record = replace(self.record, inputs={**self.record.inputs, "files": dict(self._moved_files)})
        self._recipe = self._resolved = None
        if user_receipts().knows(record):
            user_receipts().add(self.record, moved_from=record)
        return True

    def plan(self, listings: Listing | None, job_listings: Mapping[str, Listing], *, today: date | None = None) -> Plan:
        """The run's plan without its retries.

        Args:
            listings: the blobs that the loops of the first jobs are expanded from; None is not expanded yet.
            job_listings: the same for each job with `after` that is expanded, by its name in the recipe.
            today: of a run that is about to begin; None of one that has begun.
        """
        from recipebatch import plan as planning
        from recipebatch.inputs import LocalInputs

        if self._resolved is None or self._resolved[:2] != (listings, job_listings):
            with reading(self.record):
                inputs = LocalInputs.from_json(self.record.inputs)
            plan = planning.resolve(
                self.recipe,
                run_id=self.record.run_id,
                owner=self.record.owner,
                parameters=self.record.parameters,
                inputs=inputs,
                environ=self.record.environ,
                listings=listings,
                job_listings=job_listings,
                today=today,
            )
            self._resolved = (listings, dict(job_listings), plan)
        return self._resolved[2]

    def why_no_plan(self) -> str:
        """Why the run has no plan any more, as where its recipe is refused by now; empty if it has one."""
        from recipebatch import plan as planning

        record = self.record
        try:
            plan = self.plan(recorded_listing(record), recorded_job_listings(record))
            planning.with_retries(planning.with_sizes(plan, recorded_sizes(record)), recorded_retries(record))
            # As any phase does: a limit beyond the calendar has no end that could be computed.
            datetime.now(UTC) + plan.run_limit
        except RecipeBatchError as error:
            return error.message.splitlines()[0]
        except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    @property
    def is_trusted(self) -> bool:
        """This user began the run on this machine, and the record still says what it said then; asked once of it."""
        if self._trust is None or self._trust[0] is not self.record:
            own = self.record.owner == accounts.owner(os.environ)
            self._trust = (self.record, own and user_receipts().knows(self.record))
        return self._trust[1]

    @property
    def is_foreign(self) -> bool:
        """Nothing but its record says what the run reads: neither a receipt nor a recipe that the user names."""
        return self._named_access is None and not self.is_trusted

    def allowed_when_it_began(self) -> tuple[AllowedPath, ...]:
        """What the user named beside the recipe's own files when the run began; nothing of a record of others."""
        return ReadAccess.allowed_from_json(self.record.allowed_paths) if self.is_trusted else ()

    def read_access(self, allow_paths: Iterable[Path] = ()) -> ReadAccess:
        """Which local files the run may read.

        Of a run that this user began here: what its recipe may, and what the user named when it began. Of any other
        one: what the recipe may that the user names now, if it is the recorded one, else only what the user allows now,
        as a record in a storage account is text that anyone with access to it may have written.

        Args:
            allow_paths: what the user allows now.
        """
        if self.is_trusted:
            access = folder_access(Path(self.record.recipe_folder), allow_paths)
            return access.with_allowed(self.allowed_when_it_began())
        if self._named_access is not None:
            return self._named_access
        why = (
            f"run {self.record.run_id} of {self.record.owner} was not started by you on this machine as it is recorded"
        )
        allowed = folder_access(Path(os.devnull), allow_paths).allowed
        return ForeignAccess(folder=os.devnull, repository=os.devnull, allowed=allowed, why=why)

    def given(self) -> dict[str, object]:
        """The run's parameters as they can be given again.

        Secrets come from their sources. A relative path is a default: a given one is kept with the folder it is meant
        from, and this one would be meant from the current folder.
        """
        types = {parameter.name: parameter.type for parameter in self.recipe.parameters}
        return {
            name: value
            for name, value in self.record.parameters.items()
            if types.get(name) != "secret" and not (types.get(name) == "file" and _is_relative(value))
        }

    def parameters_with(self, given: Mapping[str, object]) -> dict[str, object]:
        """The run's parameters with others given, by the rules of the recipe it began with."""
        from recipebatch import plan as planning

        return planning.bind_parameters(self.recipe, {**self.given(), **given}, folder=current_folder())


def _is_relative(path: object) -> bool:
    return isinstance(path, str) and path != "" and not Path(path).is_absolute()


@dataclass(frozen=True, kw_only=True)
class ForeignAccess(ReadAccess):
    """What may be read for a run whose record is not this user's own: what the user allows, and nothing by itself.

    Attributes:
        why: nothing else is.
    """

    why: str

    def check(self, real: str, *, shown: str | None = None) -> None:
        """Check that a path without links may be read; raises as `ReadAccess.check`."""
        try:
            ReadAccess.check(self, real, shown=shown)
        except RefusedPathError:
            raise RefusedPathError(
                f"{shown or real} is not read: {self.why}",
                f"if it may be read and sent: --allow-path {shlex.quote(real)}; or start a run of your own",
            ) from None


def check_secret_of_foreign_run(record: RunRecord, parameter: Parameter, grants: Sequence[SecretGrant]) -> None:
    """Check that the user gives a secret to a run that is not known to be the user's own, in this very command.

    Raises:
        UsageError: it is not given: what any recipe may read is not meant for the tasks of anyone's run.
    """
    variable = parameter.source.environment_variable if parameter.source is not None else None
    for grant in grants:
        if grant.parameter == parameter.name or (grant.parameter is None and grant.variable == variable):
            return
    raise UsageError(
        f"run {record.run_id} of {record.owner} was not started by you on this machine as it is recorded:"
        f" its tasks do not get the secret {parameter.name}",
        hint=f"if they may have it: --secret {parameter.name}=env:VARIABLE or {parameter.name}=file:PATH",
    )


def why_left_out(recipe: Recipe, secret_value: Callable[[str], Secret]) -> str:
    """Why what tasks wrote must not be kept: a secret of the run that cannot be taken out of it. Empty if it may be.

    Args:
        recipe: of the run.
        secret_value: reads the value of a parameter; what was read is taken out of texts from then on.
    """
    for parameter in recipe.parameters:
        if parameter.type == "secret":
            try:
                value = secret_value(parameter.name)
            except RecipeBatchError as error:
                return f"the secret {parameter.name} cannot be taken out of it: {error.message.splitlines()[0]}"
            if not value.is_long:
                return f"the secret {parameter.name} is too short to be found in it"
    return ""


def check_accounts_of_foreign_run(record: RunRecord, accounts: Collection[str]) -> None:
    """Check that a run that is not known to be the user's own uses no other storage accounts of the user.

    Args:
        record: of the run.
        accounts: names of entries of `accounts.yaml` in the run's plan.

    Raises:
        UsageError: it does: its tasks would get a SAS of an account that the user did not choose for them.
    """
    if accounts:
        raise UsageError(
            f"run {record.run_id} of {record.owner} was not started by you on this machine as it is recorded:"
            f" it does not get your storage account {', '.join(sorted(accounts))}",
            hint="start a run of your own with the recipe",
        )


def user_receipts() -> Receipts:
    """The receipts of the runs that this user began on this machine."""
    from recipebatch.runs import Receipts

    return Receipts(user_state_folder() / "runs")


def plan_of_record(record: RunRecord) -> Plan:
    """The plan of a run, as far as its record says, with the jobs of its retries."""
    from recipebatch import plan as planning

    plan = RecordedRun(record).plan(recorded_listing(record), recorded_job_listings(record))
    return planning.with_retries(planning.with_sizes(plan, recorded_sizes(record)), recorded_retries(record))


@contextmanager
def reading(record: RunRecord) -> Iterator[None]:
    """Turn what a record that someone else wrote can cause into an error in words."""
    from recipebatch.runs import unreadable

    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(record.run_id, error) from None


def recorded_retries(record: RunRecord) -> list[Retry]:
    """The tasks that were tried again."""
    from recipebatch.plan import Retry

    with reading(record):
        return [Retry.from_json(value) for value in record.retries]


def recorded_sizes(record: RunRecord) -> dict[str, PoolSize]:
    """The target nodes that pools were given since the run began, by their names in the recipe."""
    from recipebatch.plan import PoolSize

    with reading(record):
        return {name: PoolSize.from_json(value) for name, value in record.sizes.items()}


def recorded_listing(record: RunRecord) -> Listing | None:
    """The blobs that the first jobs were expanded from; None if they are not expanded yet."""
    return None if record.listings is None else _texts(record, record.listings)


def _texts(record: RunRecord, listed: Mapping[str, list[str]]) -> Listing:
    with reading(record):
        return {name: tuple(str(blob) for blob in iter(blobs)) for name, blobs in listed.items()}


def recorded_job_listings(record: RunRecord) -> dict[str, Listing]:
    """The blobs that each expanded job with `after` was expanded from."""
    return {job: _texts(record, listed) for job, listed in record.job_listings.items()}


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
        source=record.source,
        fetch=recorded_fragments(fragments),
        is_named_vault=is_named_vault,
    )
