"""Which accounts the user has configured, and where each value came from."""
