"""A recipe, or its local files, that changed since an unfinished run started: what is said, asked and refused."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recipe_runs.changed_sizes import is_resized
from recipebatch.execution.resources.leftovers import account_option
from recipebatch.phases import STAGE
from recipebatch.text.name_lists import first_names

if TYPE_CHECKING:
    from recipebatch.execution.recorded_plan import RecordedRun
    from recipebatch.files import ReadAccess
    from recipebatch.phases import PhaseOptions
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress

CONTINUE, NEW, CANCEL = "continue", "new", "cancel"
"""Answers to the question what is meant by a recipe that has changed."""

_MAX_DIFF_LINES = 20
_MAX_FILES = 5


def asked_to_begin(run: RecordedRun, recipe: Recipe, command: str, options: PhaseOptions, progress: Progress) -> bool:
    """Whether another run is to be started, as the recipe has changed since its unfinished run started.

    Raises:
        UsageError: no user can be asked which of the two is meant.
    """
    record = run.record
    _show_changes(run, recipe, progress)
    answer = options.choose(
        f"run {record.run_id} is unfinished, and {recipe.file} has changed since it started:"
        " continue it with the recorded recipe, or start a new run",
        (CONTINUE, NEW),
    )
    if answer in {CONTINUE, NEW}:
        return answer == NEW
    raise _changed_error(run, recipe, command, "is unfinished, and", again=command)


def check_unchanged(run: RecordedRun, recipe: Recipe, command: str, options: PhaseOptions, progress: Progress) -> None:
    """Check that a command that runs more of a run is given the recipe that the run started with, or ask about it.

    Raises:
        UsageError: the recipe has changed, and no option says that the recorded one is meant.
    """
    record = run.record
    if run.says(recipe) or is_resized(run, recipe):
        return
    _show_changes(run, recipe, progress)
    question = f"{recipe.file} has changed since run {record.run_id} started: continue with the recorded recipe"
    if options.choose(question, (CONTINUE, CANCEL)) != CONTINUE:
        raise _changed_error(run, recipe, command, "has ended, and" if record.ended else "is unfinished, and")
    progress.say("the run continues with the recorded recipe")


def _changed_error(run: RecordedRun, recipe: Recipe, command: str, state: str, again: str = "apply") -> UsageError:
    record = run.record
    account = account_option(record)
    by_id = f"{command} --run" if command != "apply" else "runs resume"
    return UsageError(
        f"run {record.run_id} {state} {recipe.file} has changed since it started",
        hint=f"with the recorded recipe: recipebatch {by_id} {record.run_id}{account};"
        f" start another run: recipebatch {again} {shlex.quote(recipe.file)} --new{account}",
    )


def _show_changes(run: RecordedRun, recipe: Recipe, progress: Progress) -> None:
    """Show what has changed in a recipe since a run of it started."""
    from recipebatch.runs import recipe_diff

    record = run.record
    progress.say(f"the recipe has changed since run {record.run_id} started")
    today = recipe.text, [fragment.to_json() for fragment in recipe.fragments]
    diff = recipe_diff((record.recipe_text, record.recipe_fragments), today, "recorded", recipe.file).splitlines()
    for line in diff[:_MAX_DIFF_LINES]:
        progress.say(f"  {line}")
    if len(diff) > _MAX_DIFF_LINES:
        progress.say(f"  and {len(diff) - _MAX_DIFF_LINES} more lines")


def report_changed_files(run: RecordedRun, recipe: Recipe, access: ReadAccess, progress: Progress) -> None:
    """Say which local files have changed since a run started: it continues with what was recorded."""
    from recipebatch.runs import DONE, file_changes

    record = run.record
    try:
        _, inputs = bound(recipe, run.given(), access.with_allowed(run.allowed_when_it_began()))
    except RecipeBatchError:
        return  # a file that is gone was needed when the run started, and may not be needed any more
    is_staged = record.state_of(STAGE.name) == DONE
    # What was staged is compared by content when the run goes on.
    compared = {f"{name}/{blob}" for name, blobs in record.staged.items() for blob in blobs} if is_staged else set()
    which = (
        "which continues with those it staged" if is_staged else "which takes those it has as they are when it stages"
    )
    for how, names in file_changes(record.inputs, inputs.to_json()).items():
        new = [name for name in names if how != "changed" or name not in compared]
        if new:
            listed = first_names(new, _MAX_FILES)
            progress.say(f"local files {how} since that run started, {which}: {listed}")
