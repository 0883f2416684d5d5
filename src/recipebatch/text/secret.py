"""A key, a token or a password that nothing prints by accident."""

from __future__ import annotations

import re

_QUERY = re.compile(r"\?[^\s'\"<>]*")
_SIGNATURE = re.compile(r"(?i)(sig|sharedkey|accountkey|authorization|bearer)(=|:|\s+)[^\s&;,'\"]+")
_ACCOUNT_KEY = re.compile(r"[A-Za-z0-9+/]{86}==")
_SHORTEST = 6
"""A shorter text occurs by chance in many texts, so finding it proves nothing."""

_known: set[str] = set()


class Secret:
    """Text that must not reach a log, a traceback or a report; `reveal()` is the only way to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) >= _SHORTEST:
            _known.add(text)

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def redacted(text: str) -> str:
    """The text with every secret of this process taken out, the queries of URLs, and what looks like a key."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _ACCOUNT_KEY.sub("***", _SIGNATURE.sub(r"\1\2***", _QUERY.sub("?***", text)))
