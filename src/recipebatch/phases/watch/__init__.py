"""The phase watch: tasks are followed until they end, and the cause of each failure is named."""
