"""share: an address with a SAS, by which a person reads or writes a container, or one blob, for some time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from recipebatch.errors import UsageError
from recipebatch.text.nearest import did_you_mean
from recipebatch.text.secret import Secret
from recipebatch.vocabulary.durations import span
from recipebatch.vocabulary.ids import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from recipebatch.service import BlobStore

READ, LIST, WRITE = "read", "list", "write"
_LETTERS = {READ: "r", LIST: "l", WRITE: "cw"}
_MOST_SIGNED_IN = timedelta(days=7)
"""A user delegation key lives so long. Source: Blob service REST API, "Get User Delegation Key"."""
_MOST = timedelta(days=365)
_LONG = timedelta(days=1)
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAddress:
    """An address that gives access to everyone who has it.

    Attributes:
        url: with its SAS: a secret.
        what: it opens, and for what, as a sentence.
        expires: when it ends.
        notes: how to use it, and what to know of it; without the SAS.
    """

    url: Secret
    what: str
    expires: datetime
    notes: tuple[str, ...] = ()


def check_lifetime(lifetime: timedelta, *, signed_in: bool) -> tuple[str, ...]:
    """Check how long a SAS may last; warnings about a long one. Pure.

    Raises:
        UsageError: too long, or no time at all.
    """
    if lifetime <= timedelta():
        raise UsageError("--for must be longer than 0", hint="for example --for 2h")
    most = _MOST_SIGNED_IN if signed_in else _MOST
    if lifetime > most:
        why = "signed without the account's key, a SAS lasts" if signed_in else "a SAS lasts here"
        raise UsageError(f"--for {span(lifetime)} is too long: {why} {span(most)} at most")
    if lifetime <= _LONG:
        return ()
    revoke = "" if signed_in else "; only a new account key ends it before"
    return (f"warning: everyone who gets it can use it for {span(lifetime)}{revoke}",)


def share(
    store: BlobStore, container: str, blob: str, permissions: Sequence[str], lifetime: timedelta, now: datetime
) -> SharedAddress:
    """Sign an address of a container, or of one blob.

    Args:
        store: the storage account.
        container: its name in the account.
        blob: the name of a blob; what ends with `/` is a folder, and nothing is the whole container.
        permissions: `read`, `list` and `write`.
        lifetime: how long it is good.
        now: the time.

    Raises:
        UsageError: there is no such container or blob, or the time is too long.
    """
    warnings = check_lifetime(lifetime, signed_in=store.signs_with_entra_id)
    if container == RECORDS:
        raise UsageError(
            f"container {container} holds the records of all runs of the account",
            hint="recipebatch report RUN makes one file of a run for other people",
        )
    if store.container_metadata(container) is None:
        raise UsageError(f"there is no container {container} in storage account {store.account_name}")
    expires = now + lifetime
    if blob and not blob.endswith("/"):
        return _of_blob(store, container, blob, permissions, expires, warnings)
    # Who may read a container has to find out what is in it.
    granted = list(dict.fromkeys([*permissions, *([LIST] if READ in permissions else [])]))
    token = store.container_sas(container, permissions=letters_of(granted), expiry=expires)
    notes = [*warnings]
    if blob:
        notes.append(f"a SAS cannot be limited to the folder {blob}: this one opens the whole container {container}")
    prefix = f"&prefix={quote(blob, safe='')}" if blob else ""
    notes += [
        f"list: curl URL'&restype=container&comp=list{prefix}'",
        f"one file: put its name, as {blob}a.txt, after /{container} and before the ?",
        "all files: azcopy copy URL FOLDER --recursive" + (f" --include-path {blob.rstrip('/')}" if blob else ""),
    ]
    return SharedAddress(
        url=Secret(f"{store.container_url(container)}?{token}"),
        what=f"container {container}: {' and '.join(granted)}",
        expires=expires,
        notes=tuple(notes),
    )


def _of_blob(
    store: BlobStore,
    container: str,
    blob: str,
    permissions: Sequence[str],
    expires: datetime,
    warnings: tuple[str, ...],
) -> SharedAddress:
    if WRITE not in permissions:
        found = [each.name for _, each in zip(range(_SHOWN), store.list_blobs(container, prefix=blob), strict=False)]
        if blob not in found:
            raise UsageError(
                f"there is no blob {blob} in container {container}",
                hint=did_you_mean(blob, found) or "a folder ends with /",
            )
    letters = letters_of(set(permissions) - {LIST})
    token = store.blob_sas(container, blob, permissions=letters, expiry=expires)
    return SharedAddress(
        url=Secret(f"{store.blob_url(container, blob)}?{token}"),
        what=f"blob {blob} of container {container}: {' and '.join(permissions)}",
        expires=expires,
        notes=warnings,
    )


def letters_of(permissions: Iterable[str]) -> str:
    """The permissions of a SAS as its letters, in the order that the service wants. Pure."""
    wanted = "".join(_LETTERS[each] for each in permissions)
    return "".join(letter for letter in "racwdl" if letter in wanted)
