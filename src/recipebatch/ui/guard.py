"""Guard: which requests are those of the user's own browser. Pure but for the secrets it draws.

Any program and any web page of this machine can send requests to a local port. A request is answered only if it names
this server as its host (a page of another site that has its name resolved to this machine does not), and carries the
cookie that was given in exchange for the token of the address. One that changes something must come from a page of this
server: its origin says so, and it carries a token that only these pages hold.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_HEADER = "X-Recipebatch-Token"  # noqa: S105 - the name of it

_BYTES = 32


class Guard:
    """The secrets of one server.

    Args:
        port: that it listens on.

    Attributes:
        token: in the address that the command prints.
        page_token: what pages send with each request that changes something.
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(_BYTES)
        self.page_token = secrets.token_urlsafe(_BYTES)
        self._session = secrets.token_urlsafe(_BYTES)
        self._once: set[str] = set()
        # Cookies are of a host, whatever its port.
        self._cookie = f"recipebatch_ui_{port}"
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    def once(self) -> str:
        """A token for one use: other users of the machine can read the arguments of a browser's process."""
        token = secrets.token_urlsafe(_BYTES)
        self._once.add(token)
        return token

    def takes(self, token: str) -> bool:
        """Whether a token of an address is right; one for one use is used up."""
        if token in self._once:
            self._once.discard(token)
            return True
        return compare_digest(token.encode(), self.token.encode())

    def cookie(self) -> str:
        """The value of Set-Cookie for a browser that had the token."""
        return f"{self._cookie}={self._session}; Path=/; HttpOnly; SameSite=Strict"

    def names_server(self, headers: Mapping[str, str]) -> bool:
        """Whether a request names this server as its host."""
        return headers.get("Host", "") in self._hosts

    def is_known(self, headers: Mapping[str, str]) -> bool:
        """Whether a request has the cookie."""
        try:
            found = SimpleCookie(headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return found is not None and compare_digest(found.value.encode(), self._session.encode())

    def may_change(self, headers: Mapping[str, str]) -> bool:
        """Whether a request comes from a page of this server, and may change something."""
        own = headers.get("Origin", "") == f"http://{headers.get('Host', '')}"
        same = headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        token = headers.get(TOKEN_HEADER, "")
        return own and same and compare_digest(token.encode(), self.page_token.encode())
