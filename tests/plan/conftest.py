from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from recipebatch.inputs import LocalFile, LocalInputs
from recipebatch.plan import Plan, bind_parameters, resolve
from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class PlanOf(Protocol):
    """Makes a plan from sections of a recipe."""

    def __call__(
        self,
        sections: str,
        *,
        pool: str = ...,
        blobs: Mapping[str, tuple[str, ...]] | None = ...,
        tables: Mapping[str, str] | None = ...,
        given: Mapping[str, object] | None = ...,
        listings: Mapping[str, tuple[str, ...]] | None = ...,
        today: date | None = ...,
    ) -> Plan: ...


def _plan_of(
    sections: str,
    *,
    pool: str = "{image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}",
    blobs: Mapping[str, tuple[str, ...]] | None = None,
    tables: Mapping[str, str] | None = None,
    given: Mapping[str, object] | None = None,
    listings: Mapping[str, tuple[str, ...]] | None = None,
    today: date | None = None,
) -> Plan:
    text = f"schema_version: 1\nname: demo\npool: {pool}\n{sections}\n"
    recipe = parse_recipe(text, file="r.yaml", folder=Path("/recipes"))
    files = {
        container: tuple(LocalFile(blob=name, source=f"/data/{name}", size=len(name)) for name in names)
        for container, names in (blobs or {}).items()
    }
    return resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=bind_parameters(recipe, given or {}),
        inputs=LocalInputs(files=files, tables=dict(tables or {})),
        environ={"RECIPEBATCH_TEAM": "blue", "HOME": "/home/me"},
        listings=listings,
        today=today,
    )


@pytest.fixture(scope="session")
def plan_of() -> PlanOf:
    """Makes a plan from the sections of a recipe that a test is about."""
    return _plan_of
