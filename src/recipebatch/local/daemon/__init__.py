"""The background service as a process: started, recorded, locked and ended."""

from recipebatch.local.daemon.background import serve
from recipebatch.local.daemon.idle_time import idle_limit
from recipebatch.local.daemon.launch import START_SECONDS, ServiceEndedError, launch, set_idle_limit
from recipebatch.local.daemon.processes import (
    ProcessIdentity,
    is_running,
    send_signal,
    terminate,
    wait_until_ended,
)
from recipebatch.local.daemon.record import (
    BATCH_ACCOUNT,
    ServiceRecord,
    is_of_other_version,
    read_json,
    read_processes,
    read_record,
)
from recipebatch.local.daemon.search import AccountProcesses, all_processes, recorded_processes

__all__ = [
    "BATCH_ACCOUNT",
    "START_SECONDS",
    "AccountProcesses",
    "ProcessIdentity",
    "ServiceEndedError",
    "ServiceRecord",
    "all_processes",
    "idle_limit",
    "is_of_other_version",
    "is_running",
    "launch",
    "read_json",
    "read_processes",
    "read_record",
    "recorded_processes",
    "send_signal",
    "serve",
    "set_idle_limit",
    "terminate",
    "wait_until_ended",
]
