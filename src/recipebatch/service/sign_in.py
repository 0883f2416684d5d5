"""Sign-in with Entra ID: announced, bounded in time, and refused in one sentence."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from recipebatch.errors import ServiceError
from recipebatch.service.bounded_call import call_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import AccessToken, TokenCredential

SECONDS = 20.0
"""How long a sign-in may take; the Azure CLI answers in a few seconds."""

_HINT = (
    "run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET;"
    " or give the account its key (accounts.yaml or AZURE_BATCH_ACCESS_KEY)"
)


class SignInError(ServiceError):
    """Entra ID gave no token."""

    code = "sign-in"


class SignIn:
    """A credential for the Azure SDKs.

    Args:
        authority: the host that signs in, such as `login.microsoftonline.com`; AZURE_AUTHORITY_HOST goes before it.
        say: gets one line before the first sign-in.
        seconds: how long one sign-in may take.
        credential: makes the credential that signs in; default: `DefaultAzureCredential`.
    """

    def __init__(
        self,
        authority: str,
        *,
        say: Callable[[str], None] | None = None,
        seconds: float = SECONDS,
        credential: Callable[[str], TokenCredential] | None = None,
    ) -> None:
        self._authority = authority
        self._say = say
        self._seconds = seconds
        self._make = credential or _default_credential
        self._lock = threading.Lock()
        self._credential: Any = None
        self._failure: SignInError | None = None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scopes.

        Raises:
            SignInError: there is no sign-in, or it took too long; at once if it failed before.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._credential is None:
                if self._say is not None:
                    self._say(f"signing in to Entra ID ({self._authority}) …")
                self._credential = self._make(self._authority)
            try:
                return self._bounded(scopes, options)
            except SignInError as failure:
                self._failure = failure
                raise

    def close(self) -> None:
        """Close the connections of the credential."""
        close = getattr(self._credential, "close", None)
        if close is not None and self._failure is None:
            close()

    def _bounded(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessToken:
        from azure.core.exceptions import ClientAuthenticationError

        credential: TokenCredential = self._credential
        try:
            return call_within(self._seconds, lambda: credential.get_token(*scopes, **options))
        except TimeoutError:
            raise SignInError(f"Entra ID gave no token within {self._seconds:g} s", hint=_HINT) from None
        except ClientAuthenticationError:
            raise SignInError("not signed in to Entra ID: no sign-in of this machine works", hint=_HINT) from None


def _default_credential(authority: str) -> TokenCredential:
    import os

    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(authority=os.environ.get("AZURE_AUTHORITY_HOST") or authority)
