"""Recipe + parameters + listings → Plan."""
