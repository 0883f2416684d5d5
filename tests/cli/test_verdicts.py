"""Every way in which a task can fail, in real runs, and how it is reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobServiceClient
from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from command import Cli

    WriteRecipe = Callable[..., Path]

MANY_WAYS = """
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - {name: good, commands: [echo]}
  - {name: code, commands: ['echo to stderr >&2; exit 3']}
  - {name: long, constraints: {max_wall_clock_time: 1s}, commands: [sleep 60]}
  - {name: missing, resource_files: [{container: input, blob: b.txt}], commands: [echo]}
  - name: upload
    commands: ['touch STARTED; while ! test -e GATE; do sleep 0.05; done']
    output_files: [{file_pattern: ../stdout.txt, container: output, path: a.txt}]
  - {name: after, depends_on: [code], commands: [echo]}
purge: always
"""
WAITING = """
job: {constraints: {max_wall_clock_time: 2s}}
tasks: [{name: waits, commands: [echo]}]
purge: always
"""


def causes(report: dict[str, Any]) -> dict[str, str]:
    return {task["task_id"]: task["cause"] for phase in report["phases"] for task in phase["failed_tasks"]}


def watched(report: dict[str, Any]) -> str:
    return str(next(phase["summary"] for phase in report["phases"] if phase["phase"] == "watch"))


def test_every_failed_task_has_its_cause_and_the_summary_counts_them(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    gate, started = tmp_path / "gate", tmp_path / "started"
    recipe = write_recipe("ways", MANY_WAYS.replace("GATE", str(gate)).replace("STARTED", str(started)))
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as blobs:
        applying = cli.start("apply", recipe, "--json", cwd=tmp_path)
        wait_for(started.exists, "the task to start")
        (output,) = (each.name for each in blobs.list_containers(name_starts_with="ways-") if "output" in each.name)
        blobs.delete_container(output)
    gate.touch()
    out, stderr = applying.communicate(timeout=120)
    assert applying.returncode == 1, stderr
    report = json.loads(out)
    assert causes(report) == {
        "code": "exit_code",
        "long": "wall_clock",
        "missing": "resource_file",
        "upload": "upload_failed",
        "after": "blocked",
    }
    assert watched(report) == (
        "1 of 6 tasks succeeded, 4 failed (code, long, missing, upload; 1 exit code, 1 wall clock, 1 resource file,"
        " 1 upload failed), 1 never completed (1 blocked)"
    )
    (code,) = (task for phase in report["phases"] for task in phase["failed_tasks"] if task["task_id"] == "code")
    assert (code["exit_code"], code["stderr"]) == (3, "to stderr")


def test_a_task_that_got_no_node_before_its_job_ended_never_started(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("nonodes", WAITING, pool="  provisioning: {min_ready_nodes: 0}\n")
    never = "auto_scale: {formula: '$TargetDedicatedNodes = time().hour > 24 ? 1 : 0;'}"
    recipe.write_text(recipe.read_text().replace("target_dedicated_nodes: 1", never))
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert causes(report) == {"waits": "never_started"}
    assert watched(report) == "0 of 1 tasks succeeded, 1 never completed (1 never started)"


def test_a_task_whose_nodes_all_failed_their_start_task_says_so(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    start = "  provisioning: {min_ready_nodes: 0}\n  start_task: {wait_for_success: true, commands: [exit 4]}\n"
    report = cli.json("apply", write_recipe("nostart", WAITING, pool=start), cwd=tmp_path, exit_code=1)
    assert causes(report) == {"waits": "start_task"}
    assert watched(report) == "0 of 1 tasks succeeded, 1 never completed (1 start task)"


def test_a_task_whose_node_was_preempted_and_that_did_not_run_again_is_preempted(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = (
        WAITING.replace("2s", "6s").replace("[echo]", "['touch RAN; sleep 60']").replace("RAN", str(tmp_path / "ran"))
    )
    recipe = write_recipe("taken", text, pool="  id: taken-away\n")
    recipe.write_text(recipe.read_text().replace("target_dedicated_nodes", "spot_nodes"))
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        applying = cli.start("apply", recipe, "--to", "watch", cwd=tmp_path)
        wait_for((tmp_path / "ran").exists, "the task to run")
        (node,) = client.list_nodes("taken-away")
        fault = {"action": "preempt", "poolId": "taken-away", "nodeId": node.id, "backSeconds": 600}
        client.send_request(HttpRequest("POST", "/$emulator/faults", json=fault)).raise_for_status()
        out, stderr = applying.communicate(timeout=120)
    assert applying.returncode == 1, stderr
    assert "1 never completed (1 preempted)" in out
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0
