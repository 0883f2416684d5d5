"""PhaseContext: what every phase is given, the plan, the services, the progress output and a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.phases.poller import RealClock
from recipebatch.report import PhaseEnded, PhaseStarted, StepDone
from recipebatch.runs import run_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from recipebatch.files import ReadAccess
    from recipebatch.phases.poller import Clock
    from recipebatch.plan.model import Plan, PlannedContainer
    from recipebatch.report import PhaseReport, Progress
    from recipebatch.runs import RunLabels
    from recipebatch.service import BatchService, BlobStore, SignedAccess


class NodeWatch:
    """Who wants to see the nodes of a run while phases wait; this one does not."""

    def look(self, context: PhaseContext, *, at_once: bool = False) -> None:
        """Look at the nodes, unless that was done a short time ago; `at_once`: in any case, as they are about to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseContext:
    """What the phases of one run work with.

    Attributes:
        labels: the metadata of the run's resources, by which they are recognized.
        read_access: which local files the run may read.
        accounts: other storage accounts, by their names in `accounts.yaml`.
        account: its name, as commands take it; None or `local` is the local one.
        node_watch: looks at the nodes now and then while phases wait.
        poll_interval: how often a wait looks at the service; the waits of a long run grow to `slow_poll_interval`.
    """

    plan: Plan
    labels: RunLabels
    batch: BatchService
    blobs: BlobStore
    access: SignedAccess
    read_access: ReadAccess
    progress: Progress
    poll_interval: timedelta
    slow_poll_interval: timedelta
    clock: Clock = field(default_factory=RealClock)
    accounts: Mapping[str, BlobStore] = field(default_factory=dict)
    account: str | None = None
    node_watch: NodeWatch = field(default_factory=NodeWatch)

    @property
    def run_option(self) -> str:
        """What a command needs to find the run: `--run ID`, with its account."""
        return run_option(self.plan.run_id, self.account)

    def told(self, phase: str, work: Callable[[], PhaseReport]) -> PhaseReport:
        """Do the work of a phase, and tell when it begins, what it did, and how it ends."""
        tell = self.progress.tell
        tell(PhaseStarted(phase=phase))
        try:
            report = work()
        except BaseException as error:
            tell(PhaseEnded(phase=phase, message=getattr(error, "message", type(error).__name__)))
            raise
        for step in report.steps:
            # Files that were moved have been told one by one.
            if step.kind != "file" and step.action != "uploaded":
                tell(StepDone(phase=phase, step=step))
        tell(PhaseEnded(phase=phase, report=report))
        return report

    def store_of(self, container: PlannedContainer) -> BlobStore:
        """The storage account that holds a container."""
        return self.blobs if container.account is None else self.accounts[container.account]
