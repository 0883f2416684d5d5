"""One task template with `for_each` → the values of many tasks."""
