"""Rules about what a shell makes of commands."""

from __future__ import annotations

import pytest
from lint.findings import JOB, POOL, TOP, findings, messages

PARAMETERS = (
    "parameters: {p: {default: x, description: A text.}, n: {type: integer, default: 1, description: A number.}}\n"
)


def of_command(command: str, shell: str = "sh", *, key: str = "commands") -> list[str]:
    """The codes for one command, as a block."""
    block = f"|-\n{' ' * 8}{command}" if key == "command_line" else f"[{command!r}]"
    if key == "commands":
        block = f"\n      - |-\n{' ' * 10}" + command.replace("\n", "\n" + " " * 10)
    chosen = f"    shell: {shell}\n" if key == "commands" else ""
    text = f"{TOP}{PARAMETERS}{POOL}{JOB}tasks:\n  - name: t\n{chosen}    {key}: {block}\n"
    unused = {"unused-parameter", "unquoted-expression", "unquoted-variable"}
    return [code for line in findings(text) if (code := line.split()[-1]) not in unused]


@pytest.mark.parametrize(
    "command",
    [
        "python3 x.py | tee log",
        "grep x f | sort > out",
        "x=$(a | b)",
        'echo "$(a | b)"',
        "(a; b) | c",
        "cat f | while read -r line; do echo x; done",
        "if a | b; then c; fi",
    ],
)
def test_a_pipe_hides_a_failure_in_sh_and_not_in_bash(command: str) -> None:
    assert of_command(command) == ["pipe-hides-failure"]
    assert of_command(command, "bash") == []


@pytest.mark.parametrize(
    "command",
    ["echo a | b", "a || b", "case x in a|b) c;; esac", "printf '%s' a | b", "echo 'a | b'", "set -o pipefail; a | b"],
)
def test_a_pipe_that_hides_nothing_is_right(command: str) -> None:
    assert of_command(command) == []


@pytest.mark.parametrize("key", ["commands", "command_line"])
@pytest.mark.parametrize(
    "command",
    ["/bin/sh -c 'curl x | tar x'", "bash -c 'curl x | tar x'", "sudo bash -lc 'a; b | c'", "ssh h 'a | b'"],
)
def test_a_pipe_hides_a_failure_in_a_shell_of_its_own(command: str, key: str) -> None:
    assert of_command(command, "bash", key=key) == ["pipe-hides-failure"]


@pytest.mark.parametrize(
    "command",
    [
        "bash -o pipefail -c 'a | b'",
        "bash -euo pipefail -c 'a | b'",
        "bash -c 'set -o pipefail; a | b'",
        "sh -c 'echo a | b'",
        "sh -c 'a || b'",
    ],
)
def test_a_shell_of_its_own_that_hides_nothing_is_right(command: str) -> None:
    assert of_command(command, "bash") == []
    assert of_command(command, key="command_line") == []


@pytest.mark.parametrize(
    "command", ["bash <<'EOF'\nx\na | b\nEOF", "x && sudo bash -s a <<-END\na | b\n\tEND\nc", "ssh h << E\na | b\nE"]
)
def test_a_pipe_hides_a_failure_in_a_text_that_a_shell_reads(command: str) -> None:
    assert of_command(command, "bash") == ["pipe-hides-failure"]


@pytest.mark.parametrize(
    "command",
    ["cat <<E > bash\na | b\nE", "bash -o pipefail <<E\na | b\nE", "bash <<E\na\nE\nx | y", "bash <<< 'a'"],
)
def test_other_texts_and_texts_without_pipes_hide_nothing(command: str) -> None:
    assert of_command(command, "bash") == []


@pytest.mark.parametrize("command", ["diff <(a) b", "a > >(b)", 'export X="$(b)"', "declare -r X=$(b)", "export X=`b`"])
def test_a_substitution_hides_a_failure_in_bash_too(command: str) -> None:
    assert of_command(command, "bash") == ["pipe-hides-failure"]


@pytest.mark.parametrize("command", ['X="$(b)"', "X=$(b); export X", 'echo "$(b)"', "export X=b", "echo '<(a)'"])
def test_a_substitution_whose_failure_counts_is_right(command: str) -> None:
    assert of_command(command, "bash") == []


