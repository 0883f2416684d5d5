from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from recipebatch import local

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("state")


def test_status_contains_everything_except_the_keys(state: Path) -> None:
    account = local.ensure_running(say=print, idle_minutes=7)
    status = local.status().as_json()
    assert status["endpoints"] == {"batch": account.batch_endpoint, "blob": account.blob_endpoint}
    assert status["accounts"] == {"batch": account.batch_account, "storage": account.storage_account}
    assert {"recipebatch", "azurite", "node", "azure-batch", "azure-storage-blob"} <= set(status["versions"])
    assert status["paths"]["state"] == str(state)
    assert status["counts"]["running_tasks"] == 0
    assert status["idle_minutes"] == 7
    assert "elevated tasks run as" in status["notes"][0]
    notes = "\n".join(status["notes"])
    for said in ("writable ones are written back", "container tasks", "quotas:", "are divided by 1 (time scale)"):
        assert said in notes
    assert account.batch_key.reveal() not in repr((status, account))
    assert account.storage_key.reveal() not in repr((status, account))


def test_the_exports_say_the_same_to_a_shell() -> None:
    account = local.ensure_running(say=print)
    script = (
        local.shell_exports(account) + 'printf "%s\\n" "$AZURE_BATCH_ACCESS_KEY" "$AZURE_STORAGE_CONNECTION_STRING"'
    )
    answer = subprocess.run(["/bin/sh"], input=script, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [account.batch_key.reveal(), account.connection_string.reveal()]
