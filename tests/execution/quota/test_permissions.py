from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from recipebatch.errors import ServiceError
from recipebatch.execution import tried_permissions
from recipebatch.execution.quota import Permission
from recipebatch.service import AccountQuotas


def refuse(*_: object) -> Any:
    raise ServiceError("forbidden", hint="ask for a role")


def services(**changed: Any) -> Any:
    values: dict[str, Any] = {
        "batch": SimpleNamespace(list_pools=lambda: (), active_jobs=lambda: ()),
        "blobs": SimpleNamespace(list_labeled=lambda _mark: ()),
        "store": SimpleNamespace(summaries=lambda: ()),
        "quotas": AccountQuotas,
    }
    return SimpleNamespace(**values | changed)


def test_what_may_be_read_is_tried() -> None:
    found = tried_permissions(services())
    assert [each.what for each in found if not each.refused] == [
        "list pools",
        "list jobs",
        "list containers",
        "read the records of runs",
        "read quotas",
    ]


def test_what_is_refused_is_said_with_the_reason() -> None:
    found = tried_permissions(
        services(
            batch=SimpleNamespace(list_pools=refuse, active_jobs=lambda: ()),
            blobs=SimpleNamespace(list_labeled=refuse),
            quotas=refuse,
        )
    )
    assert [each for each in found if each.refused] == [
        Permission(what="list pools", refused="forbidden", hint="ask for a role"),
        Permission(what="list containers", refused="forbidden", hint="ask for a role"),
        Permission(what="read quotas", refused="forbidden"),
    ]
    no_access = tried_permissions(services(quotas=lambda: AccountQuotas(why_unknown="no management access")))
    assert no_access[-1].refused == "no management access"
