"""status, logs and runs: a run while another command works on it, and runs by their records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient
from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """\
parameters: {n: {type: integer, default: 1}, key: {type: secret, source: {environment_variable: RECIPEBATCH_SECRET_K}}}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - resource_files: [input]
    environment_settings: {KEY: '${{ secrets.key }}'}
    commands: ['cat a.txt > b.txt', 'echo ${{ params.n }} >> b.txt']
    output_files: [{file_pattern: b.txt, container: output}]
collect: [{container: output, into: out}]
purge: never
"""
SECRET = {"RECIPEBATCH_SECRET_K": "very-secret-value"}


def document(cli: Cli, *arguments: str | Path, cwd: Path) -> dict[str, object]:
    done = cli(*arguments, "--json", cwd=cwd, environ=SECRET)
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert isinstance(body, dict)
    return body


def test_a_run_is_shown_compared_and_forgotten(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("records", TEXT)
    first = str(document(cli, "apply", recipe, "--report", "report.html", cwd=tmp_path)["run"])
    page = (tmp_path / "report.html").read_text("utf-8")
    assert first in page
    assert "very-secret-value" not in page
    assert len((tmp_path / "trace.csv").read_text("utf-8").splitlines()) == 2
    (tmp_path / "a.txt").write_text("two lines\nof it\n")
    recipe.write_text(recipe.read_text().replace("cat a.txt", "cat  a.txt"))
    second = str(document(cli, "apply", recipe, "--new", "-p", "n=2", cwd=tmp_path)["run"])

    shown = cli("runs", "show", first)
    assert shown.returncode == 0, shown.stderr
    for text in (f"run {first} of records", "-p n=1", '-p key="***"', "stage done", f"jobs: records-{first}"):
        assert text in shown.stdout
    assert "very-secret-value" not in shown.stdout

    compared = cli("runs", "diff", first, second).stdout
    for text in ("n: 1 -> 2", "changed: input/a.txt", "+    commands: ['cat  a.txt > b.txt'"):
        assert text in compared
    assert cli("runs", "diff", first, first).stdout.endswith("\nno difference\n")
    # It says how long ago both were, which differs by now.
    assert cli("runs", "diff", recipe).stdout.splitlines()[2:] == compared.splitlines()[2:]

    refused = cli("runs", "forget", first)
    assert (refused.returncode, "some of its resources may remain" in refused.stderr) == (2, True)
    assert cli("purge", "--run", first, "--yes").returncode == 0
    # From its record alone, with what the report of the living run says of tasks.
    written = cli("report", first, "-o", "after.html", cwd=tmp_path)
    assert f"after.html: run {first}, 1 task, " in written.stdout
    before, after = ((tmp_path / name).read_text("utf-8") for name in ("trace.csv", "after.trace.csv"))
    assert [line.split(",")[:11] for line in after.splitlines()] == [
        line.split(",")[:11] for line in before.splitlines()
    ]
    data = document(cli, "report", first, cwd=tmp_path)
    assert [task["state"] for task in data["tasks"]] == ["succeeded"]  # type: ignore[attr-defined]
    assert data["facts"]["parameters"] == {"n": 1, "key": "***"}  # type: ignore[index]
    assert cli("runs", "forget", first).returncode == 0
    assert first not in cli("runs").stdout
    assert cli("runs", "show", first).returncode == 2
    assert cli("purge", "--run", second, "--yes").returncode == 0


def test_a_run_is_resumed_from_another_folder_without_its_recipe(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("resumed", TEXT.replace("never", "always"))
    run = str(document(cli, "apply", recipe, "--to", "provision", cwd=tmp_path)["run"])
    recipe.unlink()
    other = tmp_path / "other"
    other.mkdir()
    report = document(cli, "runs", "resume", run, cwd=other)
    assert report["verdict"] == "succeeded"
    assert (other / "out" / "b.txt").read_text() == "one\n1\n"


def test_what_a_forgotten_run_left_is_found_and_removed(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("forgotten", TEXT)
    run = str(document(cli, "apply", recipe, cwd=tmp_path)["run"])
    assert cli("runs", "forget", run, "--force").returncode == 0
    listed = cli("purge", "--orphans", "--json")
    assert (listed.returncode, "--yes deletes without asking" in listed.stderr) == (2, True)
    kept = json.loads(listed.stdout)
    mine = {each["name"] for each in kept["found"] if each["run_id"] == run}
    assert mine == {f"forgotten-{run}", f"forgotten-{run}-input", f"forgotten-{run}-output"}
    assert kept["removed"] == []
    purged = cli("purge", "--orphans", "--yes")
    assert purged.returncode == 0, purged.stderr
    assert f"pool forgotten-{run} of tester, less than a minute old, 0 nodes: its run has no record" in purged.stdout
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        assert not list(client.list_containers(name_starts_with=f"forgotten-{run}"))
    both = cli("purge", recipe, "--orphans")
    assert both.returncode == 2


def leave_a_lock(cli: Cli, run: str) -> None:
    """Leave the lock of a command that died on another machine, with a lease that does not expire."""
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        holder = {"owner": "her", "host": "elsewhere", "pid": 1, "doing": "apply", "since": "2026-01-01T00:00:00"}
        client.get_blob_client("recipebatch", f"runs/{run}/holder.json").upload_blob(json.dumps(holder), overwrite=True)
        client.get_blob_client("recipebatch", f"runs/{run}/lock").acquire_lease(-1)


def test_a_lock_that_is_left_can_be_broken(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("locked", TEXT.replace("always", "never"))
    run = str(document(cli, "apply", recipe, "--to", "stage", cwd=tmp_path)["run"])
    leave_a_lock(cli, run)
    refused = cli("provision", "--run", run, environ=SECRET)
    assert refused.returncode != 0
    assert "apply by her on elsewhere, since 2026-01-01T00:00:00" in refused.stderr
    assert "--break-lock" in refused.stderr
    provisioned = cli("provision", "--run", run, "--break-lock", environ=SECRET)
    assert provisioned.returncode == 0, provisioned.stderr
    assert "broke the lock" in provisioned.stderr
    leave_a_lock(cli, run)
    done = cli("purge", "--run", run, "--break-lock", "--yes", environ=SECRET)
    assert done.returncode == 0, done.stderr
    assert "broke the lock" in done.stderr
    leave_a_lock(cli, run)
    forgotten = cli("runs", "forget", run, "--break-lock")
    assert (forgotten.returncode, "broke the lock" in forgotten.stderr) == (0, True), forgotten.stderr
    assert run not in cli("runs").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs", "--json", "show", "r1"], "the options of show must follow it"),
        (["runs", "--account", "local", "forget", "r1"], "the options of forget must follow it"),
        (["purge", "--orphans", "--force"], "cannot be combined with --orphans"),
        (["purge", "--orphans", "--break-lock"], "cannot be combined with --orphans"),
        (["plan", "builtin:topn", "--offline", "--account", "local"], "--offline asks no account"),
        (["lint", "builtin:topn", "--json", "--format", "sarif"], "cannot be combined with --format sarif"),
        (["validate", "builtin:topn", "--json", "--format", "sarif"], "cannot be combined with --format sarif"),
        (["show", "builtin:topn", "-p", "words=5"], "--resolved fills them in"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(cli: Cli, arguments: list[str], said: str) -> None:
    refused = cli(*arguments)
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr


FOLLOWED = """
storage: {output: {}}
tasks:
  - name: t
    for_each: {items: [x, y]}
    commands:
      - echo begun ${{ item }}
      - echo to stderr >&2
      - while ! test -e GATE; do sleep 0.05; done
      - printf '%s %s %s' last of ${{ item }}
