"""Interrupting, killing and continuing runs; answers to questions."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient
from command import COMMAND
from jsonschema import Draft202012Validator
from waiting import wait_for

from recipebatch.phases import status_of
from recipebatch.runs import RunStore
from recipebatch.service.azure.blob_client import AzureBlobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

SLOW = """
storage:
  output: {}
tasks:
  - name: slow
    for_each: {items: [1, 2]}
    commands:
      - while ! test -e GATE; do sleep 0.05; done
      - echo ${{ item }} > result-${{ item }}.txt
    output_files: [{file_pattern: 'result-*.txt', container: output}]
collect: [{container: output, into: out}]
purge: always
"""


def running_tasks(cli: Cli) -> int:
    return int(cli.json("emulator", "status")["counts"]["running_tasks"])


def test_ctrl_c_reports_what_remains_and_the_same_command_continues(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("interrupted", SLOW.replace("GATE", str(gate)))
    first = cli.start("apply", recipe, cwd=tmp_path)
    wait_for(lambda: running_tasks(cli) > 0, "the first task")
    first.send_signal(signal.SIGINT)
    _, stderr = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "interrupted; remaining: job interrupted-" in stderr
    assert "recipebatch purge --run" in stderr
    assert "Traceback" not in stderr
    gate.touch()
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "continuing run" in done.stderr
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == ["result-1.txt", "result-2.txt"]


def test_a_killed_apply_is_continued_without_waiting_for_its_lock(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("killed", SLOW.replace("GATE", str(gate)))
    first = cli.start("apply", recipe, cwd=tmp_path)
    wait_for(lambda: running_tasks(cli) > 0, "the first task")
    first.kill()
    first.communicate(timeout=60)
    gate.touch()
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "continuing run" in done.stderr
    assert "is locked" not in done.stderr
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == ["result-1.txt", "result-2.txt"]


def test_an_apply_that_was_killed_while_purging_continues_the_purge(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("purging", "tasks: [{name: t, commands: [exit 3]}]\npurge: always\n")
    run = cli.json("apply", recipe, "--to", "collect", cwd=tmp_path, exit_code=1)["run"]
    values = cli.account()
    # The state after a kill during a purge: the record says that it began, and the job is already deleted.
    with (
        BlobServiceClient.from_connection_string(values["AZURE_STORAGE_CONNECTION_STRING"]) as client,
        BatchClient(
            values["AZURE_BATCH_ENDPOINT"],
            AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"]),
        ) as batch,
    ):
        store = RunStore(AzureBlobs(client, account_key=None), owner="tester", host="here", status_of=status_of)
        store.save(store.load(run).with_phase("purge", "started", datetime.now(UTC)))
        batch.begin_delete_job(f"purging-{run}", polling_interval=1).wait()
    [line] = [line for line in cli.json("runs")["runs"] if line["run_id"] == run]
    assert line["status"] == "purge interrupted"
    assert f"run {run} of purging, by tester: purge interrupted, verdict failed" in cli("status", "--run", run).stdout
    refused = cli("submit", "--run", run)
    assert refused.returncode == 2
    assert f"the purge of run {run} has started: it cannot submit" in refused.stderr
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert report["run"] == run
    assert report["verdict"] == "failed"
    assert {step["kind"]: step["action"] for step in report["phases"][0]["steps"]} == {
        "job": "absent",
        "pool": "deleted",
    }


def test_a_killed_service_is_detected_and_the_run_continues(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("service", SLOW.replace("GATE", str(gate)))
    staged = cli("apply", recipe, "--to", "submit", cwd=tmp_path)
    assert staged.returncode == 0, staged.stderr
    os.kill(cli.json("emulator", "status")["pids"]["service"], signal.SIGKILL)
    gate.touch()
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == ["result-1.txt", "result-2.txt"]


def test_a_service_that_dies_during_a_command_is_an_error_with_the_next_step(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("dies", SLOW.replace("GATE", str(gate)))
    first = cli.start("apply", recipe, cwd=tmp_path)
    wait_for(lambda: running_tasks(cli) > 0, "the first task")
    os.kill(cli.json("emulator", "status")["pids"]["service"], signal.SIGKILL)
    _, stderr = first.communicate(timeout=120)
    assert first.returncode == 4, stderr
    assert "cannot be reached" in stderr
    assert "not known: what remains of the run, as a service cannot be reached" in stderr
    assert "Traceback" not in stderr
    gate.touch()
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the local account was killed" in done.stderr
    assert "continuing run" in done.stderr


def test_an_unfinished_run_with_other_parameters_is_not_mixed_up(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = "parameters: {n: {type: integer, default: 1}}\ntasks: [{name: t, commands: ['echo ${{ params.n }}']}]\n"
    recipe = write_recipe("mixed", text)
    assert cli("stage", recipe, cwd=tmp_path).returncode == 0
    same = cli("stage", recipe, "-p", "n=1", cwd=tmp_path)
    assert "continuing run" in same.stderr
    other = cli("apply", recipe, "-p", "n=2", cwd=tmp_path)
    assert other.returncode == 2
    assert "started with other parameters" in other.stderr
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_a_run_whose_recipe_changed_is_continued_as_recorded_by_its_id_only(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("changed", "tasks: [{name: before, commands: [echo]}]\npurge: never\n")
    run = cli.json("stage", recipe, cwd=tmp_path)["run"]
    recipe.write_text(recipe.read_text().replace("before", "after"))
    refused = cli("apply", recipe, "--to", "submit", cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert f"run {run} is unfinished, and {recipe} has changed since it started" in refused.stderr
    assert (
        "  -tasks: [{name: before, commands: [echo]}]\n  +tasks: [{name: after, commands: [echo]}]\n" in refused.stderr
    )
    done = cli("provision", "--run", run, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = cli("purge", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_local_files_that_changed_since_the_start_of_a_run_are_reported(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one")
    recipe = write_recipe("files", "storage: {in: {uploads: ['*.txt']}}\ntasks: [{commands: [echo]}]\npurge: never\n")
    assert cli("stage", recipe, cwd=tmp_path).returncode == 0
    (tmp_path / "a.txt").write_text("longer")
    (tmp_path / "b.txt").write_text("two")
    done = cli("apply", recipe, "--to", "stage", cwd=tmp_path)
    assert (
        "local files have changed since they were staged: in/a.txt; the run goes on with what it staged" in done.stderr
    )
    assert "local files added since that run started, which continues with those it staged: in/b.txt" in done.stderr
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def on_a_terminal(cli: Cli, *arguments: str | Path, answers: list[tuple[str, str]], cwd: Path) -> tuple[int, str]:
    """Run the command on a pseudo terminal and answer its questions; returns exit code and output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=cli.environ | {"TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = ""
        waiting = list(answers)
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece.decode("utf-8", "replace")
            if waiting and waiting[0][0] in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown):
                os.write(ours, waiting.pop(0)[1].encode())
        os.close(ours)
        code = process.wait(timeout=60)
    cli.printed.append(shown)
    assert waiting == []
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)


