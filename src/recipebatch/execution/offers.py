"""What the account offers for pools, asked of the service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.execution.open_account import account_services, accounts_file

if TYPE_CHECKING:
    from recipebatch.report import Progress
    from recipebatch.service import SupportedImage


def is_configured(account: str | None) -> bool:
    """Whether an account is named, by the argument, the environment or the settings.

    Raises:
        UsageError: it is not known, or lacks something.
    """
    if account is not None:
        return True
    found = accounts.account(None, os.environ, accounts_file())
    return not isinstance(found, accounts.LocalChoice)


def offered_images(account: str | None, progress: Progress) -> tuple[str, tuple[SupportedImage, ...]]:
    """The name of an account, and the marketplace images of which it makes pools.

    Raises:
        UsageError, ServiceError: the account cannot be opened, or the service refused.
    """
    with account_services(account, progress) as services:
        return services.label, services.batch.supported_images()
