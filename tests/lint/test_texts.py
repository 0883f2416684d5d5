"""Rules about single texts: secrets and URLs of accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint.findings import JOB, POOL, TODAY, TOP, findings, messages

from recipebatch.lint import lint
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.document import parse

BASE64_OF_64_BYTES = "q" * 86 + "=="


@pytest.mark.parametrize(
    "secret",
    [
        BASE64_OF_64_BYTES,
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={BASE64_OF_64_BYTES}",
        "sv=2024-05-04&sr=c&sp=w&sig=abcDEF123%2B",
        "https://host/container?sv=2024&sig=abcDEF123%2B",
        "-----BEGIN RSA PRIVATE KEY-----",
        "abc8Q~" + "x" * 34,
        "eyJhbGciOiJub25l.eyJzdWIiOiIxMjM0.x",
        "https://user:word@host/path",
    ],
)
def test_what_looks_like_a_secret_is_an_error_that_does_not_repeat_it(secret: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks:\n- command_line: a\n  environment_settings: {{A: '{secret}'}}\n"
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    (problem,) = lint(parse(text, "r.yaml"), recipe, TODAY)
    assert (problem.code, problem.severity) == ("secret-in-recipe", "error")
    assert (problem.at.line, problem.at.column) == (7, 29)
    assert secret not in problem.message + str(problem.hint)


@pytest.mark.parametrize("piece", ["-a", "eyJ-", "-eyJ", "a.", "AccountKey ", "://a:", "-----BEGIN ", "${a", "$ {"])
def test_long_texts_of_repeated_beginnings_are_searched_in_linear_time(piece: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks:\n- command_line: a\n  environment_settings: {{A: '{piece * 100_000}'}}\n"
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    assert {problem.code for problem in lint(parse(text, "r.yaml"), recipe, TODAY)} <= {"without-shell"}


@pytest.mark.parametrize(
    "text", ["see the key in the vault", "sha256:" + "a" * 64, "user@host", "https://host/a?b=c", "design=x"]
)
def test_what_does_not_look_like_a_secret_is_none(text: str) -> None:
    assert findings(f"{TOP}description: '{text}'\n{POOL}{JOB}tasks: [{{command_line: a}}]\n") == []


@pytest.mark.parametrize(
    "address",
    [
        "mine.blob.core.windows.net",
        "https://mine.dfs.core.chinacloudapi.cn/x",
        "https://mine.westeurope.batch.azure.com",
    ],
)
def test_the_address_of_an_account_is_an_error(address: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks: [{{command_line: 'get {address}'}}]\n"
    assert findings(text) == ["5:24 error account-address"]


@pytest.mark.parametrize("name", ["API_KEY", "db_password", "STORAGE_ACCOUNT_KEY", "GITHUB_TOKEN"])
def test_a_literal_value_of_a_setting_with_the_name_of_a_secret_is_a_warning(name: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks:\n- command_line: a\n  environment_settings: {{{name}: abc}}\n"
    assert [line.split()[-1] for line in findings(text)] == ["secret-by-name"]
    assert messages(text)[0][0] == f"{name} looks like a secret and has a literal value"


@pytest.mark.parametrize(
    "setting", ["KEYBOARD: us", "API_KEY: ''", "API_KEY: '${{ env.RECIPEBATCH_K }}'", "TOKENS: '1'"]
)
def test_other_names_empty_values_and_expressions_are_no_finding(setting: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks:\n- command_line: a\n  environment_settings: {{{setting}}}\n"
    assert findings(text) == []


def test_a_url_in_a_description_is_no_finding() -> None:
    assert (
        findings(f"{TOP}description: see mine.blob.core.windows.net\n{POOL}{JOB}tasks: [{{command_line: a}}]\n") == []
    )


def test_booleans_that_become_another_text_are_warned_of() -> None:
    text = (
        f"{TOP}parameters:\n  p: {{type: list, default: [TRUE, true]}}\n  b: {{type: boolean, default: True}}\n"
        f"vars: {{v: {{w: False}}}}\n{POOL}{JOB}tasks:\n- name: t\n  for_each: {{items: [True, false, 'True']}}\n"
        "  environment_settings: {A: True}\n"
        "  commands: ['echo ${{ item }}${{ params.p }}${{ params.b }}${{ vars.v }}']\n"
    )
    found = [(problem.at.line, problem.message) for problem in lint(parse(text, "r.yaml"), None, TODAY)]
    lines = text.split("\n")
    assert [(lines[line - 1].strip()[0], message) for line, message in found] == [
        ("p", "TRUE is a boolean here, and true as a text"),
    ]


@pytest.mark.parametrize("written", ["${params.n}", "$params.n", "{{ params.n }}", "$(params.n)", "$vars.n", "$item.n"])
def test_what_was_meant_as_an_expression_is_the_only_warning_about_a_command(written: str) -> None:
    text = f"{TOP}{POOL}{JOB}tasks: [{{commands: ['echo {written}']}}]\n"
    inner = written.strip("${}() ")
    message = f"{written} is no expression: it is passed on as it is"
    assert messages(text) == [(message, f"write ${{{{ {inner} }}}}")]


@pytest.mark.parametrize(
    "command",
    [
        'for item in a b; do cat "$item.txt"; done',
        'while read -r item; do cat "$item.txt"; done',
        'item=a; cat "$item.txt"',
        "jq --arg item a '$item.x' f",
        'echo "\\$params.n"',
        'echo "$item_name.txt"',
    ],
)
def test_a_variable_of_the_command_is_no_expression(command: str) -> None:
    quoted = command.replace("'", "''")
    assert findings(f"{TOP}{POOL}{JOB}tasks: [{{commands: ['{quoted}']}}]\n") == []


def test_a_variable_of_the_recipes_environment_is_no_expression() -> None:
    tasks = "tasks: [{environment_settings: {item: a}, commands: ['cat \"$item.txt\"']}]\n"
    assert findings(f"{TOP}{POOL}{JOB}{tasks}") == []
