from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.core.rest import HttpRequest

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.service.azure.sdk_errors import excerpt, sentence, translated
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


def test_the_question_mark_of_a_sentence_is_no_query() -> None:
    text = "Cannot connect to unix:///var/run/docker.sock. Is the daemon running?) Try 'x?'. Why?"
    assert redacted(text) == text
    assert redacted("is http://h/c/b?a=1&token=SECRET there?") == "is http://h/c/b?*** there?"


def test_a_services_message_is_its_first_sentence() -> None:
    text = "The specified pool already exists.\nRequestId:7d8b110e\nTime:2025-08-27T23:55:42.7887298Z"
    assert sentence(text) == "The specified pool already exists."


def test_a_long_text_of_a_service_is_cut_and_its_length_said() -> None:
    command = "bash -c '" + "x" * 160_000
    assert sentence(f"The specified command program is not found: {command}\nRequestId:1") == (
        f"The specified command program is not found: bash -c '{'x' * 947}… (and 159,053 more characters)"
    )
    assert excerpt("x" * 1000) == "x" * 1000
    assert excerpt("AccountKey=SECRET;" + "x" * 1000).startswith("AccountKey=")
    assert "SECRET" not in excerpt("AccountKey=SECRET;" + "x" * 1000)


def test_an_endpoint_that_does_not_answer_is_unreachable() -> None:
    cause = "HTTPConnection(...): Failed to establish a new connection: [Errno 111] Connection refused"
    with (
        pytest.raises(UnreachableError, match=r"listing: .* \[Errno 111\] Connection refused") as raised,
        translated("listing"),
    ):
        raise ServiceRequestError(cause)
    assert "HTTPConnection" not in str(raised.value)


class Answer:
    """What the SDK keeps of a refused request."""

    def __init__(self, sent: dict[str, str], date: str) -> None:
        self.request = HttpRequest("GET", "https://acct.westeurope.batch.azure.com/pools?x=1", headers=sent)
        self.headers = {"Date": date}
        self.status_code, self.reason = 403, "Forbidden"

    def text(self, _encoding: str | None = None) -> str:
        return ""


def refusal(sent: dict[str, str], date: str) -> ServiceError:
    error = HttpResponseError("Server failed to authenticate the request.", response=Answer(sent, date))
    error.error_code = "AuthenticationFailed"  # type: ignore[attr-defined]
    with pytest.raises(ServiceError) as caught, translated("listing pools"):
        raise error
    return caught.value


NOON = "Sun, 29 Nov 2026 12:00:00 GMT"
SAID = "listing pools: Server failed to authenticate the request. (AuthenticationFailed)"


def test_a_wrong_key_is_said_first_with_the_account() -> None:
    found = refusal({"Authorization": "SharedKey acct:c2ln", "ocp-date": NOON}, NOON)
    assert found.message == f"the key does not fit acct.westeurope.batch.azure.com: {SAID}"


def test_a_wrong_sign_in_is_not_called_a_key() -> None:
    found = refusal({"Authorization": "Bearer x"}, NOON)
    assert found.message.startswith("the sign-in does not fit acct.westeurope.batch.azure.com: ")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("Sun, 29 Nov 2026 13:00:30 GMT", "60 minutes ahead of the service's"),
        ("Sun, 29 Nov 2026 10:59:00 GMT", "61 minutes behind the service's"),
    ],
)
def test_a_clock_that_is_off_is_said_instead_of_a_wrong_key(sent: str, words: str) -> None:
    found = refusal({"Authorization": "SharedKey a:b", "x-ms-date": sent}, NOON)
    assert found.message == f"this machine's clock is {words}: {SAID}"
    assert found.hint == "set the clock of this machine"
