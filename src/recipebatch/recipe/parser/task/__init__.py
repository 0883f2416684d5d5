"""`tasks:`, `start_task:` and the other kinds of task → TaskSpec."""
