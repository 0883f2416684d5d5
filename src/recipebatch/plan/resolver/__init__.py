"""Recipe + parameters + listings → Plan."""

from recipebatch.plan.resolver.parameters import ENVIRONMENT_PREFIX, bind_parameters, environment_parameters
from recipebatch.plan.resolver.pool_expiry import expiry_rule, scaling
from recipebatch.plan.resolver.resolve import resolve

__all__ = [
    "ENVIRONMENT_PREFIX",
    "bind_parameters",
    "environment_parameters",
    "expiry_rule",
    "resolve",
    "scaling",
]
