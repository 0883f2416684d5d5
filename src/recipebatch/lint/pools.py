"""Rules about pools: images near their end of support, and unused pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding
from recipebatch.vocabulary.images import support_warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject


def ending_support(subject: Subject) -> Iterator[Problem]:
    """Marketplace images whose security updates end soon or have ended."""
    for pool in subject.recipe.pools:
        warning = support_warning(pool.image, subject.today) if pool.image is not None else None
        if warning is not None:
            yield finding(pool.at, warning, "image-support", "use a newer image or alias")


def unused_pools(subject: Subject) -> Iterator[Problem]:
    """Pools that no job uses; their nodes incur charges anyway."""
    used = {job.pool for job in subject.recipe.jobs}
    for pool in subject.recipe.pools:
        if pool.logical not in used:
            message = f"no job uses pool {pool.logical}"
            yield finding(pool.at, message, "unused-pool", "use it in a job with `pool: NAME`, or remove it")


RULES = (ending_support, unused_pools)
