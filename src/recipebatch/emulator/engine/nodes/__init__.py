"""Pools and their nodes: allocation, boot, set-up, recovery, automatic scaling."""

from recipebatch.emulator.engine.nodes.auto_scale import AutoScale
from recipebatch.emulator.engine.nodes.log_uploads import LogUploads
from recipebatch.emulator.engine.nodes.node_recovery import NodeRecovery
from recipebatch.emulator.engine.nodes.pool_lifecycle import PoolLifecycle

__all__ = [
    "AutoScale",
    "LogUploads",
    "NodeRecovery",
    "PoolLifecycle",
]
