"""The real servers that tests talk to: one Azurite and one emulator for the whole run, started when first asked for.

What they need is imported inside the fixtures, so that a run of pure tests loads nothing of it.
"""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import Cli, clean_environment, unmeasured
from hypothesis import settings

# Shells start what they put in the background without Ctrl-C, and every process below it inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.core.credentials import AccessToken, TokenCredential
    from azure.storage.blob import BlobServiceClient, ContainerClient

    from recipebatch.emulator import Emulator
    from recipebatch.local.azurite.azurite import Azurite
    from recipebatch.service import BlobStore

# Tests start a thousand commands. Where images switch compiled modules off, half of the start of each is compilation.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = ["secret_plugin"]

# A busy machine is no failure: no test asserts a time.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

TIME_SCALE = "10"
"""Divisor of what the local account of `cli` waits for: 30 seconds between two formulas of a pool are 3."""
SERVERS = frozenset(("azurite", "cli", "emulator", "entra_azurite"))
"""Fixtures that start servers."""
LONGEST = (
    "torture/test_torture.py",
    "cli/test_what_goes_wrong.py",
    "recipes/test_topn.py",
    "cli/test_scale.py",
    "cli/commands/test_runs.py",
    "cli/test_whose_run.py",
    "cli/test_idle_pools.py",
    "cli/test_retry.py",
    "cli/test_stopping.py",
    "api/look/test_why.py",
    "browser/test_report.py",
    "cli/test_jobs_and_dependencies.py",
    "cli/test_pools.py",
    # It kills the service, which the next command starts without TIME_SCALE: those that wait come before it.
    "cli/test_continuing.py",
    "local/test_shutdown.py",
    "api/test_options.py",
    "cli/process/test_streams.py",
    "cli/commands/test_plan.py",
    "readme/test_readme.py",
    "node/test_windows_commands.py",
    "local/azurite/test_durability.py",
    "emulator/clients/test_az.py",
    "test_secret_plugin.py",
    "torture/test_losses.py",
    "torture/outputs/test_outputs.py",
    "test_wheel.py",
)
"""Files of tests that take long, longest first. They begin first, so that no process works on one alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, and begin with what takes longest; `--no-loadscope-reorder` keeps this order."""
    longest = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("server")
    items.sort(key=lambda item: longest.get(item.path, len(longest)))


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A real Azurite of this run's own on a free port; tests keep apart by the names of their containers."""
    from recipebatch.local.azurite.azurite import start_azurite

    with start_azurite(tmp_path_factory.mktemp("azurite"), log=print) as running:
        yield running


@pytest.fixture(scope="session")
def blob_service(azurite: Azurite) -> Iterator[BlobServiceClient]:
    """The public SDK's client on that Azurite, with the account key."""
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        yield client


@pytest.fixture(params=["azure"])
def blobs(request: pytest.FixtureRequest, blob_service: BlobServiceClient, azurite: Azurite) -> BlobStore:
    """A storage account of each backend; a new backend adds its name and its client here."""
    from recipebatch.service.azure.blob_client import AzureBlobs

    backends: dict[str, Callable[[], BlobStore]] = {
        "azure": lambda: AzureBlobs(blob_service, account_key=azurite.key),
    }
    return backends[request.param]()


@pytest.fixture
def container(blob_service: BlobServiceClient) -> Iterator[ContainerClient]:
    """An empty container that no other test knows; deleted afterwards."""
    client = blob_service.create_container(f"test-{secrets.token_hex(8)}")
    yield client
    client.delete_container()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A real Batch service of this run's own on a free port; tests keep apart by the ids of their pools and jobs."""
    from recipebatch.emulator import start_emulator

    with start_emulator(tmp_path_factory.mktemp("emulator"), port=0) as running:
        yield running


class FakeEntra:
    """A token credential: tokens with the claims of Entra ID and no signature, which Azurite does not check."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """A token for one hour."""
        from azure.core.credentials import AccessToken

        now = int(time.time())
        tenant = "00000000-0000-0000-0000-000000000001"
        claims = {
            "aud": "https://storage.azure.com",
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 3600,
            "oid": "00000000-0000-0000-0000-000000000002",
            "tid": tenant,
        }
        parts = (json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims))
        encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
        return AccessToken(".".join([*encoded, "bm9uZQ"]), now + 3600)


@pytest.fixture(scope="session")
def entra_credential() -> TokenCredential:
    """A token credential that `entra_azurite` believes."""
    return FakeEntra()


@pytest.fixture(scope="session")
def entra_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a client of `entra_azurite` trusts: `connection_verify=str(entra_certificate)`. Its key lies beside it."""
    return _self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def entra_azurite(tmp_path_factory: pytest.TempPathFactory, entra_certificate: Path) -> Iterator[Azurite]:
    """A second Azurite, over HTTPS, for what goes by Entra ID: bearer tokens and user delegation SAS."""
    from recipebatch.local.azurite.azurite import start_azurite

    key = entra_certificate.with_name("key.pem")
    with start_azurite(
        tmp_path_factory.mktemp("entra"),
        switches=["--oauth", "basic", "--cert", str(entra_certificate), "--key", str(key)],
        preload=[Path(__file__).parent / "azurite_newer_sas.cjs"],
        log=print,
    ) as running:
        yield running


def _self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1, good for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem"


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The command on a local account of its own; after the last test nothing printed holds a key, and nothing runs."""
    folder = tmp_path_factory.mktemp("account")
    command = Cli(clean_environment(folder))
    # The service's own tests measure it: it answers more of its requests in less time.
    started = Cli(unmeasured(command.environ))("emulator", "start", "--time-scale", TIME_SCALE)
    assert started.returncode == 0, started.stderr
    command.printed.clear()
    account = command.account()
    secrets = [account["AZURE_BATCH_ACCESS_KEY"], account["AZURE_STORAGE_KEY"]]
    try:
        yield command
        everything = "".join(command.printed)
        assert not any(secret in everything for secret in secrets)
        assert "sig=" not in everything
    finally:
        stopped = Cli(command.environ)("emulator", "stop")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def write_recipe(tmp_path: Path) -> Callable[..., Path]:
    """A recipe with one small pool; `text` is the rest of it, `name` keeps the runs of tests apart."""

    def write(name: str, text: str, *, pool: str = "") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            f"schema_version: 1\nname: {name}\n"
            f"pool:\n  image: ubuntu-24.04\n  vm_size: standard_d2s_v3\n  target_dedicated_nodes: 1\n{pool}{text}",
            encoding="utf-8",
        )
        return path

    return write
