"""Output of the command: what is escaped, and what a stream without a reader or a disk means."""

from __future__ import annotations

import ast
import errno
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import COMMAND, clean_environment
from pseudo_terminal import controls, on_terminal

from recipebatch.cli.process import ask, own_streams, print_bytes, print_document, print_text, print_value, tell
from recipebatch.cli.process.streams import SafeStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from command import Cli

SOURCES = Path(__file__).resolve().parents[3] / "src" / "recipebatch"
HOSTILE = "\x1b[2K\r\x07\x08\x7f\x9b31m\u202e\u2066\u200b\u2028\ue000[red]x[/red] [link=http://a]y[/link] :warning:"

# The marks of deferred values are refused in recipes.
TEXT = HOSTILE.replace("\ue000", "")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path) | {"TERM": "xterm"}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A recipe whose every free text would control a terminal."""
    text = json.dumps(TEXT)
    recipe = tmp_path / "hostile.yaml"
    recipe.write_text(
        f"schema_version: 1\nname: hostile\nversion: {text}\ndescription: {text}\n"
        f"parameters: {{word: {{type: string, default: {text}, description: {text}}}}}\n"
        "pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1,"
        f" metadata: {{note: {text}}}}}\n"
        f"tasks:\n  - commands: [{text}, 'echo ${{{{ params.word }}}}', {json.dumps('a' + chr(10) + 'purge never')}]\n"
        f"    environment_settings: {{A: {text}}}\n    display_name: {text}\n",
        "utf-8",
    )
    return recipe


def without_colours(text: str) -> str:
    """A text without the colours of problems, and of titles of a plan, each of which is reset."""
    text = re.sub(r"^\x1b\[1m([A-Z][ ',A-Za-z]+)\x1b\[0m(?=\r?$)", r"\1", text, flags=re.MULTILINE)
    return re.sub(r"\x1b\[(?:1;31|1;33|1;36|36)m(error|warning|note|\^|  hint:)\x1b\[0m", r"\1", text)


COMMANDS = [
    ("plan",), ("show", "--resolved", "--origin"), ("lint",), ("plan", "-p", f"word={HOSTILE}"), ("plan", "--json"),
    ("plan", "-p", f"{HOSTILE}=1"), ("plan", f"--{HOSTILE}"), ("plan", "--account", HOSTILE), ("test",),
    ("status", "--run", HOSTILE), (HOSTILE,), ("explain", HOSTILE),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_of_a_recipe_or_a_command_line_controls_the_terminal(
    hostile: Path, environ: dict[str, str], command: tuple[str, ...]
) -> None:
    last = [] if command[0] in {"status", "explain", HOSTILE} else [str(hostile)]
    shown = on_terminal([*COMMAND, *command, *last], environ=environ)
    assert controls(without_colours(shown.text)) == set()
    assert "Traceback" not in shown.text
    assert "⚠" not in shown.text


def test_an_error_quotes_a_recipe_without_its_controls(tmp_path: Path, environ: dict[str, str]) -> None:
    broken = ("tasks: [{commands: [1], TEXT: 1}]", "TEXT: 1", "tasks: [{name: TEXT}]", "extends: TEXT")
    for number, text in enumerate(broken):
        recipe = tmp_path / f"{number}{HOSTILE.replace('/', '')}.yaml"
        recipe.write_text(f"schema_version: 1\nname: x\n{text.replace('TEXT', json.dumps(TEXT))}\n", "utf-8")
    for command in ("validate", "lint"):
        shown = on_terminal([*COMMAND, command, str(tmp_path)], environ=environ)
        assert shown.returncode == 3, shown.text
        assert controls(without_colours(shown.text)) == set()
        assert shown.text.count(r"\x1b[2K\r") >= 2 * len(broken)


def test_a_value_begins_no_line_of_its_own(hostile: Path, environ: dict[str, str]) -> None:
    recipe = hostile.with_name("lines.yaml")
    recipe.write_text(
        "schema_version: 1\nname: lines\npool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, spot_nodes: 1}\n"
        'tasks: [{commands: ["true"], environment_settings: {A: "x\\npurge always"}}]\n'
    )
    done = subprocess.run([*COMMAND, "plan", str(recipe)], env=environ, capture_output=True, text=True, check=True)
    assert "A=x\\npurge always" in done.stdout
    assert "purge always" not in done.stdout.splitlines()


def test_help_has_colours_and_no_type_for_flags(environ: dict[str, str]) -> None:
    shown = on_terminal([*COMMAND, "apply", "--help"], environ=environ)
    assert shown.returncode == 0
    assert "\x1b[" in shown.text
    assert "<bool>" not in shown.text


@pytest.mark.parametrize(
    "changed", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"COLUMNS": "0"}, {"COLUMNS": "1"}, {"COLUMNS": "x"}]
)
def test_the_variables_of_a_terminal_are_obeyed(environ: dict[str, str], changed: dict[str, str]) -> None:
    shown = on_terminal([*COMMAND, "runs", "--help"], environ=environ | changed)
    assert (shown.returncode, "List, show" in shown.text) == (0, True)


def shell(script: str, environ: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in which $RB is the command."""
    environ = environ | {"RB": " ".join(COMMAND)}
    return subprocess.run(
        ["bash", "-c", script], env=environ, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("$RB plan builtin:topn | head -1; exit ${PIPESTATUS[0]}", 0, ""),
        ("$RB --help | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("$RB plan builtin:topn --json | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("$RB plan builtin:topn >&-", 0, ""),
        ("$RB plan builtin:topn <&- >&- 2>&-", 0, ""),
        ("$RB plan builtin:topn <&-", 0, ""),
        ("$RB validate no-such.yaml 2>&-", 3, ""),
        ("$RB validate no-such.yaml 2> /dev/full", 3, ""),
        ("$RB validate no-such.yaml 2>&1 | true; exit ${PIPESTATUS[0]}", 3, ""),
        ("$RB purge --orphans <&- >&- --account no-such", 2, "error: "),
    ],
)
def test_a_stream_that_nobody_reads_changes_no_exit_code(
    environ: dict[str, str], tmp_path: Path, script: str, code: int, said: str
) -> None:
    done = shell(script, environ, tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(said)
    assert (done.stderr == "") == (said == "")


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no /dev/full")
@pytest.mark.parametrize(
    "command", ["plan builtin:topn", "plan builtin:topn --json", "show builtin:topn", "--help", "schema"]
)
def test_a_full_disk_for_stdout_is_told(environ: dict[str, str], tmp_path: Path, command: str) -> None:
    done = shell(f"$RB {command} > /dev/full", environ, tmp_path)
    assert done.returncode == 4
    assert done.stderr.startswith("error: results are missing on stdout: No space left on device [output]")


ENVIRONMENTS = [
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"PYTHONOPTIMIZE": "2"},
]


