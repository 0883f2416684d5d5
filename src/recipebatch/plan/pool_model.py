"""What a planned pool carries beyond its image, size and start task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.plan.task_model import PlannedRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoScale:
    """A pool that the service sizes by a formula.

    Attributes:
        evaluation_interval: 5 minutes to 168 hours.
        scenario: the named formula it was made from, or None.
    """

    formula: str
    evaluation_interval: timedelta
    scenario: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainers:
    """Container images that every node fetches before it takes tasks; `type` in the words of the wire."""

    type: str = "dockerCompatible"
    container_image_names: tuple[str, ...] = ()
    container_registries: tuple[PlannedRegistry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProvisioning:
    """When a pool is good enough to go on.

    Attributes:
        min_ready: nodes that must be idle or running; None is all that are asked for.
        timeout: how long they are waited for; None is derived from `resize_timeout`.
        reboot_unusable: a node that is unusable or whose start task failed is rebooted once.
    """

    min_ready: int | None = None
    timeout: timedelta | None = None
    reboot_unusable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoPool:
    """The service makes the pool with its job, or with the schedule.

    Attributes:
        pool_lifetime_option: `job` or `jobschedule`.
        keep_alive: the pool stays when its life is over.
    """

    auto_pool_id_prefix: str
    pool_lifetime_option: str
    keep_alive: bool
