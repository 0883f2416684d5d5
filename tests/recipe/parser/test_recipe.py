"""The sections of a recipe."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from recipe.broken_recipes import POOL, STORAGE, TASKS, TOP, cases, problems_of

from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.hints import NO_POOL


@pytest.mark.parametrize(("section", "expected"), cases("recipe"))
def test_a_wrong_section_is_named(section: str, expected: str) -> None:
    assert problems_of(f"{TOP}{section}\n{POOL}{TASKS}") == [expected]


def test_a_whole_recipe_has_no_problem() -> None:
    recipe = parse_recipe(TOP + STORAGE + POOL + TASKS, file="r.yaml", folder=Path())
    assert recipe.name == "demo"


def test_all_problems_of_a_file_come_at_once_in_the_order_of_their_positions() -> None:
    text = TOP + "pool: {image: ubuntu-24.4, vm_size: 7, nodes: 3}\njobb: {}\n" + "tasks: [{command: a}]\n"
    assert problems_of(text) == [
        "3:15 [unknown-image] unknown image ubuntu-24.4 | did you mean ubuntu-24.04?",
        "3:28 [invalid-recipe] vm_size must be a string or a list, not 7",
        "3:40 [unknown-key] unknown key nodes in pool | did you mean target_dedicated_nodes?",
        "4:1 [unknown-key] unknown key jobb | did you mean job?",
        "5:9 [missing-key] tasks[1] needs command_line or commands | command: did you mean commands?",
        "5:10 [unknown-key] unknown key command in tasks[1] | did you mean commands?",
    ]


@pytest.mark.parametrize(
    "expressions",
    [
        [f"${{{{ {number} + 1 }}}}" for number in range(100_000)],
        [f"${{{{ {'1 + ' * 480}{number} }}}}" for number in range(100)],
    ],
)
def test_too_many_expressions_are_refused_before_they_are_read(expressions: list[str]) -> None:
    line = f"tasks: [{{command_line: '{''.join(expressions)}'}}]\n"
    (problem,) = problems_of(TOP + POOL + line)
    assert problem.startswith("4:24 [too-many-expressions] the recipe has too many expressions: at most 1,000 diff")


def test_a_long_expression_that_aliases_repeat_is_refused_before_it_is_read() -> None:
    values = ", ".join(f"V{number}: '${{{{ [{'1,' * 900}1] }}}}'" for number in range(20))
    tasks = "".join(f"  - {{name: t{number}, command_line: a, environment_settings: *t}}\n" for number in range(1850))
    (problem,) = problems_of(TOP + POOL + f"x-t: &t {{{values}}}\ntasks:\n{tasks}")
    assert "[too-many-expressions]" in problem


def test_a_short_expression_can_be_written_again_and_again() -> None:
    text = TOP + POOL + "tasks: [{command_line: '" + "${{ 1 }}" * 20_000 + "'}]\n"
    assert len(parse_recipe(text, file="r.yaml", folder=Path()).tasks) == 1


def test_what_is_missing_at_the_top_is_named() -> None:
    assert problems_of("name: a\n") == [
        "1:1 [missing-key] the recipe needs pool or pools | " + NO_POOL,
        "1:1 [missing-key] the recipe needs schema_version | write: schema_version: 1",
        "1:1 [missing-key] the recipe needs tasks | write a list, one entry a task template: `- name: NAME`",
    ]


def test_free_keys_are_allowed_at_every_level_and_may_hold_anchors() -> None:
    text = TOP + dedent(
        """\
        x-common: &common {A: 1, x-note: free}
        pool: {image: ubuntu-24.04, vm_size: a, x-b: 1}
        tasks:
          - command_line: a
            x-c: [1]
            environment_settings: {<<: *common, B: 2, x-d: 4}
        """
    )
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    assert [name for name, _ in recipe.tasks[0].settings["environment_settings"]] == ["B", "A"]


def test_the_digest_ignores_layout_comments_and_free_keys() -> None:
    plain = parse_recipe(TOP + POOL + TASKS, file="a", folder=Path())
    other = parse_recipe(
        "# hi\nx-a: 1\n" + TOP + "\n" + POOL + "tasks:\n- command_line: 'true'\n", file="b", folder=Path()
    )
    changed = parse_recipe(TOP + POOL + "tasks: [{command_line: 'false'}]", file="a", folder=Path())
    assert plain.digest == other.digest != changed.digest


def test_the_digest_tells_keys_of_values_apart_also_if_they_look_like_free_ones() -> None:
    def digest(value: int, free: int) -> str:
        loop = f"for_each: {{items: [{{x-a: {value}}}]}}, x-free: {free}, raw: {{x-b: 1}}"
        text = TOP + POOL + f"tasks: [{{name: t, {loop}, command_line: '${{{{ item[\"x-a\"] }}}}'}}]"
        return parse_recipe(text, file="a", folder=Path()).digest

    assert digest(1, 1) == digest(1, 2) != digest(2, 1)
