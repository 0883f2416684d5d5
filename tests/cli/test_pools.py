"""Settings of pools, in real runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest

from recipebatch.plan.resolver.pool_expiry import expiry_rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

# The first node to come fails its start task, the others do not: they share one parent directory here.
ONE_FAILS = """  start_task:
    wait_for_success: true
    commands: ['mkdir "$AZ_BATCH_NODE_ROOT_DIR/../first" 2>/dev/null && exit 7 || true']
"""
TASK = "tasks: [{commands: [echo]}]\npurge: always\n"


def nodes(path: Path, count: int, more: str = "") -> Path:
    """The recipe with another number of nodes."""
    text = path.read_text().replace("target_dedicated_nodes: 1", f"target_dedicated_nodes: {count}{more}")
    path.write_text(text)
    return path


def test_enough_ready_nodes_suffice_and_the_others_are_reported(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = nodes(write_recipe("enough", TASK, pool=ONE_FAILS), 3, "\n  provisioning: {min_ready_nodes: 2}")
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "it is starttaskfailed" in done.stderr
    assert "2 nodes ready" in done.stdout


def test_too_few_ready_nodes_are_an_error_with_the_start_tasks_exit_code(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = nodes(write_recipe("too-few", TASK, pool=ONE_FAILS), 2, "\n  provisioning: {min_ready_nodes: 2}")
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert "exit code 7" in done.stderr
    why = cli.json("why", recipe, cwd=tmp_path)["why"]
    assert [each["code"] for each in why["findings"]] == ["purged", "start-task-failed"]
    page = cli("why", recipe, cwd=tmp_path).stdout
    assert "failed: exit code 7" in page
    assert f"\n    recipebatch logs --run {why['run_id']} --start-task\n" in page


def test_a_formula_decides_the_number_of_nodes(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "scaled",
        TASK.replace("always", "never"),
        pool="  auto_scale: {formula: '$TargetDedicatedNodes = 2;', evaluation_interval: PT10M}\n"
        "  task_scheduling_policy: {node_fill_type: pack}\n",
    )
    recipe.write_text(recipe.read_text().replace("  target_dedicated_nodes: 1\n", ""))
    report = cli.json("apply", recipe, "--to", "submit", cwd=tmp_path)
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        pool = client.get_pool(f"scaled-{report['run']}")
    assert pool.enable_auto_scale
    assert expiry_rule(pool.auto_scale_formula or "").formula == "$TargetDedicatedNodes = 2;"
    assert str(pool.auto_scale_evaluation_interval) == "0:10:00"
    assert pool.task_scheduling_policy is not None
    assert str(pool.task_scheduling_policy.node_fill_type).lower() == "pack"
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_a_container_pool_lists_its_images_and_never_shows_the_registry_password(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "boxed",
        "parameters: {password: {type: secret, source: {environment_variable: REGISTRY}}}\n"
        "tasks: [{commands: [echo], container_settings: {image_name: 'nowhere.invalid/tool:1'}}]\npurge: never\n",
        pool="  container_configuration:\n    container_registries:\n"
        "      - {registry_server: nowhere.invalid, user_name: u, password: '${{ secrets.password }}'}\n",
    )
    recipe.write_text(recipe.read_text().replace("ubuntu-24.04", "ubuntu-24.04-containers"))
    done = cli("apply", recipe, "--secret", "REGISTRY", cwd=tmp_path, environ={"REGISTRY": "s3cr3t-of-registry"})
    assert done.returncode == 1, done.stderr
    assert "s3cr3t-of-registry" not in done.stdout + done.stderr
    shown = cli("plan", recipe)
    assert "containers: pulled when needed" in shown.stdout
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_each_job_runs_on_the_pool_that_it_names(cli: Cli, tmp_path: Path) -> None:
    recipe = tmp_path / "two.yaml"
    say = "commands: ['echo \"$AZ_BATCH_POOL_ID\" > ${{ job.id }}.txt']"
    keep = "output_files: [{file_pattern: '*.txt', container: output}]"
    recipe.write_text(
        "schema_version: 1\nname: two\nstorage: {output: {}}\n"
        "pools:\n"
        "  small: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}\n"
        "  large: {image: ubuntu-24.04, vm_size: standard_d4s_v3, target_dedicated_nodes: 1}\n"
        "jobs:\n"
        f"  first: {{pool: small, id: two-first, tasks: [{{{say}, {keep}}}]}}\n"
        f"  second: {{pool: large, id: two-second, tasks: [{{{say}, {keep}}}]}}\n"
        "collect: [{container: output, into: out}]\npurge: always\n"
    )
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    pools = [(tmp_path / "out" / f"two-{name}.txt").read_text().strip() for name in ("first", "second")]
    assert pools == [f"two-{report['run']}-small", f"two-{report['run']}-large"]
    removed = [step["name"] for step in report["phases"][-1]["steps"] if step["kind"] == "pool"]
    assert removed == pools


def client_of(cli: Cli) -> BatchClient:
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    return BatchClient(values["AZURE_BATCH_ENDPOINT"], credential)


def is_there(client: BatchClient, pool_id: str | None) -> bool:
    return str(pool_id) in {pool.id for pool in client.list_pools()}


def test_the_next_vm_size_is_tried_where_the_service_has_no_nodes_of_the_first(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("sizes", TASK, pool="  id: sizes-in-turn\n")
    recipe.write_text(
        recipe.read_text().replace("vm_size: standard_d2s_v3", "vm_size: [standard_d4s_v3, standard_d2s_v3]")
    )
    fault = {"action": "allocation", "poolId": "sizes-in-turn", "code": "AllocationFailed", "nodes": 0}
    with client_of(cli) as client:
        answer = client.send_request(HttpRequest("POST", "/$emulator/faults", json=fault))
        answer.raise_for_status()
        done = cli("apply", recipe, "--to", "watch", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "could not allocate its nodes" in done.stderr
        assert "trying standard_d2s_v3" in done.stderr
        assert client.get_pool("sizes-in-turn").vm_size == "standard_d2s_v3"
    # A second apply uses the existing pool with the other VM size.
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0


def test_an_auto_pool_is_deleted_with_its_job(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("auto", "job: {auto_pool: {auto_pool_id_prefix: mine}}\n" + TASK.replace("always", "never"))
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    with client_of(cli) as client:
        pool = client.get_job(f"auto-{report['run']}").execution_info
        assert pool is not None
        assert str(pool.pool_id).startswith("mine_")
        assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0
        assert not is_there(client, pool.pool_id)


def test_an_auto_pool_that_is_kept_alive_is_deleted_by_the_purge(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    parts = "{pool: never, jobs: always, storage: always}"
    recipe = write_recipe("alive", "job: {auto_pool: {keep_alive: true}}\n" + TASK.replace("always", parts))
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # The job, which says the id of its pool, is gone.
    assert re.search(r"remaining: pool alive_\S+ \(0 nodes\)", done.stdout + done.stderr)
    with client_of(cli) as client:
        [pool] = [each.id for each in client.list_pools() if each.id.startswith("alive_")]
        assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0
        assert not is_there(client, pool)


def test_a_container_is_a_folder_of_the_nodes_that_mount_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("mounted\n")
    recipe = write_recipe(
        "mounts",
        "storage: {input: {uploads: [a.txt]}, output: {}}\n"
        "tasks:\n"
        "  - commands: ['cp \"$AZ_BATCH_NODE_MOUNTS_DIR/data/a.txt\" b.txt']\n"
        "    output_files: [{file_pattern: b.txt, container: output}]\n"
        "collect: [{container: output, into: out}]\npurge: always\n",
        pool="  mount_configuration:\n"
        "    - azure_blob_file_system_configuration: {container: input, relative_mount_path: data}\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "b.txt").read_text() == "mounted\n"


def test_what_tasks_write_into_a_mounted_container_is_collected(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "written",
        "storage: {results: {}}\n"
        "tasks:\n"
        "  - for_each: {range: {start: 0, stop: 3}}\n"
        "    commands:\n"
        '      - cd "$AZ_BATCH_NODE_MOUNTS_DIR/data"\n'
        "      - mkdir -p deep/folder\n"
        "      - echo ${{ item }} > deep/folder/${{ item }}.txt\n"
        "collect: [{container: results, into: out}]\npurge: always\n",
        pool="  mount_configuration:\n"
        "    - azure_blob_file_system_configuration:\n"
        "        {container: results, relative_mount_path: data, read_only: false}\n",
    )
    done = cli("apply", nodes(recipe, 2), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {each.name: each.read_text() for each in (tmp_path / "out").rglob("*") if each.is_file()}
    assert found.pop("recipebatch-manifest.json")
    assert found == {f"{number}.txt": f"{number}\n" for number in range(4)}


def test_a_task_whose_files_cannot_be_written_into_a_mounted_container_fails(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "unwritten",
        "storage: {results: {}}\n"
        "tasks: [{commands: ['ln -s /etc/hostname \"$AZ_BATCH_NODE_MOUNTS_DIR/data/link\"']}]\n"
        "purge: never\n",
        pool="  mount_configuration:\n"
        "    - azure_blob_file_system_configuration:\n"
        "        {container: results, relative_mount_path: data, read_only: false}\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "it is a link, which a blob cannot be" in done.stdout + done.stderr
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_a_scenario_scales_the_pool_with_the_tasks(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "scenario",
        TASK,
        pool="  auto_scale: {scenario: workday, min_nodes: 1, max_nodes: 1, evaluation_interval: PT5M}\n",
    )
    recipe.write_text(recipe.read_text().replace("  target_dedicated_nodes: 1\n", ""))
    shown = cli("plan", recipe).stdout
    assert "workday" in shown
    assert "clock.weekday" in shown
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_start_task_with_a_missing_container_image_fails_the_node(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "boxed-start",
        TASK,
        pool="  container_configuration: {}\n"
        "  start_task: {commands: [echo], container_settings: {image_name: 'nowhere.invalid/tool:1'}}\n",
    )
    recipe.write_text(recipe.read_text().replace("ubuntu-24.04", "ubuntu-24.04-containers"))
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "the start task of pool" in done.stderr
    assert "container" in done.stderr
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_a_pool_that_was_there_and_one_of_the_run_serve_the_jobs_of_one_recipe(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    base = write_recipe("base", TASK.replace("always", "never"), pool="  id: stays-there\n")
    assert cli("apply", base, "--to", "submit", cwd=tmp_path).returncode == 0
    recipe = tmp_path / "mixed.yaml"
    recipe.write_text(
        "schema_version: 1\nname: mixed\n"
        "pools:\n"
        "  shared: {existing: stays-there}\n"
        "  own: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}\n"
        "jobs:\n"
        "  first: {pool: shared, tasks: [{commands: [echo]}]}\n"
        "  second: {pool: own, after: first, tasks: [{commands: [echo]}]}\n"
        "purge: never\n"
    )
    report = cli.json("apply", recipe, "--to", "watch", cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    with client_of(cli) as client:
        jobs = {job.id: job.pool_info for job in client.list_jobs() if job.id.startswith("mixed-")}
        pools = {name.rpartition("-")[2]: info.pool_id for name, info in jobs.items()}
        assert pools == {"first": "stays-there", "second": f"mixed-{report['run']}-own"}
        # Another process continues the run: it finds both pools and removes one.
        assert cli("purge", "--run", report["run"], "--yes", cwd=tmp_path).returncode == 0
        assert not is_there(client, f"mixed-{report['run']}-own")
        assert is_there(client, "stays-there")
        assert cli("purge", base, "--yes", cwd=tmp_path).returncode == 0
        assert not is_there(client, "stays-there")


def test_a_node_without_its_container_image_says_which_one(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "imageless", TASK, pool="  container_configuration: {container_image_names: ['nowhere.invalid/tool:1']}\n"
    )
    recipe.write_text(recipe.read_text().replace("ubuntu-24.04", "ubuntu-24.04-containers"))
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert "is unusable" in done.stderr
    assert "nowhere.invalid/tool:1" in done.stderr
    # What the node's agent logged is kept although the node goes, and nothing was submitted.
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0
    done = cli("logs", recipe, "--agent", cwd=tmp_path)
    assert " state unusable\n" in done.stdout
    assert all(": agent-debug.log | " in line for line in done.stdout.splitlines())
    assert "the record keeps the agent logs of " in done.stderr