@pytest.mark.parametrize("changed", ENVIRONMENTS, ids=lambda changed: next(iter(changed)))
def test_an_encoding_without_a_character_ends_no_command(
    environ: dict[str, str], tmp_path: Path, changed: dict[str, str]
) -> None:
    del environ["PYTHONIOENCODING"]
    (tmp_path / "é.yaml").write_text("schema_version: 1\nname: x\nn\u00f6: 1\n", "utf-8")
    for command, code in (("plan builtin:topn", 0), ("validate \u00e9.yaml", 3)):
        done = shell(f"$RB {command}", environ | changed, tmp_path)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
    assert "Run a recipe" in shell("$RB apply --help", environ | changed, tmp_path).stdout


def test_arguments_that_are_not_utf_8_are_shown_escaped(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [*map(os.fsencode, COMMAND), b"validate", b"caf\xe9.yaml"], env=environ, capture_output=True, check=False
    )
    assert done.returncode == 3
    assert rb"caf\xe9.yaml" in done.stderr


def test_only_the_streams_of_the_command_print() -> None:
    """All output goes through `recipebatch.cli.process`.

    The log of the background service has its own writer, a shell reads the candidates of its completion as bytes, and
    an editor the log of its language server.
    """
    own = {
        "cli/process/streams.py",
        "cli/completion/entry.py",
        "language_server/session.py",
        "local/daemon/log_file.py",
    }
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        found += [f"{name}:{line}: {what}" for line, what in prints(path) if name not in own]
    assert found == []


