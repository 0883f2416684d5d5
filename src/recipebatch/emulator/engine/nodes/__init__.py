"""Pools and their nodes: allocation, boot, set-up, recovery, automatic scaling."""

from recipebatch.emulator.engine.nodes.auto_scale import AutoScale
from recipebatch.emulator.engine.nodes.log_uploads import Uploads
from recipebatch.emulator.engine.nodes.node_recovery import Returns
from recipebatch.emulator.engine.nodes.pool_lifecycle import Pools

__all__ = [
    "AutoScale",
    "Pools",
    "Returns",
    "Uploads",
]
