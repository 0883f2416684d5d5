"""Recipe + parameters + listings → Plan."""

from recipebatch.plan.resolver.parameters import ENVIRONMENT_PREFIX, bind_parameters, environment_parameters
from recipebatch.plan.resolver.pool_expiry import rule_of, scaling
from recipebatch.plan.resolver.resolve import resolve

__all__ = [
    "ENVIRONMENT_PREFIX",
    "bind_parameters",
    "environment_parameters",
    "resolve",
    "rule_of",
    "scaling",
]
