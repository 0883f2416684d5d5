"""The autoscaled pool on a schedule, followed from no nodes over one and a result to no nodes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from command import Cli, clean_environment, unmeasured
from waiting import wait_for

from recipebatch import bundled_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = sorted((bundled_files.root() / "recipes" / "topn").glob("taskdata*.txt"))


@pytest.fixture
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A local account whose service waits a sixtieth of its times: 5 seconds from one evaluation to the next."""
    command = Cli(unmeasured(clean_environment(tmp_path_factory.mktemp("fast"))))
    started = command("emulator", "start", "--time-scale", "60")
    assert started.returncode == 0, started.stderr
    try:
        yield command
    finally:
        assert command("emulator", "stop").returncode == 0


@pytest.fixture
def batch(fast: Cli) -> Iterator[BatchClient]:
    values = fast.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        yield client


def test_the_pool_gets_a_node_for_the_job_and_loses_it_afterwards(
    fast: Cli, batch: BatchClient, tmp_path: Path
) -> None:
    report = fast.json("apply", "builtin:nightly", cwd=tmp_path)
    name = f"nightly-{report['run']}"
    provisioned = next(phase for phase in report["phases"] if phase["phase"] == "provision")
    assert provisioned["summary"] == f"pool {name} created; 0 nodes ready"

    wait_for(lambda: batch.get_job(f"{name}:job-1").state == "completed", "the end of the job")
    (task,) = batch.list_tasks(f"{name}:job-1")
    assert task.execution_info is not None
    assert task.execution_info.exit_code == 0
    assert task.node_info is not None
    assert task.node_info.pool_id == name
    wait_for(lambda: batch.get_pool(name).current_dedicated_nodes == 0, "an empty pool")

    collected = fast("collect", "builtin:nightly", cwd=tmp_path)
    assert collected.returncode == 0, collected.stderr
    lines = (tmp_path / "nightly-output" / "words-job-1.tsv").read_text(encoding="utf-8").splitlines()
    words = [word for text in TEXTS for word in text.read_text(encoding="utf-8").lower().split()]
    assert lines == [f"{word}\t{words.count(word)}" for word in sorted(set(words))]

    assert fast("purge", "builtin:nightly", "--yes", cwd=tmp_path).returncode == 0
    assert [*batch.list_job_schedules(), *batch.list_jobs(), *batch.list_pools()] == []
