"""A run whose recorded recipe is refused by now: it is looked at and ended by the labels of its resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azure.storage.blob import BlobServiceClient
from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """
storage: {output: {}}
tasks:
  - name: t
    commands: ['echo hello', 'echo result > a.txt']
    output_files: [{file_pattern: a.txt, container: output}]
collect: [{container: output, into: out}]
purge: always
"""


def refuse_recipe(cli: Cli, run: str) -> None:
    """Give the record of a run a recipe that has no plan, as an older version may have written it."""
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        blob = client.get_blob_client("recipebatch", f"runs/{run}/run.json")
        metadata = blob.get_blob_properties().metadata
        record = json.loads(blob.download_blob().readall())
        record["recipe_text"] += "\nformer_key: 1\n"
        blob.upload_blob(json.dumps(record), overwrite=True, metadata=metadata)


def test_a_run_without_a_plan_is_looked_at_stopped_purged_and_forgotten(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("former", TEXT)
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    run = cli.json("status", recipe)["run"]["run_id"]
    wait_for(lambda: "1 succeeded of 1 tasks" in cli("status", run).stdout, "the end of the task")
    refuse_recipe(cli, run)

    looked = cli("status", run)
    assert looked.returncode == 0, looked.stderr
    assert "1 succeeded of 1 tasks" in looked.stdout
    assert f"run {run} has no plan any more (unknown key former_key): what it made is found by its labels" in (
        looked.stderr
    )
    assert cli("logs", run).stdout == "t | hello\n"
    shown = cli("runs", "show", run).stdout
    assert "it has no plan any more (unknown key former_key)" in shown
    assert f"containers: former-{run}-output" in shown
    # What would go on with the run needs its plan.
    for command in ("watch", "collect"):
        refused = cli(command, "--run", run, cwd=tmp_path)
        assert (refused.returncode, "unknown key former_key" in refused.stderr) == (3, True)

    stopped = cli("stop", run, cwd=tmp_path)
    assert stopped.returncode == 0, stopped.stderr
    assert "without a plan nothing is collected or deleted" in stopped.stdout
    kept = cli("purge", "--run", run, "--yes")
    assert (kept.returncode, "which containers have some is not known" in kept.stderr) == (2, True)
    purged = cli("purge", "--run", run, "--yes", "--force")
    assert purged.returncode == 0, purged.stderr
    assert "deleted 1 job, 1 pool, 1 container" in purged.stdout
    assert cli("runs", "forget", run).returncode == 0
    assert run not in cli("runs").stdout
