"""`x-lint` entries: what they silence, and when they are themselves reported."""

from __future__ import annotations

from textwrap import dedent

from lint.findings import JOB, POOL, TODAY, TOP, findings, messages

from recipebatch.lint import lint
from recipebatch.recipe.source.document import parse


def test_an_exception_holds_for_the_mapping_it_stands_in() -> None:
    text = dedent(
        """\
        tasks:
          - {name: a, commands: [ls $A], x-lint: {ignore: unquoted-variable}}
          - {name: b, commands: [ls $B]}
        """
    )
    assert findings(TOP + POOL + JOB + text) == ["7:26 warning unquoted-variable"]


def test_an_exception_at_the_top_holds_for_all() -> None:
    text = "tasks: [{commands: [ls $A]}]\nx-lint: {ignore: [unquoted-variable]}\n"
    assert findings(TOP + POOL + JOB + text) == []


def test_an_exception_must_be_known_and_needed() -> None:
    text = "tasks: [{command_line: a}]\nx-lint: {ignore: [unquoted-variables, unknown-key, no-shell]}\n"
    assert findings(TOP + POOL + JOB + text) == [
        "6:19 warning unknown-lint-code",
        "6:39 warning unknown-lint-code",
        "6:52 note unused-ignore",
    ]


def test_an_exception_of_a_broken_recipe_is_not_called_needless() -> None:
    document = parse(TOP + "x-lint: {ignore: [no-shell]}\n", "r.yaml")
    assert lint(document, None, TODAY) == ()


def test_the_messages_say_why_an_entry_has_no_effect() -> None:
    text = "tasks: [{command_line: a}]\nx-lint: {ignore: [unquoted-variables, unknown-key, no-shell]}\n"
    assert messages(TOP + POOL + JOB + text) == [
        ("unquoted-variables is not a lint rule", "did you mean unquoted-variable?"),
        ("unknown-key is an error and cannot be ignored", messages(TOP + POOL + JOB + text)[1][1]),
        ("there is no no-shell finding to ignore here", "remove it from ignore"),
    ]


def test_a_secret_can_be_ignored_as_a_finding() -> None:
    text = "tasks: [{command_line: a}]\nx-note: 'https://a:b@host'\nx-lint: {ignore: secret-in-recipe}\n"
    assert findings(TOP + POOL + JOB + text) == []
