"""Planned values → JSON, by the property tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recipebatch.properties import value_types
from recipebatch.properties.table import SAME, Pairs, Value, block, duration, flag, prop, section, text, tuples
from recipebatch.service.azure.request_bodies import filled, request_body

if TYPE_CHECKING:
    from recipebatch.properties.files import ResourceFile


class Access:
    """Fills in deferred values so that they can be seen."""

    expiry = datetime(2030, 1, 1, tzinfo=UTC)

    def text(self, text: str) -> str:
        return f"<{text}>"

    def identity_of(self, logical: str | None) -> str | None:
        raise AssertionError(logical)

    def resource_url(self, file: ResourceFile) -> str:
        raise AssertionError(file)

    def upload_url(self, logical: str) -> str:
        raise AssertionError(logical)

    def address(self, logical: str) -> tuple[str, str]:
        raise AssertionError(logical)

    def mount_token(self, logical: str, *, read_only: bool) -> str:
        raise AssertionError(logical, read_only)


@dataclass(frozen=True, kw_only=True)
class Inner:
    secret: str | None = prop(text("secret", deferred=True))


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str | None = prop(text("identity.name"))
    level: str | None = prop(text("identity.level", unless="name"))
    quick: bool = prop(flag("quick", default=False, omit_default=True))
    slow: bool = prop(flag("slow", default=False))
    limit: timedelta | None = prop(duration("limit"))
    until: datetime | None = prop(Value(wire="until", convert=value_types.instant))
    pairs: tuple[tuple[str, str], ...] = prop(Pairs(wire="pairs"))
    versions: tuple[tuple[str, str | None], ...] = prop(tuples("versions", app=text("app"), version=text("version")))
    inner: Inner | None = prop(block("inner", Inner))
    shared: Inner = prop(block(SAME, Inner, key=SAME))
    more: dict[str, Any] = prop(section(SAME))
    elsewhere: str = prop(text("elsewhere", default="x", by_code=True))


def body(**values: Any) -> dict[str, Any]:
    return request_body(Outer(**{"shared": Inner(), **values}), block("", Outer), Access())


def test_what_has_no_value_is_left_out_and_so_is_what_code_sends() -> None:
    assert body() == {"slow": False}
    assert body(quick=True) == {"quick": True, "slow": False}


def test_a_path_of_rest_names_makes_mappings_that_properties_share() -> None:
    assert body(level="l")["identity"] == {"level": "l"}
    assert body(level="l", name="n")["identity"] == {"name": "n"}
    assert body(name="n", more={"identity": {"kind": "k"}})["identity"] == {"name": "n", "kind": "<k>"}


def test_only_deferred_texts_are_filled_in() -> None:
    found = body(name="n", inner=Inner(secret="a"), shared=Inner(secret="b"), pairs=(("k", "v"),))
    assert (found["inner"], found["secret"]) == ({"secret": "<a>"}, "<b>")
    assert (found["identity"], found["pairs"]) == ({"name": "n"}, [{"name": "k", "value": "v"}])
    assert filled({"a": ["x", 1]}, Access()) == {"a": ["<x>", 1]}


def test_durations_and_times_are_those_of_the_sdk_and_tuples_are_mappings() -> None:
    found = body(limit=timedelta(minutes=5), until=datetime(2030, 1, 1, tzinfo=UTC), versions=(("a", "1"), ("b", None)))
    assert (found["limit"], found["until"]) == ("PT05M00S", "2030-01-01T00:00:00Z")
    assert found["versions"] == [{"app": "a", "version": "1"}, {"app": "b"}]
