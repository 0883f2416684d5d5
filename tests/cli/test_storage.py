"""Settings of `storage:`, in real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from command import Cli

    from recipebatch.local.azurite.azurite import Azurite

    WriteRecipe = Callable[..., Path]

IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"


@pytest.fixture
def local_blobs(cli: Cli) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        yield client


def test_a_text_of_the_recipe_becomes_a_blob_with_its_type_and_metadata(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path, local_blobs: BlobServiceClient
) -> None:
    (tmp_path / "data.csv").write_text("a,b\n")
    recipe = write_recipe(
        "texts",
        "parameters: {words: {type: integer, default: 3}}\n"
        "storage:\n"
        "  input:\n"
        "    uploads:\n"
        '      - {blob: conf/settings.yaml, content: "words: ${{ params.words }}\\n", content_type: text/yaml}\n'
        "      - {source: data.csv, blob: renamed.csv, content_type: text/csv, metadata: {survey: 7}}\n"
        "  output: {}\n"
        "tasks:\n"
        "  - resource_files: [input]\n"
        "    commands: ['cat conf/settings.yaml renamed.csv > all.txt']\n"
        "    output_files: [{file_pattern: all.txt, container: output}]\n"
        "collect: [{container: output, into: out}]\npurge: never\n",
    )
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    assert (tmp_path / "out" / "all.txt").read_text() == "words: 3\na,b\n"
    container = local_blobs.get_container_client(f"texts-{report['run']}-input")
    found = {blob.name: blob for blob in container.list_blobs(include=["metadata"])}
    assert found["conf/settings.yaml"].content_settings.content_type == "text/yaml"
    assert found["renamed.csv"].content_settings.content_type == "text/csv"
    assert found["renamed.csv"].metadata == {"survey": "7"}
    again = cli.json("stage", "--run", report["run"])["phases"][0]
    assert {step["action"] for step in again["steps"] if step["kind"] == "blob"} == {"unchanged"}
    assert cli("purge", "--run", report["run"], "--yes").returncode == 0


def test_a_container_is_kept_until_its_retention_has_elapsed(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path, local_blobs: BlobServiceClient
) -> None:
    recipe = write_recipe(
        "retained",
        "storage: {output: {retention: P30D}}\n"
        "tasks: [{commands: ['echo x > a.txt'], output_files: [{file_pattern: a.txt, container: output}]}]\n"
        "purge: always\n",
    )
    report = cli.json("apply", recipe, cwd=tmp_path)
    name = f"retained-{report['run']}-output"
    kept = [step for step in report["phases"][-1]["steps"] if step["kind"] == "container"]
    assert [(step["action"], step["name"]) for step in kept] == [("kept", name)]
    assert "its retention" in report["phases"][-1]["notes"][0]
    assert local_blobs.get_container_client(name).exists()
    assert cli("purge", "--run", report["run"], "--yes", "--force").returncode == 0
    assert not local_blobs.get_container_client(name).exists()


def test_a_managed_identity_is_refused_on_this_machine_before_anything_is_made(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "identity", f"storage: {{input: {{access: {{managed_identity: {IDENTITY}}}}}}}\ntasks: [{{command_line: a}}]\n"
    )
    refused = cli("apply", recipe, cwd=tmp_path)
    assert refused.returncode == 2
    assert "storage.input uses a managed identity" in refused.stderr
    assert "identity" not in cli("runs").stdout


def test_each_container_is_in_the_storage_account_that_it_names(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path, azurite: Azurite, blob_service: BlobServiceClient
) -> None:
    here = cli.account()
    accounts = tmp_path / "config" / "accounts.yaml"
    accounts.parent.mkdir()
    accounts.write_text(
        "accounts:\n"
        "  here:\n"
        f"    batch_account: {here['AZURE_BATCH_ACCOUNT']}\n"
        f"    batch_endpoint: {here['AZURE_BATCH_ENDPOINT']}\n"
        f"    batch_key: {here['AZURE_BATCH_ACCESS_KEY']}\n"
        f"    storage_connection_string: {here['AZURE_STORAGE_CONNECTION_STRING']}\n"
        "  archive:\n"
        f"    storage_account: {azurite.account}\n"
        f"    storage_endpoint: {azurite.endpoint}\n"
        f"    storage_key: {azurite.key.reveal()}\n"
    )
    accounts.chmod(0o600)
    environ = {"RECIPEBATCH_CONFIG_DIR": str(accounts.parent)}
    (tmp_path / "a.txt").write_text("there and back\n")
    recipe = write_recipe(
        "accounts",
        "storage: {input: {account: archive, uploads: [a.txt]}, work: {}, output: {account: archive}}\n"
        "tasks:\n"
        "  - for_each: {files: input}\n"
        "    resource_files: [file]\n"
        "    keep_logs: work\n"
        "    commands: ['cat ${{ file.name }} | tee out.txt']\n"
        "    output_files: [{file_pattern: out.txt, container: output}]\n"
        "collect: [{container: output, into: out}, {container: work, into: logs}]\npurge: never\n",
    )
    done = cli("apply", recipe, "--account", "here", "--json", cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "out.txt").read_text() == "there and back\n"
    there = {container.name for container in blob_service.list_containers(name_starts_with="accounts-")}
    assert {name.rpartition("-")[2] for name in there} == {"input", "output"}
    assert cli("purge", recipe, "--account", "here", "--yes", cwd=tmp_path, environ=environ).returncode == 0
    assert not list(blob_service.list_containers(name_starts_with="accounts-"))
    assert azurite.key.reveal() not in done.stdout + done.stderr


def test_a_storage_account_that_is_not_configured_is_an_error_before_anything_is_made(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    here = cli.account()
    accounts = tmp_path / "config" / "accounts.yaml"
    accounts.parent.mkdir()
    accounts.write_text("accounts: {other: {storage_account: x}}\n")
    recipe = write_recipe("unknown", "storage: {input: {account: archive}}\ntasks: [{command_line: a}]\n")
    environ = {**here, "RECIPEBATCH_CONFIG_DIR": str(accounts.parent)}
    refused = cli("apply", recipe, "--account", "environment", cwd=tmp_path, environ=environ)
    assert refused.returncode == 2, refused.stderr
    assert "account archive is not in" in refused.stderr


def test_what_an_existing_container_does_not_have_is_said_when_tasks_are_submitted(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path, local_blobs: BlobServiceClient
) -> None:
    local_blobs.create_container("already-there")
    local_blobs.get_blob_client("already-there", "day/1.csv").upload_blob(b"1")
    recipe = write_recipe(
        "lacks",
        "storage: {data: {container: already-there, existing: true}}\n"
        "tasks:\n"
        "  - name: t\n"
        "    commands: ['ls day']\n"
        "    resource_files: [{container: data, blob_prefix: day/}, {container: data, blob_prefix: night/}]\n"
        "collect: [{task_files: [stdout.txt], into: logs}]\npurge: always\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "warning: blob_prefix night/ matches nothing in container data: task t gets no file from it" in done.stdout
    assert "blob_prefix day/" not in done.stdout
    assert "another name" not in done.stdout
    assert (tmp_path / "logs" / "t" / "stdout.txt").read_text() == "1.csv\n"
