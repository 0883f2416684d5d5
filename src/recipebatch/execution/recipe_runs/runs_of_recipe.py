"""Which runs are those of a recipe: of this owner, of this name, and of the place that the recipe comes from."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, UnreachableError
from recipebatch.execution.read_recipe import bound, read_access
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.phases import changed_inputs
from recipebatch.runs import PURGED, file_changes, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord, RunSummary

_BUNDLED = "builtin:"
_SHOWN = 3
# Runs of other places that are looked at for one whose recipe was moved: each may have its files compared.
_COMPARED = 20


class RunsOfRecipe:
    """This owner's runs of all recipes of a name, told apart by the place that the recipes come from.

    Args:
        services: the account.
        recipe: the recipe whose runs are looked for.
        access: which local files it may read, where they have to be compared.

    Attributes:
        here: runs whose recipe comes from the same place, newest first.
        elsewhere: the others; one of them may be of this recipe, which was moved meanwhile.
    """

    def __init__(self, services: Services, recipe: Recipe, access: ReadAccess | None = None) -> None:
        self._services = services
        self._recipe = recipe
        self._access = access
        self._records: dict[str, RunRecord | None] = {}
        mine = place_of(recipe.source)
        own = services.store.own(recipe.name)
        places = [self._place(run, mine) for run in own]
        self.here = tuple(run for run, place in zip(own, places, strict=True) if place == mine)
        self.elsewhere = tuple(run for run, place in zip(own, places, strict=True) if place != mine)

    def newest(self, *, unfinished: bool = False, unpurged: bool = False) -> RecordedRun | None:
        """The newest run of the recipe, or the newest that has not ended, or of which something is left.

        A run that began at another place is one of this recipe if the recipe was moved from there: it says the same,
        has the same local files, and nothing is at the other place any more. Otherwise it is a copy with its own runs.
        """
        found = newest(self.here, unfinished=unfinished, unpurged=unpurged)
        if found is not None:
            return RecordedRun(self._services.store.load(found.run_id))
        if self._recipe.source.startswith(_BUNDLED):
            return None
        fitting = (
            run for run in self.elsewhere if newest((run,), unfinished=unfinished, unpurged=unpurged) is not None
        )
        found_moved = (self._moved(run) for run in islice(fitting, _COMPARED))
        return next((run for run in found_moved if run is not None), None)

    def unpurged(self) -> tuple[RunSummary, ...]:
        """All runs of the recipe of which something is left, also those from where it was moved, oldest first."""
        left = [run for run in (*self.here, *self.elsewhere) if run.status != PURGED]
        here = {run.run_id for run in self.here}
        compared = [run for run in left if run.run_id not in here][:_COMPARED]
        if self._recipe.source.startswith(_BUNDLED):
            compared = []
        meant = here | {run.run_id for run in compared if self._moved(run) is not None}
        return tuple(sorted((run for run in left if run.run_id in meant), key=lambda run: run.run_id))

    def others(self, *besides: str, unfinished: bool = False) -> str:
        """The runs with something left of them whose recipe has the same name and comes from elsewhere, as a text.

        Args:
            besides: not these runs.
            unfinished: only those that have not ended.
        """
        found = [
            run
            for run in self.elsewhere
            if run.run_id not in besides and newest((run,), unfinished=unfinished, unpurged=True) is not None
        ]
        listed = "; ".join(self._told(run) for run in found[:_SHOWN])
        return listed + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")

    def _moved(self, run: RunSummary) -> RecordedRun | None:
        """A run that began at another place, as one of this recipe; None if it is not."""
        record = self._record(run)
        if record is None or record.source.startswith(_BUNDLED):
            return None
        recorded = RecordedRun(record)
        if is_same_file(record.source, self._recipe.source):
            recorded.move_to(self._recipe, self._access)
            return recorded
        digest_fits = run.digest == self._recipe.digest
        return recorded if digest_fits and is_gone(record.source) and self._is_moved(recorded) else None

    def _told(self, run: RunSummary) -> str:
        record = self._record(run)
        return f"{run.run_id} ({run.status}) of {'an unknown place' if record is None else record.source}"

    def _place(self, run: RunSummary, mine: str) -> str:
        """The place of a run; a record that does not say it, and cannot be read, counts by its name alone."""
        if run.place or run.status == PURGED:
            return run.place or mine
        record = self._record(run)
        return mine if record is None else place_of(record.source)

    def _record(self, run: RunSummary) -> RunRecord | None:
        """The record of a run; None if it cannot be read."""
        if run.run_id not in self._records:
            try:
                self._records[run.run_id] = self._services.store.load(run.run_id)
            except UnreachableError:
                raise
            except RecipeBatchError:
                self._records[run.run_id] = None
        return self._records[run.run_id]

    def _is_moved(self, run: RecordedRun) -> bool:
        """Whether a run is of this recipe at an earlier place: it says the same, and has the same local files.

        It is moved then.
        """
        from recipebatch import plan as planning

        # The digest of a record is a text that anyone may have written.
        if not run.says(self._recipe):
            return False
        access = self._access or read_access(self._recipe, {})
        access = access.with_allowed(run.allowed_when_it_began())
        run.move_to(self._recipe, self._access)
        try:
            _, inputs = bound(self._recipe, run.given(), access)
        except RecipeBatchError:
            return False
        if any(file_changes(run.record.inputs, inputs.to_json()).values()):
            return False
        uploads = {container: planning.planned_uploads(files) for container, files in inputs.files.items()}
        if changed_inputs(uploads, run.record.staged, access):
            return False
        # Those beside the recipe's folder are elsewhere now, too.
        run.move_to(self._recipe, self._access, inputs.to_json()["files"])
        return True


def newest_first(services: Services, recipe: Recipe) -> tuple[RunSummary, ...]:
    """This owner's runs of a recipe, of the place that it comes from, newest first."""
    return RunsOfRecipe(services, recipe).here


def newest(runs: Iterable[RunSummary], *, unfinished: bool = False, unpurged: bool = False) -> RunSummary | None:
    """The first of the runs, or the first that has not ended, or of which something is left. Pure."""
    for run in runs:
        if not ((unfinished and run.ended) or (unpurged and run.status == PURGED)):
            return run
    return None


def is_same_file(one: str, other: str) -> bool:
    """Whether two places are one file of one folder: one is a link now, or in another case, or mounted twice."""
    try:
        if os.path.realpath(one) == other:
            return True
        same_name = Path(one).name.casefold() == Path(other).name.casefold()
        return same_name and Path(one).samefile(other) and Path(one).parent.samefile(Path(other).parent)
    except (OSError, ValueError):
        return False


def is_gone(source: str) -> bool:
    """Whether nothing is at the place that a recipe came from, seen from here; what cannot be looked at is there."""
    if source.startswith(_BUNDLED):
        return False
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
