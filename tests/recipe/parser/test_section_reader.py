"""Expressions and commands, checked where they are written."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_task

from recipebatch.properties import value_types
from recipebatch.recipe.expressions import Scope
from recipebatch.recipe.parser.section_reader import Reader, keyword_at
from recipebatch.recipe.source.document import parse


@pytest.mark.parametrize(("task", "expected"), cases("expressions"))
def test_a_wrong_expression_is_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]


def reader(*, os: str = "linux") -> Reader:
    scope = Scope({"params": frozenset(("n",)), "secrets": frozenset(("t",))}, {"item": "only in a loop"})
    return Reader(scope, os=os, containers=frozenset(("input",)))


def said(used: Reader) -> list[str]:
    return [f"{problem.at} [{problem.code}] {problem.message} | {problem.hint}" for problem in used.problems]


def test_what_is_not_written_is_the_default_and_no_problem() -> None:
    used = reader()
    assert used.setting(parse("a: 1", "f"), "b", value_types.integer(1), 7).literal() == 7
    assert used.setting(None, "b", value_types.integer(1), None).literal() is None
    assert used.problems == []


def test_a_literal_that_does_not_fit_is_a_problem_at_its_position() -> None:
    used = reader()
    assert used.setting(parse("a: 0", "f"), "a", value_types.integer(1), 7).literal() is None
    assert said(used) == ["f:1:4 [invalid-recipe] a must be at least 1, not 0 | None"]


def test_an_expression_is_checked_by_its_names_and_not_by_its_value() -> None:
    used = reader()
    document = parse("a: ${{ params.n }}\nb: ${{ params.m }}\nc: ${{ item }}\n", "f")
    for key in "abc":
        assert used.setting(document, key, value_types.integer(1), 7).literal() is None
    assert said(used) == [
        "f:2:4 [unknown-name] unknown parameter m | known: n",
        "f:3:4 [unknown-name] item is not available here | only in a loop",
    ]


def test_an_escaped_expression_is_a_literal() -> None:
    used = reader()
    used.value("a", parse("a: $${{ x", "f").get("a"), value_types.at_most(5), None)
    assert used.problems == []


def test_a_secret_is_read_only_where_deferred_values_are_allowed() -> None:
    used = reader()
    document = parse("a: ${{ secrets.t }}", "f")
    used.setting(document, "a", value_types.text, None, deferred=True)
    assert used.problems == []
    used.setting(document, "a", value_types.text, None)
    assert said(used) == [
        "f:1:4 [deferred-not-here] a secret is not allowed here | pass it to the program through environment_settings"
    ]


def test_more_names_are_known_in_a_reader_made_with_them_and_problems_are_shared() -> None:
    used = reader()
    within = used.with_names({"item": None}, {"file": "only for files"})
    within.text(parse("a: ${{ item }} ${{ file }}", "f"), "a")
    assert said(used) == ["f:1:4 [unknown-name] file is not available here | only for files"]


def test_one_text_is_a_list_of_one() -> None:
    document = parse("one: a\nmany: [b, c]\nnone: []\n", "f")
    found = {key: [text.literal() for text in reader().texts(document, key)] for key in ("one", "many", "none", "x")}
    assert found == {"one": ["a"], "many": ["b", "c"], "none": [], "x": []}


def test_expressions_are_checked_at_every_depth_of_data() -> None:
    used = reader()
    used.tree(parse("a: [1, {b: '${{ params.m }}'}, ['${{ params.n }}', '${{ zz }}']]", "f"))
    assert [str(problem.at) for problem in used.problems] == ["f:1:12", "f:1:52"]


def test_commands_are_for_a_shell_and_a_command_line_is_not() -> None:
    document = parse("commands: [a, b]\ncommand_line: c\n", "f")
    both = reader().command(document, "command_line", "commands")
    assert ([line.value for line in both.lines], both.shell, str(both.at)) == (["a", "b"], "bash", "f:1:11")
    line = reader().command(document, "command_line", "other")
    assert ([each.value for each in line.lines], line.shell, str(line.at)) == (["c"], None, "f:2:15")
    neither = reader().command(document, "x", "y")
    assert (neither.lines, neither.shell, neither.at) == ((), None, document.at)


def test_single_quotes_are_no_quotes_in_a_command_for_windows() -> None:
    document = parse('commands: ["echo \'${{ params.n }}\'", "it\'s"]', "f")
    windows, linux = reader(os="windows"), reader()
    windows.command(document, "command_line", "commands")
    linux.command(document, "command_line", "commands")
    assert windows.problems == []
    assert [problem.code for problem in linux.problems] == ["expression-in-quotes", "unfinished-command"]


def test_a_raw_expression_may_stand_inside_quotes() -> None:
    used = reader()
    used.command(parse("commands: ['echo \"${{ params.n | raw }}\"']", "f"), "command_line", "commands")
    assert used.problems == []


def test_a_reference_is_a_name_of_the_recipe() -> None:
    used = reader()
    document = parse("a: input\nb: inptu\nc: {x: 1}\n", "f")
    assert [used.reference(document.get(key), used.containers, "container") for key in "abcd"] == [
        "input",
        "inptu",
        None,
        None,
    ]
    used.reference(document.get("b"), [], "pool")
    assert said(used) == [
        "f:2:4 [unknown-container] unknown container inptu | did you mean input?",
        "f:2:4 [unknown-pool] unknown pool inptu | the recipe has no pools",
    ]


def test_a_keyword_is_what_is_written_or_the_default() -> None:
    document = parse("a: block", "f")
    assert [keyword_at(document, "a", "x"), keyword_at(document, "b", "x"), keyword_at(None, "a")] == ["block", "x", ""]


@pytest.mark.parametrize(
    ("task", "os", "shell", "in_container"),
    [
        ("commands: [a]", "linux", "bash", False),
        ("{commands: [a], shell: sh}", "linux", "sh", False),
        ("{commands: [a], container_settings: {image_name: i}}", "linux", "sh", True),
        ("{commands: [a], shell: bash, container_settings: {image_name: i}}", "linux", "bash", True),
        ("commands: [a]", "windows", "cmd", False),
    ],
)
def test_what_runs_commands_follows_from_the_task(task: str, os: str, shell: str, in_container: bool) -> None:  # noqa: FBT001 - a table
    document = parse(task, "f")
    found = reader(os=os).with_commands(document).command(document, "command_line", "commands")
    assert (found.shell, found.in_container) == (shell, in_container)


@pytest.mark.parametrize(
    ("task", "os", "message"),
    [
        ("{command_line: a, shell: sh}", "linux", "shell has no effect without commands"),
        ("{commands: [a], shell: bash}", "windows", "shell has no effect on a Windows pool"),
        ("{command_line: a, shell: sh, multi_instance_settings: {coordination_commands: [b]}}", "linux", None),
    ],
)
def test_a_shell_that_runs_nothing_is_refused(task: str, os: str, message: str | None) -> None:
    used = reader(os=os)
    used.with_commands(parse(task, "f"))
    assert [problem.message.partition(":")[0] for problem in used.problems] == ([] if message is None else [message])


def test_a_command_that_would_take_the_next_one_along_in_cmd_is_refused_at_its_position() -> None:
    document = parse(
        "commands: ['if exist x (a', 'echo \"${{ params.n | raw }}', 'echo ^\"${{ params.n }}^\"', b]", "f"
    )
    used = reader(os="windows")
    used.with_commands(document).command(document, "command_line", "commands")
    assert said(used) == [
        "f:1:12 [not-for-cmd] the command ends inside a parenthesis | close it, or put ^ before it",
    ]


@pytest.mark.parametrize("commands", ["['echo 5\" disk']", "[a, 'echo 5\" disk', rem b]", "['echo a& rem b']"])
def test_what_would_take_others_along_in_cmd_is_right_where_none_follows(commands: str) -> None:
    document = parse(f"commands: {commands}", "f")
    used = reader(os="windows")
    used.with_commands(document).command(document, "command_line", "commands")
    assert said(used) == []
