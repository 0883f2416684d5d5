"""The subtasks of a multi-instance task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.protocol.calls import Call, Reply, selected
from recipebatch.emulator.protocol.views.jobs import node_info_view
from recipebatch.emulator.state.timestamps import format_instant

if TYPE_CHECKING:
    from recipebatch.emulator.protocol.calls import Json
    from recipebatch.emulator.state.records.job import JobRecord
    from recipebatch.emulator.state.records.task import TaskRecord

_INSTANTS = ("startTime", "endTime", "stateTransitionTime", "previousStateTransitionTime")
_ORDER = (
    *("id", "startTime", "endTime", "state", "stateTransitionTime", "previousState", "previousStateTransitionTime"),
    *("exitCode", "failureInfo", "result"),
)


async def list_subtasks(call: Call) -> Reply:
    """GET /jobs/{id}/tasks/{task}/subtasksinfo: empty for a task with one instance, as for any other."""
    job, task = call.account.task(*call.parts)
    shown = [selected(call, _shown(job, task, known, call.base)) for known in job.subtasks.get(task.key, ())]
    return Reply(status=200, document={"odata.metadata": f"{call.base}/$metadata#subtaskinfo", "value": shown})


def _shown(job: JobRecord, task: TaskRecord, known: Json, base: str) -> Json:
    """One subtask, properties in the order of recorded answers."""
    document = {name: known[name] for name in _ORDER if name in known}
    for name in _INSTANTS:
        if name in document:
            document[name] = format_instant(document[name])
    where = f"{task.id}/{known['id']}"
    document["nodeInfo"] = node_info_view(job, where, (known["poolId"], known["nodeId"]), base)
    return document