def test_commands_in_containers_run_in_sh() -> None:
    pool = "pool: {image: ubuntu-24.04-containers, vm_size: v, container_configuration: {container_image_names: [i]}}\n"
    tasks = "tasks: [{commands: ['a | b'], container_settings: {image_name: i}}]\n"
    start = pool.replace("]}}", "]}, start_task: {commands: ['c | d'], container_settings: {image_name: i}}}")
    instead = "write `shell: bash` beside commands, if the image has bash, or write to a file first: "
    instead += "`a > out`, then `b < out`"
    assert [found for found in messages(TOP + start + JOB + tasks) if "before" in found[0]] == [
        (f"a failure of {name} before `|` does not end the task: in sh only the last command of a pipe counts", instead)
        for name in ("c", "a")
    ]
    assert not any(
        "before" in found[0] for found in messages(TOP + pool + JOB + tasks.replace("]", "], shell: bash", 1))
    )


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("[[ -f x ]]", "[[ ]]"),
        ("if [[ -f x ]]; then a; fi", "[[ ]]"),
        ("((i++))", "(( ))"),
        ("diff <(a) b", "<( )"),
        ("cat <<< x", "<<<"),
        ("a &> log", "&>"),
        ("for i in {1..3}; do a; done", "{a,b}"),
        ("cp x.{a,b} y", "{a,b}"),
        ("a=(1 2)", "an array"),
        ("a+=b", "+="),
        ("echo $'a'", "$'…'"),
        ('echo "${x/a/b}"', "${x/a/b}"),
        ('echo "${x:1:2}"', "${x:1:2}"),
        ('echo "${x^^}"', "${x^^}"),
        ('echo "${!x}"', "${!x}"),
        ('echo "${a[0]}"', "${x[i]}"),
        ('echo "$RANDOM"', "$RANDOM"),
        ("source env.sh", "source"),
        ("function f { a; }", "function"),
        ("echo -e a", "echo -e"),
        ("[ a == b ]", "[ =="),
        ("trap 'a' ERR", "trap ERR"),
        ("shopt -s nullglob", "shopt"),
    ],
)
def test_what_is_for_bash_is_found_in_sh(command: str, what: str) -> None:
    assert "bash-in-sh" in of_command(command)
    assert "bash-in-sh" not in of_command(command, "bash")
    text = f"{TOP}{POOL}{JOB}tasks:\n  - shell: sh\n    commands:\n      - |-\n          {command}\n"
    assert any(f"{what} is for bash" in message for message, _ in messages(text)), messages(text)


@pytest.mark.parametrize(
    "command",
    [
        "[ -f x ]",
        "echo $((1 + 2))",
        'echo "${x:-a}" "${x%/*}" "${x#a}"',
        "echo '[[ ]] {a,b} $RANDOM'",
        "awk '{print $1, $2}' f",
        "a > log 2>&1",
        ". ./env.sh",
        "f() { a; }",
        "echo a # [[ ]]",
        "x=a; x=${x}b",
        "read -r a b",
        "{ a; b; }",
    ],
)
def test_what_every_shell_knows_is_right(command: str) -> None:
    assert of_command(command) == []


@pytest.mark.parametrize(
    "command",
    [
        "eval ${{ params.p }}",
        "eval a b=${{ params.p }}",
        "bash -c ${{ params.p }}",
        "/bin/sh -ec 'x '${{ params.p }}",
        "sudo -u me bash -lc run\\ ${{ params.p }}",
        "find . | xargs sh -c ${{ params.p }}",
        "ssh host rm ${{ params.p }}",
        "su me -c ${{ params.p }}",
        "trap ${{ params.p }} EXIT",
        'x="$(bash -c ${{ params.p }})"',
        "timeout 5 ssh host ${{ params.p }}",
    ],
)
def test_a_value_that_a_second_shell_reads_is_found(command: str) -> None:
    assert of_command(command, "bash") == ["value-read-twice"]


@pytest.mark.parametrize(
    "command",
    [
        "bash -c 'a \"$1\"' _ ${{ params.p }}",
        "bash run.sh ${{ params.p }}",
        "python3 -c ${{ params.p }}",
        "eval 'a b' && c ${{ params.p }}",
        'eval "$(a ${{ params.p }})"',
        "bash -c ${{ params.n }}",
        "echo eval ${{ params.p }}",
    ],
)
def test_a_value_that_is_read_once_is_right(command: str) -> None:
    assert of_command(command, "bash") == []


