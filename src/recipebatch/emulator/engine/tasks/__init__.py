"""Tasks on nodes: placement, attempts, multi-instance tasks."""
