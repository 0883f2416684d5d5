"""Which run a command works on, and what it does with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch.errors import UsageError
from recipebatch.execution.recipe_runs import RetrySelector, RunSelector, Work
from recipebatch.phases import COLLECT, PHASES, PURGE, STAGE, STOP, WATCH
from recipebatch.recipe import parse_recipe

RECIPE = parse_recipe(
    "schema_version: 1\nname: r\ntasks: [{command_line: a}]\npool: {existing: p}\n",
    file="r.yaml",
    folder=Path("/recipes"),
)


def test_a_run_is_selected_by_a_recipe_or_by_its_id() -> None:
    assert RunSelector(recipe=RECIPE, new=True).new
    with pytest.raises(UsageError, match="name either a recipe or a run"):
        RunSelector()
    with pytest.raises(UsageError, match="name either a recipe or a run"):
        RunSelector(recipe=RECIPE, run_id="r1")
    with pytest.raises(UsageError, match="with its own parameters"):
        RunSelector(run_id="r1", given={"a": 1})


def test_an_unknown_cause_is_refused() -> None:
    assert RetrySelector(causes=("preempted",)).causes == ("preempted",)
    with pytest.raises(UsageError, match="there is no cause 'nope'"):
        RetrySelector(causes=("nope",))


def test_what_changes_a_run_takes_its_lock_and_is_asked_about() -> None:
    whole = Work(command="apply", phases=PHASES)
    assert (whole.starts_run, whole.takes_lock, whole.changes_for_others, whole.is_to_the_end) == (True,) * 4
    look = Work(command="collect", phases=(COLLECT,), single=True)
    assert (look.starts_run, look.takes_lock, look.changes_for_others, look.is_to_the_end) == (False,) * 4
    retry = Work(command="retry", phases=(STAGE, WATCH), retry=RetrySelector())
    assert (retry.starts_run, retry.changes_for_others) == (False, True)
    assert [Work(command=name).by_labels for name in (STOP, PURGE.name, "watch")] == [True, True, False]
