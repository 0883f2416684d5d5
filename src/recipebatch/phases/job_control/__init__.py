"""Jobs of a run that are ended, paused and continued; each call is safe to repeat."""

from recipebatch.phases.job_control.pause import disable_jobs, enable_jobs
from recipebatch.phases.job_control.termination import terminate_jobs, terminate_tasks

__all__ = ["disable_jobs", "enable_jobs", "terminate_jobs", "terminate_tasks"]
