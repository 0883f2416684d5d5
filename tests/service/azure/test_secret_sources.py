from __future__ import annotations

import http.server
import json
import os
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch.config.secret_grants import SecretGrant
from recipebatch.errors import ServiceError, SourcePosition, UsageError
from recipebatch.files import ReadAccess
from recipebatch.recipe import Parameter, SecretSource
from recipebatch.service.azure.secret_sources import SecretAccess, SecretNotGivenError, read_secret, vault_secret
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential

AT = SourcePosition("r.yaml", 3, 1)


def secret(**source: str) -> Parameter:
    return Parameter(name="password", at=AT, type="secret", source=SecretSource(**source))


GIVEN = SecretGrant(variable="PASSWORD")


def access(
    *grants: SecretGrant, settings: Path = Path("nowhere"), folder: Path = Path(), **environ: str
) -> SecretAccess:
    files = ReadAccess.of_recipe(folder)
    return SecretAccess(environ=environ, accounts_file=settings, files=files, grants=grants)


def test_a_recipe_reads_no_variable_that_the_user_did_not_give_to_it() -> None:
    for grants in ((), (SecretGrant(variable="PASSWORD2"),), (SecretGrant(parameter="other", variable="PASSWORD"),)):
        with pytest.raises(SecretNotGivenError, match="may not read the environment variable PASSWORD") as raised:
            read_secret(secret(environment_variable="PASSWORD"), Path(), access(*grants, PASSWORD="x"))
        assert raised.value.hint == "if it may, allow it: --secret PASSWORD"
        assert raised.value.at == AT


def test_variables_that_are_there_for_it_and_those_of_the_settings_are_given(tmp_path: Path) -> None:
    name = "RECIPEBATCH_SECRET_TOKEN"
    assert read_secret(secret(environment_variable=name), Path(), access(RECIPEBATCH_SECRET_TOKEN="x")).reveal() == "x"
    settings = tmp_path / "accounts.yaml"
    settings.write_text("secrets: {variables: [PASSWORD]}\n")
    found = read_secret(secret(environment_variable="PASSWORD"), Path(), access(settings=settings, PASSWORD="y"))
    assert found.reveal() == "y"


def test_the_user_names_another_source_for_a_parameter(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("of a file\n")
    grants = {
        "of a file": SecretGrant(parameter="password", file=tmp_path / "f"),
        "of mine": SecretGrant(parameter="password", variable="MINE"),
        "itself": SecretGrant(parameter="password", value=Secret("itself")),
    }
    for value, grant in grants.items():
        found = read_secret(secret(environment_variable="PASSWORD"), Path(), access(grant, MINE="of mine"))
        assert found.reveal() == value


@pytest.mark.parametrize("written", ["../secret", "link", "~/secret"])
def test_a_file_outside_of_the_recipes_folder_is_read_only_if_the_user_names_it(written: str, tmp_path: Path) -> None:
    folder = tmp_path / "recipe"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match=r"cannot read|outside the recipe's folder"):
        read_secret(secret(file=written), folder, access(folder=folder))
    with pytest.raises(SecretNotGivenError):
        read_secret(secret(file=str(tmp_path / "secret")), folder, access(folder=folder))


def test_a_file_of_a_secret_is_a_regular_file_of_a_bounded_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="it is a pipe, not a regular file"):
        read_secret(secret(file="pipe"), tmp_path, access(folder=tmp_path))
    (tmp_path / "big").write_bytes(b"a" * (1024 * 1024 + 1))
    with pytest.raises(UsageError, match="more than 1,048,576 bytes"):
        read_secret(secret(file="big"), tmp_path, access(folder=tmp_path))


def test_no_token_goes_to_a_host_that_is_no_vault(tmp_path: Path) -> None:
    source = secret(key_vault_url="https://vault.example.com", key_vault_secret="n")
    with pytest.raises(UsageError, match=r"vault\.example\.com is no host of Azure Key Vault"):
        read_secret(source, tmp_path, access())


def test_a_secret_comes_from_an_environment_variable() -> None:
    found = read_secret(secret(environment_variable="PASSWORD"), Path(), access(GIVEN, PASSWORD="x"))
    assert found.reveal() == "x"
    assert "x" not in repr(found).replace("Secret", "")


def test_a_variable_that_is_not_set_is_said_at_the_parameter() -> None:
    with pytest.raises(UsageError, match="PASSWORD is not set") as raised:
        read_secret(secret(environment_variable="PASSWORD"), Path(), access(GIVEN))
    assert raised.value.at == AT


def test_a_secret_comes_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("two\nlines\n")
    assert read_secret(secret(file="p"), tmp_path, access(folder=tmp_path)).reveal() == "two\nlines"


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_secret(secret(file=str(tmp_path / "nowhere")), tmp_path, access(folder=tmp_path))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UnicodeDecodeError"):
        read_secret(secret(file=str(tmp_path / "binary")), tmp_path, access(folder=tmp_path))


class Vault(http.server.BaseHTTPRequestHandler):
    """The two answers of a vault that matter; what it was sent is kept for the test."""

    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        type(self).seen.append((self.path, self.headers["Authorization"]))
        if self.path.startswith(("/secrets/moved?", "/secrets/challenge?")):
            self._send_elsewhere()
            return
        known = self.path.startswith("/secrets/password?")
        body = {"value": "from the vault"} if known else {"error": {"code": "SecretNotFound", "message": "no such"}}
        data = json.dumps(body).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_elsewhere(self) -> None:
        """A redirect, or a challenge that names another place to sign in at, to this server under another name."""
        port = self.headers["Host"].partition(":")[2]
        self.send_response(302 if "moved" in self.path else 401)
        self.send_header("Location", f"https://localhost:{port}/elsewhere")
        self.send_header(
            "WWW-Authenticate", f'Bearer authorization="https://localhost:{port}/sign-in", resource="https://x"'
        )
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@pytest.fixture
def vault(entra_certificate: Path) -> Iterator[str]:
    """A server that speaks TLS as a vault does; its address."""
    Vault.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(entra_certificate, entra_certificate.with_name("key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_secret_comes_from_a_key_vault_with_a_token(
    vault: str, entra_certificate: Path, entra_credential: TokenCredential
) -> None:
    found = vault_secret(vault, "password", entra_credential, connection_verify=str(entra_certificate))
    assert found.reveal() == "from the vault"
    ((path, authorization),) = Vault.seen
    assert path == "/secrets/password?api-version=7.4"
    assert authorization.startswith("Bearer ")


def test_a_vault_that_does_not_have_it_is_an_error_of_the_service(
    vault: str, entra_certificate: Path, entra_credential: TokenCredential
) -> None:
    with pytest.raises(ServiceError, match="reading secret other"):
        vault_secret(vault, "other", entra_credential, connection_verify=str(entra_certificate))


@pytest.mark.parametrize("name", ["moved", "challenge"])
def test_a_vault_that_sends_elsewhere_is_not_followed(
    name: str, vault: str, entra_certificate: Path, entra_credential: TokenCredential
) -> None:
    with pytest.raises(ServiceError, match=f"reading secret {name}"):
        vault_secret(vault, name, entra_credential, connection_verify=str(entra_certificate))
    assert [path.partition("?")[0] for path, _ in Vault.seen] == [f"/secrets/{name}"]