collect: [{task_files: [stdout.txt], into: logs}]
purge: never
"""


def test_status_and_logs_of_an_active_run_can_be_followed(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("looked", FOLLOWED.replace("GATE", str(gate)), pool="  task_slots_per_node: 2\n")
    # Until they are collected, the files of its tasks keep the node.
    applying = cli.start("apply", recipe, "--to", "watch", cwd=tmp_path)
    seen = cli("status", recipe)

    def both_run() -> bool:
        nonlocal seen
        seen = cli("status", recipe)
        return "2 running of 2 tasks" in seen.stdout and "watch started" in seen.stdout

    wait_for(both_run, "two tasks that run")
    assert "watch started, verdict unknown; locked: apply by tester on " in seen.stdout
    assert "active, 1 running, until 20" in seen.stdout
    shown = cli.json("status", recipe)["run"]
    assert [(job["state"], job["running"], job["planned"]) for job in shown["jobs"]] == [("active", 2, 2)]
    assert shown["pools"][0]["nodes"] == {"running": 1}

    assert cli("logs", recipe).stdout == "t-0 | begun x\nt-1 | begun y\n"
    assert cli("logs", recipe, "--tail", "1", "--task", "t-0").stdout == "begun x\n"
    assert cli.json("logs", recipe, "--task", "t-0")["tasks"][0]["text"] == "begun x\n"
    assert cli("logs", recipe, "--task", "t-1", "--file", "stderr.txt").stdout == "to stderr\n"
    following = cli.start("logs", recipe, "--follow", "--tail", "1")
    gate.touch()
    out, stderr = following.communicate(timeout=120)
    assert following.returncode == 0, stderr
    assert {line for line in out.splitlines() if "begun" not in line} == {"t-0 | last of x", "t-1 | last of y"}
    applying.communicate(timeout=120)
    assert applying.returncode == 0
    assert "2 succeeded of 2 tasks" in cli("status", "--run", shown["run_id"]).stdout
    assert cli("purge", recipe, "--force", "--yes").returncode == 0
    assert cli("status", recipe).stdout.count("not found") == 2
    # The record keeps what the tasks wrote.
    kept = {"t-0 | begun x", "t-0 | last of x", "t-1 | begun y", "t-1 | last of y"}
    assert set(cli("logs", recipe).stdout.splitlines()) == kept


def test_status_and_logs_of_missing_runs_are_errors(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    task = "tasks: [{name: t, for_each: {repeat: 51}, commands: [echo]}]\n"
    recipe = write_recipe("unlooked", task + "collect: [{task_files: [stdout.txt], into: logs}]\npurge: never\n")
    none = cli("status", recipe)
    assert (none.returncode, "there is no run of unlooked" in none.stderr) == (2, True)
    assert cli("apply", recipe, "--to", "watch", cwd=tmp_path).returncode == 0
    many = cli("logs", recipe)
    assert (many.returncode, "too many to print at once" in many.stderr) == (2, True)
    wrong = cli("logs", recipe, "--task", "t-5")
    assert (wrong.returncode, "the run has no task t-5" in wrong.stderr) == (2, True)
    both = cli("logs", recipe, "--follow", "--json")
    assert both.returncode == 2
    assert cli("logs", recipe, "--task", "t-05").stdout == "\n"
    assert cli("purge", recipe, "--force", "--yes").returncode == 0
