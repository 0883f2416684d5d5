from __future__ import annotations

from typing import Any

import pytest

from recipebatch import api
from recipebatch.errors import UsageError


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"states": ["faild"]}, "there is no state 'faild'", "did you mean failed?"),
        ({"causes": ["exitcode"]}, "there is no cause 'exitcode'", "did you mean exit_code?"),
        ({"sort": "runtime"}, "there is no key to sort by 'runtime'", "known: "),
    ],
)
def test_what_there_is_none_of_is_refused_before_an_account_is_asked(
    options: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        api.tasks(run="r1", account="nowhere", **options)
    assert caught.value.message == message
    assert hint in (caught.value.hint or "")
