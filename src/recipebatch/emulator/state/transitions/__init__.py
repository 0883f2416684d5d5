"""Transitions: what can happen to pools, nodes, jobs, tasks and job schedules, and what the service refuses."""
