"""Which properties a request body may have, and of which type."""
