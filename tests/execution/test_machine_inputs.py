"""What a recipe takes from this machine is said before it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch import Recipe
from recipebatch.cli.render.plan import plan_text
from recipebatch.plan import plan_as_json
from recipebatch.plan.model.machine_inputs import MAX_PLACES
from recipebatch.properties.table import Shape
from recipebatch.properties.task import TASK

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.plan.model import MachineInputs

RECIPE = """\
schema_version: 1
name: demo
parameters:
  token: {type: secret, source: {environment_variable: MY_TOKEN}}
  key: {type: secret, source: {file: key.txt}}
  deep: {type: secret, source: {key_vault: {url: https://v.vault.azure.net, name: s}}}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage:
  input: {uploads: [{source: mine/id_rsa, blob: readme.txt}, own.txt, {blob: t, content: text}]}
  later: {existing: true, container: later}
tasks:
  - {name: a, command_line: 'echo ${{ env.RECIPEBATCH_WHO }}', environment_settings: {T: '${{ secrets.token }}'}}
  - name: many
    for_each: {range: {start: 0, stop: 39}}
    command_line: run
    environment_settings: {T: 'x ${{ secrets.token }}', K: '${{ secrets.key }}'}
  - {name: rows, for_each: {rows: table.csv}, command_line: 'echo ${{ item.a }}'}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a recipe in a repository, with files of the repository beside it."""
    for name in ("r/own.txt", "mine/id_rsa", ".git/HEAD"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")
    (tmp_path / "mine" / "table.csv").write_text("a\n1\n")
    (tmp_path / "r" / "table.csv").symlink_to("../mine/table.csv")
    (tmp_path / "r" / "mine").symlink_to("../mine")
    monkeypatch.setenv("RECIPEBATCH_WHO", "me")
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "no-settings"))
    return (tmp_path / "r").resolve()


def taken(folder: Path, text: str = RECIPE) -> MachineInputs:
    (folder / "r.yaml").write_text(text)
    found = Recipe.load(folder / "r.yaml").plan().takes
    assert found is not None
    return found


def tasks(count: int) -> str:
    return ", ".join(f"task many-0{number}" for number in range(count))


def test_files_outside_of_the_folder_variables_and_secrets_are_listed(folder: Path) -> None:
    found = taken(folder)
    mine = folder.parent / "mine"
    assert [(file.path, file.use) for file in found.files] == [
        (str(mine / "id_rsa"), "blob readme.txt of input"),
        (str(mine / "table.csv"), "table"),
    ]
    assert (found.file_count, found.variables, found.factories) == (2, ("RECIPEBATCH_WHO",), ())
    assert [(secret.name, secret.source, secret.uses) for secret in found.secrets] == [
        ("token", "environment variable MY_TOKEN", 41),
        ("key", "file key.txt", 40),
        ("deep", "key vault https://v.vault.azure.net, secret s", 0),
    ]
    assert found.secrets[0].used_by[:2] == ("task a", "task many-00")
    assert len(found.secrets[0].used_by) == MAX_PLACES


def test_tasks_that_are_not_known_yet_may_have_every_secret(folder: Path) -> None:
    text = RECIPE.replace("{range: {start: 0, stop: 39}}", "{files: later}").replace(
        "command_line: run", "command_line: r"
    )
    found = taken(folder, text)
    assert [secret.used_by for secret in found.secrets] == [("tasks of job job that are not known yet",)] * 3


def test_a_recipe_that_takes_nothing_has_no_section(folder: Path) -> None:
    top = "schema_version: 1\nname: demo\npool: {existing: p}\ntasks: [{command_line: a}]\n"
    text = f"{top}storage: {{c: {{uploads: [own.txt]}}}}\n"
    assert taken(folder, text).is_empty
    assert "Takes from this machine" not in plan_text(Recipe.load(folder / "r.yaml").plan())
    assert Recipe.load("builtin:topn").plan().takes is not None
    assert "topn" not in str(getattr(Recipe.load("builtin:topn").plan().takes, "files", ""))


def test_the_plan_shows_it_and_the_local_path_of_every_upload(folder: Path) -> None:
    taken(folder)
    plan = Recipe.load(folder / "r.yaml").plan()
    lines = plan_text(plan).splitlines()
    mine = folder.parent / "mine"
    assert f"    readme.txt · 1 B · {mine}/id_rsa" in lines
    assert "    own.txt · 1 B · own.txt" in lines
    assert "    t · 4 B · a text of the recipe" in lines
    begin = lines.index("Takes from this machine, beyond the recipe's folder")
    assert lines[begin + 1 : begin + 7] == [
        f"  file {mine}/id_rsa: blob readme.txt of input",
        f"  file {mine}/table.csv: table",
        "  environment variable RECIPEBATCH_WHO",
        f"  secret token from environment variable MY_TOKEN: used by task a, {tasks(4)} and 36 more",
        f"  secret key from file key.txt: used by {tasks(5)} and 35 more",
        "  secret deep from key vault https://v.vault.azure.net, secret s: used by nothing",
    ]
    takes = plan_as_json(plan)["takes"]
    assert takes["files"][0] == {"path": f"{mine}/id_rsa", "use": "blob readme.txt of input"}
    assert takes["secrets"][1]["uses"] == 40


def test_many_files_of_one_folder_are_one_line_and_no_name_controls_the_terminal(folder: Path) -> None:
    for number in range(30):
        (folder.parent / "mine" / f"f{number}").write_text("a")
    (folder.parent / "mine" / "f\u2028[2J").write_text("a")
    text = RECIPE.replace("{source: mine/id_rsa, blob: readme.txt}", "../mine")
    taken(folder, text)
    shown = plan_text(Recipe.load(folder / "r.yaml").plan())
    assert f"  33 files in {folder.parent}/mine: f, …" not in shown
    assert f"  34 files in {folder.parent}/mine: " in shown
    assert "\u2028" not in shown


def test_pools_jobs_and_registries_that_get_a_secret_are_named(folder: Path) -> None:
    registry = "registry: {registry_server: r.io, user_name: u, password: '${{ secrets.%s }}'}"
    text = (
        RECIPE.partition("pool:")[0]
        + "pool:\n  image: ubuntu-24.04-containers\n  vm_size: s\n  target_dedicated_nodes: 1\n"
        "  container_configuration: {}\n  start_task:\n"
        "    command_line: x\n    environment_settings: {A: '${{ secrets.token }}'}\n"
        "job: {common_environment_settings: {B: 'x ${{ secrets.deep }}'}}\n"
        "tasks:\n  - {name: one, command_line: x, container_settings: {image_name: i, " + registry % "key" + "}}\n"
    )
    assert [secret.used_by for secret in taken(folder, text).secrets] == [("pool pool",), ("task one",), ("job job",)]


def test_only_the_environment_and_the_registry_of_a_task_can_hold_secrets() -> None:
    """What `machine_inputs` looks at in a task: with another row that may be deferred, it must look there too."""

    def deferred(shape: Shape) -> set[str]:
        found = set()
        for name, row in shape.rows.items():
            if getattr(row, "deferred", False) or (isinstance(row, Shape) and deferred(row)):
                found.add(name)
        return found

    assert deferred(TASK) == {"environment_settings", "container_settings"}


def test_another_storage_account_of_the_user_and_the_address_of_a_download_are_shown(folder: Path) -> None:
    text = (
        "schema_version: 1\nname: demo\npool: {existing: p}\n"
        "storage: {c: {existing: true, container: results, account: production}}\n"
        "tasks: [{command_line: a, resource_files: [{http_url: 'https://example.org/a', file_path: a}]}]\n"
    )
    assert taken(folder, text).accounts == ("production",)
    shown = plan_text(Recipe.load(folder / "r.yaml").plan())
    assert "  storage account production of accounts.yaml" in shown
    assert "resource file a from https://example.org/a" in shown
