from __future__ import annotations

from typing import Any


def test_no_applications_are_an_empty_list(wire: Any) -> None:
    assert wire("GET", "/applications").json()["value"] == []
    assert wire("GET", "/applications/none").code == "ApplicationNotFound"
