"""The phase collect: outputs and task files are downloaded, verified and listed in a manifest."""

from recipebatch.phases.collect.collect import collect_outputs
from recipebatch.phases.collect.target import check_target

__all__ = [
    "check_target",
    "collect_outputs",
]
