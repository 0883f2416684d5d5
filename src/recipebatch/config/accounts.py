"""Flags > environment > user file > defaults; each value remembers its origin. Accounts, above all.

Nothing here stands in a recipe: a recipe is shared, an account is not.
"""

from __future__ import annotations

import getpass
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.errors import SourcePosition, UsageError
from recipebatch.text.lines import is_tab_indentation, line_of, with_tabs
from recipebatch.text.secret import Secret
from recipebatch.text.terminal import printable
from recipebatch.vocabulary.clouds import cloud_of, region_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOCAL = "local"
DEFAULT_IDLE_MINUTES = 30.0
# The Batch service works on one request for 30 seconds at most. Source: Batch REST API, `timeout`.
DEFAULT_REQUEST_TIMEOUT = 60.0

_MAX_OWNER = 64
_BATCH_VARIABLES = ("AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCESS_KEY")
_ACCOUNT_KEYS = frozenset(
    {"batch_account", "batch_endpoint", "batch_key", "storage_account", "storage_endpoint", "storage_key"}
    | {"management_endpoint", "region", "storage_connection_string", "subscription_id"}
)
_SECRET_KEYS = frozenset({"batch_key", "storage_key", "storage_connection_string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAccount:
    """A Batch account with its storage account.

    Attributes:
        name: as `--account` takes it; `environment` for the one the variables name.
        batch_key, storage_key: None means Entra ID through DefaultAzureCredential.
        region: of the Batch account, such as `westeurope`; empty if neither its address nor the file says it.
        subscription_id: of the Batch account; empty looks in all that the sign-in can see.
        management_endpoint: of Azure Resource Manager, which tells quotas.
    """

    name: str
    origin: str
    batch_account: str
    batch_endpoint: str
    batch_key: Secret | None
    storage_account: str
    blob_endpoint: str
    storage_key: Secret | None
    region: str = ""
    subscription_id: str = ""
    management_endpoint: str = ""

    def __str__(self) -> str:
        sign_in = "shared key" if self.batch_key is not None else "Entra ID"
        return f"{self.name} (Batch {self.batch_endpoint}, storage {self.storage_account}, {sign_in}; {self.origin})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChoice:
    """The account on this machine; what it is made of, `recipebatch.local` knows."""

    origin: str
    idle_minutes: float | None

    name = LOCAL


Account = AzureAccount | LocalChoice


def owner(environ: Mapping[str, str]) -> str:
    """Who runs: RECIPEBATCH_OWNER, or the name of the user."""
    # It stands in metadata, which travels in headers: one line, not too long.
    if given := printable(" ".join(environ.get("RECIPEBATCH_OWNER", "").split()))[:_MAX_OWNER]:
        return given
    try:
        return printable(getpass.getuser())
    except (OSError, KeyError, ImportError):
        return "unknown"


def factory_refusal(name: str, folder: Path, here: Path, environ: Mapping[str, str]) -> str | None:
    """Why a custom factory must not run for a recipe, or None.

    A recipe of the current folder or below it is the user's own affair. One that comes from elsewhere chooses what code
    runs here, so the user names the factories that may: `RECIPEBATCH_ALLOW_FACTORIES=grid,sobol`, or `all`.

    Args:
        name: of the factory.
        folder: of the recipe file, links followed.
        here: where the user stands, links followed.
        environ: the user's environment.
    """
    allowed = {entry.strip() for entry in environ.get("RECIPEBATCH_ALLOW_FACTORIES", "").split(",")}
    if folder.is_relative_to(here) or name in allowed or "all" in allowed:
        return None
    return f"the recipe comes from elsewhere ({folder}): its factory {name} would run code on this machine"


def allow_paths(accounts_file: Path) -> tuple[str, ...]:
    """The files and folders that any recipe may read: `allow_paths` of `accounts.yaml`.

    Raises:
        UsageError: it is not a list of paths.
    """
    paths = read_settings(accounts_file).get("allow_paths") or []
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise UsageError(f"{accounts_file}: allow_paths must be a list of paths", hint="for example: [/data/shared]")
    return tuple(map(str, paths))


def account(name: str | None, environ: Mapping[str, str], accounts_file: Path) -> Account:
    """The account to work on: the flag, RECIPEBATCH_ACCOUNT, the Azure CLI's variables, the file's default, local.

    Raises:
        UsageError: it is not known, or lacks something; or its file can be read by others and holds a key.
    """
    origin = "--account"
    if name is None and environ.get("RECIPEBATCH_ACCOUNT"):
        name, origin = environ["RECIPEBATCH_ACCOUNT"], "RECIPEBATCH_ACCOUNT"
    if name is None and any(environ.get(variable) for variable in _BATCH_VARIABLES):
        return _from_environment(environ)
    if name is None:
        default = read_settings(accounts_file).get("default") if accounts_file.is_file() else None
        if default is not None:
            name, origin = str(default), f"default of {accounts_file}"
    if name is None:
        return LocalChoice(origin="no account is configured", idle_minutes=_idle_minutes(environ))
    if name == LOCAL:
        return LocalChoice(origin=origin, idle_minutes=_idle_minutes(environ))
    if name == "environment":
        return _from_environment(environ)
    return _from_file(name, accounts_file, environ)


def _idle_minutes(environ: Mapping[str, str]) -> float | None:
    """Minutes after which an unused local account stops by itself; None is never. From RECIPEBATCH_IDLE_MINUTES."""
    text = environ.get("RECIPEBATCH_IDLE_MINUTES")
    if text is None:
        return DEFAULT_IDLE_MINUTES
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < float("inf"):
        raise UsageError(f"RECIPEBATCH_IDLE_MINUTES is {text!r}, not a number of minutes", hint="0 means never")
    return minutes or None


def request_timeout(environ: Mapping[str, str]) -> float:
    """Seconds that a service may be silent before a request counts as lost. From RECIPEBATCH_REQUEST_TIMEOUT.

    Raises:
        UsageError: it is no number of seconds above 0.
    """
    text = environ.get("RECIPEBATCH_REQUEST_TIMEOUT", "")
    if not text:
        return DEFAULT_REQUEST_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"RECIPEBATCH_REQUEST_TIMEOUT is {text!r}, not a number of seconds", hint="for example 60")
    return seconds


def _from_environment(environ: Mapping[str, str]) -> AzureAccount:
    batch_account = environ.get("AZURE_BATCH_ACCOUNT")
    endpoint = environ.get("AZURE_BATCH_ENDPOINT")
    for variable, value in (("AZURE_BATCH_ACCOUNT", batch_account), ("AZURE_BATCH_ENDPOINT", endpoint)):
        if not value:
            raise UsageError(
                f"{variable} is not set, but another AZURE_BATCH_ variable is",
                hint="set both AZURE_BATCH_ACCOUNT and AZURE_BATCH_ENDPOINT, or use --account local",
            )
    values = {
        "batch_account": batch_account,
        "batch_endpoint": endpoint,
        "batch_key": environ.get("AZURE_BATCH_ACCESS_KEY"),
        "storage_account": environ.get("AZURE_STORAGE_ACCOUNT"),
        "storage_key": environ.get("AZURE_STORAGE_KEY"),
        "storage_connection_string": environ.get("AZURE_STORAGE_CONNECTION_STRING"),
        "subscription_id": environ.get("AZURE_SUBSCRIPTION_ID"),
    }
    given = {key: value for key, value in values.items() if value}
    return _azure_account("environment", "from the environment", given)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageAccount:
    """A storage account beside that of the run; a key of None means Entra ID."""

    name: str
    storage_account: str
    blob_endpoint: str
    storage_key: Secret | None


def storage_account(name: str, environ: Mapping[str, str], accounts_file: Path) -> StorageAccount:
    """The storage account of an entry of `accounts.yaml`, which needs no Batch account for that.

    Raises:
        UsageError: there is no such entry, or it names no storage account.
    """
    values = _entry(name, accounts_file, environ, required=())
    account = _azure_account(name, f"from {accounts_file}", {"batch_account": "", "batch_endpoint": "", **values})
    return StorageAccount(
        name=name,
        storage_account=account.storage_account,
        blob_endpoint=account.blob_endpoint,
        storage_key=account.storage_key,
    )


def _from_file(name: str, path: Path, environ: Mapping[str, str]) -> AzureAccount:
    values = _entry(name, path, environ, required=("batch_account", "batch_endpoint"))
    return _azure_account(name, f"from {path}", values)


def _entry(name: str, path: Path, environ: Mapping[str, str], *, required: Sequence[str]) -> dict[str, str]:
    """The values of one entry of the file, with its secrets read."""
    if not path.is_file():
        raise UsageError(f"account {name} is not known: there is no {path}", hint="--account local needs no file")
    body = read_settings(path)
    accounts = body.get("accounts")
    if not isinstance(accounts, dict):
        raise UsageError(f"{path} must hold `accounts:` with one entry per account, by its name")
    entry = accounts.get(name)
    if not isinstance(entry, dict):
        known = ", ".join(sorted(map(str, accounts))) or "none"
        raise UsageError(f"account {name} is not in {path}", hint=f"it knows: {known}; and local")
    written: Any = accounts
    # An account that came in by a merge key is written elsewhere.
    line, column = written.lc.key(name) if name in written.lc.data else (written.lc.line, written.lc.col)
    at = SourcePosition(str(path), line + 1, column + 1)
    for key in entry:
        if key not in _ACCOUNT_KEYS:
            raise UsageError(
                f"account {name}: unknown key {key!r}", hint="it takes " + ", ".join(sorted(_ACCOUNT_KEYS)), at=at
            )
    for key in _SECRET_KEYS & entry.keys():
        if isinstance(entry[key], str):
            _refuse_readable_by_others(path, key)
    values = {str(key): _value(name, key, value, environ, at) for key, value in entry.items()}
    for key in required:
        if key not in values:
            raise UsageError(f"account {name} lacks {key}", at=at)
    return values


def _value(account_name: str, key: str, value: Any, environ: Mapping[str, str], at: SourcePosition) -> str:
    """A value as it stands, or a secret by its source: `{environment_variable: NAME}` or `{file: PATH}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and key in _SECRET_KEYS and len(value) == 1:
        kind, source = next(iter(value.items()))
        if kind == "environment_variable":
            if found := environ.get(str(source)):
                return found
            raise UsageError(f"account {account_name}: {key}: the variable {source} is not set", at=at)
        if kind == "file":
            try:
                return Path(str(source)).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise UsageError(f"account {account_name}: {key}: cannot read {source}: {reason}", at=at) from None
    raise UsageError(
        f"account {account_name}: {key} must be a text",
        hint="a key may also be {environment_variable: NAME} or {file: PATH}",
        at=at,
    )


def _azure_account(name: str, origin: str, values: Mapping[str, str | None]) -> AzureAccount:
    batch_key, storage_key = values.get("batch_key"), values.get("storage_key")
    storage_account = values.get("storage_account")
    blob_endpoint = values.get("storage_endpoint")
    if connection_string := values.get("storage_connection_string"):
        parts = _connection_string(name, connection_string)
        if storage_account and storage_account != parts["accountname"]:
            raise UsageError(
                f"account {name}: the connection string is of {parts['accountname']}, not of {storage_account}",
                hint="name the storage account once",
            )
        storage_account, storage_key = parts["accountname"], parts["accountkey"]
        blob_endpoint = parts.get("blobendpoint") or (
            f"{parts.get('defaultendpointsprotocol', 'https')}://{storage_account}.blob."
            f"{parts.get('endpointsuffix', 'core.windows.net')}"
        )
    if not storage_account:
        raise UsageError(
            f"account {name} names no storage account",
            hint="set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY (or Entra ID)",
        )
    endpoint = str(values["batch_endpoint"]).rstrip("/")
    if "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    return AzureAccount(
        name=name,
        origin=origin,
        batch_account=str(values["batch_account"]),
        batch_endpoint=endpoint,
        batch_key=Secret(batch_key) if batch_key else None,
        storage_account=storage_account,
        blob_endpoint=(blob_endpoint or f"https://{storage_account}.blob.{cloud_of(endpoint).storage_suffix}").rstrip(
            "/"
        ),
        storage_key=Secret(storage_key) if storage_key else None,
        region=values.get("region") or region_of(endpoint),
        subscription_id=values.get("subscription_id") or "",
        management_endpoint=values.get("management_endpoint") or f"https://{cloud_of(endpoint).management}",
    )


def _connection_string(name: str, text: str) -> dict[str, str]:
    parts = {}
    for item in text.split(";"):
        key, equals, value = item.partition("=")
        if equals:
            parts[key.strip().lower()] = value.strip()
    if "accountname" not in parts or "accountkey" not in parts:
        raise UsageError(
            f"account {name}: the storage connection string holds no account name and key",
            hint="recipebatch signs SAS tokens for the nodes: it needs the account key, or Entra ID without a string",
        )
    return parts


def _refuse_readable_by_others(path: Path, key: str) -> None:
    if sys.platform == "win32":
        return
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{path} holds a {key} and can be read by others", hint=f"chmod 600 {path}")


def read_settings(path: Path) -> Any:
    """What `accounts.yaml` holds; errors as of `read_mapping`."""
    return read_mapping(path, "`accounts:`, one entry per account")


def read_mapping(path: Path, holds: str) -> Any:
    """What a YAML file of settings holds: a mapping with positions (ruamel.yaml's `lc`).

    Args:
        path: of the file.
        holds: what it must hold, for an error.

    Raises:
        UsageError: it is not YAML, or no mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.scanner import RoundTripScanner

    yaml = YAML(typ="rt")
    yaml.Scanner = with_tabs(RoundTripScanner)
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        body = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        at = SourcePosition(str(path), mark.line + 1, mark.column + 1) if mark is not None else None
        if at is not None and is_tab_indentation(line_of(text, at.line), at.column):
            raise UsageError("a tab cannot indent YAML", hint="indent with spaces", at=at) from None
        # What the parser says of it may quote a key.
        raise UsageError(f"not YAML ({type(error).__name__})", at=at) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise UsageError(f"cannot read {path}: {type(error).__name__}") from None
    if not isinstance(body, dict):
        raise UsageError(f"{path} must hold {holds}")
    return body
