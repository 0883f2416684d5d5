"""How pools, nodes, jobs and tasks are shown in an answer."""
