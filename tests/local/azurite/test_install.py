from __future__ import annotations

import hashlib
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from certificates import write_certificate

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite import ensure_azurite_installed
from recipebatch.local.azurite.install import PIN, azurite_version, ensure_installed, install_folder, main_script
from recipebatch.local.azurite.manifest import manifest_file, write_manifest
from recipebatch.local.azurite.node import Node, find_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAKE_NPM = """
const fs = require("node:fs");
fs.appendFileSync(process.env.CALLS, process.argv[2] + "\\n");
if (process.argv[2] === "view") process.exit(0);
if (process.env.HANG) return setInterval(() => {}, 1000);
fs.mkdirSync("node_modules/azurite/dist/src/blob", { recursive: true });
fs.writeFileSync("node_modules/azurite/package.json", JSON.stringify({ version: process.env.VERSION }));
fs.writeFileSync("node_modules/azurite/dist/src/blob/main.js", "");
"""

INSTALLER = """
import sys
from pathlib import Path
from recipebatch.local.azurite.install import ensure_installed
from recipebatch.local.azurite.node import Node
node = Node(Path(sys.argv[2]), Path(sys.argv[3]))
ensure_installed(Path(sys.argv[1]), node, say=print)
"""


@pytest.fixture
def quick_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    """The real Node.js with a fake npm that needs no network and logs its calls in the file `calls`."""
    script = tmp_path / "npm.js"
    script.write_text(FAKE_NPM)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("VERSION", azurite_version())
    return Node(find_node().program, script)


def installer(cache: Path, node: Node) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", INSTALLER, str(cache), str(node.program), str(node.npm)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def hidden(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if not path.name.endswith(".lock")]


def test_every_package_of_the_lock_file_has_a_hash_and_no_place_and_no_script() -> None:
    text = (PIN / "package-lock.json").read_text()
    lock = json.loads(text)
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert lock["lockfileVersion"] == 3
    assert packages["node_modules/azurite"]["version"] == azurite_version()
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package or "hasInstallScript" in package for package in packages.values())
    assert "://" not in text


def test_it_is_installed_once(tmp_path: Path, quick_npm: Node) -> None:
    said: list[str] = []
    first = ensure_installed(tmp_path / "cache", quick_npm, say=said.append)
    second = ensure_installed(tmp_path / "cache", quick_npm, say=said.append)
    assert first == second == install_folder(tmp_path / "cache")
    assert main_script(first).is_file()
    assert said == [f"installing Azurite {azurite_version()} with npm, once: it takes from 10 seconds to some minutes…"]
    assert (tmp_path / "calls").read_text().split() == ["view", "ci"]


def test_processes_that_install_at_once_install_it_once(tmp_path: Path, quick_npm: Node) -> None:
    cache = tmp_path / "cache"
    started = [installer(cache, quick_npm) for _ in range(3)]
    said = "".join(process.communicate()[0] for process in started)
    assert [process.returncode for process in started] == [0, 0, 0]
    assert said.count("installing Azurite 3") == 1
    assert (tmp_path / "calls").read_text().split().count("ci") == 1
    assert hidden(cache) == [install_folder(cache).name]


