"""Transitions: state changes of pools, nodes, jobs, tasks and job schedules, and the conditions for refusing them."""