ASK = "tasks: [{name: t, commands: [echo]}]\npurge: ask\n"


def test_purge_ask_asks_on_a_terminal_and_keeps_what_the_user_wants(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("asks", ASK)
    answers = [("Delete job", "\n"), ("Delete pool", "n\n")]
    code, shown = on_a_terminal(cli, "apply", recipe, answers=answers, cwd=tmp_path)
    assert code == 0, shown
    assert "[Y/n]" in shown
    assert "deleted 1 job; kept 1 pool" in shown
    done = cli("purge", recipe, "--yes", cwd=tmp_path)
    assert "deleted 1 pool" in done.stdout


def test_purge_ask_without_a_terminal_keeps_and_says_so(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("asksnobody", ASK)
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("no terminal to ask on") == 1
    assert "kept 1 job, 1 pool" in done.stdout
    assert re.search(
        r"kept job \S+, pool \S+: the deletion was not confirmed; delete with: recipebatch purge", done.stdout
    )
    again = cli("purge", recipe, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert "error: no terminal to ask on: nothing was deleted; would be deleted: job asksnobody-" in again.stderr
    assert "hint: --yes deletes without asking" in again.stderr
    status = cli.json("status", recipe, cwd=tmp_path)["run"]
    assert [pool["state"] for pool in status["pools"]] == ["active"]
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_a_purge_keeps_resources_without_the_label_of_the_run_and_reports_why(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("unmarked", "tasks: [{commands: [echo]}]\npurge: never\n", pool="  id: somebody-elses\n")
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        client.update_pool("somebody-elses", models.BatchPoolUpdateOptions(metadata=[]))
        done = cli("purge", recipe, cwd=tmp_path)
        assert "deleted 1 job; kept 1 pool" in done.stdout
        assert "kept pool somebody-elses: it does not belong to this run" in done.stdout
        client.begin_delete_pool("somebody-elses").result()
    assert "deleted" not in cli("purge", recipe, "--yes", cwd=tmp_path).stdout


def test_a_purge_leaves_a_pool_to_another_run_that_works_on_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    task = "tasks: [{commands: ['while ! test -e GATE; do sleep 0.05; done']}]\npurge: never\n"
    pool = "  id: shared-by-two\n  task_slots_per_node: 2\n"
    first = write_recipe("sharesone", "tasks: [{commands: [echo]}]\npurge: always\n", pool=pool)
    second = write_recipe("sharestwo", task.replace("GATE", str(gate)), pool=pool)
    assert cli("apply", first, "--to", "provision", cwd=tmp_path).returncode == 0
    applying = cli.start("apply", second, cwd=tmp_path)
    wait_for(lambda: "1 running" in cli("status", second).stdout.partition("job ")[2], "the second run")
    done = cli("apply", first, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kept pool shared-by-two: job sharestwo-" in done.stdout
    gate.touch()
    _, stderr = applying.communicate(timeout=120)
    assert applying.returncode == 0, stderr
    assert "kept pool shared-by-two: it belongs to run " in cli("purge", second, "--yes", cwd=tmp_path).stdout
    assert "deleted 1 pool" in cli("purge", first, "--yes", cwd=tmp_path).stdout


def test_a_terminal_shows_the_phases(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    recipe = write_recipe("bars", SLOW.replace("GATE", str(gate)))
    code, shown = on_a_terminal(cli, "apply", recipe, "--events", "events.jsonl", answers=[], cwd=tmp_path)
    assert code == 0, shown
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="ascii").splitlines()]
    schema = Draft202012Validator(json.loads(cli("schema", "events").stdout))
    assert [error.message for event in events for error in schema.iter_errors(event)] == []
    kinds = {event["event"] for event in events}
    assert {"run_opened", "phase_started", "phase_ended", "step", "nodes", "tasks", "cost", "run_ended"} <= kinds
    for phase in ("stage", "provision", "submit", "watch", "collect", "purge"):
        assert f"{phase}: " in shown
    assert "succeeded" in shown


def test_an_apply_beside_another_on_the_same_run_waits_or_says_who_holds_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("locked", SLOW.replace("GATE", str(gate)))
    first = cli.start("apply", recipe, cwd=tmp_path)
    wait_for(lambda: running_tasks(cli) > 0, "the first task")
    watching = cli("watch", recipe, "--timeout", "0.5", cwd=tmp_path)
    assert watching.returncode == 5, watching.stderr
    refused = cli("purge", recipe, "--force", cwd=tmp_path)
    assert refused.returncode == 4
    assert "apply by tester on" in refused.stderr
    gate.touch()
    _, stderr = first.communicate(timeout=60)
    assert first.returncode == 0, stderr
