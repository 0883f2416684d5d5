"""Values of `secret` parameters, read where the recipe says they are, in the moment they are needed."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.errors import UsageError
from recipebatch.service.azure.sdk_errors import translated
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.credentials import TokenCredential

    from recipebatch.recipe import Parameter

_VAULT_API_VERSION = "7.4"
_VAULT_SCOPE = "https://vault.azure.net/.default"


def read_secret(parameter: Parameter, environ: Mapping[str, str], folder: Path) -> Secret:
    """Read one secret: an environment variable, a file (one trailing newline is not part of it), or Azure Key Vault.

    Args:
        parameter: of type `secret`.
        environ: the user's environment.
        folder: where a relative path of a file starts: that of the recipe.

    Raises:
        UsageError: it is not there.
        ServiceError: the vault refused.
    """
    source = parameter.source
    if source is None:
        raise UsageError(f"parameter {parameter.name} is no secret", at=parameter.at)
    if source.environment_variable is not None:
        value = environ.get(source.environment_variable)
        if not value:
            raise UsageError(
                f"secret {parameter.name}: the environment variable {source.environment_variable} is not set",
                at=parameter.at,
            )
        return Secret(value)
    if source.file is not None:
        try:
            return Secret((folder / Path(source.file).expanduser()).read_text(encoding="utf-8").removesuffix("\n"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UsageError(f"secret {parameter.name}: cannot read {source.file}: {reason}", at=parameter.at) from None
    from azure.identity import DefaultAzureCredential

    with DefaultAzureCredential() as credential:
        return vault_secret(str(source.key_vault_url), str(source.key_vault_secret), credential)


def vault_secret(vault_url: str, name: str, credential: TokenCredential, **transport: Any) -> Secret:
    """The current version of a secret in Azure Key Vault. Source: Key Vault REST API, "Get Secret".

    Raises:
        ServiceError: the vault or the identity refused.
    """
    from azure.core import PipelineClient
    from azure.core.exceptions import HttpResponseError
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
    from azure.core.rest import HttpRequest

    policies = [RetryPolicy(), BearerTokenCredentialPolicy(credential, _VAULT_SCOPE)]
    url = f"{vault_url.rstrip('/')}/secrets/{name}?api-version={_VAULT_API_VERSION}"
    with (
        translated(f"reading secret {name} of {vault_url}"),
        PipelineClient[Any, Any](vault_url, policies=policies, **transport) as client,
    ):
        response = client.send_request(HttpRequest("GET", url, headers={"Accept": "application/json"}))
        if response.status_code != HTTPStatus.OK:
            raise HttpResponseError(response=response)
        return Secret(response.json()["value"])
