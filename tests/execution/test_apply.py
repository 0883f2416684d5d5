from __future__ import annotations

import pytest

from recipebatch.execution.apply import AtTheEnd, purge_decision
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import Verdict


@pytest.mark.parametrize(
    ("when", "verdict", "decision"),
    [
        (PurgeWhen.ALWAYS, Verdict.FAILED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.SUCCEEDED, AtTheEnd.DELETE),
        (PurgeWhen.ON_SUCCESS, Verdict.FAILED, AtTheEnd.KEEP),
        (PurgeWhen.ON_SUCCESS, Verdict.UNKNOWN, AtTheEnd.KEEP),
        (PurgeWhen.NEVER, Verdict.SUCCEEDED, AtTheEnd.KEEP),
        (PurgeWhen.ASK, Verdict.SUCCEEDED, AtTheEnd.ASK),
    ],
)
def test_the_recipe_decides_what_is_removed_at_the_end(when: PurgeWhen, verdict: Verdict, decision: AtTheEnd) -> None:
    assert purge_decision(when, verdict) is decision
