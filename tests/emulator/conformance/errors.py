"""Whether an error is the recorded one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.conformance.forms import NOT_SERVED, Disagreement, without_trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from emulator.conformance.asking import Answer


_TRACE = re.compile(r"\nRequestId:[0-9a-f-]{36}\nTime:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}Z$")
_SEVEN_DIGITS = re.compile(r"\.\d{7}Z$")


def check_error(case: Mapping[str, Any], answer: Answer) -> Iterator[Disagreement]:
    """What of an error is not as recorded."""
    if answer.code == NOT_SERVED:
        yield Disagreement("not implemented", "the operation is not served")
        return
    if answer.status != case["status"]:
        yield Disagreement("status", f"recorded {case['status']}, given {answer.status} {answer.code}")
    if answer.code != case["code"]:
        yield Disagreement("code", f"recorded {case['code']}, given {answer.code}")
    if case["code"] is None:
        return
    document = answer.document if isinstance(answer.document, dict) else {}
    message = document.get("message", {}).get("value", "")
    if without_trace(message) != case["message"]:
        yield Disagreement("message", f"recorded {case['message']!r}, given {without_trace(message)!r}")
    if not _TRACE.search(message):
        yield Disagreement("end of message", f"not a request id and a time: {message!r}")
    if not _same_values(case, document.get("values", [])):
        yield Disagreement("values", f"recorded {case['values']}, given {document.get('values')}")
    kind = answer.headers.get("content-type", "")
    if kind.replace(" ", "") != case["content-type"] or "content-length" not in answer.headers:
        yield Disagreement("headers", f"recorded {case['content-type']} with a length, given {answer.headers}")


def check_times(answers: Iterable[Answer]) -> Iterator[Disagreement]:
    """Unlike all other times of the service, those of its messages keep their last zeros: 609 of 609 recorded."""
    messages = [answer.document["message"]["value"] for answer in answers if answer.code]
    wrong = [message for message in messages if not _SEVEN_DIGITS.search(message)]
    if wrong:
        yield Disagreement("time without seven digits", f"recorded always with them, given {wrong[0]!r}")


def _same_values(case: Mapping[str, Any], given: list[dict[str, str]]) -> bool:
    """Whether the keys are the recorded ones; since 2022 the values are too."""
    if case["keys"] == ["{application id}"]:
        return [pair["value"] for pair in given] == [pair["value"] for pair in case["values"]]
    if case["since 2022"]:
        return bool(given == case["values"])
    return bool([pair["key"] for pair in given] == case["keys"])
