from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.vocabulary.ids import container_name, job_id, pool_id, task_id

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("check", [pool_id, job_id, task_id])
@pytest.mark.parametrize("text", ["a", "A-b_9", "x" * 64])
def test_an_id_has_up_to_64_letters_digits_hyphens_or_underscores(check: Callable[[str], str], text: str) -> None:
    assert check(text) == text


@pytest.mark.parametrize("text", ["", "a.b", "a b", "é", "a\n"])
def test_another_character_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(ValueError, match="is not a pool id: 1 to 64 letters, digits, hyphens or underscores"):
        pool_id(text)


def test_an_id_that_is_too_long_is_refused_with_its_length_and_its_start_alone() -> None:
    with pytest.raises(ValueError, match=r"^'x{77}\.\.\.' \(100 characters\) is not a task id") as refused:
        task_id("x" * 100)
    assert "x" * 78 not in str(refused.value)


@pytest.mark.parametrize("text", ["abc", "a-b-c", "0" * 63])
def test_a_container_name_has_3_to_63_lower_case_letters_digits_and_single_hyphens(text: str) -> None:
    assert container_name(text) == text


@pytest.mark.parametrize("text", ["ab", "A-b", "a--b", "-ab", "ab-", "a_b", "0" * 64, "abc\n"])
def test_another_container_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a container name"):
        container_name(text)
