"""What logs takes together, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch import api
from recipebatch.errors import UsageError


@pytest.mark.parametrize(
    "options",
    [
        {"nodes": ("n1",), "tasks": ("t",)},
        {"nodes": ("n1",), "follow": True},
        {"start_tasks": True, "tasks": ("t",)},
        {"start_tasks": True, "follow": True},
    ],
)
def test_nodes_and_tasks_are_not_asked_for_together(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="they take no --task and no --follow"):
        list(api.logs(run="r1", **options))
