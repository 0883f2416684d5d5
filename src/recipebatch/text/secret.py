"""A key, a token or a password that nothing prints by accident."""

from __future__ import annotations

import base64
import json
import re

_QUERY = re.compile(r"\?[^\s'\"<>).,;:!?][^\s'\"<>]*")
"""The query of a URL; the question mark of a sentence is none."""
_SIGNATURE = re.compile(r"(?i)(sig|sharedkey|accountkey|authorization|bearer)(=|:|\s+)[^\s&;,'\"]+")
_ACCOUNT_KEY = re.compile(r"[A-Za-z0-9+/]{86}==")
_TOKENS = (
    re.compile(r"(?i)(?P<name>\b(?:sig|sharedkey|accountkey|sharedaccesskey)(?:=|:|%3D))[^\s&;,'\"<>]+"),
    re.compile(r"(?i)(?P<name>\bauthorization['\"]?\s*[:=]\s*['\"]?(?:[a-z]+\s+)?)[^\s'\",;]+"),
    re.compile(r"(?i)(?P<name>\bbearer\s+)[\w.~+/=-]{16,}"),
    re.compile(r"(?P<name>\b\w*AUTHENTICATION_TOKEN\w*['\"]?\s*[:=]\s*)['\"]?[^\s'\"]+"),
    re.compile(r"(?P<name>)\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(?P<name>)(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="),
)
"""What looks like a SAS, a key or a token of a service in what a program wrote; what `name` matches stays."""
_LONGEST_TOKEN = 4096
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

    @property
    def is_long(self) -> bool:
        """It is long enough that nothing else is taken for it."""
        return len(self._text) >= _SHORTEST

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


def end_without_secrets(text: str, size: int) -> str:
    """The end of what a task wrote, at most `size` bytes of UTF-8, with secrets, SAS and keys taken out.

    Give it more than `size` bytes where there are more, by `size_of_secrets()`: then none is cut where it begins.
    """
    start = _start_of_end(text, size)
    found = [match.span() for pattern in _patterns() for match in pattern.finditer(text)]
    for begin, end in sorted(found):
        # A secret that is cut in the middle goes as a whole.
        start = end if begin < start < end else start
    kept = text[start:]
    for pattern in _patterns():
        kept = pattern.sub(lambda match: match.group("name") + "***", kept)
    return kept


def size_of_secrets() -> int:
    """How many bytes the longest secret of this process has in the longest form that is looked for, or a SAS."""
    return max([_LONGEST_TOKEN, *(len(form.encode()) for secret in _known for form in _forms(secret))])


def _percent_encoded(content: bytes) -> str:
    return "".join(chr(byte) if re.match(rb"[\w.~-]", bytes([byte])) else f"%{byte:02X}" for byte in content)


def _start_of_end(text: str, size: int) -> int:
    content = text.encode("utf-8", "replace")
    return 0 if len(content) <= size else len(text) - len(content[-size:].decode("utf-8", "ignore"))


def _patterns() -> list[re.Pattern[str]]:
    forms = sorted({form for secret in _known for form in _forms(secret)}, key=len, reverse=True)
    known = [re.compile(f"(?P<name>)(?:{'|'.join(map(re.escape, forms))})")] if forms else []
    return [*known, *_TOKENS]


def _forms(secret: str) -> set[str]:
    """A secret as it stands in the output of programs: as it is, encoded, or a line of it."""
    content = secret.encode("utf-8", "surrogateescape")
    encoded = (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode())
    forms = {secret, secret.strip(), *secret.split("\n"), _percent_encoded(content), *encoded}
    forms |= {form.rstrip("=") for form in encoded} | {json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return {form for form in (each.strip() for each in forms) if len(form) >= _SHORTEST}
