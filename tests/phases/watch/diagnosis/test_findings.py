from __future__ import annotations

from recipebatch.phases.watch.diagnosis.findings import Code, Finding, is_command, ranked
from recipebatch.vocabulary.causes import Cause


def test_what_someone_has_to_act_on_comes_first_and_what_stops_only_some_comes_last() -> None:
    found = [
        Finding(code=Code.NODES_UNUSABLE, sentence="one node is", partial=True),
        Finding(code=Code.SOON, sentence="soon"),
        Finding(code=Code.QUOTA, sentence="no cores"),
        Finding(code=Code.QUOTA, sentence="no cores"),
    ]
    assert [each.sentence for each in ranked(found)] == ["no cores", "soon", "one node is"]


def test_every_cause_of_a_failure_has_a_code() -> None:
    assert {cause: Code.of_cause(cause) for cause in Cause if Code.of_cause(cause) is Code.UNKNOWN} == {}
    assert (Code.of_cause("container"), Code.of_cause("wall_clock"), Code.of_cause("")) == (
        Code.IMAGE,
        Code.WALL_CLOCK,
        Code.UNKNOWN,
    )


def test_the_first_step_that_is_a_command_is_the_command() -> None:
    steps = ("wait", "or raise it: az batch job set", "az batch pool resize", "recipebatch watch")
    assert Finding(code=Code.SOON, sentence="s", steps=steps).command == "az batch pool resize"
    assert Finding(code=Code.SOON, sentence="s", steps=steps[:2]).command == ""
    assert [is_command(step) for step in steps] == [False, False, True, True]
