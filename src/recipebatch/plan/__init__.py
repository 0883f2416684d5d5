"""Recipe + parameters + local inputs → Plan; pure. The doors: `bind_parameters`, `required_inputs`, `resolve`."""

from recipebatch.plan.as_json import plan_as_json
from recipebatch.plan.expressions.namespaces import env
from recipebatch.plan.expressions.shell_quoting import commands_of, written_commands
from recipebatch.plan.input_requirements import required_inputs
from recipebatch.plan.missing_blobs import (
    Wanted,
    WantedBlobs,
    filled_meanwhile,
    unmatched_count,
    unmatched_text,
    wanted_by_jobs,
    wanted_by_pools,
)
from recipebatch.plan.model.plan import Plan
from recipebatch.plan.pool_sizes import PoolSize, with_sizes
from recipebatch.plan.recipe_printout import ParameterValue, document_data, document_text, expression_value
from recipebatch.plan.resolver.machines import has_ephemeral_disk
from recipebatch.plan.resolver.node_limits import NodeLimits, most_nodes
from recipebatch.plan.resolver.parameters import ENVIRONMENT_PREFIX, bind_parameters, environment_parameters
from recipebatch.plan.resolver.pool_expiry import (
    NodesGo,
    expiry_rule,
    fixed_formula,
    fixed_size,
    has_communication,
    nodes_go,
    nodes_go_text,
    scaling,
    with_expiry_rule,
)
from recipebatch.plan.resolver.resolve import planned_uploads, resolve
from recipebatch.plan.retries import Retry, next_number, with_retries
from recipebatch.properties.deferred import (
    ContainerUrl,
    Deferred,
    DeferredText,
    SasToken,
    SecretParameter,
    deferred_values,
    fill,
    redact,
)

__all__ = [
    "ENVIRONMENT_PREFIX",
    "ContainerUrl",
    "Deferred",
    "DeferredText",
    "NodeLimits",
    "NodesGo",
    "ParameterValue",
    "Plan",
    "PoolSize",
    "Retry",
    "SasToken",
    "SecretParameter",
    "Wanted",
    "WantedBlobs",
    "bind_parameters",
    "commands_of",
    "deferred_values",
    "document_data",
    "document_text",
    "env",
    "environment_parameters",
    "expiry_rule",
    "expression_value",
    "fill",
    "filled_meanwhile",
    "fixed_formula",
    "fixed_size",
    "has_communication",
    "has_ephemeral_disk",
    "most_nodes",
    "next_number",
    "nodes_go",
    "nodes_go_text",
    "plan_as_json",
    "planned_uploads",
    "redact",
    "required_inputs",
    "resolve",
    "scaling",
    "unmatched_count",
    "unmatched_text",
    "wanted_by_jobs",
    "wanted_by_pools",
    "with_expiry_rule",
    "with_retries",
    "with_sizes",
    "written_commands",
]
