"""The property tables: every property that a recipe passes on to the service, one row each. Its modules are doors."""
