"""Which run apply works on next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from in_memory_run import NOW, RECORD

from recipebatch.execution.recipe_runs import NextRun, next_run
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.phases import PROVISION, PURGE, STAGE
from recipebatch.recipe import parse_recipe
from recipebatch.runs import DONE, FAILED, STARTED, RunRecord

TEXT = (
    "schema_version: 1\nname: r\nparameters: {n: {type: integer, default: 1}}\n"
    "pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1}\n"
    "tasks: [{command_line: 'a ${{ params.n }}'}]\n"
)


def decided(record: RunRecord, text: str = TEXT, **given: object) -> NextRun:
    recipe = parse_recipe(TEXT, file="r.yaml", folder=Path("/recipes"))
    record = replace(record, recipe_text=TEXT, recipe_digest=recipe.digest, parameters={"n": 1})
    return next_run(RecordedRun(record, recipe), parse_recipe(text, file="r.yaml", folder=Path("/recipes")), given)


def test_without_an_unfinished_run_another_one_starts() -> None:
    assert next_run(None, parse_recipe(TEXT, file="r.yaml", folder=Path("/recipes")), {}) is NextRun.START


def test_an_unfinished_run_goes_on_with_its_own_parameters_only() -> None:
    assert decided(RECORD) is NextRun.CONTINUE
    assert decided(RECORD, n=1) is NextRun.CONTINUE
    assert decided(RECORD, n=2) is NextRun.REFUSE


def test_a_recipe_that_says_something_else_is_asked_about_unless_only_its_nodes_differ() -> None:
    assert decided(RECORD, TEXT.replace("'a ", "'b ")) is NextRun.ASK
    assert decided(RECORD, TEXT.replace("nodes: 1}", "nodes: 2}")) is NextRun.CONTINUE
    failed = RECORD.with_phase(STAGE.name, DONE, NOW).with_phase(PROVISION.name, FAILED, NOW)
    assert decided(failed, TEXT.replace("'a ", "'b ")) is NextRun.START_AFTER_FAILURE
    assert decided(failed) is NextRun.CONTINUE


def test_a_run_whose_purge_has_begun_is_purged_first() -> None:
    assert decided(RECORD.with_phase(PURGE.name, STARTED, NOW)) is NextRun.START_AFTER_PURGE
