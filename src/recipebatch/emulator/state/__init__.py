"""The state of all accounts, in memory and on disk.

`AccountRegistry` (`accounts`) loads it, `Account` finds records, `records` are pools, nodes, jobs, tasks and job
schedules, `transitions` change them or refuse the change like the service, `persistence` stores them in SQLite,
`events` notifies the engine, `errors` has the service's error codes, `offerings` the resources of an account, `faults`
the faults injected by tests.
"""

from recipebatch.emulator.state.account import Account
from recipebatch.emulator.state.accounts import AccountRegistry, decode_key
from recipebatch.emulator.state.clock import Clock
from recipebatch.emulator.state.errors.batch_error import BatchError, invalid_value, not_implemented
from recipebatch.emulator.state.errors.error_codes import ERROR_CODES, NOT_IMPLEMENTED
from recipebatch.emulator.state.events import Listener
from recipebatch.emulator.state.faults import ANY, REQUEST_ACTIONS, UNTIL_REMOVED, Action, Fault
from recipebatch.emulator.state.offerings.auto_storage import AutoStorage, container_sas
from recipebatch.emulator.state.offerings.images import IMAGES, Image, find_image
from recipebatch.emulator.state.records.job import JobRecord
from recipebatch.emulator.state.records.job_schedule import ScheduleRecord
from recipebatch.emulator.state.records.pool import Json, NodeRecord, PoolRecord, node_address
from recipebatch.emulator.state.records.task import TaskRecord
from recipebatch.emulator.state.settings import AccountSettings, Quotas
from recipebatch.emulator.state.timestamps import (
    LAST_TICK,
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
    "LAST_TICK",
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
    "Listener",
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
