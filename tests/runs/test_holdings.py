from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from plans import a_pool_snapshot

from recipebatch.plan import fixed_formula, with_expiry_rule
from recipebatch.runs import HeldPool, Holdings, holdings_of, labels
from recipebatch.service import LabeledResource

UNTIL = datetime(2026, 5, 2, 8, 20, tzinfo=UTC)
RULE = with_expiry_rule(fixed_formula(2, 0), UNTIL)


def thing(kind: str, name: str, run: str | None = "r1", **pool: Any) -> LabeledResource:
    own = {} if run is None else {labels.RUN: run, labels.OWNER: "me"}
    found = a_pool_snapshot(id=name, **pool) if kind == "pool" else None
    return LabeledResource(kind=kind, name=name, metadata=own, created=None, pool=found)


def test_what_each_run_holds_is_told_apart_by_its_label() -> None:
    found = holdings_of(
        [
            thing("job", "j1"),
            thing("job", "j2", "r2"),
            thing("job schedule", "s1"),
            thing("pool", "p1", auto_scale_formula=RULE),
            thing("container", "c1"),
            thing("container", "c2"),
            thing("container", "of-others", None),
        ]
    )
    assert set(found) == {"r1", "r2"}
    assert str(found["r1"]) == "1 pool (1 node until 2026-05-02 08:20 UTC), 1 job, 1 job schedule, 2 containers"
    assert (str(found["r2"]), found["r2"].owner) == ("1 job", "me")
    assert str(Holdings()) == ""


def test_nodes_are_those_that_the_service_has_and_their_end_is_that_of_the_formula() -> None:
    def text(**pool: Any) -> str:
        return str(holdings_of([thing("pool", "p1", **pool)])["r1"])

    zero = with_expiry_rule(fixed_formula(0, 0), UNTIL)
    none = {"current_dedicated_nodes": 0, "target_dedicated_nodes": 0}
    assert text(auto_scale_formula=zero, **none) == "1 pool (0 nodes)"
    assert text() == "1 pool (1 node without an end)"
    coming = {"current_dedicated_nodes": 0, "target_dedicated_nodes": 3, "auto_scale_formula": RULE}
    assert text(**coming) == "1 pool (0 nodes, 3 requested until 2026-05-02 08:20 UTC)"
    failing = {"auto_scale_formula": RULE, "formula_error": ("AutoScalingFormulaEvaluationError", "no such name")}
    assert text(**failing) == "1 pool (1 node without an end)"


def test_of_several_pools_the_last_end_counts() -> None:
    later = (UNTIL + timedelta(days=1)).isoformat()
    pools = (
        HeldPool(name="a", nodes=1, asked=1, until=UNTIL.isoformat()),
        HeldPool(name="b", nodes=2, asked=2, until=later),
        HeldPool(name="c", nodes=0, asked=0),
    )
    assert str(Holdings(pools=pools)) == "3 pools (3 nodes until 2026-05-03 08:20 UTC)"
