"""Outputs that tasks promise and do not make, in real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.storage.blob import BlobServiceClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from command import Cli

    WriteRecipe = Callable[..., Path]

PROMISES = """
storage: {out: {}}
tasks:
  - name: wrong-name
    commands: ["echo > reslut.csv"]
    output_files: [{file_pattern: result.csv, container: out}]
  - name: wrote-none
    commands: ["echo > a.txt"]
    output_files: [{file_pattern: '*.csv', container: out}, {file_pattern: '*.txt', container: out}]
  - name: wrote-one
    commands: ["echo > b.csv"]
    output_files: [{file_pattern: '*.csv', container: out}]
  - name: a-folder
    commands: ["mkdir res; echo > res/c.csv"]
    output_files: [{file_pattern: res, container: out}]
  - name: optional
    commands: ["true"]
    output_files:
      - {file_pattern: '*.csv', container: out, required: false}
      - {file_pattern: why.txt, container: out, upload_condition: task_failure}
collect: [{container: out, into: got}]
purge: always
"""
SHARED = """
job: {auto_pool: {}}
storage: {out: {}}
tasks:
  - {name: none, commands: ["true"], output_files: [{file_pattern: '*.csv', container: out}]}
  - {name: one, commands: ["echo > b.csv"], output_files: [{file_pattern: '*.csv', container: out}]}
purge: on_success
"""
MISSING = (
    "task wrong-name wrote no result.csv",
    "task wrote-none wrote no *.csv",
    "task a-folder wrote no file res: it is a folder; res/**/* is its files",
)


def phase(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(phase for phase in report["phases"] if phase["phase"] == name)
    return found


def test_promised_outputs_that_were_not_made_fail_the_run_by_name_and_keep_everything(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("promises", PROMISES)
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    watched = phase(report, "watch")
    assert {task["task_id"]: (task["cause"], task["message"]) for task in watched["failed_tasks"]} == {
        said.split()[1]: ("output_missing", said) for said in MISSING
    }
    assert watched["summary"].startswith("2 of 5 tasks succeeded, 3 failed (")
    assert all(said in watched["summary"] for said in MISSING)
    assert phase(report, "collect")["missing_outputs"] == list(MISSING)
    # What was made is there all the same.
    assert {path.name for path in (tmp_path / "got").glob("?.*")} == {"a.txt", "b.csv"}
    assert phase(report, "purge")["summary"] == "all resources are kept (outputs are missing)"
    refused = cli("purge", recipe, cwd=tmp_path)
    assert refused.returncode == 1
    assert "task wrote-none left no *.csv in out" in refused.stderr
    assert "--force" in refused.stderr
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as blobs:
        (name,) = (each.name for each in blobs.list_containers(name_starts_with="promises-"))
        marks = {
            blob.name: blob.metadata["recipebatch_task"].rpartition("/")[2]
            for blob in blobs.get_container_client(name).list_blobs(include=["metadata"])
        }
    assert marks == {"a.txt": "wrote-none", "b.csv": "wrote-one"}
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_a_pattern_that_tasks_share_is_decided_without_their_nodes(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("shared", SHARED)
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    (failed,) = phase(report, "watch")["failed_tasks"]
    assert (failed["task_id"], failed["cause"]) == ("none", "output_missing")
    # The next command says the same, and the pool of the job is gone.
    again = cli("purge", recipe, cwd=tmp_path)
    assert again.returncode == 1
    assert "task none " in again.stderr
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0
