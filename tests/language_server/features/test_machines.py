"""Facts of images and sizes, in words."""

from __future__ import annotations

from datetime import date

import pytest

from recipebatch.language_server.features.machines import image_facts, image_text, size_facts, size_text
from recipebatch.vocabulary.machines.images import ALIASES

TODAY = date(2026, 6, 1)


def test_every_alias_has_facts_that_begin_with_its_system() -> None:
    assert {image_facts(alias).partition(",")[0] for alias in ALIASES} == {"linux", "windows"}
    assert image_facts("ubuntu-24.04-containers").count("container runtime")


def test_what_is_not_known_has_no_text() -> None:
    assert image_text("beos", TODAY) is None
    assert size_text("Standard_Unknown", TODAY) is None
    assert size_facts("Standard_Unknown") == ""


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("Standard_D2s_v5", "2 cores, generation 1 and 2, x64"),
        ("Standard_NC4as_T4_v3", "GPU of nvidia"),
        ("Standard_D1_v2", "Azure retires it on"),
    ],
)
def test_a_size_says_its_cores_and_its_end(size: str, expected: str) -> None:
    assert expected in (size_text(size, TODAY) or "")


def test_a_series_and_an_image_that_have_ended_say_so() -> None:
    assert "Azure retired the VM size" in (size_text("Standard_D1_v2", date(2040, 1, 1)) or "")
    assert "no support since" in (image_text("ubuntu-22.04", date(2040, 1, 1)) or "")
    assert "Supported until" in (image_text("ubuntu-24.04", TODAY) or "")
