"""A Batch account on this machine: `start_emulator` starts it.

It implements the REST protocol of Azure Batch in the api-versions of `protocol/versions.py`. Its nodes are directories
of this machine, so it differs from Azure: all tasks, including elevated ones, run as the user who started it; a node
has the programs of this machine instead of those of its image, and pools with Windows images get no nodes.

Where neither recorded answers nor the documentation define the behavior, the emulator behaves as follows: an attempt
that exceeds its wall clock time is not retried; jobs of equal priority take turns; a job with exit actions is
terminated by any failure its exit conditions do not name; more than 100 tasks in one call are `InvalidPropertyValue` of
`value`; the files of a terminated task that never ran are `TaskFilesUnavailable`, files past their retention
`TaskFilesCleanedup`.

Pools and nodes: an operation that is not valid in the state of a node is refused with the code of that state or
OperationNotValidOnNode; resizing a pool that has automatic scaling, or evaluating one that has not, with
OperationNotValidOnPool; a resize beyond a core quota gets the nodes within the quota; a schedule may create jobs beyond
the job quota; an unknown user of a task is CommandLaunchFailed, a package that cannot be unpacked
ApplicationPackageError, a failed mount MountConfigurationError with an unusable node. Blob containers are mounted as
copies that are kept up to date and written back. Application packages are the files `applications/<id>/<version>.zip`
in the root; the highest version is the default. Remote login settings of a node point to this machine; user accounts
are stored, but not created.
"""

from recipebatch.emulator.node_agent import engine_error, find_engine, kill_orphan_processes, remove_orphan_containers
from recipebatch.emulator.server import (
    Emulator,
    EmulatorAccount,
    EmulatorInUseError,
    UnsupportedSystemError,
    adopt_orphans,
    start_emulator,
)
from recipebatch.emulator.state import Quotas

__all__ = [
    "Emulator",
    "EmulatorAccount",
    "EmulatorInUseError",
    "Quotas",
    "UnsupportedSystemError",
    "adopt_orphans",
    "engine_error",
    "find_engine",
    "kill_orphan_processes",
    "remove_orphan_containers",
    "start_emulator",
]
