"""Functions that look at one run: nothing is locked, and nothing is changed."""
