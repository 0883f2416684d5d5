"""The phase provision: pools are created, resized or kept, and their nodes are waited for."""

from recipebatch.phases.provision.decide import node_agent_sku
from recipebatch.phases.provision.idle import IdlePool, release_nodes, scale_idle_pools
from recipebatch.phases.provision.made_with_jobs import pools_made_with_jobs
from recipebatch.phases.provision.node_counts import NodeCounter
from recipebatch.phases.provision.nodes import charged_nodes_text, formula_failure, nodes_text, states_text
from recipebatch.phases.provision.provision import extend_pool_expiry, provision_pools, provision_turn
from recipebatch.phases.provision.resize import (
    check_scalable,
    check_size,
    is_of_fixed_size,
    pools_of,
    scale_command,
    scale_pools,
    size_of,
)

__all__ = [
    "IdlePool",
    "NodeCounter",
    "charged_nodes_text",
    "check_scalable",
    "check_size",
    "extend_pool_expiry",
    "formula_failure",
    "is_of_fixed_size",
    "node_agent_sku",
    "nodes_text",
    "pools_made_with_jobs",
    "pools_of",
    "provision_pools",
    "provision_turn",
    "release_nodes",
    "scale_command",
    "scale_idle_pools",
    "scale_pools",
    "size_of",
    "states_text",
]
