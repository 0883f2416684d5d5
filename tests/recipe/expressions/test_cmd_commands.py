"""Commands as cmd reads them."""

from __future__ import annotations

import pytest

from recipebatch.recipe.expressions.cmd_commands import read_cmd


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("if exist old.txt del old.txt", "(if exist old.txt del old.txt)"),
        ("@IF EXIST a b", "(@IF EXIST a b)"),
        ("for %i in (1 2) do echo %i", "(for %i in (1 2) do echo %i)"),
        ("FOR %i IN (*.txt) DO(echo %i)", "(FOR %i IN (*.txt) DO(echo %i))"),
        ("a || b", "(a || b)"),
        ("a & b", "(a & b)"),
        ("a && if exist b c", "(a && if exist b c)"),
        ("if exist a(1).txt echo done (ok)", "(if exist a(1^).txt echo done ^(ok^))"),
        ('if exist "a (1).txt" echo ":)" ^)', '(if exist "a (1).txt" echo ":)" ^))'),
        ('if not "%X%"=="a b" (echo a) else (echo b (c^))', '(if not "%X%"=="a b" (echo a) else (echo b (c^)))'),
        ("if /i a == b echo c)", "(if /i a == b echo c^))"),
        ("if a equ b (x) else if defined Y (z)", "(if a equ b (x) else if defined Y (z))"),
        ("if exist x set P=%ProgramFiles(x86)%", "(if exist x set P=%ProgramFiles(x86)%)"),
        ("if exist x echo(a (b)", "(if exist x echo(a ^(b^))"),
        ("if exist x a ^\n   --b", "(if exist x a --b)"),
    ],
)
def test_a_command_that_takes_what_follows_along_is_put_in_parentheses(text: str, group: str) -> None:
    read = read_cmd(text)
    assert (read.problem, read.swallows, read.in_parentheses()) == (None, True, group)


@pytest.mark.parametrize(
    "text",
    [
        "set X=1",
        "echo done (ok)",
        "a && b",
        "a | b",
        "prog > out.txt 2>&1",
        "prog >nul",
        "echo if",
        "iffy.exe",
        "if.exe a",
        'echo "a & b || c"',
        "echo a ^& b",
        "set PATH=%ProgramFiles(x86)%\\x;%PATH%",
        "cd (x)",
        "(a b) c",
        'echo 5^" disk',
        "remove.exe",
    ],
)
def test_other_commands_stand_as_they_are(text: str) -> None:
    read = read_cmd(text)
    assert (read.problem, read.swallows, read.is_comment, read.text) == (None, False, False, text)


@pytest.mark.parametrize("text", ["rem step one", "REM", ":: step (one", "@rem a && b", '  rem "a'])
def test_a_comment_is_known(text: str) -> None:
    assert read_cmd(text).is_comment
    assert read_cmd(text).problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('echo "abc', "the command ends inside a quote"),
        ('if "a=="b" c', "the command ends inside a quote"),
        ("echo a ^", "the command ends inside an escape"),
        ("(a", "the command ends inside a parenthesis"),
        ("for %i in (1 2 do a", "the command ends inside a parenthesis"),
        ("if exist x (a", "the command ends inside a parenthesis"),
        ("a && ) b", "the command closes a parenthesis that it does not open"),
        ("a & rem b", "rem takes the rest of the line"),
        ("(rem b)", None),
        (":again", "cmd /c has no labels"),
        ("a & :: b", "a comment takes the rest of the line"),
        ("echo a\necho b", "the command has several lines, of which cmd reads the first only"),
        ("for %%i in (1) do a", "%%i is for .bat files"),
    ],
)
def test_what_would_take_the_next_command_along_is_a_problem(text: str, problem: str | None) -> None:
    found = read_cmd(text).problem
    assert (found[0] if found is not None else None) == (problem or "rem takes the rest of the line")


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("build.bat", "call build.bat"),
        ("tools\\Build.CMD a b", "call tools\\Build.CMD a b"),
        ('"my tools\\build.bat" "a b"', 'call "my tools\\build.bat" "a b"'),
        ("if exist x build.bat", "if exist x call build.bat"),
        ("a.bat & b.bat", "call a.bat & call b.bat"),
        ("build.bat %MODE%", "call build.bat %MODE%"),
        ('build.bat ^"a ^& b^"', 'call build.bat ^"a ^& b^"'),
        ("call build.bat", "call build.bat"),
        ("run.exe build.bat", "run.exe build.bat"),
        ("for %i in (1 2) do build.bat %i", "for %i in (1 2) do call build.bat %i"),
    ],
)
def test_a_batch_file_is_called(text: str, called: str) -> None:
    found = read_cmd(text).with_calls()
    assert (found.problem, found.text) == (None, called)


@pytest.mark.parametrize("text", ["build.bat 100^%", "build.bat ^^", 'build.bat "a^b"', 'build.bat ^"say \\^"hi\\^"^"'])
def test_an_argument_that_call_would_read_differently_is_a_problem(text: str) -> None:
    assert read_cmd(text).problem is None
    assert read_cmd(text).with_calls().problem is not None


def test_a_batch_file_in_a_command_with_a_problem_is_left_to_the_problem() -> None:
    assert read_cmd('x.bat "a').with_calls().problem == read_cmd('x.bat "a').problem


def test_the_commands_and_operators_in_a_command_are_known() -> None:
    read = read_cmd("if exist x (a | b) else c & @d")
    assert [read.text[start] for start in read.starts] == ["a", "b", "c", "d"]
    assert (read.operators, read.loops) == (["|", "&"], False)
    assert read_cmd("for %i in (1) do a").loops
