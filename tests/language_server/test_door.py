"""Without its packages the server says what to install."""

from __future__ import annotations

import sys

import pytest

from recipebatch.errors import UsageError
from recipebatch.language_server import serve


@pytest.mark.parametrize("package", ["pygls", "lsprotocol"])
def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package or ".language_server." in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=f"a package that is not installed: {package}") as caught:
        serve()
    assert caught.value.hint == "install it with: pip install 'recipebatch[lsp]'"
