"""What the service knows: accounts, pools, nodes, jobs and tasks, in memory and on disk.

`service.py` opens it, `account.py` looks things up, `records.py` and `task_table.py` say what a thing is,
`pool_moves.py`, `job_moves.py` and `task_moves.py` change it and refuse what the service refuses, `store.py` keeps
it on disk, `listener.py` tells the loop that something changed.
"""

from recipebatch.emulator.state.account import Account
from recipebatch.emulator.state.accounts import AccountRegistry, decode_key
from recipebatch.emulator.state.addresses import node_address
from recipebatch.emulator.state.clock import Clock
from recipebatch.emulator.state.errors.batch_error import BatchError, invalid_value, not_implemented
from recipebatch.emulator.state.errors.error_codes import ERROR_CODES, NOT_IMPLEMENTED
from recipebatch.emulator.state.faults import ANY, REQUEST_ACTIONS, UNTIL_REMOVED, Action, Fault
from recipebatch.emulator.state.offerings.auto_storage import AutoStorage, container_sas
from recipebatch.emulator.state.offerings.images import IMAGES, Image, find_image
from recipebatch.emulator.state.quotas import Quotas
from recipebatch.emulator.state.records.job import JobRecord
from recipebatch.emulator.state.records.job_schedule import ScheduleRecord
from recipebatch.emulator.state.records.pool import Json, NodeRecord, PoolRecord
from recipebatch.emulator.state.records.task import TaskRecord
from recipebatch.emulator.state.settings import AccountSettings
from recipebatch.emulator.state.timestamps import (
    UNIX_EPOCH_TICKS,
    etag,
    format_instant,
    from_datetime,
    http_date,
    parse_instant,
    to_datetime,
)

__all__ = [
    "ANY",
    "ERROR_CODES",
    "IMAGES",
    "NOT_IMPLEMENTED",
    "REQUEST_ACTIONS",
    "UNIX_EPOCH_TICKS",
    "UNTIL_REMOVED",
    "Account",
    "AccountRegistry",
    "AccountSettings",
    "Action",
    "AutoStorage",
    "BatchError",
    "Clock",
    "Fault",
    "Image",
    "JobRecord",
    "Json",
    "NodeRecord",
    "PoolRecord",
    "Quotas",
    "ScheduleRecord",
    "TaskRecord",
    "container_sas",
    "decode_key",
    "etag",
    "find_image",
    "format_instant",
    "from_datetime",
    "http_date",
    "invalid_value",
    "node_address",
    "not_implemented",
    "parse_instant",
    "to_datetime",
]
