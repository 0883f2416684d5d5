"""Values of `secret` parameters, read where the recipe says they are, in the moment they are needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from recipebatch.config.secret_grants import granted_vault_hosts, is_granted
from recipebatch.errors import UsageError
from recipebatch.files import RefusedPathError, read_regular
from recipebatch.service.azure.sdk_errors import translated
from recipebatch.service.sign_in import SignIn
from recipebatch.text.secret import Secret
from recipebatch.vocabulary.clouds import cloud_of
from recipebatch.vocabulary.key_vaults import is_azure_vault, vault_host, vault_scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from azure.core.credentials import TokenCredential

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.files import ReadAccess
    from recipebatch.recipe import Parameter

_VAULT_API_VERSION = "7.4"


class SecretNotGivenError(UsageError):
    """A recipe reads a secret from what the user did not give to it."""

    code = "secret-not-given"


MAX_FILE_BYTES = 1024 * 1024
"""What a file of a secret may hold; a request to the service holds little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAccess:
    """What of this machine the secrets of recipes may be read from.

    Attributes:
        environ: the user's environment.
        accounts_file: the user's settings.
        files: which local files the recipe may read.
        grants: what the user gave for this recipe.
    """

    environ: Mapping[str, str]
    accounts_file: Path
    files: ReadAccess
    grants: Sequence[SecretGrant] = ()


def read_secret(parameter: Parameter, folder: Path, access: SecretAccess) -> Secret:
    """Read one secret: an environment variable, a file (one trailing newline is not part of it), or Azure Key Vault.

    Args:
        parameter: of type `secret`.
        folder: where a relative path of a file starts: that of the recipe.
        access: what may be read.

    Raises:
        SecretNotGivenError: the user did not give what it is read from.
        UsageError: it is not there.
        ServiceError: the vault refused.
    """
    source = parameter.source
    if source is None:
        raise UsageError(f"parameter {parameter.name} is no secret", at=parameter.at)
    own = next((grant for grant in access.grants if grant.parameter == parameter.name), None)
    if own is not None:
        return _granted(parameter, own, access)
    if source.environment_variable is not None:
        if not is_granted(source.environment_variable, access.grants, access.accounts_file):
            raise SecretNotGivenError(
                f"secret {parameter.name}: the recipe may not read the environment variable"
                f" {source.environment_variable}",
                hint=f"if it may, allow it: --secret {source.environment_variable}",
                at=parameter.at,
            )
        return _variable(parameter, source.environment_variable, access)
    if source.file is not None:
        try:
            return _file(parameter, access.files.checked(folder / source.file))
        except RefusedPathError as error:
            raise SecretNotGivenError(
                f"secret {parameter.name}: {error}",
                hint=f"if it may be read, name the file: --secret {parameter.name}=file:PATH",
                at=parameter.at,
            ) from None
    host = vault_host(str(source.key_vault_url))
    if not is_azure_vault(host) and host not in granted_vault_hosts(access.accounts_file):
        raise UsageError(f"secret {parameter.name}: {host} is no host of Azure Key Vault", at=parameter.at)
    credential = SignIn(cloud_of(host).authority)
    try:
        return vault_secret(f"https://{host}", str(source.key_vault_secret), credential, scope=vault_scope(host))
    finally:
        credential.close()


def _granted(parameter: Parameter, grant: SecretGrant, access: SecretAccess) -> Secret:
    if grant.value is not None:
        return grant.value
    return (
        _file(parameter, os.path.realpath(grant.file))
        if grant.file is not None
        else _variable(parameter, str(grant.variable), access)
    )


def _variable(parameter: Parameter, name: str, access: SecretAccess) -> Secret:
    value = access.environ.get(name)
    if not value:
        raise UsageError(f"secret {parameter.name}: the environment variable {name} is not set", at=parameter.at)
    return Secret(value)


def _file(parameter: Parameter, path: str) -> Secret:
    """The text of a regular file of a bounded size; a pipe or a device would wait, or never end."""
    try:
        text = read_regular(path, MAX_FILE_BYTES).decode("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UsageError(f"secret {parameter.name}: cannot read {path}: {reason}", at=parameter.at) from None
    return Secret(text.removesuffix("\n"))


def vault_secret(
    vault_url: str,
    name: str,
    credential: TokenCredential,
    *,
    scope: str = vault_scope("v.vault.azure.net"),
    **transport: Any,
) -> Secret:
    """The current version of a secret in Azure Key Vault. Source: Key Vault REST API, "Get Secret".

    The token goes to this address and no other: no policy follows a redirect or a challenge.

    Raises:
        ServiceError: the vault or the identity refused.
    """
    from azure.core import PipelineClient
    from azure.core.exceptions import HttpResponseError
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
    from azure.core.rest import HttpRequest

    policies = [RetryPolicy(), BearerTokenCredentialPolicy(credential, scope)]
    url = f"{vault_url.rstrip('/')}/secrets/{name}?api-version={_VAULT_API_VERSION}"
    with (
        translated(f"reading secret {name} of {vault_url}"),
        PipelineClient[Any, Any](vault_url, policies=policies, **transport) as client,
    ):
        response = client.send_request(HttpRequest("GET", url, headers={"Accept": "application/json"}))
        if response.status_code != HTTPStatus.OK:
            raise HttpResponseError(response=response)
        return Secret(response.json()["value"])
