"""Runs whose record others wrote or changed, and storage that lost what it had: what is read, said, kept and ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azure.storage.blob import BlobServiceClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """\
parameters: {key: {type: secret, source: {environment_variable: RECIPEBATCH_SECRET_K}}}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - name: copy
    resource_files: [input]
    environment_settings: {KEY: '${{ secrets.key }}'}
    commands: ['cat a.txt > b.txt']
    output_files: [{file_pattern: b.txt, container: output}]
collect: [{container: output, into: out}]
purge: always
"""
ALICE = {"RECIPEBATCH_SECRET_K": "very-secret-value", "RECIPEBATCH_OWNER": "alice"}
BOB = {"RECIPEBATCH_SECRET_K": "secret-of-bob", "RECIPEBATCH_OWNER": "bob"}


def storage(cli: Cli) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"])


def started(cli: Cli, recipe: Path, *arguments: str, folder: Path) -> str:
    done = cli("apply", recipe, *arguments, "--json", cwd=folder, environ=ALICE)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["run"])


def container(client: BlobServiceClient, run: str, end: str) -> str:
    return next(item.name for item in client.list_containers() if run in item.name and item.name.endswith(end))


def test_a_run_of_another_owner_reads_no_local_file_and_no_secret_that_is_not_given(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    source = tmp_path / "a.txt"
    source.write_text("one\n")
    run = started(cli, write_recipe("others", TEXT), "--to", "stage", folder=tmp_path)
    with storage(cli) as client:
        blob = client.get_blob_client(container(client, run, "input"), "a.txt")
        blob.delete_blob()

        for command in (("stage", "--run", run), ("runs", "resume", run)):
            unasked = cli(*command, cwd=tmp_path, environ=BOB)
            assert (unasked.returncode, f"run {run} belongs to alice, not to bob" in unasked.stderr) == (2, True)
        refused = cli("stage", "--run", run, "--yes", cwd=tmp_path, environ=BOB)
        assert refused.returncode == 2, refused.stderr
        assert f"{source} is not read: run {run} of alice was not started by you" in refused.stderr
        refused = cli("runs", "resume", run, "--yes", cwd=tmp_path, environ=BOB)
        assert (refused.returncode, f"--allow-path {source}" in refused.stderr) == (2, True), refused.stderr
        assert not blob.exists()

        staged = cli("stage", "--run", run, "--allow-path", source, "--yes", cwd=tmp_path, environ=BOB)
        assert staged.returncode == 0, staged.stderr
        assert blob.exists()
    source.unlink()  # what is staged is not read again
    refused = cli("runs", "resume", run, "--yes", cwd=tmp_path, environ=BOB)
    assert (refused.returncode, "its tasks do not get the secret key" in refused.stderr) == (2, True), refused.stderr
    done = cli("runs", "resume", run, "--yes", "--secret", "RECIPEBATCH_SECRET_K", cwd=tmp_path, environ=BOB)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "b.txt").read_text() == "one\n"


def test_inputs_that_storage_lost_are_uploaded_again_when_a_run_is_continued(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("lost", TEXT)
    run = started(cli, recipe, "--to", "provision", folder=tmp_path)
    with storage(cli) as client:
        client.delete_container(container(client, run, "input"))
    done = cli("apply", recipe, cwd=tmp_path, environ=ALICE)
    assert done.returncode == 0, done.stderr
    assert "stage: 1 file uploaded again: storage had lost what was staged" in done.stdout
    assert (tmp_path / "out" / "b.txt").read_text() == "one\n"


def test_an_output_that_went_before_it_was_collected_fails_the_run_and_nothing_is_purged(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("gone", TEXT)
    run = started(cli, recipe, "--to", "watch", folder=tmp_path)
    with storage(cli) as client:
        output = container(client, run, "output")
        client.get_blob_client(output, "b.txt").delete_blob()
        failed = cli("apply", recipe, cwd=tmp_path, environ=ALICE)
        assert failed.returncode == 1, failed.stderr
        assert "task copy left no b.txt in output (OutputMissing)" in failed.stderr
        refused = cli("purge", "--run", run, cwd=tmp_path, environ=ALICE)
        assert refused.returncode in {1, 2}, refused.stderr
        assert client.get_container_client(output).exists()
        retried = cli("retry", "--run", run, "--cause", "output_missing", cwd=tmp_path, environ=ALICE)
        assert retried.returncode == 0, retried.stderr
        assert not client.get_container_client(output).exists()
    assert (tmp_path / "out" / "b.txt").read_text() == "one\n"


def test_a_run_whose_record_is_no_text_of_ours_can_be_ended(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    run = started(cli, write_recipe("broken", TEXT), "--to", "provision", folder=tmp_path)
    with storage(cli) as client:
        for content in (b"\xff\xfe", b"[" * 100_000, b""):
            record = client.get_blob_client("recipebatch", f"runs/{run}/run.json")
            record.upload_blob(content, overwrite=True)
            listed = cli("runs", cwd=tmp_path)
            assert listed.returncode == 0, listed.stderr
            assert run in listed.stdout
            refused = cli("purge", "--run", run, "--yes", cwd=tmp_path)
            assert refused.returncode == 4, refused.stderr
            assert "Traceback" not in refused.stderr
    assert cli("runs", "forget", run, cwd=tmp_path).returncode == 4
    forgotten = cli("runs", "forget", run, "--force", cwd=tmp_path)
    assert forgotten.returncode == 0, forgotten.stderr
    orphans = cli("purge", "--orphans", "--yes", cwd=tmp_path)
    assert f"broken-{run}" in orphans.stdout, orphans.stdout + orphans.stderr
    assert run not in cli("runs", cwd=tmp_path).stdout
