"""ComparedPlan: the plan of a recipe, with what an account has of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.cost import Durations
    from recipebatch.errors import RecipeBatchError
    from recipebatch.execution.quota import PlanQuota
    from recipebatch.phases import Hashes
    from recipebatch.plan import PoolSize
    from recipebatch.plan.model import Plan
    from recipebatch.report import Comparison
    from recipebatch.runs import RunRecord

NEW_RUN = "new-run"
"""Stands for the id of a run that has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPlan:
    """A plan, and what an account has of it.

    Attributes:
        plan: of the run that `apply` would work on.
        comparison: what it would do; None if no account was asked.
        not_compared: why none was, as a sentence.
        scaled: the target nodes that `scale` gave pools of the unfinished run, where the recipe says others.
        refusal: the error with which `apply` would end now.
        purges_first: the purge of an unfinished run is completed before.
        storage: the name of the storage account that has the records of runs.
        record: of the run: as it is recorded, or as it would be.
        hashes: of the local files that were read.
        quota: what it needs of the account's quotas; None if no account was asked.
        durations: how long tasks took in the newest run of the recipe; None if that is not known.
    """

    plan: Plan
    comparison: Comparison | None = None
    not_compared: str = ""
    scaled: Mapping[str, PoolSize] = field(default_factory=dict)
    refusal: RecipeBatchError | None = None
    purges_first: bool = False
    storage: str = ""
    record: RunRecord | None = None
    hashes: Hashes | None = None
    durations: Durations | None = None
    quota: PlanQuota | None = None

    @property
    def pending(self) -> str:
        """What `apply` does now, as a sentence; empty if it has nothing left to do."""
        return "apply starts a run" if self.comparison is None else self.comparison.step
