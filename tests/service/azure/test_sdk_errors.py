from __future__ import annotations

import pytest
from azure.core.exceptions import ServiceRequestError

from recipebatch.errors import UnreachableError
from recipebatch.service.azure.sdk_errors import sentence, translated
from recipebatch.text.secret import redacted


@pytest.mark.parametrize(
    "text",
    [
        "https://a.blob.core.windows.net/c/b?sv=2024&sig=SECRET%3D",
        "the token sig=SECRET&se=2026 is wrong",
        "Authorization: SharedKey SECRET",
        "AccountKey=SECRET;EndpointSuffix=core.windows.net",
    ],
)
def test_nothing_that_could_be_a_secret_stays_in_a_text(text: str) -> None:
    assert "SECRET" not in redacted(text)


def test_a_services_message_is_its_first_sentence() -> None:
    text = "The specified pool already exists.\nRequestId:7d8b110e\nTime:2025-08-27T23:55:42.7887298Z"
    assert sentence(text) == "The specified pool already exists."


def test_an_endpoint_that_does_not_answer_is_unreachable() -> None:
    cause = "HTTPConnection(...): Failed to establish a new connection: [Errno 111] Connection refused"
    with (
        pytest.raises(UnreachableError, match=r"listing: .* \[Errno 111\] Connection refused") as raised,
        translated("listing"),
    ):
        raise ServiceRequestError(cause)
    assert "HTTPConnection" not in str(raised.value)
