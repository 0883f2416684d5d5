"""What an account lets a run have and do: its quotas against what a plan needs, and what the user may read."""

from recipebatch.execution.quota.needs import PlanQuota, QuotaRow, plan_quota
from recipebatch.execution.quota.permissions import Permission, tried_permissions

__all__ = ["Permission", "PlanQuota", "QuotaRow", "plan_quota", "tried_permissions"]
