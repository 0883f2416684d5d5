"""Recipe + parameters + local inputs → Plan; pure. The doors: `bind_parameters`, `required_inputs`, `resolve`."""

from recipebatch.plan.as_json import plan_as_json
from recipebatch.plan.expressions.deferred import ContainerUrl, Deferred, SasToken, fill
from recipebatch.plan.expressions.namespaces import env
from recipebatch.plan.input_requirements import required_inputs
from recipebatch.plan.model.plan import Plan
from recipebatch.plan.recipe_printout import ShownParameter, document_data, document_text
from recipebatch.plan.resolver.parameters import ENVIRONMENT_PREFIX, bind_parameters, environment_parameters
from recipebatch.plan.resolver.pool_expiry import rule_of, scaling
from recipebatch.plan.resolver.resolve import resolve
from recipebatch.plan.retries import Retry, next_number, with_retries

__all__ = [
    "ENVIRONMENT_PREFIX",
    "ContainerUrl",
    "Deferred",
    "Plan",
    "Retry",
    "SasToken",
    "ShownParameter",
    "bind_parameters",
    "document_data",
    "document_text",
    "env",
    "environment_parameters",
    "fill",
    "next_number",
    "plan_as_json",
    "required_inputs",
    "resolve",
    "rule_of",
    "scaling",
    "with_retries",
]
