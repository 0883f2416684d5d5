from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from recipebatch import bundled_files
from recipebatch.lint import lint
from recipebatch.recipe import parse_recipe, read_document, read_recipe
from recipebatch.recipe.source.document import parse
from recipebatch.vocabulary.images import NOTICE, end_of_support

TODAY = date(2026, 1, 1)
TOP = "schema_version: 1\nname: demo\n"
POOL = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n"
JOB = "job: {constraints: {max_wall_clock_time: 1h}}\n"
BASE64_OF_64_BYTES = "q" * 86 + "=="


def findings(text: str) -> list[str]:
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    found = lint(parse(text, "r.yaml"), recipe, TODAY)
    return [f"{problem.at.line}:{problem.at.column} {problem.severity} {problem.code}" for problem in found]


def of_command(command: str, *, key: str = "commands") -> list[str]:
    value = f"[{command}]" if key == "commands" else command
    return [line.split()[-1] for line in findings(f"{TOP}{POOL}{JOB}tasks: [{{{key}: {value}}}]\n")]


@pytest.mark.parametrize("name", sorted(bundled_files.recipes()))
def test_a_bundled_recipe_gives_no_warning(name: str) -> None:
    path = bundled_files.recipes()[name]
    found = lint(read_document(path), read_recipe(path), TODAY)
    assert [problem for problem in found if problem.severity != "note"] == []


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


@pytest.mark.parametrize(
    "text", ["see the key in the vault", "sha256:" + "a" * 64, "user@host", "https://host/a?b=c", "design=x"]
)
def test_what_does_not_look_like_a_secret_is_none(text: str) -> None:
    assert findings(f"{TOP}description: '{text}'\n{POOL}{JOB}tasks: [{{command_line: a}}]\n") == []


def test_a_secret_is_found_in_a_broken_recipe_too() -> None:
    document = parse(f"{TOP}pol: '{BASE64_OF_64_BYTES}'\n", "r.yaml")
    assert [problem.code for problem in lint(document, None, TODAY)] == ["secret-in-recipe"]


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


@pytest.mark.parametrize(
    "command",
    [
        "'ls \"$HOME\"'",
        "A=$B",
        "export A=$B",
        "'test $# -gt 0'",
        "'exit $?'",
        "'echo $((1 + 2))'",
        "\"echo '$HOME'\"",
        "'for x in $LIST; do echo \"$x\"; done'",
        "'case $x in a) true;; esac'",
        "'echo \\$HOME'",
        "'echo a # $HOME'",
        '"cat <<E\\n$HOME\\nE"',
    ],
)
def test_a_variable_that_the_shell_does_not_split_is_right(command: str) -> None:
    assert of_command(command) == []


@pytest.mark.parametrize(
    "command",
    ["ls $HOME", "'ls ${HOME}/x'", 'ls "$(cat $file)"', "'for x in a; do echo $x; done'", "a; b=1 c $d", "'sh $1'"],
)
def test_a_variable_that_the_shell_splits_is_found(command: str) -> None:
    assert of_command(command if command.startswith("'") else f"'{command}'") == ["unquoted-variable"]


@pytest.mark.parametrize("line", ["echo $HOME", "a && b", "a | b", "a > b", "a; b"])
def test_a_command_line_for_a_shell_is_found(line: str) -> None:
    assert of_command(f"'{line}'", key="command_line") == ["no-shell"]


@pytest.mark.parametrize("line", ['/bin/sh -c "echo $HOME"', 'bash -c "a | b"', 'prog "a > b"', "prog --x=1"])
def test_a_command_line_that_names_its_shell_is_right(line: str) -> None:
    assert of_command(f"'{line}'", key="command_line") == []


def test_a_percent_name_is_for_a_shell_on_windows_only() -> None:
    windows = "pool: {image: windows-2022, vm_size: STANDARD_D2S_V3}\n"
    tasks = "tasks: [{command_line: 'echo %TEMP% $HOME'}]\n"
    assert findings(TOP + windows + JOB + tasks) == ["5:24 warning no-shell"]
    quiet = "tasks: [{command_line: 'echo %TEMP%'}]\n"
    assert findings(TOP + POOL + JOB + quiet) == []


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("debian", True),
        ("debian:latest", True),
        ("host:5000/debian", True),
        ("debian:12.5", False),
        ("host:5000/debian:12.5", False),
        ("debian@sha256:abc", False),
    ],
)
def test_an_image_without_a_version_is_found(image: str, *, moves: bool) -> None:
    tasks = f"tasks: [{{command_line: a, container_settings: {{image_name: '{image}'}}}}]\n"
    assert findings(TOP + POOL + JOB + tasks) == (["5:60 warning latest-image"] if moves else [])


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


def test_a_task_with_more_time_than_its_job_is_told() -> None:
    def found(job: str, task: str) -> list[str]:
        tasks = f"tasks: [{{command_line: a, constraints: {{max_wall_clock_time: {task}}}}}]\n"
        return findings(f"{TOP}{POOL}{job}{tasks}")

    assert found("", "26h") == []
    assert found("job: {constraints: {max_wall_clock_time: 30h}}\n", "26h") == []
    (line,) = found("job: {constraints: {max_wall_clock_time: 1h}}\n", "26h")
    assert line.endswith("warning limit-beyond-job")


def test_the_day_that_lint_is_given_decides_whether_an_image_is_too_old() -> None:
    text = f"{TOP}{POOL}{JOB}tasks: [{{command_line: a}}]\n"
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    image = recipe.pools[0].image
    assert image is not None
    ends = end_of_support(image.publisher, image.offer, image.sku)
    assert ends is not None

    def on(day: date) -> list[str]:
        return [problem.code for problem in lint(parse(text, "r.yaml"), recipe, day)]

    assert on(ends - NOTICE - timedelta(days=1)) == []
    assert on(ends - NOTICE) == on(ends + timedelta(days=1)) == ["image-support"]
