"""How long commands and variables may be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from recipebatch.errors import InvalidRecipeError, SourcePosition
from recipebatch.plan.expressions import command_line_of
from recipebatch.plan.sections.lengths import check_command, check_variable
from recipebatch.properties.deferred import DeferredText, SecretParameter

AT = SourcePosition("r.yaml", 3, 5)


def problem_of(line: str, os: str = "linux", shell: str | None = None) -> str | None:
    try:
        check_command(line, os, AT, shell=shell)
    except InvalidRecipeError as error:
        (problem,) = error.problems
        assert (problem.code, problem.at) == ("command-too-long", AT)
        return problem.message
    return None


def in_bash(characters: int) -> str:
    """Commands whose script for bash has so many characters."""
    empty = len(command_line_of([""], "bash")) - len("/bin/bash -c ''")
    return command_line_of([":" + " " * (characters - empty - 2) + "x"], "bash")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")
def test_linux_starts_what_is_accepted_and_not_what_is_refused() -> None:
    for characters, starts in ((131_071, True), (131_072, False)):
        line = in_bash(characters)
        script = line.removeprefix("/bin/bash -c '").removesuffix("'")
        assert len(script) == characters
        assert (problem_of(line, "linux", "bash") is None) is starts
        if starts:
            assert subprocess.run(["/bin/bash", "-c", script], check=False).returncode == 0
        else:
            with pytest.raises(OSError, match="too long"):
                subprocess.run(["/bin/bash", "-c", script], check=False)


def test_bytes_count_and_not_characters() -> None:
    assert problem_of(f"run {'é' * 65_535}") is None
    assert problem_of(f"run {'é' * 65_536}") == (
        "an argument of the command has 131,072 bytes; Linux accepts at most 131,071"
    )
    assert problem_of(f"run {'a' * 131_071} {'b' * 131_071}") is None
    assert problem_of(f"run '{'a' * 131_069}' 'unclosed") is not None


def test_the_figures_of_commands_name_their_shell() -> None:
    assert problem_of(in_bash(200_000), "linux", "bash") == (
        "the commands together have 200,000 bytes as one argument of bash; Linux accepts at most 131,071"
    )


@pytest.mark.parametrize(
    ("program", "most"),
    [
        ("cmd /c ", 8191),
        ('"C:\\Windows\\System32\\cmd.exe" /c ', 8191),
        ("CMD.EXE ", 8191),
        ("tools\\build.bat ", 8191),
        ('"my tools/build.cmd" ', 8191),
        ("run.exe ", 32_766),
        ("cmdlets.exe ", 32_766),
    ],
)
def test_windows_counts_the_characters_of_the_whole_line(program: str, most: int) -> None:
    rest = most - len(program)
    assert problem_of(program + "é" * rest, "windows") is None
    assert f"{most + 1:,} characters" in (problem_of(program + "é" * (rest + 1), "windows") or "")
    assert problem_of(program + "😀" * (rest // 2 + 1), "windows") is not None


@pytest.mark.parametrize(("os", "most"), [("linux", 131_071), ("windows", 32_766)])
def test_a_variable_is_limited_with_its_name(os: str, most: int) -> None:
    check_variable("NAME", "a" * (most - len("NAME=")), os, AT)
    check_variable("NAME", DeferredText("a" * 9, SecretParameter("s")), os, AT)
    for value in ("a" * (most - 4), DeferredText("a" * most, SecretParameter("s"))):
        with pytest.raises(InvalidRecipeError, match="the variable NAME has"):
            check_variable("NAME", value, os, AT)
