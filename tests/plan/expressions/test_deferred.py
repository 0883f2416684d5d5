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


def test_a_marker_is_between_characters_that_no_recipe_may_contain() -> None:
    assert SasToken("out", "rc").marker() == "\ue000sas:out:rc\ue001"
    assert SecretParameter("tok").marker() == "\ue000secret:tok\ue001"
    assert ContainerUrl("in").marker() == "\ue000url:in\ue001"


def test_markers_beside_each_other_are_two_values() -> None:
    text = SecretParameter("a").marker() + SecretParameter("b").marker()
    assert deferred_values(text) == (SecretParameter("a"), SecretParameter("b"))
    assert fill(text, lambda _: "x") == "xx"


def test_a_text_that_only_begins_a_marker_stays_as_it_is() -> None:
    assert deferred_values("\ue000secret:a") == ()
    assert redact("\ue000secret:a") == "\ue000secret:a"


def test_a_value_that_is_filled_in_is_not_searched_for_markers() -> None:
    inner = SecretParameter("b").marker()
    assert fill(SecretParameter("a").marker(), lambda _: inner) == inner
