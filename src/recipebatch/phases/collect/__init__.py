"""The phase collect: outputs and task files are downloaded, verified and listed in a manifest."""

from recipebatch.phases.collect.collect import collect_outputs

__all__ = [
    "collect_outputs",
]
