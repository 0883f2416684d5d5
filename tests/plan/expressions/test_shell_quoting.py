import json
import shlex
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import LocalFile, LocalInputs
from recipebatch.plan import bind_parameters, resolve
from recipebatch.plan.expressions.shell_quoting import UnfitCommandError, argument, command_line_of, commands_of
from recipebatch.plan.model import Plan
from recipebatch.recipe import parse_recipe

PRINT = "import sys; sys.stdout.buffer.write('\\0'.join(sys.argv[1:]).encode())"

# NUL cannot be an argument, lone surrogates cannot be UTF-8, and U+E000 and U+E001 are reserved.
texts = st.text(
    st.characters(exclude_characters="\x00\ue000\ue001", exclude_categories=["Cs"]), min_size=0, max_size=30
)
hostile = st.sampled_from(
    [
        "a; rm -rf ~.txt",
        "$(touch x)",
        "`id`",
        "it's",
        '"',
        "a\nb",
        "\\",
        "-n",
        "",
        " ",
        "*",
        "é中😀",
        "$HOME",
        "!!",
        "#",
        "~",
    ]
)


in_shell = partial(argument, os="linux", shell=True)  # noqa: S604 - it starts none: it writes for one


def plan_of(task: str, *, blobs: tuple[str, ...] = (), table: str = "", parameters: dict[str, object]) -> Plan:
    recipe = parse_recipe(
        "schema_version: 1\nname: demo\nparameters: {v: {default: ''}, l: {type: list, default: []}}\n"
        f"storage: {{input: {{}}}}\npool: {{existing: p}}\ntasks:\n  - {task}\n",
        file="r.yaml",
        folder=Path(),
    )
    files = {"input": tuple(LocalFile(blob=blob, source="/x", size=1) for blob in blobs)}
    return resolve(
        recipe,
        run_id="20260101-000000-abcd",
        owner="me",
        parameters=bind_parameters(recipe, parameters),
        inputs=LocalInputs(files=files, tables={"t.jsonl": table}),
        environ={},
        listings=None,
    )


def run(command_line: str) -> list[str]:
    """What the program gets when a shell reads a task's command line, as on a node."""
    done = subprocess.run(["/bin/sh", "-c", command_line], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")


def command_lines(plan: Plan) -> list[str]:
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.command_line for task in tasks]


@settings(max_examples=60, deadline=None)
@given(st.lists(texts | hostile, min_size=1, max_size=4), st.sampled_from(["bash", "sh"]))
def test_any_text_reaches_the_program_byte_for_byte_through_a_shell(values: list[str], shell: str) -> None:
    quoted = " ".join(in_shell(value) for value in values)
    line = command_line_of([f"{sys.executable} -c {in_shell(PRINT)} {quoted}"], shell)
    assert run(line) == values


@settings(max_examples=40, deadline=None)
@given((texts | hostile).filter(lambda text: text.rpartition("/")[2] not in {"", ".", ".."}))
@example("a; rm -rf ~.txt")
@example('folder/it\'s "$(id)" `x`\n.txt')
def test_any_blob_name_reaches_the_program_byte_for_byte(blob: str) -> None:
    task = (
        "for_each: {files: input}\n    resource_files: ['${{ file }}']\n    commands:\n"
        f"      - |-\n        {sys.executable} -c {in_shell(PRINT)} ${{{{ file.path }}}} x=${{{{ file.name }}}}"
    )
    plan = plan_of(task, blobs=(blob,), parameters={})
    (line,) = command_lines(plan)
    name = blob.rpartition("/")[2]
    assert run(line) == [blob, f"x={name}"]
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    assert (tasks[0].resource_files[0].blob, tasks[0].resource_files[0].file_path) == (blob, name)


@settings(max_examples=40, deadline=None)
@given(texts | hostile, st.lists(texts | hostile, max_size=3))
def test_any_parameter_reaches_the_program_byte_for_byte(value: str, values: list[str]) -> None:
    task = (
        "command_line: |-\n        "
        f"{sys.executable} -c {argument(PRINT, 'linux', shell=False)} ${{{{ params.v }}}} ${{{{ params.l }}}}"
    )
    (line,) = command_lines(plan_of(task, parameters={"v": value, "l": values}))
    assert run(line) == [value, *values]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.just("v"), texts | hostile, min_size=1))
def test_any_value_of_a_row_reaches_the_program_byte_for_byte(row: dict[str, str]) -> None:
    task = (
        "for_each: {rows: t.jsonl}\n    commands:\n      - |-\n        "
        f"{sys.executable} -c {in_shell(PRINT)} ${{{{ item.v }}}}"
    )
    (line,) = command_lines(plan_of(task, table=json.dumps(row), parameters={}))
    assert run(line) == [row["v"]]


