from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from plans import a_plan, a_pool, a_task

from recipebatch.service import SignedAccess
from recipebatch.service.azure.pool_requests import pool_create_options
from recipebatch.service.azure.request_bodies import RawConflictError, filled, merged
from recipebatch.service.azure.task_requests import task_create_options
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.service.azure.blob_client import AzureBlobs


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return SignedAccess(a_plan(), blobs, expiry=expiry, secret_value=lambda name: Secret(f"value of {name}"))


def test_raw_reaches_the_body_below_what_is_there_and_overwrites_nothing(access: SignedAccess) -> None:
    raw = {"virtualMachineConfiguration": {"licenseType": "x"}, "enableInterNodeCommunication": True}
    body = pool_create_options(a_pool(raw=raw), node_agent_sku_id="n", access=access).as_dict()
    assert body["virtualMachineConfiguration"]["licenseType"] == "x"
    assert body["virtualMachineConfiguration"]["nodeAgentSKUId"] == "n"
    assert body["enableInterNodeCommunication"] is True
    with pytest.raises(RawConflictError, match="raw of the task t: commandLine is set by the recipe already"):
        task_create_options(a_task("t", raw={"commandLine": "x"}), job_id="j", access=access)


def test_mappings_of_raw_are_merged_and_other_values_are_added() -> None:
    body: dict[str, Any] = {"a": {"b": 1}, "none": None}
    assert merged(body, {"a": {"c": [2]}, "none": 3, "d": 4}, what="the pool") == {
        "a": {"b": 1, "c": [2]},
        "none": 3,
        "d": 4,
    }


def test_raw_that_would_overwrite_a_nested_value_names_its_path() -> None:
    with pytest.raises(RawConflictError, match=r"^raw of the pool\.a: b is set by the recipe already$"):
        merged({"a": {"b": 1}}, {"a": {"b": 2}}, what="the pool")


def test_without_raw_a_body_stays_as_it_is() -> None:
    assert merged({"a": 1}, None, what="the pool") == {"a": 1}


def test_values_that_are_no_text_are_sent_as_they_are(access: SignedAccess) -> None:
    assert filled({"a": [1, True, None, "x"], "b": {"c": 0.5}}, access) == {"a": [1, True, None, "x"], "b": {"c": 0.5}}
