from __future__ import annotations

from recipebatch.emulator.node_agent.files.mount_changes import FileMark, Step, Synced, decide

OLD = FileMark(1, 1, 1, 1)
NEW = FileMark(1, 2, 2, 2)
KNOWN = {"a": Synced("e1", "d", OLD)}


def test_what_agrees_needs_nothing() -> None:
    assert decide(KNOWN, {"a": OLD}, {"a": "e1"}) == ({}, set())


def test_what_changed_on_one_side_goes_to_the_other() -> None:
    assert decide(KNOWN, {"a": NEW}, {"a": "e1"}) == ({"a": Step.UPLOAD}, {"a"})
    assert decide(KNOWN, {}, {"a": "e1"}) == ({"a": Step.DELETE_BLOB}, {"a"})
    assert decide(KNOWN, {"a": OLD}, {"a": "e2"}) == ({"a": Step.DOWNLOAD}, set())
    assert decide(KNOWN, {"a": OLD}, {}) == ({"a": Step.DELETE_FILE}, set())
    assert decide({}, {"a": NEW}, {}) == ({"a": Step.UPLOAD}, {"a"})
    assert decide({}, {}, {"a": "e1"}) == ({"a": Step.DOWNLOAD}, set())


def test_what_changed_on_both_sides_is_never_overwritten() -> None:
    assert decide(KNOWN, {"a": NEW}, {"a": "e2"}) == ({"a": Step.COMPARE}, {"a"})
    assert decide({}, {"a": NEW}, {"a": "e2"}) == ({"a": Step.COMPARE}, {"a"})
    assert decide(KNOWN, {}, {"a": "e2"}) == ({"a": Step.DOWNLOAD}, {"a"}), "the newer blob is not deleted"
    assert decide(KNOWN, {"a": NEW}, {}) == ({"a": Step.UPLOAD}, {"a"}), "what was written is not lost"
    assert decide(KNOWN, {}, {}) == ({"a": Step.FORGET}, {"a"})
