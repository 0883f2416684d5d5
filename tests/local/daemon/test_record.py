from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.local.daemon.processes import ProcessIdentity, identity_of
from recipebatch.local.daemon.record import (
    ServiceRecord,
    is_of_other_version,
    note_holder,
    read_identities,
    read_record,
)

if TYPE_CHECKING:
    from pathlib import Path

RECORD = ServiceRecord(
    service=ProcessIdentity(100, "1@boot"),
    azurite=ProcessIdentity(101, "2@boot"),
    batch_endpoint="http://127.0.0.1:1",
    blob_endpoint="http://127.0.0.1:2/recipebatch",
    storage_account="recipebatch",
    started_at="2026-01-01T00:00:00+00:00",
    versions={"recipebatch": "1"},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "r")
    assert read_record(tmp_path / "r") == RECORD
    assert read_identities(tmp_path / "r") == [RECORD.service, RECORD.azurite]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "null", "[]", "7", "{}", '{"schema_version": 1}', "\x00\x00", "[" * 5000),
        json.dumps({"schema_version": 1, "service": 7, "azurite": []}),
        json.dumps({"schema_version": 1, "service": {"pid": "1", "started": 1}, "azurite": {}}),
    ],
)
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_text(text)
    assert read_record(tmp_path / "r") is None
    assert read_identities(tmp_path / "r") == []


def test_values_of_wrong_types_make_it_none(tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [{"batch_endpoint": 7}, {"versions": []}, {"time_scale": "x"}]
    for changes in wrong:
        replace(RECORD, **changes).write(tmp_path / "r")
        assert read_record(tmp_path / "r") is None


def test_a_record_of_another_version_still_names_its_processes(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "r")
    content = json.loads((tmp_path / "r").read_text())
    (tmp_path / "r").write_text(json.dumps({**content, "added": 1}))
    assert read_record(tmp_path / "r") == RECORD
    assert not is_of_other_version(tmp_path / "r")
    (tmp_path / "r").write_text(json.dumps({"schema_version": 2, "service": content["service"], "else": 1}))
    assert read_record(tmp_path / "r") is None
    assert is_of_other_version(tmp_path / "r")
    assert read_identities(tmp_path / "r") == [RECORD.service]


def test_no_process_of_the_system_is_named(tmp_path: Path) -> None:
    for pid in (0, 1, -1, True):
        (tmp_path / "r").write_text(json.dumps({"service": {"pid": pid, "started": "1"}}))
        assert read_identities(tmp_path / "r") == []


def test_the_holder_of_a_lock_file_is_this_process(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    note_holder(descriptor)
    os.close(descriptor)
    assert read_identities(tmp_path / "lock") == [identity_of(os.getpid())]
