from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.execution.doctor.machine import check_certificates, check_disk, check_engine, check_node, check_proxy

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024


def test_a_full_disk_keeps_a_run_from_starting(tmp_path: Path) -> None:
    for free, state in ((MIB, "bad"), (500 * MIB, "warning"), (5000 * MIB, "fine")):
        assert check_disk(tmp_path / "not" / "there", lambda _folder, free=free: free).state == state  # type: ignore[misc]
    assert check_disk(tmp_path, lambda _: MIB).message == f"1.0 MiB free in {tmp_path}"
    assert check_disk(tmp_path).state in {"fine", "warning", "bad"}


@pytest.mark.parametrize("proxy", ["here:3128", "http://", "http://h:port", "nonsense"])
def test_a_proxy_that_is_no_address(proxy: str) -> None:
    found = check_proxy({"HTTPS_PROXY": proxy}, is_local=False)
    assert (found.state, found.message) == ("bad", "HTTPS_PROXY is no address of a proxy")
    assert found.cure
    assert check_proxy({"HTTPS_PROXY": proxy}, is_local=True).state == "not needed"


def test_a_proxy_is_shown_without_its_password() -> None:
    found = check_proxy({"https_proxy": "http://me:secret@proxy.test:3128"}, is_local=False)
    assert (found.state, found.message) == ("fine", "https_proxy=proxy.test")
    assert check_proxy({}, is_local=False).message == "none is set"


def test_certificates_that_cannot_be_used(tmp_path: Path, entra_certificate: Path) -> None:
    missing = check_certificates({"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}, is_local=False)
    assert (missing.state, "there is no such file" in missing.message) == ("bad", True)
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n")
    assert check_certificates({"SSL_CERT_FILE": str(broken)}, is_local=False).state == "bad"
    assert check_certificates({"SSL_CERT_FILE": str(entra_certificate)}, is_local=False).state == "fine"
    assert check_certificates({"SSL_CERT_FILE": str(tmp_path)}, is_local=False).state == "fine"
    assert check_certificates({}, is_local=False).message == "those of the package certifi"
    assert check_certificates({"SSL_CERT_FILE": str(broken)}, is_local=True).state == "not needed"


def test_an_engine_is_needed_where_containers_run_here() -> None:
    assert check_engine(is_local=True, images=True, engine=lambda: None).state == "bad"
    assert check_engine(is_local=True, images=False, engine=lambda: None).state == "not needed"
    assert check_engine(is_local=True, images=True, engine=lambda: ("/bin/podman", "")).message == "/bin/podman"
    assert check_engine(is_local=False, images=True, engine=lambda: None).state == "not needed"


def test_an_engine_that_does_not_work_runs_no_container() -> None:
    stopped = ("/bin/docker", "cannot connect to the daemon")
    check = check_engine(is_local=True, images=True, engine=lambda: stopped)
    said = "/bin/docker does not work: cannot connect to the daemon; the recipe runs containers"
    assert (check.state, check.message, check.cure) == ("bad", said, "start it")
    assert check_engine(is_local=True, images=False, engine=lambda: stopped).state == "not needed"


def test_an_azure_account_needs_no_package_of_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.modules['recipebatch.emulator'] = None; import recipebatch.execution.doctor.everything"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    monkeypatch.setitem(sys.modules, "recipebatch.emulator", None)
    assert check_engine(is_local=True, images=True).state == "not checked"
    assert check_engine(is_local=False, images=True).state == "not needed"


def test_the_engine_of_this_machine_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("recipebatch.emulator.find_engine", lambda: str(docker))
    assert "docker does not work: no daemon" in check_engine(is_local=True, images=True).message
    docker.write_text("#!/bin/sh\nexit 0\n")
    assert check_engine(is_local=True, images=True).message == str(docker)


def test_node_js_is_needed_by_the_local_account_only() -> None:
    assert check_node(is_local=False).state == "not needed"
    assert check_node(is_local=True).state == "fine"
