"""Rules about commands and `raw:`."""

from __future__ import annotations

import pytest
from lint.findings import JOB, POOL, TOP, findings, messages


def of_command(command: str, *, key: str = "commands") -> list[str]:
    value = f"[{command}]" if key == "commands" else command
    return [line.split()[-1] for line in findings(f"{TOP}{POOL}{JOB}tasks: [{{{key}: {value}}}]\n")]


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


@pytest.mark.parametrize("line", ['/bin/sh -c "echo $HOME"', 'bash -c "a && b"', 'prog "a > b"', "prog --x=1"])
def test_a_command_line_that_names_its_shell_is_right(line: str) -> None:
    assert of_command(f"'{line}'", key="command_line") == []


def test_a_percent_name_is_for_a_shell_on_windows_only() -> None:
    windows = "pool: {image: windows-2022, vm_size: STANDARD_D2S_V3}\n"
    tasks = "tasks: [{command_line: 'echo %TEMP% $HOME'}]\n"
    assert findings(TOP + windows + JOB + tasks) == ["5:24 warning no-shell"]
    quiet = "tasks: [{command_line: 'echo %TEMP%'}]\n"
    assert findings(TOP + POOL + JOB + quiet) == []


def test_the_messages_name_the_variables_the_expression_and_the_syntax() -> None:
    tasks = (
        "tasks:\n"
        "- commands: [ls $A $B]\n"
        "- {command_line: 'a && b', name: two}\n"
        "- {commands: ['ls ${{ params.p | raw }}'], name: three}\n"
    )
    parameters = "parameters: {p: {default: x, description: A file.}}\n"
    assert messages(f"{TOP}{parameters}{POOL}{JOB}{tasks}") == [
        ("unquoted shell variables $A, $B", 'write "$A": the shell splits an unquoted value at spaces'),
        (
            "&& has no effect in command_line, which runs without a shell",
            "write `commands: [...]`, which runs in a shell",
        ),
        (
            "${{ params.p | raw }} is inserted into the command without quoting",
            "remove `| raw`; a list is expanded to several quoted arguments",
        ),
    ]


def test_properties_in_raw_are_a_note_that_names_them() -> None:
    text = f"{TOP}{POOL}{JOB}tasks: [{{command_line: a, raw: {{newProperty: 1}}}}]\n"
    assert findings(text) == ["5:32 note raw-used"]
    assert messages(text) == [("raw adds newProperty to the request without validation", None)]


def test_an_empty_raw_is_no_finding() -> None:
    assert findings(f"{TOP}{POOL}{JOB}tasks: [{{command_line: a, raw: {{}}}}]\n") == []
