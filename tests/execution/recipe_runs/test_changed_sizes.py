"""A recipe that has changed since its run started, in the target nodes of its pools alone or in more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from in_memory_run import RECORD

from recipebatch.errors import InvalidRecipeError
from recipebatch.execution.recipe_runs import is_resized, new_sizes
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.inputs import LocalInputs
from recipebatch.plan import PoolSize
from recipebatch.recipe import Recipe, parse_recipe

TEXT = """\
schema_version: 1
name: r
pools:
  a: {image: ubuntu-24.04, vm_size: v, target_dedicated_nodes: 2}
  b: {image: ubuntu-24.04, vm_size: v, auto_scale: {scenario: pending_tasks, max_nodes: 2}}
jobs:
  x: {pool: a, tasks: [{command_line: a}]}
  y: {pool: b, tasks: [{command_line: a}]}
"""
SMALL = "target_dedicated_nodes: 2"


def recipe(text: str = TEXT) -> Recipe:
    return parse_recipe(text, file="r.yaml", folder=Path("/recipes"))


def run(**changed: object) -> RecordedRun:
    same = {"recipe_text": TEXT, "recipe_digest": recipe().digest, "inputs": LocalInputs(files={}, tables={}).to_json()}
    record = replace(RECORD, run_id="20260102-030405-aaaa", **same)  # type: ignore[arg-type]
    return RecordedRun(replace(record, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "resized"),
    [
        (SMALL, "target_dedicated_nodes: 5", True),
        (SMALL, "target_dedicated_nodes: 2, spot_nodes: 20", True),
        (SMALL, "target_low_priority_nodes: 3", True),
        (SMALL, "target_dedicated_nodes: 2 # a comment", False),
        ("max_nodes: 2", "max_nodes: 5", False),
        ("vm_size: v, target_dedicated_nodes: 2", "vm_size: w, target_dedicated_nodes: 5", False),
        ("command_line: a", "command_line: b", False),
        ("name: r", "name: s", False),
    ],
)
def test_only_other_target_nodes_are_another_size(old: str, new: str, *, resized: bool) -> None:
    changed = recipe(TEXT.replace(old, new, 1) if "#" not in new else TEXT.replace(SMALL, f"\n    {SMALL}"))
    assert is_resized(run(), changed) is resized


def test_the_sizes_of_a_changed_recipe_are_taken_once() -> None:
    changed = recipe(TEXT.replace(SMALL, "target_dedicated_nodes: 5, spot_nodes: 1"))
    assert new_sizes(run(), recipe()) == {}
    assert new_sizes(run(), changed) == {"a": PoolSize(5, 1)}
    # `scale` may have set others since.
    assert new_sizes(run(sized_by=changed.digest), changed) == {}
    # The author takes the change back.
    assert new_sizes(run(sized_by=changed.digest), recipe()) == {"a": PoolSize(2, 0)}
    assert new_sizes(run(), recipe(TEXT.replace("name: r", "name: s"))) == {}


def test_sizes_that_do_not_fit_the_tasks_are_refused_with_a_position() -> None:
    with pytest.raises(InvalidRecipeError) as raised:
        new_sizes(run(), recipe(TEXT.replace(SMALL, "target_dedicated_nodes: 0")))
    assert [problem.code for problem in raised.value.problems] == ["pool-without-nodes"]
