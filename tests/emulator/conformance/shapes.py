"""Whether an answer has the shape and the headers that all recorded answers to its operation have."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from emulator.conformance.forms import OF_OTHER_VERSIONS, Disagreement, link_form, properties, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.conformance.asking import Answer

_ENOUGH = 30


def check_profile(
    profile: Mapping[str, Any], entity: Mapping[str, Any] | None, version: str, path: str, body: Any, answer: Answer
) -> Iterator[Disagreement]:
    """What of an answer was never recorded, or always and is not there now.

    `entity` is what was recorded of the kind of entity the operation answers; None if it answers none.
    """
    for name, fact in profile["headers"].items():
        if name not in answer.headers:
            if fact["always"]:
                yield Disagreement(f"header {name}: missing", "recorded in every answer")
            continue
        given = _header_form(name, answer.headers[name], path, body)
        if fact.get("forms") and given not in fact["forms"] and "text" not in fact["forms"]:
            yield Disagreement(f"header {name}: value", f"recorded {fact['forms']}, given {answer.headers[name]!r}")
    for name in sorted(set(answer.headers) & {"etag", "last-modified", "location", "dataserviceid", "content-length"}):
        if name not in profile["headers"]:
            yield Disagreement(f"header {name}: unknown", f"never recorded, given {answer.headers[name]!r}")
    document = answer.document
    if profile["objects"] and "$select" not in path and isinstance(document, dict):
        for place, found in _parts(document, split=entity is not None):
            in_entity = place.startswith("<>")
            known = (entity or {}).get(place[2:]) if in_entity else profile["objects"].get(place)
            yield from _check_object(known, version, place[2:] if in_entity else place, found)
    yield from _check_etags(answer)


def _parts(document: Mapping[str, Any], *, split: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a document with their paths; those of its entities, if they are known apart, as `<>path`."""
    if not split:
        yield from properties(document)
        return
    yield (
        "",
        {key: [] if key == "value" else value for key, value in document.items() if "odata" in key or key == "value"},
    )
    for one in document.get("value", [document]):
        inner = {key: value for key, value in one.items() if "odata" not in key}
        yield from ((f"<>{place}", found) for place, found in properties(inner))


def _header_form(name: str, value: str, path: str, body: Any) -> str:
    if name in {"location", "dataserviceid"}:
        return link_form(value, path.partition("?")[0], body)
    if name == "content-type" and "/files/" not in path:
        return value.replace(" ", "")
    return value if name in {"transfer-encoding", "dataserviceversion"} else shape(value)


def _check_object(
    entry: Mapping[str, Any] | None, version: str, place: str, found: Mapping[str, Any]
) -> Iterator[Disagreement]:
    if entry is None:
        return  # its own name is reported as unknown where it stands
    facts = entry.get("properties", {})
    for name, value in found.items():
        where = f"{place}.{name}" if place else name
        fact = facts.get(name)
        if fact is None:
            # What a version has that is newer than all recordings, its OpenAPI tells: every answer is held against it.
            if version <= max(entry["seen"], default=""):
                yield Disagreement(f"{where}: unknown", f"never recorded, given {value!r}")
            continue
        if _gone(entry, fact, name, version):
            yield Disagreement(f"{where}: unknown", f"not in {version}, given {value!r}")
        yield from _check_value(fact, where, name, value)
    for name, fact in facts.items():
        if name not in found and _always(entry, fact, place, version):
            yield Disagreement(f"{place}.{name}: missing".lstrip("."), "recorded in every answer")


def _check_value(fact: Mapping[str, Any], where: str, name: str, value: Any) -> Iterator[Disagreement]:
    shapes = set(fact["shapes"])
    if "time" in shapes:
        shapes.add("node time")  # one in ten times of the service happens to end with a zero
    if "text" in shapes:
        shapes.add("word")
    texts = shapes - {"object", "array", "boolean", "integer", "number", "null"}
    given = shape(value)
    fits = given in shapes or (isinstance(value, str) and "text" in shapes)
    if not fits and isinstance(value, str) and texts & {"word"} and "words" not in fact:
        fits = True  # a name: one recorded word says nothing about others
    if not fits:
        kind = "format" if isinstance(value, str) and texts else "type"
        yield Disagreement(f"{where}: {kind}", f"recorded {fact['shapes']}, given {value!r}")
    if name == "odata.metadata":
        if value.partition("#")[2] not in fact["words"]:
            yield Disagreement(f"{where}: value", f"recorded {fact['words']}, given {value!r}")
    elif isinstance(value, str) and fact.get("words"):
        spellings = {word.lower(): word for word in fact["words"]}
        if spellings.get(value.lower(), value) != value:
            yield Disagreement(f"{where}: casing", f"recorded {spellings[value.lower()]!r}, given {value!r}")


def _gone(entry: Mapping[str, Any], fact: Mapping[str, Any], name: str, version: str) -> bool:
    """Whether it is a property that came and went with versions, and this one answered without it.

    One recorded object is no proof: a node shows some of its properties only when it has booted.
    """
    seen = entry["seen"].get(version, 0)
    return bool(name in OF_OTHER_VERSIONS and seen > 1 and not fact["seen"].get(version))


def _always(entry: Mapping[str, Any], fact: Mapping[str, Any], place: str, version: str) -> bool:
    """Whether every object had it in this version or the newest before it, and in all since the first that knew it."""
    if place and sum(entry["seen"].values()) < _ENOUGH:
        return False  # an inner object shows what was asked for; few of them show little of what is always there
    versions = [other for other in entry["seen"] if other <= version] or list(entry["seen"])
    newest = max(versions, default="")
    if not newest or fact["seen"].get(newest, 0) < entry["seen"][newest]:
        return False
    first = min(fact["seen"])
    return all(fact["seen"].get(other, 0) == count for other, count in entry["seen"].items() if other >= first)


def _check_etags(answer: Answer) -> Iterator[Disagreement]:
    document = answer.document
    for place, found in properties(document) if isinstance(document, dict) else ():
        if isinstance(found.get("eTag"), str) and isinstance(found.get("lastModified"), str):
            ticks = _ticks(found["lastModified"])
            if found["eTag"] != f"0x{ticks:X}":
                where = f"{place}.eTag" if place else "eTag"
                yield Disagreement(f"{where}: value", f"{found['eTag']} is not the tick of {found['lastModified']}")
    if isinstance(document, dict) and "eTag" in document and answer.headers.get("etag") != document["eTag"]:
        yield Disagreement("header etag: value", f"body {document['eTag']}, header {answer.headers.get('etag')}")


def _ticks(text: str) -> int:
    seconds, _, fraction = text.rstrip("Z").partition(".")
    since = dt.datetime.fromisoformat(seconds) - dt.datetime.fromisoformat("0001-01-01T00:00:00")
    return (since.days * 86_400 + since.seconds) * 10_000_000 + int((fraction or "0").ljust(7, "0"))
