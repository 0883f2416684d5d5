"""Commands and limits of a plan as text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recipebatch.cli.render.plan import parts
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.task import UserIdentity


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("run --all\n", ["run --all"]),
        ("/bin/sh -c 'set -e\na\n{ (exit $?);} 2>/dev/null\nb\n{ (exit $?);} 2>/dev/null\n'", ["a", "b"]),
        ('cmd /c "set A=1&& (echo a & echo b) && call c.bat"', ["set A=1", "(echo a & echo b)", "call c.bat"]),
        ('cmd /c "a && b"', ["a && b"]),
        ("a\rb", ["a\rb"]),
    ],
)
def test_a_command_is_shown_as_it_is_written(written: str, shown: list[str]) -> None:
    assert parts.command(written, indent=2) == [f"  {line}" for line in shown]


def test_a_command_is_shown_at_a_length_that_one_can_read() -> None:
    command = "run " + "x" * 100_000
    assert parts.command(command, indent=4) == [f"    {command[:4000]}… (and 96,004 more characters; --json shows all)"]


def test_times_tries_and_accounts() -> None:
    assert parts.time(timedelta(days=1, hours=2, minutes=1)) == "1 day 2 h 1 min"
    assert [parts.tries(count) for count in (-1, 0, 3)] == ["tried without limit", "1 try", "4 tries"]
    assert parts.identity(UserIdentity(), "linux") == ""


def test_a_file_of_the_linked_storage_says_so() -> None:
    file = ResourceFile(auto_storage_container_name="c")
    assert parts.resource_files([file], indent=0) == ["resource file . from container c of the Batch account's storage"]
