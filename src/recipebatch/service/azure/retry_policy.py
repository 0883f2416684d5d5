"""What is retried that the SDKs would not retry."""

from __future__ import annotations

import random
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.policies import RetryPolicy

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse


class BatchRetries(RetryPolicy[Any, Any]):
    """Tries every kind of request again, with waits that grow and differ between clients.

    azure-core repeats a POST or a PATCH after 500, 503 and 504 only: not after 429, and not when the connection was
    closed before an answer came. All calls of `AzureBatch` may be repeated: what was created by a request whose answer
    got lost is answered with 409 the second time, and is then compared with what was wanted; a task that is there
    counts as added; updates and deletions say the same twice.
    """

    def _is_method_retryable(self, *_settings: Any, **_options: Any) -> bool:
        return True

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """Seconds to wait: half to all of the exponential time, so that many clients do not come back together."""
        longest = super().get_backoff_time(settings)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - it protects nothing


def as_busy(response: PipelineResponse[Any, Any]) -> None:
    """Let the storage SDK see 503 where 429 was answered: it waits and repeats after the one, and fails at the other.

    Azure Storage itself throttles with 503; what stands before it (a proxy, a gateway) may do it with 429.
    """
    if response.http_response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response.http_response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
