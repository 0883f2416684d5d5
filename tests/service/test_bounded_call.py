from __future__ import annotations

import threading

import pytest

from recipebatch.service.bounded_call import call_within


def test_the_result_or_the_error_of_the_call_is_the_callers() -> None:
    assert call_within(60, lambda: 3) == 3
    with pytest.raises(RuntimeError, match="the client is closed"):
        call_within(60, _broken)


def test_a_call_that_does_not_end_is_not_waited_for() -> None:
    ended = threading.Event()
    try:
        with pytest.raises(TimeoutError, match=r"no answer within 0\.01 s"):
            call_within(0.01, lambda: ended.wait(60))
    finally:
        ended.set()


def _broken() -> None:
    raise RuntimeError("the client is closed")
