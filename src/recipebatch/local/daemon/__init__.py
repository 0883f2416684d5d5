"""The background service as a process: started, recorded, locked and ended."""

from recipebatch.local.daemon.background import serve
from recipebatch.local.daemon.launch import START_SECONDS, launch, set_idle_limit
from recipebatch.local.daemon.processes import is_running, terminate, wait_until_ended
from recipebatch.local.daemon.record import BATCH_ACCOUNT, ServiceRecord, read_json, read_record

__all__ = [
    "BATCH_ACCOUNT",
    "START_SECONDS",
    "ServiceRecord",
    "is_running",
    "launch",
    "read_json",
    "read_record",
    "serve",
    "set_idle_limit",
    "terminate",
    "wait_until_ended",
]
