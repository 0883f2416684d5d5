from __future__ import annotations

from recipebatch.phases.purge import Seen, decide
from recipebatch.runs.labels import RUN


def test_only_resources_with_the_runs_label_are_deleted() -> None:
    assert decide(None, "r1") == ("absent", "")
    assert decide(Seen({RUN: "r1"}), "r1") == ("deleted", "")
    assert decide(Seen({RUN: "r2"}), "r1") == ("kept", "it belongs to run r2")
    assert decide(Seen({}), "r1") == ("kept", "it does not belong to this run")