def test_a_killed_installation_leaves_nothing_that_counts(
    tmp_path: Path, quick_npm: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, calls = tmp_path / "cache", tmp_path / "calls"
    monkeypatch.setenv("HANG", "1")
    with installer(cache, quick_npm) as killed:
        while not calls.exists() or "ci" not in calls.read_text():
            assert killed.poll() is None
        killed.kill()
    assert not install_folder(cache).exists()
    assert len(hidden(cache)) == 1
    monkeypatch.delenv("HANG")
    ensure_installed(cache, quick_npm, say=print)
    assert hidden(cache) == [install_folder(cache).name]


def test_another_version_than_the_pinned_one_is_refused(
    tmp_path: Path, quick_npm: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERSION", "0.0.1")
    with pytest.raises(LocalAccountError, match=r"installed Azurite 0\.0\.1 instead of"):
        ensure_installed(tmp_path / "cache", quick_npm, say=print)
    assert hidden(tmp_path / "cache") == []


def test_no_network_says_what_was_tried_what_npm_said_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    with pytest.raises(LocalAccountError) as error:
        ensure_installed(tmp_path / "cache", find_node(), say=print)
    assert re.search(r"could not be installed: `npm view azurite@.*exit code 1", error.value.message)
    assert "ECONNREFUSED" in error.value.message
    assert "registry" in str(error.value.hint)
    assert "proxy" in str(error.value.hint)
    assert hidden(tmp_path / "cache") == []


@pytest.fixture
def tls_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only registry speaks TLS with a certificate of its own, whose file this is, and has no package."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # answers 501 to every GET
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("npm_config_registry", f"https://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    yield certificate
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("tls_registry")
def test_a_certificate_that_is_not_trusted_names_the_variable_to_set(tmp_path: Path) -> None:
    with pytest.raises(LocalAccountError) as error:
        ensure_installed(tmp_path / "cache", find_node(), say=print)
    assert "CERT" in error.value.message
    assert "NODE_EXTRA_CA_CERTS" in str(error.value.hint)


def test_the_certificates_of_the_system_are_trusted_by_npm_too(
    tmp_path: Path, tls_registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_registry))
    with pytest.raises(LocalAccountError) as error:
        ensure_installed(tmp_path / "cache", find_node(), say=print)
    assert "CERT" not in error.value.message
    assert "501" in error.value.message


def test_nobody_else_can_read_or_change_an_installation(tmp_path: Path, quick_npm: Node) -> None:
    before = os.umask(0)
    try:
        folder = ensure_installed(tmp_path / "cache", quick_npm, say=print)
    finally:
        os.umask(before)
    for path in (folder.parent, folder, main_script(folder), manifest_file(folder)):
        assert path.stat().st_mode & 0o077 == 0
    hashes = json.loads(manifest_file(folder).read_text())
    empty = hashlib.sha256(b"").hexdigest()
    assert hashes[str(main_script(folder).relative_to(folder))] == empty
    assert "node_modules/azurite/package.json" in hashes


@pytest.mark.parametrize("mode", [0o775, 0o777, 0o1777])
def test_a_cache_that_others_can_write_to_is_refused(tmp_path: Path, quick_npm: Node, mode: int) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(mode)
    with pytest.raises(LocalAccountError, match="other users can write to the folder"):
        ensure_installed(cache, quick_npm, say=print)
    assert list(cache.iterdir()) == []


def test_an_installation_of_an_earlier_version_is_taken_over_if_nobody_could_change_it(
    tmp_path: Path, quick_npm: Node
) -> None:
    cache = tmp_path / "cache"
    folder = ensure_installed(cache, quick_npm, say=print)
    calls = (tmp_path / "calls").read_text()
    manifest_file(folder).unlink()
    folder.chmod(0o755)
    main_script(folder).chmod(0o666)
    with pytest.raises(LocalAccountError, match=r"other users can change .*main\.js") as error:
        ensure_installed(cache, quick_npm, say=print)
    assert str(error.value.hint).startswith(f"delete {folder}")
    main_script(folder).chmod(0o644)
    assert ensure_installed(cache, quick_npm, say=print) == folder
    assert manifest_file(folder).is_file()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "calls").read_text() == calls


def test_a_cache_that_cannot_be_created_is_an_error_in_words(tmp_path: Path, quick_npm: Node) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalAccountError, match=r"cannot install Azurite in .*/file/cache: Not a directory") as error:
        ensure_installed(tmp_path / "file" / "cache", quick_npm, say=print)
    assert "RECIPEBATCH_CACHE_DIR" in str(error.value.hint)


def test_an_installation_that_was_changed_does_not_start(tmp_path: Path) -> None:
    """A copy with the real files that decide how Azurite begins."""
    installed = ensure_azurite_installed(say=print)
    main = main_script(installed.folder).relative_to(installed.folder)
    copy = tmp_path / "copy"
    (copy / main).parent.mkdir(parents=True)
    (copy / main).write_text("require('./BlobServerFactory'); console.log('it runs');")
    factory = (copy / main).with_name("BlobServerFactory.js")
    factory.write_text("")
    write_manifest(copy)

    def output() -> str:
        command = [str(installed.node.program), f"--require={PIN / 'verify.cjs'}", str(copy / main)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr or "it runs"

    assert output() == "it runs"
    factory.write_text("console.log(1)")
    assert f"{factory} is not as it was when Azurite was installed" in output()
    factory.unlink()
    factory.with_suffix("").mkdir()
    (factory.with_suffix("") / "index.js").write_text("")
    assert "BlobServerFactory/index.js does not belong to the installation of Azurite" in output()
    # Node.js looks for packages in the folders above, too.
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "planted.js").write_text("console.log('planted')")
    (copy / main).write_text("require('planted')")
    write_manifest(copy)
    assert "planted.js does not belong to the installation of Azurite" in output()
