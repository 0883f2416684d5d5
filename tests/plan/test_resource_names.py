from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recipebatch.plan import resource_names
from recipebatch.vocabulary.ids import container_name, pool_id

RUN = "20260101-120000-ab12"
names = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?", fullmatch=True)
logicals = st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", fullmatch=True)


def test_names_say_the_recipe_the_run_and_the_logical_name() -> None:
    assert resource_names.container("topn", RUN, "input") == "topn-20260101-120000-ab12-input"
    assert resource_names.batch_id("topn", RUN) == "topn-20260101-120000-ab12"
    assert resource_names.batch_id("topn", RUN, "prep") == "topn-20260101-120000-ab12-prep"


def test_what_is_too_long_is_shortened_with_a_mark() -> None:
    name = resource_names.container("a-very-long-name-for-a-recipe", RUN, "measurements-of-the-year")
    assert 60 < len(name) <= 63
    assert name.endswith("-measurements-of-the-year")


@given(names, logicals)
def test_names_of_any_recipe_are_legal(recipe: str, logical: str) -> None:
    assert container_name(resource_names.container(recipe, RUN, logical))
    assert pool_id(resource_names.batch_id(recipe, RUN))


@given(names, st.lists(logicals, min_size=2, max_size=2, unique=True))
def test_different_logical_names_give_different_containers(recipe: str, logical: list[str]) -> None:
    assert resource_names.container(recipe, RUN, logical[0]) != resource_names.container(recipe, RUN, logical[1])


def test_ids_of_tasks_have_as_many_digits_as_the_last() -> None:
    assert [resource_names.task_id("t", index, 11) for index in (0, 10)] == ["t-00", "t-10"]
    assert resource_names.task_id("t", 0, 1) == "t-0"


def test_the_id_of_a_run_tells_when_it_began() -> None:
    assert resource_names.begun(RUN) == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert resource_names.begun("new-run") is None
