"""Rules about definitions that are not used or not described."""

from __future__ import annotations

from textwrap import dedent

from lint.findings import JOB, POOL, TOP, findings, messages


def test_a_parameter_may_be_used_by_a_name_that_is_computed() -> None:
    text = dedent(
        """\
        parameters:
          which: {default: a, description: Which.}
          a: {default: x, description: One.}
        tasks: [{command_line: "echo ${{ params[params.which] }}"}]
        """
    )
    assert findings(TOP + POOL + JOB + text) == []


def test_a_secret_is_used_by_secrets() -> None:
    text = dedent(
        """\
        parameters:
          t: {type: secret, description: A token., source: {environment_variable: T}}
        tasks: [{command_line: a, environment_settings: {API_TOKEN: "${{ secrets.t }}"}}]
        """
    )
    assert findings(TOP + POOL + JOB + text) == []


def test_each_unused_definition_is_found_at_its_place() -> None:
    text = dedent(
        """\
        parameters:
          p: {default: a}
        vars: {v: 1}
        storage: {c: {}}
        tasks: [{command_line: a}]
        """
    )
    assert findings(TOP + text + POOL + JOB) == [
        "4:3 note undescribed-parameter",
        "4:3 warning unused-parameter",
        "5:11 warning unused-variable",
        "6:14 warning unused-container",
    ]
    assert [message for message, _ in messages(TOP + text + POOL + JOB)] == [
        "parameter p has no description",
        "parameter p is not used",
        "vars.v is not used",
        "container c is not used",
    ]


def test_a_member_written_in_brackets_is_used() -> None:
    text = "vars: {v: 1}\ntasks: [{command_line: \"a ${{ vars['v'] }}\"}]\n"
    assert findings(TOP + POOL + JOB + text) == []
