"""JSON of requests and replies: reading refuses what the service cannot store, writing accepts all that was stored."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

from recipebatch.emulator.state import BatchError

MAX_DEPTH = 50
"""Maximum nesting of a body. A limit of the emulator; no body of the protocol is nested half as deep."""


def read_json(content: bytes) -> Any:
    """Parse a body: UTF-8, unique names, finite numbers, at most `MAX_DEPTH` levels, no half of a surrogate pair.

    Raises:
        BatchError: InvalidRequestBody.
    """
    try:
        # Not `json.loads(content)`, which also reads UTF-16 and surrogates.
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise _invalid("The body is not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"The body is not valid JSON: {error}") from None
    except ValueError:
        # Python limits the number of digits it reads.
        raise _invalid("The body has a number with too many digits") from None
    _check(document)
    return document


def write_json(document: Any) -> bytes:
    """UTF-8; text that UTF-8 cannot hold, which an earlier version stored, is written with escapes."""
    try:
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise _invalid(f"The body has more than one property '{twice[:100]}' in one object")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise _invalid(f"The body is not valid JSON: {name} is not a number")


def _check(document: Any) -> None:
    """Check depth, numbers and text, level by level: without recursion."""
    level, depth = [document], 0
    while level:
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise _invalid("The body has a number that is too large")
            elif isinstance(value, str) and not value.isascii():
                _check_text(value)
        depth += any(isinstance(value, (dict, list)) for value in level)
        if depth > MAX_DEPTH:
            raise _too_deep()
        level = below


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _invalid("The body has half of a surrogate pair, which is not a character") from None


def _too_deep() -> BatchError:
    return _invalid(f"The body is nested more than {MAX_DEPTH} levels deep")


def _invalid(reason: str) -> BatchError:
    return BatchError("InvalidRequestBody", ("Reason", reason))
