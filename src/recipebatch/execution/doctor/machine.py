"""Checks of this machine: free disk, proxy settings, certificates, and what the local account needs."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recipebatch import local
from recipebatch.execution.doctor.check import bad, fine, not_checked, not_needed, warning
from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.execution.doctor.check import Check

DISK, PROXY, CERTIFICATES, NODE, ENGINE = "disk", "proxy", "certificates", "Node.js", "container engine"
_LEAST_BYTES = 100 * 1024 * 1024
_FEW_BYTES = 1024 * 1024 * 1024
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_SCHEMES = frozenset({"http", "https", "socks4", "socks5", "socks5h"})


def check_disk(folder: Path, free_bytes: Callable[[Path], int] | None = None) -> Check:
    """Whether there is room for what a run writes here.

    Args:
        folder: that it writes to; where it is not there, its nearest parent counts.
        free_bytes: how much is free there; None asks the system.
    """
    there = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
    free = (free_bytes or _free)(there)
    said = f"{size_text(free)} free in {folder}"
    if free < _LEAST_BYTES:
        return bad(DISK, said, "delete files there: outputs, and the files of the local account, need room")
    if free < _FEW_BYTES:
        return warning(DISK, said, "outputs and files of tasks may not fit")
    return fine(DISK, said)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def check_proxy(environ: Mapping[str, str], *, is_local: bool) -> Check:
    """Whether the proxy that the environment names is an address. Whether it answers, the requests through it tell."""
    given = {name: environ[name] for name in _PROXIES if environ.get(name)}
    if is_local:
        return not_needed(PROXY, "the local account is on this machine")
    if not given:
        return fine(PROXY, "none is set")
    for name, value in given.items():
        try:
            parts = urlsplit(value)
            good = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            return bad(PROXY, f"{name} is no address of a proxy", f"set {name} to http://HOST:PORT, or unset it")
    # An address may hold a password: its host alone is shown.
    shown = ", ".join(f"{name}={urlsplit(value).hostname}" for name, value in given.items())
    return fine(PROXY, shown)


def check_certificates(environ: Mapping[str, str], *, is_local: bool) -> Check:
    """Whether the file of certificates that the environment names can be used."""
    if is_local:
        return not_needed(CERTIFICATES, "the local account speaks HTTP on this machine")
    name = next((each for each in _BUNDLES if environ.get(each)), None)
    if name is None:
        return fine(CERTIFICATES, "those of the package certifi")
    file = environ[name]
    try:
        context = ssl.create_default_context(cafile=file if Path(file).is_file() else None, capath=_folder(file))
    except (OSError, ssl.SSLError) as error:
        return bad(CERTIFICATES, f"{name}={file}: {error.strerror or error}", f"set {name} to a PEM file, or unset it")
    if not Path(file).exists() or not (Path(file).is_dir() or context.cert_store_stats()["x509_ca"]):
        why = "there is no such file" if not Path(file).exists() else "it has no certificate"
        return bad(CERTIFICATES, f"{name}={file}: {why}", f"set {name} to a PEM file with the CA, or unset it")
    return fine(CERTIFICATES, f"{name}={file}")


def _folder(path: str) -> str | None:
    return path if Path(path).is_dir() else None


def check_node(*, is_local: bool) -> Check:
    """Whether there is a Node.js for Azurite.

    Raises:
        LocalAccountError: there is none.
    """
    if not is_local:
        return not_needed(NODE, "it runs Azurite of the local account")
    return fine(NODE, str(local.node_program()))


def check_engine(*, is_local: bool, images: bool, engine: Callable[[], tuple[str, str] | None] | None = None) -> Check:
    """Whether there is a docker or podman that works for container tasks on this machine.

    Args:
        is_local: tasks run on this machine.
        images: the recipe has container tasks, or a pool with images.
        engine: finds the engine, and what is wrong with it (empty if nothing); None looks on this machine.
    """
    if not is_local:
        return not_needed(ENGINE, "nodes of Azure have their own")
    try:
        found, wrong = (engine or _engine)() or ("", "neither docker nor podman is installed")
    except ImportError:
        return not_checked(ENGINE, "the packages of the local account are not installed", decides=images)
    if not wrong:
        return fine(ENGINE, found)
    if found:
        wrong = f"{found} does not work: {wrong}"
    if images:
        return bad(ENGINE, f"{wrong}; the recipe runs containers", "start it" if found else "install one")
    return not_needed(ENGINE, f"{wrong}; only container tasks need one")


def _engine() -> tuple[str, str] | None:
    # The emulator's libraries belong to the local account: who has none may not have them.
    from recipebatch.emulator import engine_error, find_engine

    found = find_engine()
    return None if found is None else (found, engine_error(found))
