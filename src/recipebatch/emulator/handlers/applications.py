"""Applications: list and get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol import Call, Reply, page, resource_reply, start_after
from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.offerings import applications

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json

_SET = "listapplicationsummariesresponses"


async def list_applications(call: Call) -> Reply:
    """GET /applications."""
    after = start_after(call)
    known = applications.versions(call.account.settings.applications)
    found = ((key.lower(), _view(key, versions)) for key, versions in known.items() if key.lower() > after)
    return page(call, _SET, found, _same)


async def get_application(call: Call) -> Reply:
    """GET /applications/{id}."""
    for application, versions in applications.versions(call.account.settings.applications).items():
        if application.lower() == call.parts[0].lower():
            return resource_reply(call, "getapplicationsummaryresponse", _view(application, versions))
    raise BatchError("ApplicationNotFound")


def _view(application: str, versions: list[str]) -> Json:
    return {"id": application, "versions": versions}


def _same(document: Any) -> Any:
    return document
