"""Whether a pool of the recipe can exist: its image, VM sizes, nodes and identities. The door: `check_machines`."""

from recipebatch.plan.resolver.machines.check import check_machines
from recipebatch.plan.resolver.machines.limits import has_ephemeral_disk

__all__ = ["check_machines", "has_ephemeral_disk"]
