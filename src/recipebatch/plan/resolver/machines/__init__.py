"""Whether a pool of the recipe can exist: its image, VM sizes, nodes and identities. The door: `check_machines`."""

from recipebatch.plan.resolver.machines.check import check_machines

__all__ = ["check_machines"]
