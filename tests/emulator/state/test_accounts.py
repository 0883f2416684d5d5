from __future__ import annotations

import asyncio
import base64
import stat
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.protocol import defaults
from recipebatch.emulator.state import AccountRegistry, decode_key
from recipebatch.emulator.state.transitions import job as jobs
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

KEY = Secret(base64.b64encode(b"0123456789").decode())


def test_a_new_account_gets_a_long_random_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    registry = AccountRegistry(tmp_path)
    first, second = registry.open_account("a"), registry.open_account("b")
    assert len(decode_key(first.reveal())) == 64
    assert first.reveal() != second.reveal()
    assert registry.open_account("a").reveal() == first.reveal()
    assert stat.S_IMODE((tmp_path / "accounts" / "a" / "key").stat().st_mode) == 0o600
    assert registry.accounts["a"].key == decode_key(first.reveal())


def test_a_given_key_replaces_the_one_the_account_has(tmp_path: Path) -> None:
    registry = AccountRegistry(tmp_path)
    registry.open_account("a")
    assert registry.open_account("a", KEY).reveal() == KEY.reveal()
    assert AccountRegistry(tmp_path).accounts["a"].key == b"0123456789"


@pytest.mark.parametrize("damaged", [b"", b"no base64!", b"\xff\xfe", b"YQ"])
def test_a_damaged_key_is_replaced(tmp_path: Path, damaged: bytes) -> None:
    registry = AccountRegistry(tmp_path)
    first = registry.open_account("a")
    (tmp_path / "accounts" / "a" / "key").write_bytes(damaged)
    again = AccountRegistry(tmp_path)
    assert again.accounts == {}
    new = again.open_account("a")
    assert new != first
    assert again.accounts["a"].key == decode_key(new.reveal())


@pytest.mark.parametrize("text", ["", "no base64!", "YQ"])
def test_a_key_that_is_not_base64_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the account key is not base64$"):
        decode_key(text)


def test_a_listener_and_settings_reach_accounts_made_before_and_after(tmp_path: Path) -> None:
    registry = AccountRegistry(tmp_path)
    registry.open_account("a")
    listener: Any = object()
    registry.attach(listener)
    registry.open_account("b")
    assert [account.listener for account in registry.accounts.values()] == [listener, listener]
    storage: Any = object()
    registry.use_auto_storage(storage)
    registry.open_account("c")
    assert {account.settings.auto_storage for account in registry.accounts.values()} == {storage}


def test_after_a_restart_jobs_exist_and_numbers_continue(tmp_path: Path) -> None:
    async def before() -> None:
        registry = AccountRegistry(tmp_path)
        registry.open_account("a")
        account = registry.accounts["a"]
        for job_id in ("open", "ended"):
            body = defaults.job_with_defaults({"poolInfo": {"poolId": "p"}})
            job = jobs.create_job(account, registry.next_job_seq(), job_id, body)
        jobs.terminate_job(account, job, "r")
        jobs.complete_job(account, job)
        await registry.store.close()

    async def after() -> None:
        registry = AccountRegistry(tmp_path)
        account = registry.accounts["a"]
        assert account.jobs.keys() == {"open", "ended"}
        assert [job.id for job in account.jobs_by_pool["p"].values()] == ["open"]
        assert registry.next_job_seq() == 3
        await registry.store.close()

    asyncio.run(before())
    asyncio.run(after())
