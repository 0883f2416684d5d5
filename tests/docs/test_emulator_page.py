"""docs/emulator.md is true: it claims no operation that is refused, forgets none, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest

from recipebatch.emulator.handlers.faults import _MEANS
from recipebatch.emulator.http.operations import _OPERATIONS

if TYPE_CHECKING:
    from recipebatch.emulator import Emulator

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
ROWS = {
    re.sub(r"\{\w+\}", "{}", path): (methods.split(), note)
    for path, methods, note in re.findall(r"^\| `(/[^`$]*)` \| ([A-Z ]+) \| (.*) \|$", PAGE, re.MULTILINE)
}


@pytest.mark.parametrize("pattern", [pattern for pattern in _OPERATIONS if not pattern.startswith("/$")])
def test_every_operation_is_in_the_table_and_none_that_is_refused_is_claimed(pattern: str) -> None:
    methods, note = ROWS[pattern.replace("{...}", "{}")]
    assert methods == list(_OPERATIONS[pattern])
    refused = [method for method, operation in _OPERATIONS[pattern].items() if operation.handler is None]
    assert not refused or note in {"not served", f"not served: {' '.join(refused)}"}


def test_every_fault_and_each_of_its_properties_is_described() -> None:
    section = PAGE.partition("## Fault injection")[2].partition("\n## ")[0]
    for action, names in _MEANS.items():
        for name in (action, *names):
            assert f"`{name}`" in section, name


def test_the_sdk_asks_for_a_fault_as_the_page_says(emulator: Emulator) -> None:
    account = emulator.new_account()
    credential = AzureNamedKeyCredential(account.name, account.key.reveal())
    fault = {"action": "answer", "code": "ServerBusy", "path": "/jobs"}
    with BatchClient(account.endpoint, credential, retry_backoff_factor=0) as client:
        assert client.send_request(HttpRequest("POST", "/$emulator/faults", json=fault)).status_code == 201
        assert list(client.list_jobs()) == []
        assert client.send_request(HttpRequest("GET", "/$emulator/faults")).json() == {"value": []}
