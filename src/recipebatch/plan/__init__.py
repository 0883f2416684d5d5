"""Recipe + parameters + local inputs → Plan; pure. The doors: `bind_parameters`, `wanted_inputs`, `resolve`."""

from recipebatch.plan.as_json import plan_as_json
from recipebatch.plan.model import Plan
from recipebatch.plan.required_inputs import wanted_inputs
from recipebatch.plan.resolver.parameters import bind_parameters, environment_parameters
from recipebatch.plan.resolver.resolve import resolve
from recipebatch.plan.retries import Retry, with_retries

__all__ = [
    "Plan",
    "Retry",
    "bind_parameters",
    "environment_parameters",
    "plan_as_json",
    "resolve",
    "wanted_inputs",
    "with_retries",
]