def test_raw_is_passed_on_as_it_is() -> None:
    (line,) = command_lines(plan_of("command_line: 'run ${{ params.v | raw }}'", parameters={"v": "-a -b"}))
    assert line == "run -a -b"


def test_an_escaped_expression_and_single_dollars_are_left_to_the_shell() -> None:
    plan = plan_of("commands: ['echo $${{ params.v }} $HOME ${PATH} $(id) ${{ params.v }}']", parameters={"v": "a b"})
    (line,) = command_lines(plan)
    assert "echo ${{ params.v }} $HOME ${PATH} $(id) '\"'\"'a b'\"'\"'\n" in line


@pytest.mark.parametrize(
    ("commands", "code", "output"),
    [
        (["echo a", "echo b"], 0, "a\nb\n"),
        (["echo a", "exit 3", "echo b"], 3, "a\n"),
        (["false && true", "echo b"], 1, ""),
        (["sh -c 'exit 7' && echo x", "echo b"], 7, ""),
        (["echo a # it's a comment", "echo b"], 0, "a\nb\n"),
        (["if false; then echo x; fi", "echo b"], 0, "b\n"),
        (["x=1", "echo $x"], 0, "1\n"),
        (["cat <<END\nit's\nEND", "echo b"], 0, "it's\nb\n"),
        (["! true", "echo b"], 1, ""),
        (["(exit 4)", "echo b"], 4, ""),
        (["echo a   ", "  echo b"], 0, "a\nb\n"),
        (["x=$(echo a; exit 3)", "echo b"], 3, ""),
        (["x=$(false; echo a)", "echo b"], 1, ""),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_commands_stop_at_the_first_failure_with_its_exit_code(
    commands: list[str], code: int, output: str, shell: str
) -> None:
    done = subprocess.run(["/bin/sh", "-c", command_line_of(commands, shell)], capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (code, output)


@pytest.mark.parametrize(
    ("commands", "bash", "sh"),
    [
        (["(exit 3) | cat", "echo b"], 3, 0),
        (["grep x /dev/null | sort > /dev/null", "echo b"], 1, 0),
        (["x=$( (exit 4) | cat)", "echo b"], 4, 0),
        (["(exit 5) | (exit 6) | true"], 6, 0),
        (["if (exit 3) | cat; then exit 7; fi", "echo b"], 0, 7),
        (["(exit 3) | cat || true", "echo b"], 0, 0),
    ],
)
def test_a_failure_in_a_pipe_counts_in_bash(commands: list[str], bash: int, sh: int) -> None:
    lines = [command_line_of(commands, shell) for shell in ("bash", "sh")]
    ended = [subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False) for line in lines]
    assert [done.returncode for done in ended] == [bash, sh]


def test_a_container_finds_its_own_bash() -> None:
    assert command_line_of(["a"], "bash", in_container=True).startswith("bash -c 'set -e -o pipefail\n")
    assert command_line_of(["a"], "bash").startswith("/bin/bash -c 'set -e -o pipefail\n")
    assert command_line_of(["a"], "sh", in_container=True) == "/bin/sh -c 'set -e\na\n{ (exit $?);} 2>/dev/null\n'"


def test_a_value_with_a_nul_character_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        in_shell("a\0b")


@pytest.mark.parametrize(
    ("value", "shell", "quoted"),
    [
        ("plain.txt", True, "plain.txt"),
        ("a b", False, '"a b"'),
        ("a b", True, '^"a b^"'),
        ('say "hi"', False, '"say \\"hi\\""'),
        ("c:\\dir with\\", False, '"c:\\dir with\\\\"'),
        ("%PATH% & del", True, '^"^%^PATH^%^ ^& del^"'),
        ("", True, '^"^"'),
        ([1, True, "x y"], False, '1 true "x y"'),
    ],
)
def test_windows_arguments_survive_cmd_and_the_c_runtime(value: object, shell: bool, quoted: str) -> None:  # noqa: FBT001 - a table
    assert argument(value, "windows", shell=shell) == quoted


def test_cmd_cannot_carry_a_line_end() -> None:
    with pytest.raises(ValueError, match="line end"):
        in_shell("a\nb", os="windows")


@pytest.mark.parametrize(
    ("commands", "line"),
    [
        (["a", "b || c"], "a&& (b || c)"),
        (["if exist old.txt del old.txt", "run.exe"], "(if exist old.txt del old.txt) && run.exe"),
        (["for %i in (1 2) do echo %i", "a", "b"], "(for %i in (1 2) do echo %i) && a&& b"),
        (["rem step one", "a", ":: two", "b", "rem end"], "a&& b"),
        (["set X=1", "run.exe"], "set X=1&& run.exe"),
        (["echo done (ok)", "a"], "echo done (ok)&& a"),
        (["if exist x echo done (ok)", "a"], "(if exist x echo done ^(ok^)) && a"),
        (["build.bat a", "call test.bat", "last.bat"], "call build.bat a&& call test.bat&& last.bat"),
        (["set PATH=%PATH%;x", "a"], "set PATH=%PATH%;x&& a"),
        (["if exist x a"], "if exist x a"),
        (["rem nothing"], "rem"),
        (["exit /b 3", "a"], "exit /b 3&& a"),
    ],
)
def test_windows_commands_are_joined_so_that_each_runs(commands: list[str], line: str) -> None:
    assert command_line_of(commands, "cmd") == f'cmd /c "{line}"'


@pytest.mark.parametrize(("commands", "place"), [(["a", 'echo "b', "c"], 1), (["x.bat 5^%", "a"], 0), (["a\nb"], 0)])
def test_what_cmd_cannot_run_among_others_is_refused(commands: list[str], place: int) -> None:
    with pytest.raises(UnfitCommandError) as raised:
        command_line_of(commands, "cmd")
    assert raised.value.place == place


@pytest.mark.parametrize(
    ("commands", "line"),
    [
        (['echo 5" disk'], 'echo 5" disk'),
        (["echo a ^"], "echo a ^"),
        (["echo a& rem b"], "echo a& rem b"),
        (['echo 5" disk', "rem b"], 'echo 5" disk'),
        (["a", 'echo 5" disk'], 'a&& echo 5" disk'),
    ],
)
def test_what_would_take_others_along_is_right_where_none_follows(commands: list[str], line: str) -> None:
    assert command_line_of(commands, "cmd") == f'cmd /c "{line}"'


@pytest.mark.parametrize(
    "commands", [["(echo a"], ["a\nb"], ["for %%i in (1) do a"], ['(echo "a'], ["a", 'if exist x echo "b'], ['if "a']]
)
def test_what_cmd_cannot_run_by_itself_is_refused(commands: list[str]) -> None:
    with pytest.raises(UnfitCommandError):
        command_line_of(commands, "cmd")


def test_a_raw_value_that_cmd_cannot_run_among_others_has_a_position() -> None:
    text = (
        "schema_version: 1\nname: a\nparameters: {v: {}}\npool: {existing: p, os: windows}\n"
        "tasks:\n  - commands:\n      - first\n      - echo ${{ params.v | raw }}\n      - last\n"
    )
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    values = {"run_id": "20260101-000000-abcd", "owner": "me", "inputs": LocalInputs(files={}, tables={})}
    good = resolve(recipe, parameters={"v": "b"}, environ={}, listings=None, **values)  # type: ignore[arg-type]
    assert command_lines(good) == ['cmd /c "first&& echo b&& last"']
    with pytest.raises(InvalidRecipeError, match="ends inside a quote") as raised:
        resolve(recipe, parameters={"v": 'b"'}, environ={}, listings=None, **values)  # type: ignore[arg-type]
    (problem,) = raised.value.problems
    assert (str(problem.at), problem.code) == ("r.yaml:8:9", "not-for-cmd")


@pytest.mark.parametrize(
    ("command_line", "commands"),
    [
        ("run a b", "run a b"),
        ("/bin/sh -c 'echo a'", "/bin/sh -c 'echo a'"),
        (command_line_of(["echo a", "echo b"], "sh"), "echo a\necho b"),
        ("/bin/sh -c 'set -e\necho a\n(exit $?)\necho b\n(exit $?)\n'", "echo a\necho b"),
        ("bash -c 'set -e\necho a\n'", "bash -c 'set -e\necho a\n'"),
        (command_line_of(["echo a", "echo b"], "bash"), "echo a\necho b"),
        (command_line_of(["echo a"], "bash", in_container=True), "echo a"),
        ("it's unclosed", "it's unclosed"),
    ],
)
def test_the_commands_of_a_command_line_are_known(command_line: str, commands: str) -> None:
    assert commands_of(command_line) == commands


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_command_that_traces_shows_its_own_lines_alone(shell: str) -> None:
    line = command_line_of(["set -x", "echo a", "false && echo b"], shell)
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "a\n", "+ echo a\n+ false\n")
