from __future__ import annotations

import http.server
import json
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import ServiceError, SourcePosition, UsageError
from recipebatch.recipe import Parameter, SecretSource
from recipebatch.service.azure.secret_sources import read_secret, vault_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential

AT = SourcePosition("r.yaml", 3, 1)


def secret(**source: str) -> Parameter:
    return Parameter(name="password", at=AT, type="secret", source=SecretSource(**source))


def test_a_secret_comes_from_an_environment_variable() -> None:
    found = read_secret(secret(environment_variable="PASSWORD"), {"PASSWORD": "x"}, Path())
    assert found.reveal() == "x"
    assert "x" not in repr(found).replace("Secret", "")


def test_a_variable_that_is_not_set_is_said_at_the_parameter() -> None:
    with pytest.raises(UsageError, match="PASSWORD is not set") as raised:
        read_secret(secret(environment_variable="PASSWORD"), {}, Path())
    assert raised.value.at == AT


def test_a_secret_comes_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("two\nlines\n")
    assert read_secret(secret(file="p"), {}, tmp_path).reveal() == "two\nlines"


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_secret(secret(file=str(tmp_path / "nowhere")), {}, tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UnicodeDecodeError"):
        read_secret(secret(file=str(tmp_path / "binary")), {}, tmp_path)


class Vault(http.server.BaseHTTPRequestHandler):
    """The two answers of a vault that matter; what it was sent is kept for the test."""

    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        type(self).seen.append((self.path, self.headers["Authorization"]))
        known = self.path.startswith("/secrets/password?")
        body = {"value": "from the vault"} if known else {"error": {"code": "SecretNotFound", "message": "no such"}}
        data = json.dumps(body).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

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
