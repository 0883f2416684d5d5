"""The address of a node.

Every address below 127.0.0.0/8 is this machine's own on Linux, so the processes of one node can listen on its address
and those of another node reach them there. Pools get different parts of it: ports of two pools do not meet.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.emulator.state.records import NodeRecord, PoolRecord

_FIRST = (127 << 24) | (64 << 16)
_BITS = 22
_NODES_PER_PART = 256
_FIRST_NODE = 4
"""The first node of a subnet of Azure has this number; those before it are the network's own."""


def node_address(pool: PoolRecord, node: NodeRecord) -> str:
    """The node's IPv4 address."""
    part = zlib.crc32(f"{pool.key}/{pool.created}".encode())
    number = _FIRST + (part * _NODES_PER_PART + node.number + _FIRST_NODE) % (1 << _BITS)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
