"""What a pool may say, applied for real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

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


def test_enough_ready_nodes_are_enough_and_the_others_are_told(
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


def test_a_formula_decides_the_number_of_nodes(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "scaled",
        TASK.replace("always", "never"),
        pool="  auto_scale: {formula: '$TargetDedicatedNodes = 2;', evaluation_interval: PT10M}\n"
        "  task_scheduling_policy: {node_fill_type: pack}\n",
    )
    recipe.write_text(recipe.read_text().replace("  target_dedicated_nodes: 1\n", ""))
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        pool = client.get_pool(f"scaled-{report['run']}")
    assert pool.enable_auto_scale
    assert pool.auto_scale_formula == "$TargetDedicatedNodes = 2;"
    assert str(pool.auto_scale_evaluation_interval) == "0:10:00"
    assert pool.task_scheduling_policy is not None
    assert str(pool.task_scheduling_policy.node_fill_type).lower() == "pack"
    assert cli("purge", recipe, "--force", cwd=tmp_path).returncode == 0


def test_a_pool_for_containers_names_its_images_and_its_registries_password_is_nowhere(
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
    done = cli("apply", recipe, cwd=tmp_path, environ={"REGISTRY": "s3cr3t-of-registry"})
    assert done.returncode == 1, done.stderr
    assert "s3cr3t-of-registry" not in done.stdout + done.stderr
    shown = cli("plan", recipe)
    assert "containers: fetched when needed" in shown.stdout
    assert cli("purge", recipe, "--force", cwd=tmp_path).returncode == 0
