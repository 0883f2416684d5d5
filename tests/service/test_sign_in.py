from __future__ import annotations

import threading
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from recipebatch.service import SignIn, SignInError


class Credential:
    """Answers with a token, a refusal, or never."""

    def __init__(self, answer: AccessToken | Exception | threading.Event) -> None:
        self.answer = answer
        self.asked: list[tuple[str, ...]] = []
        self.closed = False

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.asked.append(scopes)
        if isinstance(self.answer, threading.Event):
            self.answer.wait()
            raise ClientAuthenticationError("too late")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.closed = True


def test_the_first_sign_in_is_announced_and_its_token_returned() -> None:
    credential = Credential(AccessToken("token", 1))
    said: list[str] = []
    made: list[str] = []

    def make(authority: str) -> Credential:
        made.append(authority)
        return credential

    sign_in = SignIn("login.microsoftonline.us", say=said.append, credential=make)
    assert [sign_in.get_token("a").token, sign_in.get_token("b").token] == ["token", "token"]
    assert (made, credential.asked) == (["login.microsoftonline.us"], [("a",), ("b",)])
    assert said == ["signing in to Entra ID (login.microsoftonline.us) …"]
    sign_in.close()
    assert credential.closed


def test_no_sign_in_is_one_sentence_and_is_not_tried_again() -> None:
    credential = Credential(ClientAuthenticationError("DefaultAzureCredential failed\nfor many\nreasons"))
    sign_in = SignIn("login.microsoftonline.com", credential=lambda _: credential)
    for _ in range(2):
        with pytest.raises(
            SignInError, match=r"^not signed in to Entra ID: no sign-in of this machine works$"
        ) as caught:
            sign_in.get_token("a")
        assert "az login" in str(caught.value.hint)
    assert len(credential.asked) == 1


def test_a_sign_in_that_does_not_answer_is_given_up() -> None:
    over = threading.Event()
    sign_in = SignIn("login.microsoftonline.com", seconds=0.05, credential=lambda _: Credential(over))
    try:
        with pytest.raises(SignInError, match=r"gave no token within 0\.05 s"):
            sign_in.get_token("a")
    finally:
        over.set()


def test_a_defect_of_the_credential_is_not_hidden() -> None:
    sign_in = SignIn("login.microsoftonline.com", credential=lambda _: Credential(RuntimeError("broken")))
    with pytest.raises(RuntimeError, match="broken"):
        sign_in.get_token("a")
