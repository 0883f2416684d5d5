from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from recipebatch.phases.collect.collect import Action, WouldOverwriteError, decide
from recipebatch.phases.collect.sources import CollectItem

THEIRS = md5(b"theirs", usedforsecurity=False).digest()
OURS = md5(b"ours", usedforsecurity=False).digest()
WANTED = CollectItem(
    source={}, target=Path("out/a.txt"), folder=Path("out"), size=6, md5=THEIRS, fetch=lambda _path, _received: THEIRS
)


def test_a_file_that_is_missing_is_downloaded() -> None:
    assert decide(WANTED, None, None, overwrite=False) is Action.FETCH


def test_an_identical_file_is_skipped_even_with_overwrite() -> None:
    assert decide(WANTED, THEIRS, None, overwrite=True) is Action.SKIP


def test_a_file_that_an_earlier_collect_wrote_is_replaced() -> None:
    assert decide(WANTED, OURS, OURS.hex(), overwrite=False) is Action.FETCH


def test_a_file_of_the_user_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError, match="was not written by an earlier collect"):
        decide(WANTED, OURS, None, overwrite=False)


def test_a_collected_file_that_the_user_changed_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError):
        decide(WANTED, OURS, THEIRS.hex(), overwrite=False)


def test_with_overwrite_it_is_replaced() -> None:
    assert decide(WANTED, OURS, None, overwrite=True) is Action.FETCH


def test_a_file_without_a_known_hash_is_compared_and_not_replaced() -> None:
    assert decide(replace(WANTED, md5=None), OURS, None, overwrite=False) is Action.COMPARE
