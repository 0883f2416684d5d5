from __future__ import annotations

import pytest

from recipebatch.lazy_imports import lazy_exports


def test_a_name_is_imported_when_it_is_asked_for() -> None:
    get = lazy_exports("a.package", {"sqrt": "math"})
    assert get("sqrt")(9) == 3
    with pytest.raises(AttributeError, match=r"module 'a\.package' has no attribute 'missing'"):
        get("missing")
