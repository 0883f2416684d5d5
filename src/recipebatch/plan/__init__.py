"""Recipe + parameters + local inputs → Plan; pure. Doors: `bind_parameters`, `wanted_inputs`, `resolve`."""

from recipebatch.plan.as_json import plan_as_json
from recipebatch.plan.inputs import wanted_inputs
from recipebatch.plan.model import Plan
from recipebatch.plan.parameters import bind_parameters
from recipebatch.plan.resolve import resolve

__all__ = ["Plan", "bind_parameters", "plan_as_json", "resolve", "wanted_inputs"]
