"""The phase provision: pools are created, resized or kept, and their nodes are waited for."""

from recipebatch.phases.provision.decide import node_agent_sku
from recipebatch.phases.provision.nodes import BROKEN, indented, nodes_text, states_text
from recipebatch.phases.provision.provision import prolong, provision

__all__ = [
    "BROKEN",
    "indented",
    "node_agent_sku",
    "nodes_text",
    "prolong",
    "provision",
    "states_text",
]