def test_a_command_line_that_calls_a_shell_reads_a_value_twice_too() -> None:
    assert of_command("/bin/bash -c ${{ params.p }}", key="command_line") == ["value-read-twice"]
    assert of_command("/bin/bash run.sh ${{ params.p }}", key="command_line") == []


@pytest.mark.parametrize(
    "command",
    [
        "[[ 1 -eq ${{ params.p }} ]]",
        "if [[ ${{ params.p }} -lt 3 ]]; then a; fi",
        "let x=${{ params.p }}",
        "declare -i x=${{ params.p }}",
        "a[${{ params.p }}]=1",
        "echo ${a[${{ params.p }}]}",
        "echo ${a:${{ params.p }}}",
        "test -v ${{ params.p }}",
        "[[ 1 -eq ${{ params.p ~ 1 }} ]]",
    ],
)
def test_a_value_that_the_shell_calculates_with_is_found(command: str) -> None:
    assert of_command(command, "bash") == ["value-in-arithmetic"]


@pytest.mark.parametrize(
    "command",
    [
        "[[ a = ${{ params.p }} ]]",
        "[ 1 -eq ${{ params.p }} ]",
        "[[ 1 -eq ${{ params.n }} ]]",
        "[[ 1 -eq ${{ params.n + 1 }} ]]",
        "[[ 1 -eq ${{ params.p | int }} ]]",
        "[[ 1 -eq ${{ params.p | length }} ]]",
        "[[ 1 -eq ${{ 3 - params.n }} ]]",
        "[[ 1 -eq ${{ 3 }} ]]",
        "x=${{ params.p }}",
        "echo ${a:-${{ params.p }}}",
    ],
)
def test_a_number_and_a_text_that_is_compared_are_right(command: str) -> None:
    assert of_command(command, "bash") == []


WINDOWS = "pool: {image: windows-2022, vm_size: STANDARD_D2S_V3}\n"


def in_cmd(*commands: str) -> list[str]:
    listed = "".join(f"      - |-\n          {command}\n" for command in commands)
    return findings(f"{TOP}{WINDOWS}{JOB}tasks:\n  - name: t\n    commands:\n{listed}")


@pytest.mark.parametrize(
    "command", ["sort a | find b", "run.exe & echo b", "for %i in (1 2) do run.exe %i", "if exist x sort x | more"]
)
def test_a_failure_that_cmd_hides_is_found(command: str) -> None:
    assert in_cmd(command) == ["8:9 warning pipe-hides-failure"]


@pytest.mark.parametrize(
    "command",
    ["run.exe && echo b", "echo y | run.exe", "for %i in (1 2) do run.exe %i || exit", 'echo "a | b & c"', "rem a | b"],
)
def test_a_failure_that_cmd_sees_is_right(command: str) -> None:
    assert in_cmd(command) == []


@pytest.mark.parametrize(
    "commands",
    [
        ["set X=1", "echo %X%"],
        ['set "X=1"', "run.exe %x:a=b%"],
        ["set /a N=1+1", "set M=%N%"],
        ["set X=1&& run.exe %X%"],
        ["if exist a set X=1", "run.exe %X%"],
        ["run.exe", "exit /b %ERRORLEVEL%"],
        ["cd sub", "echo %CD%"],
        ["set X=1", "if %X%==1 run.exe"],
    ],
)
def test_a_variable_that_is_read_before_it_is_set_is_found(commands: list[str]) -> None:
    assert [line.split()[-1] for line in in_cmd(*commands)] == ["variable-read-early"]


@pytest.mark.parametrize(
    "commands",
    [
        ["set PATH=%PATH%;x", "run.exe"],
        ["echo %X%", "set X=1"],
        ["set X=1", "call echo %X%"],
        ["set X=1", "run.exe !X!"],
        ["set X=1", "echo %Y% %CD%"],
        ["cd sub", "run.exe"],
    ],
)
def test_a_variable_that_has_its_value_in_time_is_right(commands: list[str]) -> None:
    assert in_cmd(*commands) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [("cmd /c sort a | find b", 1), ('cmd.exe /s /c "run.exe & echo b"', 1), ('cmd /c "run.exe && echo b"', 0)],
)
def test_a_failure_that_cmd_hides_in_a_command_line_is_found(line: str, found: int) -> None:
    text = f"{TOP}{WINDOWS}{JOB}tasks:\n  - name: t\n    command_line: |-\n        {line}\n"
    assert [each.split()[-1] for each in findings(text)] == ["pipe-hides-failure"] * found
