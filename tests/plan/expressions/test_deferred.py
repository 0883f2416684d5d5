"""Markers that stand for secrets, SAS tokens and addresses in texts of a plan."""

from recipebatch.plan import ContainerUrl, SasToken, SecretParameter, deferred_values, fill, redact

TEXT = f"a {SasToken('out', 'rc').marker()} b {SecretParameter('tok').marker()} c {ContainerUrl('in').marker()}"


def test_all_deferred_values_of_a_text_are_found_in_order() -> None:
    assert deferred_values(TEXT) == (SasToken("out", "rc"), SecretParameter("tok"), ContainerUrl("in"))
    assert deferred_values("plain") == ()


def test_each_is_filled_in_with_what_is_answered_for_it() -> None:
    assert fill(TEXT, lambda value: type(value).__name__) == "a SasToken b SecretParameter c ContainerUrl"


def test_a_redacted_text_shows_no_secret_but_the_container_of_an_address() -> None:
    assert redact(TEXT) == "a *** b *** c <URL of in>"
