"""What `scale` is given is checked before an account is opened."""

from __future__ import annotations

import pytest

from recipebatch import api
from recipebatch.errors import UsageError


def test_a_number_of_nodes_is_needed() -> None:
    with pytest.raises(UsageError, match="how many nodes is not said") as raised:
        api.scale(run="20260102-030405-k3f9")
    assert raised.value.hint == "write --nodes, --spot, or both"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nodes": -1}, "nodes must be from 0 to 2,147,483,647, not -1"),
        ({"nodes": 1, "spot": 2**31}, "spot must be from 0 to 2,147,483,647, not 2147483648"),
    ],
)
def test_a_number_that_the_service_cannot_have_is_refused(given: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        api.scale(run="20260102-030405-k3f9", nodes=given.get("nodes"), spot=given.get("spot"))
    assert raised.value.message == said
