"""What the service remembers of a pool, node, job, task and job schedule."""
