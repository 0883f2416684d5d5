"""Handlers: one function for each REST operation, from a `Call` to a `Reply`."""