def prints(path: Path) -> Iterator[tuple[int, str]]:
    """Where a file prints by other means, with the line."""
    direct = {"print", "typer.echo", "typer.secho", "typer.confirm", "typer.prompt", "input", "traceback.print_exc"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in direct:
            yield node.lineno, ast.unparse(node.func)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr", "sys.__stdout__"}:
            yield node.lineno, ast.unparse(node)


def test_on_a_terminal_documents_and_output_of_tasks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    with own_streams():
        print_document("a: \x1b\n")
        print_bytes("größe\r".encode()[:3])
        print_bytes("größe\r".encode()[3:])
        print_bytes(b"\nb\xff\r")
        print_bytes(b"c\xe2\x80", final=True)
    assert stream.getvalue() == "a: \\x1b\ngröße\nb\\xff\\rc\\xe2\\x80"


def test_in_a_pipe_documents_and_output_of_tasks_are_as_they_are(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with own_streams():
        print_document("a: \x1b é\n")
        print_bytes(b"b\xff\r\n\x1b")
        print_text("c\x1b")
        tell("d\x1b")
    assert capfdbinary.readouterr() == (b"a: \x1b \xc3\xa9\nb\xff\r\n\x1bc\\x1b\n", b"d\\x1b\n")


def test_json_has_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a\x7f": "".join(map(chr, range(0x250))) + "\u202e"}
    print_value(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert printed.replace("\n", "").isprintable()


def test_a_full_pipe_that_does_not_wait_is_waited_for(environ: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = subprocess.Popen([*COMMAND, "schema"], env=environ, stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        printed = pipe.read()
    assert process.wait() == 0
    assert len(json.dumps(json.loads(printed))) > 70_000


def test_a_stream_whose_reader_is_gone_is_lost_and_raises_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as below:
        stream = SafeStream(below)
        stream.write("a")
        assert stream.lost is not None
        assert stream.lost.errno == errno.EPIPE
        stream.write("b")
        stream.write_bytes(b"c")
    closed = io.StringIO()
    closed.close()
    stream = SafeStream(closed)
    stream.write("a")
    assert stream.lost is not None


@pytest.mark.parametrize(
    ("typed", "default", "confirmed"),
    [("y\n", False, True), ("what\nYES\n", False, True), ("\n", True, True), ("\n", False, False), ("", True, False)],
)
def test_a_question_is_answered_by_yes_or_its_default(
    monkeypatch: pytest.MonkeyPatch, typed: str, *, default: bool, confirmed: bool
) -> None:
    asked = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", asked)
    assert ask("Delete \x1b[2K?", default=default) is confirmed
    assert asked.getvalue().startswith("Delete \\x1b[2K?")


RUN = """\
storage: {output: {}}
tasks:
  - name: noisy
    commands: ['printf "\\\\033[2K\\\\rgr\\\\303\\\\266\\\\377\\\\n" | tee a.txt']
    output_files: [{file_pattern: a.txt, container: output, upload_condition: task_completion}]
collect: [{container: output, into: out}]
purge: on_success
"""


def test_a_run_goes_on_without_a_reader_or_a_disk_for_its_output(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = write_recipe("unread", RUN)
    for number, (script, code, said) in enumerate(
        [
            ("| true; exit ${PIPESTATUS[0]}", 0, ""),
            (">&- 2>&-", 0, ""),
            ("> /dev/full", 4, "results are missing on stdout"),
        ]
    ):
        if "full" in script and sys.platform != "linux":
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        done = shell(f"$RB apply {recipe} {script}", cli.environ, folder)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert (folder / "out" / "a.txt").read_bytes() == b"\x1b[2K\rgr\xc3\xb6\xff\n"


def test_logs_are_escaped_on_a_terminal_and_byte_for_byte_in_a_pipe(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    # The files of its task keep the node until they are collected.
    collect = "collect: [{task_files: [stdout.txt], into: logs}, "
    recipe = write_recipe("noisy", RUN.replace("on_success", "never").replace("collect: [", collect))
    assert cli("apply", recipe, "--to", "watch", cwd=tmp_path).returncode == 0
    command = [*COMMAND, "logs", str(recipe), "--task", "noisy"]
    piped = subprocess.run(command, env=cli.environ, cwd=tmp_path, capture_output=True, check=True)
    assert piped.stdout == b"\x1b[2K\rgr\xc3\xb6\xff\n"
    shown = on_terminal(command, environ=cli.environ | {"TERM": "xterm"}, cwd=tmp_path)
    assert shown.text.endswith("\\x1b[2K\\rgr\u00f6\\xff\n")
    assert controls(shown.text) == set()
    nothing = cli("logs", recipe, "--task", "noisy", "--file", "stderr.txt", cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "the tasks have no output in stderr.txt" in nothing.stderr
    for look in (["status", str(recipe)], ["runs"]):
        assert controls(on_terminal([*COMMAND, *look], environ=cli.environ, cwd=tmp_path).text) == set()
    assert cli("purge", recipe, "--yes", "--force", cwd=tmp_path).returncode == 0
