from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_memory_pools import Notes
from in_memory_run import RECORD

from recipebatch import recipe as recipes
from recipebatch.errors import UsageError
from recipebatch.execution.recipe_runs import asked_to_begin, check_unchanged
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.phases import PhaseOptions

TEXT = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1}
tasks: [{command_line: /bin/true}]
"""
RECIPE = recipes.parse_recipe(TEXT.replace("true", "false"), file="my r.yaml", folder=Path("/r"))
WRITTEN = replace(RECORD, recipe_text=TEXT, recipe_digest="before", account="research")


def answering(answer: str | None) -> tuple[PhaseOptions, list[tuple[str, tuple[str, ...]]]]:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def choose(question: str, answers: tuple[str, ...]) -> str | None:
        asked.append((question, answers))
        return answer

    return PhaseOptions(choose=choose), asked


def test_the_answer_says_whether_another_run_is_started() -> None:
    for answer, begins in (("continue", False), ("new", True)):
        options, asked = answering(answer)
        notes = Notes()
        assert asked_to_begin(RecordedRun(WRITTEN), RECIPE, "apply", options, notes) is begins
        ((question, answers),) = asked
        assert question.startswith("run r1 is unfinished, and my r.yaml has changed since it started: continue it")
        assert answers == ("continue", "new")
        assert "  +tasks: [{command_line: /bin/false}]" in notes.lines


@pytest.mark.parametrize(("command", "by_id"), [("apply", "runs resume r1"), ("stage", "stage --run r1")])
def test_without_an_answer_the_error_names_both_commands(command: str, by_id: str) -> None:
    with pytest.raises(
        UsageError, match=r"run r1 is unfinished, and my r\.yaml has changed since it started"
    ) as raised:
        asked_to_begin(RecordedRun(WRITTEN), RECIPE, command, PhaseOptions(), Notes())
    assert raised.value.hint == (
        f"with the recorded recipe: recipebatch {by_id} --account research;"
        f" start another run: recipebatch {command} 'my r.yaml' --new --account research"
    )


def test_a_command_that_runs_more_of_a_run_needs_its_recipe_or_an_answer() -> None:
    unchanged = RecordedRun(replace(WRITTEN, recipe_text="# a comment\n" + RECIPE.text))
    options, asked = answering(None)
    check_unchanged(unchanged, RECIPE, "submit", options, Notes())
    assert asked == []
    ended = RecordedRun(replace(WRITTEN, ended=True))
    for answer in (None, "cancel"):
        options, asked = answering(answer)
        with pytest.raises(UsageError, match=r"run r1 has ended, and my r\.yaml has changed") as raised:
            check_unchanged(ended, RECIPE, "retry", options, Notes())
        assert "recipebatch retry --run r1" in str(raised.value.hint)
        assert "start another run: recipebatch apply 'my r.yaml' --new" in str(raised.value.hint)
        assert asked[0][1] == ("continue", "cancel")
    options, _ = answering("continue")
    check_unchanged(ended, RECIPE, "retry", options, Notes())


def test_many_changed_lines_are_cut_short() -> None:
    notes = Notes()
    long: Any = RecordedRun(replace(WRITTEN, recipe_text="\n".join(f"# {number}" for number in range(90))))
    with pytest.raises(UsageError):
        asked_to_begin(long, RECIPE, "apply", PhaseOptions(), notes)
    assert len(notes.lines) == 22
    assert notes.lines[-1].startswith("  and ")
