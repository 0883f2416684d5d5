"""How a pool, node, job, task or job schedule changes its state, and what is refused."""
