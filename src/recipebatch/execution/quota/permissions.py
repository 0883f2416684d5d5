"""tried_permissions: what an account lets this user read, tried without writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from recipebatch.execution.open_account import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One thing that was tried.

    Attributes:
        what: in words, such as `list pools`.
        refused: why it was not done, by the service's message; empty if it was.
        hint: what to do about it, or None.
    """

    what: str
    refused: str = ""
    hint: str | None = None


def tried_permissions(services: Services) -> tuple[Permission, ...]:
    """What the account lets this user read. Whether it may be written to, only a write would show.

    Reading pools and jobs needs the role Azure Batch Data Contributor or the account's key, listing containers the
    role Storage Blob Data Contributor or the storage account's key; the quotas need a role on the account in Azure
    Resource Manager, such as Reader.
    """
    return tuple(_tried(services))


def _tried(services: Services) -> Iterable[Permission]:
    calls: dict[str, Callable[[], object]] = {
        "list pools": services.batch.list_pools,
        "list jobs": services.batch.active_jobs,
        "list containers": lambda: services.blobs.list_labeled(labels.RUN),
        "read the records of runs": services.store.summaries,
    }
    for what, call in calls.items():
        try:
            call()
        except ServiceError as error:
            yield Permission(what=what, refused=error.message, hint=error.hint)
        else:
            yield Permission(what=what)
    try:
        why = services.quotas().why_unknown
    except ServiceError as error:
        why = error.message
    yield Permission(what="read quotas", refused=why)
