"""What is checked before a run begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from plans import a_container, a_plan

from recipebatch.errors import UsageError
from recipebatch.execution.recipe_runs import check_credentials

ENTRA, KEY = SimpleNamespace(signs_with_entra_id=True), SimpleNamespace(signs_with_entra_id=False)
LONG = timedelta(days=8, hours=1, minutes=5)


def check(limit: timedelta, own: object, other: object, **container: Any) -> None:
    services: Any = SimpleNamespace(blobs=own, storage=lambda _name: other)
    plan = a_plan(containers=(replace(a_container("out", "c"), **container),))
    check_credentials(services, replace(plan, run_limit=limit))


def test_a_run_that_may_outlive_a_sas_of_entra_id_is_refused_with_the_figures() -> None:
    with pytest.raises(
        UsageError, match=r"may last 8 days 1 hour 5 minutes, but a SAS for the container out, .* 7 days"
    ):
        check(LONG, ENTRA, KEY)
    with pytest.raises(UsageError, match="8 days"):
        check(LONG, KEY, ENTRA, account="second")


def test_keys_managed_identities_and_short_runs_are_fine() -> None:
    check(timedelta(days=7), ENTRA, KEY)
    check(LONG, KEY, ENTRA)
    check(LONG, ENTRA, KEY, account="second")
    check(LONG, ENTRA, KEY, identity="/subscriptions/s")
