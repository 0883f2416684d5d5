"""Failures that users meet: the message, the exit code, and the report of what is left behind."""

from __future__ import annotations

import json
import resource
import socket
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import BlobServiceClient
from processes import command_lines
from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

FAILING_START = """  start_task:
    wait_for_success: true
    commands: [echo out, echo 'no such package' >&2, exit 7]
"""
ONE_TASK = """
tasks:
  - name: work
    commands: [echo done]
"""
THREE_TASKS = """
storage:
  output: {}
tasks:
  - name: work
    for_each: {items: [one, two, three]}
    commands:
      - echo ${{ item }} > result-${{ item }}.txt
      - test ${{ item }} != two || { echo 'two is broken' >&2; exit 3; }
    output_files:
      - {file_pattern: 'result-*.txt', container: output, upload_condition: task_success}
collect:
  - {container: output, into: results}
purge: always
"""


def left_over(cli: Cli, name: str) -> list[dict[str, Any]]:
    """The runs of a recipe that were not purged."""
    runs: list[dict[str, Any]] = cli.json("runs")["runs"]
    return [run for run in runs if run["recipe"] == name and run["status"] != "purged"]


def test_a_start_command_that_fails_shows_exit_code_and_stderr_and_leaves_nothing(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    done = cli("apply", write_recipe("startfails", ONE_TASK + "purge: always\n", pool=FAILING_START), cwd=tmp_path)
    assert done.returncode == 4
    assert "exit code 7" in done.stderr
    assert "    | no such package" in done.stderr
    assert "purge: deleted 1 pool" in done.stderr
    assert left_over(cli, "startfails") == []


def test_a_failing_start_command_on_a_kept_pool_reports_that_charges_continue(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("startkept", ONE_TASK + "purge: on_success\n", pool=FAILING_START)
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert "remaining: pool startkept-" in done.stderr
    assert "recipebatch purge --run" in done.stderr
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0
    assert left_over(cli, "startkept") == []


def test_a_task_that_fails_is_named_and_the_outputs_of_the_others_are_collected(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    done = cli("apply", write_recipe("taskfails", THREE_TASKS), cwd=tmp_path)
    assert done.returncode == 1
    assert "failed: exit code 3" in done.stderr
    assert "    | two is broken" in done.stderr
    assert "2 of 3 tasks succeeded, 1 failed" in done.stdout
    assert sorted(path.name for path in (tmp_path / "results").glob("*.txt")) == ["result-one.txt", "result-three.txt"]
    assert left_over(cli, "taskfails") == []


def test_the_json_report_of_a_failed_run_names_the_failed_task(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    report = cli.json("apply", write_recipe("jsonfails", THREE_TASKS), cwd=tmp_path, exit_code=1)
    watched = next(phase for phase in report["phases"] if phase["phase"] == "watch")
    assert report["verdict"] == "failed"
    assert [task["exit_code"] for task in watched["failed_tasks"]] == [3]
    assert watched["failed_tasks"][0]["stderr"] == "two is broken"


def test_a_task_that_hangs_is_ended_by_its_wall_clock(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    text = """
tasks:
  - name: hang
    commands: [sleep 600]
    constraints: {max_wall_clock_time: PT1S}
purge: always
"""
    done = cli("apply", write_recipe("hangs", text), cwd=tmp_path)
    assert done.returncode == 1
    assert "failed" in done.stderr
    assert left_over(cli, "hangs") == []


def test_a_watch_that_reaches_its_limit_exits_5_and_reports_that_tasks_keep_running(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = """
tasks:
  - name: slow
    commands: [sleep 600]
purge: always
"""
    recipe = write_recipe("slow", text)
    done = cli("apply", recipe, "--timeout", "1", cwd=tmp_path)
    assert done.returncode == 5
    assert "1 of 1 tasks unfinished" in done.stderr
    assert "the tasks continue to run" in done.stderr
    assert len(left_over(cli, "slow")) == 1
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0
    assert left_over(cli, "slow") == []


def test_an_input_file_that_is_missing_stops_before_anything_is_made(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("noinput", "storage:\n  input:\n    uploads: [nowhere/*.txt]\n" + ONE_TASK)
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 3
    assert f"{recipe}:9:15: error: nowhere/*.txt matches no file [missing-file]" in done.stderr
    assert left_over(cli, "noinput") == []


def test_a_blob_that_is_missing_fails_the_task_and_is_named(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = """
storage:
  input: {}
tasks:
  - name: work
    commands: [cat absent.txt]
    resource_files: [{container: input, blob: absent.txt}]
purge: always
"""
    done = cli("apply", write_recipe("noblob", text), cwd=tmp_path)
    assert done.returncode == 1
    assert "BlobNotFound" in done.stderr
    assert "absent.txt" in done.stderr


def test_an_empty_for_each_is_an_error_that_names_the_template(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = """
storage:
  input: {}
tasks:
  - name: nothing
    for_each: {files: input}
    commands: [echo]
"""
    done = cli("apply", write_recipe("emptyloop", text), cwd=tmp_path)
    assert done.returncode == 3
    assert "[empty-for-each]" in done.stderr
    assert "nothing" in done.stderr


ODD_NAMES = [
    "a b.txt",
    "a; touch pwned; .txt",
    "quote'and\"quote.txt",
    "$(touch pwned).txt",
    "`touch pwned`.txt",
    "ünïcödé-文字.txt",
    "-rf.txt",
    "percent%41.txt",
]


def test_a_blob_name_is_only_ever_a_file_name(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ODD_NAMES:
        (folder / name).write_text(name, encoding="utf-8")
    text = """
storage:
  input: {uploads: ['in/*']}
  output: {}
tasks:
  - name: odd
    for_each: {files: input}
    resource_files: ['${{ file }}']
    commands:
      - cat -- ${{ file.name }} > copy.out
      - test ! -e pwned
      - test "$(cat copy.out)" = ${{ file.name }}
    output_files: [{file_pattern: copy.out, container: output, path: '${{ file.name }}'}]
collect:
  - {container: output, into: out}
purge: always
"""
    done = cli("apply", write_recipe("odd", text), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    collected = {path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*") if path.suffix != ".json"}
    assert collected == set(ODD_NAMES)


@pytest.mark.parametrize("given", ["two words", "x" * 65, ""])
def test_an_id_that_batch_would_refuse_is_refused_before_anything_is_made(
    given: str, cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("badid", f"tasks:\n  - name: t\n    id: '{given}'\n    commands: [echo]\n")
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 3
    assert f"{recipe}:9:9: error:" in done.stderr


WRONG_KEY = "d3Jvbmc="


def test_the_exports_of_the_local_account_are_an_account(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    done = cli("apply", write_recipe("exports", ONE_TASK + "purge: always\n"), cwd=tmp_path, environ=cli.account())
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("account: environment (Batch http://127.0.0.1:")


def test_a_wrong_key_of_the_batch_account_is_an_error(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("wrongkey", ONE_TASK)
    wrong = cli.account(AZURE_BATCH_ACCESS_KEY=WRONG_KEY)
    done = cli("apply", recipe, cwd=tmp_path, environ=wrong)
    assert done.returncode == 4
    assert "AuthenticationFailed" in done.stderr
    assert "error: the key does not fit 127.0.0.1: " in done.stderr
    assert WRONG_KEY not in done.stderr


def test_a_wrong_key_of_the_storage_account_is_an_error(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    values = cli.account()
    text = values["AZURE_STORAGE_CONNECTION_STRING"].replace(values["AZURE_STORAGE_KEY"], WRONG_KEY)
    done = cli(
        "apply",
        write_recipe("wrongkey2", ONE_TASK),
        cwd=tmp_path,
        environ=values | {"AZURE_STORAGE_CONNECTION_STRING": text},
    )
    assert done.returncode == 4
    assert "error: the key does not fit 127.0.0.1: " in done.stderr
    assert WRONG_KEY not in done.stderr


def test_a_key_that_is_not_base64_is_an_error_that_does_not_show_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    values = cli.account(AZURE_BATCH_ACCESS_KEY="not-base64!")
    done = cli("apply", write_recipe("nokey", ONE_TASK), cwd=tmp_path, environ=values)
    assert done.returncode == 2
    assert "is not valid base64" in done.stderr
    assert "not-base64!" not in done.stderr


def test_an_unreachable_endpoint_is_an_error(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        values = cli.account(AZURE_BATCH_ENDPOINT=f"http://127.0.0.1:{port}")
        done = cli("apply", write_recipe("unreachable", ONE_TASK), cwd=tmp_path, environ=values)
    assert done.returncode == 4
    assert "cannot be reached" in done.stderr
    assert "Connection refused" in done.stderr
    assert done.stderr.count("Traceback") == 0


def test_a_port_that_is_taken_is_named(cli: Cli, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("emulator", "start", "--batch-port", str(port), environ={"RECIPEBATCH_STATE_DIR": str(tmp_path)})
    assert done.returncode == 4
    assert str(port) in done.stderr


def collected_once(cli: Cli, recipe: Path, cwd: Path) -> None:
    done = cli("apply", recipe, "--to", "watch", cwd=cwd)
    assert done.returncode == 0, done.stderr


OUTPUT_TASK = """
storage:
  output: {}
tasks:
  - name: big
    commands: [head -c 300000 /dev/zero > big.bin]
    output_files: [{file_pattern: big.bin, container: output}]
collect:
  - {container: output, into: out}
"""


def test_a_disk_that_is_full_at_collect_leaves_no_half_file_and_can_be_tried_again(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("diskfull", OUTPUT_TASK)
    collected_once(cli, recipe, tmp_path)

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = cli("collect", recipe, cwd=tmp_path, limits=small_files_only)
    assert done.returncode == 4
    assert "cannot write" in done.stderr
    assert "[cannot-write]" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []
    purged = cli("purge", recipe, cwd=tmp_path)
    assert purged.returncode == 2
    assert "outputs were not collected" in purged.stderr
    assert cli("collect", recipe, cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "big.bin").stat().st_size == 300_000
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_a_target_that_cannot_be_written_is_named(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("readonly", OUTPUT_TASK)
    collected_once(cli, recipe, tmp_path)
    (tmp_path / "out").write_text("a file where the folder should be")
    done = cli("collect", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert f"cannot write {'out'}" in done.stderr
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_a_pattern_that_leaves_no_output_stops_the_run_before_its_purge(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "misfit",
        "storage: {output: {}}\n"
        "tasks:\n  - commands: ['echo 1 > result.txt']\n"
        "    output_files: [{file_pattern: '*.txt', container: output, path: deep/folder}]\n"
        "collect: [{container: output, into: out, include: ['deep/*.txt']}]\npurge: always\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4
    said = "no blob of output matches deep/*.txt; it has 1 blob, such as deep/folder/result.txt [nothing-fits]"
    assert said in done.stderr
    assert ": scaled to 0 nodes; " in done.stderr
    assert cli("purge", recipe, cwd=tmp_path).returncode == 2
    assert cli("collect", recipe, "--include", "**/*.txt", "--include", "*.csv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "deep" / "folder" / "result.txt").read_text() == "1\n"
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_a_file_of_the_user_is_not_overwritten(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("inway", OUTPUT_TASK)
    collected_once(cli, recipe, tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "big.bin").write_text("mine")
    done = cli("collect", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert "[would-overwrite]" in done.stderr
    assert (tmp_path / "out" / "big.bin").read_text() == "mine"
    assert cli("collect", recipe, "--overwrite", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "big.bin").stat().st_size == 300_000
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_an_unknown_parameter_names_the_nearest(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:topn", "-p", "word=5", cwd=tmp_path)
    assert done.returncode == 2
    assert "words" in done.stderr


def test_a_missing_recipe_is_an_error(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "nowhere.yaml", cwd=tmp_path)
    assert done.returncode in {2, 3}
    assert "nowhere.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_a_document_too(cli: Cli, tmp_path: Path) -> None:
    done = cli("plan", "builtin:nope", "--json", cwd=tmp_path)
    assert done.returncode == 2
    body = json.loads(done.stdout)
    assert body["kind"] == "error"
    assert body["error"]["hint"].startswith("there are: ")


def test_no_secret_is_on_a_command_line(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    text = """
storage:
  output: {}
tasks:
  - name: wait
    commands:
      - test -n "$TOKEN"
      - while ! test -e GATE; do sleep 0.05; done
    environment_settings: {TOKEN: "${{ storage.output.sas_token('write') }}"}
    output_files: [{file_pattern: '../stdout.txt', container: output}]
purge: always
"""
    gate = tmp_path / "gate"
    applying = cli.start("apply", write_recipe("psargs", text.replace("GATE", str(gate))), cwd=tmp_path)
    services = cli.json("emulator", "status")["pids"].values()
    shown = ""

    def is_shown() -> bool:
        nonlocal shown
        shown = command_lines(applying.pid, *services)
        return str(gate) in shown

    wait_for(is_shown, "the command line of the task")
    gate.touch()
    _, stderr = applying.communicate(timeout=60)
    assert applying.returncode == 0, stderr
    values = cli.account()
    assert "recipebatch apply" in shown
    assert "sig=" not in shown
    assert values["AZURE_BATCH_ACCESS_KEY"] not in shown
    assert values["AZURE_STORAGE_KEY"] not in shown


def test_validate_reports_all_errors_of_all_files_at_once(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    first = write_recipe("first", "tasks:\n  - nmae: t\n    commands: [1]\n")
    done = cli("validate", first, "nowhere.yaml", "builtin:topn", cwd=tmp_path)
    assert done.returncode == 3
    assert f"{first}:8:5: error: unknown key nmae" in done.stderr
    assert "hint: did you mean name?" in done.stderr
    assert "nowhere.yaml:1:1: error:" in done.stderr
    assert f"{first}: not expanded: correct its errors first, others may follow\n" in done.stderr
    body = cli.json("validate", first, "builtin:topn", cwd=tmp_path, exit_code=3)
    assert list(body["not_expanded"]) == [str(first)]
    assert body["valid"] is False
    assert {problem["at"]["file"] for problem in body["problems"]} == {str(first)}
    assert cli.json("validate", "builtin:topn", cwd=tmp_path)["valid"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["watch"], "name either a recipe or a run"),
        (["watch", "builtin:topn", "--run", "x"], "name either a recipe or a run"),
        (["stage", "--run", "x", "-p", "words=5"], "--run continues a run with its own parameters"),
        (["watch", "--run", "nowhere"], "there is no run nowhere"),
        (["apply", "builtin:topn", "--only", "sumbit"], "there is no phase 'sumbit'"),
        (["apply", "builtin:topn", "--only", "watch", "-p", "words=5"], "--new and -p start a run"),
        (["apply", "builtin:topn", "-p", "words"], "not NAME=VALUE"),
        (["watch", "builtin:topn", "--timeout", "inf"], "--timeout"),
        (["apply", "builtin:topn", "-p", "words=0"], "words must be at least 1"),
    ],
)
def test_an_invalid_command_line_is_an_error(arguments: list[str], words: str, cli: Cli, tmp_path: Path) -> None:
    done = cli(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


SECRET = """
parameters:
  password: {type: secret, source: {environment_variable: MY_PASSWORD}}
tasks:
  - name: t
    environment_settings: {PW: "${{ secrets.password }}"}
    commands: ['echo got ${#PW} characters']
collect:
  - {task_files: [stdout.txt], into: logs}
purge: always
"""


def test_a_secret_reaches_its_task_and_nothing_else(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("secret", SECRET)
    environ = {"MY_PASSWORD": "correct-horse"}
    done = cli("apply", recipe, "--secret", "MY_PASSWORD", "--json", cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "logs" / "t" / "stdout.txt").read_text() == "got 13 characters\n"
    planned = cli("plan", recipe, "--json", cwd=tmp_path, environ={"MY_PASSWORD": "correct-horse"})
    values = cli.account()
    with BlobServiceClient.from_connection_string(values["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        records = client.get_container_client("recipebatch")
        record = records.download_blob(f"runs/{json.loads(done.stdout)['run']}/run.json").readall()
    assert "MY_PASSWORD" in record.decode()
    assert "correct-horse" not in done.stdout + done.stderr + planned.stdout + record.decode()


def test_a_secret_that_is_not_there_stops_before_anything_is_made(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("nosecret", SECRET)
    done = cli("apply", recipe, "--secret", "MY_PASSWORD", cwd=tmp_path)
    assert done.returncode == 2
    assert "the environment variable MY_PASSWORD is not set" in done.stderr
    done = cli("apply", recipe, cwd=tmp_path, environ={"MY_PASSWORD": "correct-horse"})
    assert done.returncode == 2
    assert "may not read the environment variable MY_PASSWORD" in done.stderr
    assert "hint: if it may, allow it: --secret MY_PASSWORD" in done.stderr
    assert left_over(cli, "nosecret") == []


COLLECTED = """
storage:
  output: {}
tasks:
  - name: t
    commands: [echo log, echo mine > m.json]
    output_files: [{file_pattern: m.json, container: output, path: recipebatch-manifest.json}]
collect:
  - {container: output, into: out}
  - {task_files: [stdout.txt, nosuch.txt], into: logs}
purge: never
"""


def test_an_output_never_overwrites_the_manifest_and_missing_task_files_are_reported(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("collected", COLLECTED)
    assert cli("apply", recipe, "--to", "watch", cwd=tmp_path).returncode == 0
    log = tmp_path / "logs" / "t" / "stdout.txt"
    log.parent.mkdir(parents=True)
    log.write_text("the user's")
    refused = cli("collect", recipe, cwd=tmp_path)
    assert refused.returncode == 4
    assert "[would-overwrite]" in refused.stderr
    assert log.read_text() == "the user's"
    assert (tmp_path / "out" / "%72ecipebatch-manifest.json").read_text() == "mine\n"
    log.unlink()
    (tmp_path / "out" / "%72ecipebatch-manifest.json").unlink()
    done = cli("collect", recipe, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "nosuch.txt" in done.stdout + done.stderr
    assert log.read_text() == "log\n"
    assert (tmp_path / "out" / "%72ecipebatch-manifest.json").read_text() == "mine\n"
    assert cli("apply", recipe, cwd=tmp_path).returncode == 1
    begun = cli("apply", recipe, "--only", "provision", cwd=tmp_path)
    assert begun.returncode == 2
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0
    assert left_over(cli, "collected") == []


def test_a_command_line_that_does_not_fit_is_one_document_too(cli: Cli) -> None:
    for arguments in (
        ("plan", "--json"),
        ("apply", "--jsn", "--json", "x.yaml"),
        ("plan", "x.yaml", "-p", "a", "--json"),
    ):
        done = cli(*arguments)
        assert done.returncode == 2
        assert json.loads(done.stdout)["error"]["code"] == "usage"


def test_an_unknown_account_is_reported_in_one_document(cli: Cli) -> None:
    done = cli("plan", "builtin:topn", "--json", "--detailed-exitcode", "--account", "nowhere")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
