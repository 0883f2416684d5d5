"""The accounts of one emulator: creates them and their keys, and loads them after a restart."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.emulator.state.account import Account
from recipebatch.emulator.state.clock import Clock
from recipebatch.emulator.state.events import Listener, NullListener
from recipebatch.emulator.state.persistence import Store, load_schedules, rows
from recipebatch.emulator.state.settings import AccountSettings
from recipebatch.text.secret import Secret
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.state.offerings import AutoStorage

_KEY_BYTES = 64
_KEY_FILE = "key"


class AccountRegistry:
    """All accounts of an emulator, its clock and its store.

    Attributes:
        accounts: by name.
        clock: shared by all accounts.
        store: stores all accounts on disk.
    """

    def __init__(self, root: Path, *, time_scale: float = 1.0, settings: AccountSettings | None = None) -> None:
        self.accounts: dict[str, Account] = {}
        self._settings = settings or AccountSettings(applications=root / "applications")
        self.clock = Clock(time_scale)
        self._listener: Listener[Account] = NullListener()
        self._root = root
        self._next_job_seq = 1
        self.store = Store(root / "state.sqlite3")
        self._load()

    def attach(self, listener: Listener[Account]) -> None:
        """Notify `listener` of every change from now on."""
        self._listener = listener
        for account in self.accounts.values():
            account.listener = listener

    def use_auto_storage(self, storage: AutoStorage) -> None:
        """Set the auto-storage account of all accounts."""
        self._settings = replace(self._settings, auto_storage=storage)
        for account in self.accounts.values():
            account.settings = self._settings

    def next_job_seq(self) -> int:
        """A number that was never used for a job of any account."""
        self._next_job_seq += 1
        return self._next_job_seq - 1

    def open_account(self, name: str, key: Secret | None = None) -> Secret:
        """Create the account if it does not exist, and return its key.

        Args:
            key: base64; replaces the account's key. None keeps it, or generates one.

        Raises:
            ValueError: the key is not base64.
        """
        directory = self._root / "accounts" / name
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / _KEY_FILE
        kept = _read_key(file)
        text = key.reveal() if key else kept or base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
        raw = decode_key(text)
        if text != kept:
            _write_private(file, text)
        if name in self.accounts:
            self.accounts[name].key = raw
        else:
            self._add(name, raw)
        return Secret(text)

    def _add(self, name: str, key: bytes) -> Account:
        account = Account(
            name=name,
            key=key,
            directory=self._root / "accounts" / name,
            store=self.store,
            clock=self.clock,
            listener=self._listener,
            settings=self._settings,
        )
        self.accounts[name] = account
        return account

    def _load_keys(self) -> None:
        """Add the accounts that have a key; `open_account` replaces one that is missing or damaged."""
        for file in sorted((self._root / "accounts").glob(f"*/{_KEY_FILE}")):
            if (text := _read_key(file)) is not None:
                self._add(file.parent.name, decode_key(text))

    def _load(self) -> None:
        self._load_keys()
        # An account whose key was deleted is not there; its records stay on disk.
        for name, pool in rows.load_pools(self.store):
            if (account := self.accounts.get(name)) is not None:
                account.pools[pool.key] = pool
        for name, schedule in load_schedules(self.store):
            if (account := self.accounts.get(name)) is not None:
                account.schedules[schedule.key] = schedule
        for name, job in rows.load_jobs(self.store):
            if (account := self.accounts.get(name)) is not None:
                account.jobs[job.key] = job
                if job.state is not JobState.COMPLETED:
                    account.bind(job)
        for account in self.accounts.values():
            account.count_definitions()
        self._next_job_seq = rows.highest_job_seq(self.store) + 1


def decode_key(text: str) -> bytes:
    """The bytes of a base64 key. Raises: ValueError, whose message does not contain the text, if it is not base64."""
    with suppress(binascii.Error, ValueError):
        if raw := base64.b64decode(text, validate=True):
            return raw
    raise ValueError("the account key is not base64")


def _read_key(file: Path) -> str | None:
    """The key in a file; None if it is missing or damaged."""
    if not file.is_file():
        return None
    text = file.read_text(encoding="ascii", errors="replace").strip()
    try:
        decode_key(text)
    except ValueError:
        return None
    return text


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, atomically."""
    temporary = file.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
