"""The command that starts another run like one that was purged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from in_memory_run import RECORD

from recipebatch.report import START_TASK
from recipebatch.runs import KeptFailure, RunFailures
from recipebatch.runs.new_run import new_run_command, new_run_hint, run_option


@pytest.mark.parametrize(
    ("changed", "command"),
    [
        ({}, "recipebatch apply /recipes/r.yaml --new"),
        ({"recipe_file": "../my r.yaml"}, "recipebatch apply '/recipes/my r.yaml' --new"),
        ({"recipe_file": "builtin:topn"}, "recipebatch apply builtin:topn --new"),
        ({"account": "research"}, "recipebatch apply /recipes/r.yaml --new --account research"),
        (
            {"parameters": {"n": 2, "word": "a'b", "items": ["x"], "key": {"pieces": [{"secret": "key"}]}}},
            "recipebatch apply /recipes/r.yaml --new -p n=2 -p 'word=a'\"'\"'b' -p 'items=[\"x\"]'",
        ),
        (
            {"parameters": {"n": "x" * 300}},
            "recipebatch apply /recipes/r.yaml --new, with -p as `runs show r1` lists them",
        ),
    ],
)
def test_a_run_is_started_again_with_its_recipe_and_its_parameters(changed: dict[str, Any], command: str) -> None:
    assert new_run_command(replace(RECORD, **changed)) == command


def test_the_tasks_that_failed_are_named_with_their_items() -> None:
    def a_failure(name: str, **values: Any) -> KeptFailure:
        return KeptFailure(job_id="j", task_id=name, exit_code=1, code="F", message="m", **values)

    kept = [
        a_failure("a", item="item 0"),
        a_failure("b"),
        a_failure("c", tried_again=True),
        a_failure("", kind=START_TASK),
    ]
    hint = new_run_hint(RECORD, RunFailures(kept=tuple(kept), total=4))
    command = "start a new run: recipebatch apply /recipes/r.yaml --new"
    assert hint == f"{command}; failed in it: a (item 0), b, see recipebatch runs show r1"
    many = RunFailures(kept=tuple(a_failure(f"t{number}") for number in range(8)), total=8)
    assert new_run_hint(RECORD, many).endswith("t4 and 3 more, see recipebatch runs show r1")
    assert new_run_hint(RECORD) == command


def test_a_command_finds_a_run_by_its_id_and_the_account_that_is_not_the_local_one() -> None:
    assert run_option("r1", "local") == run_option("r1", None) == "--run r1"
    assert run_option("r1", "at work") == "--run r1 --account 'at work'"
