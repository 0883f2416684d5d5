from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from recipebatch.local.daemon.processes import ProcessIdentity, identity_of
from recipebatch.local.daemon.record import ServiceRecord, read_identities, read_record
from recipebatch.local.daemon.service_files import PURPOSE, ServiceFiles
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import Folders, make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = ServiceRecord(
    service=ProcessIdentity(100, "1@boot"),
    azurite=ProcessIdentity(101, "2@boot"),
    batch_endpoint="http://127.0.0.1:1",
    blob_endpoint="http://127.0.0.1:2/recipebatch",
    storage_account="recipebatch",
    started_at="2026-01-01T00:00:00+00:00",
    versions={},
)


@pytest.fixture
def paths(tmp_path: Path) -> Folders:
    found = Folders(state=tmp_path / "state", cache=tmp_path / "cache")
    make_private(found.batch)
    return found


@pytest.fixture
def files(paths: Folders, said: list[str]) -> Iterator[ServiceFiles]:
    with locked(paths.service_lock, timeout=0, purpose=PURPOSE) as lock:
        yield ServiceFiles(paths, lock=lock, log=said.append)


@pytest.mark.parametrize("damage", [None, "", "{", "\x00" * 100])
def test_a_lost_or_damaged_record_is_written_again(paths: Folders, files: ServiceFiles, damage: str | None) -> None:
    files.publish(RECORD)
    if damage is None:
        paths.record.unlink()
    else:
        paths.record.write_text(damage)
    files.keep({"pools": 1})
    assert read_record(paths.record) == RECORD
    assert paths.counts.read_text() == '{"pools": 1}\n'


def test_a_changed_record_is_written(paths: Folders, files: ServiceFiles) -> None:
    files.publish(RECORD)
    files.record = replace(RECORD, started_at="later")
    files.keep(None)
    assert read_record(paths.record) == files.record


def test_what_cannot_be_written_is_logged_once_and_tried_again(
    paths: Folders, files: ServiceFiles, said: list[str]
) -> None:
    files.publish(RECORD)
    files.keep({"pools": 1})
    paths.record.unlink()
    paths.record.mkdir()  # refuses even root
    for _ in range(3):
        files.keep({"pools": 1})
    assert len(said) == 1
    assert "cannot write to" in said[0]
    paths.record.rmdir()
    files.keep({"pools": 1})
    assert read_record(paths.record) == RECORD


def test_after_its_removal_no_record_is_written(paths: Folders, files: ServiceFiles) -> None:
    files.publish(RECORD)
    files.remove()
    files.keep(None)
    assert not paths.record.exists()


def test_a_deleted_lock_is_taken_again(paths: Folders, files: ServiceFiles) -> None:
    assert files.owns_folder()
    paths.service_lock.unlink()
    assert files.owns_folder()
    assert read_identities(paths.service_lock) == [identity_of(os.getpid())]
    assert files.owns_folder()


def test_a_folder_that_another_service_locks_or_that_is_gone_is_not_owned(paths: Folders, files: ServiceFiles) -> None:
    paths.service_lock.unlink()
    with locked(paths.service_lock, timeout=0, purpose=PURPOSE):
        assert not files.owns_folder()
    shutil.rmtree(paths.state)
    assert not files.owns_folder()
