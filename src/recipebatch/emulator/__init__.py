"""A Batch account on this machine: `start_emulator` starts it.

It serves the REST protocol of Azure Batch in the api-versions of `protocol/versions.py`. Its nodes are directories of
this machine, so it differs from Azure: all tasks, elevated ones too, run as the user who started it; a node has the
programs of this machine and not those of its image, and pools of Windows images get no nodes.

Where neither a recorded answer nor the documentation says what the service does, these choices were made: a run that
exceeds its wall clock is not retried; jobs of equal priority take turns; a job that takes exit actions is terminated by
any failure its exit conditions do not name; more than 100 tasks in one call are `InvalidPropertyValue` of `value`; the
files of a terminated task that never ran are `TaskFilesUnavailable`, files past their retention `TaskFilesCleanedup`.

Of pools and nodes: what a node cannot do in its state is refused with that state's code, or OperationNotValidOnNode;
to resize a pool with automatic scaling, or to evaluate one without, with OperationNotValidOnPool; a resize beyond a
core quota gets the nodes that are within it; a schedule may make jobs beyond the quota of jobs; an unknown user of a
task is CommandLaunchFailed, a package that cannot be unpacked ApplicationPackageError, a mount that fails
MountConfigurationError and the node unusable. Blob containers are mounted as copies, made when a node starts, for
reading alone. Application packages are the files `applications/<id>/<version>.zip` in the root; the highest version is
the default. One logs in to a node by logging in to this machine; user accounts are remembered, never made.
"""

from recipebatch.emulator.node_agent import find_engine, kill_orphan_processes, remove_orphan_containers
from recipebatch.emulator.server import (
    Emulator,
    EmulatorAccount,
    EmulatorInUseError,
    UnsupportedSystemError,
    start_emulator,
)
from recipebatch.emulator.state import Quotas

__all__ = [
    "Emulator",
    "EmulatorAccount",
    "EmulatorInUseError",
    "Quotas",
    "UnsupportedSystemError",
    "find_engine",
    "kill_orphan_processes",
    "remove_orphan_containers",
    "start_emulator",
]
