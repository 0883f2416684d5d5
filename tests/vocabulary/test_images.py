from datetime import UTC, date, datetime, timedelta

from recipebatch.vocabulary.images import ALIASES, SUPPORT, Image, end_of_support, support_warning

NEAR = timedelta(days=60)


def test_no_alias_names_an_image_whose_support_ends_soon() -> None:
    """Fails when one is near: choose its successor, or mark it `known_past` and say so in the changelog."""
    today = datetime.now(UTC).date()
    ending = [entry.alias for entry in SUPPORT if entry.alias and not entry.known_past and entry.ends - today <= NEAR]
    assert ending == []


def test_every_date_says_where_it_is_from() -> None:
    assert all(entry.source.startswith("https://") for entry in SUPPORT)
    assert {entry.alias for entry in SUPPORT if entry.alias} == set(ALIASES)


def test_an_image_is_warned_of_before_and_after_its_end() -> None:
    ubuntu = Image("Canonical", "UbuntuServer", "18.04-LTS")
    assert end_of_support("canonical", "ubuntuserver", "18.04-lts") == date(2023, 5, 31)
    assert support_warning(ubuntu, date(2022, 1, 1)) is None
    assert "until 2023-05-31 only" in str(support_warning(ubuntu, date(2023, 3, 1)))
    assert "no security updates since 2023-05-31" in str(support_warning(ubuntu, date(2024, 1, 1)))
    assert support_warning(Image("nobody", "knows", "it"), date(2024, 1, 1)) is None
